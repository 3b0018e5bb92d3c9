"""Who asks, and what an approval needs for it: the contact, a sender who is known, a stranger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.accounts import contact_change
from core.cases.accounts.registration import PERSON_CHANGED
from core.cases.decision import answering
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.approve import (
    approve,
    approve_batch,
    choose_account,
    release,
    settle_request,
)
from core.cases.decision.batch_approval import looked_up
from core.cases.decision.reversal import reverse
from core.cases.desk import CaseSettings, StrangerCheck
from core.cases.intake.bounces import mark_bounced
from core.cases.letters.objection import answer_by_link, peek
from core.cases.requester import KNOWN_AFTER, Requester
from core.cases.window.process import run_window
from core.clock import local
from core.data.case import Contacted, ContactedBy, State, amend
from core.data.documents import Documents
from core.data.letter import LetterKind, LetterState
from core.data.submission import Answer, Bounce, RequestForm
from core.errors import NotAllowed
from tests.cases.submissions import talk
from tests.validators.builders import (
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    attachment,
    bare,
    complete_submission,
    documents,
    form,
    licence,
    message,
)
from tests.world import CONTACT

HOUR = timedelta(hours=1)
RIVAL = "rival@example.net"


@pytest.fixture
def here(harness):
    """A desk with the settings that a centre has from the start."""
    harness.desk = replace(harness.desk, settings=CaseSettings())
    return harness


def sent(here, submission=None):
    """The case of a mail, its letters sent."""
    case = here.case(here.mail(submission))
    here.send_letters()
    return case


def needs(here, case):
    with here.tx() as tx:
        return approval_needs(tx, [case])[case.id]


def reasons(here, case):
    with here.tx() as tx:
        return looked_up(tx, [case])[case.id]


def reached(here, by=ContactedBy.TELEPHONE, whom="王会计", note="", at=None):
    return Contacted(by, whom, note, at or here.clock.now(), "li")


def token(here):
    notice = here.letter("contact_notice")
    with here.tx() as tx:
        return tx.links.token(notice.link_id)


def confirm(here, link=""):
    """The contact confirms what the case asks now."""
    token_of = link or token(here)
    case_id = peek(here.desk, token_of).case_id
    with here.tx() as tx:
        version = tx.cases.get(case_id).version
    return answer_by_link(here.desk, token_of, confirms=version)


def one_liner(sender=RIVAL, authentication="pass"):
    asks = message((), sender=sender, authentication=authentication)
    return complete_submission(asks, form(), Documents())


class TestWhoAsks:
    """Only the proved address of the registered contact speaks for the enterprise."""

    @pytest.mark.parametrize("authentication", ["unknown", "none", "fail"])
    def test_an_address_that_is_not_proved_is_nobodys(self, here, authentication):
        here.register(SENDER, password_set=True)
        case = sent(here, complete_submission(message(authentication=authentication)))
        assert needs(here, case).requester is Requester.STRANGER
        assert any("非登记联系人" in reason for reason in reasons(here, case))

    def test_the_proved_contact_may_be_approved_unseen(self, here):
        here.register(SENDER, password_set=True)
        case = sent(here)
        assert (needs(here, case).requester, reasons(here, case)) == (Requester.CONTACT, ())
        [outcome] = approve_batch(here.desk, [(case.id, case.version)], "li")
        assert outcome.error is None

    def test_an_address_that_only_casefold_makes_equal_is_not_the_contacts(self, here):
        """Whoever has fass.example proves its addresses, and none of faß.example."""
        here.register("li@faß.example", password_set=True)
        case = sent(here, complete_submission(message(sender="li@fass.example")))
        assert needs(here, case).requester is Requester.STRANGER
        assert "sender.unregistered" in {one.code for one in case.findings}
        assert here.letter("contact_notice").recipient == "li@faß.example"
        by_mail = reached(here, ContactedBy.MAILBOX)
        with pytest.raises(NotAllowed, match="没有登记邮箱的来信"):
            approve(here.desk, case.id, case.version, "li", by_mail)

    def test_the_contact_in_other_letters_is_the_contact(self, here):
        here.register(SENDER.upper(), password_set=True)
        assert needs(here, sent(here)).requester is Requester.CONTACT
        assert "contact_notice" not in here.letters()

    def test_a_proved_stranger_is_opened_and_never_approved_in_a_batch(self, here):
        here.register(password_set=True)
        case = sent(here)
        assert reasons(here, case) == ("非登记联系人",)
        [outcome] = approve_batch(here.desk, [(case.id, case.version)], "li")
        assert "非登记联系人" in str(outcome.error)


def test_of_many_cases_a_new_contact_is_told_of_the_approved_ones(here, monkeypatch):
    enterprise_id = here.register()
    case = sent(here)
    approve(here.desk, case.id, case.version, "li", reached(here))
    sent(here, complete_submission(message(sender=RIVAL)))
    monkeypatch.setattr(contact_change, "MOST_NOTIFIED", 1)
    with here.tx() as tx:
        account = replace(tx.accounts.get(enterprise_id), contact_email="new@example.org")
        contact_change._ask_anew(tx, account)
        told = tx.letters.newest(recipient="new@example.org")
    assert [one.case_id for one in told] == [case.id]


class TestReached:
    """How a stranger's enterprise was reached is said, kept, and audited."""

    @pytest.fixture
    def case(self, here):
        here.register()
        return sent(here)

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            (None, "核实方式"),
            ({"whom": ""}, "哪一位"),
            ({"by": ContactedBy.IN_PERSON, "whom": ""}, "哪一位"),
            ({"by": ContactedBy.OTHER}, "理由"),
            ({"at": -HOUR}, "核实时间"),
            ({"at": HOUR}, "核实时间"),
        ],
    )
    def test_what_an_approval_lacks(self, here, case, how, words):
        if how and "at" in how:
            how = {"at": here.clock.now() + how["at"]}
        given = None if how is None else reached(here, **how)
        with pytest.raises(NotAllowed, match=words):
            approve(here.desk, case.id, case.version, "li", given)
        assert here.again(case).state is State.QUEUED

    @pytest.mark.parametrize(
        "how",
        [
            {},
            {"by": ContactedBy.IN_PERSON},
            {"by": ContactedBy.OTHER, "note": "上级主管单位来函"},
        ],
    )
    def test_it_is_kept_with_the_case_and_audited(self, here, case, how):
        given = reached(here, **how)
        approved = approve(here.desk, case.id, case.version, "li", given)
        assert (approved.state, approved.reached) == (State.APPROVED, given)
        with here.tx() as tx:
            [entry] = [e for e in tx.audit.entries(case.id) if e.action == "case.approved"]
        assert entry.detail["detail"]
        assert "王会计" not in entry.detail["detail"], "an audit row outlives the person's data"

    @pytest.mark.parametrize(("authentication", "counts"), [("pass", True), ("unknown", False)])
    def test_an_answer_of_the_mailbox_is_a_proved_mail_with_the_case(
        self, here, case, authentication, counts
    ):
        answers = talk(
            RequestForm(),
            here.letter("contact_notice"),
            new_text="是我单位申请的，请办理。",
            sender=CONTACT,
            authentication=authentication,
        )
        here.mail(answers)
        case = here.again(case)
        if case.state is State.HELD:
            case = release(here.desk, case.id, case.version, "li")
        given = reached(here, ContactedBy.MAILBOX, "")
        if counts:
            approved = approve(here.desk, case.id, case.version, "li", given)
            assert approved.state is State.APPROVED
        else:
            with pytest.raises(NotAllowed, match="登记邮箱的来信"):
                approve(here.desk, case.id, case.version, "li", given)

    def test_no_registered_number_no_telephone(self, here):
        here.register(contact_phone="")
        case = sent(here)
        with pytest.raises(NotAllowed, match="没有登记电话"):
            approve(here.desk, case.id, case.version, "li", reached(here))

    @pytest.mark.parametrize(("before", "counts"), [(30, True), (31, False)])
    def test_a_form_gives_the_minute_of_a_call(self, here, before, counts):
        here.clock.at += timedelta(seconds=30)
        here.register()
        case = sent(here)
        given = reached(here, at=here.clock.now() - timedelta(seconds=before))
        if not counts:
            with pytest.raises(NotAllowed, match="核实时间"):
                approve(here.desk, case.id, case.version, "li", given)
            return
        approved = approve(here.desk, case.id, case.version, "li", given)
        assert approved.state is State.APPROVED

    @pytest.mark.parametrize(
        ("own", "days", "by", "counts"),
        [
            (True, 7, ContactedBy.TELEPHONE, False),
            (True, 7.001, ContactedBy.TELEPHONE, True),
            (True, 6, ContactedBy.IN_PERSON, True),
            (False, 6, ContactedBy.TELEPHONE, True),
        ],
    )
    def test_a_number_that_the_account_changed_lately_proves_nothing(
        self, here, own, days, by, counts
    ):
        enterprise = here.register()
        with here.tx() as tx:
            whose = enterprise if own else enterprise + 1
            tx.audit.write("enterprise", PERSON_CHANGED, enterprise=whose)
        here.clock.at += timedelta(days=days)
        case = sent(here)
        if not counts:
            with pytest.raises(NotAllowed, match="自行更改"):
                approve(here.desk, case.id, case.version, "li", reached(here, by))
            return
        approved = approve(here.desk, case.id, case.version, "li", reached(here, by))
        assert approved.state is State.APPROVED

    def test_the_second_of_two_need_not_call_again(self, here):
        here.register()
        asks = complete_submission(request=form(reset_password=Answer.YES))
        case = sent(here, asks)
        first = approve(here.desk, case.id, case.version, "li", reached(here))
        assert (first.state, first.first_approved_by) == (State.QUEUED, "li")
        second = approve(here.desk, case.id, first.version, "wang")
        assert (second.state, second.reached) == (State.APPROVED, first.reached)

    def test_a_centre_may_lower_the_demand_to_opened(self, here, case):
        lowered = CaseSettings(stranger_check=StrangerCheck.OPENED)
        here.desk = replace(here.desk, settings=lowered)
        assert reasons(here, case), "never to unseen"
        assert approve(here.desk, case.id, case.version, "li").state is State.APPROVED


