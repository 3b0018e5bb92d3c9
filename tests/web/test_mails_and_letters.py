"""The lists of mails, letters and alerts, and what is done from them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.decision.answering import Answer, Words, give
from core.data.documents import Documents
from core.data.letter import LetterKind, LetterState
from core.data.mail_record import Disposition
from core.data.submission import RequestForm
from tests.web.conftest import Visitor
from tests.web.harness import Harness, request


def test_a_quarantined_mail_is_listed_and_tried_again(harness, admin):
    mail_id = harness.stored()
    with harness.tx() as tx:
        tx.mails.save(
            replace(
                tx.mails.get(mail_id),
                disposition=Disposition.QUARANTINED,
                note="读取时出错",
                subject="坏邮件",
                attempts=3,
            )
        )
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
        tx.mails.save(
            replace(tx.mails.get(mail_id), disposition=disposition, subject=f"主题{disposition}")
        )
    assert f"主题{disposition}" in admin.get(f"/mails?disposition={disposition}").text


@pytest.mark.parametrize("defects", [(), ("body.alternatives",), ("mime.encrypted_or_opaque",)])
def test_words_that_the_page_does_not_show_are_pointed_out(harness, admin, defects):
    sent, images = request(harness.fresh_seed(), harness.clock.now())
    sent = replace(sent, message=replace(sent.message, defects=defects))
    mail = harness.arrives(sent, images)
    page = admin.get(f"/mails/{mail.id}").text
    assert ("请下载原始邮件阅读" in page) == bool(defects)


def parked(harness, case):
    with harness.tx() as tx:
        letter = tx.letters.newest(case_id=case.id)[0]
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
        letter = next(
            letter for letter in tx.letters.newest() if letter.kind is LetterKind.CONTACT_NOTICE
        )
        token = tx.links.token(letter.link_id)
    text = admin.get("/letters?state=sent").text
    assert "[链接]" in text
    assert "[[link]]" not in text
    assert token not in text


def test_alerts_stand_on_every_page_until_seen_to(harness, admin):
    with harness.tx() as tx:
        tx.alerts.add("window.missed", "昨日窗口未办理 <3 件>。")
    for path in ("/", "/alerts"):
        assert "昨日窗口未办理 &lt;3 件&gt;。" in admin.see(path).text
    assert '<span class="count">1</span>' in admin.see("/mails").text
    seen = {"kind": "window.missed", "seen": harness.clock.now()}
    assert admin.submit("/alerts/clear", **seen).status_code == 303
    assert "没有提醒" in admin.see("/alerts").text
    assert admin.submit("/alerts/clear", **seen).status_code == 404


def test_what_happened_after_the_page_was_seen_is_not_seen_to(harness, admin):
    with harness.tx() as tx:
        tx.alerts.add("window.missed", "有 3 件未办理。")
    page = admin.see("/alerts").text
    seen = {"kind": "window.missed", "seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}
    harness.clock.at += timedelta(minutes=1)
    with harness.tx() as tx:
        tx.alerts.add("window.missed", "又有 2 件未办理。")
    refused = admin.see_after("/alerts/clear", **seen)
    assert (refused.status_code, "又有 2 件未办理。" in refused.text) == (409, True)
    seen["seen"] = re.search(r'name="seen" value="([^"]+)"', refused.text)[1]
    assert admin.submit("/alerts/clear", **seen).status_code == 303


def test_a_time_without_a_zone_or_none_at_all_clears_no_alert(harness, admin):
    with harness.tx() as tx:
        tx.alerts.add("window.missed", "有 3 件未办理。")
    for seen in ("2026-11-25T10:00:00", ""):
        refused = admin.submit("/alerts/clear", kind="window.missed", seen=seen)
        assert refused.status_code == 400
    assert harness.alerts()


def test_an_alert_leads_to_its_case_or_mail(harness, admin, queued):
    with harness.tx() as tx:
        tx.alerts.add(f"objection.{queued.number}", "异议")
        tx.alerts.add("mail.1", "隔离")
    page = admin.get("/alerts").text
    assert f'href="/cases/{queued.number}"' in page
    assert 'href="/mails/1"' in page


def test_a_long_list_of_mails_goes_on_behind_the_last_one_though_new_ones_arrive(tmp_path):
    harness = Harness(tmp_path, page_rows=2)
    harness.administrator()
    admin = Visitor(harness.app)
    admin.log_in()
    for subject in "甲乙丙":
        another(harness, f"主题{subject}")
    first = admin.get("/mails?disposition=other").text
    another(harness, "主题丁")
    second = admin.get(re.search(r'href="(/mails[^"]*)">更早', first)[1].replace("&amp;", "&")).text
    assert [subject for subject in "甲乙丙丁" if f"主题{subject}" in first] == ["乙", "丙"]
    assert [subject for subject in "甲乙丙丁" if f"主题{subject}" in second] == ["甲"]
    harness.store.close()


def another(harness, subject):
    mail_id = harness.stored(subject.encode())
    with harness.tx() as tx:
        tx.mails.save(
            replace(tx.mails.get(mail_id), disposition=Disposition.OTHER, subject=subject)
        )


def test_the_page_of_a_mail_shows_the_letter_that_the_desk_sent(harness, admin):
    """Who answers an urgent mail knows what its sender was told already."""
    asked, _ = request(1, harness.clock.now(), text="锁丢了，今天投标")
    form = RequestForm(urgent=True)
    mail = harness.arrives(replace(asked, request=form, documents=Documents()))
    page = admin.get(f"/mails/{mail.id}").text
    assert "紧急来信指引" in page
    assert "未自动回复" not in page


def test_a_mail_that_waits_to_be_read_is_not_called_one_without_subject(harness, admin):
    harness.stored()
    page = admin.get("/mails").text
    assert "（尚未读取）" in page
    assert "（无主题）" not in page


def test_a_subject_is_escaped_once(harness, admin):
    subject = f"A&B <解绑>{'！' * 45}&结尾"
    mail_id = harness.stored()
    with harness.tx() as tx:
        record = replace(tx.mails.get(mail_id), disposition=Disposition.OTHER, subject=subject)
        tx.mails.save(record)
    assert f"A&amp;B &lt;解绑&gt;{'！' * 45}&amp;结尾</a>" in admin.get("/mails").text
    assert "<h3>A&amp;B &lt;解绑&gt;" in admin.get(f"/mails/{mail_id}").text


def test_the_page_of_a_mail_takes_back_no_letter_but_a_persons(harness, admin, queued):
    """The button under a returned letter, which waits too, led to a page that was not found."""
    give(harness.desk, queued.id, queued.version, "li", Answer.RETURN, Words("请补章"))
    with harness.tx() as tx:
        mail_id = tx.mails.opening(queued.id).id
    page = admin.get(f"/mails/{mail_id}").text
    assert "请补章" in page
    assert "/take-back" not in page
