"""What the groups of a transaction share: the connection, the vault, keyed digests, the numbers of
new rows, and whether an audit row is due."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, bindparam, false, or_, text

from core.data.due import Due
from core.keys.vault import Vault
from core.store.prepared import Statements


class Context:
    """One transaction. `announces`: somebody is told of what it makes `due`, each once.

    `acted`: it changed what must never change without an audit row. `decided`: of days.
    `receivers`: of events; None until they are asked for.
    """

    def __init__(self, connection: Connection, vault: Vault, *, announces: bool) -> None:
        self.connection = Statements(connection)
        self.vault, self.announces = vault, announces
        self.acted = self.decided = False
        self.receivers: frozenset[str] | None = None
        self.due: dict[str, Due] = {}
        self._kept: defaultdict[str, deque[int]] = defaultdict(deque)
        self._times: Counter[str] = Counter()

    def key(self, value: str | None) -> str | None:
        """The keyed digest by which a value is looked up; None for nothing."""
        return self.vault.digest(value.casefold()) if value else None

    def draw(self, *names: str, count: int = 1) -> list[int]:
        """The next number of each of these counters, from 1; with `count` the first of so many.

        One statement, so that nobody draws the same.

        The counter of a table's ids has its name: what is sealed names its row,
        whose id must be known before it is written.
        """
        values: dict[str, Any] = {f"name{place}": name for place, name in enumerate(names)}
        drawn = self.connection.execute(_drawing(len(names)), values | {"count": count})
        last = {row.name: row.value for row in drawn}
        return [last[name] - count + 1 for name in names]

    def keep(self, name: str, number: int) -> None:
        """A number that was drawn for `next_of`."""
        self._kept[name].append(number)

    def next_of(self, name: str) -> int:
        """The next number of a counter of which a step may need many: it draws one, then two, then
        four; those that it does not use are left out."""
        kept = self._kept[name]
        if not kept:
            count = 1 << self._times[name]
            self._times[name] += 1
            [first] = self.draw(name, count=count)
            kept.extend(range(first, first + count))
        return kept.popleft()


class Rows:
    """Base of the groups of SqlTransaction."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.connection, self.vault = context.connection, context.vault
        self.key, self.draw = context.key, context.draw

    def call(self, due: Due) -> None:
        """Say that this transaction makes it due; what is said first of a turn counts."""
        self.context.due.setdefault(due.turn, due)

    def must_be_audited(self) -> None:
        """This transaction is not kept without an audit row."""
        self.context.acted = True


@cache
def _drawing(names: int) -> TextClause:
    """Written once for each number of counters: there are two.

    As text, since SQLAlchemy compiles an insertion of several rows anew each time.
    """
    rows = ", ".join(f"(:name{place}, :count)" for place in range(names))
    again = "ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value"
    # nothing but names of parameters
    insert = f"INSERT INTO counters (name, value) VALUES {rows} {again}"  # noqa: S608
    return text(f"{insert} RETURNING name, value")


def slots(values: Collection[Any]) -> int:
    """How many values `any_of` asks for, for a list of these:
    the next power of two, so that few statements are written."""
    return 1 << max(len(values) - 1, 0).bit_length()


def any_of(column: ColumnElement[Any], name: str, count: int) -> ColumnElement[bool]:
    """Whether a column is one of `count` values that `spread` gives names to,
    for statements that are written once."""
    return one_of(
        column, (bindparam(f"{name}{place}", type_=column.type) for place in range(count))
    )


def spread(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """A list of values under the names of `any_of`; the last one stands
    in the places that are left."""
    return {f"{name}{place}": values[min(place, len(values) - 1)] for place in range(slots(values))}


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column is one of some values, for statements that are written once: an IN list is
    written out anew at each execution."""
    return or_(false(), *(column == value for value in values))
