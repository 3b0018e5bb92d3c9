"""Enterprises, their locks and their papers for administrators,
and the certificates that were refused (RULES.md section 7).

Every act is a form of its own with a reason, carried out by
core.accounts.enterprises.administration, which writes the audit row. The dates on the page are the
administrator's to see; disclosing them to an asker is an act, and recorded.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from pydantic import StringConstraints

from core.accounts.enterprises import administration, registration_papers
from core.accounts.enterprises.bind import OTHER_CA
from core.cases.accounts import lock_loss, registration_review
from core.data.audit_entry import AuditEntry
from core.data.case_ports import Transaction
from core.data.enterprise import Binding
from core.data.tries import enterprise_account
from core.data.uploaded_paper import Paper
from core.errors import DeskError
from web.common import labels
from web.common.bounced_addresses import returned_from
from web.common.cookies import went
from web.common.failures import NotFound, or_not_found
from web.common.sessions import Me, Sender, SignedIn, posted, signed_in
from web.common.site import After, FormId, PathId, Site, TheSite
from web.console.mail_pages import download_of

router = APIRouter(dependencies=[Depends(signed_in)])
acts = APIRouter(prefix="/enterprises/{enterprise_id}", dependencies=[Depends(posted)])

ENTRIES_LOOKED_AT: Final = 1000
ENTRIES_SHOWN: Final = 30
Reason = Annotated[str, StringConstraints(strip_whitespace=True), Form(max_length=500)]


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one enterprise, as a form of its page asks for it: who does, and why."""

    site: TheSite
    me: Sender
    enterprise_id: PathId
    reason: Reason = ""


Sent = Annotated[Act, Depends()]


@router.get("/enterprises")
def list_enterprises(site: TheSite, me: Me, search: str = "", after: After = 0) -> Response:
    """Enterprises by name or USCC, from the first or from behind `after`."""
    rows, wanted = site.settings.page_rows, search.strip()[:100]
    with site.desk.store.view() as tx:
        found = tx.accounts.find(wanted, limit=rows + 1, after=after)
        bound = Counter(
            {
                enterprise_id: len(ids)
                for enterprise_id, ids in tx.bindings.active_ids({one.id for one in found}).items()
            }
        )
    behind = found[rows - 1].id if len(found) > rows else None
    return site.pages.html(
        "enterprises.html",
        me=me,
        enterprises=found[:rows],
        bound=bound,
        search=wanted,
        after=after,
        behind=behind,
    )


@router.get("/enterprises/{enterprise_id}")
def show_enterprise(site: TheSite, me: Me, enterprise_id: PathId) -> Response:
    """One enterprise: its account, its locks, what was done to them."""
    return _page(site, me, enterprise_id)


@router.get("/enterprises/{enterprise_id}/papers/{paper_id}")
def show_paper(site: TheSite, enterprise_id: PathId, paper_id: PathId) -> Response:
    """The picture of a paper with all that identifies a person painted over."""
    with site.desk.store.view() as tx:
        found = tx.papers.picture(_paper(tx, enterprise_id, paper_id).id)
    if not found:
        raise NotFound
    return Response(found, media_type="image/jpeg")


@router.post("/enterprises/{enterprise_id}/papers/{paper_id}")
def download_paper(site: TheSite, me: Sender, enterprise_id: PathId, paper_id: PathId) -> Response:
    """A paper as it came, under a name of ours; written into the audit."""
    with site.desk.store.view() as tx:
        paper = _paper(tx, enterprise_id, paper_id)
        content = tx.papers.content(paper.id)
    with site.desk.store.transaction() as tx:
        tx.audit.write(
            site.desk.clock.now(),
            me.name,
            "paper.downloaded",
            enterprise=str(enterprise_id),
            paper=str(paper.id),
        )
    return download_of(content, f"paper-{paper.id}.{'jpg' if paper.kind == 'jpeg' else paper.kind}")


@acts.post("/unlock")
def unlock(sent: Sent) -> Response:
    """Open the password login that wrong passwords locked."""
    desk = sent.site.desk
    return _carry_out(
        sent,
        "unlocked",
        lambda: administration.unlock(
            desk.store, desk.clock, sent.me.name, sent.enterprise_id, sent.reason
        ),
    )


@acts.post("/unfreeze")
def unfreeze(sent: Sent) -> Response:
    """Open an account that an objection froze."""
    desk = sent.site.desk
    return _carry_out(
        sent,
        "unfrozen",
        lambda: administration.unfreeze(
            desk.store, desk.clock, sent.me.name, sent.enterprise_id, sent.reason
        ),
    )


@acts.post("/end")
def end_binding(sent: Sent, binding: FormId) -> Response:
    desk = sent.site.desk
    return _to_its_own(
        sent,
        "ended",
        binding,
        lambda: administration.end_binding(
            desk.store, desk.clock, sent.me.name, binding, sent.reason
        ),
    )


@acts.post("/restore")
def restore_binding(sent: Sent, binding: FormId) -> Response:
    """Make an ended binding active again."""
    desk = sent.site.desk
    return _to_its_own(
        sent,
        "restored",
        binding,
        lambda: administration.restore_binding(
            desk.store, desk.clock, sent.me.name, binding, sent.reason
        ),
    )


