"""What goes wrong on a server or on the way: no mail is lost, none stops the box, nothing is hammered."""

import time
from dataclasses import replace

import pytest

from core.cases.letter import LetterKind
from core.errors import LoginRefused, MailboxError
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from mail_intake.mailboxes.mailbox import IncomingMail
from tests.cases.conftest import Harness, harness
from tests.flows.walker import ADDRESS, CannedReader
from tests.mailbox.test_contract import mail, read, subjects
from tests.mailbox.test_imap_providers import Make, box_of, fill, read_on
from tests.servers.certificates import ServerCertificate, certificate, wrong_certificate
from tests.servers.scripted_imap import ALIYUN, NETEASE, PLAIN, TENCENT, Mail, Provider, ScriptedImap, scripted

__all__ = ["certificate", "harness", "scripted", "wrong_certificate"]


class Patience:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_over(self, box: ImapMailbox, stored: list[IncomingMail]) -> bool:
        """One pass of the intake; after a failure an hour goes by. Whether it went well."""
        try:
            read_on(box, stored)
        except MailboxError:
            self.now += 3600
            return False
        return True


def settled(server: ScriptedImap, uid: int) -> set[str]:
    return server.mails[uid].flags


# a mail that breaks the connection each time

BREAKS: list[dict[str, object]] = [
    {"breaks_off_uids": frozenset({3})}, {"lying_uids": frozenset({3}), "lies_by": 1000}, {"lying_uids": frozenset({3}), "lies_by": -20},
]


@pytest.mark.parametrize("fault", BREAKS, ids=["closes", "too long", "too short"])
def test_a_mail_that_always_breaks_the_connection_does_not_stop_the_box(scripted: Make, fault: dict[str, object]) -> None:
    server, patience = scripted(replace(PLAIN, **fault)), Patience()
    fill(server, 1, 2, 3, 4, 5)
    box = box_of(server, monotonic=patience, read_timeout_s=0.3)
    stored: list[IncomingMail] = []
    passes = 0
    while not patience.pass_over(box, stored):
        passes += 1
        assert passes < 12
    assert [(m.uid, m.raw, m.headers_only) for m in stored] == [(uid, b"" if uid == 3 else mail(uid), uid == 3) for uid in (1, 2, 3, 4, 5)]
    assert passes >= 5, "it was not given up lightly"
    box.close()


@pytest.mark.parametrize("body_too", [False, True])
def test_a_mail_whose_size_breaks_the_connection_does_not_stop_the_box(scripted: Make, body_too: bool) -> None:
    bad = frozenset({3})
    server, patience = scripted(replace(PLAIN, headless_uids=bad, breaks_off_uids=bad if body_too else frozenset())), Patience()
    fill(server, 1, 2, 3, 4, 5)
    box = box_of(server, monotonic=patience)
    stored: list[IncomingMail] = []
    passes = 0
    while not patience.pass_over(box, stored):
        passes += 1
        assert passes < 25
    assert [(m.uid, m.headers_only) for m in stored] == [(uid, body_too and uid == 3) for uid in (1, 2, 3, 4, 5)]
    fill(server, 6)
    assert patience.pass_over(box, stored)
    assert subjects([stored[-1]]) == [6]
    box.close()


def test_a_mail_that_breaks_the_connection_is_not_given_up_while_none_waits_behind_it(scripted: Make) -> None:
    server, patience = scripted(replace(PLAIN, breaks_off_uids=frozenset({3}))), Patience()
    fill(server, 1, 3)
    box = box_of(server, monotonic=patience)
    stored: list[IncomingMail] = []
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
    stored: list[IncomingMail] = []
    for _ in range(40):
        assert not patience.pass_over(box, stored)
    assert stored == []
    server.change(breaks_off_uids=frozenset())
    assert patience.pass_over(box, stored)
    assert [(m.uid, m.headers_only) for m in stored] == [(uid, False) for uid in range(1, 9)]
    box.close()


# lines that mean nothing

GARBAGE = [
    b"* BLURDYBLOOP", b"* 5 BLURDYBLOOP 3", b"*", b"* OK", b"", b"what?", b"\xff\xfe\x00\x80", b"* 2 FETCH (", b"* 2 FETCH )(", b"* FETCH", b"* 99 FETCH (UID 99 FLAGS",
    b"* OK [ALERT] " + "尊敬的用户".encode("gb18030"), b"* NO [ALERT] over quota", b"* BAD what", b"* SEARCH 7 8 9", b"* SEARCH x y", b"* -1 EXISTS", b"* 99999999999 EXISTS",
    b"+ go on", b"* OK " + b"x" * 1_000_100,
]


