"""Page readings as plain JSON and back, for the way between a worker and the desk. What does not fit the types raises ValueError, KeyError or TypeError."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.cases.submission import Box, Page, Part, PartKind, Seal, SealCheck, SealKind, SealVerdict, SheetSeen
from mail_intake.documents.page.page_reading import PageReading
from mail_intake.documents.seals.asking import SealAnswer
from mail_intake.documents.seals.cuts import SealCut
from mail_intake.documents.seals.rings import Ring


def as_json(reading: PageReading) -> dict[str, Any]:
    """Everything but the pictures."""
    return {
        "page": asdict(reading.page),
        "parts": [asdict(p) for p in reading.parts],
        "seals": [asdict(s) for s in reading.seals],
        "timing_ms": reading.timing_ms,
        "image_bytes": len(reading.image),
        "covered_bytes": _covered_bytes(reading),
        "crop_bytes": [len(crop) for crop in reading.crops],
        "cuts": [cut_json(cut) for cut in reading.cuts],
    }


def cut_json(cut: SealCut) -> dict[str, Any]:
    """Everything of a cut but its pictures."""
    sizes = {"picture_bytes": len(cut.picture), "shown_bytes": len(cut.shown), "read_bytes": [len(read) for read in cut.read]}
    rings = {"ring": asdict(cut.ring), "across": [asdict(ring) for ring in cut.across]}
    return {"seal": cut.seal, **rings, "colour": cut.colour, "kind": cut.kind, "seam": cut.seam, **sizes}


def cuts_from(data: Iterable[Mapping[str, Any]], pictures: bytes) -> tuple[SealCut, ...]:
    """The cuts of which the pictures lie one after another."""
    rest, cuts = io.BytesIO(pictures), []
    for cut in data:
        ring, *across = (Ring(**{name: float(value) for name, value in told.items()}) for told in (cut["ring"], *cut["across"]))
        picture, shown = rest.read(int(cut["picture_bytes"])), rest.read(int(cut["shown_bytes"]))
        seam, read = None if cut["seam"] is None else float(cut["seam"]), tuple(rest.read(int(size)) for size in cut["read_bytes"])
        cuts.append(SealCut(int(cut["seal"]), picture, ring, str(cut["colour"]), shown, SealKind(cut["kind"]), seam, read, tuple(across)))
    return tuple(cuts)


def cut_pictures(cuts: Iterable[SealCut]) -> bytes:
    """The pictures of cuts and what was read of them, one after another."""
    return b"".join(piece for cut in cuts for piece in (cut.picture, cut.shown, *cut.read))


def answers_json(answers: Iterable[SealAnswer]) -> dict[str, Any]:
    """Everything of answers but their pictures."""
    return {"answers": [
        {
            "checks": [asdict(check) for check in a.checks], "kind": a.kind, "unrolled_bytes": len(a.unrolled), "text": a.text, "legible": a.legible,
        } for a in answers
    ]}  # fmt: skip


def answers_from(data: Mapping[str, Any], pictures: bytes, count: int, names: Sequence[str]) -> list[SealAnswer]:
    """The answers that `answers_json` gave of so many seals. Raises ValueError for others, or where they speak of other names."""
    rest = io.BytesIO(pictures)
    answers = [
        SealAnswer(
            tuple(SealCheck(c["name"], SealVerdict(c["verdict"]), tuple((str(a), str(b)) for a, b in c["odd"])) for c in answer["checks"]),
            SealKind(answer["kind"]) if answer["kind"] else None,
            rest.read(int(answer["unrolled_bytes"])),
            None if answer["text"] is None else str(answer["text"]),
            None if answer["legible"] is None else bool(answer["legible"]),
        )
        for answer in data["answers"]
    ]
    if len(answers) != count or not all({check.name for check in answer.checks} <= set(names) for answer in answers):
        raise ValueError("Answers of other seals.")
    return answers


def _covered_bytes(reading: PageReading) -> int:
    """How long the covered picture is where it is another one than the open one."""
    return 0 if reading.covered == reading.image else len(reading.covered)


def _box(data: Mapping[str, Any]) -> Box:
    return Box(float(data["x0"]), float(data["y0"]), float(data["x1"]), float(data["y1"]))


def _page(data: Mapping[str, Any]) -> Page:
    sheet = data["sheet"]
    return Page(**{**data, "sheet": SheetSeen(str(sheet["code"]), _box(sheet["box"])) if sheet else None})


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
        tuple((float(x), float(y)) for x, y in data["corners"]),
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
    """All pictures as one run of bytes; the covered one is left out where it is the same."""
    return b"".join((reading.image, reading.covered[: _covered_bytes(reading)], *reading.crops, cut_pictures(reading.cuts)))


def from_json(data: Mapping[str, Any], pictures: bytes, attachment: str, number: int) -> PageReading:
    """The reading that `as_json` and `pictures_of` gave of this page. Raises ValueError for one that speaks of another page."""
    rest = io.BytesIO(pictures)
    image, covered = rest.read(int(data["image_bytes"])), rest.read(int(data["covered_bytes"]))
    crops = tuple(rest.read(int(size)) for size in data["crop_bytes"])
    cuts = cuts_from(data["cuts"], rest.read())
    page, parts, seals = _page(data["page"]), tuple(_part(p) for p in data["parts"]), tuple(_seal(s) for s in data["seals"])
    told = {(page.attachment, page.number), *((p.attachment, p.page) for p in parts), *((s.attachment, s.page) for s in seals)}
    if told != {(attachment, number)} or len(crops) not in {0, len(parts) + len(seals)}:
        raise ValueError("A reading of another page.")
    return PageReading(page, parts, seals, image, covered or image, dict(data["timing_ms"]), cuts, crops)
