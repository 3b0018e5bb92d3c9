"""The POP3 mailbox over Dovecot, beyond the contract: what is deleted and when, refused logins, the
list of UIDs, long lines, times of arrival."""

import itertools
import poplib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.mail_checks import Inspected
from app.mailbox_kinds import MAILBOXES
from app.settings.config import Config
from app.wiring import Wiring
from core.clock import SystemClock
from core.data.mail_record import NewMail
from core.errors import LoginRefused, MailboxError
from mail_intake.mailboxes.login_pacing import LoginPacer
from mail_intake.mailboxes.pop3_mailbox import Pop3Mailbox, Pop3Settings
from mail_intake.mailboxes.server_mailbox import arrival
from tests.app.parsing import parse
from tests.mailbox.test_contract import mail
from tests.servers.dovecot import DovecotServer, dovecot, free_port
from tests.servers.scripted_pop3 import ScriptedPop3

__all__ = ["dovecot"]

Opened = Callable[..., Pop3Mailbox]


@pytest.fixture
def opened(dovecot: DovecotServer, tmp_path: Path) -> Opened:
    def box(
        password: str = dovecot.password,
        monotonic: Callable[[], float] = time.monotonic,
        **settings: object,
    ) -> Pop3Mailbox:
        given = Pop3Settings(dovecot.host, dovecot.user, dovecot.pop3_port, "none")
        whole = replace(given, **settings)  # type: ignore[arg-type]
        created = Pop3Mailbox(whole, lambda: password, tmp_path, SystemClock())
        created.pacer = LoginPacer(whole.logins_per_hour, monotonic)
        return created

    return box


def read(box: Pop3Mailbox) -> list[NewMail]:
    return list(box.fetch(*box.listed()))


def test_nothing_is_deleted_unless_the_settings_say_so(
    dovecot: DovecotServer, opened: Opened
) -> None:
    dovecot.append(mail(1))
    for settings, left in (({}, 1), ({"after_reading": "delete"}, 0)):
        box = opened(**settings)
        [one] = read(box)
        assert box.settle([(one.uidvalidity, one.uid)])
        box.close()
        assert len(dovecot.uids()) == left


def test_uids_go_on_after_a_restart_and_are_never_given_twice(
    dovecot: DovecotServer, opened: Opened
) -> None:
    for number in range(2):
        dovecot.append(mail(number))
    first = opened()
    before = read(first)
    first.remove([(before[1].uidvalidity, before[1].uid)])
    first.close()
    dovecot.append(mail(7))
    second = opened()
    after = read(second)
    second.close()
    assert [one.uid for one in after] == [before[0].uid, before[1].uid + 1]
    assert {one.uidvalidity for one in after} == {before[0].uidvalidity}


def test_a_session_whose_uids_cannot_be_written_deletes_no_mail_by_the_numbers_of_another(
    dovecot: DovecotServer, opened: Opened, tmp_path: Path
) -> None:
    for number in (1, 2, 3):
        dovecot.append(mail(number))
    hours = itertools.count(step=3600)
    box = opened(monotonic=lambda: float(next(hours)))
    first, second, _ = read(box)
    box.remove([(first.uidvalidity, first.uid)])
    dovecot.append(mail(4))
    (tmp_path / "pop3-uids.json.tmp").mkdir()  # as on a full disk
    for _ in range(2):
        with pytest.raises(MailboxError, match="邮件编号无法写入"):
            box.remove([(second.uidvalidity, second.uid)])
    box.close()
    assert len(dovecot.uids()) == 3


def test_a_refused_login_is_not_repeated_at_once(opened: Opened) -> None:
    box = opened(password="wrong")
    with pytest.raises(LoginRefused, match="授权码"):
        box.listed()
    with pytest.raises(MailboxError, match="秒后才会再次登录"):
        box.listed()
    box.close()


def test_no_server_is_an_error_that_says_what_to_do(opened: Opened) -> None:
    box = opened(port=free_port())
    with pytest.raises(MailboxError, match="请检查主机和端口"):
        box.listed()
    box.close()


def test_lines_of_any_length_are_read(dovecot: DovecotServer, opened: Opened) -> None:
    raw = b"Subject: long\r\n\r\n" + b"x" * 3_000_000 + b"\r\n"
    dovecot.append(raw)
    box = opened()
    assert [one.raw for one in read(box)] == [raw]
    box.close()


def refusing(monkeypatch: pytest.MonkeyPatch, refuses: Callable[[int], bool]) -> None:
    """The server answers -ERR for the mails of these numbers."""
    retr = poplib.POP3.retr

    def refused(client: poplib.POP3, which: int) -> object:
        if refuses(which):
            raise poplib.error_proto(b"-ERR this mail cannot be read")
        return retr(client, which)

    monkeypatch.setattr(poplib.POP3, "retr", refused)


