"""A genuine mail of the registered contact that somebody else brings to the desk: one that was
written to others, and one that was withdrawn."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from core.cases.decision.answering import Answer, Words, give
from core.cases.decision.approve import approve
from core.cases.decision.batch_approval import looked_up
from core.cases.window.process import run_window
from core.data.case import State
from core.data.mail_record import AuthResult
from mail_intake.intake import Intake
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, CannedReader, request_mail
from tests.sender.conftest import PASS
from tests.sender.test_dkim import signed, zone
from tests.world import CONTACT

AGENT = "agent@example.net"
REDIRECTED = f"Resent-From: {AGENT}\r\nResent-To: {ADDRESS}\r\n".encode()
BY_SIGNATURE = (
    b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org; "
    b"dkim=pass header.d=example.org; spf=pass smtp.mailfrom=%s\r\n"
    b"Received: from x by mx.desk.example; x\r\n"
)
SETTINGS = [SenderAuthSettings(authserv_ids=("mx.desk.example",)), SenderAuthSettings()]


def reasons(post, record):
    with post.harness.tx() as tx:
        case = tx.cases.get(record.case_id)
        return looked_up(tx, [case])[case.id]


@pytest.fixture(params=SETTINGS, ids=["by the server", "by the signature"])
def verifying(post, request):
    senders = Authenticator(request.param, zone())
    post.intake = Intake(post.desk, CannedReader(), [ADDRESS], senders=senders)
    return post


def arrives(post, to, added=b"", envelope=AGENT):
    """A request that the contact signed and wrote to `to`, with fields added since."""
    mail = request_mail(CONTACT, "1@example.org", (LICENCE, IDENTITY), to=to)
    dated = f"Date: {format_datetime(post.harness.clock.now())}\n".encode() + mail
    raw = signed(
        dated.replace(b"\n", b"\r\n"),
        at=post.harness.clock.now(),
        include_headers=[b"from", b"to", b"subject", b"date"],
    )
    return post.arrives(BY_SIGNATURE % envelope.encode() + added + raw)


@pytest.mark.parametrize(
    ("to", "added"), [(AGENT, b""), (AGENT, REDIRECTED), (ADDRESS, REDIRECTED)]
)
def test_what_was_written_to_others_proves_nothing_here(verifying, to, added):
    record = arrives(verifying, to, added)
    assert record.authentication == AuthResult.FAIL
    assert reasons(verifying, record)


def test_what_was_written_to_the_desk_counts_whoever_passes_it_on(verifying):
    record = arrives(verifying, f"{AGENT}, {ADDRESS}")
    assert record.authentication == AuthResult.PASS
    assert not reasons(verifying, record)


def test_the_senders_own_server_vouches_whatever_the_field_says(post):
    record = arrives(post, AGENT, envelope=CONTACT)
    assert record.authentication == AuthResult.PASS


@pytest.mark.parametrize("answer", [Answer.WITHDRAW, Answer.DECLINE])
def test_what_was_withdrawn_or_declined_and_comes_again_is_opened(post, answer):
    case = post.case(post.sends(CONTACT, PASS))
    give(post.desk, case.id, case.version, "li", answer, Words("企业来电撤回"))
    post.harness.clock.at += timedelta(days=6)
    assert reasons(post, post.sends(CONTACT, PASS))


def test_what_was_carried_out_and_comes_again_is_said_to_be_perhaps_the_former_mail(post):
    """Whoever has a copy of it would have the new lock unbound, which was bound since."""
    approved = post.case(post.sends(CONTACT, PASS))
    approve(post.desk, approved.id, approved.version, "li")
    post.harness.clock.at += timedelta(hours=1, minutes=5)
    run_window(post.desk)
    assert post.harness.again(approved).state is State.COMPLETED
    post.harness.clock.at += timedelta(days=3)
    again = post.sends(CONTACT, PASS)
    [finding] = [one for one in post.case(again).findings if one.code == "case.changed"]
    assert finding.parameters == {"number": approved.number}


def test_a_month_later_it_is_a_request_like_any_other(post):
    case = post.case(post.sends(CONTACT, PASS))
    give(post.desk, case.id, case.version, "li", Answer.WITHDRAW, Words("企业来电撤回"))
    post.harness.clock.at += timedelta(days=30)
    assert not reasons(post, post.sends(CONTACT, PASS))
