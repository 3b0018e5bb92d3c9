"""What administrators see of a case and what their acts do to it."""

import re
from dataclasses import replace

import pytest

from bench.documents.people import invent_person
from core.cases import approve
from core.cases.case import State, amend
from core.cases.finding import Finding, Severity
from core.cases.letter import LetterKind, LetterState
from core.cases.mail_record import Disposition
from core.cases.retention import purge_case
from core.cases.submission import Answer, Page
from core.cases.words import QUESTIONS
from tests.web.harness import request

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"


def field(text, name):
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]


def act(admin, case, verb, **fields):
    page = admin.see(f"/cases/{case.number}")
    return admin.submit(f"/cases/{case.number}/{verb}", version=field(page.text, "version"), seen_entry=field(page.text, "seen_entry"), **fields)


@pytest.fixture
def queued(harness):
    harness.register(1)
    return harness.request(1)


def test_the_page_shows_what_is_answered_in_words(harness, admin, monkeypatch):
    monkeypatch.setitem(QUESTIONS, "contact_phone", "联系电话")
    harness.register(1)
    submission, _images = request(1, harness.clock.now())
    said = replace(submission.request, labelled={"contact_phone": ("13800000000",)})
    case = harness.case(harness.arrives(replace(submission, request=said)).case_id)
    assert "<dt>联系电话</dt><dd>13800000000</dd>" in admin.see(f"/cases/{case.number}").text


def ids_of_bindings(harness, case):
    with harness.tx() as tx:
        return [binding.id for binding in tx.bindings.of_enterprise(case.enterprise_id)]


def test_the_queue_shows_the_case_under_its_window_with_id_and_version(admin, queued):
    text = admin.get("/").text
    assert f'value="{queued.id}:{queued.version}"' in text
    assert queued.enterprise_name in text
    assert "与申请中的不同" not in admin.get(f"/cases/{queued.number}").text
    assert f"窗口 {queued.window_date:%Y-%m-%d} 周三" in text


def test_notes_do_not_keep_what_needs_a_look_off_the_queue(harness, admin, queued):
    notes = tuple(Finding(f"note.{n}", Severity.NOTE, f"提示{n}") for n in range(3))
    with harness.tx() as tx:
        tx.cases.save(amend(queued, harness.clock.now(), findings=(*notes, Finding("match.seal", Severity.REVIEW, "印章不一致"))))
    text = admin.get("/").text
    assert "印章不一致" in text
    assert "提示" not in text


def test_tabs_count_and_filter(harness, admin, queued):
    approve.hold(harness.desk, queued.id, queued.version, "li", "核实")
    assert queued.number not in admin.get("/").text
    held = admin.get("/?state=held").text
    assert queued.number in held
    assert re.search(r"搁置核实<span>1</span>", held)


def test_cases_without_account_or_settled_request_cannot_be_ticked(harness, admin, queued):
    unknown, unsure = harness.request(2), harness.request(1, reset=Answer.AMBIGUOUS, name=queued.enterprise_name)
    text = admin.get("/").text
    assert unknown.number in text
    assert f'value="{unknown.id}:' not in text
    assert f'value="{unsure.id}:{harness.case(unsure.id).version}"' not in text


def test_a_batch_approves_what_was_seen_and_tells_the_rest(harness, admin, queued):
    harness.register(2)
    other = harness.request(2)
    admin.see("/")
    approve.hold(harness.desk, other.id, other.version, "li", "核实")
    answer = admin.submit("/approve", seen=[f"{queued.id}:{queued.version}", f"{other.id}:{other.version}"])
    assert answer.status_code == 409
    assert "已批准 1 件，未批准 1 件" in answer.text
    assert harness.case(queued.id).state is State.APPROVED
    assert harness.case(queued.id).approved_by == "wang"
    assert harness.case(other.id).state is State.HELD


def test_a_batch_without_trouble_goes_back_to_the_queue(harness, admin, queued):
    admin.see("/")
    assert admin.submit("/approve", seen=[f"{queued.id}:{queued.version}"]).headers["location"] == "/?done=approved"
    nothing = admin.submit("/approve").text
    assert "没有选择工单" in nothing
    assert "<table" not in nothing


