"""Steps of tests and benchmarks that prepare something."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.store.store import Store, Transaction


@contextmanager
def unaudited(store: Store) -> Iterator[Transaction]:
    """A step that, unlike the program's, need not leave an audit row."""
    with store.transaction() as tx:
        yield tx
        tx.acted = False