class TestKnown:
    """A proved sender with a completed case of long enough ago is opened, not called."""

    @pytest.fixture
    def earlier(self, here):
        here.register()
        case = sent(here)
        approve(here.desk, case.id, case.version, "li", reached(here))
        here.clock.at += timedelta(days=1, hours=1)
        run_window(here.desk)
        assert here.again(case).state is State.COMPLETED
        return here.again(case)

    @pytest.mark.parametrize(
        ("later", "requester"),
        [
            (timedelta(days=30, seconds=-1), Requester.STRANGER),
            (timedelta(days=30), Requester.KNOWN),
        ],
    )
    def test_after_thirty_days(self, here, earlier, later, requester):
        here.clock.at = earlier.completed_at + later
        case = sent(here)
        assert needs(here, case).requester is requester
        assert reasons(here, case), "it is opened all the same"
        assert needs(here, case).must_reach is (requester is Requester.STRANGER)

    def test_not_after_an_objection(self, here, earlier):
        answer_by_link(here.desk, token(here))
        here.clock.at = earlier.completed_at + KNOWN_AFTER
        assert needs(here, sent(here)).requester is Requester.STRANGER

    @pytest.fixture
    def shared(self, here):
        """The enterprise confirmed the honest one, whose mail was merged into the rival's case."""
        here.register()
        case = sent(here)
        with here.tx() as tx:
            case = amend(case, here.clock.now(), joined=("honest@example.net",))
            tx.cases.save(case)
        approve(here.desk, case.id, case.version, "li", reached(here))
        here.clock.at += timedelta(days=1, hours=1)
        run_window(here.desk)
        assert here.again(case).state is State.COMPLETED
        return here.again(case)

    def test_not_by_a_case_that_others_asked_for_as_well(self, here, shared):
        here.clock.at = shared.completed_at + KNOWN_AFTER + HOUR
        assert needs(here, sent(here)).requester is Requester.STRANGER

    def test_not_after_an_objection_to_a_case_that_others_asked_for_as_well(self, here, earlier):
        shared = sent(here)
        with here.tx() as tx:
            shared = amend(shared, here.clock.now(), joined=("honest@example.net",))
            tx.cases.save(shared)
        no = (answering.Answer.DECLINE, answering.Words("未经企业确认"))
        answering.give(here.desk, shared.id, shared.version, "li", *no)
        answer_by_link(here.desk, token(here))
        assert here.again(shared).objected_at
        here.clock.at = earlier.completed_at + KNOWN_AFTER
        assert needs(here, sent(here)).requester is Requester.STRANGER

    def test_not_with_an_address_that_is_not_proved(self, here, earlier):
        here.clock.at = earlier.completed_at + KNOWN_AFTER
        case = sent(here, complete_submission(message(authentication="unknown")))
        assert needs(here, case).requester is Requester.STRANGER


