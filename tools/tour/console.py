"""The console, as administrators see it."""

from playwright.sync_api import Page

from core.data.case_query import CaseQuery
from core.data.mail_record import Disposition
from tools.tour.walk import DESK, DOCS, FIRM, TELEPHONE, Tour

LIVE = ("/", "/today")
"""Pages whose stream of news never ends."""
OTHERS = (
    ("console-letters", "/letters", "回执: every letter, and what became of it."),
    (
        "console-enterprise",
        "/enterprises/{enterprise_id}",
        "An enterprise: account, locks, papers, what was done; each act with its reason.",
    ),
    ("console-statistics", "/statistics", "统计, counted from the audit."),
    (
        "console-audit",
        "/audit",
        "审计: who did what, when; a chain that cannot be mended unseen.",
    ),
    (
        "console-calendar",
        "/calendar",
        "日历: make-up days, closed days, windows beside the daily one.",
    ),
    ("console-people", "/people", "人员: accounts and roles."),
)
"""Pages that are shown as they open: picture, address and words."""


def console(tour: Tour) -> None:
    tour.heading("管理员 · the administrators' console")
    tab = tour.administrator()
    tour.picture(
        shown(tab, "/today"),
        "console-today",
        "今日, the worklist: what waits, the most urgent first; it is live.",
    )
    tour.picture(
        shown(tab, "/"),
        "console-queue",
        "工单: what waits for a decision first; 机检通过 may be ticked and approved as a batch.",
    )
    cases(tour, tab)
    mail(tour)
    enterprise_id = tour.enterprise(FIRM.uscc).id
    for name, path, words in OTHERS:
        tour.picture(shown(tab, path.format(enterprise_id=enterprise_id)), name, words)


def cases(tour: Tour, tab: Page) -> None:
    with tour.store.transaction() as tx:
        cases = {case.state.value: case for case in reversed(tx.cases.find(CaseQuery(limit=50)))}
    queued, returned = cases["queued"], cases["incomplete"]
    tour.picture(
        shown(tab, f"/cases/{queued.number}"),
        "console-case",
        "A case on one screen: mail, papers, seals and account side by side, the pages, "
        "who works on it, the decision; on a wide screen the pages at their own size.",
    )
    below = tab.evaluate("document.querySelector('.top').offsetTop")
    tab.screenshot(
        path=DOCS / "console.png",
        clip={"x": 0, "y": below, "width": DESK[0], "height": DESK[1] - below},
    )
    tour.picture(
        shown(tab, f"/cases/{returned.number}"),
        "console-returned",
        "A request that was returned by itself: what was missing, and the letter that said so.",
    )
    dark = tour.tab("admin", TELEPHONE, "dark")
    tour.picture(
        shown(dark, f"/cases/{queued.number}"),
        "console-case-phone",
        "The same case on a telephone, in the dark.",
    )


def mail(tour: Tour) -> None:
    tab = tour.tab("admin", DESK)
    with tour.store.transaction() as tx:
        mails = tx.mails.newest(disposition=Disposition.OTHER, limit=1)
    shown(tab, f"/mails/{mails[0].id}").locator("summary[data-key=r]").click()
    tour.picture(
        tab,
        "console-mail",
        "A mail that asks for nothing here, with the answer that a person writes.",
    )


def shown(tab: Page, path: str) -> Page:
    tab.goto(path)
    if path in LIVE:
        tab.wait_for_timeout(800)
    else:
        tab.wait_for_load_state("networkidle")
    return tab
