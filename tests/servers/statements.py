"""SQL of SQLite compiled once for a test process.

SQLAlchemy keeps what it has compiled by engine, and each test has a store of its own: a fifth of
the processor time of a test of pages was the same statements compiled anew. Nothing compiled
depends on the engine: the types of the tables have no state (core/store/tables/columns.py), and
the vault seals before a value is bound.
"""

from typing import Any

from sqlalchemy import Engine, TextClause
from sqlalchemy.engine import Compiled

from core.store import database

Key = tuple[Any, ...]
"""The dialect, and all that tells a statement from others."""


class ByDialectName(dict[Key, Compiled]):
    """SQLAlchemy looks with the dialect object, of which each engine has its own."""

    def get(self, key: Key, default: Any = None) -> Any:
        return super().get(_named(key), default)

    def __setitem__(self, key: Key, compiled: Compiled) -> None:
        if not isinstance(compiled.statement, TextClause):  # the columns of a text are not known
            super().__setitem__(_named(key), compiled)


def _named(key: Key) -> Key:
    dialect, *statement = key
    return (dialect.name, *statement)


_COMPILED = ByDialectName()
_create_engine = database.create_engine


def _sharing(*place: Any, **options: Any) -> Engine:
    engine = _create_engine(*place, **options)
    if engine.dialect.name == "sqlite":
        engine._compiled_cache = _COMPILED
    return engine


def share() -> None:
    """From now on all engines of the store for SQLite share what is compiled."""
    database.create_engine = _sharing
