"""Enterprises, their locks and their papers for administrators, and the certificates that were
refused (RULES.md section 7).

Every act is a form with a reason, carried out by a use case that writes the audit row (ACTS). The
dates on the page are the administrator's to see; disclosing them to an asker is an act, and
recorded.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Response

from core.accounts.enterprises import administration, registration_papers
from core.cases.accounts import (
    account_acts,
    account_notice,
    contact_by_papers,
    contact_change,
    lock_loss,
)
from core.cases.accounts.bind import OTHER_CA
from core.cases.desk import Desk
from core.data.enterprise import Binding, Contact, Enterprise
from core.data.mail_record import MailRecord
from core.data.tries import enterprise_account
from core.store.store import Transaction
from web.common import page_words
from web.common.bounced_addresses import returned_from
from web.common.caller import shows_again
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import After, FormId, Line, PathId, Trimmed
from web.common.uploads import paper_picture
from web.console.mail_pages import download_of

router = APIRouter()

ENTRIES_LOOKED_AT = 1000
ENTRIES_SHOWN = 30
DEALINGS = 20
"""Cases, mails and letters of an enterprise on its page, the newest of each."""
Reason = Annotated[Trimmed, Form(max_length=500)]

ACTS: dict[str, Callable[[Desk, str, int, str], object]] = {
    "unlock": administration.unlock,
    "unfreeze": account_acts.unfreeze,
    "accept": partial(account_notice.review_information, accepted=True),
    "return": partial(account_notice.review_information, accepted=False),
}
"""Acts on an account: who does it, the enterprise, the reason. Each has a notice of its name."""
LOCK_ACTS: dict[str, Callable[[Desk, str, int, str], object]] = {
    "end": account_acts.end_binding,
    "restore": account_acts.restore_binding,
    "lost": lock_loss.report_by_administrator,
    "found": lock_loss.found,
}
"""The same on a binding of the enterprise."""


@dataclass(frozen=True)
class ContactForm:
    """The new contact, as the form asks for it."""

    contact_name: Line = ""
    contact_email: Line = ""
    contact_phone: Line = ""


@router.get("/enterprises")
def list_enterprises(here: Here, search: str = "", after: After = 0) -> Response:
    """Enterprises by what is known of them, from the first or from behind `after`."""
    most, wanted = here.settings.page_rows + 1, search.strip()[:100]
    locks = here.site.index.look(wanted).enterprises
    with here.view() as tx:
        found = tx.accounts.find(wanted, most, after, also=locks)
        active = tx.bindings.active_ids({one.id for one in found})
    bound = Counter({enterprise_id: len(ids) for enterprise_id, ids in active.items()})
    return here.page("enterprises.html", bound=bound, search=wanted, **here.rows(found, after))


@router.get("/enterprises/{enterprise_id}")
def show_enterprise(here: Here, enterprise_id: PathId) -> Response:
    """One enterprise: its account, its locks, what was done to them."""
    return _page(here, enterprise_id)


def _page(
    here: Console,
    enterprise_id: int,
    status: int = 200,
    reason: str = "",
    contact: ContactForm | None = None,
    **facts: Any,
) -> Response:
    """`reason`, `contact`: what was typed; `disclosed`: the bindings whose dates may be
    displayed.
    """
    with here.view() as tx:
        enterprise = tx.accounts.get(enterprise_id)
    # between the views: the index reads what is new by a view of its own
    named = here.site.index.look(enterprise.contact_email).mails
    with here.view() as tx:
        bindings = tx.bindings.of_enterprise(enterprise_id, ended=True)
        account = enterprise_account(enterprise.name)
        known = {
            "locked_until": tx.tries.closed_until(account),
            "returned": returned_from(tx, enterprise.contact_email),
            "several_cas": _several_cas(tx, enterprise_id, bindings),
            "papers": tx.papers.oldest(enterprise_id=enterprise_id),
            "changing": contact_change.pending(tx, enterprise_id),
            **_dealings(tx, enterprise, named),
        }
        newest = tx.audit.entries(limit=ENTRIES_LOOKED_AT)
    own = (one for one in newest if one.number("enterprise") == enterprise_id)
    required = here.site.front.settings.papers if here.site.front else {}
    shown = {"typed": reason, "contact": contact} | known | facts
    return here.page(
        "enterprise.html",
        status,
        enterprise=enterprise,
        bindings=bindings,
        entries=list(islice(own, ENTRIES_SHOWN)),
        required=required,
        for_two=contact_by_papers.takes_two(here.desk),
        **shown,
    )


def _dealings(tx: Transaction, enterprise: Enterprise, named: Sequence[int]) -> dict[str, object]:
    """The newest cases of an enterprise, with their mails and letters, the contact's other mails,
    and the letters to the contact that name it: an agent is the contact of many. `named`: mails
    with the contact's address.
    """
    cases = tx.cases.of_enterprise(enterprise.id, DEALINGS)
    numbers = {case.id: case.number for case in cases}
    written = tx.letters.of_dealings(numbers, enterprise.contact_email, DEALINGS)
    return {
        "cases": cases,
        "numbers": numbers,
        "mails": _mails(tx, enterprise, numbers, named),
        "letters": [
            one for one in written if one.case_id or enterprise.name in one.rendered.subject
        ],
    }


def _mails(
    tx: Transaction, enterprise: Enterprise, numbers: Mapping[int, str], named: Sequence[int]
) -> list[MailRecord]:
    """The newest mails of these cases, and those of the contact that belong to none."""
    found = {mail.id: mail for mail in tx.mails.newest(case_id=numbers, limit=DEALINGS)}
    for mail in tx.mails.newest(id=named, limit=DEALINGS):
        if mail.case_id is None and enterprise.is_contact_address(mail.sender):
            found[mail.id] = mail
    return sorted(found.values(), key=lambda mail: -mail.id)[:DEALINGS]


def _several_cas(tx: Transaction, enterprise_id: int, bindings: Sequence[Binding]) -> bool:
    """Whether more than one CA vouched for the enterprise, or a second one asked to
    (core.cases.accounts.bind says why it is shown)."""
    is_reported = tx.alerts.by(kind=f"{OTHER_CA}.{enterprise_id}") is not None
    return is_reported or len({binding.issuer_profile for binding in bindings} - {""}) > 1


@router.get("/enterprises/{enterprise_id}/papers/{paper_id}")
def show_paper(here: Here, enterprise_id: PathId, paper_id: PathId) -> Response:
    """The picture of a paper with all that identifies a person painted over."""
    return paper_picture(here, enterprise_id, paper_id)


@router.post("/enterprises/{enterprise_id}/papers/{paper_id}")
def download_paper(here: Here, enterprise_id: PathId, paper_id: PathId) -> Response:
    """A paper as it came, under a name of ours; written into the audit."""
    with here.view() as tx:
        paper = registration_papers.own_paper(tx, enterprise_id, paper_id)
        content = tx.papers.content(paper.id)
    with here.desk.step() as tx:
        tx.audit.write(here.name, "paper.downloaded", enterprise=enterprise_id, paper=paper.id)
    return download_of(content, f"paper-{paper.id}.{paper.kind}")


@router.post("/enterprises/{enterprise_id}/contact")
@shows_again(_page)
def propose_contact(
    here: Here,
    enterprise_id: PathId,
    contact: Annotated[ContactForm, Depends()],
    reason: Reason = "",
) -> Response:
    """Enter a new registered contact from papers, for a second person to confirm."""
    proposed = Contact(contact.contact_name, contact.contact_email, contact.contact_phone)
    front = here.site.front
    own = front.settings.own_addresses if front else {here.settings.centre.mailbox}
    contact_by_papers.propose(here.desk, here.name, enterprise_id, proposed, reason, own)
    waits = contact_by_papers.takes_two(here.desk)
    notice = "enterprise_proposed" if waits else "enterprise_contact"
    return here.done(f"/enterprises/{enterprise_id}", notice)


@router.post("/enterprises/{enterprise_id}/contact/{answer}")
@shows_again(_page)
def decide_contact(
    here: Here,
    enterprise_id: PathId,
    answer: Literal["accept", "refuse"],
    seen: Annotated[str, Form(max_length=40)] = "",
    reason: Reason = "",
) -> Response:
    """Confirm the proposed contact as the second person, or drop it."""
    accepted = answer == "accept"
    contact_by_papers.decide(here.desk, here.name, enterprise_id, seen, reason, accepted=accepted)
    notice = "enterprise_contact" if accepted else "enterprise_refused"
    return here.done(f"/enterprises/{enterprise_id}", notice)


@router.post("/enterprises/{enterprise_id}/{act}")
@shows_again(_page)
def act_on(
    here: Here, enterprise_id: PathId, act: str, reason: Reason = "", binding: FormId = 0
) -> Response:
    """One act on an account, or on one of its locks."""
    desk, name = here.desk, here.name
    if act == "dates":
        disclosed = administration.disclose_dates(desk, name, enterprise_id, reason)
        notice = page_words.LABELS["notice"][here.audience]["dates"]
        return _page(here, enterprise_id, notice=notice, disclosed=disclosed)
    administration.require_reason(reason)
    if act in LOCK_ACTS:
        with desk.view() as tx:
            if tx.bindings.get(binding).enterprise_id != enterprise_id:
                raise NotFound
        LOCK_ACTS[act](desk, name, binding, reason)
    elif act in ACTS:
        ACTS[act](desk, name, enterprise_id, reason)
    else:
        raise NotFound
    return here.done(f"/enterprises/{enterprise_id}", f"enterprise_{act}")


@router.get("/certificates")
def list_refused(here: Here) -> Response:
    """Certificates that were refused at registration or binding, newest first."""
    with here.view() as tx:
        refused = tx.refused_certificates.latest(here.settings.page_rows)
    return here.page("enterprise_certificates.html", refused=refused)