@pytest.mark.parametrize("seen", ["x", "1", "1:x", "-1:2", "9999:1", "1:1:1", "9" * 40 + ":1"])
def test_a_batch_of_nonsense_approves_nothing(harness, admin, queued, seen):
    admin.see("/")
    assert admin.submit("/approve", seen=[seen]).status_code == 404
    assert harness.case(queued.id) == queued


def test_approval_names_account_and_bindings_all_by_default(harness, admin, queued):
    page = admin.get(f"/cases/{queued.number}").text
    assert len(re.findall(r'name="binding" value="\d+" checked', page)) == 2
    answer = act(admin, queued, "approve", listed="1", binding=ids_of_bindings(harness, queued))
    assert answer.headers["location"] == f"/cases/{queued.number}?done=approved"
    assert (harness.case(queued.id).state, harness.case(queued.id).binding_ids) == (State.APPROVED, tuple(ids_of_bindings(harness, queued)))


def test_approval_may_be_narrowed(harness, admin, queued):
    first, _second = ids_of_bindings(harness, queued)
    act(admin, queued, "approve", listed="1", binding=[first])
    assert (harness.case(queued.id).state, harness.case(queued.id).binding_ids) == (State.APPROVED, (first,))


def test_a_choice_of_bindings_can_be_kept_for_later(harness, admin, queued):
    first, second = ids_of_bindings(harness, queued)
    act(admin, queued, "bindings", binding=[second])
    assert (harness.case(queued.id).state, harness.case(queued.id).binding_ids) == (State.QUEUED, (second,))
    page = admin.get(f"/cases/{queued.number}").text
    assert re.search(rf'name="binding" value="{second}" checked', page)
    assert not re.search(rf'name="binding" value="{first}" checked', page)


def test_nothing_ticked_ends_nothing_and_approves_nothing(harness, admin, queued):
    assert act(admin, queued, "approve", listed="1").status_code == 409
    assert harness.case(queued.id).state is State.QUEUED


def test_a_binding_of_another_enterprise_is_refused(harness, admin, queued):
    other = harness.register(2)
    with harness.tx() as tx:
        foreign = tx.bindings.of_enterprise(other)[0].id
    assert act(admin, queued, "approve", listed="1", binding=[foreign]).status_code == 409
    assert harness.case(queued.id).state is State.QUEUED


@pytest.mark.parametrize(("verb", "state"), [("decline", State.DECLINED), ("hold", State.HELD), ("withdraw", State.WITHDRAWN)])
def test_acts_with_a_reason(harness, admin, queued, verb, state):
    assert act(admin, queued, verb, reason="  材料存疑  ").status_code == 303
    assert (harness.case(queued.id).state, harness.case(queued.id).reason) == (state, "材料存疑")


@pytest.mark.parametrize("verb", ["decline", "hold", "withdraw"])
def test_acts_without_a_reason_are_refused(harness, admin, queued, verb):
    answer = act(admin, queued, verb, reason="   ")
    assert answer.status_code == 409
    assert "请填写理由" in answer.text
    assert harness.case(queued.id).state is State.QUEUED


def test_release_puts_a_held_case_back(harness, admin, queued):
    act(admin, queued, "hold", reason="核实")
    assert act(admin, queued, "release").status_code == 303
    assert harness.case(queued.id).state is State.QUEUED


def test_a_changed_case_is_refused_with_what_changed_and_shown_anew(harness, admin, queued):
    page = admin.see(f"/cases/{queued.number}").text
    approve.hold(harness.desk, queued.id, queued.version, "li", "正在核实")
    answer = admin.submit(
        f"/cases/{queued.number}/decline", version=field(page, "version"), seen_entry=field(page, "seen_entry"), reason="写了很久的理由",
    )
    assert answer.status_code == 409
    changes = re.findall(r"<li>(\d\d-\d\d \d\d:\d\d [^<]*)</li>", answer.text)
    assert changes == ["11-25 10:00 li：搁置"]
    assert "写了很久的理由" in answer.text
    assert field(answer.text, "version") == str(queued.version + 1)
    assert harness.case(queued.id).state is State.HELD


def test_an_account_is_chosen_for_an_unknown_enterprise(harness, admin):
    case, enterprise_id = harness.request(2), harness.register(1)
    page = admin.get(f"/cases/{case.number}?enterprise=公司").text
    assert f'name="enterprise_id" value="{enterprise_id}"' in page
    assert re.search(r'class="primary" disabled', page)
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
    assert "搁置" in admin.get(f"/cases/{queued.number}").text


