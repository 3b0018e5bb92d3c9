"""One Chromium for a whole test process: Playwright's synchronous driver can be started
only once in a process."""

import atexit
import functools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.example.org 127.0.0.1",
)
"""Any name under example.org is this machine, so that pages can have origins of their own."""
PROGRAM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
"""The shell draws and runs pages as Chromium does and has no window around them: a session takes
0.3 s of a processor, with the window 0.9 s."""


@functools.cache
def chromium() -> Browser:
    """The browser, started at the first call and closed when the process ends."""
    # how long what is expected is waited for: five seconds were too few on a busy machine
    expect.set_options(timeout=40_000)
    driver = sync_playwright().start()
    browser = driver.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
    atexit.register(driver.stop)
    return browser


@contextmanager
def watched(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh browser session; a script error or a refusal by the page policy fails the test."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    context.close()
    assert errors == []


def click(place: Locator) -> None:
    """A click, and the whole of the page that it leads to.

    Playwright waits until the page begins. Its end and its scripts may come later: a text that is
    looked at once is cut off then, and a key is not heard.
    """
    place.click()
    place.page.wait_for_load_state()


def press(tab: Page, words: str) -> None:
    """The button with these words, by a click."""
    click(tab.get_by_role("button", name=words, exact=True))


def walk_to(place: Locator, key: str = "Tab", steps: int = 200) -> int:
    """Press the key until the place has the focus; return how often.

    The focus is a part of the query: a page that updates itself may replace an element between
    its search and a question about it.
    """
    expect(place).to_have_count(1)
    place.page.wait_for_load_state()
    focused = place.and_(place.page.locator(":focus"))
    for presses in range(steps):
        if focused.count():
            return presses
        place.page.keyboard.press(key)
    raise AssertionError(f"{key} does not reach {place}")
