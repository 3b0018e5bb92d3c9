"""Every state against every step: those of the table lead where it says, all others raise."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from core.data.case import (
    ENDED,
    IDENTITY,
    TRANSITIONS,
    UNDECIDED,
    Case,
    State,
    Step,
    advance,
    amend,
)
from core.errors import IllegalTransition

AT = datetime(2026, 11, 25, tzinfo=UTC)
ALLOWED = {
    State.INCOMPLETE: {
        "supplement": "incomplete",
        "fulfil": "queued",
        "return": "incomplete",
        "accept": "queued",
        "hold": "held",
        "decline": "declined",
        "withdraw": "withdrawn",
        "dismiss": "dismissed",
        "merge": "merged",
        "expire": "expired",
    },
    State.QUEUED: {
        "supplement": "queued",
        "return": "incomplete",
        "hold": "held",
        "approve": "approved",
        "postpone": "queued",
        "decline": "declined",
        "withdraw": "withdrawn",
        "dismiss": "dismissed",
        "merge": "merged",
    },
    State.HELD: {
        "supplement": "held",
        "return": "incomplete",
        "hold": "held",
        "release": "queued",
        "release_incomplete": "incomplete",
        "decline": "declined",
        "withdraw": "withdrawn",
        "dismiss": "dismissed",
        "merge": "merged",
    },
    State.APPROVED: {
        "supplement": "queued",
        "return": "incomplete",
        "hold": "held",
        "postpone": "approved",
        "process": "completed",
        "revoke": "queued",
        "decline": "declined",
        "withdraw": "withdrawn",
        "dismiss": "dismissed",
        "merge": "merged",
    },
    State.COMPLETED: {"reverse": "held"},
}


def case(state):
    return Case(1, "JB1", 3, state, "a@example.com", None, None, None, None, AT, AT)


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_each_step_from_each_state(state, step):
    wanted = ALLOWED.get(state, {}).get(step.value)
    if wanted is None:
        with pytest.raises(IllegalTransition):
            advance(case(state), step, AT)
            pytest.fail("a step that ALLOWED lacks: add it there and in docs/CASE-CYCLE.md")
    else:
        moved = advance(replace(case(state), approved_by="li"), step, AT, reason="why")
        assert (moved.state.value, moved.version, moved.reason) == (wanted, 4, "why")
        assert moved.approved_by == ("" if moved.state in UNDECIDED else "li")


def test_nothing_leaves_an_ended_case_but_that_it_is_taken_back():
    assert [(state, step) for state, step in TRANSITIONS if state in ENDED] == [
        (State.COMPLETED, Step.REVERSE)
    ]


def test_amending_cannot_change_the_state():
    for name in IDENTITY:
        with pytest.raises(TypeError):
            amend(case(State.QUEUED), AT, **{name: 1})
    assert amend(case(State.QUEUED), AT, enterprise_id=5).version == 4
