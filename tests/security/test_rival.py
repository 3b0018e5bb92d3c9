"""A rival with a public licence against a running desk: forged contacts, a proved stranger, a
look-alike, a replay, a flood, a competing fraud.

Nothing is canned: `unbind serve` with its pages, papers read by OCR, mails by SMTP, signatures
whose keys a name server serves, verdicts that the centre's receiving server found by look-ups. In
each scene no lock is unbound without a person who opened the case and said how the enterprise was
reached, the registered contact can stop it, and the honest request is carried out.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate

import pytest

from core.cases.decision.batch_approval import CHECKED
from core.data.case import Case, State
from core.data.mail_record import Disposition
from tests.app.running import eventually
from tests.security.names import NameServer
from tests.security.people import below, letter, request
from tests.security.scene import PATIENCE_S, Notice, scene
from tests.security.stage import (
    AGENT,
    BESIDE,
    COMPETING,
    FLOODED,
    FORGED,
    LOOK_ALIKE,
    REPLAYED,
    STRANGER,
    VICTIMS,
    WAITING,
    Stage,
)
from web.common.rendering import moment

NOT_THE_CONTACT = "非登记联系人"
OBJECTION_HOURS = 2
REACHED = {"contacted_by": "telephone", "contacted_whom": "法定代表人"}
ONE_LINERS = 20
MONTH_S = 30 * 86_400


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder, settings = tmp_path_factory.mktemp("rival"), f"{{objection_hours: {OBJECTION_HOURS}}}"
    with (
        NameServer().running() as names,
        scene(folder, list(VICTIMS.values()), names, settings) as running,
    ):
        stage = Stage(running)
        stage.begin()
        yield stage


def refused_unless_reached(stage: Stage, fraud: Case) -> None:
    """List and page say who does not ask; neither a batch nor an approval that names no way
    to the enterprise gets through."""
    chief = stage.scene.people[0]
    row, page = chief.row(fraud.number), chief.case(fraud.number).words
    assert NOT_THE_CONTACT in row
    assert CHECKED not in row
    assert NOT_THE_CONTACT in page
    batch, alone = chief.approve_in_a_batch(fraud.id, fraud.version), chief.approve(fraud.number)
    assert (batch.status, alone.status) == (409, 409)
    assert stage.scene.now(fraud) == fraud, "nothing became of either"


def approved_to_wait(stage: Stage, name: str, fraud: Case) -> Notice:
    """Deceived, a person approves with how the enterprise was reached: the contact still has its
    hours, from when its notice was accepted."""
    chief, notice = stage.scene.people[0], stage.scene.notice(VICTIMS[name], fraud.number)
    page = chief.approve(fraud.number, **REACHED)
    assert page.status == 200, page.words
    case, (told,) = stage.scene.now(fraud), stage.scene.notices_to(VICTIMS[name])
    assert case.state is State.APPROVED
    assert told.sent_at
    assert case.not_before == told.sent_at + timedelta(hours=OBJECTION_HOURS)
    page = chief.case(fraud.number)
    assert moment(case.not_before) in page.words
    assert REACHED["contacted_whom"] in page.words
    return notice


def stopped(stage: Stage, name: str, fraud: Case) -> None:
    """The fraud is over, and the account is as it was."""
    assert stage.scene.now(fraud).state is State.HELD
    assert not stage.scene.is_frozen(VICTIMS[name])
    assert stage.scene.lock_of(VICTIMS[name]).ended_at is None


def test_frauds_are_asked_about_wait_and_are_stopped_by_the_contact(stage: Stage) -> None:
    """Forged contacts of five verdicts, a proved stranger, a look-alike domain: step by step all of
    them, since each step waits for the desk."""
    frauds = {name: stage.fraud(name) for name in (*FORGED, STRANGER, LOOK_ALIKE)}
    for fraud in frauds.values():
        refused_unless_reached(stage, fraud)
    notices = {name: approved_to_wait(stage, name, fraud) for name, fraud in frauds.items()}
    for name, fraud in frauds.items():
        notices[name].answer("object")
        stopped(stage, name, fraud)
        stage.ask_honestly(name)
    honest = {name: stage.honest(name) for name in frauds}
    for own in honest.values():
        stage.approve(own)
    for name, own in honest.items():
        stage.unbound_by(name, own)
        assert stage.scene.now(frauds[name]).state is State.HELD


def test_a_competing_fraud_and_the_honest_request_are_both_looked_at(stage: Stage) -> None:
    honest = stage.honest(COMPETING)
    stage.ask_as_stranger(COMPETING)
    fraud = stage.fraud(COMPETING)
    refused_unless_reached(stage, fraud)
    chief, beside = stage.scene.people[0], stage.scene.now(honest)
    assert CHECKED not in chief.row(honest.number)
    assert chief.approve_in_a_batch(beside.id, beside.version).status == 409
    stage.scene.notice(VICTIMS[COMPETING], fraud.number).answer("object")
    stopped(stage, COMPETING, fraud)
    stage.approve(honest)
    stage.unbound_by(COMPETING, honest)


def test_an_objection_to_a_forged_request_leaves_the_contacts_own_alone(stage: Stage) -> None:
    honest = stage.honest(BESIDE)
    stage.forge(BESIDE, "none")
    fraud = stage.fraud(BESIDE)
    stage.scene.notice(VICTIMS[BESIDE], fraud.number).answer("object")
    stopped(stage, BESIDE, fraud)
    assert stage.scene.now(honest).state is State.QUEUED
    stage.approve(honest)
    stage.unbound_by(BESIDE, honest)


def test_an_old_withdrawal_with_a_new_date_on_top_holds_nothing(stage: Stage) -> None:
    honest, own = stage.honest(REPLAYED), VICTIMS[REPLAYED]
    subject, words = (
        f"撤回申请 {honest.number}",
        f"企业名称：{own.name}\n我单位撤回申请，不再办理解绑。\n",
    )
    genuine = stage.own[REPLAYED].sign(
        letter(own.contact, subject, words, sent=time.time() - MONTH_S)
    )
    for replayed in (genuine, below(f"Date: {formatdate()}", genuine)):
        stage.scene.mail(replayed, "bounces@rival.example")
    eventually(lambda: settled(stage, subject) == 2, PATIENCE_S)
    assert stage.scene.now(honest) == honest
    stage.approve(honest)
    stage.unbound_by(REPLAYED, honest)


def test_twenty_one_liners_change_nothing_for_the_contact(stage: Stage) -> None:
    honest, attacked = stage.honest(FLOODED), VICTIMS[FLOODED]
    senders = [f"flood{number}@{stage.rival.domain}" for number in range(ONE_LINERS)]
    for sender in senders:
        stage.scene.mail(stage.rival.sign(request(sender, attacked.name, None)), sender)
    eventually(lambda: all(map(stage.scene.cases_of, senders)), PATIENCE_S)
    chief = stage.scene.people[0]
    assert stage.scene.notices_to(attacked) == []
    assert stage.scene.now(honest) == honest
    assert CHECKED in chief.row(honest.number)
    assert chief.approve_in_a_batch(honest.id, honest.version).status == 200
    stage.unbound_by(FLOODED, honest)


def test_what_the_contact_confirms_waits_no_longer_and_a_later_objection_shuts_nobody_out(
    stage: Stage,
) -> None:
    waiting, agent = stage.fraud(WAITING), stage.fraud(AGENT)
    approved_to_wait(stage, WAITING, waiting)
    notice = approved_to_wait(stage, AGENT, agent)
    notice.answer("confirm")
    stage.unbound_by(AGENT, agent)
    assert stage.scene.now(waiting).state is State.APPROVED, (
        "the same window left alone what the contact may object to"
    )
    notice.answer("object")
    assert not stage.scene.is_frozen(VICTIMS[AGENT])
    assert "撤销办理" in stage.scene.people[0].case(agent.number).words


def settled(stage: Stage, subject: str) -> int:
    """How many mails of that subject have their disposition."""
    with stage.scene.store.view() as tx:
        return sum(
            mail.subject == subject and mail.disposition is not Disposition.RECEIVED
            for mail in tx.mails.newest()
        )