def test_a_mail_that_the_server_refuses_stops_no_other_and_stays(
    dovecot: DovecotServer, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        dovecot.append(mail(number))
    refusing(monkeypatch, lambda which: which == 1)
    passed = iter(range(0, 10**9, 10**5))
    box = opened(after_reading="delete", monotonic=lambda: next(passed))
    stored: list[NewMail] = []
    assert 5 <= passes_until_read(box, stored, 12) < 12, "it was not given up lightly"
    refused, other = stored
    assert (refused.raw, refused.headers_only) == (b"", True)
    assert (other.raw, other.headers_only) == (mail(2), False)
    assert box.settle([(one.uidvalidity, one.uid) for one in (refused, other)])
    box.close()
    assert len(dovecot.uids()) == 1


@pytest.mark.parametrize("trouble", [1, 2, 4])
def test_a_mail_that_is_refused_for_a_while_is_not_given_up(
    trouble: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([True] * trouble)
    refusing(monkeypatch, lambda which: which == 1 and next(answers, False))
    with ScriptedPop3([mail(1), mail(2)], breaks_at={1}) as server:
        box = hasty(server, tmp_path)
        stored: list[NewMail] = []
        assert passes_until_read(box, stored, trouble) == trouble
        server.breaks_at = frozenset()
        assert passes_until_read(box, stored, 1) == 0
        assert [one.raw for one in stored] == [mail(1), mail(2)]
        box.close()


def test_a_server_that_refuses_every_mail_costs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubled = [True]
    refusing(monkeypatch, lambda _which: troubled[0])
    with ScriptedPop3([mail(1), mail(2), mail(3)]) as server:
        box = hasty(server, tmp_path)
        stored: list[NewMail] = []
        assert passes_until_read(box, stored, 12) == 12
        troubled[0] = False
        assert passes_until_read(box, stored, 1) == 0
        assert sorted(one.raw for one in stored) == [mail(1), mail(2), mail(3)]
        box.close()


# a mail over which the server closes the connection, each time


def passes_until_read(box: Pop3Mailbox, stored: list[NewMail], most: int) -> int:
    """The passes of the intake that broke before one went well; everything yielded is stored."""
    for broken in range(most):
        try:
            position = max((one.uid for one in stored), default=0)
            uidvalidity, uids = box.listed(lambda _uidvalidity, last=position: last)
            stored.extend(box.fetch(uidvalidity, uids))
        except MailboxError:
            continue
        return broken
    return most


def test_a_mail_that_always_breaks_the_connection_does_not_stop_the_box(tmp_path: Path) -> None:
    with ScriptedPop3([mail(number) for number in (1, 2, 3, 4)], breaks_at={2}) as server:
        box = hasty(server, tmp_path, after_reading="delete")
        stored: list[NewMail] = []
        assert 5 <= passes_until_read(box, stored, 12) < 12, "it was not given up lightly"
        assert [(one.uid, one.raw, one.headers_only) for one in stored] == [
            (number, b"" if number == 2 else mail(number), number == 2) for number in (1, 2, 3, 4)
        ]
        assert box.settle([(one.uidvalidity, one.uid) for one in stored])
        assert server.deleted == {1, 3, 4}
        box.close()


def test_a_mail_that_breaks_the_connection_is_not_given_up_while_none_waits_behind_it(
    tmp_path: Path,
) -> None:
    with ScriptedPop3([mail(1), mail(2)], breaks_at={2}) as server:
        box = hasty(server, tmp_path)
        stored: list[NewMail] = []
        assert passes_until_read(box, stored, 12) == 12
        assert [one.raw for one in stored] == [mail(1)]
        server.breaks_at = frozenset()
        assert passes_until_read(box, stored, 1) == 0
        assert [one.raw for one in stored] == [mail(1), mail(2)]
        box.close()


def hasty(server: ScriptedPop3, folder: Path, **settings: object) -> Pop3Mailbox:
    """A mailbox for which an hour passes with each look at the clock."""
    hours = itertools.count(step=3600.0)
    given = Pop3Settings("127.0.0.1", "support", server.port, "none", **settings)  # type: ignore[arg-type]
    box = Pop3Mailbox(given, lambda: "x", folder, SystemClock())
    box.pacer = LoginPacer(3600, lambda: next(hours))
    return box


def test_a_mail_of_which_only_the_headers_came_stays_on_the_server(
    dovecot: DovecotServer, opened: Opened
) -> None:
    dovecot.append(mail(1))
    box = opened(after_reading="delete", max_bytes=10)
    [one] = read(box)
    assert one.headers_only
    assert box.settle([(one.uidvalidity, one.uid)])
    box.close()
    assert len(dovecot.uids()) == 1


LOOKED = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "arrived"),
    [
        (
            (
                b"Received: from a (a [192.0.2.1])\r\n\tby mx;\r\n\tTue, 3 Mar 2026 11:29:59 +0800"
                b"\r\nReceived: by elsewhere; Mon, 2 Mar 2026 11:29:59 +0800\r\n"
            ),
            datetime(2026, 3, 3, 3, 29, 59, tzinfo=UTC),
        ),
        (b"Date: Tue, 3 Mar 2026 11:29:59 +0800\r\n", LOOKED),
        (b"Received: by mx\r\n", LOOKED),
        (b"Received: by mx; Tue, 99 Mar 20260 11:29:59 +0800\r\n", LOOKED),
        (b"Received: by mx; Wed, 4 Mar 2026 11:30:00 +0800\r\n", LOOKED),
    ],
)
def test_arrival_is_the_time_of_the_topmost_received_line(header: bytes, arrived: datetime) -> None:
    raw = header + b"Subject: 1\r\n\r\nReceived: by body; x\r\n"
    assert arrival(raw, LOOKED) == arrived


def test_the_doctor_says_how_much_there_is_and_reads_headers(
    dovecot: DovecotServer, tmp_path: Path
) -> None:
    dovecot.append(mail(1))
    text = (
        f"mailbox: {{kind: pop3, pop3: {{host: {dovecot.host}, user: {dovecot.user}, "
        f"port: {dovecot.pop3_port}, security: none}}}}\nstorage: {{folder: '{tmp_path}'}}\n"
    )
    inspected = Inspected()
    here = Wiring(Config(parse(text), tmp_path), {"UNBIND_POP3_PASSWORD": dovecot.password})
    [line] = MAILBOXES["pop3"].check(here, inspected)
    assert line.ok
    assert "1 封" in line.text
    assert b"Subject: 1" in inspected.headers[0]
