"""做一份申请: the text that the desk reads without doubt, the sheet that prints to one page,
and what comes back of it."""

import re
from dataclasses import replace
from email.message import EmailMessage

import cv2
import numpy as np
import pytest
import segno
from playwright.sync_api import expect

from core.cases.intake import request_sheet
from core.cases.intake.plain_request import REASONS, PlainRequest
from core.cases.intake.request_sheet import Place, code_in, is_genuine, make_code, on_page
from core.clock import local
from core.data.case import State
from core.data.documents import Box, SheetSeen
from core.data.letter import Centre
from core.data.submission import Answer
from mail_intake.mail_reading import read_submission
from mail_intake.request.read import read_request
from papers.kinds.codes import find_codes
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.drawing.filled_sheet import photographed, printed
from tests.drawing.people import invent_enterprise, invent_person
from tests.portal.conftest import at_address
from tests.servers.chromium import click, watched
from tests.web.harness import request

MAILBOX = "support@example.org"
PHOTOGRAPH = 2
"""A seed whose photograph is read without doubt; not every one is (docs/BENCHMARKS.md)."""
ENTERPRISE, PERSON = invent_enterprise(1), invent_person(1)
FORM = {
    "name": ENTERPRISE.name,
    "uscc": ENTERPRISE.uscc,
    "unbind": "是",
    "reset_password": "否",
    "reason": "lost",
    "handler": PERSON.name,
}


def made(guest, **changes):
    guest.see("/portal/request")
    return guest.submit("/portal/request", **{**FORM, **changes})


# ---- the words


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize(("unbind", "reset"), [(True, True), (True, False), (False, True)])
def test_the_desk_reads_what_it_wrote_without_doubt(reason, unbind, reset):
    for seed in range(12):
        name = invent_enterprise(seed).name
        asked = PlainRequest(name, unbind, reset, reason, invent_person(seed).name)
        form = read_request(asked.subject, asked.text)
        assert (form.enterprise_names, form.unbind.settled, form.reset_password.settled) == (
            (name,),
            unbind,
            reset,
        )
        assert form.has_request_words
        assert [form.withdraws, form.asks_progress, form.name_unread] == [False] * 3


def test_the_form_gives_text_and_sheet_to_everybody(harness, guest):
    page = made(guest)
    assert page.status_code == 200
    assert (
        f"企业名称：{ENTERPRISE.name}\n是否解绑：是\n是否需要重置注册密码：否\n原因：锁已遗失\n"
        f"经办人：{PERSON.name}"
    ) in page.text
    assert "申请单位" in page.text
    assert not re.search(r"\sstyle=|<script(?![^>]*src=)", page.text), (
        "the strict policy holds for the sheet too"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "企业全称"),
        ({"uscc": ENTERPRISE.uscc[::-1]}, "统一社会信用代码"),
        ({"uscc": "X" * 18}, "统一社会信用代码"),
        ({"unbind": "", "reset_password": "否"}, "请选择是否解绑"),
        ({"unbind": "否"}, "没有需要办理的事项"),
        ({"reason": "x"}, "申请原因"),
        ({"handler": ""}, "经办人"),
        ({"handler": "张三\n是否解绑：否"}, "经办人"),
        ({"name": "甲公司\n是否解绑：否"}, "企业全称"),
        ({"name": "不要解绑有限"}, "读不准"),
    ],
)
def test_what_would_be_doubted_is_said_beside_the_form(harness, guest, changes, words):
    page = made(guest, **changes)
    assert page.status_code == 422
    assert words in page.text
    assert "申请单位" not in page.text
    kept = {"name": ENTERPRISE.name, "uscc": ENTERPRISE.uscc, "handler": PERSON.name} | changes
    assert all(value in page.text for value in kept.values() if value and "\n" not in value), (
        "nothing that was typed is lost"
    )


def test_scripts_in_names_stay_text(harness, guest):
    page = made(guest, handler="<script>alert(1)</script>")
    assert "<script>alert" not in page.text


def test_a_form_of_another_page_makes_nothing(harness, guest):
    guest.see("/portal/request")
    assert guest.post("/portal/request", data=FORM).status_code == 403


def test_name_and_code_are_the_accounts_where_one_is_logged_in(harness, guest):
    enterprise = harness.enterprise()
    guest.enter(harness, enterprise)
    assert f'value="{enterprise.uscc}"' in guest.see("/portal/request").text


