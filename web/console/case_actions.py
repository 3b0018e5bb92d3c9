"""What an administrator does to a case from its page. Every act names the version that was seen.

An act that the desk refuses shows the page again as it is now, with the reason, what changed
meanwhile, and the words that were typed. What changed is read from the audit: each form carries the
number of the newest row that its page showed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeVarTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from core.cases.decision import answering, approve, notes, reversal, unproved
from core.cases.decision.answering import Answer
from core.cases.desk import Desk
from core.cases.intake import unread
from core.cases.letters import words
from core.cases.upkeep import figures
from core.clock import LOCAL, local
from core.data.case import Case, Reached, ReachedBy, State
from core.data.finding import Finding
from core.data.letter import Rendered
from core.data.mail_record import TakenAs
from core.data.roles import Right
from core.errors import Conflict, DeskError, NotAllowed
from web.common.cookies import went
from web.common.failures import or_not_found
from web.common.rights import NoRight, require
from web.common.sessions import Sender, posted
from web.common.site import FormId, RowId, TheSite
from web.console.case_page import Said, case_page, found_in, numbered
from web.console.listing import LONGEST_QUERY, neighbour, wanted_of

router = APIRouter(prefix="/cases/{number}", dependencies=[Depends(posted)])

Given = TypeVarTuple("Given")
DECIDED: Final = frozenset({"approved", "first_approved", "held", *Answer})
"""Acts after which the next case of the list comes up."""
Reason = Annotated[str, Form(max_length=2000)]
Bindings = Annotated[list[RowId] | None, Form()]
Findings = Annotated[list[str] | None, Form(max_length=50)]


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one case, as a form of its page asks for it: who sent it, and what the page had
    shown. `in_list`: the list that the case was opened from. `opened`: when the case was, in
    seconds since 1970, or 0."""

    site: TheSite
    me: Sender
    number: str
    version: FormId
    seen_entry: FormId = 0
    in_list: Annotated[str, Form(alias="list", max_length=LONGEST_QUERY)] = ""
    opened: FormId = 0


Sent = Annotated[Act, Depends()]


@dataclass(frozen=True, slots=True)
class ReachedForm:
    """How the enterprise was reached, as the form asks for it. `reached_at`: local time, to the
    minute; empty: now.
    """

    reached_by: Annotated[str, Form(max_length=20)] = ""
    reached_whom: Annotated[str, Form(max_length=100)] = ""
    reached_note: Annotated[str, Form(max_length=500)] = ""
    reached_at: Annotated[str, Form(max_length=20)] = ""

    def read(self, actor: str, now: datetime) -> Reached | None:
        """What the form says; None where it names no way. Raises NotAllowed."""
        if not self.reached_by:
            return None
        try:
            typed = datetime.fromisoformat(self.reached_at) if self.reached_at else None
            at = typed.replace(tzinfo=LOCAL) if typed else now
            by = ReachedBy(self.reached_by)
        except ValueError:
            raise NotAllowed("核实方式或核实时间填写有误。") from None
        whom, note = self.reached_whom.strip(), self.reached_note.strip()
        return Reached(by, whom, note, at, actor)


@router.post("/approve")
def approve_case(
    sent: Sent,
    reached: Annotated[ReachedForm, Depends()],
    binding: Bindings = None,
    listed: Annotated[str, Form()] = "",
) -> Response:
    """Approve, with the bindings that were left ticked (`listed`: the form showed some)."""
    desk, name = sent.site.desk, sent.me.name
    chosen = (binding or []) if listed else None

    def act(case: Case) -> Case:
        how = reached.read(name, desk.clock.now())
        return approve.approve(desk, case.id, sent.version, name, how, chosen)

    return _do(sent, _approved, act, reached=reached)


@router.post("/revoke")
def revoke_approval(sent: Sent) -> Response:
    return _carry_out(sent, "revoked", approve.revoke)


@router.post("/hold")
def hold_case(sent: Sent, reason: Reason = "") -> Response:
    """Set aside, with a reason for colleagues."""
    return _carry_out(sent, "held", approve.hold, reason.strip(), typed=reason)


@router.post("/release")
def release_case(sent: Sent) -> Response:
    """Take up again what was set aside."""
    return _carry_out(sent, "released", approve.release)