@pytest.mark.parametrize("command", ["EXAMINE", "UID SEARCH", "UID FETCH"])
@pytest.mark.parametrize("line", GARBAGE, ids=lambda line: repr(line[:24]))
def test_words_that_mean_nothing_lose_and_double_no_mail(scripted: Make, line: bytes, command: str) -> None:
    server, patience = scripted(replace(PLAIN, garbage=line, garbage_on=command)), Patience()
    fill(server, 1, 2, 3)
    box = box_of(server, monotonic=patience, read_timeout_s=0.5)
    stored: list[IncomingMail] = []
    patience.pass_over(box, stored)
    patience.now += 3600
    server.change(garbage_on="")
    assert patience.pass_over(box, stored)
    assert [(m.uid, m.raw) for m in stored] == [(uid, mail(uid)) for uid in (1, 2, 3)]
    box.close()


@pytest.mark.parametrize("words", ["* BYE too many connections", "* BYE", "* NO go away", "220 mail.example.org ESMTP", "\xff", "* OK " + "x" * 1_000_100])
def test_a_server_that_greets_with_anything_but_ok_is_left_and_asked_again_later(scripted: Make, words: str) -> None:
    server, patience = scripted(replace(PLAIN, greeting=words)), Patience()
    fill(server, 1)
    box = box_of(server, monotonic=patience, read_timeout_s=0.5)
    stored: list[IncomingMail] = []
    assert not patience.pass_over(box, stored)
    assert server.logins == 0
    server.change(greeting="* OK ready")
    assert patience.pass_over(box, stored)
    assert subjects(stored) == [1]
    box.close()


# what changes under way

def test_mails_expunged_in_the_middle_of_a_fetch_shift_no_other(scripted: Make) -> None:
    server = scripted(replace(PLAIN, expunged_uids=frozenset({2, 5})))
    fill(server, *range(1, 9))
    box = box_of(server)
    stored: list[IncomingMail] = []
    read_on(box, stored)
    fill(server, 9)
    read_on(box, stored)
    assert [(m.uid, m.raw) for m in stored] == [(uid, mail(uid)) for uid in range(1, 10)]
    assert box.held() == (7, [1, 3, 4, 6, 7, 8, 9])
    box.close()


def test_a_uidvalidity_that_changes_on_a_kept_connection_means_that_everything_is_new(scripted: Make) -> None:
    server = scripted(PLAIN)
    fill(server, 100, 101)
    box = box_of(server, after_reading="seen")
    stored: list[IncomingMail] = []
    read_on(box, stored)
    server.change(uidvalidity=8)
    server.mails = {1: Mail(mail(100)), 2: Mail(mail(101)), 3: Mail(mail(102))}
    read_on(box, stored)
    assert [(m.uidvalidity, m.uid) for m in stored] == [(7, 100), (7, 101), (8, 1), (8, 2), (8, 3)]
    assert server.logins == 1
    box.settle([(7, 3), (8, 1)])
    assert (settled(server, 1), settled(server, 3)) == ({"\\Seen"}, set()), "the old number 3 is not the new one"
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
    box = box_of(server, poll_interval_s=0.05, read_timeout_s=0.2)
    stored: list[IncomingMail] = []
    read_on(box, stored)
    box.wait(60)
    fill(server, 2)
    server.change(deaf_in_idle=False)
    read_on(box, stored)
    assert (subjects(stored), server.logins) == ([1, 2], 2)
    box.close()


def test_idle_that_is_never_begun_is_given_up_and_the_poll_goes_on(scripted: Make) -> None:
    server = scripted(replace(ALIYUN, mute_on="IDLE"))
    fill(server, 1)
    box = box_of(server, poll_interval_s=0.05, read_timeout_s=0.2)
    stored: list[IncomingMail] = []
    read_on(box, stored)
    box.wait(60)
    fill(server, 2)
    read_on(box, stored)
    assert subjects(stored) == [1, 2]
    box.close()


# what a server does not allow

NOT_ALLOWED: list[tuple[Provider, str]] = [
    (Provider(read_only=True), "seen"), (Provider(read_only=True), "keyword"), (Provider(permanent_flags="\\Seen \\Deleted"), "keyword"),
    (Provider(permanent_flags=""), "seen"),
]


