"""A connection lost behind DATA, and what the folder of sent letters says of it: real Dovecot, a
mail server that fails, and providers as they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.cases.letters.deliver import DOUBT, WAIT_TIMES, Sender, deliver
from core.data.letter import LetterState
from core.errors import SecretUnavailable
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from mail_intake.mailboxes.imap_connection import ImapSettings
from mail_intake.mailboxes.imap_sent_folder import STEP, ImapSentFolder, sent_folder_of
from tests.cases.test_deliver import Died, DyingPost
from tests.servers.dovecot import dovecot
from tests.servers.scripted_imap import ALIYUN, NETEASE, PLAIN, TENCENT, Mail, scripted
from tests.servers.smtp_sink import Fault, smtp_sink

__all__ = ["dovecot", "scripted", "smtp_sink"]

pytestmark = pytest.mark.dovecot
FROM = Sender("support@example.org", "解绑办理台", "https://desk.example.org")
SENT = "已发送"
THEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def asking(server, folder=SENT, **changes):
    settings = ImapSettings(
        host=server.host,
        port=server.port,
        user=server.user,
        security="none",
        folder=folder,
        logins_per_hour=10_000,
    )
    return ImapSentFolder(replace(settings, **changes), server.password, jitter=lambda: 0.999)


def copy_of(message_id, words="a copy"):
    return (
        f"Subject: {words}\r\nMESSAGE-ID: {message_id}\r\nTo: handler@example.com\r\n\r\n"
        f"{message_id}\r\n"
    ).encode()


@pytest.fixture
def sent(dovecot):
    """The folder on the real server, with a letter of somebody else in it."""
    with dovecot.client() as client:
        client.create_folder(SENT)
    dovecot.append(copy_of("<other@example.org>"), folder=SENT)
    folder = asking(dovecot)
    yield folder
    folder.close()


@pytest.fixture
def post(smtp_sink):
    transport = SmtpTransport(SmtpSettings("127.0.0.1", smtp_sink.port, security="none"))
    yield transport
    transport.close()


@pytest.fixture
def letter(harness):
    harness.clock.at = THEN
    harness.mail()
    return harness.letter("received")


def stored(harness):
    with harness.tx() as tx:
        return tx.letters.find()[0]


def audited(harness, action):
    with harness.tx() as tx:
        return sum(entry.action == action for entry in tx.audit.entries())


def try_for(harness, hours, *delivering):
    """Let the hours pass, a minute at a time, as the engine would."""
    for _ in range(int(hours * 60)):
        harness.clock.at += timedelta(minutes=1)
        deliver(harness.desk, *delivering)


def test_a_letter_that_was_taken_and_lies_in_sent_is_not_sent_again(
    harness, letter, post, smtp_sink, dovecot, sent
):
    smtp_sink.next_faults.append(Fault.DROP_AFTER_DATA)
    deliver(harness.desk, post, FROM, sent)
    taken = smtp_sink.take()
    dovecot.append(taken.raw, folder=SENT, when=THEN)
    assert stored(harness).in_doubt
    try_for(harness, 0.5, post, FROM, sent)
    assert stored(harness).state is LetterState.SENT
    assert audited(harness, "letter.found_sent") == 1
    assert smtp_sink.letters.qsize() == 0


@pytest.mark.parametrize("asked", [True, False])
def test_a_letter_that_is_not_in_sent_or_cannot_be_looked_for_goes_again_under_its_message_id(
    harness, letter, post, smtp_sink, sent, asked
):
    smtp_sink.next_faults.append(Fault.DROP_UNTAKEN)
    folder = sent if asked else None
    deliver(harness.desk, post, FROM, folder)
    try_for(harness, 0.1, post, FROM, folder)
    assert smtp_sink.take().message["Message-ID"] == letter.message_id
    assert (stored(harness).state, stored(harness).in_doubt) == (LetterState.SENT, False)
    assert audited(harness, "letter.not_in_sent") == asked


def test_a_sent_folder_that_cannot_be_reached_is_told_and_waited_for_and_then_the_letter_goes(
    harness, letter, post, smtp_sink, dovecot, sent
):
    smtp_sink.next_faults.append(Fault.DROP_AFTER_DATA)
    dovecot.kill()
    deliver(harness.desk, post, FROM, sent)
    smtp_sink.take()
    try_for(harness, 0.1, post, FROM, sent)
    assert (stored(harness).state, smtp_sink.letters.qsize()) == (LetterState.PENDING, 0)
    assert "已发送文件夹" in stored(harness).error
    assert [*harness.alerts()] == [DOUBT]
    try_for(harness, 3, post, FROM, sent)
    assert smtp_sink.take().message["Message-ID"] == letter.message_id
    assert (audited(harness, "letter.in_doubt"), stored(harness).state, [*harness.alerts()]) == (
        WAIT_TIMES,
        LetterState.SENT,
        [],
    )


def test_a_sent_folder_that_comes_back_is_asked(harness, letter, post, smtp_sink, dovecot, sent):
    smtp_sink.next_faults.append(Fault.DROP_AFTER_DATA)
    deliver(harness.desk, post, FROM, sent)
    dovecot.append(smtp_sink.take().raw, folder=SENT, when=THEN)
    dovecot.kill()
    try_for(harness, 0.05, post, FROM, sent)
    assert [*harness.alerts()] == [DOUBT]
    dovecot.start()
    sent._pacer.succeeded()  # the pause after a failure is real time
    try_for(harness, 0.5, post, FROM, sent)
    assert (stored(harness).state, smtp_sink.letters.qsize(), [*harness.alerts()]) == (
        LetterState.SENT,
        0,
        [],
    )


def test_a_letter_in_the_hand_of_a_process_that_died_is_looked_for_when_its_copy_had_time_to_come(
    harness, letter, post, smtp_sink, dovecot, sent
):
    with pytest.raises(Died):
        deliver(harness.desk, DyingPost(), FROM, sent)
    dovecot.append(copy_of(letter.message_id), folder=SENT, when=THEN)
    assert deliver(harness.desk, post, FROM, sent) == 0
    harness.clock.at += timedelta(minutes=2)
    assert deliver(harness.desk, post, FROM, sent) == 1
    assert (stored(harness).state, smtp_sink.letters.qsize()) == (LetterState.SENT, 0)


def test_a_letter_that_an_old_backup_takes_for_unsent_is_looked_for_first(
    harness, letter, post, smtp_sink, dovecot, sent
):
    dovecot.append(copy_of(letter.message_id), folder=SENT, when=THEN)
    harness.clock.at += timedelta(hours=20)
    assert deliver(harness.desk, post, FROM, sent) == 1
    assert (audited(harness, "letter.found_sent"), smtp_sink.letters.qsize()) == (1, 0)


def test_a_message_id_in_the_text_or_another_header_is_no_copy(dovecot, sent):
    dovecot.append(
        copy_of("<b@example.org>", words="<a@example.org>")
        + b"<a@example.org>\r\nMessage-ID: <a@example.org>\r\n",
        folder=SENT,
    )
    assert (sent.holds("<a@example.org>", THEN), sent.holds("<b@example.org>", THEN)) == (
        False,
        True,
    )


def test_a_copy_beneath_many_newer_ones_is_found_and_the_newest_are_listed(dovecot, sent):
    with dovecot.client() as client:
        for number in range(STEP + 5):
            client.append(
                SENT, copy_of(f"<{number}@example.org>"), (), THEN + timedelta(minutes=number)
            )
    assert sent.holds("<3@example.org>", THEN)
    assert sent.holds("<no@example.org>", THEN) is False
    assert sent.message_ids_since(THEN + timedelta(minutes=STEP + 3)) == {
        f"<{STEP + 3}@example.org>",
        f"<{STEP + 4}@example.org>",
    }


@pytest.mark.parametrize("provider", [TENCENT, NETEASE, ALIYUN])
def test_providers_whose_searches_say_nothing_are_not_believed(scripted, provider):
    server = scripted(provider)
    server.change(folders=("INBOX", "Sent Messages"))
    for number in range(1, STEP + 20):
        server.mails[number] = Mail(copy_of(f"<{number}@example.org>"), folder="Sent Messages")
    folder = asking(server, "Sent Messages")
    assert folder.holds("<7@example.org>", THEN)
    assert folder.holds("<no@example.org>", THEN) is False
    assert not any(verb in {"APPEND", "UID STORE", "SELECT"} for verb in server.verbs())
    folder.close()


@pytest.mark.parametrize(("named", "held"), [("", False), ("Sent Messages", None)])
def test_a_server_without_such_a_folder_holds_nothing_and_a_wrong_name_is_no_answer(
    scripted, named, held
):
    folder = asking(scripted(TENCENT), named)
    assert folder.holds("<a@example.org>", THEN) is held
    assert folder.message_ids_since(THEN) is None
    folder.close()


def test_a_server_that_refuses_the_login_is_not_asked_on_and_on(scripted):
    server = scripted(replace(TENCENT, logins_allowed=0))
    folder = asking(server)
    assert [folder.holds("<a@example.org>", THEN) for _ in range(5)] == [None] * 5
    assert server.logins == 1


def test_a_password_that_cannot_be_had_is_no_answer(dovecot):
    def no_password():
        raise SecretUnavailable("password_command 的程序没有给出密码")

    folder = ImapSentFolder(asking(dovecot).settings, no_password)
    assert folder.holds("<a@example.org>", THEN) is None
    folder.close()


@pytest.mark.parametrize(
    ("verb", "garbage"),
    [
        ("LIST", b"* LIST ((("),
        ("EXAMINE", b"\xff\xfe"),
        ("UID SEARCH", b"* SEARCH one two"),
        ("UID FETCH", b"* 1 FETCH (INTERNALDATE 7)"),
    ],
)
def test_a_server_that_talks_nonsense_is_no_answer_or_the_right_one(scripted, garbage, verb):
    server = scripted(PLAIN)
    server.change(folders=("INBOX", "Sent"), garbage=garbage, garbage_on=verb)
    server.mails[1] = Mail(copy_of("<a@example.org>"), folder="Sent")
    folder = asking(server, "Sent", read_timeout_s=0.5)
    assert folder.holds("<a@example.org>", THEN) in {True, None}
    folder.close()


@pytest.mark.parametrize(
    ("folders", "named", "found"),
    [
        ([((), "INBOX"), ((), "Sent Messages")], "Sent Messages", "Sent Messages"),
        ([((), "INBOX"), ((b"\\HasNoChildren", b"\\Sent"), "已发送")], "", "已发送"),
        ([((), "INBOX"), ((), "INBOX.Sent")], "", "INBOX.Sent"),
        ([((), "INBOX"), ((b"\\Sent",), "Verzonden"), ((), "Sent")], "已发送", "Verzonden"),
        ([((), "INBOX"), ((), "其他/已发送")], "已发送", "其他/已发送"),
        ([((), "INBOX"), ((), "已删除")], "", None),
    ],
)
def test_the_folder_is_the_named_one_the_marked_one_or_a_usual_one(folders, named, found):
    assert sent_folder_of(folders, named) == found