# ---- the code


def test_a_code_is_known_again_and_a_changed_one_is_not(harness):
    today = local(harness.clock.now()).date()
    code = make_code(harness.front.mac, ENTERPRISE.uscc, today)
    assert code_in(code.text) == code
    assert is_genuine(harness.front.mac, code)
    assert not is_genuine(harness.front.mac, replace(code, uscc=invent_enterprise(2).uscc))
    assert not is_genuine(lambda text: text, code)
    assert [
        code_in(text)
        for text in (
            "",
            "http://example.org",
            code.text[:-1],
            code.text.replace("20261125", "20261340"),
        )
    ] == [None] * 4


def test_the_code_tells_where_the_seal_belongs():
    scale = Place(
        request_sheet.CODE.x / 210,
        request_sheet.CODE.y / 297,
        request_sheet.CODE.width / 210,
        request_sheet.CODE.height / 297,
    )
    code = Box(scale.x, scale.y, scale.x + scale.width, scale.y + scale.height)
    seal = on_page(code, request_sheet.SEAL)
    assert (
        round(seal.x0 * 210),
        round(seal.y0 * 297),
        round(seal.x1 * 210),
        round(seal.y1 * 297),
    ) == (14, 240, 60, 286)
    header, captions = (
        request_sheet.HEADER,
        {
            frame.y - request_sheet.CAPTION
            for frame in (request_sheet.ID_FRONT, request_sheet.ID_BACK)
        },
    )
    assert {header.y + header.height} == captions, (
        "a line of the header on a slanted scan is one of the sheet's own down to where the "
        "captions begin"
    )


def test_a_licence_s_code_on_the_sheet_does_not_hide_the_sheet_s_own():
    """Reduced and blurred so that it is found at twice the size alone,
    while the licence's is found at once."""
    page = np.full((1200, 900), 255, np.uint8)
    # a drawn one is sometimes not found at any size
    code = f"UNBIND1/0123456789ABCDEF/20261125/{ENTERPRISE.uscc}/0123456789ABCDEF0123"
    for text, side, x, y in (
        (code, 65, 600, 40),
        (f"http://www.gsxt.gov.cn/index.html?uniscid={ENTERPRISE.uscc}", 164, 500, 600),
    ):
        modules = np.array(
            list(segno.make(text, error="m", micro=False).matrix_iter(border=4)), np.uint8
        )
        page[y : y + side, x : x + side] = cv2.resize(
            255 * (1 - modules), (side, side), interpolation=cv2.INTER_AREA
        )
    seen = cv2.cvtColor(cv2.GaussianBlur(page, (0, 0), 0.7), cv2.COLOR_GRAY2BGR)
    assert [found.sheet for found in find_codes(seen, of_sheet=True)] == [code]
    assert [found.uscc for found in find_codes(seen)] == [ENTERPRISE.uscc]


@pytest.mark.parametrize(
    ("seed", "here", "words"),
    [(1, True, "由本办理台生成"), (2, True, "与执照不一致"), (1, False, "不是本办理台生成的")],
)
def test_the_case_shows_whose_sheet_it_is(harness, admin, seed, here, words):
    harness.register(1)
    submission, images = request(1, harness.clock.now())
    mac = harness.front.mac if here else (lambda text: text)
    code = make_code(mac, invent_enterprise(seed).uscc, local(harness.clock.now()).date()).text
    pages = tuple(
        replace(page, sheet=SheetSeen(code, Box(0.8, 0.04, 0.94, 0.12)))
        for page in submission.documents.pages[:1]
    )
    submission = replace(
        submission,
        documents=replace(submission.documents, pages=(*pages, *submission.documents.pages[1:])),
    )
    case = harness.case(harness.arrives(submission, images).case_id)
    assert words in admin.see(f"/cases/{case.number}").text
    assert ("match.sheet" in {f.code for f in case.findings}) == (seed == 2)


# ---- printed, filled, scanned, mailed


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with at_address(tmp_path_factory.mktemp("making"), centre=Centre(mailbox=MAILBOX)) as harness:
        yield harness


