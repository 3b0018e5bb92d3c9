"""The receiver: a mail sent to it lies in the Maildir, whole, with its trace;
what cannot be is refused with words that help."""

import contextlib
import smtplib
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from core.errors import ConfigError
from mail_intake.mailboxes import smtp_receiver
from mail_intake.mailboxes.maildir_mailbox import MaildirMailbox
from mail_intake.mailboxes.smtp_receiver import SmtpReceiver
from tests.fixed_clock import FixedClock
from tests.mailbox.test_contract import mail, read
from tests.servers.dovecot import NOW
from tests.servers.ports import free_port
from tests.servers.sockets import until_closed


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[SmtpReceiver]:
    server = SmtpReceiver(0, tmp_path / "Maildir", 200_000, FixedClock(NOW))
    server.start()
    yield server
    server.stop()


def send(receiver: SmtpReceiver, raw: bytes, sender: str = "zhang@example.com") -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, "pc.example.com", timeout=40) as client:
        client.sendmail(sender, ["support@example.org"], raw)


def test_a_mail_lies_in_the_maildir_with_its_trace_on_top(
    receiver: SmtpReceiver, tmp_path: Path
) -> None:
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
    assert read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))[0].raw.startswith(
        b"Return-Path: <>\r\n"
    )


def test_long_lines_and_foreign_bytes_pass_unchanged(
    receiver: SmtpReceiver, tmp_path: Path
) -> None:
    raw = b"Subject: x\r\n\r\n" + "解绑".encode("gbk") * 20_000 + b"\r\n.\r\n..\r\n"
    send(receiver, raw)
    assert read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))[0].raw.endswith(raw)


def test_a_mail_over_the_limit_is_refused_and_leaves_nothing(
    receiver: SmtpReceiver, tmp_path: Path
) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as told:
        send(receiver, mail(1, 300_000))
    assert told.value.smtp_code == 552
    assert read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW))) == []


def test_a_full_disk_is_temporary_for_the_sender(
    receiver: SmtpReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(smtp_receiver, "deliver", full)
    with pytest.raises(smtplib.SMTPDataError) as told:
        send(receiver, mail(1))
    assert told.value.smtp_code == 452


def test_a_busy_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="端口已被占用"),
    ):
        SmtpReceiver(taken.getsockname()[1], tmp_path / "Maildir", 1000, FixedClock(NOW)).start()


def test_it_listens_on_this_machine_alone(receiver: SmtpReceiver) -> None:
    assert receiver.hostname == "127.0.0.1"


def test_stop_closes_open_connections_and_frees_the_port(tmp_path: Path) -> None:
    # a port that no connection is given: one that is could be taken between the two
    receiver = SmtpReceiver(free_port(), tmp_path / "Maildir", 10_000, FixedClock(NOW))
    receiver.start()
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=40) as client:
        client.ehlo()
        receiver.stop()
        with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
            client.noop()
        client.close()
    again = SmtpReceiver(receiver.port, tmp_path / "Maildir", 10_000, FixedClock(NOW))
    again.start()
    again.stop()


def test_what_a_client_says_of_itself_cannot_write_headers(
    receiver: SmtpReceiver, tmp_path: Path
) -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=40) as client:
        client.putcmd("EHLO", "evil;(x)\x0bX-Injected: y")
        client.getreply()
        client.sendmail("a@example.com", ["support@example.org"], mail(1))
    message = message_from_bytes(
        read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))[0].raw, policy=policy.default
    )
    assert message.keys() == ["Return-Path", "Received", "From", "Subject"]


def test_a_mail_of_dots_and_a_mail_of_nothing_pass(receiver: SmtpReceiver, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", receiver.port, timeout=40) as client:
        for body in (b".\r\n.x\r\n", b""):
            client.ehlo_or_helo_if_needed()
            client.mail("a@example.com")
            client.rcpt("support@example.org")
            client.docmd("DATA")
            client.send(body.replace(b".", b"..") + b".\r\n")
            assert client.getreply()[0] == 250
    mails = [one.raw for one in read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))]
    assert sorted(raw.partition(b"+0000\r\n")[2] for raw in mails) == [b"", b".\r\n.x\r\n"]


@contextmanager
def bounded(folder: Path, **bounds: float) -> Iterator[SmtpReceiver]:
    """A receiver with other bounds (of these names in lower case) than the usual ones."""
    server = SmtpReceiver(0, folder / "Maildir", 2_000_000, FixedClock(NOW))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bounds.items():
            patch.setattr(smtp_receiver, name.upper(), value)
        server.start()
        yield server
        server.stop()


def raw(receiver: SmtpReceiver) -> socket.socket:
    return socket.create_connection(("127.0.0.1", receiver.port), timeout=40)


COMMANDS = b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n"


def dribbling(client: socket.socket, stop: threading.Event, octets: bytes) -> None:
    with contextlib.suppress(OSError):
        while not stop.wait(0.05):
            client.sendall(octets)


@pytest.mark.parametrize(
    ("bounds", "begin", "octets"),
    [
        ({"command_s": 0.4}, b"", b"x"),  # a command that never ends
        ({"data_s": 0.4}, COMMANDS, b"x\r\n"),  # a mail that never ends
        ({"commands": 9}, b"EHLO x\r\n", b"NOOP\r\n"),  # commands without end
    ],
)
def test_who_dribbles_is_cut_off_at_the_deadline(
    tmp_path: Path, bounds: dict[str, float], begin: bytes, octets: bytes
) -> None:
    with bounded(tmp_path, **bounds) as receiver, raw(receiver) as client:
        client.sendall(begin)
        stop = threading.Event()
        thread = threading.Thread(target=dribbling, args=(client, stop, octets))
        thread.start()
        until_closed(client)
        stop.set()
        thread.join()


def test_an_honest_mail_gets_in_beside_any_number_of_silent_connections(tmp_path: Path) -> None:
    with bounded(tmp_path, connections=8) as receiver, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(raw(receiver)) for _ in range(50)]
        send(receiver, mail(1))
        until_closed(silent[0])  # it was closed to make room: else this waits in vain
        assert len(read(MaildirMailbox(tmp_path / "Maildir", FixedClock(NOW)))) == 1


def test_a_line_without_an_end_is_forgotten_and_refused(tmp_path: Path) -> None:
    with bounded(tmp_path) as receiver, raw(receiver) as client:
        client.sendall(COMMANDS)
        for _ in range(200):
            client.sendall(b"x" * 100_000)
        client.sendall(b"\r\n.\r\nQUIT\r\n")
        answers = until_closed(client)
        assert b"\r\n552 " in answers
        assert b"\r\n221 " in answers
    assert list((tmp_path / "Maildir" / "new").iterdir()) == []


def test_a_mail_of_empty_lines_costs_its_bytes_and_no_more(tmp_path: Path) -> None:
    """As a list of lines it would be sixty times as large."""
    with bounded(tmp_path) as receiver, raw(receiver) as client:
        client.sendall(COMMANDS)
        tracemalloc.start()
        client.sendall(b"\r\n" * 900_000 + b".\r\nQUIT\r\n")
        assert b"250 2.0.0" in until_closed(client)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20_000_000
