"""Slow mails of strangers keep the contact's denial waiting to be read while the window is open:
what it may be about is carried out only once it was read."""

import pytest

from core.cases.decision.approve import approve
from core.cases.window.process import run_window
from core.data.case import State
from core.data.mail_record import NewMail
from tests.flows.walker import request_mail
from tests.sender.conftest import PASS, STRANGER
from tests.world import CONTACT


@pytest.fixture
def approved(post):
    """The case of a stranger, approved, and its window opens."""
    case = post.case(post.sends(STRANGER, PASS))
    post.harness.send_letters()
    case = approve(post.desk, case.id, case.version, "li")
    post.harness.clock.at = post.harness.clock.at.replace(hour=3)
    return case


def stored(post, sender, *, vouched, words="这不是我们申请的。"):
    """A mail is fetched and waits to be read; its id."""
    raw = request_mail(sender, f"waits-{sender}", (), subject=words, words=words)
    raw = b"Authentication-Results: mx.desk.example; dmarc=pass\r\n" + raw if vouched else raw
    at = post.harness.clock.now()
    mail = NewMail("box", 1, 99, at, len(raw), raw, sender=sender, vouched=vouched)
    with post.harness.tx() as tx:
        return tx.mails.add(mail)


@pytest.mark.parametrize(
    ("sender", "words", "state"),
    [
        (CONTACT, "这不是我们申请的。", State.HELD),
        ("colleague@example.org", "谢谢", State.COMPLETED),
    ],
)
def test_what_waits_to_be_read_is_read_first(post, approved, sender, words, state):
    mail = stored(post, sender, vouched=True, words=words)
    assert run_window(post.desk).completed == []
    post.intake.take_in(mail)
    run_window(post.desk)
    assert post.harness.again(approved).state is state


@pytest.mark.parametrize(("sender", "vouched"), [(CONTACT, False), ("other@example.com", True)])
def test_nobody_else_keeps_the_case_from_its_window(post, approved, sender, vouched):
    stored(post, sender, vouched=vouched)
    assert run_window(post.desk).completed == [approved.number]


def test_whoever_asks_for_many_enterprises_keeps_its_own_requests_from_no_window(post):
    case = post.case(post.sends(CONTACT, PASS))
    approve(post.desk, case.id, case.version, "li")
    post.harness.clock.at = post.harness.clock.at.replace(hour=3)
    stored(post, CONTACT, vouched=True)
    assert run_window(post.desk).completed == [case.number]