@acts.post("/lost")
def report_lost(sent: Sent, binding: FormId) -> Response:
    return _to_its_own(
        sent,
        "lost",
        binding,
        lambda: lock_loss.report_by_administrator(
            sent.site.desk, sent.me.name, binding, sent.reason
        ),
    )


@acts.post("/found")
def report_found(sent: Sent, binding: FormId) -> Response:
    """Say that a lost lock is back in the enterprise's hands."""
    return _to_its_own(
        sent,
        "found",
        binding,
        lambda: lock_loss.found(sent.site.desk, sent.me.name, binding, sent.reason),
    )


@acts.post("/information/accept")
def accept_information(sent: Sent) -> Response:
    """Say that information and papers are right."""
    desk = sent.site.desk
    return _carry_out(
        sent,
        "information_accepted",
        lambda: registration_review.accept_information(
            desk, sent.me.name, sent.enterprise_id, sent.reason
        ),
    )


@acts.post("/information/return")
def return_information(sent: Sent) -> Response:
    """Send them back; the reason is shown to the enterprise."""
    desk = sent.site.desk
    return _carry_out(
        sent,
        "information_returned",
        lambda: registration_review.return_information(
            desk, sent.me.name, sent.enterprise_id, sent.reason
        ),
    )


@acts.post("/dates")
def disclose_dates(sent: Sent) -> Response:
    """Record that the dates are disclosed, and to whom; then show them."""
    desk = sent.site.desk
    try:
        with or_not_found():
            _enterprise, bindings = administration.disclose_dates(
                desk.store, desk.clock, sent.me.name, sent.enterprise_id, sent.reason
            )
    except DeskError as error:
        return _page(sent.site, sent.me, sent.enterprise_id, status=409, problem=str(error))
    return _page(
        sent.site, sent.me, sent.enterprise_id, notice=labels.NOTICES["dates"], disclosed=bindings
    )


@router.get("/certificates")
def list_refused(site: TheSite, me: Me) -> Response:
    """Certificates that were refused at registration or binding, newest first."""
    with site.desk.store.view() as tx:
        refused = tx.refused_certificates.newest(site.settings.page_rows)
    return site.pages.html("enterprise_certificates.html", me=me, refused=refused)


def _paper(tx: Transaction, enterprise_id: int, paper_id: int) -> Paper:
    with or_not_found():
        return registration_papers.own_paper(tx, enterprise_id, paper_id)


def _carry_out(sent: Act, done: str, act: Callable[[], object]) -> Response:
    if not sent.reason:
        return _page(sent.site, sent.me, sent.enterprise_id, status=409, problem="请填写理由。")
    try:
        with or_not_found():
            act()
    except DeskError as error:
        return _page(
            sent.site,
            sent.me,
            sent.enterprise_id,
            status=409,
            problem=str(error),
            typed=sent.reason,
        )
    return went(sent.site.settings, f"/enterprises/{sent.enterprise_id}", done)


def _to_its_own(sent: Act, done: str, binding_id: int, act: Callable[[], object]) -> Response:
    """Carry out an act on a binding of the page's own enterprise. Raises NotFound for another's."""

    def act_on_its_own() -> None:
        with sent.site.desk.store.view() as tx:
            if tx.bindings.get(binding_id).enterprise_id != sent.enterprise_id:
                raise NotFound
        act()

    return _carry_out(sent, done, act_on_its_own)


def _page(
    site: Site, me: SignedIn, enterprise_id: int, *, status: int = 200, **facts: Any
) -> Response:
    with site.desk.store.view() as tx:
        with or_not_found():
            enterprise = tx.accounts.get(enterprise_id)
        bindings = tx.bindings.of_enterprise(enterprise_id, ended=True)
        locked_until = tx.tries.closed_until(
            enterprise_account(enterprise.name), site.desk.clock.now()
        )
        entries = _entries(tx, enterprise_id)
        returned = returned_from(tx, enterprise.contact_email)
        several_cas = _several_cas(tx, enterprise_id, bindings)
        uploaded = tx.papers.of_enterprise(enterprise_id)
    titles = {one.key: one.title for one in site.front.settings.papers} if site.front else {}
    shown = {"problem": "", "typed": "", "disclosed": None, "notice": ""} | facts
    return site.pages.html(
        "enterprise.html",
        status,
        me=me,
        enterprise=enterprise,
        bound=[b for b in bindings if not b.ended_at],
        ended=[b for b in bindings if b.ended_at],
        locked_until=locked_until,
        entries=entries,
        returned=returned,
        several_cas=several_cas,
        papers=uploaded,
        titles=titles,
        kinds=registration_papers.KIND_WORDS,
        **shown,
    )


def _several_cas(tx: Transaction, enterprise_id: int, bindings: Sequence[Binding]) -> bool:
    """Whether more than one CA vouched for the enterprise, or a second one asked to
    (core.accounts.enterprises.bind says why it is shown)."""
    asked = tx.alerts.by_kind(f"{OTHER_CA}.{enterprise_id}") is not None
    return asked or len({binding.issuer_profile for binding in bindings} - {""}) > 1


def _entries(tx: Transaction, enterprise_id: int) -> list[AuditEntry]:
    """The newest audit rows that name the enterprise."""
    found = (
        entry
        for entry in tx.audit.entries(limit=ENTRIES_LOOKED_AT)
        if entry.detail.get("enterprise") == str(enterprise_id)
    )
    return [entry for _, entry in zip(range(ENTRIES_SHOWN), found, strict=False)]
