"""Two cases of one enterprise become one, and a case that speaks for two becomes two."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.decision import answering, approve
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.merge_split import merge_cases, named_by, split_case
from core.cases.letters.objection import answer_by_link
from core.cases.requester import Requester
from core.cases.upkeep.personal_data import REMOVED, purge_case
from core.data.case import State
from core.data.documents import PartKind
from core.data.letter import LetterKind, LetterState
from core.data.link import LinkPurpose
from core.data.mail_record import Disposition
from core.data.submission import Answer, RequestForm
from core.errors import Conflict, NotAllowed
from tests.drawing.people import invent_enterprise
from tests.web.harness import Harness, request
from tests.world import decline

COLLEAGUE = "colleague@example.net"


@pytest.fixture
def here(tmp_path):
    harness = Harness(tmp_path)
    harness.register(1)
    yield harness
    harness.store.close()


def arrives(here, seed=1, sender="", without=(), **changes):
    """A request for the enterprise of the seed arrives; gives its case."""
    submission, images = request(seed, here.clock.now(), **changes)
    parts = tuple(part for part in submission.documents.parts if part.kind not in without)
    message = replace(submission.message, sender=sender or submission.message.sender)
    submission = replace(
        submission, message=message, documents=replace(submission.documents, parts=parts)
    )
    return here.case(here.arrives(submission, images).case_id)


def merged(here, case, other, **versions):
    case, other = here.case(case.id), here.case(other.id)
    seen = {"version": case.version, "other_version": other.version, **versions}
    return merge_cases(here.desk, case.id, seen["version"], "wang", other.id, seen["other_version"])


def mails_of(here, case):
    with here.tx() as tx:
        return tx.mails.of_case(case.id)


def notices(here):
    """Whom the contacts' notices go to, and of which case."""
    with here.tx() as tx:
        found = tx.letters.oldest(kind=LetterKind.CONTACT_NOTICE)
    return [(one.recipient, one.case_id) for one in found]


def reading_of(here, mail):
    with here.tx() as tx:
        return tx.mails.reading(mail.id)


def needs_of(here, case):
    with here.tx() as tx:
        return approval_needs(tx, [case])[case.id]