@router.post("/request")
def settle_request(
    sent: Sent, unbind: Annotated[bool, Form()], reset_password: Annotated[bool, Form()]
) -> Response:
    """Settle what is asked, where the mail leaves doubt."""
    return _carry_out(sent, "request", approve.settle_request, unbind, reset_password)


@router.post("/account")
def choose_account(sent: Sent, enterprise_id: FormId) -> Response:
    return _carry_out(sent, "account", approve.choose_account, enterprise_id)


@router.post("/bindings")
def choose_bindings(sent: Sent, binding: Bindings = None) -> Response:
    """Say which bindings approval will end."""
    return _carry_out(sent, "bindings", approve.choose_bindings, tuple(binding or ()))


@router.post("/take-over")
def take_over(sent: Sent, mail: FormId, taken_as: Annotated[TakenAs, Form()]) -> Response:
    """Say what a mail counts as whose sender nobody vouches for."""
    desk, name = sent.site.desk, sent.me.name
    return _do(
        sent,
        "taken_over",
        lambda case: unproved.take_over(desk, case.id, sent.version, mail, name, taken_as),
    )


@router.post("/read")
def mark_read(sent: Sent, mail: FormId) -> Response:
    return _do(sent, "read", lambda _case: unread.mark_read(sent.site.desk, mail, sent.me.name))


@router.post("/note")
def note_case(sent: Sent, text: Annotated[str, Form(max_length=2000)] = "") -> Response:
    return _do(
        sent,
        "noted",
        lambda case: notes.add_note(sent.site.desk, case.id, sent.me.name, text),
        note=text,
    )


@router.post("/reversal")
def show_reversal(sent: Sent, reason: Reason = "") -> Response:
    """What taking the case back would do, with the letters that it sends. Changes nothing."""
    desk = sent.site.desk
    with desk.store.view() as tx:
        case = numbered(tx, sent.number)
    try:
        planned, letters = reversal.draft(desk, case.id, sent.version, reason)
    except DeskError as error:
        changes = _changes_since(sent, case, error) if isinstance(error, Conflict) else ()
        said = Said(problem=str(error), changes=changes, reversal=reason, in_list=sent.in_list)
        return case_page(sent.site, sent.me, sent.number, said, 409)
    return sent.site.pages.html(
        "reversal.html",
        me=sent.me,
        case=case,
        sent=sent,
        planned=planned,
        letters=letters,
        reason=reason.strip(),
    )


@router.post("/reverse")
def reverse_case(sent: Sent, reason: Reason = "") -> Response:
    """Take the case back, or ask for it as the first of two."""
    return _carry_out(sent, _reversed, reversal.reverse, reason)


@router.post("/undo")
def undo_answer(sent: Sent) -> Response:
    """Take the last answer back, while its letter waits."""
    return _carry_out(sent, "undone", answering.undo)


@router.post("/draft")
def draft_answer(
    sent: Sent,
    answer: Annotated[Answer, Form()],
    reason: Reason = "",
    finding: Findings = None,
    drafted: Annotated[bool, Form()] = False,
) -> Response:
    """Show the letter of an answer before it is given;
    at first (not yet `drafted`) what it needs is asked for."""
    desk, words = sent.site.desk, answering.Words(reason, tuple(finding or ()))
    try:
        with desk.store.view() as tx:
            case = numbered(tx, sent.number)
            offered = answering.reportable(desk, case)
        asked = drafted or bool(reason.strip())
        letter = answering.draft(desk, case.id, sent.version, answer, words) if asked else None
    except Conflict as error:
        refused = Said(
            problem=str(error),
            changes=_changes_since(sent, case, error),
            typed=reason,
            in_list=sent.in_list,
        )
        return case_page(sent.site, sent.me, sent.number, refused, 409)
    except DeskError as error:
        return _draft_page(sent, case, answer, words, offered, problem=str(error), status=409)
    return _draft_page(sent, case, answer, words, offered, letter=letter, is_ready=asked)


@router.post("/{answer}")
def give_answer(
    sent: Sent, answer: Answer, reason: Reason = "", finding: Findings = None
) -> Response:
    """Answer the case; the letter waits until the answer cannot be taken back any more."""
    if answer in answering.ENDING:
        require(sent.me.administrator, Right.APPROVE)
    return _carry_out(
        sent,
        answer,
        answering.give,
        answer,
        answering.Words(reason, tuple(finding or ())),
        typed=reason,
    )


