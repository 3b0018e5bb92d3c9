"""An administrator acts on a case as it was seen: every act names the version of the case that was
on the page. If the case has changed since, the act is refused with the changes (Conflict).
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate

from core.cases.desk import Desk, DeskStep, Given, Result, one_step
from core.cases.letters.words import ACTIONS, ACTORS, STATES
from core.clock import local
from core.data.case import Case, State
from core.data.figure import TIMED
from core.errors import Conflict, NotAllowed


def on_seen_case(
    act: Callable[Concatenate[DeskStep, Case, Given], Result],
) -> Callable[Concatenate[Desk, int, int, Given], Result]:
    """An act on a case in one step. It is called with the desk, the id of the case and the version
    that was seen. Raises Conflict where that is another one by now.
    """

    @wraps(act)
    def on_case(
        tx: DeskStep, case_id: int, version: int, /, *given: Given.args, **named: Given.kwargs
    ) -> Result:
        return act(tx, seen_case(tx, case_id, version), *given, **named)

    return one_step(on_case)


def seen_case(tx: DeskStep, case_id: int, version: int) -> Case:
    """The case, if its version is still the one that was seen. Raises Conflict with the changes."""
    case = tx.cases.get(case_id)
    if case.version == version:
        return case
    changes = tuple(
        f"{local(entry.at):%m-%d %H:%M} {ACTORS.get(entry.actor, entry.actor)}："
        f"{ACTIONS.get(entry.action, entry.action)}"
        for entry in reversed(tx.audit.entries(case_id))
        if entry.number("version") > version and entry.action != TIMED
    )
    text = (
        f"工单 {case.number} 在您查看之后已有变化（现为{STATES[case.state]}），请核对后重新操作。"
    )
    raise Conflict(text, changes)


def require_state(case: Case, states: Collection[State], act_words: str) -> None:
    """Raise NotAllowed for an act on a case in another state."""
    if case.state not in states:
        raise NotAllowed(f"工单 {case.number} 现为{STATES[case.state]}，不能{act_words}。")
