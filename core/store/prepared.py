"""Statements that are written once, on the short way to the driver.

SQLAlchemy spends several times as long over a small statement as the database does: it looks for
what it compiled, and makes a context and a cursor's result. A statement that comes with its values
is compiled here once for each set of names and handed to the driver with the values as their types
have them; rows come back as SQLAlchemy's. What needs more goes SQLAlchemy's way: lists that are
written out anew (IN), values that a table's own defaults fill in, and statements without values,
since those are built where they are asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache, partial
from typing import Any, Final, Never, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, Dialect, Executable, NestedTransaction, ScalarResult
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import TypedReturnsRows

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
FORMS_KEPT: Final = 512


class Answer(IteratorResult[*Ts]):
    """Rows of a statement, or how many it changed (`rowcount`):
    what is used of SQLAlchemy's CursorResult."""

    def __init__(
        self, names: SimpleResultMetaData, rows: Sequence[Sequence[Any]], rowcount: int
    ) -> None:
        super().__init__(names, iter(rows))
        self.rowcount = rowcount


_NO_ROWS: Final = SimpleResultMetaData(())


class Form:
    """A statement as a driver takes it, for values of certain names."""

    def __init__(
        self, compiled: SQLCompiler, names: Sequence[str], columns: Sequence[Any], dialect: Dialect
    ) -> None:
        self.words = compiled.string
        places = compiled.positiontup if compiled.positional else list(compiled.binds)
        self._by_name = None if compiled.positional else places
        self._places = [self._place(compiled, place, names, dialect) for place in places or ()]
        converts = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self._converts = [(place, convert) for place, convert in enumerate(converts) if convert]
        self._names: SimpleResultMetaData | None = None

    @staticmethod
    def _place(
        compiled: SQLCompiler, place: str, names: Sequence[str], dialect: Dialect
    ) -> tuple[str | None, Convert | None, Any]:
        """Name and conversion of a value that is given,
        or the one that the statement has itself."""
        bind = compiled.binds[place]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.key in names:
            return bind.key, convert, None
        return None, None, convert(bind.value) if convert else bind.value

    def values(self, values: Values) -> Sequence[Any] | Values:
        """The values as the driver takes them."""
        own = [
            fixed if name is None else convert(values[name]) if convert else values[name]
            for name, convert, fixed in self._places
        ]
        return own if self._by_name is None else dict(zip(self._by_name, own, strict=True))

    def answer(self, cursor: Any) -> Answer[*tuple[Any, ...]]:
        """What the driver's cursor holds, values as their types have them."""
        if cursor.description is None:
            return Answer(_NO_ROWS, (), cursor.rowcount)
        if self._names is None:
            self._names = SimpleResultMetaData([column[0] for column in cursor.description])
        rows = cursor.fetchall()
        return Answer(
            self._names,
            [self._converted(row) for row in rows] if self._converts else rows,
            cursor.rowcount,
        )

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return tuple(values)


@lru_cache(maxsize=FORMS_KEPT)
def _form_of(statement: Any, names: tuple[str, ...], dialect: Dialect, many: bool) -> Form | None:
    """The form of a statement; None for one that goes SQLAlchemy's way."""
    compiled = statement.compile(dialect=dialect, column_keys=names, for_executemany=many)
    if (
        compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.insert_prefetch
        or compiled.update_prefetch
    ):
        return None
    if any(
        bind.callable or (bind.required and bind.key not in names)
        for bind in compiled.binds.values()
    ):
        return None
    return Form(compiled, names, getattr(statement, "exported_columns", ()), dialect)


def as_raised(connection: Connection, error: Any, words: str) -> Any:
    """A driver's error as SQLAlchemy would raise it; a connection
    that is lost with it is given up."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.driver_connection, None)
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        words,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )


@contextmanager
def _pipeline(driver: Any) -> Iterator[None]:
    """psycopg's pipeline, whose end is a Sync alone. psycopg sends a flush request after it, on
    which PostgreSQL 15 puts idle_in_transaction_session_timeout off until the next statement: a
    process that stood still there would keep its turn. The Sync flushes what came before by
    itself."""
    with driver.pipeline() as pipeline:
        pipeline._exit_gen = partial(_end_by_sync, pipeline)  # noqa: SLF001
        yield


def _end_by_sync(pipeline: Any) -> Iterator[Any]:
    """As psycopg's Pipeline._exit_gen, without the flush request."""
    try:
        pipeline._enqueue_sync()  # noqa: SLF001
        yield from pipeline._communicate_gen()  # noqa: SLF001
    finally:
        yield from pipeline._fetch_gen(flush=False)  # noqa: SLF001


