"""An administrator's acts on a case from its page. Every act names the version that was seen.

An act that the desk refuses shows the page again as it is now, with the reason, what changed
meanwhile, and the words that were typed.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVarTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Response
from pydantic import StringConstraints

from core.cases.decision import answering, approve, merge_split, reversal, unproved
from core.cases.decision.answering import Answer
from core.cases.desk import Desk
from core.cases.intake import unread
from core.cases.upkeep import figures
from core.clock import LOCAL
from core.data.case import Case, Contacted, ContactedBy, State
from core.data.mail_record import CountsAs
from core.data.roles import Right
from core.errors import Conflict, DeskError, NotAllowed
from web.common.refusals import NoRight
from web.common.rights import require
from web.common.sessions import Console, Here
from web.common.site import FormId, RowId, Text
from web.console.case_page import case_page, doubts_of, listing_of, numbered
from web.console.listing import LONGEST_QUERY, wanted_of

router = APIRouter(prefix="/cases/{number}")

Given = TypeVarTuple("Given")
DECIDED = frozenset({"approved", "first_approved", "held", *Answer})
"""Acts after which the next case of the list comes up."""
Mark = Annotated[str, Form(max_length=40)]
RowIds = Annotated[list[RowId] | None, Form()]
Places = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}-[0-9]{0,4}$")]] | None, Form()
]
Findings = Annotated[list[str] | None, Form(max_length=50)]
Doubts = Annotated[list[str] | None, Form(max_length=50)]


@dataclass(frozen=True)
class Act:
    """One act on one case, as a form of its page asks for it. `version`: the one that the page
    showed. `in_list`: the list that the case was opened from. `opened`: when the case was, in
    seconds since 1970, or 0. `shown`: the mails of the page that waited to be read."""

    here: Here
    number: str
    version: FormId
    in_list: Annotated[str, Form(alias="list", max_length=LONGEST_QUERY)] = ""
    opened: FormId = 0
    shown: RowIds = None

    def case(self) -> Case:
        """Raises NotFound."""
        with self.here.view() as tx:
            return numbered(tx, self.number)


Sent = Annotated[Act, Depends()]


@dataclass(frozen=True)
class VerificationForm:
    """How the enterprise was contacted, as the form asks for it. `contacted_at`: local time, to the
    minute; empty: now.
    """

    contacted_by: Annotated[str, Form(max_length=20)] = ""
    contacted_whom: Annotated[str, Form(max_length=100)] = ""
    contacted_note: Annotated[str, Form(max_length=500)] = ""
    contacted_at: Annotated[str, Form(max_length=20)] = ""

    def read(self, here: Console) -> Contacted | None:
        """The contact that the form reports; None where it names no way. Raises NotAllowed."""
        if not self.contacted_by:
            return None
        try:
            typed = datetime.fromisoformat(self.contacted_at) if self.contacted_at else None
            by = ContactedBy(self.contacted_by)
        except ValueError:
            raise NotAllowed("核实方式或核实时间填写有误。") from None
        at = typed.replace(tzinfo=LOCAL) if typed else here.now
        whom, note = self.contacted_whom.strip(), self.contacted_note.strip()
        return Contacted(by, whom, note, at, here.name)


@router.post("/approve")
def approve_case(
    sent: Sent,
    verification: Annotated[VerificationForm, Depends()],
    binding: RowIds = None,
    listed: Annotated[str, Form()] = "",
    with_reset: Annotated[bool, Form()] = False,
    doubt: Doubts = None,
    looked: Annotated[bool, Form()] = False,
) -> Response:
    """Approve, with the bindings that were left ticked (`listed`: the form showed some), and with
    the link to set a first password where that button is used. `looked`: the approver says to have
    looked at each `doubt` that the page named; one that came up since is not among them."""
    here, chosen = sent.here, (binding or []) if listed else None
    settled = (doubt or []) if looked else []

    def act(desk: Desk, case: Case, name: str) -> Case:
        seen = (case.id, sent.version, name, verification.read(here), chosen)
        doubts = doubts_of(here, case, with_reset=with_reset)
        unseen = [one for one in doubts if one not in settled]
        if unseen and case.version == sent.version:
            raise NotAllowed(f"批准前请核对并勾选：{'；'.join(unseen)}。")
        return approve.approve(desk, *seen, with_reset=with_reset)

    return _do(sent, _approved, act)


@router.post("/revoke")
def revoke_approval(sent: Sent) -> Response:
    return _change(sent, "revoked", approve.revoke)


@router.post("/hold")
def hold_case(sent: Sent, reason: Text = "") -> Response:
    """Set aside, with a reason for colleagues."""
    return _change(sent, "held", approve.hold, reason)


@router.post("/release")
def release_case(sent: Sent) -> Response:
    """Take up again what was set aside."""
    return _change(sent, "released", approve.release)


@router.post("/request")
def settle_request(
    sent: Sent, unbind: Annotated[bool, Form()], reset_password: Annotated[bool, Form()]
) -> Response:
    """Settle what is asked, where the mail leaves doubt."""
    return _change(sent, "request", approve.settle_request, unbind, reset_password)


@router.post("/account")
def choose_account(sent: Sent, enterprise_id: FormId) -> Response:
    return _change(sent, "account", approve.choose_account, enterprise_id)


@router.post("/take-over")
def take_over(sent: Sent, mail: FormId, counts_as: Annotated[CountsAs, Form()]) -> Response:
    """Say what a mail counts as whose sender nobody vouches for."""

    def act(desk: Desk, case: Case, name: str) -> Case:
        if counts_as in unproved.CHANGING:
            require(sent.here.administrator, answering.right_to_change(case))
        return unproved.take_over(desk, case.id, sent.version, mail, name, counts_as)

    return _do(sent, "taken_over", act)


@router.post("/merge")
def merge_case(sent: Sent, other: FormId, other_version: FormId) -> Response:
    """Merge another open case of the enterprise into this one."""
    with sent.here.view() as tx:
        require(sent.here.administrator, answering.right_to_change(tx.cases.get(other)))
    return _change(sent, "merged", merge_split.merge_cases, other, other_version)


@router.post("/split")
def split_case(sent: Sent, leaving: Places = None, staying: Places = None) -> Response:
    """Open another case for the pages that leave this one."""
    pages = _by_mail(leaving), _by_mail(staying)
    return _change(sent, "split", merge_split.split_case, *pages)


@router.post("/read")
def mark_read(sent: Sent, mail: FormId) -> Response:
    return _do(sent, "read", lambda desk, _case, name: unread.mark_read(desk, [mail], name))


@router.post("/note")
def note_case(sent: Sent, text: Text = "") -> Response:
    return _do(
        sent, "noted", lambda desk, case, name: answering.add_note(desk, case.id, name, text)
    )


@router.post("/assign")
def assign_case(
    sent: Sent, owner: Mark = "", tag: Mark = "", mine: Annotated[bool, Form()] = False
) -> Response:
    """Name who works on the case, and its tag. `mine`: whoever sends the form."""
    whose = sent.here.name if mine else owner
    return _do(
        sent,
        "assigned",
        lambda desk, case, name: answering.assign(desk, case.id, name, whose, tag),
    )


@router.post("/reversal")
def show_reversal(sent: Sent, reason: Text = "") -> Response:
    """The effects of taking the case back, with the letters that it sends. Changes nothing."""
    case = sent.case()
    try:
        planned, letters = reversal.draft(sent.here.desk, case.id, sent.version, reason)
    except DeskError as error:
        return _refused(sent, error)
    facts = {"case": case, "sent": sent, "reason": reason}
    return sent.here.page("reversal.html", planned=planned, letters=letters, **facts)


@router.post("/reverse")
def reverse_case(sent: Sent, reason: Text = "") -> Response:
    """Take the case back, or ask for it as the first of two."""
    return _change(sent, _reversed, reversal.reverse, reason)


@router.post("/undo")
def undo_answer(sent: Sent) -> Response:
    """Take the last answer back, while its letter waits."""
    return _change(sent, "undone", answering.undo)


@router.post("/draft")
def draft_answer(
    sent: Sent,
    answer: Annotated[Answer, Form()],
    reason: Text = "",
    finding: Findings = None,
    drafted: Annotated[bool, Form()] = False,
) -> Response:
    """Show the letter of an answer before it is given; at first (not yet `drafted`) what it needs
    is asked for. `is_ready`: the answer may be given as it is shown; without a letter none goes
    out."""
    desk, case = sent.here.desk, sent.case()
    typed = answering.Words(reason, tuple(finding or ()), sent.shown or ())
    offered = answering.reportable(desk, case)
    is_complete = drafted or bool(reason) or answer in answering.WITHOUT_REASON
    letter, problem = None, ""
    try:
        if is_complete:
            letter = answering.draft(desk, case.id, sent.version, answer, typed)
    except Conflict as error:
        return _refused(sent, error)
    except DeskError as error:
        problem = str(error)
    facts = {"case": case, "sent": sent, "answer": answer, "said": typed, "offered": offered}
    return sent.here.page(
        "answer.html",
        409 if problem else 200,
        letter=letter,
        problem=problem,
        is_ready=is_complete and not problem,
        **facts,
    )


@router.post("/{answer}")
def give_answer(
    sent: Sent, answer: Answer, reason: Text = "", finding: Findings = None
) -> Response:
    """Answer the case; the letter waits until the answer cannot be taken back any more."""
    if answer in answering.ENDING:
        require(sent.here.administrator, Right.APPROVE)
    typed = answering.Words(reason, tuple(finding or ()), sent.shown or ())
    return _change(sent, answer, answering.give, answer, typed)


def _by_mail(chosen: list[str] | None) -> merge_split.Pages:
    """Places of pages by the id of their mail, from values `mail-place`."""
    places: dict[int, list[int]] = defaultdict(list)
    for mail, _, place in (one.partition("-") for one in chosen or ()):
        places[int(mail)] += [int(place)] if place else []
    return places


def _approved(case: Any) -> str:
    return "approved" if case.state is State.APPROVED else "first_approved"


def _reversed(case: Any) -> str:
    return "first_reversed" if case.first_reversed_by else "reversed"


def _change(
    sent: Act,
    done: str | Callable[[object], str],
    act: Callable[[Desk, int, int, str, *Given], object],
    *given: *Given,
) -> Response:
    """Do an act on the case at the version that was seen, by the administrator's name. Raises
    NoRight where that would undo another's decision."""

    def by_name(desk: Desk, case: Case, name: str) -> object:
        require(sent.here.administrator, answering.right_to_change(case))
        return act(desk, case.id, sent.version, name, *given)

    return _do(sent, done, by_name)