class TestTimeToObject:
    """Somebody else's case waits for working hours after a server accepted the notice."""

    @pytest.fixture
    def case(self, here):
        here.register()
        return sent(here)  # Wednesday, 10:00

    def test_the_received_letter_promises_the_window_that_can_be_kept(self, here, case):
        assert f"{case.window_date}" == "2026-11-26"
        assert "11月26日" in here.letter("received").rendered.text
        assert "11月26日" in here.letter("contact_notice").rendered.text

    @pytest.mark.parametrize(("late", "promised"), [(-1, "2026-11-25"), (0, "2026-11-26")])
    def test_a_window_that_closes_as_the_time_ends_is_not_promised(self, here, late, promised):
        here.clock.at += timedelta(seconds=late) - HOUR / 2  # 9:30, two hours before it closes
        here.register()
        assert f"{sent(here).window_date}" == promised

    def test_it_is_not_carried_out_before(self, here, case):
        approved = approve(here.desk, case.id, case.version, "li", reached(here))
        assert f"{local(approved.not_before):%d %H:%M}" == "25 12:00"
        here.clock.at += HOUR
        assert run_window(here.desk).completed == []
        here.clock.at += 24 * HOUR
        assert run_window(here.desk).completed == [case.number]

    def test_in_a_window_that_opens_before_it_waits_for_its_minute(self, here):
        here.clock.at -= timedelta(minutes=45)  # 9:15
        here.register()
        case = sent(here)
        approved = approve(here.desk, case.id, case.version, "li", reached(here))
        assert f"{local(approved.not_before):%d %H:%M}" == "25 11:15"
        here.clock.at = approved.not_before - timedelta(seconds=1)
        assert here.desk.workdays.open_window(here.clock.now())
        assert run_window(here.desk).completed == []
        here.clock.at = approved.not_before
        assert run_window(here.desk).completed == [case.number]

    def test_the_hours_begin_when_the_notice_is_accepted(self, here):
        here.register()
        case = here.case(here.mail())
        here.clock.at += 3 * HOUR
        here.send_letters()
        assert f"{local(needs(here, case).not_before):%d %H:%M}" == "25 15:00"

    def test_a_notice_of_the_evening_leaves_the_morning(self, here):
        here.register()
        here.clock.at += 7 * HOUR + timedelta(minutes=30)  # 17:30
        case = sent(here)
        assert f"{local(needs(here, case).not_before):%d %H:%M}" == "26 11:00"

    def test_zero_hours_wait_for_nothing(self, here):
        here.desk = replace(here.desk, settings=CaseSettings(objection_hours=0))
        here.register()
        case = sent(here)
        approve(here.desk, case.id, case.version, "li", reached(here))
        here.clock.at += HOUR
        assert run_window(here.desk).completed == [case.number]

    def test_a_confirmation_ends_the_waiting_and_the_calling(self, here, case):
        confirm(here)
        case = here.again(case)
        assert (case.confirmed_at, needs(here, case).must_reach) == (here.clock.now(), False)
        approve(here.desk, case.id, case.version, "li")
        here.clock.at += HOUR
        assert run_window(here.desk).completed == [case.number]
        assert "case.confirmed" in here.actions(case)

    def test_words_without_papers_take_nothing_from_a_confirmation(self, here, case):
        here.mail(one_liner())
        confirm(here)
        assert not needs(here, here.again(case)).must_reach

    def test_a_confirmation_after_the_approval_takes_the_next_window(self, here, case):
        approve(here.desk, case.id, case.version, "li", reached(here))
        confirm(here)
        here.clock.at += HOUR
        assert run_window(here.desk).completed == [case.number]

    def test_a_confirmation_after_the_window_leaves_the_postponing_to_the_desk(self, here, case):
        """The letter that says so belongs to it."""
        here.clock.at += 26 * HOUR
        confirm(here)
        assert here.again(case).window_date == case.window_date

    def test_a_supplement_voids_the_confirmation(self, here, case):
        confirm(here)
        more = message((attachment("more.pdf"),), thread_ids=(here.letter("received").message_id,))
        here.mail(complete_submission(more))
        assert here.again(case).confirmed_at is None
        assert needs(here, here.again(case)).must_reach

    def test_what_changes_under_the_link_is_seen_before_it_is_confirmed(self, here, case):
        """The notice spoke of an unbinding; the stranger added a reset before the link was used."""
        version, link, notices = (
            case.version,
            token(here),
            here.letters(case).count("contact_notice"),
        )
        asks = message(thread_ids=(here.letter("received").message_id,), attachments=())
        here.mail(complete_submission(asks, form(reset_password=Answer.YES), Documents()))
        with pytest.raises(NotAllowed, match="已有变化"):
            answer_by_link(here.desk, link, confirms=version)
        assert here.again(case).confirmed_at is None
        assert here.letters(case).count("contact_notice") == notices + 1, "the contact is told anew"
        here.clock.at += timedelta(hours=5)
        here.send_letters()
        assert f"{local(needs(here, here.again(case)).not_before):%d %H}" == "25 17", "hours anew"

    def test_who_confirmed_may_still_object(self, here, case):
        link = token(here)
        confirm(here, link)
        answer_by_link(here.desk, link, "看错了")
        assert here.again(case).state is State.HELD

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": LetterState.PARKED},
            {"state": LetterState.SENT, "bounced": "permanent"},
            {"state": LetterState.SENT, "bounced": "temporary"},
        ],
    )
    def test_where_nobody_can_be_told_two_people_decide(self, here, case, changes):
        notice = here.letter("contact_notice")
        with here.tx() as tx:
            tx.letters.save(replace(notice, **changes))
        assert needs(here, case).for_two == ("核对通知无法送达登记联系人",)
        first = approve(here.desk, case.id, case.version, "li", reached(here))
        assert first.state is State.QUEUED
        approve(here.desk, case.id, first.version, "wang")
        assert here.again(case).state is State.APPROVED

    def test_an_approval_is_taken_back_with_a_notice_that_comes_back(self, here, case):
        """A rival fills the contact's mailbox: the notice is accepted, and comes back later."""
        approve(here.desk, case.id, case.version, "li", reached(here))
        full = Bounce((here.letter("contact_notice").message_id,), "failed", "4.2.2")
        with here.tx() as tx:
            mark_bounced(tx, full)
        after = here.again(case)
        assert (after.state, after.approved_by) == (State.QUEUED, "")
        assert "批准已收回" in here.alerts()["letters.bounced"]
        first = approve(here.desk, case.id, after.version, "li", reached(here))
        approve(here.desk, case.id, first.version, "wang")
        with here.tx() as tx:
            mark_bounced(tx, full)
        assert here.again(case).state is State.APPROVED, "two people knew that"

    def test_a_notice_that_waits_is_not_one_that_nobody_can_get(self, here):
        here.register()
        case = here.case(here.mail())
        waiting = here.letter("contact_notice")
        found = needs(here, case)
        assert (found.contact_untold, found.for_two) == (False, ())
        assert found.notice_from == (waiting.next_try_at or waiting.created_at)

    def test_an_account_without_a_contact_takes_two(self, here):
        here.register("")
        case = sent(here)
        assert needs(here, case).for_two == ("核对通知无法送达登记联系人",)

    def test_the_contact_of_another_enterprise_confirms_nothing(self, here, case):
        """A shell company of the rival was told first; then its case was
        found to be the victim's."""
        link = token(here)
        confirm(here, link)
        victim = here.register("victim@example.org", name=OTHER_NAME, uscc=OTHER_USCC)
        case = here.again(case)
        case = choose_account(here.desk, case.id, case.version, "li", victim)
        assert case.confirmed_at is None
        with pytest.raises(NotAllowed):
            confirm(here, link)
        found = needs(here, case)
        assert (found.not_before, bool(found.notice_from)) == (None, True), (
            "the notice to the shell company is not the victim's"
        )

    def test_a_chosen_account_moves_the_promise_with_a_letter(self, here):
        enterprise_id = here.register(name=OTHER_NAME, uscc=OTHER_USCC)
        case = sent(here)
        assert f"{case.window_date}" == "2026-11-26"
        here.clock.at += timedelta(days=1)
        case = choose_account(here.desk, case.id, case.version, "li", enterprise_id)
        here.send_letters()
        first = approve(here.desk, case.id, case.version, "li", reached(here))
        assert f"{first.window_date}" == "2026-11-27"
        assert "postponed" in here.letters(case)

    @pytest.mark.parametrize("contact", [CONTACT, "", None])
    def test_the_window_that_a_letter_names_tells_of_no_account(self, here, contact):
        if contact is not None:
            here.register(contact)
        sent(here)
        assert "2026年11月26日" in here.letter("received").rendered.text


