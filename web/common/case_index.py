"""Looking for cases by words: number or its end, part of a name, code, sender, handler, serial of a
lock.

The words of cases are sealed, so that no database can look into them. So each process keeps them in
memory, where the key is anyway: folded, one text a case and one a lock, read once and caught up
with what changed at each search. A search looks through all of them. Nothing of it is written
anywhere.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize

import structlog

from core.cases.desk import Desk
from core.data.case import Case
from core.errors import raised_at

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
"""Cases, and locks, that are read in one view."""
OVERLAP: Final = timedelta(days=1)
"""How far before the last update changes are read again, by their version, because clocks may
step."""
SHORTEST: Final = 2
SHORTEST_OF_A_SERIAL: Final = 4
MOST_FOUND: Final = 1000
FIELDS: Final = "\n"
"""Between the fields of a text: nothing that is looked for goes over it."""
NUMBER_ENDS: Final = "\t"


class CaseIndex:
    """The words of all cases and the serials of all locks. One for a process."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._versions: dict[int, int] = {}
        self._serials: dict[int, str] = {}
        self._enterprises: dict[int, int] = {}
        self._looked: datetime | None = None
        self._turn = threading.Lock()

    def find(self, desk: Desk, sought: str) -> list[int]:
        """Ids of the cases that hold each of the words, the newest first; MOST_FOUND at most. Too
        short a word finds nothing. Not within a transaction."""
        words = [folded(word) for word in sought.split()]
        if not words or any(len(word) < SHORTEST for word in words):
            return []
        self.catch_up(desk)
        ends = [word + NUMBER_ENDS if _is_number_end(word) else word for word in words]
        with self._turn:
            found = set(_holding(self._texts, ends))
            enterprises = self._enterprises_of_lock(words)
        if enterprises:
            with desk.store.view() as tx:
                found.update(tx.cases.ids_of_enterprises(enterprises, MOST_FOUND))
        return sorted(found, reverse=True)[:MOST_FOUND]

    def catch_up(self, desk: Desk) -> None:
        """Read what is not read yet, and what changed since the last look."""
        with self._turn:
            now = desk.clock.now()
            if self._looked is None:
                self._read_all(desk)
            else:
                self._read_changed(desk, self._looked)
            self._read_locks(desk)
            self._looked = now

    def _read_all(self, desk: Desk) -> None:
        last = max(self._texts, default=0)
        while True:
            with desk.store.view() as tx:
                cases = tx.cases.behind(last, AT_ONCE)
            self._keep(cases)
            if len(cases) < AT_ONCE:
                return
            last = cases[-1].id

    def _read_changed(self, desk: Desk, looked: datetime) -> None:
        with desk.store.view() as tx:
            changed = tx.cases.changed_since(looked - OVERLAP)
        new = [one for one, version in changed if self._versions.get(one) != version]
        for start in range(0, len(new), AT_ONCE):
            with desk.store.view() as tx:
                cases = tx.cases.by_ids(new[start : start + AT_ONCE])
            self._keep(cases)

    def _keep(self, cases: Sequence[Case]) -> None:
        for case in cases:
            self._texts[case.id] = _text_of(case)
            self._versions[case.id] = case.version

    def _read_locks(self, desk: Desk) -> None:
        while True:
            with desk.store.view() as tx:
                locks = tx.bindings.serials(max(self._serials, default=0), AT_ONCE)
            for lock_id, enterprise_id, serial in locks:
                self._serials[lock_id] = folded(serial)
                self._enterprises[lock_id] = enterprise_id
            if len(locks) < AT_ONCE:
                return

    def _enterprises_of_lock(self, words: Sequence[str]) -> set[int]:
        """Enterprises that have, or had, a lock with the one word in its serial."""
        word = words[0]
        is_serial = word.isascii() and word.isalnum() and len(word) >= SHORTEST_OF_A_SERIAL
        if len(words) > 1 or not is_serial:
            return set()
        return {self._enterprises[lock_id] for lock_id in _holding(self._serials, [word])}


def _holding(texts: Mapping[int, str], words: Sequence[str]) -> list[int]:
    """Ids of the texts that hold each of the words, the newest first; MOST_FOUND at most."""
    found: Iterable[tuple[int, str]] = texts.items()
    for word in words:
        found = [(text_id, text) for text_id, text in found if word in text]
    return sorted((text_id for text_id, _ in found), reverse=True)[:MOST_FOUND]


def warm(index: CaseIndex, desk: Desk) -> threading.Thread:
    """Read the words in a thread of its own, before somebody waits for them. What it cannot read
    the first search reads, or says."""

    def read() -> None:
        try:
            index.catch_up(desk)
        except Exception as error:  # noqa: BLE001  nobody asked for it yet
            log.warning("search.not_warmed", error=type(error).__name__, at=raised_at(error))

    thread = threading.Thread(target=read, name="search", daemon=True)
    thread.start()
    return thread


def folded(text: str) -> str:
    """The text for comparing: width, case and spaces make no difference."""
    return "".join(normalize("NFKC", text).casefold().split())


def _text_of(case: Case) -> str:
    words = (case.enterprise_name or "", case.uscc or "", case.sender, case.handler)
    return FIELDS.join([folded(case.number) + NUMBER_ENDS, *(folded(one) for one in words)])


def _is_number_end(word: str) -> bool:
    """Whether it is the end of a case's number: a short number is."""
    return word.isdecimal() and len(word) <= 4
