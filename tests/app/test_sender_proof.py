"""Who vouches for senders: refused at the start where nobody was named, learnt by `unbind doctor`
from real mails."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.demo import SAMPLES, SERVER, put_samples, write_config
from app.mail_checks import senders, unknown_aliases
from app.settings.config import Config, Installation
from app.settings.desk_settings import SenderZone
from app.start_checks import require_named_server
from core.data.mail_record import AuthResult
from core.errors import ConfigError
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.app.parsing import parse
from tests.app.running import inside
from tests.message.mails import opened

IMAP = "mailbox: {kind: imap, imap: {host: imap.example.org, user: me}}\n"
RECEIVED = b"Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0800\r\n"
REST = b"From: a@example.net\r\nTo: support@example.org\r\nSubject: x\r\n"


def says(server: str) -> bytes:
    return f"Authentication-Results: {server}; spf=pass smtp.mailfrom=example.net\r\n".encode()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_desk_on_a_providers_mailbox_does_not_start_before_somebody_vouches(
    tmp_path: Path, command: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"storage: {{folder: data}}\n{IMAP}", encoding="utf-8")
    ran = inside(command, cwd=tmp_path, env={"UNBIND_IMAP_PASSWORD": "secret-word"})
    assert ran.code == 1
    for words in ("sender.authserv_ids", "unbind doctor", "accept_unauthenticated: true"):
        assert words in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "data").exists(), "nothing was made before it was refused"


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (IMAP, False),
        (IMAP + "sender: {authserv_ids: []}\n", False),
        (IMAP + "sender: {authserv_ids: [mx.example.org]}\n", True),
        (IMAP + "sender: {accept_unauthenticated: true}\n", True),
        ("mailbox: {kind: imap, provider: qq, address: a@example.org}\n", False),
        (
            (
                "mailbox: {kind: imap, provider: qq, address: a@example.org}\n"
                "sender: {authserv_ids: []}\n"
            ),
            False,
        ),
        ("mailbox: {kind: imap, provider: '163', address: a@example.org}\n", False),
        ("", True),
    ],
)
def test_what_is_enough_to_start(text: str, starts: bool) -> None:
    config = Config(parse(text), Path())
    if starts:
        require_named_server(Installation(config))
        return
    with pytest.raises(ConfigError, match="authserv_ids"):
        require_named_server(Installation(config))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mailbox: {kind: imap, provider: qq, address: a@example.org}\n", ((), 0)),
        (
            (
                "mailbox: {kind: imap, provider: qq, address: a@example.org}\n"
                "sender: {authserv_ids: [mx.own.example]}\n"
            ),
            (("mx.own.example",), 0),
        ),
        ("mailbox: {kind: imap, provider: '126', address: a@example.org}\n", ((), 0)),
        ("", ((), 0)),
        ("sender:\n", ((), 0)),
    ],
)
def test_no_preset_names_a_server_whose_header_a_sender_could_write(
    text: str, expected: tuple[tuple[str, ...], int]
) -> None:
    sender = parse(text).sender
    assert (sender.authserv_ids, sender.received_above) == expected


def lines(zone: SenderZone, *headers: bytes) -> tuple[bool | None, str]:
    (line,) = senders(zone, headers)
    return line.ok, f"{line.text} → {line.remedy}"


def test_doctor_proposes_what_genuine_mails_show() -> None:
    own = b"Received: from outside by mx.own.example; Mon, 2 Mar 2026 10:00:00 +0800\r\n"
    ok, words = lines(
        SenderZone(), *[RECEIVED + says("MX.own.example") + own + REST] * 9, RECEIVED + REST
    )
    assert ok is False
    assert 'sender: {authserv_ids: ["mx.own.example"], received_above: 1}' in words
    assert "拒绝启动" in words


@pytest.mark.parametrize(
    ("written_to", "told"),
    [
        ("To: Jiebang@example.org", ["jiebang@example.org"]),
        (
            "To: jiebang@example.org\r\nCc: other@example.net",
            ["jiebang@example.org", "other@example.net"],
        ),
        ("To: jiebang@example.org\r\nCc: support@example.org", []),
        ("To: known@example.org", []),
        ("To: undisclosed-recipients:;", []),
    ],
)
def test_doctor_names_an_alias_that_config_yaml_lacks(written_to: str, told: list[str]) -> None:
    headers = [f"From: {n}@example.net\r\n{written_to}\r\n".encode() for n in range(3)]
    own = ("support@example.org", "known@example.org")
    found = sorted(unknown_aliases(own, [*headers, REST]), key=str)
    assert [(line.ok, "mailbox.aliases" in line.remedy) for line in found] == [(None, True)] * len(
        told
    )
    assert all(
        f"3 封写给 {address}" in line.text for line, address in zip(found, told, strict=True)
    )
    assert not [*unknown_aliases(own, headers[:2])]


def test_doctor_proposes_nothing_that_only_came_with_a_few_mails() -> None:
    ok, words = lines(
        SenderZone(accept_unauthenticated=True),
        *[RECEIVED + says("mx.forged.example") + REST] * 3,
        *[RECEIVED + REST] * 20,
    )
    assert ok is None
    assert "mx.forged.example" in words
    assert "sender: {authserv_ids" not in words


@pytest.mark.parametrize(
    "header",
    [
        RECEIVED + REST + says("mx19"),
        RECEIVED.replace(b"by b", b"by mx7.provider.example")
        + says("mx.provider.example")
        + RECEIVED
        + REST,
    ],
)
def test_doctor_proposes_no_header_that_cannot_be_told_from_a_forgery(header: bytes) -> None:
    _, words = lines(SenderZone(), *[header] * 10)
    assert "无法与伪造的区分" in words
    assert "sender: {authserv_ids" not in words
    assert "dns_servers: []" in words


@pytest.mark.parametrize(
    ("header", "ok"),
    [
        (says("mx.own.example") + RECEIVED + REST, True),
        (RECEIVED + says("mx.own.example") + REST, None),
        (says("mx.other.example") + RECEIVED + REST, None),
        (RECEIVED + REST, None),
    ],
)
def test_doctor_warns_when_the_configured_name_is_in_no_mail(
    header: bytes, ok: bool | None
) -> None:
    found, words = lines(SenderZone(authserv_ids=("mx.own.example",)), *[header] * 5)
    assert found is ok
    assert ("没有一封" in words) is (ok is None)


def test_doctor_says_how_many_lines_stand_above_the_named_server() -> None:
    """Few mails are enough, since the server is named; one mail that fits hides no others."""
    own = says("mx.own.example") + RECEIVED.replace(b"by b", b"by mx.own.example") + REST
    zone = SenderZone(authserv_ids=("mx.own.example",))
    ok, words = lines(zone, RECEIVED + own, own, RECEIVED + own)
    assert (ok, "sender.received_above: 1" in words) == (None, True)
    assert lines(replace(zone, received_above=1), RECEIVED + own, own)[0] is True


def test_doctor_says_so_where_there_is_nothing_to_learn_from() -> None:
    assert lines(SenderZone(authserv_ids=("mx.own.example",)))[0] is None
    assert "还没有可供参考" in lines(SenderZone())[1]


def test_the_demonstration_vouches_for_its_samples_and_for_no_mail_that_comes_in(
    tmp_path: Path,
) -> None:
    sender = parse(write_config(tmp_path, 8321, 2525).read_text(encoding="utf-8")).sender
    vouching = Authenticator(SenderAuthSettings(sender.authserv_ids, sender.received_above))
    put_samples(tmp_path / "box", 1)
    delivered = sorted((tmp_path / "box" / "new").iterdir())
    assert len(delivered) == len(list(SAMPLES.glob("*.eml")))
    for file in delivered:
        raw = file.read_bytes()
        assert vouching(raw, opened(raw).message).result is AuthResult.PASS, file.name
        by_smtp = RECEIVED + raw
        assert vouching(by_smtp, opened(by_smtp).message).result is AuthResult.UNKNOWN
    assert SERVER in sender.authserv_ids
