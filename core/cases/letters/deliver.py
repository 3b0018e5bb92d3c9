"""Sends what the outbox holds (outbox pattern): a letter is fixed first, sent outside any
transaction, and then recorded.

Each try is written down before it is made, so a crash costs no letter and no letter is tried
without a pause. A crash or a lost answer after DATA may send a letter twice, under its one
Message-ID. Temporary failures (4xx, connection trouble) are tried again ever later, for as long as
it takes; a letter that a server refuses for good (5xx), or that breaks the sending, is parked and
shown. Where no letter can leave at all, one alert tells so and one letter is tried now and then.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from core.cases.desk import Desk, DeskStep, one_step
from core.cases.letters.outbox import admit_waiting
from core.data.audit_entry import DESK
from core.data.letter import (
    BY_PERSON,
    LINK_PLACE,
    STATUS_PLACE,
    Letter,
    LetterState,
    OutgoingLetter,
    Transport,
)
from core.errors import (
    NotAllowed,
    PermanentFailure,
    StoreError,
    TemporaryFailure,
    TransportError,
)
from core.store.store import Transaction

PAUSES_MIN = (1, 2, 5, 15, 30, 60, 120, 240)
STUCK = "letters.stuck"
UNUSABLE = "transport.unusable"
PROBE_EVERY = timedelta(seconds=15)
"""How often a transport that takes no letter is tried; it paces its logins itself."""


@dataclass(frozen=True)
class Sender:
    """From whom letters go, where their links lead, and how long to wait between tries."""

    address: str
    name: str
    base_url: str
    pauses_min: tuple[float, ...] = PAUSES_MIN


def deliver(desk: Desk, transport: Transport, sender: Sender) -> int:
    """Send every letter that is due. Returns how many were accepted; a failure of one stops no
    other. One call at a time.
    """
    admit_waiting(desk)
    sent = 0
    while letter := _claim(desk, sender):
        error = _send(desk, transport, sender, letter)
        _record(desk, letter, error)
        sent += error is None
    return sent


@one_step
def decide_letter(tx: DeskStep, letter_id: int, actor: str, *, sends: bool) -> None:
    """Send a parked letter after all, or a waiting one at once; or give it up. Raises NotAllowed
    for others.
    """
    state = LetterState.PENDING if sends else LetterState.CANCELLED
    letter = tx.letters.by_id(letter_id)
    if letter is None or letter.state not in {LetterState.PARKED, LetterState.WAITING}:
        raise NotAllowed(f"回执 {letter_id} 不在未能发出或排队状态。")
    tx.letters.save(replace(letter, state=state, error="", attempts=0, next_try_at=tx.now))
    _audit(tx, letter, "letter.retried" if sends else "letter.cancelled", actor)


def _claim(desk: Desk, sender: Sender) -> Letter | None:
    """The next letter that is due, its try counted and the time of the next one written; None
    where none is, or just after the transport took no letter."""
    with desk.view() as tx:
        if tx.letters.next_due() is None:
            return None
    with desk.step() as tx:
        closed = tx.alerts.by(kind=UNUSABLE)
        if closed and timedelta(0) <= tx.now - closed.at < PROBE_EVERY:
            return None
        letter = tx.letters.next_due()
        if letter is None:
            return None
        pause_min = sender.pauses_min[min(letter.attempts, len(sender.pauses_min) - 1)]
        next_try_at = tx.now + timedelta(minutes=pause_min)
        letter = replace(letter, attempts=letter.attempts + 1, next_try_at=next_try_at, error="")
        tx.letters.save(letter)
        return letter


def _send(
    desk: Desk, transport: Transport, sender: Sender, letter: Letter
) -> TransportError | None:
    """Why a letter was not accepted; one that cannot be made whole breaks the sending, too."""
    try:
        transport.send(_outgoing(desk, sender, letter))
    except TransportError as error:
        return error
    except StoreError:
        raise  # the database's trouble, not the letter's
    except Exception as error:  # noqa: BLE001  else it would be in front of all later ones for ever
        return PermanentFailure(f"发送时出错：{type(error).__name__}")
    return None


@one_step
def _record(tx: DeskStep, claimed: Letter, error: TransportError | None) -> None:
    """Write down how a try ended. That a letter was accepted holds whoever claimed it since."""
    letter = tx.letters.by_id(claimed.id)
    if letter is None or letter.state is LetterState.SENT:
        return
    if error is None:
        tx.letters.save(replace(letter, state=LetterState.SENT, sent_at=tx.now, error=""))
        _audit(tx, letter, "letter.sent")
        tx.alerts.clear(UNUSABLE)
        return
    if (letter.state, letter.attempts) != (LetterState.PENDING, claimed.attempts):
        return
    letter = replace(letter, error=str(error)[:500])
    if isinstance(error, PermanentFailure):
        tx.letters.save(replace(letter, state=LetterState.PARKED))
        text = "有回执未能送达，已停止重发，请到“回执”页查看原因并处理。"
        tx.alerts.add(STUCK, text)
        _audit(tx, letter, "letter.parked")
    elif isinstance(error, TemporaryFailure) and error.unusable:
        tx.letters.save(replace(letter, attempts=letter.attempts - 1, next_try_at=tx.now))
        text = f"暂时无法发信，回执留在发件箱，恢复后自动发出，无需逐封处理：{error}"
        tx.alerts.add(UNUSABLE, text)
    else:
        tx.letters.save(letter)
        _audit(tx, letter, "letter.delayed")


def _outgoing(desk: Desk, sender: Sender, letter: Letter) -> OutgoingLetter:
    """The letter with its links, whose tokens are stored nowhere."""
    places: dict[str, str] = {}
    with desk.view() as tx:
        files = tx.letters.files(letter.id) if letter.kind in BY_PERSON else ()
        if letter.link_id is not None:
            places[LINK_PLACE] = f"/link/{tx.links.token(letter.link_id)}"
        if letter.case_id is not None and STATUS_PLACE in letter.rendered.text:
            number = tx.cases.get(letter.case_id).number
            places[STATUS_PLACE] = f"/status/{number}/{tx.cases.status_token(number)}"
    text, html = letter.rendered.text, letter.rendered.html
    for place, path in places.items():
        url = f"{sender.base_url.rstrip('/')}{path}"
        text, html = text.replace(place, url), html.replace(place, url)
    return OutgoingLetter(
        sender=sender.address,
        sender_name=sender.name,
        recipient=letter.recipient,
        subject=letter.rendered.subject,
        text=text,
        html=html,
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to,
        date=letter.created_at,
        files=files,
    )


def _audit(tx: Transaction, letter: Letter, action: str, actor: str = DESK) -> None:
    case = tx.cases.optional(letter.case_id)
    tx.audit.write(actor, action, case, letter=letter.id)