@pytest.mark.parametrize(("provider", "after"), NOT_ALLOWED, ids=["read-only seen", "read-only keyword", "no keywords", "no flags"])
def test_a_mark_that_is_not_allowed_costs_neither_a_mail_nor_the_connection(scripted: Make, provider: Provider, after: str) -> None:
    server = scripted(provider)
    box = box_of(server, after_reading=after)
    stored: list[IncomingMail] = []
    for uid in range(1, 41):
        fill(server, uid)
        read_on(box, stored)
        box.settle([(stored[-1].uidvalidity, stored[-1].uid)])
    assert subjects(stored) == list(range(1, 41))
    assert server.logins == 1
    assert server.verbs().count("UID STORE") <= 1, "what was refused once is not asked for again"
    assert all(not one.flags for one in server.mails.values())
    box.close()


def test_a_keyword_that_is_allowed_is_set(scripted: Make) -> None:
    server = scripted(Provider(permanent_flags="\\Seen \\*"))
    fill(server, 1)
    box = box_of(server, after_reading="keyword")
    [first] = read(box)
    box.settle([(first.uidvalidity, 1)])
    assert settled(server, 1) == {"UnbindDesk"}
    box.close()


def test_settling_without_a_server_fails_in_silence(scripted: Make) -> None:
    server = scripted(PLAIN)
    fill(server, 1)
    box = box_of(server, after_reading="seen")
    [first] = read(box)
    box.close()
    server.stop()
    again = box_of(server, after_reading="seen")
    again.settle([(first.uidvalidity, 1)])
    again.close()


def test_nothing_is_copied_out_of_a_folder_that_may_only_be_read(scripted: Make) -> None:
    server = scripted(Provider(read_only=True))
    fill(server, 1)
    box = box_of(server, after_reading="move:已办理")
    [first] = read(box)
    for _ in range(3):
        box.settle([(first.uidvalidity, 1)])
    assert list(server.mails) == [1]
    assert server.logins == 1
    box.close()


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 UIDPLUS", "IMAP4rev1 MOVE"])
def test_mails_are_moved_whatever_the_server_can(scripted: Make, capabilities: str) -> None:
    """Without UIDPLUS the rest stays, marked as deleted: an EXPUNGE of everything could take mails that other people deleted."""
    server = scripted(Provider(after_login=capabilities))
    fill(server, 1, 2)
    server.mails[2].flags.add("\\Deleted")
    box = box_of(server, after_reading="move:已办理")
    first, _ = read(box)
    box.settle([(first.uidvalidity, 1)])
    assert "&XfJSnnQG-" in server.provider.folders
    assert [one.raw for one in server.mails.values() if one.folder == "&XfJSnnQG-"] == [mail(1)]
    assert 2 in server.mails, "what another program marked as deleted is left alone"
    assert "EXPUNGE" not in server.verbs()
    box.close()


def test_a_chinese_folder_is_read(scripted: Make) -> None:
    server = scripted(replace(NETEASE, folders=("INBOX", "&ieN+0XUzi,c-")))
    fill(server, 1, 2)
    server.mails[2].folder = "&ieN+0XUzi,c-"
    box = box_of(server, folder="解绑申请")
    assert subjects(read(box)) == [2]
    box.close()


def test_a_folder_that_is_not_there_is_told(scripted: Make) -> None:
    box = box_of(scripted(PLAIN), folder="解绑")
    with pytest.raises(MailboxError, match="请检查文件夹名称"):
        read(box)
    box.close()


# logins

def test_a_provider_that_limits_logins_is_left_alone_when_it_says_so(scripted: Make) -> None:
    """QQ answers a login too many with the words of a wrong password."""
    server, now = scripted(replace(TENCENT, closes_after_select=True)), [0.0]
    fill(server, 1)
    box = box_of(server, monotonic=lambda: now[0])
    refused_at = None
    while now[0] < 3600:
        try:
            read(box)
        except LoginRefused:
            refused_at = refused_at or now[0]
        except MailboxError:
            pass
        now[0] += 5
    assert refused_at is not None
    assert server.provider.logins_allowed < server.logins <= server.provider.logins_allowed + 4
    box.close()


@pytest.mark.parametrize("per_hour", [1, 7, 30])
def test_no_hour_sees_more_logins_than_allowed(scripted: Make, per_hour: int) -> None:
    server, now, at = scripted(replace(PLAIN, closes_after_select=True)), [0.0], []
    fill(server, 1)
    box = box_of(server, monotonic=lambda: now[0], logins_per_hour=per_hour)
    while now[0] < 3 * 3600:
        before = server.logins
        with pytest.raises(MailboxError):
            read(box)
        at += [now[0]] * (server.logins - before)
        now[0] += 20
    assert max(sum(start <= other < start + 3600 for other in at) for start in at) <= per_hour
    assert len(at) >= min(per_hour, 3)
    box.close()