class TestObjection:
    """It stops the request and whoever sent it."""

    def test_all_open_cases_of_the_sender_stop(self, here):
        here.register()
        first = sent(here)
        other = sent(here, complete_submission(message(sender=RIVAL, message_id="<r@example.net>")))
        again = complete_submission(
            message(sender=RIVAL, message_id="<s@example.net>"),
            form(enterprise_names=(OTHER_NAME,)),
        )
        second = sent(here, again)
        assert len({first.id, other.id, second.id}) == 3
        answer_by_link(here.desk, token(here))
        states = [here.again(case).state for case in (first, other, second)]
        assert states == [State.QUEUED, State.HELD, State.HELD]

    def test_for_a_quarter_two_people_approve_what_anybody_but_the_contact_asks(self, here):
        here.register(SENDER, password_set=True)
        sent(here, complete_submission(message(sender=RIVAL)))
        answer_by_link(here.desk, token(here))
        other = sent(here, complete_submission(message(sender="third@example.net")))
        assert "90 天内有过异议" in needs(here, other).for_two
        assert needs(here, sent(here)).for_two == (), "the contact is not paid for its objection"

    def test_an_objection_to_a_borrowed_address_costs_its_owner_nothing(self, here):
        here.register()
        case = sent(here)
        approve(here.desk, case.id, case.version, "li", reached(here))
        here.clock.at += timedelta(days=1, hours=1)
        run_window(here.desk)
        here.clock.at += KNOWN_AFTER
        forged = sent(here, complete_submission(message(authentication="none")))
        answer_by_link(here.desk, token(here))
        assert here.again(forged).objected_at
        assert needs(here, sent(here)).requester is Requester.KNOWN


