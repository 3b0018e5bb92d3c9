"""One Chromium for a whole test process: Playwright's synchronous driver can be started only once in a process."""

import atexit
import functools

from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP *.example.org 127.0.0.1",
)  # fmt: skip
"""Any name under example.org is this machine, so that pages can have origins of their own."""


@functools.cache
def chromium() -> Browser:
    """The browser, started at the first call and closed when the process ends."""
    driver = sync_playwright().start()
    browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
    atexit.register(driver.stop)
    return browser
