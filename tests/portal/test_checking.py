"""先查后发 and handing in: what the desk would return is said, nothing is kept,
and what is handed in goes the way of a mail."""

import tempfile
import threading
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cache

import pytest
from playwright.sync_api import expect

from core.cases.intake.hand_in import PORTAL_BOX, PROVED_BY
from core.cases.requester import is_contact
from core.data.case import State
from core.data.documents import Documents
from core.data.letter import Centre
from core.data.mail_record import Disposition
from core.errors import Busy
from mail_intake.intake import Intake
from mail_intake.mail_reading import ReadMail, read_submission
from papers.paper_reading import DocumentReader, DocumentSettings, Reading
from tests.app.running import eventually
from tests.documents.in_process import InProcess
from tests.drawing.filled_sheet import scanned
from tests.drawing.generate import request_pdf
from tests.drawing.people import invent_person
from tests.portal.conftest import Guest, PortalHarness, at_address, enter, told
from tests.portal.test_making import ENTERPRISE, FORM, MAILBOX, PERSON
from tests.servers.chromium import click, watched
from tests.web.harness import request
from web.application import create_app
from web.common.site import Reads, Site
from web.common.uploads import AT_ONCE, OF_ONE_SOURCE, UploadRoom

DRAFT = {**FORM, "act": "hand_in"}


def with_reading(harness, reads):
    """The harness with a page that reads by `reads`."""
    harness.app = create_app(
        Site(
            harness.desk,
            harness.settings,
            front=harness.front,
            reads=Reads(reads, lambda _content: Reading(Documents())),
        )
    )
    return harness


@pytest.fixture(scope="module")
def blind():
    """A reader that opens files and reads no words."""
    with closing(DocumentReader(DocumentSettings(), InProcess())) as reader:
        yield reader


@pytest.fixture
def desk(tmp_path, blind):
    harness = PortalHarness(tmp_path, centre=Centre(mailbox=MAILBOX), per_minute={"check": 1000})
    yield with_reading(
        harness, lambda raw: read_submission(raw, harness.clock.now(), [MAILBOX], blind)
    )
    harness.store.close()


@pytest.fixture
def visitor(desk):
    guest = Guest(desk.app)
    guest.see("/portal/check")
    return guest


def send(guest, content=b"%PDF-", **fields):
    return guest.post(
        "/portal/check", data={"csrf": guest.csrf, **fields}, files={"file": ("a.pdf", content)}
    )


@cache
def one_page():
    return request_pdf(ENTERPRISE, PERSON, one_page=True, seed=1)


# ---- what is said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"just words", "没有 PDF 文件"),
        (b"\xff\xd8\xff\xe0" + b"x" * 2000, "没有 PDF 文件"),
        (b"PK\x03\x04" + b"x" * 500, "打不开的压缩包"),
        (b"%PDF-1.4\nbroken", "已损坏"),
        (b"%PDF-1.4\n" + b" " * 3000, "已损坏"),
    ],
)
def test_every_wrong_kind_has_its_own_words(visitor, content, words):
    page = send(visitor, content)
    assert page.status_code == 200
    assert words in page.text
    assert "图上遮盖" not in page.text, "there is no picture"


def test_no_file_or_no_form_is_said(visitor):
    assert "没有收到文件" in send(visitor, b"").text
    assert visitor.post("/portal/check", data={"csrf": visitor.csrf}).status_code == 400
    assert visitor.post(
        "/portal/check",
        content=b"--x\r\nbroken",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    ).status_code in {400, 403}


def test_a_form_of_another_page_is_refused(visitor):
    assert (
        visitor.post(
            "/portal/check", data={"csrf": "x"}, files={"file": ("a.pdf", b"%PDF-")}
        ).status_code
        == 403
    )


