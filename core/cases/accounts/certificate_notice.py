"""Tells the registered contact that a bound lock's certificate ends: 60, 30 and 7 days before, once
each, whatever ticks were missed.

The binding keeps the stage that was told; a certificate that takes the place of the ending one
begins anew. A lock reported lost is left out.
"""

from typing import Final

from core.accounts.enterprises.certificate_end import STAGES, stage
from core.cases.desk import Desk
from core.cases.letters.letter_content import lock_words
from core.cases.letters.outbox import write_letter
from core.clock import local
from core.data.enterprise import Binding
from core.data.letter import LetterFacts, LetterKind, day_text
from core.store.store import Transaction

AT_ONCE: Final = 50
"""A round of housekeeping writes so many; the others are written in the next ones."""


def warn_of_endings(desk: Desk) -> int:
    """Write what is due. Returns how many letters were written."""
    now = desk.clock.now()
    with desk.store.transaction() as tx:
        due = tx.bindings.due_for_warning(now, STAGES, AT_ONCE)
        return sum(_warned(tx, desk, binding) for binding in due)


def _warned(tx: Transaction, desk: Desk, binding: Binding) -> bool:
    assert binding.valid_until is not None
    now, enterprise = desk.clock.now(), tx.accounts.get(binding.enterprise_id)
    reached = stage(binding.valid_until, now)
    tx.bindings.note_warned(binding.id, reached)
    tx.audit.write(
        now,
        "desk",
        "lock.ending",
        enterprise=str(enterprise.id),
        binding=str(binding.id),
        days=str(reached),
    )
    if not enterprise.contact_email:
        return False
    facts = LetterFacts(
        enterprise_name=enterprise.name,
        done=(lock_words(binding),),
        until=day_text(local(binding.valid_until).date()),
    )
    write_letter(tx, desk, LetterKind.CERTIFICATE_ENDS, facts, enterprise.contact_email, now)
    return True
