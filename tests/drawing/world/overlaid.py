"""Where the seals of a request of the second generator lie: over a named part of each card and
licence, as tests.drawing.overlaid places them.

Seeds from FIRST on look so: `python -m bench.world --first 80000`. Three of four are complete;
every fourth lacks one thing, in turn, and is sealed as the others are.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass

from tests.drawing.overlaid import LACKS, PLACES
from tests.drawing.strata import ONE_OF, parts_without
from tests.drawing.world.stamps import stamp

FIRST = 80_000
Frame = tuple[float, float, float, float]
"""Left, top, width and height of a paper on its sheet, in millimetres."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a request, whether it is sealed, and by PLACES the place of a seal."""

    parts: Collection[str]
    sealed: bool
    places: dict[str, str]

    def seal(self, name: str, rng: random.Random, side: str, frame: Frame) -> str:
        """The seal over a side of a card, or over a licence of one layout; "" without one."""
        if not self.sealed:
            return ""
        u, v = PLACES[side][self.places[side]]
        left, top, width, height = frame
        return stamp(name, rng, left + u * width, top + v * height)


def plan(seed: int) -> Plan | None:
    """The plan of a seed; None for seeds whose seals lie anywhere."""
    if seed < FIRST:
        return None
    rng = random.Random(f"overlaid {seed}")
    lacks = LACKS[seed // ONE_OF % len(LACKS)] if seed % ONE_OF == ONE_OF - 1 else ""
    places = {side: rng.choice([*there]) for side, there in PLACES.items()}
    return Plan(parts_without(lacks), lacks != "seal", places)