def test_what_is_for_administrators_is_not_said(harness):
    submission, images = request(1, harness.clock.now(), name="另一家有限公司", pages=True)
    verdict = harness.desk.judge.verdict(submission, None, ())
    assert "match.enterprise_name" in {finding.code for finding in verdict.findings}
    with_reading(harness, lambda _raw: ReadMail(submission, images))
    guest = harness.visitor()
    guest.see("/portal/check")
    page = send(guest)
    assert "没有发现会被退回的问题" in page.text
    assert "不一致" not in page.text
    assert "图上遮盖了身份证号码、出生和住址；营业执照上的住所是公开信息，不遮盖。" in page.text
    shown = {
        images[sha256] for one in submission.documents.pages for sha256 in [one.covered_sha256]
    }
    assert page.text.count("data:image/jpeg") == len(shown)
    assert invent_person(1).id_number not in page.text
    assert "img-src 'self' blob: data:" in page.headers["content-security-policy"]
    assert "data:" not in guest.get("/portal/help").headers["content-security-policy"]


# ---- nothing is kept, and nobody is kept waiting


def test_nothing_is_kept_of_a_file(desk, visitor, monkeypatch):
    def refused(*_args, **_more):
        raise AssertionError("a file on the disk")

    before = rows(desk)
    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    assert send(visitor, one_page() + b"\n" * 3 * 2**20).status_code == 200
    assert rows(desk) == before


def rows(harness):
    with harness.tx() as tx:
        return [
            len(tx.mails.newest()),
            len(tx.cases.find()),
            len(tx.letters.newest()),
            len(tx.audit.entries()),
            len(tx.alerts.find()),
        ]


