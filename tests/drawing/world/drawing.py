"""Sheets of HTML drawn by Chromium, as pixels with the places of what stands on them,
or as PDF with a text layer.

Fonts: what the system has, and what lies in the folder of UNBIND_BENCH_FONTS (not installed, so
that no other measurement changes by it): `for p in fonts-wqy-zenhei fonts-arphic-ukai
fonts-lxgw-wenkai; do apt-get download $p; dpkg -x $p*.deb DIR; done`.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from tests.drawing.world.papers import CSS
from tests.drawing.world.wear import Pixels

Box = tuple[float, float, float, float]
_CSS_DPI = 96
# family: files by preference, each with what the system calls it where no file is at hand
_FACES = {
    "W Song": (("uming.ttc",), "Noto Serif CJK SC"),
    "W Hei": (("wqy-zenhei.ttc", "wqy-microhei.ttc"), "Noto Sans CJK SC"),
    "W Kai": (("ukai.ttc", "LXGWWenKai-Regular.ttf"), "Noto Serif CJK SC"),
    "W Other": (
        ("LXGWWenKai-Bold.ttf", "LXGWWenKai-Medium.ttf", "LXGWWenKai-Regular.ttf"),
        "Noto Serif CJK TC",
    ),
    "W Digits": ((), "Liberation Mono"),
}
_PLACES = """(which) => {
  const sheet = document.querySelector('.sheet').getBoundingClientRect();
  return [...document.querySelectorAll(`[data-${which}]`)].map(e => {
    const r = e.getBoundingClientRect();
    const x = place => (place - sheet.left) / sheet.width;
    const y = place => (place - sheet.top) / sheet.height;
    return [e.dataset[which], e.dataset.kind || '', [x(r.left), y(r.top), x(r.right), y(r.bottom)]];
  });
}"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sheet as pixels (RGB): without its seals, and its seals alone on white; (name, kind, box)
    of parts and seals in shares of the sheet."""

    paper: Pixels
    marks: Pixels
    parts: list[tuple[str, str, Box]]
    seals: list[tuple[str, str, Box]]

    @property
    def pressed(self) -> Pixels:
        """The sheet with its seals."""
        return multiplied(self.paper, self.marks)


def multiplied(paper: Pixels, marks: Pixels) -> Pixels:
    """Ink on paper."""
    return np.asarray(cv2.multiply(paper, marks, scale=1 / 255), dtype=np.uint8)


def _faces() -> str:
    folder, rules = Path(os.environ.get("UNBIND_BENCH_FONTS", "/nowhere")), []
    there = (
        {path.name: path for path in folder.rglob("*") if path.suffix in {".ttc", ".ttf"}}
        if folder.is_dir()
        else {}
    )
    for family, (files, system) in _FACES.items():
        file = next((there[name] for name in files if name in there), None)
        source = f"url('{file.as_uri()}')" if file else f"local('{system}')"
        rules.append(f"@font-face {{ font-family: '{family}'; src: {source}, local('{system}'); }}")
    return "".join(rules)


class Artist:
    """A browser that draws."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser, self._file, self._faces = browser, folder / "sheet.html", _faces()

    def draw(self, sheet: str, dpi: int) -> Drawn:
        """The sheet at so many dots an inch."""
        with self._shown(sheet, dpi) as page:
            sheet_at = page.locator(".sheet")
            parts, seals = page.evaluate(_PLACES, "part"), page.evaluate(_PLACES, "seal")
            page.add_style_tag(content=".mark[data-seal] { visibility: hidden }")
            paper = _pixels(sheet_at.screenshot())
            page.add_style_tag(
                content=(
                    ".sheet > :not(.mark[data-seal]) { visibility: "
                    "hidden !important } .mark[data-seal] { visibility: visible !important }"
                )
            )
            marks = _pixels(sheet_at.screenshot())
        return Drawn(
            paper,
            marks,
            [(n, k, tuple(b)) for n, k, b in parts],
            [(n, k, tuple(b)) for n, k, b in seals],
        )

    def pdf(self, sheet: str, width_mm: float, height_mm: float) -> bytes:
        """The sheet as a page of PDF with its text."""
        with self._shown(sheet, _CSS_DPI) as page:
            return bytes(
                page.pdf(width=f"{width_mm}mm", height=f"{height_mm}mm", print_background=True)
            )

    @contextlib.contextmanager
    def _shown(self, sheet: str, dpi: int) -> Iterator[Any]:
        self._file.write_text(
            f"<!doctype html><meta charset=utf-8><style>{self._faces}{CSS}</style>{sheet}",
            encoding="utf-8",
        )
        context = self._browser.new_context(
            device_scale_factor=dpi / _CSS_DPI, viewport={"width": 1200, "height": 1200}
        )
        try:
            page = context.new_page()
            page.goto(self._file.as_uri())
            page.evaluate("document.fonts.ready")
            yield page
        finally:
            context.close()


def _pixels(png: bytes) -> Pixels:
    return np.asarray(
        cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1], dtype=np.uint8
    )


@contextlib.contextmanager
def artist(folder: Path) -> Iterator[Artist]:
    """A browser that draws; its sheets lie in a folder meanwhile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield Artist(browser, folder)
        finally:
            browser.close()
