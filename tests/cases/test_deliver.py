"""The outbox: one letter, one Message-ID, tried again when that may help,
shown when it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.letters.deliver import Sender, decide_letter, deliver
from core.cases.letters.outbox import write_letter
from core.data.letter import Lane, LetterFacts, LetterKind, LetterState
from core.data.submission import RequestForm
from core.errors import NotAllowed, PermanentFailure, StoreError, TemporaryFailure
from core.store.tables.enterprise_tables import links
from tests.cases.submissions import answer_to, incomplete, talk
from tests.validators.builders import NO_DOCUMENTS, SENDER, complete_submission, form, message

FROM = Sender("support@example.org", "解绑办理台", "https://desk.example.org/")


class Post:
    """A transport that keeps what it is given, or fails as it is told to."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.tried = []
        self.sent = []

    def send(self, letter):
        self.tried.append(letter.message_id)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(letter)

    def close(self):
        pass


@pytest.fixture
def letter(harness):
    harness.mail()
    return harness.letter("received")


def state(harness):
    with harness.tx() as tx:
        return tx.letters.newest()[0].state


@pytest.mark.parametrize(
    ("by_owner", "lane"),
    [
        ((True, False), Lane.PROVED),
        ((False, True), Lane.PROVED),
        ((False, False), Lane.UNPROVED),
    ],
)
def test_an_answer_to_the_owner_never_waits_among_those_to_strangers(harness, by_owner, lane):
    """Whoever borrows the address asks how far it is, while strangers fill their lane."""
    case = harness.case(harness.mail())
    with harness.tx() as tx:
        for proved in by_owner:
            facts = LetterFacts(case_number=case.number)
            to = {"case": case, "proved": proved}
            letter = write_letter(tx, LetterKind.PROGRESS, facts, case.sender, **to)
        assert tx.letters.get(letter).lane is lane


def test_a_letter_is_sent_once_in_its_thread(harness, letter):
    post = Post()
    assert deliver(harness.desk, post, FROM) == 1
    assert deliver(harness.desk, post, FROM) == 0
    sent = post.sent[0]
    assert (sent.recipient, sent.message_id, sent.in_reply_to) == (
        SENDER,
        letter.message_id,
        "<1@example.com>",
    )
    assert state(harness) is LetterState.SENT


def test_a_temporary_failure_is_tried_again_later_with_the_same_message_id(harness, letter):
    post = Post(TemporaryFailure("451 later"), TemporaryFailure("lost behind DATA"))
    for _ in range(3):
        deliver(harness.desk, post, FROM)
        harness.clock.at += timedelta(minutes=5)
    assert post.tried == [letter.message_id] * 3
    assert state(harness) is LetterState.SENT


def test_a_refusal_for_good_is_parked_and_shown_and_can_be_retried_or_given_up(harness, letter):
    deliver(harness.desk, Post(PermanentFailure("550 no such user")), FROM)
    with harness.tx() as tx:
        parked = tx.letters.newest()[0]
        assert (parked.state, parked.error) == (LetterState.PARKED, "550 no such user")
        assert [alert.kind for alert in tx.alerts.find()] == ["letters.stuck"]
    decide_letter(harness.desk, letter.id, "li", sends=True)
    with harness.tx() as tx:
        assert tx.letters.newest()[0].attempts == 0, "it begins anew"
    post = Post()
    deliver(harness.desk, post, FROM)
    assert post.tried == [letter.message_id]
    with pytest.raises(NotAllowed):
        decide_letter(harness.desk, letter.id, "li", sends=False)
    decided = [one for one in harness.actions() if one in {"letter.retried", "letter.cancelled"}]
    assert decided == ["letter.retried"]


def test_a_letter_that_no_server_refused_is_never_given_up(harness, letter):
    harness.clock.at += timedelta(days=3)
    deliver(harness.desk, Post(TemporaryFailure("451")), FROM)
    assert state(harness) is LetterState.PENDING
    harness.clock.at += timedelta(hours=4)
    assert deliver(harness.desk, Post(), FROM) == 1


def test_two_days_without_a_way_out_park_nothing_and_all_go_at_once_when_it_is_open_again(harness):
    for number in range(10):
        harness.mail(complete_submission(message(sender=f"handler@example{number}.com")))
    closed = Post(*[TemporaryFailure("connection refused", unusable=True)] * 48)
    for _ in range(48):
        assert deliver(harness.desk, closed, FROM) == 0
        assert [*harness.alerts()] == ["transport.unusable"]
        harness.clock.at += timedelta(hours=1)
    assert len(closed.tried) == 48, "one letter is tried for all"
    post = Post()
    assert deliver(harness.desk, post, FROM) == 10
    with harness.tx() as tx:
        assert tx.alerts.find() == []
        assert {letter.state for letter in tx.letters.newest()} == {LetterState.SENT}


def test_a_closed_way_out_is_tried_only_now_and_then(harness, letter):
    closed = Post(*[TemporaryFailure("connection refused", unusable=True)] * 50)
    for _ in range(10):
        deliver(harness.desk, closed, FROM)
        harness.clock.at += timedelta(seconds=2)
    assert len(closed.tried) == 2
    assert harness.letter("received").attempts == 0, "it is the way's trouble, not the letter's"


