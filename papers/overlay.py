"""Boxes over a page picture: parts green, their fields blue, seals red, doubts dashed by a second
outline. For people who check what was read."""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from core.data.documents import Box, Documents, Page

_PART, _FIELD, _SEAL, _DOUBT = (20, 140, 60), (40, 90, 220), (210, 30, 40), (240, 140, 0)
_FONTS = {  # with the index of its Chinese face
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": 2,
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc": 0,
}


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A Chinese font of the system, else Pillow's own (which lacks Chinese)."""
    for path, index in _FONTS.items():
        if Path(path).exists():
            return ImageFont.truetype(path, size_px, index=index)
    return ImageFont.load_default(size_px)


def draw(image_bytes: bytes, page: Page, documents: Documents) -> bytes:
    """The page's picture as PNG with everything that was read on it.

    `image_bytes` is the picture that Page.image_sha256 names.
    """
    picture = Image.open(io.BytesIO(image_bytes)).convert("RGB")
    pen, font = ImageDraw.Draw(picture), _font(max(14, picture.width // 70))

    def outline(box: Box, words: str, colour: tuple[int, int, int]) -> None:
        """One box with its words above it."""
        width, height = picture.size
        x0, y0, x1, y1 = box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height
        pen.rectangle((x0, y0, max(x0 + 1, x1), max(y0 + 1, y1)), outline=colour, width=3)
        top = max(0.0, y0 - width / 62)
        left, upper, right, lower = pen.textbbox((x0, top), words, font=font)
        pen.rectangle((left - 2, upper - 1, right + 2, lower + 1), fill="white")
        pen.text((x0, top), words, fill=colour, font=font)

    for part in (p for p in documents.parts if p.spot == page.spot):
        outline(part.box, f"{part.kind.value} {part.confidence:.2f}", _PART)
        for name, box in part.field_boxes.items():
            colour = _DOUBT if name in part.doubts else _FIELD
            outline(box, f"{name}: {part.fields.get(name, '?')}", colour)
    for seal in (s for s in documents.seals if s.spot == page.spot):
        colour = _DOUBT if seal.doubtful else _SEAL
        outline(seal.box, f"{seal.kind.value} {seal.text or '?'}", colour)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False)
    return out.getvalue()
