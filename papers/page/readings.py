"""Page readings as plain JSON and back, for the way between a worker and the desk.

What does not fit the types raises ValueError, KeyError or TypeError.
"""

import functools
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from core.data.submission import Page, Part, Seal, SealKind
from papers.page.page_reading import PageReading
from papers.seals.asking import SealAnswer
from papers.seals.cuts import SealCut
from papers.seals.rings import Ring


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
    """A cut with the lengths of its pictures in their place."""
    return asdict(cut) | {
        "picture": len(cut.picture),
        "shown": len(cut.shown),
        "read": [len(read) for read in cut.read],
    }


def cuts_from(data: Iterable[Mapping[str, Any]], pictures: bytes) -> tuple[SealCut, ...]:
    """The cuts of which the pictures lie one after another."""
    rest, cuts = io.BytesIO(pictures), []
    for cut in data:
        ring, *across = (
            Ring(**{name: float(value) for name, value in told.items()})
            for told in (cut["ring"], *cut["across"])
        )
        picture, shown, *read = (
            rest.read(int(size)) for size in (cut["picture"], cut["shown"], *cut["read"])
        )
        seam = None if cut["seam"] is None else float(cut["seam"])
        cuts.append(
            SealCut(
                int(cut["seal"]),
                picture,
                ring,
                str(cut["colour"]),
                shown,
                SealKind(cut["kind"]),
                seam,
                tuple(read),
                tuple(across),
            )
        )
    return tuple(cuts)


def cut_pictures(cuts: Iterable[SealCut]) -> bytes:
    """The pictures of cuts and what was read of them, one after another."""
    return b"".join(piece for cut in cuts for piece in (cut.picture, cut.shown, *cut.read))


def answers_json(answers: Iterable[SealAnswer]) -> dict[str, Any]:
    """Answers with the lengths of their pictures in their place."""
    return {"answers": [asdict(answer) | {"unrolled": len(answer.unrolled)} for answer in answers]}


def answers_from(
    data: Mapping[str, Any], pictures: bytes, count: int, names: Sequence[str]
) -> list[SealAnswer]:
    """The answers that `answers_json` gave of so many seals.

    Raises ValueError for others, or where they speak of other names.
    """
    rest = io.BytesIO(pictures)
    answers = [
        _checked(SealAnswer)({**answer, "unrolled": rest.read(int(answer["unrolled"]))})
        for answer in data["answers"]
    ]
    if len(answers) != count or not all(
        {check.name for check in answer.checks} <= set(names) for answer in answers
    ):
        raise ValueError("Answers of other seals.")
    return answers


def _covered_bytes(reading: PageReading) -> int:
    """How long the covered picture is where it is another one than the open one."""
    return 0 if reading.covered == reading.image else len(reading.covered)


@functools.cache
def _checked(kind: Any) -> Callable[[Any], Any]:
    """What makes plain data a value of this type.

    The worker sends only: it need not load pydantic.
    """
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_python


def pictures_of(reading: PageReading) -> bytes:
    """All pictures as one run of bytes; the covered one is left out where it is the same."""
    return b"".join(
        (
            reading.image,
            reading.covered[: _covered_bytes(reading)],
            *reading.crops,
            cut_pictures(reading.cuts),
        )
    )


def from_json(
    data: Mapping[str, Any], pictures: bytes, attachment: str, number: int
) -> PageReading:
    """The reading that `as_json` and `pictures_of` gave of this page.

    Raises ValueError for one that speaks of another page.
    """
    rest = io.BytesIO(pictures)
    image, covered = rest.read(int(data["image_bytes"])), rest.read(int(data["covered_bytes"]))
    crops = tuple(rest.read(int(size)) for size in data["crop_bytes"])
    cuts = cuts_from(data["cuts"], rest.read())
    page, parts = _checked(Page)(data["page"]), _checked(tuple[Part, ...])(data["parts"])
    seals = tuple(
        replace(seal, checks=(), unrolled_sha256="")
        for seal in _checked(tuple[Seal, ...])(data["seals"])
    )
    told = {
        (page.attachment, page.number),
        *((p.attachment, p.page) for p in parts),
        *((s.attachment, s.page) for s in seals),
    }
    if told != {(attachment, number)} or len(crops) not in {0, len(parts) + len(seals)}:
        raise ValueError("A reading of another page.")
    return PageReading(
        page, parts, seals, image, covered or image, dict(data["timing_ms"]), cuts, crops
    )