def test_beyond_the_few_places_the_page_says_so_at_once(tmp_path):
    harness, going, begun = (
        PortalHarness(tmp_path, per_minute={"check": 1000}),
        threading.Event(),
        threading.Semaphore(0),
    )
    submission, images = request(1, harness.clock.now())

    def slow(_raw):
        begun.release()
        going.wait(60)
        return ReadMail(submission, images)

    with_reading(harness, slow)
    guests, answers = [Guest(harness.app) for _ in range(4)], [None] * 3
    for guest in guests:
        guest.see("/portal/check")

    def ask(number):
        answers[number] = send(guests[number]).status_code

    threads = [threading.Thread(target=ask, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    assert begun.acquire(timeout=40)
    eventually(lambda: not harness.app.state.site.checks._places._value)
    refused = send(guests[3])
    going.set()
    for thread in threads:
        thread.join(40)
    assert refused.status_code == 503
    assert "正在检查的人较多" in refused.text
    assert answers == [200] * 3
    harness.store.close()


def test_one_address_asks_only_so_often(tmp_path):
    harness = PortalHarness(tmp_path, per_minute={"check": 2})
    submission, images = request(1, harness.clock.now())
    with_reading(harness, lambda _raw: ReadMail(submission, images))
    guest = harness.visitor()
    guest.see("/portal/check")
    assert [send(guest).status_code for _ in range(3)] == [200, 200, 429]
    harness.store.close()


def test_files_in_memory_are_bounded_by_what_came_of_them():
    room, most = UploadRoom(largest=10), OF_ONE_SOURCE * 10
    with ExitStack() as whole, ExitStack() as others:
        room.taking("a", whole)(b"x" * most)
        for number in range(AT_ONCE * 10 - most - 1):
            room.taking(f"b{number}", others)(b"x")
        for source, count in (("a", 1), ("c", 2)):
            with pytest.raises(Busy, match="较多"):
                room.taking(source, others)(b"x" * count)
        room.taking("c", others)(b"x")
    with ExitStack() as whole:
        room.taking("a", whole)(b"x" * most)
        assert room._held == {"a": most}


def test_a_file_that_is_too_large_is_told_so(desk, visitor):
    page = send(visitor, b"%PDF-" + b"x" * (desk.settings.max_upload_bytes + 2**17))
    assert (page.status_code, "200 dpi" in page.text) == (413, True), "and what to do"
    assert (
        visitor.post(
            "/portal/login", data={"csrf": visitor.csrf, "name": "x" * 300_000}
        ).status_code
        == 413
    ), "other pages take no file"


# ---- handing in


def registered(harness):
    """The enterprise of the sample request."""
    enterprise = replace(harness.enterprise(), name=ENTERPRISE.name, uscc=ENTERPRISE.uscc)
    with harness.tx() as tx:
        tx.accounts.save(enterprise)
    return enterprise


@pytest.fixture
def handler(desk, visitor):
    """The registered enterprise of the sample request, logged in."""
    enterprise = registered(desk)
    visitor.enter(desk, enterprise)
    visitor.see("/portal/check")
    return visitor


def test_what_is_handed_in_is_a_mail_of_the_contact(desk, handler, blind):
    answer = send(handler, one_page(), **DRAFT)
    assert answer.headers["location"] == "/portal/requests"
    with desk.tx() as tx:
        [record] = tx.mails.newest()
        [enterprise] = tx.accounts.find()
    assert (record.mailbox, record.disposition, record.settled, record.vouched) == (
        PORTAL_BOX,
        Disposition.RECEIVED,
        True,
        True,
    )
    intake = Intake(desk.desk, blind, [MAILBOX])
    assert intake.judge_waiting() == 1
    with desk.tx() as tx:
        [record] = tx.mails.newest()
        [case] = tx.cases.find()
        message = tx.mails.reading(record.id).message
    assert (message.sender, message.authentication, message.authenticated_by) == (
        enterprise.contact_email,
        "pass",
        PROVED_BY,
    )
    assert (case.enterprise_id, case.unbind, case.reset_password, case.by_hand) == (
        enterprise.id,
        True,
        False,
        False,
    )
    assert case.number in handler.see("/portal/requests").text


def test_an_enterprise_that_names_anothers_contact_hands_nothing_in_for_it(desk, visitor, blind):
    """Who registers an account names its contact's address,
    and nothing proves that it is its own."""
    victim = registered(desk)
    shell = desk.enterprise()
    assert shell.contact_email == victim.contact_email
    visitor.enter(desk, shell)
    visitor.see("/portal/check")
    assert send(visitor, one_page(), **DRAFT).status_code == 303
    assert Intake(desk.desk, blind, [MAILBOX]).judge_waiting() == 1
    with desk.tx() as tx:
        [case] = tx.cases.find()
        mails = tx.mails.summaries([case])[case.id]
    assert case.enterprise_id == victim.id
    assert not is_contact(case, victim, mails)


@pytest.mark.parametrize(
    ("changes", "status"), [({"name": ""}, 422), ({"reason": ""}, 422), ({"unbind": "否"}, 422)]
)
def test_a_request_that_lacks_something_is_not_handed_in(desk, handler, changes, status):
    assert send(handler, one_page(), **{**DRAFT, **changes}).status_code == status
    assert rows(desk)[0] == 0


def test_who_is_not_logged_in_hands_nothing_in(desk, visitor):
    assert send(visitor, one_page(), **DRAFT).status_code == 401
    assert rows(desk)[0] == 0


def test_an_account_without_a_contact_is_told_to_register_one(desk, handler):
    with desk.tx() as tx:
        [enterprise] = tx.accounts.find()
        tx.accounts.save(replace(enterprise, contact_email=""))
    assert "登记联系邮箱" in send(handler, one_page(), **DRAFT).text
    assert rows(desk)[0] == 0


def test_ten_a_day_are_enough(desk, handler):
    answers = [
        send(handler, b"%PDF-" + b"%d" % number, **DRAFT).status_code for number in range(11)
    ]
    assert answers == [303] * 10 + [409]


def test_a_contact_name_of_any_kind_makes_no_second_header(desk, handler):
    with desk.tx() as tx:
        [enterprise] = tx.accounts.find()
        tx.accounts.save(replace(enterprise, contact_name='张三" <evil@example.net>,'))
    send(handler, one_page(), **DRAFT)
    with desk.tx() as tx:
        [record] = tx.mails.newest()
        raw = tx.mails.raw(record.id)
    read = read_submission(raw, desk.clock.now(), [MAILBOX], Nothing())
    assert read.submission.message.sender == enterprise.contact_email


class Nothing:
    def read(self, _files):
        return Reading(Documents())


# ---- in the browser, by the real reader


@pytest.mark.browser
def test_a_sheet_is_looked_at_then_handed_in_and_appears_in_my_requests(tmp_path, browser):
    reader = DocumentReader(DocumentSettings(workers=1, nice=10))
    with (
        closing(reader),
        reading_at_address(tmp_path, reader) as harness,
        watched(browser, harness.address) as tab,
    ):
        enter(harness, tab, registered(harness))
        tab.goto("/portal/request")
        tab.fill("[name=handler]", FORM["handler"])
        tab.check("[name=reset_password][value=否]")
        tab.select_option("[name=reason]", FORM["reason"])
        click(tab.locator("main button.primary"))
        expect(tab.locator("svg.a4")).to_be_visible()
        pdf = tab.pdf(prefer_css_page_size=True)
        choose(tab, "申请.pdf", scanned(pdf, ENTERPRISE, PERSON, sealed=False))
        tab.get_by_role("button", name="检查扫描件").click()
        result = tab.locator("#result")
        expect(result).to_contain_text("申请页上没有加盖单位公章", timeout=60_000)
        expect(tab.locator("svg text", has_text="此处应盖单位公章")).to_have_count(1)
        # the head of the sheet is no paper on it
        expect(tab.locator("svg text", has_text="书面申请")).to_have_count(0)
        picture = tab.locator(".sheet img").first
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("one => one.naturalWidth") > 1000, "the page's own picture is shown"
        choose(tab, "申请.pdf", scanned(pdf, ENTERPRISE, PERSON))
        tab.get_by_role("button", name="提交申请").click()
        told(tab, "handed_in")
        assert Intake(harness.desk, reader, [MAILBOX]).judge_waiting() == 1
        tab.reload()
        expect(tab.locator("main")).to_contain_text("待审核")
        with harness.tx() as tx:
            [case] = tx.cases.find()
    assert (case.state, [f.code for f in case.findings]) == (
        State.QUEUED,
        ["account.nothing_bound"],
    )


def reading_at_address(folder, reader):
    def prepare(harness):
        with_reading(
            harness, lambda raw: read_submission(raw, harness.clock.now(), [MAILBOX], reader)
        )

    return at_address(folder, prepare, centre=Centre(mailbox=MAILBOX))


def choose(tab, name, content):
    tab.set_input_files(
        "[name=file]", {"name": name, "mimeType": "application/pdf", "buffer": content}
    )


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_a_wrong_file_and_a_broken_upload_lose_nothing(tmp_path, browser, blind, script):
    with reading_at_address(tmp_path, blind) as harness:
        context = browser.new_context(base_url=harness.address, java_script_enabled=script)
        tab = context.new_page()
        enter(harness, tab, registered(harness))
        tab.goto("/portal/request")
        tab.fill("[name=handler]", FORM["handler"])
        tab.check("[name=reset_password][value=否]")
        tab.select_option("[name=reason]", FORM["reason"])
        click(tab.locator("main button.primary"))
        choose(tab, "a.txt", b"just words")
        tab.get_by_role("button", name="检查扫描件").click()
        expect(tab.locator("#result")).to_contain_text("没有 PDF 文件")
        assert tab.input_value("[name=handler]") == FORM["handler"]
        if script:
            tab.route("**/portal/check", lambda route: route.abort())
            choose(tab, "a.pdf", b"%PDF-")
            tab.get_by_role("button", name="提交申请").click()
            expect(tab.locator("[data-progress]")).to_contain_text("上传中断")
            expect(tab.get_by_role("button", name="提交申请")).to_be_enabled()
        context.close()
