"""Mixed cases judged in Chromium by keyboard alone, with acts and seconds counted: a key is an act,
and so is a text that is typed."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle, islice

from playwright.sync_api import Page, expect

from core.data.case import Case, State
from tests.servers.chromium import walk_to
from tests.web.harness import PASSWORD, Harness

MIX = ("clean", "clean", "doubtful", "clean", "unknown", "clean", "lacking", "clean")
ENDS = {
    "clean": State.APPROVED,
    "doubtful": State.HELD,
    "unknown": State.HELD,
    "lacking": State.INCOMPLETE,
}


@dataclass
class Sort:
    """What the cases of one sort took."""

    acts: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def median_s(self) -> float:
        return sorted(self.seconds)[len(self.seconds) // 2]


def arrive(harness: Harness, count: int) -> dict[str, tuple[str, Case]]:
    """So many cases, by number with their sorts. Clean: of the registered contact.

    Doubtful: another name on the papers. Unknown: of no account. Lacking: what a person sends back.
    """
    made = {}
    for sort in islice(cycle(MIX), count):
        seed = harness.fresh_seed()
        if sort != "unknown":
            harness.register(seed, contact=f"handler{seed}@example.com")
        case = harness.request(seed, name="另外一家工程有限公司" if sort == "doubtful" else "")
        made[case.number] = (sort, case)
    return made


class Keys:
    """The keyboard, which counts."""

    def __init__(self, page: Page) -> None:
        self._page, self.acts = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.acts += 1
            self._page.keyboard.press(key)

    def write(self, words: str) -> None:
        self.acts += 1
        self._page.keyboard.insert_text(words)


def approve(keys: Keys, _page: Page) -> None:
    keys.press("a", "Enter")


def hold(keys: Keys, _page: Page) -> None:
    keys.press("h")
    keys.write("电话核实")
    keys.press("Escape", "h")


def send_back(keys: Keys, page: Page) -> None:
    keys.press("b")
    expect(page.locator("textarea[name=reason]")).to_be_focused()
    keys.write("请补充授权委托书")
    keys.press("Tab", "Enter")
    expect(page.locator(".evidence .subject")).to_be_visible()
    button = page.locator("form[action$='/return'] button.primary")
    keys.acts += walk_to(button, steps=20)
    keys.press("Enter")


WAYS: dict[str, Callable[[Keys, Page], None]] = {
    "clean": approve,
    "doubtful": hold,
    "unknown": hold,
    "lacking": send_back,
}


def judge(page: Page, made: dict[str, tuple[str, Case]]) -> dict[str, Sort]:
    """Judge all of them, from the list's first to its last. The page is logged in."""
    sorts: dict[str, Sort] = defaultdict(Sort)
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    head = page.locator(".case-head .number")
    for left in range(len(made), 0, -1):
        expect(head).to_have_text(re.compile(r"JB\d{8}-\d{4}"))
        page.wait_for_load_state()  # the head may stand there before the script that hears keys
        number, began, keys = head.inner_text(), time.perf_counter(), Keys(page)
        sort, _ = made[number]
        WAYS[sort](keys, page)
        if left > 1:
            expect(page.locator(".case-head .number")).not_to_have_text(number)
        else:
            page.wait_for_url("**/?state=queued**")
        sorts[sort].acts.append(keys.acts)
        sorts[sort].seconds.append(time.perf_counter() - began)
    return sorts


def log_in(page: Page, name: str = "wang") -> None:
    page.goto("/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/today")


def wrong(harness: Harness, made: dict[str, tuple[str, Case]]) -> list[tuple[str, str, State]]:
    """Cases that did not end as their sort does."""
    found = [(number, sort, harness.case(case.id).state) for number, (sort, case) in made.items()]
    return [one for one in found if one[2] is not ENDS[one[1]]]