def test_a_newer_letter_of_the_case_takes_the_place_of_one_that_waits(harness):
    harness.desk = replace(
        harness.desk, settings=replace(harness.desk.settings, letters_per_sender_day=1)
    )
    # has the letter of the day
    harness.mail(
        complete_submission(message(()), form(enterprise_names=("北京第一有限公司",)), NO_DOCUMENTS)
    )
    case = harness.case(harness.mail(incomplete(message_id="<second@example.com>")))
    with harness.tx() as tx:
        waiting = tx.letters.newest(case_id=case.id)[0]
    assert (waiting.state, waiting.kind.value) == (LetterState.WAITING, "returned")
    harness.mail(
        complete_submission(
            message(message_id="<third@example.com>", thread_ids=("<second@example.com>",))
        )
    )
    with harness.tx() as tx:
        [letter] = tx.letters.newest(case_id=case.id)
    assert (letter.id, letter.state, letter.kind.value, letter.in_reply_to) == (
        waiting.id,
        LetterState.WAITING,
        "received",
        "<third@example.com>",
    )


def test_a_newer_letter_takes_the_place_of_the_first_that_waits_and_the_others_are_given_up(
    harness,
):
    harness.desk = replace(
        harness.desk, settings=replace(harness.desk.settings, letters_per_sender_day=1)
    )
    # has the letter of the day
    harness.mail(
        complete_submission(message(()), form(enterprise_names=("北京第一有限公司",)), NO_DOCUMENTS)
    )
    case = harness.case(harness.mail(incomplete(message_id="<second@example.com>")))
    returned = harness.letter("returned")
    harness.mail(talk(RequestForm(asks_progress=True), returned))
    assert harness.letters(case) == ["returned", "progress"]
    harness.mail(complete_submission(message(**answer_to(returned))))
    with harness.tx() as tx:
        found = {letter.kind.value: letter for letter in tx.letters.newest(case_id=case.id)}
    assert {kind: letter.state for kind, letter in found.items()} == {
        "received": LetterState.WAITING,
        "progress": LetterState.CANCELLED,
    }
    assert found["received"].id == returned.id


def test_what_waits_can_be_sent_at_once_by_a_person(harness):
    harness.desk = replace(
        harness.desk, settings=replace(harness.desk.settings, letters_per_sender_day=1)
    )
    for number in range(2):
        harness.mail(
            complete_submission(
                message(message_id=f"<{number}@example.com>"),
                form(enterprise_names=(f"北京第{number}有限公司",)),
            )
        )
    with harness.tx() as tx:
        [waiting] = tx.letters.newest(state=[LetterState.WAITING])
    assert "有 1 封回执" in harness.alerts()["letters.limit"]
    decide_letter(harness.desk, waiting.id, "li", sends=True)
    assert deliver(harness.desk, Post(), FROM) == 2
    assert harness.alerts() == {}, "nothing is held back any more"


def test_letters_of_two_cases_wait_beside_each_other(harness):
    settings = replace(harness.desk.settings, letters_per_sender_day=1)
    harness.desk = replace(harness.desk, settings=settings)
    for number in range(3):
        name = f"北京第{number}有限公司"
        mail = message(message_id=f"<{number}@example.com>")
        harness.mail(complete_submission(mail, form(enterprise_names=(name,))))
    with harness.tx() as tx:
        waiting = tx.letters.newest(state=[LetterState.WAITING])
    assert len({one.case_id for one in waiting}) == 2


def test_one_failing_letter_stops_no_other(harness, letter):
    harness.mail(complete_submission(message(sender="other@example.com")))
    post = Post(PermanentFailure("550"))
    deliver(harness.desk, post, FROM)
    assert len(post.sent) == 1


class Died(BaseException):
    """kill -9, as far as a letter is concerned."""


class DyingPost(Post):
    def send(self, letter):
        raise Died


def test_a_letter_of_a_process_that_died_goes_again_under_its_message_id(harness, letter):
    """It may have left: one that comes twice is better than none."""
    post = Post()
    with pytest.raises(Died):
        deliver(harness.desk, DyingPost(), FROM)
    assert deliver(harness.desk, post, FROM) == 0, "not without a pause"
    harness.clock.at += timedelta(minutes=1)
    assert deliver(harness.desk, post, FROM) == 1
    assert post.tried == [letter.message_id]
    with harness.tx() as tx:
        assert [
            entry.detail["letter"] for entry in tx.audit.entries() if entry.action == "letter.sent"
        ] == [str(letter.id)]


def test_a_letter_that_was_sent_by_a_process_that_stood_still_meanwhile_is_sent_for_good(
    harness, letter
):
    """It hung in the sending, another took the letter over,
    and then its own sending is accepted after all."""
    beside = Post(TemporaryFailure("451 later"))

    class HangingPost(Post):
        def send(self, letter):
            harness.clock.at += timedelta(minutes=2)
            deliver(harness.desk, beside, FROM)
            super().send(letter)

    assert deliver(harness.desk, HangingPost(), FROM) == 1
    assert beside.tried == [letter.message_id]
    assert state(harness) is LetterState.SENT
    harness.clock.at += timedelta(hours=1)
    assert deliver(harness.desk, beside, FROM) == 0