class TestWithoutPapers:
    """A stranger's mail without papers changes nothing for others."""

    @pytest.mark.parametrize("authentication", ["pass", "unknown", "none"])
    def test_it_neither_competes_nor_tells_the_contact(self, here, authentication):
        here.register(SENDER, password_set=True)
        honest = sent(here)
        for number in range(20):
            here.mail(one_liner(f"rival{number}@example.net", authentication))
        assert here.again(honest) == honest
        assert "contact_notice" not in here.letters()
        [outcome] = approve_batch(here.desk, [(honest.id, honest.version)], "li")
        assert outcome.error is None

    def test_nor_where_it_came_first(self, here):
        here.register(SENDER, password_set=True)
        here.mail(one_liner())
        assert reasons(here, sent(here)) == ()

    def test_papers_that_follow_compete_and_tell_the_contact(self, here):
        here.register(SENDER, password_set=True)
        honest = sent(here)
        rival = here.case(here.mail(one_liner()))
        here.mail(complete_submission(message(sender=RIVAL, message_id="<r2@example.net>")))
        for case in (honest, rival):
            codes = [finding.code for finding in here.again(case).findings]
            assert "case.competing" in codes
        assert "contact_notice" in here.letters(rival)

    def test_what_a_person_takes_as_complete_tells_the_contact(self, here):
        here.register()
        case = here.case(here.mail(one_liner()))
        words = answering.Words("材料已当面提交")
        answering.give(here.desk, case.id, case.version, "li", answering.Answer.ACCEPT, words)
        assert "contact_notice" in here.letters(case)