def test_the_address_of_an_act_leads_back_to_its_case(admin, queued):
    assert admin.get(f"/cases/{queued.number}/approve").headers["location"] == f"/cases/{queued.number}"


def test_what_a_sender_writes_stays_text(harness, admin):
    harness.register(1)
    case = harness.request(1, subject=HOSTILE, sender_name=HOSTILE, text=HOSTILE, attachment=f"{HOSTILE}.pdf", name=HOSTILE)
    for path in ("/", f"/cases/{case.number}", "/mails?disposition=case", "/mails/1", "/letters?state=pending"):
        text = admin.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(.{0,20})", text)
    assert "&lt;script&gt;alert(1)" in admin.get(f"/cases/{case.number}").text


def test_id_numbers_are_hidden_until_asked_for_and_the_asking_is_written_down(harness, admin):
    harness.register(1)
    submission, _ = request(1, harness.clock.now())
    number = submission.documents.parts[0].fields["id_number"]
    case = harness.request(1)
    path = f"/cases/{case.number}"
    for shown in (path, "/mails/1", "/", "/mails?disposition=case", "/letters?state=pending"):
        assert number not in admin.see(shown).text
    shown = admin.submit("/mails/1/reveal", what="0.id_number")
    assert shown.text.count(number) == 1
    assert shown.headers["cache-control"] == "no-store"
    alone = admin.post("/mails/1/reveal", data={"csrf": admin.csrf, "what": "text"}, headers={"Accept": "application/json"})
    assert number in alone.json()["value"]
    assert number not in admin.get(path).text
    with harness.tx() as tx:
        asked = [(entry.actor, entry.detail["mail"], entry.detail["field"]) for entry in tx.audit.entries(case.id) if entry.action == "mail.revealed"]
    assert asked == [("wang", "1", "text"), ("wang", "1", "0.id_number")]


@pytest.mark.parametrize("what", ["x", "9.id_number", "0.nothing", "page.0", "-1.name", "0", "text.x"])
def test_only_hidden_things_that_exist_can_be_asked_for(harness, admin, what):
    harness.register(1)
    harness.request(1)
    admin.see("/mails/1")
    assert admin.submit("/mails/1/reveal", what=what).status_code == 404


def test_page_images_are_shown_covered_and_opened_by_an_audited_act_alone(harness, admin):
    harness.register(1)
    case = harness.request(1, pages=True)
    text = admin.get(f"/cases/{case.number}").text
    for label in ("身份证人像面", "身份证国徽面", "营业执照", "公章"):
        assert re.search(rf"<text [^>]*>{label}</text>", text)
    images = re.findall(r'src="(/mails/1/pages/\d)"', text)
    assert len(images) == 2
    assert text.count("显示未遮盖的图像") == 1  # the licence has nothing to hide
    with harness.tx() as tx:
        pages = tx.mails.reading(1).documents.pages
        covered, opened = [tx.mails.image(p.covered_sha256) for p in pages], [tx.mails.image(p.image_sha256) for p in pages]
    for image, content in zip(images, covered, strict=True):
        answer = admin.get(image)
        assert (answer.headers["content-type"], answer.content) == ("image/jpeg", content)
        assert answer.headers["cache-control"] == "no-store"
    assert covered[0] != opened[0]
    admin.see(f"/cases/{case.number}")
    assert admin.submit(images[0]).content == opened[0]
    with harness.tx() as tx:
        asked = [(entry.actor, entry.detail["mail"], entry.detail["field"]) for entry in tx.audit.entries(case.id) if entry.action == "mail.revealed"]
    assert asked == [("wang", "1", "page.0")]
    assert admin.post(images[0], data={"csrf": "another"}).status_code == 403


def test_a_page_that_nobody_read_is_hidden_whole(harness, admin):
    submission, _ = request(1, harness.clock.now())
    unread = Page("解绑材料.pdf", 1, confident=False, colour=False, seal_ink=True, image_sha256="ab" * 32)
    harness.arrives(replace(submission, documents=replace(submission.documents, pages=(unread,))), {"ab" * 32: b"\xff\xd8\xff"})
    assert "已整页遮盖" in admin.see("/mails/1").text
    assert admin.get("/mails/1/pages/0").status_code == 404
    assert admin.submit("/mails/1/pages/0").content == b"\xff\xd8\xff"


