"""What a case and its mails show, and what is hidden until an administrator asks for it."""

import re
from dataclasses import replace

import pytest

from core.cases.letters.words import QUESTIONS
from core.cases.upkeep.personal_data import purge_case
from core.data.documents import Page, SealCheck, SealVerdict
from core.data.letter import LetterState
from tests.drawing.people import invent_person
from tests.web.harness import request
from tests.world import decline

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"


def test_the_page_shows_what_is_answered_in_words(harness, admin, monkeypatch):
    monkeypatch.setitem(QUESTIONS, "contact_phone", "联系电话")
    harness.register(1)
    submission, _images = request(1, harness.clock.now())
    said = replace(submission.request, labelled={"contact_phone": ("13800000000",)})
    case = harness.case(harness.arrives(replace(submission, request=said)).case_id)
    assert "联系电话 13800000000" in admin.see(f"/cases/{case.number}").text


def test_what_a_sender_writes_stays_text(harness, admin):
    harness.register(1)
    case = harness.request(
        1,
        subject=HOSTILE,
        sender_name=HOSTILE,
        text=HOSTILE,
        attachment=f"{HOSTILE}.pdf",
        name=HOSTILE,
    )
    for path in (
        "/",
        f"/cases/{case.number}",
        "/mails?disposition=case",
        "/mails/1",
        "/letters?state=pending",
    ):
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
    assert shown.text == number
    assert shown.headers["content-type"].startswith("text/plain")
    assert shown.headers["cache-control"] == "no-store"
    assert number in admin.submit("/mails/1/reveal", what="text").text
    assert number not in admin.get(path).text
    with harness.tx() as tx:
        asked = [
            (entry.actor, entry.detail["mail"], entry.detail["field"])
            for entry in tx.audit.entries(case.id)
            if entry.action == "mail.revealed"
        ]
    assert asked == [("wang", "1", "text"), ("wang", "1", "0.id_number")]


@pytest.mark.parametrize(
    "what", ["x", "9.id_number", "0.nothing", "page.0", "-1.name", "0", "text.x"]
)
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
    assert {
        act(f"/mails/{page}").status_code
        for act in (admin.get, admin.submit)
        for page in ("1/pages/9", "9/pages/0")
    } == {404}
    assert text.count("显示未遮盖的图像") == 1  # the licence has nothing to hide
    with harness.tx() as tx:
        pages = tx.mails.reading(1).documents.pages
        covered, opened = (
            [tx.images.by_sha256(p.covered_sha256) for p in pages],
            [tx.images.by_sha256(p.image_sha256) for p in pages],
        )
    for image, content in zip(images, covered, strict=True):
        answer = admin.get(image)
        assert (answer.headers["content-type"], answer.content) == ("image/jpeg", content)
        assert answer.headers["cache-control"] == "no-store"
    assert covered[0] != opened[0]
    admin.see(f"/cases/{case.number}")
    assert admin.submit(images[0]).content == opened[0]
    with harness.tx() as tx:
        asked = [
            (entry.actor, entry.detail["mail"], entry.detail["field"])
            for entry in tx.audit.entries(case.id)
            if entry.action == "mail.revealed"
        ]
    assert asked == [("wang", "1", "page.0")]
    assert admin.post(images[0], data={"csrf": "another"}).status_code == 403


def test_a_page_that_nobody_read_is_hidden_whole(harness, admin):
    submission, _ = request(1, harness.clock.now())
    unread = Page(
        "解绑材料.pdf", 1, confident=False, colour=False, seal_ink=True, image_sha256="ab" * 32
    )
    harness.arrives(
        replace(submission, documents=replace(submission.documents, pages=(unread,))),
        {"ab" * 32: b"\xff\xd8\xff"},
    )
    assert "已整页遮盖" in admin.see("/mails/1").text
    assert admin.get("/mails/1/pages/0").status_code == 404
    assert admin.submit("/mails/1/pages/0").content == b"\xff\xd8\xff"


