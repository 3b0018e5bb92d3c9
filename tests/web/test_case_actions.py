"""What the acts of administrators do to a case."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from core.accounts.administrators import personnel
from core.cases.decision import approve
from core.cases.upkeep.figures import note_handled
from core.data.case import State
from core.data.submission import Answer
from tests.web.conftest import act, doubts, field
from tests.web.harness import request
from tests.web.test_unproved import writes


def ids_of_bindings(harness, case):
    with harness.tx() as tx:
        return [binding.id for binding in tx.bindings.of_enterprise(case.enterprise_id)]


def test_approval_names_account_and_bindings_all_by_default(harness, admin, queued):
    page = admin.get(f"/cases/{queued.number}").text
    assert len(re.findall(r'name="binding" value="\d+" checked', page)) == 2
    answer = act(admin, queued, "approve", listed="1", binding=ids_of_bindings(harness, queued))
    assert answer.headers["location"] == f"/cases/{queued.number}"
    assert (harness.case(queued.id).state, harness.case(queued.id).binding_ids) == (
        State.APPROVED,
        tuple(ids_of_bindings(harness, queued)),
    )


def test_approval_may_be_narrowed(harness, admin, queued):
    first, _second = ids_of_bindings(harness, queued)
    act(admin, queued, "approve", listed="1", binding=[first])
    assert (harness.case(queued.id).state, harness.case(queued.id).binding_ids) == (
        State.APPROVED,
        (first,),
    )


def test_a_note_is_kept_with_its_author_and_hides_numbers(harness, admin, queued):
    assert (
        act(admin, queued, "note", text="已电话核实 <b>119999199001011234</b>\n").headers[
            "location"
        ]
        == f"/cases/{queued.number}"
    )
    page = admin.see(f"/cases/{queued.number}").text
    assert "备注已保存" in page
    assert "<b>wang</b>" in page
    assert "已电话核实 &lt;b&gt;" in page
    with harness.tx() as tx:
        assert tx.cases.get(queued.id).notes[0].text.endswith("</b>"), "typed with a line more"
    assert act(admin, queued, "note", text=" \n").status_code == 409
    refused = act(admin, queued, "note", text="长" * 501)
    assert (refused.status_code, f'value="{"长" * 501}"' in refused.text) == (409, True)


def test_the_seconds_from_opening_to_deciding_are_written_down(harness, admin, queued):
    page = admin.see(f"/cases/{queued.number}").text
    opened = field(page, "opened")
    harness.clock.at += timedelta(seconds=7)
    admin.submit(f"/cases/{queued.number}/approve", version=queued.version, opened=opened)
    with harness.tx() as tx:
        assert [
            entry.detail["seconds"]
            for entry in tx.audit.of_action("case.handled", queued.opened_at)
        ] == ["7"]


def test_nothing_ticked_ends_nothing_and_approves_nothing(harness, admin, queued):
    assert act(admin, queued, "approve", listed="1").status_code == 409
    assert harness.case(queued.id).state is State.QUEUED


def test_a_refused_approval_keeps_no_choice_of_bindings(harness, admin, queued):
    first, _second = ids_of_bindings(harness, queued)
    with harness.tx() as tx:
        tx.accounts.save(
            replace(tx.accounts.get(queued.enterprise_id), frozen_at=harness.clock.now())
        )
    assert act(admin, queued, "approve", listed="1", binding=[first]).status_code == 409
    assert harness.case(queued.id) == queued


def test_a_binding_of_another_enterprise_is_refused(harness, admin, queued):
    other = harness.register(2)
    with harness.tx() as tx:
        foreign = tx.bindings.of_enterprise(other)[0].id
    assert act(admin, queued, "approve", listed="1", binding=[foreign]).status_code == 409
    assert harness.case(queued.id).state is State.QUEUED


@pytest.mark.parametrize(
    ("verb", "state"),
    [("decline", State.DECLINED), ("hold", State.HELD), ("withdraw", State.WITHDRAWN)],
)
def test_acts_with_a_reason(harness, admin, queued, verb, state):
    assert act(admin, queued, verb, reason="  材料存疑  ").status_code == 303
    assert (harness.case(queued.id).state, harness.case(queued.id).reason) == (state, "材料存疑")


def test_a_withdrawal_needs_no_reason_and_its_letter_is_seen_at_once(harness, admin, queued):
    """Whoever wrote 撤回 knows why; the clerk had to invent a reason, which the letter repeated."""
    page = act(admin, queued, "draft", answer="withdraw", reason="").text
    assert "按撤回办结并发出回执" in page
    assert act(admin, queued, "withdraw", reason="").status_code == 303
    assert harness.case(queued.id).state is State.WITHDRAWN
    assert "原因" not in harness.letter("withdrawn").rendered.text


def test_a_withdrawal_answers_the_mails_that_its_page_showed(harness, admin, queued):
    with harness.tx() as tx:
        [mail] = tx.mails.of_case(queued.id)
        tx.mails.save(replace(mail, unread=True))
    pages = [
        admin.see(f"/cases/{queued.number}").text,
        act(admin, queued, "draft", answer="withdraw", shown=mail.id).text,
    ]
    assert [field(page, "shown") for page in pages] == [str(mail.id)] * 2
    act(admin, queued, "withdraw", shown=mail.id)
    with harness.tx() as tx:
        assert not tx.mails.get(mail.id).unread


@pytest.mark.parametrize("verb", ["decline", "hold"])
def test_acts_without_a_reason_are_refused(harness, admin, queued, verb):
    answer = act(admin, queued, verb, reason="   ")
    assert answer.status_code == 409
    assert "请填写理由" in answer.text
    assert harness.case(queued.id).state is State.QUEUED


def test_release_puts_a_held_case_back(harness, admin, queued):
    act(admin, queued, "hold", reason="核实")
    page = admin.get(f"/cases/{queued.number}").text
    assert "<button>恢复办理</button>" in page, "never the dark button: somebody may have objected"
    assert act(admin, queued, "release").status_code == 303
    assert harness.case(queued.id).state is State.QUEUED


def test_a_changed_case_is_refused_with_what_changed_and_shown_anew(harness, admin, queued):
    page = admin.see(f"/cases/{queued.number}").text
    held = approve.hold(harness.desk, queued.id, queued.version, "li", "正在核实")
    note_handled(harness.desk, held, "li", int(harness.clock.now().timestamp()))
    answer = admin.submit(
        f"/cases/{queued.number}/decline",
        version=field(page, "version"),
        reason="写了很久的理由",
    )
    assert answer.status_code == 409
    changes = re.findall(r"<li>(\d\d-\d\d \d\d:\d\d [^<]*)</li>", answer.text)
    assert changes == ["11-25 10:00 li：暂缓"]
    assert "写了很久的理由" in answer.text
    assert field(answer.text, "version") == str(queued.version + 1)
    assert harness.case(queued.id).state is State.HELD


def test_an_account_is_chosen_for_an_unknown_enterprise(harness, admin):
    case, enterprise_id = harness.request(2), harness.register(1)
    page = admin.get(f"/cases/{case.number}?enterprise=公司").text
    assert f'name="enterprise_id" value="{enterprise_id}"' in page
    assert re.search(r'class="primary"[^>]* disabled', page)
    assert act(admin, case, "account", enterprise_id=enterprise_id).status_code == 303
    assert harness.case(case.id).enterprise_id == enterprise_id
    assert "与申请中的不同" in admin.get(f"/cases/{case.number}").text
    assert act(admin, case, "account", enterprise_id=987654).status_code == 404


def test_an_unsettled_request_is_settled(harness, admin, queued):
    unsure = harness.request(3, reset=Answer.AMBIGUOUS)
    assert unsure.reset_password is None
    assert act(admin, unsure, "request", unbind="true", reset_password="false").status_code == 303
    assert (harness.case(unsure.id).unbind, harness.case(unsure.id).reset_password) == (True, False)
    assert act(admin, unsure, "request", unbind="true", reset_password="").status_code == 400


def test_every_act_names_the_administrator_in_the_audit(harness, admin, queued):
    act(admin, queued, "hold", reason="核实")
    with harness.tx() as tx:
        newest = tx.audit.entries(queued.id)[0]
    assert (newest.actor, newest.action) == ("wang", "case.held")
    assert "暂缓" in admin.get(f"/cases/{queued.number}").text


def test_the_address_of_an_act_leads_back_to_its_case(admin, queued):
    assert (
        admin.get(f"/cases/{queued.number}/approve").headers["location"]
        == f"/cases/{queued.number}"
    )


def test_an_answer_is_shown_before_it_is_sent_and_can_be_taken_back(harness, admin, queued):
    asked = act(admin, queued, "draft", answer="return", reason="")
    assert asked.status_code == 200
    assert "将发出的回执" not in asked.text
    shown = act(
        admin, queued, "draft", answer="return", reason="委托书 <b> 没有盖章", drafted="true"
    )
    assert "1. 委托书 &lt;b&gt; 没有盖章" in shown.text
    assert harness.case(queued.id).state is State.QUEUED
    sent = re.search(r'name="reason" value="([^"]*)"', shown.text)[1]
    assert (
        act(admin, queued, "return", reason=unescape(sent)).headers["location"]
        == f"/cases/{queued.number}"
    )
    assert harness.case(queued.id).state is State.INCOMPLETE
    page = admin.see(f"/cases/{queued.number}").text
    assert "10:01:00 前可撤销，回执届时发出" in page
    assert act(admin, queued, "undo").status_code == 303
    assert harness.case(queued.id).state is State.QUEUED
    assert "前可撤销" not in admin.see(f"/cases/{queued.number}").text


def test_a_draft_without_words_says_what_is_lacking(admin, queued):
    answer = act(admin, queued, "draft", answer="return", reason=" ", drafted="true")
    assert answer.status_code == 409
    assert "请勾选或写明需要补正的内容" in answer.text


def test_a_draft_of_a_case_that_changed_shows_what_changed_and_keeps_the_words(
    harness, admin, queued
):
    page = admin.see(f"/cases/{queued.number}").text
    approve.hold(harness.desk, queued.id, queued.version, "li", "正在核实")
    answer = admin.submit(
        f"/cases/{queued.number}/draft",
        version=field(page, "version"),
        answer="decline",
        reason="写了很久的理由",
    )
    assert answer.status_code == 409
    assert "li：暂缓" in answer.text
    assert "写了很久的理由" in answer.text


def test_a_case_offers_only_what_its_state_allows(harness, admin, queued):
    assert 'value="accept"' not in admin.get(f"/cases/{queued.number}").text
    act(admin, queued, "return", reason="请补充委托书")
    assert 'value="accept"' in admin.get(f"/cases/{queued.number}").text
    assert act(admin, queued, "elsewhere").status_code == 400


def test_what_is_no_request_ends_without_a_letter_and_comes_back(harness, admin, queued):
    shown = act(admin, queued, "draft", answer="dismiss")
    assert "不回信。" in shown.text
    assert act(admin, queued, "dismiss").status_code == 303
    assert harness.case(queued.id).state is State.DISMISSED
    assert act(admin, queued, "undo").status_code == 303
    assert harness.case(queued.id).state is State.QUEUED


class TestOwnerAndTag:
    def test_a_case_is_taken_handed_on_and_marked(self, harness, admin, queued):
        harness.administrator("li")
        assert act(admin, queued, "assign", mine="1").status_code == 303
        assert harness.case(queued.id).owner == "wang"
        act(admin, queued, "assign", owner="li", tag="加急")
        case = harness.case(queued.id)
        assert (case.owner, case.tag, case.changed_at) == ("li", "加急", queued.changed_at)
        page = admin.get("/").text
        assert 'class="flag tag0">加急<' in page
        assert "经办 li" in page

    def test_it_voids_no_first_approval(self, harness, admin, queued):
        with harness.tx() as tx:
            case = replace(queued, version=queued.version + 1, first_approved_by="li")
            tx.cases.save(case)
        act(admin, case, "assign", mine="1")
        assert harness.case(case.id).first_approved_by == "li"

    def test_the_page_counts_no_first_approver_without_the_right(self, harness, admin, queued):
        harness.administrator("li")
        with harness.tx() as tx:
            approved = {"account_chosen_by": "li", "first_approved_by": "li"}
            tx.cases.save(replace(queued, version=queued.version + 1, **approved))
        assert "<strong>li</strong> 已批准" in admin.get(f"/cases/{queued.number}").text
        with harness.tx() as tx:
            tx.administrators.save(replace(tx.administrators.by(name="li"), disabled=True))
        page = admin.get(f"/cases/{queued.number}").text
        assert "须由两人批准" in page
        assert "已批准" not in page

    @pytest.mark.parametrize("fields", [{"owner": "niemand"}, {"tag": "随便"}])
    def test_nobody_else_and_no_other_tag(self, harness, admin, queued, fields):
        assert act(admin, queued, "assign", **fields).status_code == 409
        assert harness.case(queued.id) == queued

    def test_the_list_is_filtered_by_both(self, harness, admin, queued):
        harness.register(2)
        other = harness.request(2)
        act(admin, queued, "assign", mine="1", tag="待回电")
        for query in ("owner=wang", "tag=待回电", "owner=wang&tag=待回电&state=any"):
            page = admin.get(f"/?{query}").text
            assert (queued.number in page, other.number in page) == (True, False)
        assert queued.number not in admin.get("/?tag=加急").text
        shown = admin.get(f"/cases/{queued.number}?list=state%3Dqueued%26owner%3Dwang").text
        assert "列表中的最后一件" in shown


def test_what_a_colleague_who_left_works_on_is_found(harness, admin, queued):
    """Such cases were in nobody's list, and nothing said that there are any."""
    harness.administrator("li")
    act(admin, queued, "assign", owner="li")
    personnel.disable(harness.console, "wang", "li")
    assert "经办未结工单 1 件，请批准人" in admin.get("/people").text
    assert "<option>li</option>" in admin.get("/").text


