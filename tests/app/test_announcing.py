"""The section `announce` of config.yaml, and where the webhook's address and secret come from."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from app.settings.config import Config
from app.system_wiring import SECRET, URL, with_webhook
from app.wiring import Wiring
from core.errors import ConfigError
from core.outgoing.maildir_transport import MaildirTransport
from tests.app.parsing import parse

KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"


def wiring(environ: dict[str, str], text: str = "") -> Wiring:
    return replace(Wiring(Config(parse(text), Path())), environ=environ)


def mail(tmp_path: Path) -> MaildirTransport:
    return MaildirTransport(tmp_path)


def test_address_and_secret_come_from_environment_or_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(ROBOT + "\n")
    (tmp_path / "secret").write_text(KEY + "\n")
    text = (
        f"announce: {{webhook_url_file: '{tmp_path}/url', webhook_secret_file: "
        f"'{tmp_path}/secret'}}\n"
    )
    for there in (wiring({URL: ROBOT, SECRET: KEY}), wiring({}, text)):
        made = with_webhook(there, mail(tmp_path))
        assert "key=k" not in repr(made.__dict__)
        assert KEY not in repr(made.__dict__)


def test_without_an_address_there_is_none(tmp_path: Path) -> None:
    with_webhook(wiring({}), mail(tmp_path))


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({URL: ROBOT}, SECRET),
        ({URL: ROBOT, SECRET: "short"}, "whsec_"),
        ({URL: ROBOT.replace("https", "http"), SECRET: KEY}, "https"),
    ],
)
def test_what_cannot_be_used_forbids_the_start(
    tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        with_webhook(wiring(environ), mail(tmp_path))


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
