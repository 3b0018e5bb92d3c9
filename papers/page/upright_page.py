"""A page turned upright, and its slant: strips are read again on it, and places converted."""

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from core.data.documents import Box
from papers.lines.layout import box_around, corners, in_fractions, slant, turned
from papers.lines.ocr_models import Edges, Image, Line, Ocr, Point, Strip
from papers.lines.onnx_ocr import cut_out, red_channel

# of confidence: the better reader's text is used unless it is this much below the fast one's
_BETTER_BY = 0.15


class UprightPage:
    """An upright page that still slants by `angle` (radians). "Straightened" places are places on
    the page without its slant. `spot`: as in Page. `clean`: what is read, without a watermark.
    `grain`: as in RawPage.
    """

    def __init__(
        self, ocr: Ocr, image: Image, spot: tuple[str, int], lines: Sequence[Line], grain: float
    ) -> None:
        self.ocr, self.image, self.spot = ocr, image, spot
        self.clean, self.angle, self.grain = image, slant(lines), grain

    @cached_property
    def red(self) -> Image:
        """The red channel of what is read."""
        return red_channel(self.clean)

    def real(self, x: float, y: float) -> Point:
        """The place of a straightened point in `image`."""
        return turned((x, y), self.angle)

    def reread(self, area: Edges) -> Strip:
        """A straightened area, read again by the better reader."""
        return self._strip(self.red, area)

    def reread_light(self, area: Edges) -> Strip:
        """The same in the lightest channel of each pixel, where a seal of any colour is pale."""
        return self._strip(self.image, area, lightest=True)

    def _strip(self, image: Image, area: Edges, *, lightest: bool = False) -> Strip:
        x0, y0, x1, y1 = area
        if x1 - x0 <= 2 or y1 - y0 <= 2:
            return Strip()
        cut = cut_out(image, tuple(self.real(*point) for point in corners(*area)))
        return self.ocr.strip(np.maximum.reduce(cv2.split(cut)) if lightest else cut)

    def better(self, line: Line) -> Line:
        """The line as the better reader reads it, or as it is where that is much less sure."""
        strip = self.ocr.strip(cut_out(self.red, line.quad))
        is_worse = strip.confidence < line.confidence - _BETTER_BY
        return line if is_worse else Line(line.quad, *strip)

    def places(self, points: Sequence[Point]) -> tuple[Point, ...]:
        """The places of straightened points, in fractions of the page."""
        return tuple(in_fractions(self.real(*point), self.image) for point in points)

    def box(self, points: Sequence[Point]) -> Box:
        """The rectangle around straightened points, in fractions of the page."""
        return box_around(self.places(points))