def _do(
    sent: Act, done: str | Callable[[object], str], act: Callable[[Desk, Case, str], object]
) -> Response:
    """Do an act and show the page behind it, or the case with why it was refused. `done`: the
    notice, or what names it by the result."""
    here, case = sent.here, sent.case()
    try:
        result = act(here.desk, case, here.name)
    except NoRight:
        raise
    except DeskError as error:
        return _refused(sent, error)
    notice = done if isinstance(done, str) else done(result)
    if notice not in DECIDED:
        return here.done(_address(case, sent.in_list), notice)
    figures.note_handled(here.desk, case, here.name, sent.opened)
    return _onward(sent, case, notice)


def _address(case: Case, in_list: str) -> str:
    suffix = f"?list={quote(in_list, safe='')}" if wanted_of(in_list) else ""
    return f"/cases/{case.number}{suffix}"


def _onward(sent: Act, case: Case, notice: str) -> Response:
    """After a decision: the next case of the list that this one, as it was, was opened from; the
    list itself after its last one."""
    here, chosen = sent.here, wanted_of(sent.in_list)
    if chosen is None:
        return here.done(f"/cases/{case.number}", notice)
    listing = listing_of(here, chosen)
    with here.view() as tx:
        behind = listing.neighbour(tx, case)
    path = _address(behind, sent.in_list) if behind else f"/?{chosen.query}"
    return here.done(path, notice, case.number)


def _refused(sent: Act, error: DeskError) -> Response:
    """The case page with why an act was refused, and what changed since the page was shown."""
    changes = error.changes if isinstance(error, Conflict) else ()
    return case_page(
        sent.here,
        sent.number,
        in_list=sent.in_list,
        status=409,
        problem=str(error),
        changes=changes,
    )
