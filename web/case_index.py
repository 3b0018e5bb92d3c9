"""Looking for cases by words: number or its end, part of a name, code, sender, handler, serial of a lock.

The words of cases lie sealed, so that no database can look into them. Of the two ways, keyed digests of pairs of characters would say to whoever holds
the database which pairs are frequent, which is enough to guess names; they would grow it by some sixty rows a case, and each change of the key would
make them anew. So the words are kept in memory, where the key is anyway: folded, one string a case, read at the first search after the start and caught
up with what changed at each later one. Nothing of it is written anywhere. Locks are found in their own table, whose serials are plain.
"""

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize

from core.cases.case import Case
from core.cases.desk import Desk
from core.cases.ports import Transaction

AT_ONCE: Final = 500
"""Cases that are read in one transaction: others wait for their turn meanwhile."""
OVERLAP: Final = timedelta(days=1)
"""What changed so long before the last look is looked at again, by its version: clocks may step."""
SHORTEST: Final = 2
MOST_FOUND: Final = 1000
_FIELDS: Final = "\n"


class CaseIndex:
    """The words of all cases, by id. One for a process."""

    def __init__(self) -> None:
        self._words: dict[int, tuple[int, str]] = {}
        self._looked: datetime | None = None
        self._catching_up = threading.Lock()

    def find(self, desk: Desk, sought: str) -> list[int]:
        """Ids of the cases that hold each of the words, the newest first; MOST_FOUND at most. Too short a word finds nothing. Not within a transaction."""
        self.catch_up(desk)
        words = [folded(word) for word in sought.split()]
        if not words or any(len(word) < SHORTEST for word in words):
            return []
        by_lock = self._by_lock(desk, words) if len(words) == 1 else frozenset()
        left = list(self._words.items())
        for word in words:
            left = [one for one in left if one[1][1].partition(_FIELDS)[0].endswith(word)] if _is_end(word) else [one for one in left if word in one[1][1]]
        return sorted({case_id for case_id, _ in left} | by_lock, reverse=True)[:MOST_FOUND]

    def catch_up(self, desk: Desk) -> None:
        """Read what changed since the last look."""
        with self._catching_up:
            now = desk.clock.now()
            with desk.store.transaction() as tx:
                changed = tx.cases.changed_since(self._looked - OVERLAP if self._looked else None)
            new = [case_id for case_id, version in changed if self._words.get(case_id, (0, ""))[0] != version]
            for start in range(0, len(new), AT_ONCE):
                with desk.store.transaction() as tx:
                    for case in tx.cases.by_ids(new[start : start + AT_ONCE]):
                        self._words[case.id] = (case.version, _text_of(case))
            self._looked = now

    @staticmethod
    def _by_lock(desk: Desk, words: Iterable[str]) -> frozenset[int]:
        with desk.store.transaction() as tx:
            return frozenset(case_id for word in words for case_id in _cases_of_lock(tx, word))


def folded(text: str) -> str:
    """As words are compared: width, case and spaces make no difference."""
    return "".join(normalize("NFKC", text).casefold().split())


def _text_of(case: Case) -> str:
    return _FIELDS.join(folded(words) for words in (case.number, case.enterprise_name or "", case.uscc or "", case.sender, case.handler))


def _is_end(word: str) -> bool:
    """Whether it is the end of a case's number: a short number is."""
    return word.isdecimal() and len(word) <= 4


def _cases_of_lock(tx: Transaction, word: str) -> Iterable[int]:
    return tx.bindings.cases_of_serial(word, MOST_FOUND) if len(word) >= 4 and word.isascii() and word.isalnum() else ()
