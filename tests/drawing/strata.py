"""How the requests of the held part look: three of four are complete,
every fourth lacks one thing, in turn.

So that few requests show much: 400 seeds give 300 complete requests under an official seal, and 100
that lack something, 18 of them impostors. Looks (wear, turn, layout, legal form) are drawn for all
alike.
"""

from typing import Any

import numpy as np

from tests.drawing.generate import PARTS

ONE_OF = 4
"""Requests of which one lacks something."""
FIRST = 510_000
"""Seeds from here on follow these strata; those below look as they always did."""
LACKS = (
    "impostor",
    "seal",
    "contract",
    "finance",
    "invoice",
    "business",
    "id_front",
    "licence",
    "permit",
    "certificate",
    "impostor",
)
_WEARS = (
    *("scan",) * 4,
    *(
        "photo",
        "grey",
        "watermark",
        "faint",
        "coarse",
        "skew",
        "clean",
        "fax",
        "screen",
        "shadow",
        "finger",
        "glare",
    ),
)
_FORMS = ("company",) * 7 + (
    "sole_trader",
    "partnership",
    "branch",
    "proprietor",
    "cooperative",
)
_SPECIAL = ("contract", "finance", "invoice", "business")


def lacks_one(seed: int) -> str:
    """What the request of a seed lacks, or "" for a complete one."""
    return LACKS[seed // ONE_OF % len(LACKS)] if seed % ONE_OF == ONE_OF - 1 else ""


def seeds_for(complete: int, first: int) -> list[int]:
    """The seeds from `first` on, to so many complete requests."""
    seeds = []
    while complete > 0:
        complete -= not lacks_one(first)
        seeds.append(first)
        first += 1
    return seeds


def plan(seed: int) -> dict[str, Any]:
    """How the request of a seed looks."""
    rng, lacks = np.random.default_rng(seed), lacks_one(seed)
    return {
        "wear": str(rng.choice(_WEARS)),
        "turn": int(rng.choice([0, 0, 0, 0, 90, 180, 270])),
        "one_page": bool(rng.random() < 0.25),
        "sealed": lacks != "seal",
        "seal_kind": lacks if lacks in _SPECIAL else "official",
        "seal_colour": str(rng.choice(["red"] * 9 + ["blue"])),
        "layout": str(rng.choice(["", "landscape", "portrait"])),
        "over_text": bool(rng.random() < 0.35),
        "form": str(rng.choice(_FORMS)),
        "parts": _parts(lacks),
        "lacks": lacks,
    }


def _parts(lacks: str) -> tuple[str, ...]:
    if lacks == "permit":
        return ("licence",)
    if lacks == "certificate":
        return ("id_front", "id_back")
    return parts_without(lacks)


def parts_without(lacks: str) -> tuple[str, ...]:
    """The parts of a request without one."""
    return tuple(part for part in PARTS if part != lacks)
