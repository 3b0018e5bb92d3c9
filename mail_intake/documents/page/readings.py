"""Page readings as plain JSON and back, for the way between a worker and the desk. What does not fit the types raises ValueError, KeyError or TypeError."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.cases.submission import Box, Page, Part, PartKind, Seal, SealKind
from mail_intake.documents.page.page_reading import PageReading


def as_json(reading: PageReading) -> dict[str, Any]:
    """Everything but the pictures."""
    return {
        "page": asdict(reading.page),
        "parts": [asdict(p) for p in reading.parts],
        "seals": [asdict(s) for s in reading.seals],
        "timing_ms": reading.timing_ms,
        "image_bytes": len(reading.image),
    }


def _box(data: Mapping[str, Any]) -> Box:
    return Box(float(data["x0"]), float(data["y0"]), float(data["x1"]), float(data["y1"]))


def _part(data: Mapping[str, Any]) -> Part:
    places = {str(k): _box(v) for k, v in data["field_boxes"].items()}
    return Part(
        data["attachment"],
        data["page"],
        PartKind(data["kind"]),
        _box(data["box"]),
        float(data["confidence"]),
        dict(data["fields"]),
        places,
        tuple(data["doubts"]),
        tuple(_box(box) for box in data["private_boxes"]),
    )


def _seal(data: Mapping[str, Any]) -> Seal:
    return Seal(
        data["attachment"],
        data["page"],
        _box(data["box"]),
        SealKind(data["kind"]),
        data["text"],
        data["colour"],
        float(data["confidence"]),
        bool(data["doubtful"]),
        bool(data["legible"]),
    )


def pictures_of(reading: PageReading) -> bytes:
    """Both pictures as one run of bytes; the covered one is left out where it is the same."""
    return reading.image if reading.covered == reading.image else reading.image + reading.covered


def from_json(data: Mapping[str, Any], pictures: bytes, attachment: str, number: int) -> PageReading:
    """The reading that `as_json` and `pictures_of` gave of this page. Raises ValueError for one that speaks of another page."""
    image, covered = pictures[: int(data["image_bytes"])], pictures[int(data["image_bytes"]) :]
    page, parts, seals = Page(**data["page"]), tuple(_part(p) for p in data["parts"]), tuple(_seal(s) for s in data["seals"])
    told = {(page.attachment, page.number), *((p.attachment, p.page) for p in parts), *((s.attachment, s.page) for s in seals)}
    if told != {(attachment, number)}:
        raise ValueError("A reading of another page.")
    return PageReading(page, parts, seals, image, covered or image, dict(data["timing_ms"]))
