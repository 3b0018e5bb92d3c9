"""docs/TOUR.md and its pictures, and that of the READMEs (docs/console.png): the demonstration's
desk with invented data in a temporary folder, walked through with Chromium. Run: make tour

Dates and case numbers are those of the day; all else stays the same from run to run. No picture
shows an ID number: screens cover them, and the tour never asks to see one.
"""

import io
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from app.demo import SAMPLES, begin, load_samples, written_config
from app.service import serve
from app.settings.config import load
from app.wiring import Wiring
from core.accounts.enterprises.enterprise_login import open_session
from core.accounts.front_desk import FrontDesk
from core.data.case_query import CaseQuery
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from core.store.store import Store
from tests.accounts.entrance import lock
from tests.app.running import eventually, free_port
from tests.drawing.filled_sheet import scanned
from tests.drawing.generate import request_pages
from tests.drawing.people import invent_enterprise, invent_person
from tests.portal.test_browser_agent import AGENT, PlayedAgent
from tests.servers.chromium import chromium
from tests.unaudited import unaudited

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "tour"
QUALITY = 76
TALLEST = 1500
"""Pixels of a long page that are shown."""
DESK, PORTAL, TELEPHONE = (1280, 760), (1000, 760), (390, 844)
NEW, FIRM, PERSON = invent_enterprise(980_001), invent_enterprise(980_002), invent_person(980_002)
PASSWORD, ADMINISTRATORS_PASSWORD = "lvse-2026-Chuan", "Tour-2026-lvse"


@dataclass
class Tour:
    """The walk: where the desk is, who is logged in, and the pictures so far."""

    address: str
    folder: Path
    store: Store
    front: FrontDesk
    password: str
    pages: dict[str, Page] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def tab(self, who: str, size: tuple[int, int], scheme: str = "light") -> Page:
        """A browser of its own for each person."""
        page = (
            self.pages.get(who)
            or chromium()
            .new_context(base_url=self.address, locale="zh-CN", timezone_id="Asia/Shanghai")
            .new_page()
        )
        self.pages[who] = page
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        return page

    def administrator(self) -> Page:
        """A tab that is logged in at the console."""
        tab = self.tab("admin", DESK)
        for password in (self.password, ADMINISTRATORS_PASSWORD):
            tab.goto("/login")
            tab.fill("[name=name]", "admin")
            tab.fill("[name=password]", password)
            with tab.expect_navigation(wait_until="networkidle"):
                tab.keyboard.press("Enter")
            if "/password" in tab.url:
                for name, value in (
                    ("old", password),
                    ("new", ADMINISTRATORS_PASSWORD),
                    ("again", ADMINISTRATORS_PASSWORD),
                ):
                    tab.fill(f"[name={name}]", value)
                tab.click("main button.primary")
                tab.wait_for_selector("[data-done]")
                break
        return tab

    def picture(self, page: Page, name: str, words: str, *, whole: bool = False) -> None:
        """Keep what the page shows. `whole`: down to TALLEST."""
        size = page.viewport_size
        assert size is not None
        height = (
            min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
            if whole
            else size["height"]
        )
        png = page.screenshot(
            clip={"x": 0, "y": 0, "width": size["width"], "height": height}, full_page=whole
        )
        Image.open(io.BytesIO(png)).convert("RGB").save(
            PICTURES / f"{name}.webp", quality=QUALITY, method=6
        )
        self.shown.append(f"![{words}](tour/{name}.webp)\n\n{words}\n")

    def heading(self, words: str) -> None:
        self.shown.append(f"## {words}\n")

    def enterprise(self, uscc: str) -> Enterprise:
        with self.store.transaction() as tx:
            found = tx.accounts.by_uscc(uscc)
        assert found is not None
        return found

    def enter(self, page: Page, uscc: str) -> None:
        """Log the enterprise in, with its primary lock where one is bound."""
        one = self.enterprise(uscc)
        with unaudited(self.store) as tx:
            primary = next(
                (lock.id for lock in tx.bindings.of_enterprise(one.id) if lock.primary), None
            )
            token = open_session(tx, self.front, one.id, primary)
        page.context.add_cookies([{"name": "unbind-portal", "value": token, "url": self.address}])


def desk(folder: Path, port: int, smtp_port: int) -> None:
    """The desk of the tour, until it is ended: the demonstration."""
    begin(folder, fresh=False)
    wiring = Wiring(load(written_config(folder, port, smtp_port)))
    serve(wiring, demo=True, ready=lambda desk: load_samples(wiring, desk))


@contextmanager
def running(folder: Path) -> Iterator[Tour]:
    """The desk with its samples read and its letters sent, and two more enterprises."""
    port = free_port()
    call = (
        f"from pathlib import Path; from tools.tour import desk; desk(Path({str(folder)!r}), "
        f"{port}, {free_port()})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", call], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        said = next(line for line in process.stdout if "one-time password" in line)
        wiring = Wiring(load(folder / "config.yaml"))
        with closing(wiring.store()) as store:
            front = wiring.entrance(wiring.desk(store))
            assert front is not None
            add_enterprises(store, front)
            eventually(lambda: settled(store), 600)
            yield Tour(f"http://127.0.0.1:{port}", folder, store, front, said.split()[-1])
    finally:
        process.terminate()
        process.wait(30)


