"""The receiver: a mail sent to it lies in the Maildir, whole, with its trace; what cannot be is refused with words that help."""

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.errors import ConfigError
from mail_intake import smtp_receiver
from mail_intake.maildir_mailbox import MaildirMailbox
from mail_intake.smtp_receiver import SmtpReceiver
from tests.mailbox.test_contract import mail, read
from tests.servers.dovecot import NOW


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[SmtpReceiver]:
    server = SmtpReceiver("127.0.0.1", 0, tmp_path / "Maildir", 200_000, FixedClock(NOW))
    server.start()
    yield server
    server.stop()


def send(receiver: SmtpReceiver, raw: bytes, sender: str = "zhang@example.com") -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, "pc.example.com", timeout=10) as client:
        client.sendmail(sender, ["support@example.org"], raw)


def test_a_mail_lies_in_the_maildir_with_its_trace_on_top(receiver: SmtpReceiver, tmp_path: Path) -> None:
    send(receiver, mail(1))
    [one] = read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))
    assert one.arrived == NOW
    assert one.raw.endswith(mail(1))
    message = message_from_bytes(one.raw, policy=policy.default)
    assert message.keys()[:2] == ["Return-Path", "Received"]
    assert message["Return-Path"] == "<zhang@example.com>"
    assert "pc.example.com" in message["Received"]
    assert message["Received"].endswith("Mon, 02 Mar 2026 02:00:00 +0000")


def test_a_bounce_keeps_its_null_return_path(receiver: SmtpReceiver, tmp_path: Path) -> None:
    send(receiver, mail(1), sender="")
    assert read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))[0].raw.startswith(b"Return-Path: <>\r\n")


def test_long_lines_and_foreign_bytes_pass_unchanged(receiver: SmtpReceiver, tmp_path: Path) -> None:
    raw = b"Subject: x\r\n\r\n" + "解绑".encode("gbk") * 20_000 + b"\r\n.\r\n..\r\n"
    send(receiver, raw)
    assert read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))[0].raw.endswith(raw)


def test_a_mail_over_the_limit_is_refused_and_leaves_nothing(receiver: SmtpReceiver, tmp_path: Path) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as told:
        send(receiver, mail(1, 300_000))
    assert told.value.smtp_code == 552
    assert read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW))) == []


def test_a_full_disk_is_temporary_for_the_sender(receiver: SmtpReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(smtp_receiver, "deliver", full)
    with pytest.raises(smtplib.SMTPDataError) as told:
        send(receiver, mail(1))
    assert told.value.smtp_code == 452


def test_a_busy_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match="端口已被占用"):
        SmtpReceiver("127.0.0.1", taken.getsockname()[1], tmp_path / "Maildir", 1000, FixedClock(NOW)).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "mail.example.org", ""])
def test_only_loopback_unless_told(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="allow_remote"):
        SmtpReceiver(host, 0, tmp_path / "Maildir", 1000, FixedClock(NOW)).start()


def test_a_remote_address_when_told(tmp_path: Path) -> None:
    server = SmtpReceiver("0.0.0.0", 0, tmp_path / "Maildir", 10_000, FixedClock(NOW), allow_remote=True)
    server.start()
    send(server, mail(1))
    server.stop()
    assert len(list((tmp_path / "Maildir" / "new").iterdir())) == 1


def test_stop_closes_open_connections_and_frees_the_port(receiver: SmtpReceiver, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=10) as client:
        client.ehlo()
        receiver.stop()
        with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
            client.noop()
        client.close()
    again = SmtpReceiver("127.0.0.1", receiver.port, tmp_path / "Maildir", 10_000, FixedClock(NOW))
    again.start()
    again.stop()


def test_what_a_client_says_of_itself_cannot_write_headers(receiver: SmtpReceiver, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=10) as client:
        client.putcmd("EHLO", "evil;(x)\x0bX-Injected: y")
        client.getreply()
        client.sendmail("a@example.com", ["support@example.org"], mail(1))
    message = message_from_bytes(read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))[0].raw, policy=policy.default)
    assert message.keys() == ["Return-Path", "Received", "From", "Subject"]