class TestMerge:
    @pytest.mark.parametrize("colleague", ["a@example.net", "z@example.net"])
    def test_its_sender_is_answered_to_the_last_mail_of_its_own(self, here, colleague):
        case = arrives(here)
        own = mails_of(here, case)[0].message_id
        after = merged(here, case, arrives(here, sender=colleague))
        decline(here.desk, after.id, after.version, "wang", "执照已注销")
        assert [mail.message_id == own for mail in mails_of(here, after)] == [True, False]
        with here.tx() as tx:
            assert tx.letters.last(case_id=case.id, kind=LetterKind.DECLINED).in_reply_to == own

    def test_papers_mails_and_letters_go_over_and_the_rules_run_again(self, here):
        case = arrives(here, without={PartKind.LICENCE})
        other = arrives(here, sender=COLLEAGUE, without={PartKind.ID_FRONT, PartKind.ID_BACK})
        assert (case.state, other.state) == (State.INCOMPLETE, State.INCOMPLETE)
        after = merged(here, case, other)
        assert after.state is State.QUEUED
        assert [mail.sender for mail in mails_of(here, after)] == [case.sender, COLLEAGUE]
        ended = here.case(other.id)
        assert (ended.state, ended.merged_into) == (State.MERGED, case.id)
        assert mails_of(here, ended) == []
        with here.tx() as tx:
            assert tx.letters.newest(case_id=other.id) == []
            received = tx.letters.newest(case_id=case.id)[1]
            actions = [one.action for one in tx.audit.entries(case.id)]
        assert (received.kind, received.recipient) == (LetterKind.RECEIVED, case.sender)
        assert actions[0] == "case.joined"

    def test_the_letter_answers_the_last_mail_of_the_sender(self, here):
        case = arrives(here, without={PartKind.LICENCE})
        assert arrives(here, without={PartKind.LICENCE}).id == case.id
        other = arrives(here, sender=COLLEAGUE, without={PartKind.ID_FRONT, PartKind.ID_BACK})
        after = merged(here, case, other)
        with here.tx() as tx:
            letters = tx.letters.newest(case_id=after.id)
        received = next(letter for letter in letters if letter.kind is LetterKind.RECEIVED)
        own = [mail.id for mail in mails_of(here, after) if mail.sender == case.sender]
        assert (len(own), received.mail_id) == (2, own[-1])

    def test_letters_of_the_other_that_wait_are_cancelled(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        merged(here, case, other)
        with here.tx() as tx:
            waiting = tx.letters.newest(state=[LetterState.PENDING])
        assert COLLEAGUE not in {letter.recipient for letter in waiting}

    def test_an_approval_does_not_survive(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        approved = approve.approve(here.desk, case.id, here.case(case.id).version, "li")
        after = merged(here, approved, other)
        assert (after.state, after.approved_by) == (State.QUEUED, "")

    def test_what_the_mails_say_otherwise_is_named(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE, reset=Answer.NO)
        after = merged(here, case, other)
        [found] = [one for one in after.findings if one.variant == "supplement"]
        assert found.parameters == {"fields": ("reset_password",)}

    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("请问进度", RequestForm(asks_progress=True)),
            (
                "是否解绑：否",  # no supplement: others asked
                RequestForm(unbind=Answer.NO, reset_password=Answer.NO, has_request_words=True),
            ),
        ],
    )
    def test_the_number_of_the_other_leads_to_the_survivor(self, here, text, read):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        after = merged(here, case, other)
        submission, _ = request(1, here.clock.now(), text=text, subject=other.number)
        submission = replace(
            submission,
            message=replace(submission.message, sender=COLLEAGUE, attachments=()),
            request=read,
        )
        submission = replace(submission, documents=type(submission.documents)())
        record = here.arrives(submission)
        assert (record.case_id, record.disposition) == (after.id, Disposition.CONVERSATION)

    def test_the_contact_objects_by_the_link_of_the_other(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        token = here.link(LinkPurpose.OBJECTION, other.enterprise_id, other.id)
        after = merged(here, case, other)
        with pytest.raises(NotAllowed, match="已有变化"):
            answer_by_link(here.desk, token, confirms=after.version)
        assert answer_by_link(here.desk, token, "不是我们").id == case.id
        assert here.case(case.id).state is State.HELD

    def test_the_contact_is_notified_of_whose_papers_joined_its_own_case(self, here):
        case, other = arrives(here, 2), arrives(here, 2, sender=COLLEAGUE)
        here.register(2, contact=case.sender)
        after = merged(here, case, other)
        with here.tx() as tx:
            kinds = [one.kind for one in tx.letters.newest(case_id=after.id)]
        assert (after.sender, after.joined) == (case.sender, (COLLEAGUE,))
        assert LetterKind.CONTACT_NOTICE in kinds

    def test_what_was_set_aside_stays_so_and_notes_go_over(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        other = answering.add_note(here.desk, other.id, "li", "已电话联系")
        other = approve.hold(here.desk, other.id, other.version, "li", "待核实")
        after = merged(here, case, other)
        assert (after.state, after.reason) == (State.HELD, "待核实")
        assert [note.text for note in after.notes] == ["已电话联系"]

    @pytest.mark.parametrize("lacks", [(), (PartKind.LICENCE,)])
    def test_a_letter_leaves_only_where_the_case_is_complete_now(self, here, lacks):
        own_lacks = (*lacks, PartKind.ID_FRONT) if lacks else ()
        case = arrives(here, without=own_lacks)
        other = arrives(here, sender=COLLEAGUE, without=lacks)
        after = merged(here, case, other)
        assert (after.state is State.INCOMPLETE) == bool(lacks)
        with here.tx() as tx:
            to_sender = tx.letters.newest(case_id=after.id, recipient=case.sender)
        assert [one.kind.value for one in to_sender] == ["returned" if lacks else "received"]

    @pytest.mark.parametrize("which", [0, 1])
    def test_an_objection_to_either_stays(self, here, which):
        both = arrives(here), arrives(here, sender=COLLEAGUE)
        case = both[which]
        answer_by_link(here.desk, here.link(LinkPurpose.OBJECTION, case.enterprise_id, case.id), "")
        after = merged(here, *both)
        assert after.objected_at == here.case(case.id).objected_at == here.clock.now()

    def test_the_contact_is_told_of_the_case_as_it_is_now(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        after = merged(here, case, other)
        with here.tx() as tx:
            newest = tx.letters.newest(case_id=after.id)[0]
        assert (newest.kind, newest.state) == (LetterKind.CONTACT_NOTICE, LetterState.WAITING)
        assert needs_of(here, after).notice_from == newest.next_try_at

    def test_of_several_merges_the_contact_gets_the_last_notice_at_the_place_of_the_first(
        self, here
    ):
        """Each change cancelled the notice that waits and put another at the end of its lane."""
        case = arrives(here)
        others = [arrives(here, sender=f"{name}@example.net") for name in "ab"]
        notices = []
        for other in others:
            merged(here, case, other)
            with here.tx() as tx:
                notices += tx.letters.newest(case_id=case.id, state=[LetterState.WAITING])
        before, after = notices
        assert (before.kind, before.id) == (LetterKind.CONTACT_NOTICE, after.id)
        assert before.link_id != after.link_id
        with here.tx() as tx:
            given_up = tx.letters.newest(case_id=case.id, state=[LetterState.CANCELLED])
        assert LetterKind.CONTACT_NOTICE not in {one.kind for one in given_up}

    def test_a_notice_behind_very_many_that_wait_for_the_contact_is_replaced(self, here):
        """The search for it ended after 500 letters to one address."""
        case = arrives(here)
        others = [arrives(here, sender=f"{name}@example.net") for name in "abc"]
        merged(here, case, others[0])
        with here.tx() as tx:
            waits = {"case_id": case.id, "state": LetterState.WAITING}
            [notice] = tx.letters.newest(**waits)
            tx.letters.save(notice.cancelled("test"))
            for n in range(501):
                case_id = case.id if n == 500 else others[2].id
                copy = replace(notice, message_id=f"<{n}@desk.example>", case_id=case_id)
                tx.letters.add(copy)
            [before] = tx.letters.newest(**waits)
        merged(here, case, others[1])
        with here.tx() as tx:
            found = tx.letters.newest(**waits)
        assert before.id in {one.id for one in found}
        assert [one.id for one in found if one.link_id == before.link_id] == []

    def test_the_notice_that_waits_is_that_of_the_case_whatever_came_over(self, here):
        """It keeps the number of an older one; a notice of the other case has a later number."""
        case = arrives(here)
        merged(here, case, arrives(here, sender="a@example.net"))
        here.clock.at += timedelta(minutes=1)
        after = merged(here, case, arrives(here, sender="b@example.net"))
        assert needs_of(here, after).notice_from
        assert needs_of(here, after).not_before is None

    def test_other_versions_other_enterprises_and_ended_cases_are_refused(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        with pytest.raises(Conflict):
            merged(here, case, other, other_version=other.version + 1)
        here.register(2)
        with pytest.raises(NotAllowed, match="不是同一企业"):
            merged(here, case, arrives(here, 2))
        with pytest.raises(NotAllowed, match="不是同一企业"):
            merged(here, case, case)
        merged(here, case, here.case(other.id))
        with pytest.raises(NotAllowed, match="已并入"):
            merged(here, case, other)

    @pytest.mark.parametrize("sender", ["", COLLEAGUE])
    def test_with_the_survivor_go_the_personal_data_of_the_other(self, here, sender):
        unproved = {"authentication": "none"}
        case, other = arrives(here, **unproved), arrives(here, sender=sender, **unproved)
        after = merged(here, case, other)
        answering.give(
            here.desk,
            after.id,
            after.version,
            "li",
            answering.Answer.DECLINE,
            answering.Words("不符"),
        )
        with here.tx() as tx:
            for letter in tx.letters.newest():
                tx.letters.save(replace(letter, state=LetterState.SENT))
        assert purge_case(here.desk, case.id, "li")
        for one in (here.case(case.id), here.case(other.id)):
            assert (one.sender, one.joined, one.handler) == ("", (), "")
            assert one.purged_at
        with here.tx() as tx:
            assert {letter.recipient for letter in tx.letters.newest()} == {REMOVED}


class TestNamed:
    """Papers that somebody sends for a case from another address, with its number."""

    @pytest.fixture
    def case(self, here):
        return arrives(here, without={PartKind.ID_FRONT, PartKind.ID_BACK})

    def cards(self, here, number, **changes):
        """A card without a word of the enterprise."""
        submission, images = request(1, here.clock.now(), subject=f"补件 {number}", **changes)
        documents = submission.documents
        cards = documents.only(lambda one: one.spot[1] == 1)
        silent = replace(submission.request, enterprise_names=())
        sender = replace(submission.message, sender=COLLEAGUE)
        return replace(submission, message=sender, request=silent, documents=cards), images

    def test_they_join_it_when_a_person_says_so(self, here, case):
        submission, images = self.cards(here, case.number)
        other = here.case(here.arrives(submission, images).case_id)
        assert (other.id != case.id, here.case(case.id).state) == (True, State.INCOMPLETE)
        after = merged(here, case, other)
        assert (after.sender, after.joined) == (case.sender, (COLLEAGUE,))
        assert PartKind.ID_FRONT in {
            part.kind
            for mail in mails_of(here, after)
            for part in reading_of(here, mail).documents.parts
        }
        with here.tx() as tx:
            assert tx.audit.entries(case.id)[0].action == "case.joined"

    def test_not_where_they_name_no_number_or_another_enterprise(self, here, case):
        submission, images = self.cards(here, "")
        with pytest.raises(NotAllowed, match="不是同一企业"):
            merged(here, case, here.case(here.arrives(submission, images).case_id))
        foreign = arrives(here, 2, sender=COLLEAGUE, subject=case.number)
        with pytest.raises(NotAllowed, match="不是同一企业"):
            merged(here, case, foreign)


class TestObjection:
    """Who objects to one case objects to all of its senders."""

    def objected(self, here, case):
        return answer_by_link(
            here.desk, here.link(LinkPurpose.OBJECTION, case.enterprise_id, case.id)
        )

    def test_the_other_cases_of_whose_papers_joined_are_set_aside(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        after, later = merged(here, case, other), arrives(here, sender=COLLEAGUE)
        stranger = arrives(here, sender="stranger@other.example")
        self.objected(here, after)
        assert here.case(later.id).state is State.HELD
        assert here.case(stranger.id).state is State.QUEUED

    def test_a_case_that_the_senders_papers_joined_is_set_aside(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        after, later = merged(here, case, other), arrives(here, sender=COLLEAGUE)
        self.objected(here, later)
        assert here.case(after.id).state is State.HELD

    def test_borrowed_papers_that_joined_stop_none_of_their_owner(self, here):
        case = arrives(here, sender=COLLEAGUE)
        other = arrives(here, sender="third@other.example", authentication="none")
        after, own = merged(here, case, other), arrives(here, sender="third@other.example")
        self.objected(here, after)
        assert here.case(own.id).state is State.QUEUED


def test_a_case_is_named_whose_enterprise_has_other_brackets(here):
    case = arrives(here, 2, name="上海（砚田）有限公司")
    other = arrives(here, 3, sender=COLLEAGUE, name="上海(砚田)有限公司", text=case.number)
    with here.tx() as tx:
        ours, its = (
            replace(tx.cases.get(one.id), uscc=None, enterprise_id=None) for one in (case, other)
        )
        tx.cases.save(replace(ours, version=ours.version + 1))
        assert [one.id for one in named_by(tx, its)] == [case.id]


class TestTimeToObject:
    @pytest.mark.parametrize("change", [{}, {"sender": COLLEAGUE}, {"reset": Answer.NO}])
    def test_it_begins_anew_only_where_sender_or_request_are_others(self, here, change):
        unproved = {"authentication": "none"}
        case = arrives(here, **unproved)
        other = arrives(here, **unproved, **change)
        with here.tx() as tx:
            for letter in tx.letters.newest():
                tx.letters.save(replace(letter, state=LetterState.SENT, sent_at=here.clock.now()))
        ends = needs_of(here, here.case(case.id)).not_before
        assert case.id != other.id
        assert ends
        here.clock.at += timedelta(hours=1)
        after = merged(here, case, other)
        needs = needs_of(here, after)
        anew = (True, None) if change else (False, ends)
        assert (needs.notice_from is not None, needs.not_before) == anew


class TestWhoVouches:
    """Evidence of strangers never joins a case that somebody vouches for."""

    @pytest.fixture
    def own(self, here):
        """A case of the proved contact, which may be approved unseen."""
        here.register(2, contact="handler2@example.com")
        return arrives(here, 2)

    @pytest.mark.parametrize("strange", [{"sender": COLLEAGUE}, {"authentication": "unknown"}])
    def test_a_strangers_papers_do_not_join_the_contacts_case(self, here, own, strange):
        other = arrives(here, 2, **strange)
        own = here.case(own.id)
        before = needs_of(here, own)
        with pytest.raises(NotAllowed, match="不能并入"):
            merged(here, own, other)
        assert (before.requester, here.case(own.id)) == (Requester.CONTACT, own)

    def test_the_other_way_round_nobody_vouches(self, here, own):
        other = arrives(here, 2, sender=COLLEAGUE)
        after = merged(here, other, own)
        assert (after.sender, after.joined) == (COLLEAGUE, (own.sender,))
        assert needs_of(here, after).requester is Requester.STRANGER

    def test_nor_when_the_account_is_found_later(self, here):
        """Nothing showed yet that the sender is the contact when the papers were joined."""
        case, other = arrives(here, 3), arrives(here, 3, sender=COLLEAGUE)
        after = merged(here, case, other)
        enterprise = here.register(3, contact=case.sender)
        chosen = approve.choose_account(here.desk, after.id, after.version, "wang", enterprise)
        assert needs_of(here, chosen).requester is Requester.STRANGER


@pytest.fixture
def for_two(here):
    """One mail with the papers of two enterprises: a card, a licence, another licence."""
    here.register(2)
    submission, _ = request(1, here.clock.now())
    second, _ = request(2, here.clock.now())
    documents = submission.documents
    [licence] = second.documents.of(PartKind.LICENCE)
    page = replace(documents.pages[1], number=3)
    documents = replace(
        documents,
        pages=(*documents.pages, page),
        parts=(*documents.parts, replace(licence, page=3)),
        seals=(
            replace(documents.seals[0], page=2),
            replace(second.documents.seals[0], page=3),
        ),
    )
    names = (invent_enterprise(1).name, invent_enterprise(2).name)
    form = replace(submission.request, enterprise_names=names)
    record = here.arrives(replace(submission, documents=documents, request=form))
    return here.case(record.case_id), record


class TestSplit:
    def test_each_case_has_its_papers_and_the_card_is_in_both(self, here, for_two):
        case, record = for_two
        assert "request.enterprise_name.ambiguous" in {one.code for one in case.findings}
        opened = split_case(
            here.desk, case.id, case.version, "wang", {record.id: [0, 2]}, {record.id: [0]}
        )
        case = here.case(case.id)
        assert [one.enterprise_name for one in (case, opened)] == [
            invent_enterprise(seed).name for seed in (1, 2)
        ]
        assert (case.state, opened.state) == (State.QUEUED, State.QUEUED)
        for one in (case, opened):
            assert not {found.code for found in one.findings} & {
                "request.enterprise_name.ambiguous",
                "match.enterprise_name",
                "match.seal",
                "case.competing",
            }
        assert case.enterprise_id != opened.enterprise_id
        with here.tx() as tx:
            pages = [
                [page.number for page in tx.mails.reading(mail.id).documents.pages]
                for one in (case, opened)
                for mail in tx.mails.of_case(one.id)
            ]
            copy = tx.mails.of_case(opened.id)[0]
            assert tx.mails.raw(record.id) == tx.mails.raw(copy.id)
        assert pages == [[1, 2], [1, 3]]
        assert opened.sender == case.sender

    def test_answers_to_the_letters_find_each_its_case(self, here, for_two):
        case, record = for_two
        opened = split_case(
            here.desk, case.id, case.version, "wang", {record.id: [0, 2]}, {record.id: [0]}
        )
        for one in (case, opened):
            with here.tx() as tx:
                to_sender = next(
                    letter
                    for letter in tx.letters.newest(case_id=one.id)
                    if letter.recipient == case.sender
                )
            thread = (to_sender.message_id, to_sender.in_reply_to)
            words, _ = request(1, here.clock.now(), text="谢谢")
            words = replace(
                words,
                message=replace(words.message, thread_ids=thread, attachments=()),
                request=RequestForm(),
                documents=type(words.documents)(),
            )
            assert here.arrives(words).case_id == one.id

    def test_an_unproved_mails_pages_stay_unproved(self, here):
        here.register(2, contact="handler2@example.com")
        case = arrives(here, 2, authentication="unknown")
        [record] = mails_of(here, case)
        opened = split_case(here.desk, case.id, case.version, "wang", {record.id: [1]}, {})
        assert needs_of(here, opened).requester is Requester.STRANGER

    def test_a_whole_mail_leaves_as_it_is_and_a_merge_is_undone(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        after = merged(here, case, other)
        first, second = mails_of(here, after)
        opened = split_case(here.desk, after.id, after.version, "wang", {second.id: [0, 1]}, {})
        assert (mails_of(here, opened)[0].id, opened.sender) == (second.id, COLLEAGUE)
        left = here.case(case.id)
        assert ([mail.id for mail in mails_of(here, left)], left.joined) == ([first.id], ())

    def test_one_mail_is_split_again(self, here, for_two):
        case, record = for_two
        for _ in range(2):
            case = here.case(case.id)
            split_case(here.desk, case.id, case.version, "wang", {record.id: [1]}, {})
        with here.tx() as tx:
            assert [len(tx.mails.reading(one).documents.pages) for one in (1, 2, 3)] == [1, 1, 1]

    def test_the_new_case_names_every_sender_of_its_mails(self, here):
        case, other = arrives(here), arrives(here, sender=COLLEAGUE)
        after = merged(here, case, other)
        after = merged(here, after, arrives(here, sender="third@other.example"))
        _, second, third = mails_of(here, after)
        pages = {second.id: [0, 1], third.id: [0, 1]}
        opened = split_case(here.desk, after.id, here.case(after.id).version, "wang", pages, {})
        assert (opened.sender, opened.joined) == (COLLEAGUE, ("third@other.example",))
        assert here.case(opened.id) == opened

    def test_where_the_first_sender_leaves_the_next_one_asks(self, here):
        case = arrives(here)
        for sender in (COLLEAGUE, "third@other.example"):
            merged(here, case, arrives(here, sender=sender))
        first, *_ = mails_of(here, case)
        version = here.case(case.id).version
        split_case(here.desk, case.id, version, "wang", {first.id: [0, 1]}, {})
        left = here.case(case.id)
        assert (left.sender, left.joined) == (COLLEAGUE, ("third@other.example",))

    def test_the_contact_gets_no_second_notice_of_a_case_that_is_as_it_was(self, here, for_two):
        case, record = for_two
        split_case(here.desk, case.id, case.version, "wang", {record.id: [0, 2]}, {record.id: [0]})
        assert notices(here) == [("contact1@example.org", 1), ("contact2@example.org", 2)]

    def test_the_contact_is_told_again_where_the_request_is_another(self, here):
        case = arrives(here)
        again = arrives(here, reset=Answer.NO)
        assert again.id == case.id
        *_, last = mails_of(here, again)
        opened = split_case(here.desk, case.id, again.version, "wang", {last.id: [0, 1]}, {})
        assert [number for _, number in notices(here)] == [case.id, case.id, case.id, opened.id]

    def test_an_approval_and_a_chosen_account_do_not_survive(self, here, for_two):
        case, record = for_two
        case = approve.choose_account(here.desk, case.id, case.version, "wang", 1)
        split_case(here.desk, case.id, case.version, "wang", {record.id: [2]}, {})
        left = here.case(case.id)
        assert (left.account_chosen_by, left.enterprise_name) == ("", invent_enterprise(1).name)

    @pytest.mark.parametrize("leaving", [{}, {"mail": [0, 1, 2]}, {"mail": []}, {"mail": [7]}])
    def test_nothing_everything_and_what_is_not_there_is_refused(self, here, for_two, leaving):
        case, record = for_two
        pages = {record.id: leaving["mail"]} if leaving else {}
        with pytest.raises(NotAllowed):
            split_case(here.desk, case.id, case.version, "wang", pages, {})
        assert here.case(case.id) == case
