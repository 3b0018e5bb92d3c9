"""The second generator gives the same for the same seed, invents nobody who could be real,
and its wear keeps a page a page."""

import random

import numpy as np
import pytest

from core.check_digits import id_number_ok, uscc_ok
from tests.drawing.overlaid import LACKS, PLACES
from tests.drawing.world import overlaid
from tests.drawing.world.stamps import stamp
from tests.drawing.world.subjects import subject
from tests.drawing.world.wear import WEAR


def test_senders_are_invented_and_their_numbers_fit():
    for seed in range(40):
        who = subject(seed)
        assert who == subject(seed)
        assert id_number_ok(who.id_number)
        assert uscc_ok(who.uscc)
        assert who.id_number[2:6] == who.uscc[4:8] == "9999"
    assert {subject(seed).kind for seed in range(40)} == {"company", "trader", "unit"}


@pytest.mark.parametrize("wear", WEAR)
def test_a_worn_page_is_a_page_and_always_the_same(wear):
    page = np.full((240, 320, 3), 255, np.uint8)
    page[60:80, 40:280] = 0
    first, second = (WEAR[wear](page, np.random.default_rng(5)) for _ in range(2))
    assert first.shape == page.shape
    assert first.dtype == np.uint8
    assert (first == second).all()
    assert first.min() < 120 < first.max()


def test_the_registrys_own_seal_has_no_truth():
    assert "data-seal" in stamp("甲（乙）有限公司", random.Random(1), 50, 50)
    assert "data-seal" not in stamp("某某区市场监督管理局", random.Random(1), 50, 50, truth="")


def test_seals_lie_over_every_part_and_every_fourth_request_lacks_one_thing():
    plans = [overlaid.plan(overlaid.FIRST + number) for number in range(400)]
    for side, there in PLACES.items():
        assert {plan.places[side] for plan in plans} == there.keys()
    lacking = [plan for plan in plans if not plan.sealed or len(plan.parts) < len(LACKS) - 1]
    assert len(lacking) == 100
    assert "data-seal" in plans[0].seal("甲有限公司", random.Random(1), "id_front", (0, 0, 86, 54))
    assert overlaid.plan(overlaid.FIRST - 1) is None
