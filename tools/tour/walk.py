"""The walk: where the desk is, who is logged in, and the pictures so far."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page

from core.accounts.enterprises.enterprise_login import open_session
from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Enterprise
from core.store.store import Store
from tests.drawing.people import invent_enterprise, invent_person
from tests.servers.chromium import chromium
from tests.unaudited import unaudited

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "tour"
QUALITY = 76
TALLEST = 1500
"""Pixels of a long page that are shown."""
DESK, PORTAL, TELEPHONE = (1280, 760), (1000, 760), (390, 844)
NEW, FIRM, PERSON = invent_enterprise(980_001), invent_enterprise(980_002), invent_person(980_002)
ADMINISTRATORS_PASSWORD = "Tour-2026-lvse"  # noqa: S105 - of the demonstration


@dataclass
class Tour:
    """A walk over the desk at an address."""

    address: str
    folder: Path
    store: Store
    front: FrontDesk
    password: str
    pages: dict[str, Page] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)

    def tab(
        self, who: str, size: tuple[int, int], scheme: Literal["light", "dark"] = "light"
    ) -> Page:
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
