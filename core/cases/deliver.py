"""Sending what the outbox holds (outbox pattern): the letter is fixed first, sent outside any transaction, and then marked.

A letter is claimed for a lease before it is handed over, so that two deliverers never send the same one at once; one that was handed over when the
process died is sent again under its same Message-ID. 4xx and lost connections are tried again ever later; 5xx are parked and shown, and so is a letter
that breaks the sending itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Desk
from core.cases.letter import LINK_PLACE, Letter, LetterState
from core.cases.transport_port import OutgoingLetter, Transport
from core.errors import NotAllowed, PermanentFailure, StoreError, TransportError

PAUSES_MIN: Final = (1, 2, 5, 15, 30, 60, 120, 240)
GIVE_UP_AFTER: Final = timedelta(days=2)
BATCH: Final = 50
STUCK = "letters.stuck"


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom letters go, where their links lead, how long a claimed letter stays claimed, and how long to wait between tries."""

    address: str
    name: str
    base_url: str
    lease_s: float = 120.0
    pauses_min: tuple[float, ...] = PAUSES_MIN


def deliver(desk: Desk, transport: Transport, sender: Sender) -> int:
    """Send every letter that is due. Returns how many were accepted; a failure of one stops no other."""
    sent = 0
    while claimed := _claim(desk, sender):
        for letter in claimed:
            sent += _deliver_one(desk, transport, sender, letter)
    return sent


def release_claims(desk: Desk) -> None:
    """At start-up of the only deliverer: what an earlier process had claimed is due now."""
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        for letter in tx.letters(states=[LetterState.PENDING], limit=10_000):
            if letter.error == "" and letter.attempts and letter.next_try_at and letter.next_try_at > now:
                tx.save_letter(replace(letter, next_try_at=now))


def retry_letter(desk: Desk, letter_id: int, actor: str) -> None:
    """Send a parked letter after all. Raises NotAllowed for one that is not parked."""
    _decide(desk, letter_id, actor, LetterState.PENDING, "letter.retried")


def cancel_letter(desk: Desk, letter_id: int, actor: str) -> None:
    """Give a parked letter up. Raises NotAllowed for one that is not parked."""
    _decide(desk, letter_id, actor, LetterState.CANCELLED, "letter.cancelled")


def _claim(desk: Desk, sender: Sender) -> list[Letter]:
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        until = now + timedelta(seconds=sender.lease_s)
        claimed = [replace(x, attempts=x.attempts + 1, next_try_at=until, error="") for x in tx.due_letters(now, BATCH)]
        for letter in claimed:
            tx.save_letter(letter)
        return claimed


def _deliver_one(desk: Desk, transport: Transport, sender: Sender, claim: Letter) -> bool:
    letter = _kept_claim(desk, sender, claim)
    if letter is None:
        return False
    try:
        transport.send(_outgoing(desk, sender, letter))
    except TransportError as error:
        _failed(desk, sender, letter, error)
        return False
    except StoreError:
        raise  # the database's trouble, not the letter's
    except Exception as error:  # noqa: BLE001  a letter that breaks the sending would else stand before all later ones for ever
        _failed(desk, sender, letter, PermanentFailure(f"发送时出错：{type(error).__name__}"))
        return False
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        tx.save_letter(replace(letter, state=LetterState.SENT, sent_at=now))
        tx.audit(now, "desk", "letter.sent", tx.case(letter.case_id) if letter.case_id else None, letter=str(letter.id))
    return True


def _kept_claim(desk: Desk, sender: Sender, claim: Letter) -> Letter | None:
    """The letter, its lease begun anew when half of it is gone; None when it ran out while the letters before it were sent."""
    half = timedelta(seconds=sender.lease_s / 2)
    if claim.next_try_at and desk.clock.now() < claim.next_try_at - half:
        return claim
    with desk.store.transaction() as tx:
        stored, now = tx.letter(claim.id), desk.clock.now()
        if stored is None or (stored.state, stored.attempts, stored.next_try_at) != (LetterState.PENDING, claim.attempts, claim.next_try_at):
            return None
        letter = replace(stored, next_try_at=now + timedelta(seconds=sender.lease_s))
        tx.save_letter(letter)
        return letter


def _outgoing(desk: Desk, sender: Sender, letter: Letter) -> OutgoingLetter:
    text, html = letter.rendered.text, letter.rendered.html
    if letter.link_id is not None:
        with desk.store.transaction() as tx:
            url = f"{sender.base_url.rstrip('/')}/link/{tx.link_token(letter.link_id)}"
        text, html = text.replace(LINK_PLACE, url), html.replace(LINK_PLACE, url)
    return OutgoingLetter(
        sender=sender.address, sender_name=sender.name, recipient=letter.recipient, subject=letter.rendered.subject, text=text, html=html,
        message_id=letter.message_id, in_reply_to=letter.in_reply_to, references=letter.references, date=letter.created_at,
    )  # fmt: skip


def _failed(desk: Desk, sender: Sender, letter: Letter, error: TransportError) -> None:
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        parked = isinstance(error, PermanentFailure) or now - letter.created_at > GIVE_UP_AFTER
        state = LetterState.PARKED if parked else LetterState.PENDING
        tx.save_letter(replace(letter, state=state, error=str(error)[:500], next_try_at=_next_try(sender, letter, now)))
        if parked:
            tx.raise_alert(now, STUCK, "有回执未能送达，已搁置，请到“回执”页查看原因并处理。")
        case = tx.case(letter.case_id) if letter.case_id else None
        tx.audit(now, "desk", "letter.parked" if parked else "letter.delayed", case, letter=str(letter.id))


def _next_try(sender: Sender, letter: Letter, now: datetime) -> datetime:
    return now + timedelta(minutes=sender.pauses_min[min(letter.attempts, len(sender.pauses_min)) - 1])


def _decide(desk: Desk, letter_id: int, actor: str, state: LetterState, action: str) -> None:
    with desk.store.transaction() as tx:
        letter, now = tx.letter(letter_id), desk.clock.now()
        if letter is None or letter.state is not LetterState.PARKED:
            raise NotAllowed(f"回执 {letter_id} 不在搁置状态。")
        tx.save_letter(replace(letter, state=state, error="", attempts=0, next_try_at=now, created_at=letter.created_at))
        tx.audit(now, actor, action, tx.case(letter.case_id) if letter.case_id else None, letter=str(letter_id))
