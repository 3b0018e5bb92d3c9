"""An Ocr that reads a limited amount of one page, so that a page full of noise or of small print
does not delay the others.

What reading costs is counted, not timed, so that a page is cut at the same place on every machine.
The unit is a millisecond of the machine of docs/BENCHMARKS.md; of 70 generated pages the mean took
1,030 and the dearest, under a watermark, 2,040, before all lines with fields were read twice (some
five lines a page more, 55 each). Large print comes first: titles and labels are
larger than what a page is crowded with. What lies beyond is given back as lines and strips of which
nothing was read, which is doubt.
"""

from collections.abc import Iterator, Sequence

from papers.lines.ocr_models import Frames, Image, Line, Ocr, Quad, Strip
from papers.lines.onnx_ocr import SIDE

_MOST = 2600.0
_DETECTION, _DETECTION_FAST = 290.0, 100.0
_SQUARE_FAST, _SQUARE = 1.1, 5.0  # for so much of a line as is as wide as it is high
MOST_LINES = 400


class BoundedOcr:
    """Reads one page with another Ocr until the page's share is used up.

    `left_unread`: whether the page needed more. `closely`: whether the better model finds lines.
    """

    def __init__(self, ocr: Ocr) -> None:
        self._ocr, self._left = ocr, _MOST
        self.left_unread = self.closely = False

    def look_closely(self) -> bool:
        """Finds lines by the better model from here on, where as much reading again is left."""
        self.closely = self._left > _MOST / 2
        return self.closely

    def quarter_turns(self, image: Image) -> int:
        return self._ocr.quarter_turns(image)

    def detect(self, image: Image, *, closely: bool = False) -> Sequence[Quad]:
        closely |= self.closely and max(image.shape) > SIDE  # else it is seen closely anyway
        is_affordable = self._spend(_DETECTION if closely else _DETECTION_FAST)
        return self._ocr.detect(image, closely=closely) if is_affordable else ()

    def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
        self.left_unread |= len(quads) > MOST_LINES
        lines = [Line(quad) for quad in quads[:MOST_LINES]]
        chosen = sorted(self._affordable(lines))
        for place, line in zip(
            chosen, self._ocr.lines(image, [lines[place].quad for place in chosen]), strict=True
        ):
            lines[place] = line
        return lines

    def _affordable(self, lines: Sequence[Line]) -> Iterator[int]:
        """The places of the lines that can be read, the highest first."""
        for place in sorted(range(len(lines)), key=lambda place: -lines[place].height):
            if not self._spend(_SQUARE_FAST * lines[place].width / max(lines[place].height, 1.0)):
                return
            yield place

    def strip(self, cut: Image) -> Strip:
        return self._ocr.strip(cut) if self._spend_on_strip(cut) else Strip()

    def frames(self, cut: Image) -> Frames:
        return self._ocr.frames(cut) if self._spend_on_strip(cut) else Frames.none()

    def _spend_on_strip(self, cut: Image) -> bool:
        height, width = cut.shape[:2]
        return self._spend(_SQUARE * width / max(height, 1))

    def _spend(self, cost: float) -> bool:
        """Take the cost from the page's share. Whether there was enough."""
        self._left -= cost
        self.left_unread |= self._left < 0
        return self._left >= 0
