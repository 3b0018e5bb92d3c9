"""The case page: everything an administrator needs to decide one case,
and what was decided so far."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, RedirectResponse, Response

from core.cases.decision import batch_approval
from core.cases.decision.answering import possible, right_to_change
from core.cases.decision.approval_needs import approval_needs
from core.cases.decision.reversal import reversible_until
from core.cases.intake.seen_elsewhere import seen_elsewhere
from core.data.case import TRANSITIONS, Case, Step
from core.data.case_ports import Transaction
from core.data.mail_record import Disposition
from web.common.bounced_addresses import came_back, returned_from
from web.common.comparison import compare, finding_lines
from web.common.evidence import mail_view
from web.common.failures import NotFound
from web.common.sessions import Me, SignedIn, signed_in
from web.common.site import LARGEST_ID, Site, TheSite
from web.console.listing import LONGEST_QUERY, Wanted, neighbour, wanted_of

router = APIRouter(dependencies=[Depends(signed_in)])
EARLIER_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says about an act that was refused.

    `typed`: the reason that was typed, `reversal`: that of taking the case back; `note`: the note;
    `reached`: the form of how the enterprise was reached, if it was sent; `in_list`: the list that
    the case was opened from.
    """

    problem: str = ""
    changes: tuple[str, ...] = ()
    typed: str = ""
    reversal: str = ""
    note: str = ""
    reached: object = None
    search: str = ""
    in_list: str = ""
    shown: frozenset[str] = frozenset()


@router.get("/cases/{number}")
def show_case(
    site: TheSite,
    me: Me,
    number: str,
    enterprise: str = "",
    in_list: Annotated[str, Query(alias="list", max_length=LONGEST_QUERY)] = "",
) -> Response:
    """The case page. `enterprise`: what to look for among the registered enterprises; `in_list`:
    the list that it was opened from."""
    return case_page(site, me, number, Said(search=enterprise.strip()[:80], in_list=in_list))


@router.get("/cases/{number}/present")
def say_present(
    site: TheSite, me: Me, number: str, version: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0
) -> Response:
    """The page is still open: who else looks at the case, and whether it has changed.
    Asked by the page's script now and then."""
    with site.desk.store.view() as tx:
        case = numbered(tx, number)
    others = site.presence.look(case.id, version, me.name, site.desk.clock.now())
    return JSONResponse({"others": others, "changed": case.version != version})


@router.get("/cases/{number}/{_act}")
def back_to_case(number: str, _act: str) -> Response:
    """The address of an act, opened again: it was only ever meant to be sent to."""
    return RedirectResponse(f"/cases/{quote(number, safe='')}", 303)


def case_page(site: Site, me: SignedIn, number: str, said: Said, status: int = 200) -> Response:
    """The page of a case as it is now, with what is to be said about the last act."""
    chosen = wanted_of(said.in_list)
    ids = found_in(site, chosen)
    with site.desk.store.view() as tx:
        case = numbered(tx, number)
        view = _view(tx, site, case, said)
        before, behind = (
            (
                neighbour(tx, site.desk, chosen, case, backwards=back, ids=ids)
                for back in (True, False)
            )
            if chosen
            else (None, None)
        )
    now = site.desk.clock.now()
    return site.pages.html(
        "case.html",
        status,
        me=me,
        case=case,
        view=view,
        said=said,
        chosen=chosen,
        before=before,
        behind=behind,
        now=now,
        Step=Step,
        others=site.presence.look(case.id, case.version, me.name, now),
        checked=batch_approval.CHECKED,
        window=site.desk.workdays.window_on(case.window_date, now) if case.window_date else None,
    )


def found_in(site: Site, chosen: Wanted | None) -> list[int] | None:
    """What the search of a list finds, where something is looked for. Not within a transaction."""
    return site.index.find(site.desk, chosen.find) if chosen and chosen.find else None


def numbered(tx: Transaction, number: str) -> Case:
    """The case with that number. Raises NotFound."""
    case = tx.cases.by_number(number)
    if case is None:
        raise NotFound
    return case


def _view(tx: Transaction, site: Site, case: Case, said: Said) -> dict[str, Any]:
    """All that belongs to a case, in one transaction."""
    desk, now = site.desk, site.desk.clock.now()
    enterprise = tx.accounts.get(case.enterprise_id) if case.enterprise_id else None
    all_bindings = (
        tx.bindings.of_enterprise(case.enterprise_id, ended=True) if case.enterprise_id else []
    )
    bindings = [b for b in all_bindings if not b.ended_at]
    others = (
        tx.cases.of_enterprise(case.enterprise_id, EARLIER_SHOWN + 1) if case.enterprise_id else []
    )
    entries = tx.audit.entries(case_id=case.id)
    people = dict.fromkeys([case.sender, enterprise.contact_email if enterprise else ""])
    records = [(record, tx.mails.reading(record.id)) for record in tx.mails.find(case_id=case.id)]
    readings = [
        (record.id, reading)
        for record, reading in records
        if reading and record.disposition is Disposition.CASE
    ]
    mails = [mail_view(record, reading, said.shown, site.mac) for record, reading in records]
    until = reversible_until(desk, case)
    return {
        "mails": mails,
        "pictured": [mail for mail in reversed(mails) if mail.pages],
        "rows": compare(case, readings, enterprise),
        "lines": finding_lines(case.findings, readings),
        "steps": frozenset(step for state, step in TRANSITIONS if state is case.state),
        "answers": possible(case.state),
        "enterprise": enterprise,
        "another": enterprise is not None
        and batch_approval.is_another(
            case, enterprise
        ),  # renamed, or a slip of whoever chose the account
        "candidates": tx.accounts.find(said.search, 20) if said.search else [],
        "bindings": bindings,
        "chosen": frozenset(
            [b.id for b in bindings] if case.binding_ids is None else case.binding_ids
        ),  # approval will end them
        "ended": sorted(
            (b for b in all_bindings if b.ended_at),
            key=lambda b: b.ended_at or b.bound_at,
            reverse=True,
        )[:EARLIER_SHOWN],
        "earlier": [other for other in others if other.id != case.id][:EARLIER_SHOWN],
        "rivals": [
            c
            for c in tx.cases.open_naming(case.enterprise_id, case.enterprise_name, case.uscc)
            if c.id != case.id
        ],
        "elsewhere": seen_elsewhere(tx, case, [reading for _, reading in readings]),
        "letters": tx.letters.find(case_id=case.id),
        "returned": [
            found for address in people if (found := returned_from(tx, address))
        ],  # by the case's addresses
        "came_back": came_back(entries),  # the case's own letters
        "needs": approval_needs(tx, desk, [case], now)[case.id],
        "to_look": batch_approval.looked_up(tx, desk, [case], now)[
            case.id
        ],  # why it may not be approved unseen
        "right": right_to_change(case),
        "undo_until": case.undo.until if case.undo and now < case.undo.until else None,
        "reversible_until": until if until and now < until else None,
        "entries": entries,
    }