class Statements:
    """The statements of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self._driver: Any = connection.connection.driver_connection
        self._has_pipelines = hasattr(self._driver, "pipeline")
        # as text, what is sealed comes as twice as many hexadecimal digits
        self._cursor_options = {"binary": True} if self._has_pipelines else {}
        self._unsent: list[tuple[Form, Values | Sequence[Values]]] = []

    @overload
    def execute(
        self, statement: TypedReturnsRows[*Ts], values: Values | Sequence[Values] | None = None
    ) -> Answer[*Ts]: ...
    @overload
    def execute(
        self, statement: Executable, values: Values | Sequence[Values] | None = None
    ) -> Answer[*tuple[Any, ...]]: ...
    def execute(
        self, statement: Executable, values: Values | Sequence[Values] | None = None
    ) -> Any:
        """What SQLAlchemy's connection would answer. Raises DBAPIError as it does."""
        form = None if values is None else self._form_of(statement, values)
        if form is None or values is None:
            self.flush()
            return self._connection.execute(statement, values)
        with self._after_unsent(form.words):
            cursor = self._hand_over(form, values)
        return form.answer(cursor)

    def send(self, statement: Executable, values: Values | Sequence[Values]) -> None:
        """Execute a statement whose answer nobody waits for.

        PostgreSQL gets it with the next one, or with `flush`: several for one message there and
        back; an error of it is raised then.
        """
        form = self._form_of(statement, values) if self._has_pipelines else None
        if form:
            self._unsent.append((form, values))
        else:
            self.execute(statement, values)

    def execute_all(self, *asked: tuple[Executable, Values]) -> list[Answer[*tuple[Any, ...]]]:
        """Execute several statements; PostgreSQL gets them in one message there and back."""
        forms = [(self._form_of(statement, values), values) for statement, values in asked]
        if not self._has_pipelines or not all(form for form, _ in forms):
            return [self.execute(statement, values) for statement, values in asked]
        with self._after_unsent("pipeline", together=True):
            handed = [(form, self._hand_over(form, values)) for form, values in forms if form]
        return [form.answer(cursor) for form, cursor in handed]

    def flush(self) -> None:
        """Send what waits for the next statement.

        To be called before the connection is used past this object.
        """
        if self._unsent:
            with self._after_unsent("pipeline"):
                pass

    def end(self) -> None:
        """Send what waits, and on PostgreSQL the commit with it:
        whoever commits then finds it done."""
        if self._unsent:
            with self._after_unsent("pipeline"):
                self._driver.execute("COMMIT", prepare=False)

    @contextmanager
    def _after_unsent(self, words: str, *, together: bool = False) -> Iterator[None]:
        """For a block that hands one statement over, or several together:
        those that wait go before it."""
        unsent, self._unsent = self._unsent, []
        try:
            with _pipeline(self._driver) if unsent or together else nullcontext():
                for form, values in unsent:
                    self._hand_over(form, values)
                yield
        except self.dialect.loaded_dbapi.Error as error:
            raise as_raised(self._connection, error, words) from error

    def _form_of(self, statement: Executable, values: Values | Sequence[Values]) -> Form | None:
        many = not isinstance(values, Mapping)
        return _form_of(
            statement,
            tuple(values if isinstance(values, Mapping) else values[0]),
            self.dialect,
            many,
        )

    def _hand_over(self, form: Form, values: Values | Sequence[Values]) -> Any:
        """The driver's cursor with the statement."""
        cursor, many = self._driver.cursor(**self._cursor_options), not isinstance(values, Mapping)
        own = form.values(values) if isinstance(values, Mapping) else list(map(form.values, values))
        for listener in self._connection.dispatch.before_cursor_execute:
            listener(self._connection, cursor, form.words, own, None, many)
        (cursor.executemany if many else cursor.execute)(form.words, own)
        return cursor

    @overload
    def scalar(
        self, statement: TypedReturnsRows[Never], values: Values | None = None
    ) -> Any | None: ...
    @overload
    def scalar(self, statement: TypedReturnsRows[T], values: Values | None = None) -> T | None: ...
    @overload
    def scalar(self, statement: Executable, values: Values | None = None) -> Any: ...
    def scalar(self, statement: Executable, values: Values | None = None) -> Any:
        """The first value of the first row, or None."""
        return self.execute(statement, values).scalar()

    def scalars(self, statement: Executable, values: Values | None = None) -> ScalarResult[Any]:
        """The first value of each row."""
        return self.execute(statement, values).scalars()

    def begin_nested(self) -> NestedTransaction:
        """A savepoint."""
        self.flush()
        return self._connection.begin_nested()
