"""What every Mailbox does, over real IMAP (by IDLE and by poll) and POP3 servers, and
over a Maildir."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.data.mail_record import NewMail
from core.maildir import deliver, make_maildir
from mail_intake.mailboxes.imap_connection import ImapSettings
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from mail_intake.mailboxes.login_pacing import LoginPacer
from mail_intake.mailboxes.mailbox import Mailbox
from mail_intake.mailboxes.maildir_mailbox import MaildirMailbox
from mail_intake.mailboxes.pop3_mailbox import Pop3Mailbox, Pop3Settings
from tests.fixed_clock import FixedClock
from tests.servers.dovecot import NOW, DovecotServer, dovecot

__all__ = ["dovecot"]

MAX_BYTES = 100_000


def mail(number: int, padding: int = 0) -> bytes:
    """A mail that knows its number."""
    return (
        f"From: zhang@example.com\r\nSubject: {number}\r\n\r\n".encode()
        + "正文\r\n".encode()
        + b"x" * padding
        + b"\r\n"
    )


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox under test and a way to put mails into it."""

    mailbox: Mailbox
    put: Callable[[bytes, datetime], None]
    again: Callable[[], Mailbox]


def imap_box(server: DovecotServer, *, use_idle: bool) -> Box:
    settings = ImapSettings(
        server.host,
        server.user,
        server.port,
        "none",
        max_bytes=MAX_BYTES,
        use_idle=use_idle,
        poll_interval_s=60 if use_idle else 0.05,
    )
    make = lambda: ImapMailbox(settings, lambda: server.password, SystemClock())  # noqa: E731
    return Box(make(), lambda raw, when: server.append(raw, when=when) and None, make)


def pop3_box(server: DovecotServer, folder: Path) -> Box:
    settings = Pop3Settings(
        server.host,
        server.user,
        server.pop3_port,
        "none",
        max_bytes=MAX_BYTES,
        poll_interval_s=0.05,
        logins_per_hour=3600,
    )
    hours = itertools.count(step=3600)

    def make() -> Pop3Mailbox:
        clock = FixedClock(NOW + timedelta(days=7))
        box = Pop3Mailbox(settings, lambda: server.password, folder, clock)
        box.pacer = LoginPacer(3600, lambda: float(next(hours)))
        return box

    def put(raw: bytes, when: datetime) -> None:
        server.append(raw, when=when)

    return Box(make(), put, make)


def maildir_box(path: Path) -> Box:
    count = iter(range(1000))
    make_maildir(path)

    def put(raw: bytes, when: datetime) -> None:
        deliver(path, f"{int(when.timestamp())}.M{next(count)}.test", raw)

    make = lambda: MaildirMailbox(  # noqa: E731
        path,
        FixedClock(NOW),
        max_bytes=MAX_BYTES,
        poll_s=0.01,
    )
    return Box(make(), put, make)