@pytest.mark.parametrize("confidence", [0.5, 0.999])
@pytest.mark.parametrize("names", [(), (OTHER_NAME,)])
def test_papers_of_another_enterprise_rename_no_case(here, names, confidence):
    """Named in words, too, they are a request of their own."""
    here.register()
    bare_page = documents(pages=[bare(1), bare(2)], seals=[])
    case = here.case(here.mail(complete_submission(documents=bare_page)))
    assert case.state is State.INCOMPLETE
    thread = here.letter("returned").message_id
    other = replace(licence(1, enterprise_name=OTHER_NAME, uscc=OTHER_USCC), confidence=confidence)
    asks = message(thread_ids=(thread,), new_text="补件")
    here.mail(complete_submission(asks, form(enterprise_names=names), documents(parts=[other])))
    after = here.again(case)
    same = (case.enterprise_name, case.uscc, case.enterprise_id)
    assert (after.enterprise_name, after.uscc, after.enterprise_id) == same
    changed = "case.changed" in {finding.code for finding in after.findings}
    assert changed is not bool(names)


def test_a_reset_without_a_contact_address_is_refused_before_it_is_promised(here):
    """The letter said that a link was sent, and none was."""
    here.register("")
    case = sent(here, complete_submission(request=form(reset_password=Answer.YES)))
    assert "没有登记联系人邮箱" in reasons(here, case)
    with pytest.raises(NotAllowed, match="没有登记联系邮箱"):
        approve(here.desk, case.id, case.version, "li", reached(here))