def settled(store: Store) -> bool:
    with store.transaction() as tx:
        waiting = tx.letters.newest(state=[LetterState.WAITING, LetterState.PENDING])
        return (
            len(tx.mails.find(limit=50)) >= len(list(SAMPLES.glob("*.eml")))
            and not tx.mails.find([Disposition.RECEIVED])
            and not waiting
        )


def add_enterprises(store: Store, front: FrontDesk) -> None:
    """One that has just registered, and one with two locks,
    of which the secondary one's certificate ends soon."""
    now = front.clock.now()
    with unaudited(store) as tx:
        for one, submitted in ((NEW, False), (FIRM, True)):
            enterprise_id = tx.accounts.add(
                Enterprise(
                    0,
                    one.name,
                    one.uscc,
                    "赵联系",
                    "contact@example.com",
                    "010-55500000",
                    now,
                    information_submitted=submitted,
                    password_set=True,
                    password_open=not submitted,
                    contact_since=now - timedelta(days=400),
                )
            )
            tx.accounts.set_columns(enterprise_id, password_hash=front.passwords.hash(PASSWORD))
        for serial, primary, days in (("DEMO98000017", True, 300), ("DEMO98000025", False, 20)):
            bound = now - timedelta(days=200)
            tx.bindings.add(
                Binding(
                    0,
                    enterprise_id,
                    serial,
                    "颐信CA 企业锁",
                    primary,
                    "综合交易系统",
                    bound,
                    valid_until=now + timedelta(days=days),
                )
            )
        gone = Binding(
            0,
            enterprise_id,
            "DEMO98000009",
            "北京CA 企业锁",
            primary=True,
            system="综合交易系统",
            bound_at=now - timedelta(days=500),
            ended_at=now - timedelta(days=200),
        )
        tx.bindings.add(gone)


# ---- the portal


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
    request(tour, tab)


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
    with tour.store.transaction() as tx:
        case = next(case for case in tx.cases.find(CaseQuery(limit=50)) if case.enterprise_id)
        status = f"/status/{case.number}/{tx.cases.status_token(case.number)}"
        uscc = tx.accounts.get(case.enterprise_id or 0).uscc
    other = tour.tab("applicant", PORTAL)
    tour.enter(other, uscc)
    other.goto("/portal/requests")
    tour.picture(other, "portal-requests", "我的申请: where each request stands, and its window.")
    phone = tour.tab("telephone", TELEPHONE)
    phone.goto(status)
    tour.picture(
        phone,
        "status-phone",
        "The link in each answer: the steps, state, window, what is missing, withdrawal; "
        "no personal data.",
    )


# ---- the console


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
    with tour.store.transaction() as tx:
        cases = {case.state.value: case for case in reversed(tx.cases.find(CaseQuery(limit=50)))}
        mails = tx.mails.find([Disposition.OTHER], limit=1)
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
    tab = tour.tab("admin", DESK)
    shown(tab, f"/mails/{mails[0].id}").locator("summary[data-key=r]").click()
    tour.picture(
        tab,
        "console-mail",
        "A mail that asks for nothing here, with the answer that a person writes.",
    )
    enterprise = tour.enterprise(FIRM.uscc)
    for name, path, words in (
        ("console-letters", "/letters", "回执: every letter, and what became of it."),
        (
            "console-enterprise",
            f"/enterprises/{enterprise.id}",
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
    ):
        tour.picture(shown(tab, path), name, words)


LIVE = ("/", "/today")
"""Pages whose stream of news never ends."""


def shown(tab: Page, path: str) -> Page:
    tab.goto(path)
    if path in LIVE:
        tab.wait_for_timeout(800)
    else:
        tab.wait_for_load_state("networkidle")
    return tab


WALKS: tuple[Callable[[Tour], None], ...] = (outside, inside, console)
HEAD = """# A tour in pictures

Made by `make tour` from the demonstration with invented data ({day}); run it again when pages have
changed. All people and enterprises are invented, and ID numbers are covered.

"""


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "demo") as tour:
        for walk in WALKS:
            walk(tour)
        day = f"{tour.front.clock.now():%Y-%m-%d}"
    kept = set(re.findall(r"tour/([\w-]+\.webp)", "".join(tour.shown)))
    for old in PICTURES.glob("*.webp"):
        if old.name not in kept:
            old.unlink()
    (DOCS / "TOUR.md").write_text(HEAD.format(day=day) + "\n".join(tour.shown), encoding="utf-8")
    size = sum(file.stat().st_size for file in PICTURES.glob("*.webp"))
    print(
        f"docs/TOUR.md: {len(kept)} pictures, {size / 1e6:.2f} MB, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