def test_a_rivals_case_is_merged_and_split_again(harness, admin, queued):
    submission, images = request(1, harness.clock.now())
    message = replace(submission.message, sender="colleague@example.net")
    record = harness.arrives(replace(submission, message=message), images)
    other = harness.case(record.case_id)
    page = admin.get(f"/cases/{queued.number}").text
    assert f'name="other" value="{other.id}"' in page
    merged = act(admin, queued, "merge", other=other.id, other_version=other.version)
    assert merged.status_code == 303
    assert harness.case(other.id).state is State.MERGED
    assert f'name="leaving" value="{record.id}-1"' in admin.get(f"/cases/{queued.number}").text
    assert act(admin, queued, "split", leaving="x").status_code == 400
    pages = [f"{record.id}-0", f"{record.id}-1"]
    assert act(admin, queued, "split", leaving=pages).status_code == 303
    with harness.tx() as tx:
        assert tx.mails.get(record.id).case_id not in {queued.id, other.id}


def test_papers_from_another_address_join_the_case_whose_number_they_name(harness, admin, queued):
    """On the page of their own case, once a person has read them."""
    submission, images = request(1, harness.clock.now(), subject=f"补件 {queued.number}")
    papers = submission.documents.only(lambda one: one.spot[1] == 1)
    record = harness.arrives(
        replace(
            submission,
            message=replace(submission.message, sender="colleague@example.net"),
            request=replace(submission.request, enterprise_names=()),
            documents=papers,
        ),
        images,
    )
    other = harness.case(record.case_id)
    page = admin.see(f"/cases/{other.number}").text
    assert f'action="/cases/{queued.number}/merge"' in page
    versions = {"version": queued.version, "other": other.id, "other_version": other.version}
    assert admin.submit(f"/cases/{queued.number}/merge", **versions).status_code == 303
    assert harness.case(other.id).merged_into == queued.id


