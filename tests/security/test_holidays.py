"""A rival asks on the eve of a long holiday: the link of the notice outlives it."""

from datetime import UTC, datetime, timedelta

import pytest

from core.cases.letters.objection import answer_by_link
from core.data.case import State
from tests.fixed_clock import FixedClock
from tests.validators.builders import complete_submission, message
from tests.world import WEDNESDAY_10, World, store_in

EVES = {
    "National Day": datetime(2026, 9, 30, 7, 0, tzinfo=UTC),
    "Spring Festival": datetime(2026, 2, 14, 7, 0, tzinfo=UTC),
}


@pytest.fixture(params=EVES)
def here(request, tmp_path):
    world = World(store_in(tmp_path))
    world.store.clock = FixedClock(EVES[request.param])
    yield world
    world.store.close()


def notice(world):
    """The token of the link about a rival's case, and the words of its letter."""
    world.register()
    world.mail(complete_submission(message(sender="rival@example.net")))
    letter = world.letter("contact_notice")
    with world.tx() as tx:
        return tx.links.token(letter.link_id), letter.rendered.text


def test_the_contact_objects_on_the_first_morning_after_it(here):
    token, text = notice(here)
    window = here.desk.workdays.window_for(here.clock.now())
    here.clock.at = window.opens_at - timedelta(hours=1)
    assert "自本邮件发出起 7 天内有效" not in text
    assert answer_by_link(here.desk, token, "不是").state is State.HELD


def test_a_week_without_holidays_is_as_long_as_ever(tmp_path):
    world = World(store_in(tmp_path))
    token, text = notice(world)
    assert "自本邮件发出起 7 天内有效" in text
    with world.tx() as tx:
        assert tx.links.by_token(token).expires_at == WEDNESDAY_10 + timedelta(days=7)
    world.store.close()
