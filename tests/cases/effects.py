"""All that follows from a step, a line each: cases, letters with their facts, alerts, audit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from datetime import datetime

from core.cases.desk import DeskStep
from core.clock import local
from core.data.case import Case
from core.data.letter import Letter, LetterFacts, LetterKind, Rendered
from core.data.workday import Window
from core.errors import DeskError
from tests.world import World

UNSEEN = {"version", "changed_at", "opened_at", "id", "number"}
NEW = {one.name: one.default for one in fields(Case)}


class Facts:
    """Letters that tell their facts, those that are not the usual ones."""

    def render(self, kind: LetterKind, facts: LetterFacts) -> Rendered:
        told = [(one.name, getattr(facts, one.name)) for one in fields(facts)]
        unusual = [one for one in told if one not in vars(LetterFacts()).items()]
        return Rendered(kind, " ".join(f"{name}={_short(value)}" for name, value in unusual), "")


class TakenBack(Exception):
    pass


@contextmanager
def taken_back(world: World) -> Iterator[DeskStep]:
    """A step of which nothing stays."""
    with suppress(TakenBack), world.desk.step() as tx:
        yield tx
        raise TakenBack


def what_follows(tx: DeskStep, act: Callable[[], object]) -> list[str]:
    """All that is otherwise after the act."""
    cases = {one.id: vars(one) for one in tx.cases.oldest()}
    letters = {one.id: one for one in tx.letters.oldest()}
    alerts = {one.kind: one.text for one in tx.alerts.find()}
    entries = len(tx.audit.entries())
    try:
        act()
    except DeskError as error:
        return [f"refused: {error}"]
    found = [_of_case(cases.get(one.id), one) for one in tx.cases.oldest()]
    for letter in tx.letters.oldest():
        before = letters.get(letter.id)
        if before is None or before.kind is not letter.kind:
            found.append(_of_letter(letter))
        elif before.state is not letter.state:
            found.append(f"{letter.kind} to {letter.recipient} is {letter.state}: {letter.error}")
    after = {one.kind: one.text for one in tx.alerts.find()}
    found += [f"alert: {text}" for kind, text in after.items() if alerts.get(kind) != text]
    found += [f"no alert: {kind}" for kind in alerts if kind not in after]
    acts = [one.action for one in reversed(tx.audit.entries())]
    found.append(" ".join(acts[entries:]))
    return [one for one in found if one]


def _short(value: object) -> str:
    """A field's value without the names of its types."""
    if isinstance(value, datetime):
        return f"{local(value):%m-%d/%H:%M:%S}"
    if is_dataclass(value) and not isinstance(value, Window):
        value = tuple(vars(value).values())
    return "+".join(map(_short, value)) if isinstance(value, tuple) else f"{value}"


def _of_letter(letter: Letter) -> str:
    """A letter with its lane, the mail that it answers, and its facts."""
    marks = [letter.state, letter.lane, letter.in_reply_to]
    words = " ".join(one for one in marks if one)
    return f"{letter.kind} to {letter.recipient} ({words}): {letter.rendered.text}"


def _of_case(before: dict[str, object] | None, after: Case) -> str:
    """What is new of a case."""
    known = NEW if before is None else before
    changed = {
        name: value
        for name, value in vars(after).items()
        if name not in UNSEEN and value != known[name]
    }
    if "findings" in changed:
        codes = (f"{one.code}/{one.variant}".rstrip("/") for one in after.findings)
        changed["findings"] = tuple(codes)
    words = " ".join(f"{name}={_short(value)}" for name, value in changed.items())
    return f"{'case' if before else 'new case'}: {words}" if words else ""
