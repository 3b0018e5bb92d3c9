"""A list of cases as its address says it: state, filters, order, what is looked for;
and the way through it from case to case.

The address is all there is to it: a list can be bookmarked, and each case that was opened from it
carries it along, so that after a decision the next one of the same list comes up. Pages go on
behind the last case of the one before (keyset), so that a list which shrinks while it is worked on
skips nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final, Literal
from urllib.parse import parse_qs, urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from core.cases.decision import batch_approval
from core.cases.desk import DeskStep
from core.clock import period
from core.data.case import ENDED, OPEN, Case, State
from core.data.case_query import CaseQuery, Only, is_from_stranger

CHUNK = 200
MOST_SCANNED = 1000
"""Cases that are looked through for one page of a filter that the store alone cannot answer; the
page then says that it goes on."""
LONGEST_QUERY = 300
BY_HAND: Final = "by_hand"
ANY: Final = "any"


def _none_of_empty(typed: object) -> object:
    """A field of a form that was left empty."""
    return typed or None


Day = Annotated[date | None, BeforeValidator(_none_of_empty)]


class Wanted(BaseModel):
    """The filters of a list, from the query of its address. `received`: the day on which the case
    was opened. `find`: the text of the search. `owner`: who works on the case."""

    model_config = ConfigDict(frozen=True)

    state: State | Literal["by_hand", "any"] = State.QUEUED
    only: frozenset[Only] = frozenset()
    window: Day = None
    received: Day = None
    sort: Literal["", "newest"] = ""
    find: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""
    owner: Annotated[str, StringConstraints(max_length=40)] = ""
    tag: Annotated[str, StringConstraints(max_length=20)] = ""

    @property
    def query(self) -> str:
        """The query of the list's address, always with its state."""
        parameters = self.model_dump(mode="json", exclude_defaults=True)
        only = [one.value for one in Only if one in self.only]
        return urlencode({"state": self.state} | parameters | {"only": only}, doseq=True)

    @property
    def newest(self) -> bool:
        """Whether the newest come first; else those with the nearest window."""
        return self.sort == "newest" or self.state == ANY or self.state in ENDED

    @property
    def plain(self) -> bool:
        """Whether it is all cases of its state."""
        return self == Wanted(state=self.state)

    @property
    def states(self) -> tuple[State, ...] | None:
        """The states of the list's cases, () for all; None where no case can be in it."""
        if self.state == ANY:
            states: tuple[State, ...] = ()
        else:
            states = OPEN if self.state == BY_HAND else (State(self.state),)
        if Only.CHECKED not in self.only:
            return states
        return (State.QUEUED,) if not states or State.QUEUED in states else None

    def case_query(self, ids: Collection[int] | None) -> CaseQuery | None:
        """The query for the store; None where no case can be in the list. `ids`: the results of the
        search."""
        if self.states is None:
            return None
        return CaseQuery(
            self.states,
            self.window,
            period(self.received, self.received) if self.received else None,
            self.only,
            by_hand=self.state == BY_HAND,
            ids=ids,
            owner=self.owner,
            tag=self.tag,
            newest=self.newest,
        )

    def toggled(self, one: Only) -> "Wanted":
        """The list with this filter put on, or taken off."""
        return self.model_copy(update={"only": self.only ^ {one}})

    def turned(self) -> "Wanted":
        """The list in the other order."""
        return self.model_copy(update={"sort": "" if self.sort else "newest"})


def wanted_of(text: str) -> Wanted | None:
    """The list of a query; None for one that is none of ours."""
    if not text or len(text) > LONGEST_QUERY:
        return None
    pairs = parse_qs(text, max_num_fields=20)
    only = pairs.pop("only", [])
    try:
        return Wanted.model_validate(
            {name: found[-1] for name, found in pairs.items()} | {"only": only}
        )
    except ValueError:
        return None


@dataclass(frozen=True)
class Found:
    """A piece of a list. `to_look`: why each may not be approved unseen.

    `behind`: where it goes on, if it does; `whole`: it did not end for lack of time.
    """

    cases: list[Case]
    to_look: Mapping[int, tuple[str, ...]]
    behind: Case | None = None
    whole: bool = True


@dataclass(frozen=True)
class Listing:
    """A list to read. `ids`: what the search found, where something is looked for."""

    wanted: Wanted
    ids: Collection[int] | None = None

    def piece(
        self, tx: DeskStep, limit: int, beyond: Case | None = None, *, backwards: bool = False
    ) -> Found:
        """The next cases behind `beyond`."""
        wanted, query = self.wanted, self.wanted.case_query(self.ids)
        found, looks, scanned = list[Case](), dict[int, tuple[str, ...]](), 0
        chunk_size = min(3 * limit, CHUNK) if wanted.only & _NEEDS_LIVE_DATA else limit
        while query and scanned < MOST_SCANNED:
            query = replace(query, beyond=beyond, backwards=backwards, limit=chunk_size + 1)
            chunk = tx.cases.find(query)
            likely = [case for case in chunk if _may_fit(wanted, case)]
            queued = [case for case in likely if case.state is State.QUEUED]
            looks |= batch_approval.looked_up(tx, queued)
            found += [case for case in likely if _fits(wanted, case, looks.get(case.id, ()))]
            if len(found) > limit:
                return Found(found[:limit], looks, found[limit - 1])
            if len(chunk) <= chunk_size:
                return Found(found, looks)
            scanned, beyond = scanned + len(chunk), chunk[-1]
        return Found(found, looks, beyond if scanned else None, whole=not scanned)

    def neighbour(self, tx: DeskStep, case: Case, *, backwards: bool = False) -> Case | None:
        """The case behind this one, or before it; it need not be in the list any more itself."""
        return next(iter(self.piece(tx, 1, case, backwards=backwards).cases), None)


_NEEDS_LIVE_DATA = frozenset({Only.CHECKED, Only.LOOK})


def _may_fit(wanted: Wanted, case: Case) -> bool:
    """Whether the case alone may match the filters, where the store does not know it yet."""
    return (Only.STRANGER not in wanted.only or is_from_stranger(case)) and (
        wanted.state != BY_HAND or case.by_hand
    )


def _fits(wanted: Wanted, case: Case, look: tuple[str, ...]) -> bool:
    """The check that needs live data: whether the case may be approved unseen."""
    is_checked = case.state is State.QUEUED and not look
    excluding = Only.LOOK if is_checked else Only.CHECKED
    return excluding not in wanted.only
