"""Removing personal data when its time is over (Personal Information Protection Law, article 47:
data is deleted when its purpose is achieved).

What goes: the bytes of mails, what was read in them, page images, the words and addresses of
letters, and of the case its sender, findings, reason and notes. What comes to a case after that
goes as what belongs to no case does. What stays: the case's number, states, dates and enterprise,
what its approval ended, which letters were sent when, and every audit row, because they hold
nothing of a person and show that the desk did right. A mail keeps its key in the mailbox, so that
it is never taken in anew.
"""

from collections.abc import Collection
from datetime import timedelta

from core.cases.desk import Desk
from core.cases.intake.unread import clear_alerts
from core.data.case import ENDED, Case, amend
from core.data.letter import Letter, LetterState, Rendered
from core.data.mail_record import MailRecord
from core.store.store import Transaction

AT_ONCE = 100
"""Cases, and mails and letters without one, that one call looks at:
the desk does other work between two calls."""
CERTIFICATES_KEPT = 500
"""Refused certificates that are kept for people to look at: anybody can show any number of them."""
REMOVED = "（已删除）"
_OVER = frozenset({LetterState.SENT, LetterState.PARKED, LetterState.CANCELLED})
"""States in which a letter does not leave by itself."""


def purge(desk: Desk) -> int:
    """Remove the personal data of ended cases, and of mails and letters without one, that are older
    than `retention` allows. Returns how many there were."""
    periods = desk.settings.retention
    purged = 0
    for state, days in periods.of_states().items():
        if days:
            with desk.view() as tx:
                due = tx.cases.to_purge(state, tx.now - timedelta(days=days), AT_ONCE)
            purged += sum(purge_case(desk, case_id, "desk") for case_id in due)
    if periods.other_mail_days:
        with desk.step() as tx:
            before = tx.now - timedelta(days=periods.other_mail_days)
            mails, letters = (
                tx.mails.to_purge(before, AT_ONCE),
                tx.letters.to_purge(before, _OVER, REMOVED, AT_ONCE),
            )
            purge_mails(tx, mails, "desk")
            for letter in letters:
                tx.letters.save(_without_words(letter))
                tx.audit.write("desk", "letter.purged", letter=letter.id)
        purged += len(mails) + len(letters)
    _forget(desk)
    return purged


def _forget(desk: Desk) -> None:
    """Drop what serves nothing any more, and what strangers could make grow."""
    kept_days = desk.settings.retention.other_mail_days
    with desk.step() as tx:
        tx.blocked.drop_ended()
        tx.letters.drop_rejection_keys(tx.now - timedelta(hours=desk.settings.same_rejection_hours))
        tx.refused_certificates.drop(
            tx.now - timedelta(days=kept_days) if kept_days else None, CERTIFICATES_KEPT
        )
        if kept_days:
            tx.contact_changes.drop_closed(tx.now - timedelta(days=kept_days))
            tx.papers.drop_unsubmitted(tx.now - timedelta(days=kept_days))


def purge_case(desk: Desk, case_id: int, actor: str) -> bool:
    """Remove the personal data of one ended case.

    False where a letter of it still waits to leave, or nothing is left to remove.
    """
    with desk.step() as tx:
        case = tx.cases.get(case_id)
        letters = tx.letters.find(case_id=case.id, limit=None)
        if (
            case.state not in ENDED
            or case.purged_at
            or any(letter.state not in _OVER for letter in letters)
        ):
            return False
        tx.mails.purge([record.id for record in tx.mails.find(case_id=case.id, limit=None)])
        _purge_words(tx, case, actor)
        return True


def _purge_words(tx: Transaction, case: Case, actor: str) -> None:
    """Remove what a case itself contains of persons, and the cases that were merged into it."""
    for entry in tx.audit.entries(case.id):
        other = entry.action == "case.joined" and tx.cases.by(number=entry.detail["number"])
        if other and not other.purged_at:
            _purge_words(tx, other, actor)
    for letter in tx.letters.find(case_id=case.id, states=_OVER, limit=None):
        tx.letters.save(_without_words(letter))
    case = amend(
        case,
        tx.now,
        sender="",
        joined=(),
        findings=(),
        reason="",
        words={},
        handler="",
        handler_mark="",
        notes=(),
        reached=None,
        purged_at=tx.now,
    )
    tx.write_case(actor, "case.purged", case)
    clear_alerts(tx, case)


def purge_mails(tx: Transaction, mails: Collection[MailRecord], actor: str) -> None:
    """Remove the personal data of mails that belong to no case,
    or came to one whose own were removed before."""
    tx.mails.purge([record.id for record in mails])
    for record in mails:
        tx.audit.write(actor, "mail.purged", mail=record.id)
        tx.alerts.clear(f"mail.{record.id}")
    for case_id in {record.case_id for record in mails if record.case_id is not None}:
        clear_alerts(tx, tx.cases.get(case_id))


def _without_words(letter: Letter) -> Letter:
    """Lists the fields that remain, so that any other field, also a new one, is removed."""
    return Letter(
        letter.id,
        letter.kind,
        REMOVED,
        Rendered(REMOVED, "", ""),
        letter.message_id,
        letter.created_at,
        case_id=letter.case_id,
        mail_id=letter.mail_id,
        link_id=letter.link_id,
        state=letter.state,
        attempts=letter.attempts,
        sent_at=letter.sent_at,
        bounced=letter.bounced,
    )
