"""Whole requests by a seed: what they lack, how they look, their pages with the truth."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.drawing import overlaid, strata
from tests.drawing.generate import PageTruth, invent_person, pdf_of, request_pages, stamp
from tests.drawing.organisations import TITLES
from tests.drawing.other_pages import certificate_page, permit_page
from tests.drawing.people import Enterprise, invent_formed, one_character_off
from tests.drawing.permits import PERMITS
from tests.drawing.wear import WEAR

_NO_LOOKS = frozenset({"form", "lacks"})


@dataclass(frozen=True, slots=True)
class DrawnRequest:
    """A request as its mail brings it. `how`: its wear, its turn, what it lacks.

    `foreign`: its first page under a seal that names another enterprise.
    """

    seed: int
    name: str
    pdf: bytes
    pages: Sequence[PageTruth]
    how: dict[str, Any]
    foreign: bytes = b""


def plan(seed: int) -> dict[str, Any]:
    """How the request of a seed looks."""
    return overlaid.plan(seed) if seed >= overlaid.FIRST else strata.plan(seed)


def enterprise_of(seed: int) -> Enterprise:
    """The enterprise that sends the request of a seed."""
    return invent_formed(seed, plan(seed)["form"])


def pages_of(seed: int) -> list[PageTruth]:
    """The pages of a seed."""
    how, enterprise = plan(seed), enterprise_of(seed)
    seal_name = one_character_off(enterprise, seed).name if how["lacks"] == "impostor" else ""
    return [*_drawn(seed, seal_name), *_stand_in(seed, how, enterprise)]


def request(seed: int) -> DrawnRequest:
    """The request of a seed; a complete one of several pages has a foreign first page too."""
    how, enterprise, pages = plan(seed), enterprise_of(seed), pages_of(seed)
    foreign = b""
    if not how["lacks"] and len(pages) > 1:
        foreign = _pdf(_drawn(seed, one_character_off(enterprise, seed).name)[:1])
    return DrawnRequest(seed, enterprise.name, _pdf(pages), pages, how, foreign)


def page_files(first: int) -> Iterator[bytes]:
    """The pages of the requests from a seed on, each a PDF of its own."""
    return (_pdf([page]) for seed in itertools.count(first) for page in pages_of(seed))


def _pdf(pages: Sequence[PageTruth]) -> bytes:
    return pdf_of([page.image for page in pages], quality=75)


def _drawn(seed: int, seal_name: str) -> list[PageTruth]:
    looks = {name: value for name, value in plan(seed).items() if name not in _NO_LOOKS}
    person = invent_person(seed)
    return request_pages(enterprise_of(seed), person, seed=seed, seal_name=seal_name, **looks)


def _stand_in(seed: int, how: dict[str, Any], enterprise: Enterprise) -> list[PageTruth]:
    """The paper in the place of a card or licence, sealed, upright and worn as the rest."""
    rng = random.Random(f"stand-in {seed}")
    if how["lacks"] == "permit":
        kind = rng.choice([kind for kind in PERMITS if kind != "temporary"])
        page = permit_page(invent_person(seed), kind, seed)
    elif how["lacks"] == "certificate":
        page = certificate_page(enterprise, rng.choice(TITLES), seed)
    else:
        return []
    stamp(page, enterprise.name, rng)
    page.image, page.wear = WEAR[how["wear"]](page.image, rng), how["wear"]
    return [page]