def test_a_refused_token_is_told_in_the_servers_own_words(scripted: Make) -> None:
    """The server explains in a challenge first, and takes anything but an empty answer for a broken command."""
    box = box_of(scripted(PLAIN), "expired", auth="xoauth2")
    with pytest.raises(LoginRefused, match="wrong password") as told:
        read(box)
    assert "expired" not in str(told.value)
    box.close()


def test_id_is_sent_unasked_where_the_provider_is_known_to_want_it(scripted: Make) -> None:
    server = scripted(replace(NETEASE, before_login="IMAP4rev1", after_login="IMAP4rev1"))
    fill(server, 1)
    box = box_of(server, send_id=True)
    assert subjects(read(box)) == [1]
    box.close()


def test_an_id_that_is_refused_does_not_end_the_login(scripted: Make) -> None:
    server = scripted(replace(PLAIN, id_answer="BAD unknown"))
    fill(server, 1)
    box = box_of(server, send_id=True)
    assert subjects(read(box)) == [1]
    box.close()


def test_a_refusal_is_told_with_the_providers_own_advice(scripted: Make) -> None:
    box = box_of(scripted(TENCENT), "wrong", login_advice="1. 开启IMAP")
    with pytest.raises(LoginRefused, match=r"1\. 开启IMAP"):
        read(box)
    box.close()


# size

def test_the_body_of_a_mail_that_is_too_large_is_never_asked_for(scripted: Make) -> None:
    server = scripted(NETEASE)
    fill(server, 1, 2, 3)
    server.mails[2] = Mail(b"Subject: 2\r\n\r\n" + b"x" * 100_000)
    box = box_of(server, max_bytes=50_000)
    assert [(m.uid, m.headers_only, len(m.raw) < 100, m.size_bytes > 100_000) for m in read(box)] == [
        (1, False, True, False), (2, True, True, True), (3, False, True, False),
    ]
    asked = [command for command in server.commands if "BODY.PEEK[]" in command]
    assert asked
    assert all("2" not in command.split()[2].split(",") for command in asked)
    box.close()


def test_a_mail_that_is_too_large_gets_its_letter_from_its_headers_alone(scripted: Make, harness: Harness) -> None:
    server = scripted(TENCENT)
    server.mails[1] = Mail(
        b"From: handler@example.com\r\nTo: " + ADDRESS.encode() + b"\r\nMessage-ID: <1@example.com>\r\n"
        b"Subject: =?utf-8?b?Q0HplIHop6Pnu5HnlLPor7c=?=\r\n\r\n" + b"x" * 100_000,
    )
    box = box_of(server, max_bytes=50_000)
    intake = Intake(harness.desk, CannedReader(), [ADDRESS])
    assert intake.collect(box) == 1
    assert intake.judge_waiting() == 1
    with harness.tx() as tx:
        (case,), (letter,) = tx.cases.find(), tx.letters.find()
    assert "attachment.too_large" in {finding.code for finding in case.findings}
    assert letter.recipient == "handler@example.com"
    assert letter.kind is LetterKind.RETURNED
    assert not [command for command in server.commands if "BODY.PEEK[]" in command]
    box.close()


def test_more_new_mails_than_one_answer_can_name_are_found(scripted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """imaplib refuses a line of a million bytes, so a large folder is searched in pieces, also behind the first mails."""
    monkeypatch.setattr("mail_intake.mailboxes.imap_reading.SEARCH_WINDOW", 1000)
    server = scripted(PLAIN)
    server.mails = dict.fromkeys(range(1, 5001), Mail(mail(1)))
    box = box_of(server)
    assert next(iter(box.fetch_after(lambda _uidvalidity: 17))).uid == 18
    answered = [command for command in server.commands if command.startswith("UID SEARCH")]
    assert len(answered) == 5
    box.close()


def test_a_certificate_of_an_unknown_authority_ends_the_attempt(scripted: Make, certificate: ServerCertificate) -> None:
    server = scripted(PLAIN, certificate.context())
    box = box_of(server, security="tls")
    with pytest.raises(MailboxError, match=r"证书未通过校验.*ca_file"):
        read(box)
    assert server.commands == []
    box.close()


def test_a_slow_server_is_waited_for_as_long_as_it_goes_on(scripted: Make) -> None:
    """Each piece comes in time, the whole takes longer than the limit of silence."""
    server = scripted(replace(PLAIN, dribbles=True, pause_s=0.004))
    fill(server, 1)
    box = box_of(server, read_timeout_s=0.3)
    started = time.monotonic()
    assert subjects(read(box)) == [1]
    assert time.monotonic() - started > 0.3
    box.close()
