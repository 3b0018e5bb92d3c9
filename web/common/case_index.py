"""Looking for cases by words: number or its end, part of a name, code, sender,
handler, serial of a lock.

The words of cases lie sealed, so that no database can look into them. Of the two ways, keyed
digests of pairs of characters would say to whoever holds the database which pairs are frequent,
which is enough to guess names; they would grow it by some sixty rows a case, and each change of the
key would make them anew. So the words are kept in memory, where the key is anyway: folded, one text
a case and one a lock (web.common.word_index), read little by little after the start (`warming`) and
caught up with what changed at each search. One that comes before all is read reads the rest first:
it finds all there is. Nothing of it is written anywhere.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from unicodedata import normalize

import structlog

from core.cases.desk import Desk
from core.data.case import Case
from core.data.case_ports import Transaction
from core.errors import raised_at
from web.common.word_index import FIELDS, HeldWords

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
"""Cases, and locks, that are read in one view."""
WARMED_AT_ONCE: Final = 100
"""The same where nobody waits for them."""
STOP_S: Final = 10.0
OVERLAP: Final = timedelta(days=1)
"""What changed so long before the last look is looked at again, by its version: clocks may step."""
SHORTEST: Final = 2
SHORTEST_OF_A_SERIAL: Final = 4
MOST_FOUND: Final = 1000
_NUMBER_ENDS: Final = "\t"


class CaseIndex:
    """The words of all cases and the serials of all locks. One for a process."""

    def __init__(self) -> None:
        self._versions: dict[int, int] = {}
        self._cases, self._locks = HeldWords(), HeldWords()
        self._enterprises: dict[int, int] = {}
        self._looked: datetime | None = None
        self._last_case = self._last_lock = 0
        self._turn = threading.Lock()
        self.whole = threading.Event()
        """All that there was at the start is read."""

    def find(self, desk: Desk, sought: str) -> list[int]:
        """Ids of the cases that hold each of the words, the newest first; MOST_FOUND at most.

        Too short a word finds nothing. Not within a transaction.
        """
        words = [folded(word) for word in sought.split()]
        if not words or any(len(word) < SHORTEST for word in words):
            return []
        with self._turn:
            self._catch_up(desk)
            found = list(
                islice(
                    self._cases.find(
                        [word + _NUMBER_ENDS if _is_end(word) else word for word in words]
                    ),
                    MOST_FOUND,
                )
            )
            firms = self._firms_of_lock(words)
        by_lock: Sequence[int] = ()
        if firms:
            with desk.store.view() as tx:
                by_lock = tx.cases.ids_of_enterprises(firms, MOST_FOUND)
        return sorted({*found, *by_lock}, reverse=True)[:MOST_FOUND]

    def warm(self, desk: Desk, stopping: threading.Event) -> None:
        """Read all before somebody waits for it, for half the time of one core at most.

        Not within a transaction.
        """
        while not self.whole.is_set():
            began = time.monotonic()
            with self._turn:
                self._read_on(desk, WARMED_AT_ONCE)
            if stopping.wait(time.monotonic() - began):
                return

    def _catch_up(self, desk: Desk) -> None:
        """Read what is not read yet, and what changed since the last look."""
        while not self.whole.is_set():
            self._read_on(desk, AT_ONCE)
        assert self._looked is not None
        now = desk.clock.now()
        with desk.store.view() as tx:
            changed = tx.cases.changed_since(self._looked - OVERLAP)
            while self._read_locks(tx, AT_ONCE) == AT_ONCE:
                pass
        new = [case_id for case_id, version in changed if self._versions.get(case_id) != version]
        for start in range(0, len(new), AT_ONCE):
            with desk.store.view() as tx:
                read = tx.cases.by_ids(new[start : start + AT_ONCE])
            self._keep(read)
        self._looked = now

    def _read_on(self, desk: Desk, most: int) -> None:
        """Read the next cases and locks of those that there were at the first look."""
        if self.whole.is_set():
            return
        self._looked = self._looked or desk.clock.now()
        with desk.store.view() as tx:
            read = tx.cases.behind(self._last_case, most)
            locks = self._read_locks(tx, most)
        self._keep(read)
        self._last_case = read[-1].id if read else self._last_case
        if max(len(read), locks) < most:
            self.whole.set()

    def _keep(self, read: Sequence[Case]) -> None:
        for case in read:
            self._cases.put(case.id, _text_of(case))
            self._versions[case.id] = case.version

    def _read_locks(self, tx: Transaction, most: int) -> int:
        locks = tx.bindings.serials(self._last_lock, most)
        for lock_id, enterprise_id, serial in locks:
            self._locks.put(lock_id, folded(serial))
            self._enterprises[lock_id] = enterprise_id
            self._last_lock = lock_id
        return len(locks)

    def _firms_of_lock(self, words: Sequence[str]) -> set[int]:
        """Enterprises that have, or had, a lock with the one word in its serial."""
        [word, *more] = words
        if more or len(word) < SHORTEST_OF_A_SERIAL or not (word.isascii() and word.isalnum()):
            return set()
        return {
            self._enterprises[lock_id] for lock_id in islice(self._locks.find([word]), MOST_FOUND)
        }


@contextlib.contextmanager
def warming(index: CaseIndex, desk: Desk) -> Iterator[None]:
    """Warm the index in a thread of its own while the block runs.

    What it cannot read the first search reads, or says.
    """
    stopping = threading.Event()

    def warm() -> None:
        try:
            index.warm(desk, stopping)
        except Exception as error:  # noqa: BLE001  nobody asked for it yet
            log.warning("search.not_warmed", error=type(error).__name__, at=raised_at(error))

    thread = threading.Thread(target=warm, name="search", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(STOP_S)


def folded(text: str) -> str:
    """As words are compared: width, case and spaces make no difference."""
    return "".join(normalize("NFKC", text).casefold().split())


def _text_of(case: Case) -> str:
    others = FIELDS.join(
        folded(words)
        for words in (case.enterprise_name or "", case.uscc or "", case.sender, case.handler)
    )
    return f"{folded(case.number)}{_NUMBER_ENDS}{FIELDS}{others}"


def _is_end(word: str) -> bool:
    """Whether it is the end of a case's number: a short number is."""
    return word.isdecimal() and len(word) <= 4
