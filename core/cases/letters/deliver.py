"""Sending what the outbox holds (outbox pattern): the letter is fixed first,
sent outside any transaction, and then marked.

One process at a time sends; the engine sees to that. A letter is marked before it is handed over,
so that whoever comes after a crash knows that it may have left; that it was accepted is noted at
once on PostgreSQL, where the step that records it may wait for its turn. Whether it left is
unknown, too, when the connection was lost after DATA, and when the letter has long been due and the
database may be a backup from before it was sent. Then the folder of sent letters is asked where
there is one; without it, or when it does not hold the letter, it goes again under its same
Message-ID, because one that comes twice is better than none. 4xx and lost connections are tried
again ever later, for as long as it takes; only a letter that the server refused for good (5xx), or
that breaks the sending itself, is parked and shown. Where the way out takes no letter at all, none
is blamed: one alert says so, one letter is tried now and then, and all go when it is open again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Desk
from core.cases.letters.letter_limits import admit_waiting
from core.cases.letters.transport_port import OutgoingLetter, SentFolder, Transport
from core.data.letter import LINK_PLACE, STATUS_PLACE, Letter, LetterState
from core.errors import NotAllowed, PermanentFailure, StoreError, TemporaryFailure, TransportError
from core.store.store import Transaction

PAUSES_MIN: Final = (1, 2, 5, 15, 30, 60, 120, 240)
BATCH: Final = 10
ASK_FOLDER_AFTER: Final = timedelta(minutes=1)
"""Providers put the copy into the sent folder some seconds after they accepted a letter: asked
sooner, the folder would deny what it holds later."""
WAIT_TIMES: Final = 3
"""So often a sent folder that cannot be reached is waited for, with the same pauses as a server;
then the letter goes again."""
OVERDUE: Final = timedelta(minutes=15)
STUCK = "letters.stuck"
UNUSABLE = "transport.unusable"
PROBE_EVERY: Final = timedelta(seconds=15)
"""How often a way out that takes no letter is tried; the transport paces its logins itself."""
DOUBT = "letters.doubt"


@dataclass(frozen=True, slots=True)
class Sender:
    """From whom letters go, where their links lead, and how long to wait between tries."""

    address: str
    name: str
    base_url: str
    pauses_min: tuple[float, ...] = PAUSES_MIN


@dataclass(frozen=True, slots=True)
class _Taken:
    """A letter in hand, as it is stored: in doubt. `doubtful`: it may have left before."""

    letter: Letter
    doubtful: bool


def deliver(
    desk: Desk, transport: Transport, sender: Sender, sent_folder: SentFolder | None = None
) -> int:
    """Send every letter that is due.

    Returns how many were accepted; a failure of one stops no other. One call at a time.
    """
    admit_waiting(desk)
    sent = 0
    while in_hand := _take(desk, sent_folder):
        for done, taken in enumerate(in_hand):
            try:
                sent += _deliver_one(desk, transport, sender, sent_folder, taken)
            except TemporaryFailure as error:
                # the way out takes none: those left in hand need not be tried
                _give_back(desk, in_hand[done:], error)
                return sent
    return sent


def retry_letter(desk: Desk, letter_id: int, actor: str) -> None:
    """Send a parked letter after all, or a waiting one at once. Raises NotAllowed for any other."""
    _decide(desk, letter_id, actor, LetterState.PENDING, "letter.retried")


def cancel_letter(desk: Desk, letter_id: int, actor: str) -> None:
    """Give a parked or waiting letter up. Raises NotAllowed for any other."""
    _decide(desk, letter_id, actor, LetterState.CANCELLED, "letter.cancelled")


def _take(desk: Desk, sent_folder: SentFolder | None) -> list[_Taken]:
    """The letters that are due, marked as in hand."""
    with desk.store.view() as tx:
        if not tx.letters.due(desk.clock.now(), 1):
            return []
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        closed = tx.alerts.by_kind(UNUSABLE)
        if closed and timedelta(0) <= now - closed.at < PROBE_EVERY:
            return []
        # for whoever finds the mark after a crash
        not_before = now + ASK_FOLDER_AFTER if sent_folder else now
        due = tx.letters.due(now, 1 if closed else BATCH)
        accepted = tx.letters.accepted_among([letter.id for letter in due if letter.in_doubt])
        taken = [
            _Taken(
                replace(
                    x, attempts=x.attempts + 1, next_try_at=not_before, error="", in_doubt=True
                ),
                _in_doubt(x, now),
            )
            for x in due
            if x.id not in accepted
        ]
        for letter in due:
            if letter.id in accepted:  # a crash came before the record
                _record_sent(tx, letter, now, "letter.sent")
        for one in taken:
            tx.letters.save(one.letter)
        return taken


def _in_doubt(letter: Letter, now: datetime) -> bool:
    """Whether a due letter may have left: so said its last try, or it was in hand at a crash,
    or nobody took it for long."""
    return letter.in_doubt or now - (letter.next_try_at or letter.created_at) > OVERDUE


def _deliver_one(
    desk: Desk, transport: Transport, sender: Sender, sent_folder: SentFolder | None, taken: _Taken
) -> bool:
    letter = _kept(desk, taken.letter, sent_folder)
    if letter is None:
        return False
    if taken.doubtful and sent_folder:
        held = sent_folder.holds(letter.message_id, letter.created_at)
        if held:
            _sent(desk, letter, "letter.found_sent")
            return True
        if held is None and letter.unasked < WAIT_TIMES:
            _wait_for_folder(desk, sender, letter)
            return False
        if held is False:
            return _sent_now(
                desk, transport, sender, _Taken(_cleared(desk, letter), doubtful=False)
            )
    return _sent_now(desk, transport, sender, _Taken(letter, taken.doubtful))


def _sent_now(desk: Desk, transport: Transport, sender: Sender, taken: _Taken) -> bool:
    letter = taken.letter
    try:
        transport.send(_outgoing(desk, sender, letter))
    except TransportError as error:
        if isinstance(error, TemporaryFailure) and error.unusable:
            raise
        _failed(desk, sender, taken, error)
        return False
    except StoreError:
        raise  # the database's trouble, not the letter's
    except Exception as error:  # noqa: BLE001
        # a letter that breaks the sending would else stand before all later ones for ever
        _failed(desk, sender, taken, PermanentFailure(f"发送时出错：{type(error).__name__}"))
        return False
    desk.store.note_accepted(letter.id, desk.clock.now())
    _sent(desk, letter, "letter.sent")
    return True


def _kept(desk: Desk, letter: Letter, sent_folder: SentFolder | None) -> Letter | None:
    """The letter as it is now; None when another process took it up,
    because this one stood still for too long."""
    with desk.store.view() as tx:
        now, stored = desk.clock.now(), _still_ours(tx, letter)
    if (
        stored is None
        or not sent_folder
        or (stored.next_try_at or now) >= now + ASK_FOLDER_AFTER / 2
    ):
        return stored
    with desk.store.transaction() as tx:  # the letters before it took long
        stored = _still_ours(tx, letter)
        if stored:
            stored = replace(stored, next_try_at=now + ASK_FOLDER_AFTER)
            tx.letters.save(stored)
        return stored


def _still_ours(tx: Transaction, letter: Letter) -> Letter | None:
    stored = tx.letters.by_id(letter.id)
    return (
        stored
        if stored and (stored.state, stored.attempts) == (LetterState.PENDING, letter.attempts)
        else None
    )


def _sent(desk: Desk, taken: Letter, action: str) -> None:
    """The letter was accepted, whoever has it in hand by now."""
    with desk.store.transaction() as tx:
        letter, now = tx.letters.by_id(taken.id), desk.clock.now()
        if letter is None or letter.state is LetterState.SENT:
            return
        _record_sent(tx, letter, now, action)


def _record_sent(tx: Transaction, letter: Letter, now: datetime, action: str) -> None:
    tx.letters.save(
        replace(letter, state=LetterState.SENT, sent_at=now, in_doubt=False, unasked=0, error="")
    )
    _audit(tx, letter, action, now)
    tx.alerts.clear(UNUSABLE)
    if letter.unasked:
        tx.alerts.clear(DOUBT)


def _give_back(desk: Desk, in_hand: Sequence[_Taken], error: TemporaryFailure) -> None:
    """Letters that were not tried, or not for any fault of theirs: the attempt does not count."""
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        for taken in in_hand:
            if letter := _still_ours(tx, taken.letter):
                tx.letters.save(
                    replace(
                        letter,
                        attempts=letter.attempts - 1,
                        in_doubt=taken.doubtful,
                        next_try_at=now,
                        error=str(error)[:500],
                    )
                )
        tx.alerts.add(
            now, UNUSABLE, f"暂时无法发信，回执留在发件箱，恢复后自动发出，无需逐封处理：{error}"
        )


def _cleared(desk: Desk, letter: Letter) -> Letter:
    """The sent folder answered that it does not hold the letter, which is in hand still."""
    cleared = replace(letter, unasked=0)
    with desk.store.transaction() as tx:
        if letter.unasked:
            tx.alerts.clear(DOUBT)
        _audit(tx, letter, "letter.not_in_sent", desk.clock.now())
        tx.letters.save(cleared)
    return cleared


def _wait_for_folder(desk: Desk, sender: Sender, taken: Letter) -> None:
    with desk.store.transaction() as tx:
        letter, now = _still_ours(tx, taken), desk.clock.now()
        if letter is None:
            return
        words = "发送结果未知，暂时无法查看已发送文件夹"
        tx.letters.save(
            replace(
                letter,
                unasked=letter.unasked + 1,
                error=words,
                next_try_at=_next_try(sender, letter, now),
            )
        )
        tx.alerts.add(
            now,
            DOUBT,
            f"有回执{words}：再等 {WAIT_TIMES} 次仍无法查看，即以同一 Message-ID 重发。"
            "请检查 mailbox.imap.sent_folder。",
        )
        _audit(tx, letter, "letter.in_doubt", now)


def _outgoing(desk: Desk, sender: Sender, letter: Letter) -> OutgoingLetter:
    places: dict[str, str] = {}
    with desk.store.view() as tx:
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
        references=letter.references,
        date=letter.created_at,
    )


def _failed(desk: Desk, sender: Sender, taken: _Taken, error: TransportError) -> None:
    with desk.store.transaction() as tx:
        letter, now = _still_ours(tx, taken.letter), desk.clock.now()
        if letter is None:
            return
        parked = isinstance(error, PermanentFailure)
        state = LetterState.PARKED if parked else LetterState.PENDING
        doubt = taken.doubtful or (isinstance(error, TemporaryFailure) and error.outcome_unknown)
        next_try_at = _next_try(sender, letter, now)
        tx.letters.save(
            replace(
                letter, state=state, error=str(error)[:500], next_try_at=next_try_at, in_doubt=doubt
            )
        )
        if parked:
            tx.alerts.add(now, STUCK, "有回执未能送达，已停止重发，请到“回执”页查看原因并处理。")
        _audit(tx, letter, "letter.parked" if parked else "letter.delayed", now)


def _next_try(sender: Sender, letter: Letter, now: datetime) -> datetime:
    return now + timedelta(
        minutes=sender.pauses_min[min(letter.attempts, len(sender.pauses_min)) - 1]
    )


def _decide(desk: Desk, letter_id: int, actor: str, state: LetterState, action: str) -> None:
    with desk.store.transaction() as tx:
        letter, now = tx.letters.by_id(letter_id), desk.clock.now()
        if letter is None or letter.state not in {LetterState.PARKED, LetterState.WAITING}:
            raise NotAllowed(f"回执 {letter_id} 不在未能发出或排队状态。")
        tx.letters.save(
            replace(letter, state=state, error="", attempts=0, unasked=0, next_try_at=now)
        )
        _audit(tx, letter, action, now, actor)


def _audit(
    tx: Transaction, letter: Letter, action: str, now: datetime, actor: str = "desk"
) -> None:
    tx.audit.write(
        now,
        actor,
        action,
        tx.cases.get(letter.case_id) if letter.case_id else None,
        letter=str(letter.id),
    )
