"""Letters of ours that came back, as pages show them:
which address takes no more mail, why, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.data.audit_entry import AuditEntry
from core.data.case import Case
from core.data.letter import Letter
from core.store.store import Transaction

BOUNCED = "letter.bounced"


@dataclass(frozen=True)
class Returned:
    """A letter that came back for good.

    `at` is when it did, `case` where it belongs to, where that is known.
    """

    address: str
    reason: str
    letter: Letter
    at: datetime | None
    case: Case | None


def returned_from(tx: Transaction, address: str) -> Returned | None:
    """The newest letter that came back for good from this address."""
    letter = tx.letters.last(recipient=address, bounced="permanent") if address else None
    if letter is None:
        return None
    case = tx.cases.optional(letter.case_id)
    times = came_back(tx.audit.entries(case_id=case.id)) if case else {}
    return Returned(
        address, letter.error.removeprefix("退信："), letter, times.get(letter.id), case
    )


def came_back(entries: Iterable[AuditEntry]) -> dict[int, datetime]:
    """When each letter of a case came back the last time, by its id. `entries`: the case's."""
    return {
        int(entry.detail["letter"]): entry.at
        for entry in sorted(entries, key=lambda e: e.id)
        if entry.action == BOUNCED and entry.detail.get("letter")
    }


def unreachable(tx: Transaction, cases: Iterable[Case]) -> frozenset[int]:
    """The ids of those cases whose sender or registered contact can
    no longer be reached by mail."""
    cases = list(cases)
    contacts: dict[int | None, str] = {
        one.id: one.contact_email
        for one in tx.accounts.by_ids({case.enterprise_id for case in cases}).values()
    }
    people = {case.id: {case.sender, contacts.get(case.enterprise_id, "")} for case in cases}
    dead = tx.letters.bounced_among(
        {address for addresses in people.values() for address in addresses}
    )
    return frozenset(case_id for case_id, addresses in people.items() if addresses & dead)
