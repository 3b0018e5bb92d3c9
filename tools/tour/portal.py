"""The portal, as enterprises see it."""

import io

from playwright.sync_api import Page, expect

from core.data.case_query import CaseQuery
from tests.accounts.entrance import lock
from tests.drawing.filled_sheet import scanned
from tests.drawing.generate import request_pages
from tests.portal.test_browser_agent import AGENT, PlayedAgent
from tools.tour.walk import FIRM, NEW, PERSON, PORTAL, TELEPHONE, Tour


def outside(tour: Tour) -> None:
    tour.heading("企业：登录之前 · an enterprise before it logs in")
    tab, agent = tour.tab("visitor", PORTAL), PlayedAgent(tour.address)
    agent.plug(企业锁=[lock(NEW.uscc, name=NEW.name)])
    tab.route(f"{AGENT}/*", agent.answer)
    tab.route(
        "**/portal/certificate",
        lambda route: route.fulfill(
            json={"name": NEW.name, "uscc": NEW.uscc, "until": "2027-11-26"}
        ),
    )
    tab.goto("/portal/login")
    expect(tab.locator("[data-locks] legend")).to_have_count(1)
    tour.picture(
        tab,
        "portal-login",
        "The login follows the lock: one plugged in, the CA login; none, the account login. "
        "The PIN is typed in the agent's own window.",
    )
    tab.goto("/portal/register")
    expect(tab.locator("[data-name]")).to_have_value(NEW.name)
    tour.picture(
        tab,
        "portal-register",
        "Registration: name and credit code come from the certificate and are never typed.",
        whole=True,
    )
    guide(tour, tab)
    request(tour, tab)
    check(tour, tab)


def guide(tour: Tour, tab: Page) -> None:
    tab.goto("/portal/guide")
    tour.picture(
        tab,
        "portal-guide",
        "办事指南, from config.yaml: certificates, drivers, steps, the next twelve workdays.",
        whole=True,
    )
    phone = tour.tab("telephone", TELEPHONE, "dark")
    phone.goto("/portal/lost")
    tour.picture(
        phone,
        "portal-lost-phone",
        "挂失 on a telephone, in the dark: by another lock, the password, "
        "or a link to the registered address.",
    )


def request(tour: Tour, tab: Page) -> None:
    tab.goto("/portal/request")
    for name, value in {"name": FIRM.name, "uscc": FIRM.uscc, "handler": PERSON.name}.items():
        tab.fill(f"[name={name}]", value)
    tab.check("[name=reset_password][value=否]")
    tab.select_option("[name=reason]", "lost")
    tour.picture(
        tab,
        "portal-request",
        "做一份申请: what is asked for, in words that the desk reads without doubt.",
    )
    tab.click("main button.primary")
    expect(tab.locator("#mail")).to_be_visible()
    tour.picture(
        tab,
        "portal-sheet",
        "The mail text to copy, and the sheet to print: frames for the papers and the seal, "
        "a code by which it is known again.",
        whole=True,
    )


def check(tour: Tour, tab: Page) -> None:
    """The sheet that is shown, printed and scanned."""
    pdf = tab.pdf(prefer_css_page_size=True)
    tab.goto("/portal/check")
    tab.set_input_files(
        "input[type=file]",
        {
            "name": "a.pdf",
            "mimeType": "application/pdf",
            "buffer": scanned(pdf, FIRM, PERSON, sealed=False),
        },
    )
    tab.get_by_role("button", name="检查扫描件").click()
    expect(tab.locator("#result")).to_be_visible(timeout=120_000)
    tour.picture(
        tab,
        "portal-check",
        "先查后发: what would be returned is shown on the page's own picture; "
        "numbers are covered, nothing is kept.",
        whole=True,
    )


def inside(tour: Tour) -> None:
    tour.heading("企业：登录之后 · an enterprise that is logged in")
    information(tour)
    account(tour)
    status(tour)


def information(tour: Tour) -> None:
    fresh = tour.tab("new", PORTAL)
    tour.enter(fresh, NEW.uscc)
    fresh.goto("/portal/information")
    [page] = request_pages(NEW, PERSON, parts=("licence",), seed=3)
    jpeg = io.BytesIO()
    page.image.save(jpeg, "JPEG", quality=80)
    fresh.locator("input[type=file]").first.set_input_files(
        {"name": "licence.jpg", "mimeType": "image/jpeg", "buffer": jpeg.getvalue()}
    )
    fresh.get_by_role("button", name="上传").first.click()
    expect(fresh.locator("main[data-done]")).to_be_visible(timeout=120_000)
    tour.picture(
        fresh,
        "portal-information",
        "企业信息: papers are uploaded one by one; "
        "the licence is read at once and compared with the certificate.",
        whole=True,
    )


def account(tour: Tour) -> None:
    tab = tour.tab("firm", PORTAL)
    agent = PlayedAgent(tour.address)
    agent.plug(主锁=[lock(FIRM.uscc, name=FIRM.name)])
    tab.route(f"{AGENT}/*", agent.answer)
    tour.enter(tab, FIRM.uscc)
    tab.goto("/portal")
    tour.picture(
        tab,
        "portal-home",
        "The account, and what comes next; a certificate that ends soon is told "
        "here and by letter.",
    )
    tab.goto("/portal/locks")
    expect(tab.locator("[data-locks] legend")).to_have_count(1)
    tour.picture(
        tab,
        "portal-locks",
        "CA管理: which lock is which, since and until when; each act needs a fresh signature.",
        whole=True,
    )


def status(tour: Tour) -> None:
    with tour.store.transaction() as tx:
        case = next(case for case in tx.cases.find(CaseQuery(limit=50)) if case.enterprise_id)
        link = f"/status/{case.number}/{tx.cases.status_token(case.number)}"
        uscc = tx.accounts.get(case.enterprise_id or 0).uscc
    other = tour.tab("applicant", PORTAL)
    tour.enter(other, uscc)
    other.goto("/portal/requests")
    tour.picture(other, "portal-requests", "我的申请: where each request stands, and its window.")
    phone = tour.tab("telephone", TELEPHONE)
    phone.goto(link)
    tour.picture(
        phone,
        "status-phone",
        "The link in each answer: the steps, state, window, what is missing, withdrawal; "
        "no personal data.",
    )
