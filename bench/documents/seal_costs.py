"""What a seal costs, and what it says: `python -m bench.documents.seal_costs [--first SEED]
[--count N]`. Processor time of one thread.

Pages of cards under an official seal, every wear in turn. A seal is read blind with its page, then
asked for its own name, and for one that differs in a character. It imports only what has not
changed its name since November 2026, so that PYTHONPATH can name another checkout.
"""

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import numpy as np

from core.enterprise_names import fold_name
from papers.lines.onnx_ocr import OnnxOcr
from papers.seals import seals
from papers.seals.asking import ask_seals
from papers.seals.cuts import cut_seals
from tests.drawing.generate import invent_enterprise, invent_person, request_pages
from tests.drawing.impostors import impostors

T = TypeVar("T")
_WEARS: Final = ("scan", "photo", "watermark", "faint", "coarse", "screen", "shadow", "skew")


class _Meter:
    """Seconds by what they were spent on, and counts."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self.count: Counter[str] = Counter()

    def timed(self, what: str, plain: Callable[..., T]) -> Callable[..., T]:
        """The function, noting its processor time."""

        def noting(*arguments: Any, **named: Any) -> T:
            began = time.process_time()
            try:
                return plain(*arguments, **named)
            finally:
                self.spent_s[what] += time.process_time() - began
                self.count[f"calls: {what}"] += 1

        return noting


def measured(ocr: Any, seeds: Sequence[int], meter: _Meter) -> None:
    """Reads and asks the seals of these seeds."""
    # so that it is no attribute by name
    seals.__dict__["read_seal"] = meter.timed("read", seals.__dict__["read_seal"])
    for number, seed in enumerate(seeds):
        enterprise, wear = invent_enterprise(seed), _WEARS[number % len(_WEARS)]
        over = random.Random(seed).random() < 0.35
        [page] = request_pages(
            enterprise,
            invent_person(seed),
            parts=("id_front", "id_back"),
            wear=wear,
            seed=seed,
            over_text=over,
        )
        image = np.ascontiguousarray(np.asarray(page.image)[:, :, ::-1])
        found = meter.timed("page", seals.read_seals)(seals.Sheet(image, "a.pdf", 1, ocr=ocr))
        meter.count["seals"] += len(found.seals)
        meter.count["named exactly"] += any(
            fold_name(seal.text or "") == fold_name(enterprise.name) for seal in found.seals
        )
        cuts = cut_seals(found.seals, found.pressed, image, image)
        meter.count["asked"] += len(cuts)
        claims = {
            "own": fold_name(enterprise.name),
            "other": fold_name(dict(impostors(enterprise.name, seed))["one character"]),
        }
        for whose, name in claims.items():
            for answer in meter.timed(f"asked, {whose} name", ask_seals)(ocr, cuts, [name]):
                meter.count[f"{whose} name: {answer.checks[0].verdict}"] += 1


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.documents.seal_costs", description=__doc__
    )
    parser.add_argument("--first", type=int, default=740_000)
    parser.add_argument("--count", type=int, default=24)
    arguments = parser.parse_args()
    meter, ocr = _Meter(), OnnxOcr()
    ocr._small.__dict__["_probabilities"] = meter.timed("recogniser", ocr._small._probabilities)
    measured(ocr, range(arguments.first, arguments.first + arguments.count), meter)
    for what, seconds in meter.spent_s.items():
        print(f"{what:24} {seconds / max(1, meter.count['seals']):.3f} s a seal")
    for what, count in sorted(meter.count.items()):
        print(f"{what:32} {count}")


if __name__ == "__main__":
    main()