def test_a_young_contact_is_a_reason_before_it_is_a_refusal(here):
    since = here.clock.now() - 22 * HOUR
    here.register(SENDER, password_set=True, contact_since=since)
    case = sent(here, complete_submission(request=form(reset_password=Answer.YES)))
    assert any("不足 24 小时" in reason for reason in reasons(here, case))
    with pytest.raises(NotAllowed, match="不足 24 小时"):
        approve(here.desk, case.id, case.version, "li")


class TestConfirmed:
    """A confirmation counts for what was confirmed, as long as nobody objects."""

    @pytest.fixture
    def confirmed(self, here):
        here.register()
        sent(here)
        return confirm(here)

    def test_an_objection_ends_it(self, here, confirmed):
        answer_by_link(here.desk, token(here), "不是我们")
        held = here.again(confirmed)
        assert needs(here, release(here.desk, held.id, held.version, "li")).must_reach

    def test_what_was_taken_back_asks_anew(self, here, confirmed):
        case = approve(here.desk, confirmed.id, confirmed.version, "li")
        here.clock.at += HOUR
        run_window(here.desk)
        case = here.again(case)
        held = reverse(here.desk, case.id, case.version, "li", "电话核实：误点确认")
        assert needs(here, release(here.desk, held.id, held.version, "li")).must_reach

    @pytest.mark.parametrize("reset", [False, True])
    def test_it_is_for_what_was_asked_then(self, here, confirmed, reset):
        settled = settle_request(here.desk, confirmed.id, confirmed.version, "li", True, reset)
        assert needs(here, settled).must_reach is reset


def test_who_brings_the_papers_of_another_enterprise_answers_for_that_one_alone(here):
    """Its contact is notified, too.

    It objects for its own, and its notice is not that of the case.
    """
    here.register()
    here.register("shell@example.net", name=OTHER_NAME, uscc=OTHER_USCC)
    case = here.case(here.mail())
    other = replace(licence(enterprise_name=OTHER_NAME, uscc=OTHER_USCC), confidence=0.99)
    here.mail(
        complete_submission(
            message(thread_ids=(here.letter("received").message_id,)),
            form(enterprise_names=(OTHER_NAME,)),
            documents(parts=(other,)),
        )
    )
    with here.tx() as tx:
        newest, oldest = (
            one for one in tx.letters.newest() if one.kind is LetterKind.CONTACT_NOTICE
        )
        tx.letters.save(replace(newest, state=LetterState.SENT, sent_at=here.clock.now()))
    assert (newest.recipient, oldest.recipient) == ("shell@example.net", CONTACT)
    case = here.again(case)
    with pytest.raises(NotAllowed, match="还在等待发出"):
        approve(here.desk, case.id, case.version, "li", reached(here))
    answer_by_link(here.desk, token(here))
    honest = sent(here, complete_submission(message(sender=RIVAL)))
    assert needs(here, honest).for_two == ()


def test_a_borrowed_address_uses_up_no_answer_of_its_owner(here):
    here.register()
    here.mail(one_liner(SENDER, "unknown"))
    owner = here.case(here.mail(one_liner(SENDER)))
    assert here.letters(owner) == ["returned"]