@pytest.mark.parametrize("password_set", [False, True])
def test_one_act_approves_and_gives_a_first_password(harness, admin, password_set):
    """Nothing is ticked for it: the link answers the only doubt."""
    harness.register(1)
    case = harness.request(1, reset=Answer.NO)
    with harness.tx() as tx:
        account = tx.accounts.get(case.enterprise_id)
        tx.accounts.save(replace(account, password_set=password_set))
    shown = admin.see(f"/cases/{case.number}").text
    assert ("批准并发送设置密码链接" in shown) == (not password_set)
    every = ids_of_bindings(harness, case)
    act(admin, case, "approve", with_reset="true", listed="1", binding=every)
    after = harness.case(case.id)
    expected = (True, State.APPROVED) if not password_set else (False, State.QUEUED)
    assert (after.reset_password, after.state) == expected


class TestDoubts:
    """Who approves a case in which something differs or is to be looked at says once to have done
    so; where nothing can be approved, the page says why."""

    @pytest.fixture
    def odd(self, harness):
        harness.register(1, contact="handler1@example.com")
        return harness.request(1, name="北京他人名称有限公司")

    def test_it_is_named_and_asked_for_once(self, harness, admin, odd):
        page = admin.get(f"/cases/{odd.number}").text
        assert (
            "企业名称与执照不一致" in re.search(r'name="looked"[^>]* required.*?</label>', page)[0]
        )
        refused = act(admin, odd, "approve")
        assert (refused.status_code, "请核对并勾选：企业名称" in refused.text) == (409, True)
        assert harness.case(odd.id).state is State.QUEUED
        assert act(admin, odd, "approve", looked="1").status_code == 303
        assert harness.case(odd.id).state is State.APPROVED

    def test_what_came_up_since_the_page_was_shown_is_asked_for_anew(self, harness, admin, odd):
        """The sender's words change no case, so that its version is the same."""
        page = admin.see(f"/cases/{odd.number}").text
        writes(harness, odd, "我们对办理有一点疑问，麻烦方便时回个电话，谢谢。", "pass")
        assert harness.case(odd.id).version == odd.version
        seen = {"version": odd.version, "doubt": doubts(page), "looked": "1"}
        refused = admin.submit(f"/cases/{odd.number}/approve", **seen)
        assert (refused.status_code, "请核对并勾选：1 封来信未阅。" in refused.text) == (409, True)
        assert harness.case(odd.id).state is State.QUEUED
        assert act(admin, odd, "approve", looked="1").status_code == 303

    def test_nothing_is_asked_where_nothing_is_odd(self, admin, own):
        assert 'name="looked"' not in admin.get(f"/cases/{own.number}").text
        assert act(admin, own, "approve").status_code == 303

    def test_the_page_says_why_nothing_can_be_approved(self, harness, admin, own):
        with harness.tx() as tx:
            frozen = replace(tx.accounts.get(own.enterprise_id), frozen_at=harness.clock.now())
            tx.accounts.save(frozen)
        page = admin.get(f"/cases/{own.number}").text
        assert "不能批准：本工单的企业账号因异议已冻结" in page
        assert re.search(r'class="primary"[^>]* disabled', page)
        assert 'name="looked"' not in page
        act(admin, own, "hold", reason="核实")
        assert "暂缓中，不能批准" in admin.get(f"/cases/{own.number}").text