@pytest.mark.parametrize("path", ["/mails/1/pages/9", "/mails/9/pages/0"])
def test_only_pages_that_exist_are_opened(harness, admin, path):
    harness.request(1, pages=True)
    admin.see("/mails/1")
    assert admin.get(path).status_code == 404
    assert admin.submit(path).status_code == 404


def test_the_raw_mail_comes_as_a_file_of_ours_and_is_written_down(harness, admin, queued):
    assert admin.get("/mails/1/raw").status_code == 405
    admin.see("/mails/1")
    answer = admin.submit("/mails/1/raw")
    assert answer.headers["content-disposition"] == 'attachment; filename="mail-1.eml"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    with harness.tx() as tx:
        assert tx.audit.entries(queued.id)[0].action == "mail.downloaded"


def test_a_raw_mail_that_was_removed_is_not_there(harness, admin, queued):
    admin.see("/mails/1")
    with harness.tx() as tx:
        tx.mails.purge([1], harness.clock.now())
    assert admin.submit("/mails/1/raw").status_code == 404


def test_bytes_that_are_no_image_are_not_shown_as_one(harness, admin):
    submission, _ = request(1, harness.clock.now())
    pages = (replace(submission.documents.pages[0], image_sha256="cd" * 32, covered_sha256="cd" * 32),)
    harness.arrives(replace(submission, documents=replace(submission.documents, pages=pages)), {"cd" * 32: b"<svg onload=alert(1)>"})
    admin.see("/mails/1")
    assert admin.get("/mails/1/pages/0").status_code == 404
    assert admin.submit("/mails/1/pages/0").status_code == 404


def test_a_quarantined_mail_is_listed_and_tried_again(harness, admin):
    mail_id = harness.stored()
    with harness.tx() as tx:
        tx.mails.save(replace(tx.mails.get(mail_id), disposition=Disposition.QUARANTINED, note="读取时出错", subject="坏邮件", attempts=3))
    assert "坏邮件" in admin.get("/mails").text
    assert "再试一次" in admin.see(f"/mails/{mail_id}").text
    assert admin.submit(f"/mails/{mail_id}/retry").status_code == 303
    with harness.tx() as tx:
        assert tx.mails.get(mail_id).disposition is Disposition.RECEIVED
    assert admin.submit(f"/mails/{mail_id}/retry").status_code == 409
    assert admin.submit("/mails/987654/retry").status_code == 404


@pytest.mark.parametrize("disposition", list(Disposition))
def test_every_disposition_has_its_list(harness, admin, disposition):
    mail_id = harness.stored()
    with harness.tx() as tx:
        tx.mails.save(replace(tx.mails.get(mail_id), disposition=disposition, subject=f"主题{disposition}"))
    assert f"主题{disposition}" in admin.get(f"/mails?disposition={disposition}").text


def parked(harness, case):
    with harness.tx() as tx:
        letter = tx.letters.find(case_id=case.id)[0]
        tx.letters.save(replace(letter, state=LetterState.PARKED, error="550 <b>no such user</b>"))
    return letter


def test_a_parked_letter_is_shown_and_sent_again_or_given_up(harness, admin, queued):
    letter = parked(harness, queued)
    text = admin.see("/letters").text
    assert "550 &lt;b&gt;no such user" in text
    assert admin.submit(f"/letters/{letter.id}/retry").status_code == 303
    with harness.tx() as tx:
        assert tx.letters.by_id(letter.id).state is LetterState.PENDING
    parked(harness, queued)
    assert admin.submit(f"/letters/{letter.id}/cancel").status_code == 303
    with harness.tx() as tx:
        assert tx.letters.by_id(letter.id).state is LetterState.CANCELLED
    assert admin.submit(f"/letters/{letter.id}/cancel").status_code == 409


def test_a_letter_shows_the_place_of_its_link_never_the_link(harness, admin):
    harness.register(1)
    harness.request(1)
    with harness.tx() as tx:
        letter = next(letter for letter in tx.letters.find() if letter.kind is LetterKind.CONTACT_NOTICE)
        token = tx.links.token(letter.link_id)
    text = admin.get("/letters?state=sent").text
    assert "[链接]" in text
    assert "[[link]]" not in text
    assert token not in text


