"""The section `announce` of config.yaml, and where the webhook's address and secret come from."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from app.settings.config import Config
from app.settings.mail_settings import AnnounceZone
from app.settings.setting_kinds import declared
from app.system_wiring import announcers, announcing
from app.ways_out import ANNOUNCERS
from app.wiring import Wiring
from core.data.letter import WEBHOOK
from core.errors import ConfigError
from tests.app.parsing import parse

(URL, _), (SECRET, _) = ANNOUNCERS[WEBHOOK].url, ANNOUNCERS[WEBHOOK].secret
KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"


def wiring(environ: dict[str, str], text: str = "") -> Wiring:
    return replace(Wiring(Config(parse(text), Path())), environ=environ)


def test_address_and_secret_come_from_environment_or_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(ROBOT + "\n")
    (tmp_path / "secret").write_text(KEY + "\n")
    text = (
        f"announce: {{webhook_url_file: '{tmp_path}/url', webhook_secret_file: "
        f"'{tmp_path}/secret'}}\n"
    )
    for there in (wiring({URL: ROBOT, SECRET: KEY}), wiring({}, text)):
        assert announcing(there).recipients == (WEBHOOK,)
        assert announcers(there)[WEBHOOK]
        assert "key=k" not in repr(announcers(there))


def test_without_an_address_there_is_none() -> None:
    assert announcers(wiring({})) == {WEBHOOK: None}
    assert announcing(wiring({})).recipients == ()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({URL: ROBOT}, SECRET),
        ({URL: ROBOT, SECRET: "short"}, "whsec_"),
        ({URL: ROBOT.replace("https", "http"), SECRET: KEY}, "https"),
    ],
)
def test_what_cannot_be_used_forbids_the_start(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        announcers(wiring(environ))


@pytest.mark.parametrize(
    "text",
    [
        "announce: {mail_to: [nobody]}\n",
        "announce: {digest_before_min: -1}\n",
        "announce: {webhook: x}\n",
    ],
)
def test_what_cannot_be_meant_is_told(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


def test_each_row_has_its_settings() -> None:
    for name, row in ANNOUNCERS.items():
        assert {row.url[1], row.secret[1]} <= declared(AnnounceZone).keys(), name


def test_a_further_way_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    row = replace(
        ANNOUNCERS[WEBHOOK],
        open=lambda url, _secret, _clock: opened.append(url),
        url=("UNBIND_OTHER_URL", "webhook_url_file"),
    )
    monkeypatch.setitem(ANNOUNCERS, "other", row)  # type: ignore[misc]
    announcers(wiring({"UNBIND_OTHER_URL": ROBOT, SECRET: KEY}))
    assert opened == [ROBOT]