@pytest.fixture(params=["imap-idle", "imap-poll", "pop3", "maildir"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    if request.param == "maildir":
        made = maildir_box(tmp_path / "Maildir")
    elif request.param == "pop3":
        made = pop3_box(request.getfixturevalue("dovecot"), tmp_path)
    else:
        made = imap_box(request.getfixturevalue("dovecot"), use_idle=request.param == "imap-idle")
    yield made
    made.mailbox.close()


def read(mailbox: Mailbox, position: int = 0) -> list[NewMail]:
    return list(passing(mailbox, lambda _uidvalidity: position))


def passing(
    mailbox: Mailbox, position: Callable[[int], int] = lambda _uidvalidity: 0
) -> Iterator[NewMail]:
    """One pass over what lies behind a position, as the intake makes it."""
    return mailbox.fetch(*mailbox.listed(position))


def subjects(mails: list[NewMail]) -> list[int]:
    return [int(mail.raw.split(b"Subject: ")[1].split(b"\r\n")[0]) for mail in mails]


def test_an_empty_box_has_no_mails(box: Box) -> None:
    assert read(box.mailbox) == []


def test_mails_come_whole_and_in_order(box: Box) -> None:
    for number in range(5):
        box.put(mail(number), NOW + timedelta(minutes=number))
    mails = read(box.mailbox)
    assert [m.raw for m in mails] == [mail(number) for number in range(5)]
    assert [m.uid for m in mails] == sorted({m.uid for m in mails})
    assert {(m.mailbox, m.headers_only) for m in mails} == {(box.mailbox.name, False)}
    assert [m.size_bytes for m in mails] == [len(mail(number)) for number in range(5)]


def test_arrival_is_the_servers_time_in_utc(box: Box) -> None:
    when = datetime(2026, 3, 3, 3, 29, 59, tzinfo=UTC)
    # the receiving server's line; POP3 has no other time
    box.put(b"Received: by mx; Tue, 3 Mar 2026 11:29:59 +0800\r\n" + mail(1), when)
    [one] = read(box.mailbox)
    assert one.arrived == when
    assert one.arrived.utcoffset() == timedelta(0)


def test_only_mails_after_the_position_come(box: Box) -> None:
    for number in range(4):
        box.put(mail(number), NOW)
    mails = read(box.mailbox)
    asked: list[int] = []

    def position(uidvalidity: int) -> int:
        asked.append(uidvalidity)
        return mails[1].uid

    assert subjects(list(passing(box.mailbox, position))) == subjects(mails[2:])
    assert asked == [mails[0].uidvalidity]
    assert read(box.mailbox, mails[-1].uid) == []


def test_everything_in_the_box_is_named_for_reconciliation(box: Box) -> None:
    assert list(box.mailbox.listed()[1]) == []
    for number in range(3):
        box.put(mail(number), NOW)
    uidvalidity, held = box.mailbox.listed()
    mails = read(box.mailbox)
    assert [(uidvalidity, uid) for uid in held] == [(one.uidvalidity, one.uid) for one in mails]
    assert list(box.mailbox.fetch(uidvalidity, {held[2], held[0], held[2] + 50})) == [
        mails[0],
        mails[2],
    ]
    assert list(box.mailbox.fetch(uidvalidity + 1, held)) == []


def test_reading_changes_nothing_and_can_be_repeated(box: Box) -> None:
    box.put(mail(1), NOW)
    first = read(box.mailbox)
    again = box.again()
    assert read(again) == first
    again.close()


def test_a_pass_broken_off_goes_on_from_what_was_stored(box: Box) -> None:
    for number in range(3):
        box.put(mail(number), NOW + timedelta(seconds=number))
    first = next(passing(box.mailbox))
    assert subjects([first, *read(box.mailbox, first.uid)]) == [0, 1, 2]


def test_of_a_mail_over_the_limit_only_headers_come(box: Box) -> None:
    box.put(mail(1, MAX_BYTES), NOW)
    box.put(mail(2), NOW + timedelta(seconds=1))
    large, small = read(box.mailbox)
    assert large.headers_only
    assert large.raw == b"From: zhang@example.com\r\nSubject: 1\r\n\r\n"
    assert large.size_bytes == len(mail(1, MAX_BYTES))
    assert (small.headers_only, small.raw) == (False, mail(2))


def test_bytes_that_are_no_text_come_unchanged(box: Box) -> None:
    raw = (
        b"Subject: 1\r\n\r\n"
        + bytes(set(range(1, 256)) - set(b"\r\n"))
        + "解绑".encode("gbk")
        + b"\r\n"
    )
    box.put(raw, NOW)
    assert read(box.mailbox)[0].raw == raw


def test_waiting_ends_when_a_mail_arrives(box: Box) -> None:
    read(box.mailbox)
    arrived: list[NewMail] = []
    done = threading.Event()

    def wait_for_it() -> None:
        while not arrived:
            box.mailbox.wait(30)
            arrived.extend(read(box.mailbox))
        done.set()

    threading.Thread(target=wait_for_it, daemon=True).start()
    box.put(mail(7), NOW)
    assert done.wait(40), "the mail was not noticed"
    assert subjects(arrived) == [7]


def test_stop_ends_the_wait_at_once_and_for_good(box: Box) -> None:
    read(box.mailbox)
    done = threading.Event()
    begun = time.monotonic()

    def wait_long() -> None:
        box.mailbox.wait(0.2)
        while not done.is_set():
            box.mailbox.wait(300)
            done.set()

    thread = threading.Thread(target=wait_long, daemon=True)
    thread.start()
    box.mailbox.stop()
    thread.join(40)
    box.mailbox.wait(300)
    assert time.monotonic() - begun < 40
    assert read(box.mailbox) == []


def test_stop_ends_a_pass_between_two_mails(box: Box) -> None:
    for number in range(3):
        box.put(mail(number), NOW)
    seen = []
    for one in passing(box.mailbox):
        seen.append(one)
        box.mailbox.stop()
    assert len(seen) == 1


def test_waiting_ends_when_the_time_is_over(box: Box) -> None:
    read(box.mailbox)
    begun = time.monotonic()
    box.mailbox.wait(0.05)
    assert time.monotonic() - begun < 20


def test_removed_mails_are_gone_and_the_others_stay(box: Box) -> None:
    for number in range(3):
        box.put(mail(number), NOW)
    first, second, third = read(box.mailbox)
    box.mailbox.remove(
        [
            (first.uidvalidity, first.uid),
            (second.uidvalidity + 1, second.uid),
            (third.uidvalidity, third.uid),
            (third.uidvalidity, 999),
        ]
    )
    assert subjects(read(box.again())) == [1]
    box.mailbox.remove([(first.uidvalidity, first.uid)])
    assert subjects(read(box.mailbox)) == [1]


def test_settling_what_is_gone_or_unknown_is_harmless(box: Box) -> None:
    box.put(mail(1), NOW)
    [one] = read(box.mailbox)
    box.mailbox.settle(
        [(one.uidvalidity, 999), (one.uidvalidity + 1, one.uid), (one.uidvalidity, one.uid)]
    )
    assert subjects(read(box.mailbox)) == [1]
