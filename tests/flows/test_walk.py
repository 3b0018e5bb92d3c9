"""A whole case with everything real: Dovecot, SMTP, OCR, SQLite, the pages in Chromium;
only the clock is moved by the test.

Incomplete mail → letter → reply with the missing page → queued → confirmed by the registered
contact → approved in the browser → window → binding ended, password login open, letters; and the
link of the letter sets the password.
"""

import re
import tempfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.accounts.administrators import personnel
from core.accounts.console_desk import ConsoleDesk
from core.cases.desk import CaseSettings
from core.cases.letters.deliver import Sender
from core.data.case import State
from core.keys.passwords import Argon2Passwords
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from papers.paper_reading import DocumentReader, DocumentSettings
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.work import Pace, Work
from tests.drawing.generate import request_pdf
from tests.drawing.people import invent_enterprise, invent_person
from tests.fixed_clock import FixedClock
from tests.flows.vouching import SENDERS, vouched
from tests.servers.dovecot import DovecotServer
from tests.servers.pages import listening, serving
from tests.servers.smtp_sink import SmtpSink
from tests.validators.builders import enterprise
from tests.world import desk_on, enrol, store_in
from web.application import create_app
from web.common.page_settings import WebSettings
from web.common.site import Site

ADDRESS, HANDLER, CONTACT = "support@example.org", "handler@example.com", "contact@example.org"
TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on a workday; in the past, because Dovecot lets
no mail arrive in the future."""
ELEVEN = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
PATIENCE_S = 60
FIRST_PASSWORD, NEW_PASSWORD = "Desk-lvse-77", "blauwe-fiets-92"


class Letters:
    """The letters that the SMTP server took, by words of their subject."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink, self.seen = sink, []

    def take(self, words: str) -> EmailMessage:
        while True:
            found = next((letter for letter in self.seen if words in letter["Subject"]), None)
            if found is not None:
                return found
            self.seen.append(self.sink.take(PATIENCE_S).message)


@pytest.fixture
def post():
    with tempfile.TemporaryDirectory(prefix="dc") as short:
        server, sink = DovecotServer(Path(short) / "d"), SmtpSink()
        server.start()
        sink.start()
        yield server, sink
        sink.stop()
        server.stop()


@pytest.fixture
def desk(tmp_path):
    store, clock = store_in(tmp_path), FixedClock(TEN)
    yield desk_on(store, clock=clock, passwords=Argon2Passwords(), settings=CaseSettings())
    store.close()


@pytest.fixture
def address(desk):
    """The pages behind a real server."""
    bound, address = listening()
    with serving(
        create_app(Site(desk, WebSettings(secure_cookies=False, base_url=address))), bound
    ):
        yield address


@pytest.fixture
def engine(desk, post, address):
    server, sink = post
    reader = DocumentReader(DocumentSettings())
    mailbox = ImapMailbox(
        ImapSettings(host=server.host, port=server.port, user=server.user, security="none"),
        lambda: server.password,
        desk.clock,
    )
    transport = SmtpTransport(SmtpSettings(host=sink.host, port=sink.port, security="none"), "")
    pace = Pace(window_s=0.2, deliver_s=0.2)
    work = Work(
        desk,
        Intake(desk, reader, [ADDRESS], senders=SENDERS),
        mailbox,
        transport,
        Sender(ADDRESS, "解绑办理台", address),
        pace,
    )
    engine = EmbeddedEngine(work)
    engine.start()
    yield engine
    engine.stop()
    reader.close()


def mail(enterprise, parts, **headers) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        f"经办人 <{HANDLER}>",
        ADDRESS,
        "CA锁解绑申请",
    )
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(f"企业名称：{enterprise.name}\n是否解绑：是\n是否需要重置注册密码：是\n")
    pdf = request_pdf(enterprise, invent_person(11), parts=parts, seed=11)
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="扫描件.pdf")
    return vouched(message.as_bytes())


def register(desk, invented) -> int:
    one = enterprise(
        name=invented.name, uscc=invented.uscc, contact_email=CONTACT, password_set=False
    )
    with desk.store.transaction() as tx:
        return enrol(tx, one)


@pytest.fixture
def page(desk, browser, address):
    """A browser session, logged in as an administrator with a password of her own."""
    once = personnel.create(ConsoleDesk(desk.store, desk.passwords), "test", "wang")
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=name]", "wang")
    page.fill("[name=password]", once)
    page.click("button.primary")
    page.fill("[name=old]", once)
    page.fill("[name=new]", FIRST_PASSWORD)
    page.fill("[name=again]", FIRST_PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("[data-done]")
    yield page
    context.close()


def link_in(letter: EmailMessage) -> str:
    return re.search(r"http\S+/link/\S+", letter.get_body(("plain",)).get_content())[0]


@pytest.mark.dovecot
@pytest.mark.browser
def test_a_case_from_the_first_mail_to_the_new_password(desk, post, engine, page):
    server, sink = post
    letters = Letters(sink)
    enterprise = invent_enterprise(11)
    enterprise_id = register(desk, enterprise)

    server.append(
        mail(enterprise, ("id_front", "id_back"), Message_ID="<first@example.com>"), when=TEN
    )
    returned = letters.take("退回补正")
    assert returned["To"] == HANDLER
    assert returned["Auto-Submitted"] == "auto-replied"
    words = returned.get_body(("plain",)).get_content()
    assert "营业执照" in words.split("已符合要求")[0]
    assert "身份证" in words.split("已符合要求")[1]
    notice = letters.take("请核对")
    assert notice["To"] == CONTACT, (
        "the registered contact is told of a case that another address sent"
    )

    server.append(
        mail(
            enterprise,
            ("licence",),
            In_Reply_To=returned["Message-ID"],
            Message_ID="<second@example.com>",
        ),
        when=TEN,
    )
    received = letters.take("已受理")
    assert received["In-Reply-To"] == "<second@example.com>"
    assert "2026年3月3日（星期二）11:00—11:30" in received.get_body(("plain",)).get_content(), (
        "the contact may object until then"
    )

    page.goto("/")
    page.get_by_role("link", name=re.compile("JB20260302-0001")).click()
    expect(page.get_by_text(enterprise.uscc).first).to_be_visible()
    page.click("#act button.primary")
    expect(page.locator("[name=contacted_by]")).to_be_focused()  # the browser asks for it
    page.goto(link_in(notice))
    page.get_by_role("button", name="是我单位申请的").click()
    expect(page.locator("h1")).to_have_text("已确认")

    page.goto("/cases/JB20260302-0001")
    page.click("#act button.primary")
    expect(page.locator(".headline")).to_contain_text("窗口 2026-03-02 周一 11:00—11:30")
    page.wait_for_load_state()
    with desk.store.transaction() as tx:
        assert tx.cases.find()[0].state is State.APPROVED
        assert len(tx.bindings.of_enterprise(enterprise_id)) == 1, (
            "nothing is carried out before the window"
        )

    desk.clock.at = ELEVEN
    assert "办理完毕" in letters.take("办理完毕")["Subject"]
    reset = letters.take("重置密码")
    assert reset["To"] == CONTACT
    with desk.store.transaction() as tx:
        assert tx.cases.find()[0].state is State.COMPLETED
        assert tx.bindings.of_enterprise(enterprise_id) == []

    page.goto(link_in(reset))
    page.fill("[name=password]", NEW_PASSWORD)
    page.fill("[name=again]", NEW_PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state()
    with desk.store.transaction() as tx:
        assert desk.passwords.verify(tx.accounts.password_hash(enterprise_id), NEW_PASSWORD)