def _draft_page(
    sent: Act,
    case: Case,
    answer: Answer,
    said: answering.Words,
    offered: Mapping[str, Finding],
    *,
    problem: str = "",
    status: int = 200,
    letter: Rendered | None = None,
    is_ready: bool = False,
) -> Response:
    """`is_ready`: the answer may be given as it is shown;
    `letter` None then says that none goes out."""
    return sent.site.pages.html(
        "answer.html",
        status,
        me=sent.me,
        case=case,
        sent=sent,
        answer=answer,
        said=said,
        offered=offered,
        problem=problem,
        letter=letter,
        is_ready=is_ready,
    )


def _approved(case: object) -> str:
    return (
        "approved" if isinstance(case, Case) and case.state is State.APPROVED else "first_approved"
    )


def _reversed(case: object) -> str:
    return "reversed" if isinstance(case, Case) and case.state is State.HELD else "first_reversed"


def _carry_out(
    sent: Act,
    done: str | Callable[[object], str],
    act: Callable[[Desk, int, int, str, *Given], object],
    *given: *Given,
    typed: str = "",
) -> Response:
    """Do an act on the case at the version that was seen, by the administrator's name. Raises
    NoRight where that would undo another's decision."""

    def by_name(case: Case) -> object:
        require(sent.me.administrator, answering.right_to_change(case))
        return act(sent.site.desk, case.id, sent.version, sent.me.name, *given)

    return _do(sent, done, by_name, typed)


def _do(
    sent: Act,
    done: str | Callable[[object], str],
    act: Callable[[Case], object],
    typed: str = "",
    note: str = "",
    reached: ReachedForm | None = None,
) -> Response:
    """Do an act and show the page behind it, or the case with why it was refused.

    `done`: what the page says afterwards, or what says it by the result.
    """
    with sent.site.desk.store.view() as tx:
        case = numbered(tx, sent.number)
    try:
        with or_not_found():
            result = act(case)
    except NoRight:
        raise
    except DeskError as error:
        changes = _changes_since(sent, case, error) if isinstance(error, Conflict) else ()
        refused = Said(
            problem=str(error),
            changes=changes,
            typed=typed,
            note=note,
            reached=reached,
            in_list=sent.in_list,
        )
        return case_page(sent.site, sent.me, sent.number, refused, 409)
    said = done if isinstance(done, str) else done(result)
    if said in DECIDED:
        figures.note_handled(sent.site.desk, case, sent.me.name, sent.opened)
    return (
        _onward(sent, case, said)
        if said in DECIDED
        else went(sent.site.settings, _address(case, sent.in_list), said)
    )


def _address(case: Case, in_list: str) -> str:
    return (
        f"/cases/{case.number}?list={quote(in_list, safe='')}"
        if wanted_of(in_list)
        else f"/cases/{case.number}"
    )


def _onward(sent: Act, case: Case, said: str) -> Response:
    """After a decision: the next case of the list that this one, as it was, was opened from; the
    list itself after its last one."""
    chosen, settings = wanted_of(sent.in_list), sent.site.settings
    if chosen is None:
        return went(settings, f"/cases/{case.number}", said)
    ids = found_in(sent.site, chosen)
    with sent.site.desk.store.view() as tx:
        behind = neighbour(tx, sent.site.desk, chosen, case, ids=ids)
    return went(
        settings,
        _address(behind, sent.in_list) if behind else f"/?{chosen.query}",
        said,
        case.number,
    )


def _changes_since(sent: Act, case: Case, conflict: Conflict) -> tuple[str, ...]:
    """What happened to the case since the page was shown, oldest first."""
    with sent.site.desk.store.view() as tx:
        since = [
            entry for entry in reversed(tx.audit.entries(case.id)) if entry.id > sent.seen_entry
        ]
    changes = [
        (
            f"{local(e.at):%m-%d %H:%M} {words.ACTORS.get(e.actor, e.actor)}："
            f"{words.ACTIONS.get(e.action, e.action)}"
        )
        for e in since
    ]
    return tuple(changes) or conflict.changes