def fill(tab):
    tab.goto("/portal/request")
    for name in ("name", "uscc", "handler"):
        tab.fill(f"[name={name}]", FORM[name])
    tab.check(f"[name=reset_password][value={FORM['reset_password']}]")
    tab.select_option("[name=reason]", FORM["reason"])
    click(tab.locator("main button.primary"))


PRINTED_BESIDE_THE_SHEET = """() => [...document.querySelectorAll("body *")]
    .filter(one => !one.contains(document.querySelector(".sheet-page")))
    .filter(one => !one.closest(".sheet-page") && one.getClientRects().length)
    .map(one => `${one.tagName} ${one.className}`)"""


@pytest.mark.browser
def test_a_photographed_sheet_is_queued_and_one_without_a_seal_is_returned(place, browser):
    """Photographed by code that nobody here wrote: on a table, bent,
    in the shadow of a hand (tests.drawing.world.wear)."""
    place.register(1)
    with watched(browser, place.address) as tab:
        fill(tab)
        subject, text = (
            tab.input_value("input[data-copied]"),
            tab.input_value("textarea[data-copied]"),
        )
        tab.emulate_media(media="print")
        assert tab.evaluate(PRINTED_BESIDE_THE_SHEET) == [], (
            "whatever else is printed takes a page of its own"
        )
        pdf = tab.pdf(prefer_css_page_size=True)
    assert len(printed(pdf)) == 1
    reader = DocumentReader(DocumentSettings(workers=1))
    try:
        found = {
            sealed: mailed(
                place,
                reader,
                subject,
                text,
                photographed(pdf, ENTERPRISE, PERSON, seed=PHOTOGRAPH, sealed=sealed),
            )
            for sealed in (True, False)
        }
    finally:
        reader.close()
    (case, sheet), (returned, _) = found[True], found[False]
    assert (
        case.state,
        [f.code for f in case.findings if not f.code.startswith(("sender", "account"))],
    ) == (State.QUEUED, [])
    assert (case.enterprise_name, case.uscc, case.unbind, case.reset_password) == (
        ENTERPRISE.name,
        ENTERPRISE.uscc,
        True,
        False,
    )
    assert is_genuine(place.front.mac, code_in(sheet.code))
    seal = on_page(sheet.box, request_sheet.SEAL)
    assert abs(seal.x0 - request_sheet.SEAL.x / 210) < 0.08, (
        "by the code alone, on a sheet that lies askew"
    )
    assert abs(seal.y1 - 286 / 297) < 0.08
    assert returned.state is State.INCOMPLETE
    with place.tx() as tx:
        [letter] = [
            one for one in tx.letters.newest(case_id=returned.id) if "申请页" in one.rendered.text
        ]
    assert "左下角" in letter.rendered.text, "the place of the seal is named"


def mailed(place, reader, subject, text, pdf):
    """The case that a mail with this PDF opens, and the code on its page."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        f"{len(pdf)}@example.com",
        MAILBOX,
        subject,
        f"<{len(pdf)}@example.com>",
    )
    mail.set_content(text)
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="申请.pdf")
    read = read_submission(mail.as_bytes(), place.clock.now(), [MAILBOX], reader)
    assert read.submission.request.unbind is Answer.YES
    return place.case(
        place.arrives(read.submission, read.images).case_id
    ), read.submission.documents.pages[0].sheet


@pytest.mark.browser
def test_the_page_prints_the_sheet_alone_and_copies_the_text(place, browser):
    with watched(browser, place.address) as tab:
        tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
        fill(tab)
        tab.click("[data-copy]")
        expect(tab.locator("[data-copy]")).to_have_text("已复制")
        assert tab.evaluate("navigator.clipboard.readText()") == tab.input_value(
            "textarea[data-copied]"
        )
        tab.emulate_media(media="print")
        expect(tab.locator("#mail")).to_be_hidden()
        expect(tab.locator(".top")).to_be_hidden()
        expect(tab.locator("svg.a4")).to_be_visible()
        tab.emulate_media(media="screen")
        tab.set_viewport_size({"width": 320, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
def test_it_works_without_script(place, browser):
    context = browser.new_context(base_url=place.address, java_script_enabled=False)
    tab = context.new_page()
    fill(tab)
    assert "Ctrl+P" in tab.inner_text("#mail")
    expect(tab.locator("[data-print]")).to_be_hidden()
    context.close()