def test_alerts_stand_on_every_page_until_seen_to(harness, admin):
    with harness.tx() as tx:
        tx.alerts.add(harness.clock.now(), "window.missed", "昨日窗口未办理 <3 件>。")
    for path in ("/", "/alerts"):
        assert "昨日窗口未办理 &lt;3 件&gt;。" in admin.see(path).text
    assert '<span class="count">1</span>' in admin.see("/mails").text
    assert admin.submit("/alerts/clear", kind="window.missed").status_code == 303
    assert "没有提醒" in admin.see("/alerts").text
    assert admin.submit("/alerts/clear", kind="window.missed").status_code == 404


def test_an_alert_leads_to_its_case_or_mail(harness, admin, queued):
    with harness.tx() as tx:
        tx.alerts.add(harness.clock.now(), f"objection.{queued.number}", "异议")
        tx.alerts.add(harness.clock.now(), "mail.1", "隔离")
    page = admin.get("/alerts").text
    assert f'href="/cases/{queued.number}"' in page
    assert 'href="/mails/1"' in page


def test_cases_to_be_answered_by_hand_have_their_list(harness, admin, queued):
    with harness.tx() as tx:
        tx.cases.save(replace(queued, by_hand=True, version=queued.version + 1))
    assert queued.number in admin.get("/?state=by_hand").text
    assert "请人工答复" in admin.get(f"/cases/{queued.number}").text


def test_a_case_is_found_by_its_number(admin, queued):
    assert admin.get(f"/find?number=+{queued.number.lower()}+").headers["location"] == f"/cases/{queued.number}"
    assert admin.get("/find?number=JB1").status_code == 404


def test_competing_cases_are_shown_on_each_other(harness, admin, queued):
    rival = harness.request(9, name=queued.enterprise_name)
    text = admin.get(f"/cases/{queued.number}").text
    assert "同一企业的其他未结工单" in text
    assert rival.number in text


def test_a_long_list_has_pages_and_ended_cases_the_newest_first(tmp_path):
    from tests.web.conftest import Visitor
    from tests.web.harness import Harness

    harness = Harness(tmp_path, page_rows=2)
    harness.administrator()
    admin = Visitor(harness.app, base_url="http://testserver", follow_redirects=False)
    admin.log_in()
    numbers = []
    for seed in range(3):
        harness.register(seed)
        case = harness.request(seed)
        approve.decline(harness.desk, case.id, case.version, "wang", "x")
        numbers.append(case.number)
    pages = [re.findall(r'href="/cases/(JB[^"]+)"', admin.get(f"/?state=declined&page={page}").text) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert sorted(pages[0] + pages[1]) == numbers
    harness.store.close()


def test_a_number_in_quoted_text_is_hidden_and_asked_for_on_its_own(harness, admin):
    number = invent_person(1).id_number
    submission, _ = request(1, harness.clock.now(), text="企业名称、是否解绑见下。")
    quoted = replace(submission, message=replace(submission.message, quoted_text=f"> 身份证 {number}"))
    mail = harness.arrives(quoted)
    assert number not in admin.see(f"/mails/{mail.id}").text
    assert number in admin.submit(f"/mails/{mail.id}/reveal", what="quoted").text


def test_a_case_whose_data_were_removed_is_not_called_faultless(harness, admin, queued):
    approve.decline(harness.desk, queued.id, queued.version, "wang", "执照已注销")
    with harness.tx() as tx:
        for letter in tx.letters.find(case_id=queued.id):
            tx.letters.save(replace(letter, state=LetterState.SENT, sent_at=harness.clock.now()))
    assert purge_case(harness.desk, queued.id, "wang")
    text = admin.see(f"/cases/{queued.number}").text
    assert "检查结果已随个人信息删除" in text
    assert "未发现问题" not in text


def test_an_endless_text_is_cut(harness, admin):
    submission, _ = request(1, harness.clock.now(), text="长" * 100_000)
    mail = harness.arrives(submission)
    text = admin.get(f"/mails/{mail.id}").text
    assert 20_000 <= text.count("长") < 20_100
    assert "其余请看原始邮件" in text
