"""The case page: everything an administrator needs to decide one case, and what was decided so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, RedirectResponse, Response

from core.accounts.challenge import Mac
from core.accounts.enterprise import Binding, Enterprise
from core.cases import unseen
from core.cases.answering import Answer, possible
from core.cases.approve import reasons_for_two
from core.cases.audit_entry import AuditEntry
from core.cases.case import TRANSITIONS, Case, Step
from core.cases.contact_notice import notice_refused
from core.cases.desk import Desk
from core.cases.letter import Letter
from core.cases.mail_record import Disposition
from core.cases.ports import Transaction
from core.cases.reversal import reversible_until
from core.cases.seen_elsewhere import Elsewhere, seen_elsewhere
from web.bounces import Returned, came_back, returned_from
from web.comparison import FindingLine, Row, compare, finding_lines
from web.evidence import MailView, mail_view
from web.failures import NotFound
from web.listing import LONGEST_QUERY, Wanted, neighbour, wanted_of
from web.sessions import Me, SignedIn, signed_in
from web.site import LARGEST_ID, Site, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])
EARLIER_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case and all that belongs to it. `chosen`: ids of the bindings that approval will end.

    `returned`: the addresses of this case from which letters came back for good. `came_back`: when the case's own letters came back, by id.
    `to_look`: why the case may not be approved unseen. `rows`, `lines`: what the sources say, and the findings (web.comparison).
    `elsewhere`: cases of other enterprises with the same handler or papers. `earlier`: the enterprise's other cases, the newest first;
    `ended`: its bindings that ended, the last one first.
    `for_two`: why two people have to approve it.
    `contact_unreachable`: the notice to the registered contact was refused. `undo_until`: the last answer can be taken back until then;
    `reversible_until`: what was carried out can be.
    """

    case: Case
    mails: list[MailView]
    enterprise: Enterprise | None
    bindings: list[Binding]
    chosen: frozenset[int]
    rivals: list[Case]
    letters: list[Letter]
    entries: list[AuditEntry]
    candidates: list[Enterprise]
    returned: list[Returned]
    came_back: Mapping[int, datetime]
    to_look: tuple[str, ...]
    contact_unreachable: bool
    for_two: tuple[str, ...]
    undo_until: datetime | None
    reversible_until: datetime | None
    rows: tuple[Row, ...]
    lines: list[FindingLine]
    elsewhere: list[Elsewhere]
    earlier: list[Case]
    ended: list[Binding]

    @property
    def steps(self) -> frozenset[Step]:
        """What may happen to the case in its state."""
        return frozenset(step for state, step in TRANSITIONS if state is self.case.state)

    @property
    def answers(self) -> frozenset[Answer]:
        """What the case may be answered with in its state."""
        return possible(self.case.state)

    @property
    def another(self) -> bool:
        """Whether the account is not the one that the papers name: renamed, or a slip of whoever chose it."""
        return self.enterprise is not None and unseen.is_another(self.case, self.enterprise)

    @property
    def pictured(self) -> list[MailView]:
        """The mails that brought pages, the newest first."""
        return [mail for mail in reversed(self.mails) if mail.pages]


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says about an act that was refused. `typed`: the reason that was typed, `reversal`: that of taking the case back;
    `note`: the note; `in_list`: the list that the case was opened from."""

    problem: str = ""
    changes: tuple[str, ...] = ()
    typed: str = ""
    reversal: str = ""
    note: str = ""
    search: str = ""
    in_list: str = ""
    shown: frozenset[str] = frozenset()


@router.get("/cases/{number}")
def show_case(
    site: TheSite, me: Me, number: str, enterprise: str = "", in_list: Annotated[str, Query(alias="list", max_length=LONGEST_QUERY)] = "",
) -> Response:
    """The case page. `enterprise`: what to look for among the registered enterprises; `in_list`: the list that it was opened from."""
    return case_page(site, me, number, Said(search=enterprise.strip()[:80], in_list=in_list))


@router.get("/cases/{number}/present")
def say_present(site: TheSite, me: Me, number: str, version: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0) -> Response:
    """The page is still open: who else looks at the case, and whether it has changed. Asked by the page's script now and then."""
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
        view = view_of(tx, site.desk, numbered(tx, number), said, site.mac)
        before, behind = ((neighbour(tx, site.desk, chosen, view.case, backwards=back, ids=ids) for back in (True, False)) if chosen else (None, None))
    others = site.presence.look(view.case.id, view.case.version, me.name, site.desk.clock.now())
    window = site.desk.workdays.window_on(view.case.window_date, site.desk.clock.now()) if view.case.window_date else None
    facts: dict[str, Any] = {"view": view, "case": view.case, "said": said, "window": window, "Step": Step, "checked": unseen.CHECKED}
    facts |= {"chosen": chosen, "before": before, "behind": behind, "others": others, "now": site.desk.clock.now()}
    return site.pages.html("case.html", status, me=me, **facts)