@pytest.mark.parametrize(
    "failure",
    [TemporaryFailure("451"), PermanentFailure("550"), TemporaryFailure("closed", unusable=True)],
)
def test_a_process_that_stood_still_changes_nothing_of_a_letter_that_another_sent(
    harness, letter, failure
):
    class HangingPost(Post):
        def send(self, letter):
            harness.clock.at += timedelta(minutes=2)
            deliver(harness.desk, Post(), FROM)
            super().send(letter)

    assert deliver(harness.desk, HangingPost(failure), FROM) == 0
    assert state(harness) is LetterState.SENT
    assert harness.alerts() == {}


def test_the_link_is_put_in_only_for_the_transport(harness):
    harness.register()
    harness.mail()
    post = Post()
    deliver(harness.desk, post, FROM)
    notice = next(sent for sent in post.sent if "/link/" in sent.text)
    assert "https://desk.example.org/link/" in notice.text
    assert "https://desk.example.org/link/" in notice.html
    assert "[[link]]" in harness.letter("contact_notice").rendered.text


def test_a_letter_that_breaks_the_sending_is_parked_and_the_next_one_goes(harness, letter):
    harness.mail(complete_submission(message(sender="other@example.com")))
    post = Post(RuntimeError("a bug"))
    assert deliver(harness.desk, post, FROM) == 1
    with harness.tx() as tx:
        assert tx.letters.by_id(letter.id).state is LetterState.PARKED
        assert "RuntimeError" in tx.letters.by_id(letter.id).error


def test_a_letter_whose_link_does_not_open_is_parked_and_the_next_one_goes(harness):
    harness.register()
    harness.mail()
    with harness.tx() as tx:
        tx.connection.execute(links.update().values(sealed_token=b"damaged"))
    post = Post()
    assert deliver(harness.desk, post, FROM) == 1
    assert [sent.recipient for sent in post.sent] == [SENDER]
    notice = harness.letter("contact_notice")
    assert (notice.state, notice.error) == (LetterState.PARKED, "发送时出错：VaultError")


def test_what_another_took_up_while_this_one_stood_still_is_not_sent_again(harness, letter):
    harness.mail(complete_submission(message(sender="other@example.com")))
    beside = Post()

    class SlowPost(Post):
        def send(self, letter):
            super().send(letter)
            if len(self.sent) == 1:
                deliver(harness.desk, beside, FROM)

    slow = SlowPost()
    deliver(harness.desk, slow, FROM)
    other = [sent for sent in slow.sent + beside.sent if sent.recipient == "other@example.com"]
    assert len(other) == 1, "in one hand at a time"


def test_trouble_of_the_database_is_not_the_letters(harness, letter):
    with pytest.raises(StoreError):
        deliver(harness.desk, Post(StoreError("locked")), FROM)
    assert state(harness) is LetterState.PENDING


@pytest.mark.parametrize(
    "meanwhile", [{"attempts": 2}, {"state": LetterState.CANCELLED}, {"state": LetterState.PARKED}]
)
def test_a_failure_says_nothing_of_a_letter_that_another_took_up(harness, letter, meanwhile):
    class TakenUp(Post):
        def send(self, letter):
            with harness.tx() as tx:
                tx.letters.save(replace(tx.letters.newest()[0], **meanwhile))
            super().send(letter)

    deliver(harness.desk, TakenUp(PermanentFailure("550")), FROM)
    now = harness.letter("received")
    assert (now.state, now.error) == (meanwhile.get("state", LetterState.PENDING), "")


def test_each_try_of_a_letter_comes_later_than_the_one_before(harness, letter):
    post, second = Post(*[TemporaryFailure("451")] * 10), timedelta(seconds=1)
    deliver(harness.desk, post, FROM)
    for tries, pause_min in enumerate((1, 2, 5, 15, 30, 60, 120, 240, 240), 1):
        harness.clock.at += timedelta(minutes=pause_min) - second
        deliver(harness.desk, post, FROM)
        assert len(post.tried) == tries, "not before its time"
        harness.clock.at += second
        deliver(harness.desk, post, FROM)
        assert len(post.tried) == tries + 1


def test_a_closed_way_out_is_tried_after_a_quarter_of_a_minute(harness, letter):
    closed = Post(*[TemporaryFailure("connection refused", unusable=True)] * 3)
    tried = []
    for seconds in (0, 14, 1):
        harness.clock.at += timedelta(seconds=seconds)
        deliver(harness.desk, closed, FROM)
        tried.append(len(closed.tried))
    assert tried == [1, 1, 2]


def test_of_a_long_refusal_the_beginning_is_kept(harness, letter):
    deliver(harness.desk, Post(PermanentFailure("5" * 501)), FROM)
    assert harness.letter("received").error == "5" * 500
