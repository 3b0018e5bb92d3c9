"""The search of everything by words: number of a case or its end, part of a name, code, address,
handler, serial of a lock, words of a mail or of an answer.

The words are sealed at rest, so that no database can look into them, and no digest of a word is
stored: who steals the database learns nothing from the search. So each process keeps them in
memory, where the key is anyway: folded, one text a case, a mail and an answer, read once and caught
up with what changed at each search. A search looks through all of them, and asks the store for
serials, which are not sealed.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

import structlog

from core.cases.desk import Desk
from core.data.case import Case
from core.errors import raised_at
from core.store.repositories.store_words import FIELDS, SearchText, folded

log = structlog.get_logger(__name__)

AT_ONCE = 500
"""Rows that are read in one view."""
OVERLAP = timedelta(days=1)
"""How far before the last update changes are read again, by their version, because clocks may
step."""
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
SHORTEST = 2
SHORTEST_OF_A_SERIAL = 4
MOST_FOUND = 1000
NUMBER_ENDS = "\t"


@dataclass(frozen=True)
class Hits:
    """What a search found: ids, the newest first. `enterprises`: those with such a lock."""

    cases: Sequence[int] = ()
    mails: Sequence[int] = ()
    letters: Sequence[int] = ()
    enterprises: frozenset[int] = frozenset()


class WordIndex:
    """The words of cases, mails and answers. One for a process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._cases: dict[int, str] = {}
        self._versions: dict[int, int] = {}
        self._mails: dict[int, str] = {}
        self._letters: dict[int, str] = {}
        self._last_text = 0
        self._looked = NEVER
        self._turn = threading.Lock()

    def look(self, sought: str) -> Hits:
        """Everything that holds each of the words, MOST_FOUND of a kind at most. Too short a word
        finds nothing. Not within a transaction."""
        words = [folded(word) for word in sought.split()]
        if not words or any(len(word) < SHORTEST for word in words):
            return Hits()
        self.catch_up()
        ends = [word + NUMBER_ENDS if _is_number_end(word) else word for word in words]
        with self._turn:
            cases = set(_holding(self._cases, ends))
            mails, letters = _holding(self._mails, words), _holding(self._letters, words)
        enterprises = frozenset[int]()
        if len(words) == 1 and _is_of_serial(words[0]):
            with self._desk.view() as tx:
                enterprises = frozenset(tx.bindings.owners_by_serial(words[0], MOST_FOUND))
                cases.update(tx.cases.ids_of_enterprises(enterprises, MOST_FOUND))
        return Hits(sorted(cases, reverse=True)[:MOST_FOUND], mails, letters, enterprises)

    def catch_up(self) -> None:
        """Read what is not read yet, and what changed since the last look."""
        with self._turn:
            now = self._desk.clock.now()
            self._read_cases(self._looked - OVERLAP)
            self._read_texts()
            self._looked = now

    def _read_cases(self, since: datetime) -> None:
        """Read the cases that were changed since then, those that are known in no other version."""
        with self._desk.view() as tx:
            changed = tx.cases.changed_since(since)
        new = [one for one, version in changed if self._versions.get(one) != version]
        for start in range(0, len(new), AT_ONCE):
            with self._desk.view() as tx:
                cases = tx.cases.by_ids(new[start : start + AT_ONCE])
            for case in sorted(cases.values(), key=attrgetter("id")):
                self._cases[case.id] = _text_of(case)
                self._versions[case.id] = case.version

    def _read_texts(self) -> None:
        """Read the new words of mails and answers, and forget those that were removed."""
        while True:
            with self._desk.view() as tx:
                texts = tx.words.oldest(after=self._last_text, limit=AT_ONCE)
            for one in texts:
                self._place(one)
            if len(texts) < AT_ONCE:
                return

    def _place(self, one: SearchText) -> None:
        self._last_text = one.id
        owner = one.mail_id or one.letter_id or 0
        texts = self._mails if one.mail_id else self._letters
        if one.text:
            texts[owner] = one.text
        else:
            texts.pop(owner, None)


def _holding(texts: dict[int, str], words: Sequence[str]) -> list[int]:
    """Ids of the texts that hold each of the words, the newest first; MOST_FOUND at most."""
    first, *others = words
    found = [text_id for text_id, text in texts.items() if first in text]
    for word in others:
        found = [text_id for text_id in found if word in texts[text_id]]
    return found[: -MOST_FOUND - 1 : -1]


def warm(index: WordIndex) -> threading.Thread:
    """Read the words in a thread of its own, before somebody waits for them. What it cannot read
    the first search reads, or says."""

    def read() -> None:
        try:
            index.catch_up()
        except Exception as error:  # noqa: BLE001  nobody asked for it yet
            log.warning("search.not_warmed", error=type(error).__name__, at=raised_at(error))

    thread = threading.Thread(target=read, name="search", daemon=True)
    thread.start()
    return thread


def _text_of(case: Case) -> str:
    words = (case.enterprise_name or "", case.uscc or "", case.sender, case.handler)
    return FIELDS.join([folded(case.number) + NUMBER_ENDS, *(folded(one) for one in words)])


def _is_of_serial(word: str) -> bool:
    """Whether it may be a part of a lock's serial."""
    return word.isascii() and word.isalnum() and len(word) >= SHORTEST_OF_A_SERIAL


def _is_number_end(word: str) -> bool:
    """Whether it is the end of a case's number: a short number is."""
    return word.isdecimal() and len(word) <= 4