def found_in(site: Site, chosen: Wanted | None) -> list[int] | None:
    """What the search of a list finds, where something is looked for. Not within a transaction."""
    return site.index.find(site.desk, chosen.find) if chosen and chosen.find else None


def numbered(tx: Transaction, number: str) -> Case:
    """The case with that number. Raises NotFound."""
    case = tx.cases.by_number(number)
    if case is None:
        raise NotFound
    return case


def view_of(tx: Transaction, desk: Desk, case: Case, said: Said, mac: Mac | None) -> CaseView:
    """All that belongs to a case, in one transaction."""
    bindings = tx.bindings.of_enterprise(case.enterprise_id) if case.enterprise_id else []
    enterprise = tx.accounts.get(case.enterprise_id) if case.enterprise_id else None
    entries = tx.audit.entries(case_id=case.id)
    people = dict.fromkeys([case.sender, enterprise.contact_email if enterprise else ""])
    chosen = [b.id for b in bindings] if case.binding_ids is None else case.binding_ids
    mails = [(record, tx.mails.reading(record.id)) for record in tx.mails.find(case_id=case.id)]
    readings = [(record.id, reading) for record, reading in mails if reading and record.disposition is Disposition.CASE]
    others = tx.cases.of_enterprise(case.enterprise_id, EARLIER_SHOWN + 1) if case.enterprise_id else []
    all_bindings = tx.bindings.of_enterprise(case.enterprise_id, ended=True) if case.enterprise_id else []
    return CaseView(
        case=case,
        mails=[mail_view(record, reading, said.shown, mac) for record, reading in mails],
        enterprise=enterprise,
        bindings=bindings,
        chosen=frozenset(chosen),
        rivals=[c for c in tx.cases.open_naming(case.enterprise_id, case.enterprise_name, case.uscc) if c.id != case.id],
        letters=tx.letters.find(case_id=case.id),
        entries=entries,
        candidates=tx.accounts.find(said.search, 20) if said.search else [],
        returned=[found for address in people if (found := returned_from(tx, address))],
        came_back=came_back(entries),
        to_look=unseen.looked_up(tx, desk, [case], desk.clock.now())[case.id],
        contact_unreachable=notice_refused(tx, case),
        for_two=reasons_for_two(tx, desk, [case], desk.clock.now())[case.id],
        rows=compare(case, readings, enterprise),
        lines=finding_lines(case.findings, readings),
        elsewhere=seen_elsewhere(tx, case, [reading for _, reading in readings]),
        earlier=[other for other in others if other.id != case.id][:EARLIER_SHOWN],
        ended=sorted((b for b in all_bindings if b.ended_at), key=lambda b: b.ended_at or b.bound_at, reverse=True)[:EARLIER_SHOWN],
        undo_until=case.undo.until if case.undo and desk.clock.now() < case.undo.until else None,
        reversible_until=until if (until := reversible_until(desk, case)) and desk.clock.now() < until else None,
    )
