"""What goes wrong on a server or on the way: no mail is lost,
none stops the box, nothing is hammered."""

import time
from contextlib import suppress
from dataclasses import replace

import pytest

from core.data.letter import LetterKind
from core.data.mail_record import NewMail
from core.errors import MailboxError
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from tests.cases.conftest import harness
from tests.flows.walker import ADDRESS, CannedReader
from tests.mailbox.test_contract import mail, passing, read, subjects
from tests.mailbox.test_imap_providers import Make, box_of, fill, read_on
from tests.servers.scripted_imap import ALIYUN, NETEASE, PLAIN, TENCENT, Mail, Provider, scripted
from tests.world import World

__all__ = ["harness", "scripted"]


class Patience:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_over(self, box: ImapMailbox, stored: list[NewMail]) -> bool:
        """One pass of the intake; after a failure an hour goes by. Whether it went well."""
        try:
            read_on(box, stored)
        except MailboxError:
            self.now += 3600
            return False
        return True


def wait_for_answers(box: ImapMailbox, read_timeout_s: float = 40) -> None:
    """So long the box waits from now on. An answer that comes may come late on a busy machine: a
    short limit is for what never comes."""
    box.settings = replace(box.settings, read_timeout_s=read_timeout_s)
    if box._client is not None:
        box._client.socket().settimeout(read_timeout_s)


# a mail that breaks the connection each time

BREAKS: list[dict[str, object]] = [
    {"breaks_off_uids": frozenset({3})},
    {"lying_uids": frozenset({3}), "lies_by": 1000},
    {"lying_uids": frozenset({3}), "lies_by": -20},
]


@pytest.mark.parametrize("fault", BREAKS, ids=["closes", "too long", "too short"])
def test_a_mail_that_always_breaks_the_connection_does_not_stop_the_box(
    scripted: Make, fault: dict[str, object]
) -> None:
    server, patience = scripted(replace(PLAIN, **fault)), Patience()
    fill(server, 1, 2, 3, 4, 5)
    box = box_of(server, monotonic=patience, read_timeout_s=0.3)
    stored: list[NewMail] = []
    passes = 0
    while not patience.pass_over(box, stored):
        passes += 1
        assert passes < 12
    assert [(m.uid, m.raw, m.headers_only) for m in stored] == [
        (uid, b"" if uid == 3 else mail(uid), uid == 3) for uid in (1, 2, 3, 4, 5)
    ]
    assert passes >= 5, "it was not given up lightly"
    box.close()


@pytest.mark.parametrize("body_too", [False, True])
def test_a_mail_whose_size_breaks_the_connection_does_not_stop_the_box(
    scripted: Make, body_too: bool
) -> None:
    bad = frozenset({3})
    server, patience = (
        scripted(
            replace(PLAIN, headless_uids=bad, breaks_off_uids=bad if body_too else frozenset())
        ),
        Patience(),
    )
    fill(server, 1, 2, 3, 4, 5)
    box = box_of(server, monotonic=patience)
    stored: list[NewMail] = []
    passes = 0
    while not patience.pass_over(box, stored):
        passes += 1
        assert passes < 25
    assert [(m.uid, m.headers_only) for m in stored] == [
        (uid, body_too and uid == 3) for uid in (1, 2, 3, 4, 5)
    ]
    fill(server, 6)
    assert patience.pass_over(box, stored)
    assert subjects([stored[-1]]) == [6]
    box.close()


def test_a_mail_that_breaks_the_connection_is_not_given_up_while_none_waits_behind_it(
    scripted: Make,
) -> None:
    server, patience = scripted(replace(PLAIN, breaks_off_uids=frozenset({3}))), Patience()
    fill(server, 1, 3)
    box = box_of(server, monotonic=patience)
    stored: list[NewMail] = []
    for _ in range(12):
        assert not patience.pass_over(box, stored)
    assert subjects(stored) == [1]
    server.change(breaks_off_uids=frozenset())
    assert patience.pass_over(box, stored)
    assert subjects(stored) == [1, 3]
    box.close()


def test_a_line_that_breaks_every_fetch_gives_no_mail_up(scripted: Make) -> None:
    """When no mail at all can be fetched, the fault is not that of one mail."""
    server, patience = scripted(replace(PLAIN, breaks_off_uids=frozenset(range(1, 9)))), Patience()
    fill(server, *range(1, 9))
    box = box_of(server, monotonic=patience)
    stored: list[NewMail] = []
    for _ in range(40):
        assert not patience.pass_over(box, stored)
    assert stored == []
    server.change(breaks_off_uids=frozenset())
    assert patience.pass_over(box, stored)
    assert [(m.uid, m.headers_only) for m in stored] == [(uid, False) for uid in range(1, 9)]
    box.close()


