"""Where the time of a page goes, as a chart: `python -m bench.documents.page_profile [--first SEED]
[--pages N] [--out FILE.svg]`.

Each stage counts its own processor time alone, without that of the stages that it calls; one
thread, from the PDF to the reading. Models are what onnxruntime takes. Prints the table that it
draws. (A sampling profiler shows Python's frames; most of a page lies below them.)
"""

import argparse
import contextlib
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pygal
from lxml import etree
from pygal.style import Style

from bench.documents.measure import drawn, page_files
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from papers.page import page_reading
from papers.seals import seals

_SEALS, _REST = "seals: ink, rings, strips", "all else"
_STEPS: Final = {  # functions of `page_reading` by the stage that they are
    "found_in": "labels, cards, licence",
    "described": "fields",
    "find_codes": "QR codes",
    "find_sheet": "request sheet",
    "read_seals": _SEALS,
    "read_under_watermark": "watermark",
    "_looked_again": "second look",
    "_trust": "trust",
    "_pictured": "covering, crops, JPEG",
}
_MODELS: Final = (
    "detector",
    "small recogniser",
    "large recogniser",
    "large recogniser, seals",
    "orientation",
)
_SHOWN_MS: Final = 1.0
_COLOURS: Final = ("#1f5f8b", "#9db8c9")


class _Clock:
    """Processor seconds by stage, each without those of the stages inside it."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._open, self._since = [_REST], time.process_time()

    def _pass_to(self, now: float) -> None:
        self.spent_s[self._open[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens inside is this stage.

        A model that works for the seals is a stage of its own.
        """
        mine = f"{name}, seals" if _SEALS in self._open and f"{name}, seals" in _MODELS else name
        self._pass_to(time.process_time())
        self._open.append(mine)
        self.calls[mine] += 1
        try:
            yield
        finally:
            self._pass_to(time.process_time())
            self._open.pop()

    def within(self, owner: Any, name: str, stage: str) -> None:
        """Lets a function of a module or object count as a stage."""
        plain = getattr(owner, name)

        def noting(*arguments: Any, **named: Any) -> Any:
            with self.stage(stage):
                return plain(*arguments, **named)

        setattr(owner, name, noting)

    def start(self) -> None:
        """Forgets what was before."""
        self.spent_s.clear()
        self.calls.clear()
        self._since = time.process_time()

    def stop(self) -> None:
        """Counts what passed since the last stage."""
        self._pass_to(time.process_time())


def _watched(ocr: OnnxOcr) -> _Clock:
    clock = _Clock()
    for session, stage in zip(
        (ocr._detection, ocr._tiny._session, ocr._small._session, ocr._orientation),
        (*_MODELS[:3], _MODELS[4]),
        strict=True,
    ):
        clock.within(session, "run", stage)
    for name in ("quarter_turns", "detect", "lines", "strip", "frames"):
        clock.within(ocr, name, "around the models")
    for name, stage in _STEPS.items():
        clock.within(page_reading, name, stage)
    clock.within(seals, "read_seal", "seals: letters")
    return clock


def measured(first: int, count: int) -> tuple[dict[str, float], Counter[str]]:
    """Milliseconds a page by stage, and calls of all pages."""
    ocr = OnnxOcr()
    clock, files = _watched(ocr), [*itertools.islice(page_files(first), count + 1)]
    _read(ocr, files[0], clock)
    clock.start()
    for pdf in files[1:]:
        _read(ocr, pdf, clock)
    clock.stop()
    return {stage: 1000 * spent_s / count for stage, spent_s in clock.spent_s.items()}, clock.calls


def _read(ocr: OnnxOcr, pdf: bytes, clock: _Clock) -> None:
    with clock.stage("opening the PDF"):
        [(picture, _)] = drawn(pdf)
        image = decode(picture)
    assert image is not None
    page_reading.read_page(ocr, image, "a.pdf", 1)


def _drawn(costs_ms: Sequence[tuple[str, float]], title: str) -> bytes:
    """The chart as SVG, without the script that pygal puts into it."""
    style = Style(
        background="white",
        plot_background="white",
        colors=_COLOURS,
        title_font_size=15,
        label_font_size=12,
        legend_font_size=12,
        value_font_size=12,
    )
    chart = pygal.HorizontalStackedBar(
        width=900,
        height=60 + 30 * len(costs_ms),
        style=style,
        js=[],
        legend_at_bottom=True,
        print_values=True,
        title=title,
        formatter=lambda ms: f"{ms:.0f}" if ms else "",
    )
    chart.x_labels = [stage for stage, _ in costs_ms]
    chart.add("models", [round(ms) if stage in _MODELS else None for stage, ms in costs_ms])
    chart.add("code", [None if stage in _MODELS else round(ms) for stage, ms in costs_ms])
    tree = chart.render_tree()
    for script in tree.findall(".//script"):
        script.getparent().remove(script)
    return bytes(etree.tostring(tree))


def main() -> None:
    """Measures, prints and draws."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.documents.page_profile", description=__doc__
    )
    parser.add_argument("--first", type=int, default=731_000)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path("docs/page-profile.svg"))
    arguments = parser.parse_args()
    costs_ms, calls = measured(arguments.first, arguments.pages)
    whole, models = sum(costs_ms.values()), sum(costs_ms.get(model, 0.0) for model in _MODELS)
    title = f"A page: {whole:.0f} ms of a core, {models / whole:.0%} of it in models"
    ordered = sorted(costs_ms.items(), key=lambda cost: cost[1])
    arguments.out.write_bytes(
        _drawn([(stage, ms) for stage, ms in ordered if ms >= _SHOWN_MS], title)
    )
    print(
        f"{title} ({arguments.pages} pages)\n\n| stage | ms a page | calls a page |\n|---|---|---|"
    )
    for stage, ms in reversed(ordered):
        print(f"| {stage} | {ms:.1f} | {calls[stage] / arguments.pages:.1f} |")


if __name__ == "__main__":
    main()