def test_a_seal_is_shown_unrolled_with_its_answers(harness, admin):
    harness.register(1)
    submission, images = request(1, harness.clock.now())
    name, odd = submission.request.enterprise_names[0], "某某<b>有限公司"
    checks = (
        SealCheck(name, SealVerdict.AGREES),
        SealCheck(odd, SealVerdict.DIFFERS, (("某", "基"), ("", "<"))),
    )
    seal = replace(
        submission.documents.seals[0],
        checks=checks,
        unrolled_sha256="cd" * 32,
        crop_sha256="ef" * 32,
    )
    documents = replace(
        submission.documents, seals=(seal, replace(seal, unrolled_sha256="", crop_sha256=""))
    )
    pictures = {"cd" * 32: b"\xff\xd8\xffunrolled", "ef" * 32: b"\xff\xd8\xffcrop"}
    case = harness.case(
        harness.arrives(replace(submission, documents=documents), {**images, **pictures}).case_id
    )
    text = admin.see(f"/cases/{case.number}").text
    assert f"印有“{name}”" in text
    assert "印的不是“某某&lt;b&gt;有限公司”（“某”处为“基”；多“&lt;”）" in text
    paths = ["/mails/1/seals/0", "/mails/1/unrolled/0"]
    assert re.findall(r'src="(/mails/1/(?:seals|unrolled)/[^"]+)"', text) == paths
    assert [admin.get(path).content for path in paths] == [
        b"\xff\xd8\xffcrop",
        b"\xff\xd8\xffunrolled",
    ]
    assert {
        admin.get(f"/mails/{n}").status_code
        for n in ("1/seals/1", "1/seals/2", "1/unrolled/1", "1/unrolled/2", "9/seals/0")
    } == {404}


def test_papers_are_shown_cut_out_beside_what_was_read_of_them(harness, admin):
    harness.register(1)
    submission, images = request(1, harness.clock.now())
    front, *others = submission.documents.parts
    documents = replace(
        submission.documents,
        parts=(replace(front, crop_sha256="cd" * 32, doubts=("name",)), *others),
    )
    case = harness.case(
        harness.arrives(
            replace(submission, documents=documents), {**images, "cd" * 32: b"\xff\xd8\xff"}
        ).case_id
    )
    text = admin.see(f"/cases/{case.number}").text
    [strip] = re.findall(r'<div class="crops".*?</figure>\s*</div>', text, re.DOTALL)
    assert 'src="/mails/1/parts/0"' in strip
    assert front.fields["name"] in strip
    assert "存疑" in strip
    assert "公民身份号码" not in strip
    assert admin.get("/mails/1/parts/0").content == b"\xff\xd8\xff"
    assert admin.get("/mails/1/parts/0").headers["cache-control"] == "no-store"
    assert {
        admin.get(f"/mails/{n}").status_code for n in ("1/parts/1", "1/parts/9", "9/parts/0")
    } == {404}


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
        tx.mails.purge([1])
    assert admin.submit("/mails/1/raw").status_code == 404


def test_bytes_that_are_no_image_are_not_shown_as_one(harness, admin):
    submission, _ = request(1, harness.clock.now())
    pages = (
        replace(submission.documents.pages[0], image_sha256="cd" * 32, covered_sha256="cd" * 32),
    )
    harness.arrives(
        replace(submission, documents=replace(submission.documents, pages=pages)),
        {"cd" * 32: b"<svg onload=alert(1)>"},
    )
    admin.see("/mails/1")
    assert admin.get("/mails/1/pages/0").status_code == 404
    assert admin.submit("/mails/1/pages/0").status_code == 404


def test_competing_cases_are_shown_on_each_other(harness, admin, queued):
    rival = harness.request(9, name=queued.enterprise_name)
    text = admin.get(f"/cases/{queued.number}").text
    assert "同一企业的其他未结工单" in text
    assert rival.number in text


def test_a_number_in_quoted_text_is_hidden_and_asked_for_on_its_own(harness, admin):
    number = invent_person(1).id_number
    submission, _ = request(1, harness.clock.now(), text="企业名称、是否解绑见下。")
    quoted = replace(
        submission, message=replace(submission.message, quoted_text=f"> 身份证 {number}")
    )
    mail = harness.arrives(quoted)
    assert number not in admin.see(f"/mails/{mail.id}").text
    assert number in admin.submit(f"/mails/{mail.id}/reveal", what="quoted").text


def test_a_case_whose_data_were_removed_is_not_called_faultless(harness, admin, queued):
    decline(harness.desk, queued.id, queued.version, "wang", "执照已注销")
    with harness.tx() as tx:
        for letter in tx.letters.newest(case_id=queued.id):
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
