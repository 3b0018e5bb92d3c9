"""The robots of config.yaml, and where their addresses and secrets come from."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from app.operations.doctor import announcements
from app.settings.config import Config
from app.system_wiring import announcing, robots
from app.wiring import Wiring
from core.errors import ConfigError
from tests.app.parsing import parse

KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"
TWO = "announce: {robots: {duty: {kind: wecom}, own: {kind: webhook}}}\n"
GIVEN = {
    "UNBIND_ROBOT_DUTY_URL": ROBOT,
    "UNBIND_ROBOT_OWN_URL": "https://alerts.example.org/desk",
    "UNBIND_ROBOT_OWN_SECRET": KEY,
}


def wiring(environ: dict[str, str], text: str = TWO) -> Wiring:
    return replace(Wiring(Config(parse(text), Path())), environ=environ)


def test_addresses_and_secrets_come_from_environment_or_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(ROBOT + "\n")
    text = f"announce: {{robots: {{duty: {{kind: wecom, url_file: '{tmp_path}/url'}}}}}}\n"
    for there, names in ((wiring(GIVEN), ("duty", "own")), (wiring({}, text), ("duty",))):
        assert announcing(there).recipients == names
        assert "key=k" not in repr(robots(there))


def test_there_need_be_none() -> None:
    assert robots(wiring({}, "")) == {}
    assert list(announcements(wiring({}, ""))) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"UNBIND_ROBOT_DUTY_URL": ""}, "UNBIND_ROBOT_DUTY_URL"),
        ({"UNBIND_ROBOT_DUTY_URL": ROBOT.replace("https", "http")}, "https"),
        ({"UNBIND_ROBOT_OWN_SECRET": ""}, "UNBIND_ROBOT_OWN_SECRET"),
        ({"UNBIND_ROBOT_OWN_SECRET": "short"}, "whsec_"),
    ],
)
def test_unusable_ones_refuse_the_start(changed: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        robots(wiring({**GIVEN, **changed}))


@pytest.mark.parametrize(
    "text",
    [
        "announce: {mail_to: [nobody]}\n",
        "announce: {digest_before_min: -1}\n",
        "announce: {webhook: x}\n",
        "announce: {robots: {duty: {kind: telegram}}}\n",
        "announce: {robots: {Duty Room: {kind: wecom}}}\n",
    ],
)
def test_wrong_settings_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


def test_the_doctor_tries_each_robot() -> None:
    given = {**GIVEN, "UNBIND_ROBOT_DUTY_URL": "http://127.0.0.1:9/robot"}
    [line] = announcements(wiring(given, "announce: {robots: {duty: {kind: dingtalk}}}\n"))
    assert not line.ok
    assert "duty（钉钉）" in line.text
