"""The violations that axe-core finds on a page, light, and dark on a telephone (axe-core comes with
axe-playwright-python, so nothing is fetched)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_AXE = Axe().axe_script
_VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(result => result.violations)"
LOOKS = (("light", 1280), ("dark", 390))
"""Colour scheme and width in pixels.

Colours do not depend on the width, nor positions on the colours, so two looks are enough.
"""
_FINGER = 44
_TARGETS = (
    "button:not(.plain), a.button, nav a, summary, select, input:not([type=checkbox], "
    "[type=radio], [type=hidden])"
)
_SMALL = """([targets, least]) => [...document.querySelectorAll(targets)]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < least)
    .map(one => one.outerHTML)"""


def findings(page: Page, address: str) -> list[str]:
    """Open an address; what axe finds, each with its place, and on the telephone targets lower than
    a finger (WCAG 2.5.5, 44 pixels)."""
    page.goto(address)
    page.evaluate(_AXE)
    found = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 860})
        for violation in page.evaluate(_VIOLATIONS):
            found += [
                (
                    f"{address} {scheme} {width}: {violation['id']} at {node['target']}: "
                    f"{node['failureSummary']}"
                )
                for node in violation["nodes"]
            ]
    small = page.evaluate(_SMALL, [_TARGETS, _FINGER])
    return found + [f"{address}: too small for a finger: {target[:200]}" for target in small]
