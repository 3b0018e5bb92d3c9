"""Taking back from the case page what a window carried out (core.cases.reversal): first what it does and its letters are shown, then it is done."""

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from core.cases import reversal
from core.cases.case import Case, State
from core.errors import Conflict, DeskError
from web.case_actions import Reason, Sent, carry_out, changes_since
from web.case_page import Said, case_page, numbered
from web.sessions import posted

router = APIRouter(prefix="/cases/{number}", dependencies=[Depends(posted)])


@router.post("/reversal")
def show_reversal(sent: Sent, reason: Reason = "") -> Response:
    """What taking the case back would do, with the letters that it sends. Changes nothing."""
    desk = sent.site.desk
    with desk.store.view() as tx:
        case = numbered(tx, sent.number)
    try:
        planned, letters = reversal.draft(desk, case.id, sent.version, reason)
    except DeskError as error:
        changes = changes_since(sent, case, error) if isinstance(error, Conflict) else ()
        said = Said(problem=str(error), changes=changes, reversal=reason, in_list=sent.in_list)
        return case_page(sent.site, sent.me, sent.number, said, 409)
    return sent.site.pages.html("reversal.html", me=sent.me, case=case, sent=sent, planned=planned, letters=letters, reason=reason.strip())


@router.post("/reverse")
def reverse_case(sent: Sent, reason: Reason = "") -> Response:
    """Take the case back, or ask for it as the first of two."""
    desk, name = sent.site.desk, sent.me.name
    return carry_out(sent, _said, lambda case: reversal.reverse(desk, case.id, sent.version, name, reason))


def _said(result: object) -> str:
    return "reversed" if isinstance(result, Case) and result.state is State.HELD else "first_reversed"