# lines that mean nothing

GARBAGE = [
    b"* BLURDYBLOOP",
    b"* 5 BLURDYBLOOP 3",
    b"*",
    b"* OK",
    b"",
    b"what?",
    b"\xff\xfe\x00\x80",
    b"* 2 FETCH (",
    b"* 2 FETCH )(",
    b"* FETCH",
    b"* 99 FETCH (UID 99 FLAGS",
    b"* OK [ALERT] " + "尊敬的用户".encode("gb18030"),
    b"* NO [ALERT] over quota",
    b"* BAD what",
    b"* SEARCH 7 8 9",
    b"* SEARCH x y",
    b"* -1 EXISTS",
    b"* 99999999999 EXISTS",
    b"+ go on",
    b"* OK " + b"x" * 17_000_000,
]


@pytest.mark.parametrize("command", ["EXAMINE", "UID SEARCH", "UID FETCH"])
@pytest.mark.parametrize("line", GARBAGE, ids=lambda line: repr(line[:24]))
def test_words_that_mean_nothing_lose_and_double_no_mail(
    scripted: Make, line: bytes, command: str
) -> None:
    server, patience = scripted(replace(PLAIN, garbage=line, garbage_on=command)), Patience()
    fill(server, 1, 2, 3)
    box = box_of(server, monotonic=patience, read_timeout_s=0.5)
    stored: list[NewMail] = []
    patience.pass_over(box, stored)
    patience.now += 3600
    server.change(garbage_on="")
    wait_for_answers(box)
    assert patience.pass_over(box, stored)
    assert [(m.uid, m.raw) for m in stored] == [(uid, mail(uid)) for uid in (1, 2, 3)]
    box.close()


@pytest.mark.parametrize(
    "words",
    [
        "* BYE too many connections",
        "* BYE",
        "* NO go away",
        "220 mail.example.org ESMTP",
        "\xff",
        "* OK " + "x" * 17_000_000,
    ],
)
def test_a_server_that_greets_with_anything_but_ok_is_left_and_asked_again_later(
    scripted: Make, words: str
) -> None:
    server, patience = scripted(replace(PLAIN, greeting=words)), Patience()
    fill(server, 1)
    box = box_of(server, monotonic=patience, read_timeout_s=0.5)
    stored: list[NewMail] = []
    assert not patience.pass_over(box, stored)
    assert server.logins == 0
    server.change(greeting="* OK ready")
    wait_for_answers(box)
    assert patience.pass_over(box, stored)
    assert subjects(stored) == [1]
    box.close()


# what changes under way


def test_mails_expunged_in_the_middle_of_a_fetch_shift_no_other(scripted: Make) -> None:
    server = scripted(replace(PLAIN, expunged_uids=frozenset({2, 5})))
    fill(server, *range(1, 9))
    box = box_of(server)
    stored: list[NewMail] = []
    read_on(box, stored)
    fill(server, 9)
    read_on(box, stored)
    assert [(m.uid, m.raw) for m in stored] == [(uid, mail(uid)) for uid in range(1, 10)]
    assert box.listed() == (7, [1, 3, 4, 6, 7, 8, 9])
    box.close()


def test_a_uidvalidity_that_changes_on_a_kept_connection_means_that_everything_is_new(
    scripted: Make,
) -> None:
    server = scripted(PLAIN)
    fill(server, 100, 101)
    box = box_of(server, after_reading="seen")
    stored: list[NewMail] = []
    read_on(box, stored)
    server.change(uidvalidity=8)
    server.mails = {1: Mail(mail(100)), 2: Mail(mail(101)), 3: Mail(mail(102))}
    read_on(box, stored)
    assert [(m.uidvalidity, m.uid) for m in stored] == [(7, 100), (7, 101), (8, 1), (8, 2), (8, 3)]
    assert server.logins == 1
    box.settle([(7, 3), (8, 1)])
    assert (server.mails[1].flags, server.mails[3].flags) == ({"\\Seen"}, set()), (
        "the old number 3 is not the new one"
    )
    box.close()


def test_capabilities_that_change_with_the_login_are_asked_anew_each_time(scripted: Make) -> None:
    server = scripted(replace(ALIYUN, after_login="IMAP4rev1 IDLE"))
    box = box_of(server, poll_interval_s=0.01)
    read(box)
    server.change(after_login="IMAP4rev1")
    server.hang_up()
    read(box)
    box.wait(5)
    assert "IDLE" not in server.verbs()
    assert server.logins == 2
    box.close()


