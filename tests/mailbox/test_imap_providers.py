"""Providers as they really are: nothing is asked that they refuse,
nothing they do loses a mail or hammers them."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.data.mail_record import NewMail
from core.errors import LoginRefused, MailboxError
from mail_intake.mailboxes.imap_connection import ImapSettings
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from mail_intake.mailboxes.login_pacing import LoginPacer
from tests.fixed_clock import FixedClock
from tests.mailbox.test_contract import mail, passing, read, subjects
from tests.servers.certificates import ServerCertificate, certificate, wrong_certificate
from tests.servers.dovecot import NOW
from tests.servers.scripted_imap import (
    ALIYUN,
    NETEASE,
    PASSWORD,
    PLAIN,
    TENCENT,
    Mail,
    Provider,
    ScriptedImap,
    scripted,
)

__all__ = ["certificate", "scripted", "wrong_certificate"]

Make = Callable[..., ScriptedImap]
EVERY_PROVIDER = pytest.mark.parametrize(
    "provider", [PLAIN, NETEASE, TENCENT, ALIYUN], ids=["plain", "163", "qq", "aliyun"]
)


def box_of(
    server: ScriptedImap,
    password: str = "",
    monotonic: Callable[[], float] = time.monotonic,
    **changes: object,
) -> ImapMailbox:
    settings = replace(
        ImapSettings(server.host, server.user, server.port, "none", read_timeout_s=40), **changes
    )
    box = ImapMailbox(settings, lambda: password or server.password, FixedClock(NOW))
    box.pacer = LoginPacer(settings.logins_per_hour, monotonic, jitter=lambda: 0.0)
    return box


def fill(server: ScriptedImap, *uids: int) -> None:
    for uid in uids:
        server.mails[uid] = Mail(mail(uid))


def read_on(box: ImapMailbox, stored: list[NewMail]) -> None:
    """One pass as the intake makes it: everything yielded is stored."""
    known = tuple(stored)
    stored.extend(
        passing(
            box,
            lambda uidvalidity: max(
                (m.uid for m in known if m.uidvalidity == uidvalidity), default=0
            ),
        )
    )


@EVERY_PROVIDER
def test_every_provider_is_read(scripted: Make, provider: Provider) -> None:
    server = scripted(provider)
    fill(server, 3, 5, 1000)
    box = box_of(server)
    stored: list[NewMail] = []
    read_on(box, stored)
    fill(server, 1001)
    read_on(box, stored)
    read_on(box, stored)
    assert subjects(stored) == [3, 5, 1000, 1001]
    assert stored[0].arrived == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert server.logins == 1, "one kept connection"
    box.close()


@EVERY_PROVIDER
def test_only_what_every_provider_answers_is_asked(scripted: Make, provider: Provider) -> None:
    server = scripted(provider)
    fill(server, *range(1, 60))
    box = box_of(server)
    read(box)
    box.close()
    assert set(server.verbs()) <= {
        "CAPABILITY",
        "LOGIN",
        "ID",
        "EXAMINE",
        "UID SEARCH",
        "UID FETCH",
        "LOGOUT",
    }
    assert {command for command in server.commands if "SEARCH" in command} == {"UID SEARCH UID 1:*"}


def test_id_comes_after_login_and_before_select(scripted: Make) -> None:
    server = scripted(NETEASE)
    box = box_of(server)
    read(box)
    verbs = server.verbs()
    assert verbs.index("LOGIN") < verbs.index("ID") < verbs.index("EXAMINE")
    box.close()


def test_unsafe_login_is_told_with_what_to_do(scripted: Make) -> None:
    server = scripted(replace(NETEASE, after_login="IMAP4rev1"))
    box = box_of(server)
    with pytest.raises(MailboxError, match="授权码"):
        read(box)
    box.close()


def test_no_idle_is_never_asked_for_where_it_is_missing(scripted: Make) -> None:
    server = scripted(NETEASE)
    box = box_of(server, poll_interval_s=0.01)
    read(box)
    box.wait(5)
    assert "IDLE" not in server.verbs()
    box.close()


def test_capabilities_count_as_they_are_after_the_login(scripted: Make) -> None:
    server = scripted(replace(PLAIN, before_login="IMAP4rev1 IDLE", after_login="IMAP4rev1"))
    box = box_of(server, poll_interval_s=0.01)
    read(box)
    box.wait(5)
    assert "IDLE" not in server.verbs()
    box.close()


def test_a_refused_login_is_not_repeated_for_ten_minutes_and_then_ever_more_rarely(
    scripted: Make,
) -> None:
    server, now = scripted(TENCENT), [0.0]
    box = box_of(server, "login password", lambda: now[0])
    attempts = []
    while now[0] < 24 * 3600:
        before = server.logins
        with pytest.raises(MailboxError) as told:
            read(box)
        if server.logins > before:
            attempts.append(now[0])
            assert isinstance(told.value, LoginRefused)
            assert "授权码" in str(told.value)
            assert "login password" not in str(told.value)
        now[0] += 60
    assert attempts[:3] == [0, 600, 1800]
    assert len(attempts) < 20
    box.close()


def test_a_server_that_closes_every_connection_sees_at_most_thirty_logins_an_hour(
    scripted: Make,
) -> None:
    server, now = scripted(replace(PLAIN, closes_after_select=True)), [0.0]
    fill(server, 1)
    box = box_of(server, monotonic=lambda: now[0])
    while now[0] < 3600:
        with pytest.raises(MailboxError):
            read(box)
        now[0] += 1
    assert 5 <= server.logins <= 30
    box.close()


def test_wait_does_not_return_before_the_next_login_is_allowed(scripted: Make) -> None:
    server = scripted(TENCENT)
    box = box_of(server, "wrong")
    with pytest.raises(LoginRefused):
        read(box)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (box.wait(300), done.set()), daemon=True)
    thread.start()
    assert not done.wait(0.1)
    box.stop()
    assert done.wait(40)
    box.close()


@pytest.mark.parametrize("uidvalidity", [None, 0, 1, 2**32 - 1])
def test_any_uidvalidity_is_a_key(scripted: Make, uidvalidity: int | None) -> None:
    server = scripted(replace(PLAIN, uidvalidity=uidvalidity))
    fill(server, 1, 2)
    box = box_of(server)
    stored: list[NewMail] = []
    read_on(box, stored)
    fill(server, 3)
    read_on(box, stored)
    assert subjects(stored) == [1, 2, 3]
    assert {m.uidvalidity for m in stored} == {uidvalidity or 0}
    box.close()


def test_a_connection_closed_in_the_middle_of_a_body_loses_and_doubles_nothing(
    scripted: Make,
) -> None:
    server, now = scripted(replace(PLAIN, breaks_off_uids=frozenset({40}))), [0.0]
    fill(server, *range(1, 61))
    box = box_of(server, monotonic=lambda: now[0])
    stored: list[NewMail] = []
    with pytest.raises(MailboxError, match="连接中断"):
        read_on(box, stored)
    assert subjects(stored) == list(range(1, 33)), "whole batches before it are kept"
    server.change(breaks_off_uids=frozenset())
    now[0] += 10
    read_on(box, stored)
    assert subjects(stored) == list(range(1, 61))
    box.close()


@pytest.mark.parametrize("refused", [False, True], ids=["left out", "NO"])
@pytest.mark.parametrize("item", ["RFC822.SIZE", "BODY.PEEK"])
def test_a_mail_that_vanished_between_two_commands_is_passed_over(
    scripted: Make, item: str, refused: bool
) -> None:
    gone = frozenset({2})
    server = scripted(
        replace(
            PLAIN,
            vanishing_uids=gone,
            vanishing_from=item,
            refused_uids=gone if refused and item == "RFC822.SIZE" else frozenset(),
        )
    )
    fill(server, 1, 2, 3, 4)
    box = box_of(server)
    assert subjects(read(box)) == [1, 3, 4]
    box.close()


@pytest.mark.parametrize("fault", ["bodiless_uids", "refused_uids"])
def test_a_mail_that_the_server_will_not_hand_out_is_shown_and_the_box_goes_on(
    scripted: Make, fault: str
) -> None:
    server = scripted(replace(PLAIN, **{fault: frozenset({2})}))
    fill(server, 1, 2, 3)
    box = box_of(server)
    assert [(m.uid, m.raw, m.headers_only) for m in read(box)] == [
        (1, mail(1), False),
        (2, b"", True),
        (3, mail(3), False),
    ]
    box.close()


def test_words_between_that_were_not_asked_for_do_no_harm(scripted: Make) -> None:
    server = scripted(
        replace(
            PLAIN,
            chatter=(
                "* 2 FETCH (FLAGS (\\Seen))\r\n* 9 EXISTS\r\n* 1 EXPUNGE\r\n"
                "* 3 FETCH (UID 3 FLAGS ())"
            ),
        )
    )
    fill(server, 1, 2, 3)
    box = box_of(server)
    assert [(m.uid, m.raw) for m in read(box)] == [(uid, mail(uid)) for uid in (1, 2, 3)]
    box.close()


def test_a_date_that_cannot_be_read_is_the_moment_of_reading(scripted: Make) -> None:
    server = scripted(replace(PLAIN, dateless_uids=frozenset({1})))
    fill(server, 1)
    box = box_of(server)
    assert read(box)[0].arrived == NOW
    box.close()


def test_forty_thousand_old_mails_cost_one_search(scripted: Make) -> None:
    server = scripted(NETEASE)
    one = Mail(mail(1))
    server.mails = dict.fromkeys(range(1, 40_001), one)
    box = box_of(server)
    assert [m.uid for m in passing(box, lambda _uidvalidity: 39_990)] == list(range(39_991, 40_001))
    assert len([command for command in server.commands if command.startswith("UID FETCH")]) == 2
    assert next(passing(box)).uid == 1
    box.close()


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_a_server_that_falls_silent_is_given_up(scripted: Make, command: str) -> None:
    server = scripted(replace(PLAIN, mute_on=command))
    fill(server, 1)
    box = box_of(server, read_timeout_s=0.2)
    with pytest.raises(MailboxError, match="没有及时应答"):
        read(box)
    box.close()


def test_a_server_that_never_greets_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = ImapSettings(
            "127.0.0.1",
            "support",
            listening.getsockname()[1],
            "none",
            connect_timeout_s=0.2,
            read_timeout_s=0.2,
        )
        box = ImapMailbox(settings, lambda: "x", FixedClock(NOW))
        with pytest.raises(MailboxError, match="没有及时应答"):
            read(box)
        box.close()


def test_news_in_the_same_packet_as_idling_ends_the_wait(scripted: Make) -> None:
    server = scripted(replace(ALIYUN, news_with_idle=True))
    box = box_of(server, poll_interval_s=60)
    read(box)
    done = threading.Event()
    threading.Thread(target=lambda: (box.wait(60), done.set()), daemon=True).start()
    assert done.wait(40), "the news lay in the buffer"
    box.close()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_news_that_comes_in_two_packets_ends_the_wait_and_not_the_connection(
    scripted: Make, certificate: ServerCertificate, tls: bool
) -> None:
    server = scripted(replace(ALIYUN, news_in_pieces=True), certificate.context() if tls else None)
    box = box_of(
        server,
        poll_interval_s=60,
        security="tls" if tls else "none",
        ca_file=str(certificate.ca_file),
    )
    read(box)
    done = threading.Event()
    threading.Thread(target=lambda: (box.wait(60), done.set()), daemon=True).start()
    assert done.wait(40)
    fill(server, 1)
    assert subjects(read(box)) == [1]
    assert server.logins == 1
    box.close()


def test_a_server_that_sends_in_pieces_is_read(scripted: Make) -> None:
    server = scripted(replace(PLAIN, dribbles=True))
    fill(server, 1, 2, 3)
    box = box_of(server)
    assert [m.raw for m in read(box)] == [mail(1), mail(2), mail(3)]
    box.close()


def test_idle_is_renewed_by_the_poll_beneath_it(scripted: Make) -> None:
    server = scripted(ALIYUN)
    box = box_of(server, poll_interval_s=0.05)
    for _ in range(3):
        read(box)
        box.wait(60)
    assert server.verbs().count("IDLE") == 3
    assert server.logins == 1
    box.close()


def test_idle_that_is_offered_and_refused_is_not_asked_for_again(scripted: Make) -> None:
    server = scripted(replace(ALIYUN, refuses_idle=True))
    box = box_of(server, poll_interval_s=0.01)
    for _ in range(4):
        read(box)
        box.wait(5)
    assert (server.verbs().count("IDLE"), server.logins) == (1, 2)
    box.close()


def test_what_was_stored_before_a_crash_is_settled_after_it(scripted: Make) -> None:
    server = scripted()
    fill(server, 1, 2)
    box = box_of(server, after_reading="seen")
    [first, _] = read(box)
    box.close()
    again = box_of(server, after_reading="seen")
    again.settle([(first.uidvalidity, 1), (first.uidvalidity + 1, 2)])
    assert {uid: one.flags for uid, one in server.mails.items()} == {1: {"\\Seen"}, 2: set()}
    assert subjects(read(again)) == [1, 2]
    again.close()


def test_a_mailbox_renumbered_in_the_middle_of_a_pass_is_not_read_under_the_old_numbers(
    scripted: Make,
) -> None:
    server = scripted()
    fill(server, *range(1, 61))
    box = box_of(server, after_reading="seen")
    going_on = passing(box)
    first = next(going_on)
    server.change(uidvalidity=8)
    box._drop()
    box.settle([(first.uidvalidity, first.uid)])  # connects again, and meets another UIDVALIDITY
    with pytest.raises(MailboxError):
        list(going_on)
    assert {m.uidvalidity for m in read(box)} == {8}
    assert all(not one.flags for one in server.mails.values())
    box.close()


@pytest.mark.parametrize(("token", "works"), [(PASSWORD, True), ("expired", False)])
def test_a_token_logs_in_by_xoauth2(scripted: Make, token: str, works: bool) -> None:
    server = scripted()
    fill(server, 1)
    box = box_of(server, token, auth="xoauth2")
    if works:
        assert subjects(read(box)) == [1]
    else:
        with pytest.raises(LoginRefused):
            read(box)
    assert "LOGIN" not in server.verbs()
    box.close()


def test_while_a_login_must_wait_the_reason_is_still_told(scripted: Make) -> None:
    server = scripted(TENCENT)
    box = box_of(server, "wrong")
    with pytest.raises(LoginRefused):
        read(box)
    with pytest.raises(MailboxError, match=r"授权码.*秒后"):
        read(box)
    box.close()


def test_a_certificate_for_another_host_ends_the_attempt(
    scripted: Make, wrong_certificate: ServerCertificate
) -> None:
    server = scripted(PLAIN, wrong_certificate.context())
    box = box_of(server, security="tls", ca_file=str(wrong_certificate.ca_file))
    with pytest.raises(MailboxError, match="host 请写主机名"):
        read(box)
    assert server.commands == []
    box.close()


@pytest.mark.parametrize("answer", ["NO not now", "BAD what?", "OK begin"])
def test_a_failed_starttls_ends_the_attempt(
    scripted: Make, certificate: ServerCertificate, answer: str
) -> None:
    server = scripted(replace(PLAIN, before_login="IMAP4rev1 STARTTLS", starttls_answer=answer))
    box = box_of(server, security="starttls", ca_file=str(certificate.ca_file))
    with pytest.raises(MailboxError):
        read(box)
    assert (server.logins, [c for c in server.commands if "LOGIN" in c]) == (0, []), (
        "the password never goes in clear text"
    )
    box.close()


def test_clear_text_behind_a_tls_port_is_told(scripted: Make) -> None:
    server = scripted()
    box = box_of(server, security="tls")
    with pytest.raises(MailboxError, match="核对端口与 security"):
        read(box)
    box.close()


def test_neither_mails_nor_the_password_reach_a_log(
    scripted: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server = scripted()
    server.mails[1] = Mail(b"Subject: x\r\n\r\nvery private words\r\n")
    box = box_of(server)
    assert len(read(box)) == 1
    box.close()
    assert "very private words" not in caplog.text
    assert server.password not in caplog.text