def test_idle_with_a_peer_that_is_gone_ends_and_a_new_connection_is_made(scripted: Make) -> None:
    server = scripted(replace(ALIYUN, deaf_in_idle=True))
    fill(server, 1)
    box = box_of(server, poll_interval_s=0.05)
    stored: list[NewMail] = []
    read_on(box, stored)
    wait_for_answers(box, 0.2)
    box.wait(60)
    wait_for_answers(box)
    fill(server, 2)
    server.change(deaf_in_idle=False)
    read_on(box, stored)
    assert (subjects(stored), server.logins) == ([1, 2], 2)
    box.close()


def test_idle_that_is_never_begun_is_given_up_and_the_poll_goes_on(scripted: Make) -> None:
    server = scripted(replace(ALIYUN, mute_on="IDLE"))
    fill(server, 1)
    box = box_of(server, poll_interval_s=0.05)
    stored: list[NewMail] = []
    read_on(box, stored)
    wait_for_answers(box, 0.2)
    box.wait(60)
    wait_for_answers(box)
    fill(server, 2)
    read_on(box, stored)
    assert subjects(stored) == [1, 2]
    box.close()


# size


def test_the_body_of_a_mail_that_is_too_large_is_never_asked_for(scripted: Make) -> None:
    server = scripted(NETEASE)
    fill(server, 1, 2, 3)
    server.mails[2] = Mail(b"Subject: 2\r\n\r\n" + b"x" * 100_000)
    box = box_of(server, max_bytes=50_000)
    assert [
        (m.uid, m.headers_only, len(m.raw) < 100, m.size_bytes > 100_000) for m in read(box)
    ] == [
        (1, False, True, False),
        (2, True, True, True),
        (3, False, True, False),
    ]
    asked = [command for command in server.commands if "BODY.PEEK[]" in command]
    assert asked
    assert all("2" not in command.split()[2].split(",") for command in asked)
    box.close()


def test_a_mail_that_is_too_large_gets_its_letter_from_its_headers_alone(
    scripted: Make, harness: World
) -> None:
    server = scripted(TENCENT)
    server.mails[1] = Mail(
        b"From: handler@example.com\r\nTo: "
        + ADDRESS.encode()
        + b"\r\nMessage-ID: <1@example.com>\r\n"
        b"Subject: =?utf-8?b?Q0HplIHop6Pnu5HnlLPor7c=?=\r\n\r\n" + b"x" * 100_000,
    )
    box = box_of(server, max_bytes=50_000)
    intake = Intake(harness.desk, CannedReader(), [ADDRESS])
    assert intake.collect(box) == 1
    assert intake.judge_waiting() == 1
    with harness.tx() as tx:
        (case,), (letter,) = tx.cases.find(), tx.letters.newest()
    assert "attachment.too_large" in {finding.code for finding in case.findings}
    assert letter.recipient == "handler@example.com"
    assert letter.kind is LetterKind.RETURNED
    assert not [command for command in server.commands if "BODY.PEEK[]" in command]
    box.close()


def test_a_server_that_hangs_over_every_mark_is_read_all_the_same(
    scripted: Make, harness: World
) -> None:
    server, patience = scripted(Provider(mute_on="UID STORE")), Patience()
    box = box_of(server, after_reading="seen", read_timeout_s=1, monotonic=patience)
    intake, stored = Intake(harness.desk, CannedReader(), [ADDRESS]), 0
    for number in range(1, 9):
        fill(server, number)
        with suppress(MailboxError):
            stored += intake.collect(box)
        patience.now += 60
    assert stored >= 6
    assert server.verbs().count("UID STORE") == 1, (
        "what breaks the connection is not asked for again at each look"
    )
    patience.now += 3600
    with suppress(MailboxError):
        stored += intake.collect(box)
    assert (stored, server.verbs().count("UID STORE")) == (8, 2)
    box.close()


def test_an_answer_of_more_than_a_million_bytes_is_read(scripted: Make) -> None:
    """imaplib refuses such a line by default: 140,000 mails in a folder would stop the box."""
    server = scripted(PLAIN)
    server.mails = dict.fromkeys(range(1, 200_001), Mail(mail(1)))
    box = box_of(server)
    assert next(passing(box, lambda _uidvalidity: 17)).uid == 18
    box.close()


def test_a_slow_server_is_waited_for_as_long_as_it_goes_on(scripted: Make) -> None:
    """Each piece comes in time, the whole takes longer than the limit of silence."""
    server = scripted(replace(PLAIN, dribbles=True, pause_s=0.01))
    fill(server, 1)
    box = box_of(server, read_timeout_s=1)
    started = time.monotonic()
    assert subjects(read(box)) == [1]
    assert time.monotonic() - started > 1
    box.close()
