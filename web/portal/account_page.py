"""An enterprise's own pages: how far its account is and what comes next, its information, its
requests, its contact address and its password.

The address and the password are changed by a lock's signature, or by the password
(core.cases.accounts.contact_change and own_password decide).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.accounts.enterprises.certificate_end import ending
from core.accounts.enterprises.registration import submit_information
from core.accounts.enterprises.registration_papers import KIND_WORDS
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import RULES_TEXT
from core.cases.accounts import contact_change, own_password
from core.cases.intake.case_status import status_of
from core.data.contact import LONGEST_ADDRESS
from core.data.enterprise import Binding
from core.errors import Busy, DeskError
from web.common.cookies import PORTAL, went
from web.common.devices import EnterpriseSource
from web.common.failures import failures_counted
from web.common.site import Site, TheSite
from web.portal.entrance_pages import keep_entry
from web.portal.portal_answers import ContactSent, PasswordSent, ProofRoute, gone_on
from web.portal.portal_pages import portal_page
from web.portal.proofs import Inside
from web.portal.visits import AnyVisit, PostedVisit, TheFront, TheVisit, Visit

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)

Field = Annotated[str, Form(max_length=200)]


@router.get("")
def home(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The account, and the next step."""
    bindings, now = bindings_of(front, visit), front.clock.now()
    usable = [
        binding
        for binding in bindings
        if not binding.lost_at and (binding.valid_until is None or binding.valid_until > now)
    ]
    return portal_page(
        request, site, "home", visit, bindings=bindings, usable=usable, ending=ending(bindings, now)
    )


@router.get("/information")
def show_information(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    return information_page(request, site, front, visit)


@router.post("/information")
def submit(
    request: Request,
    site: TheSite,
    front: TheFront,
    visit: PostedVisit,
    contact_name: Field = "",
    contact_phone: Field = "",
) -> Response:
    name, phone = contact_name.strip(), contact_phone.strip()
    try:
        submit_information(front, visit.session, name, phone)
    except DeskError as error:
        return information_page(
            request, site, front, visit, 422, person=(name, phone), problem=str(error)
        )
    return went(site.settings, "/portal", "information", audience=PORTAL)


@router.get("/help")
def explain(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    """What the published help page says of logging in and unbinding, for everybody."""
    return portal_page(request, site, "help", visit)


@router.get("/requests")
def list_requests(request: Request, site: TheSite, visit: TheVisit) -> Response:
    """The newest cases of the enterprise; of one whose data were removed
    nothing is left to show."""
    with site.desk.store.view() as tx:
        cases = tx.cases.of_enterprise(visit.enterprise.id, site.settings.page_rows)
        shown = [
            (case.opened_at, status_of(site.desk, case), tx.cases.status_token(case.number))
            for case in cases
        ]
    return portal_page(request, site, "requests", visit, shown=shown)


@router.get("/contact")
def show_contact(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The address, the change that waits for its confirmation,
    and the form that fits the account."""
    return _contact_page(request, site, front, visit)


@proofs.post("/contact/lock")
def ask_contact_by_lock(here: Inside, sent: ContactSent) -> Response:
    """Ask for a change with a lock's signature over the new address."""
    proof, origin = here.proof(sent)
    contact_change.ask_by_lock(
        here.site.desk, here.front, here.visit.session, sent.address, proof, origin
    )
    return gone_on(here.site, "/portal", "contact")


@router.post("/contact")
def ask_contact_by_password(
    request: Request,
    site: TheSite,
    front: TheFront,
    visit: PostedVisit,
    login_source: EnterpriseSource,
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "",
    password: Field = "",
) -> Response:
    try:
        with failures_counted(request, site, site.portal_tries):
            contact_change.ask_by_password(
                site.desk,
                front,
                visit.session,
                address.strip(),
                password,
                login_source,
            )
    except DeskError as error:
        return _contact_page(request, site, front, visit, 422, problem=str(error), address=address)
    return went(site.settings, "/portal", "contact", audience=PORTAL)


def _contact_page(
    request: Request,
    site: Site,
    front: TheFront,
    visit: Visit,
    status: int = 200,
    *,
    problem: str = "",
    address: str = "",
) -> Response:
    with site.desk.store.view() as tx:
        pending = contact_change.pending(tx, visit.enterprise.id, site.desk.clock.now())
    return portal_page(
        request,
        site,
        "contact",
        visit,
        status,
        problem=problem,
        address=address,
        bound=bindings_of(front, visit),
        pending=pending.after if pending else "",
    )


@router.get("/password")
def show_password(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The forms that fit the account."""
    return _password_page(request, site, front, visit)


@proofs.post("/password/lock")
def set_password_by_lock(here: Inside, sent: PasswordSent) -> Response:
    proof, origin = here.proof(sent)
    entry = own_password.set_by_lock(
        here.site.desk,
        here.front,
        here.visit.session,
        proof,
        origin,
        sent.password,
        sent.again,
        here.login_source,
    )
    response = gone_on(here.site, "/portal", "password")
    keep_entry(response, here.site, here.front, entry)
    return response


@router.post("/password")
async def change_password(
    request: Request,
    site: TheSite,
    front: TheFront,
    visit: PostedVisit,
    login_source: EnterpriseSource,
    old: Field = "",
    password: Field = "",
    again: Field = "",
) -> Response:
    """Change it by the old one. In the threads of logins: it hashes twice."""
    try:
        with failures_counted(request, site, site.portal_tries):
            entry = await site.portal_logins.run(
                lambda: own_password.change_by_password(
                    site.desk,
                    front,
                    visit.session,
                    old,
                    password,
                    again,
                    login_source,
                )
            )
    except Busy:
        raise
    except DeskError as error:
        return _password_page(
            request, site, front, visit, 422, str(error).replace("账号或密码", "原密码")
        )
    response = went(site.settings, "/portal", "password", audience=PORTAL)
    keep_entry(response, site, front, entry)
    return response


def _password_page(
    request: Request,
    site: Site,
    front: TheFront,
    visit: Visit,
    status: int = 200,
    problem: str = "",
) -> Response:
    return portal_page(
        request,
        site,
        "password",
        visit,
        status,
        rules=RULES_TEXT,
        bound=bindings_of(front, visit),
        problem=problem,
    )


def information_page(
    request: Request, site: Site, front: FrontDesk, visit: Visit, status: int = 200, **facts: Any
) -> Response:
    """The enterprise's information, with the papers that are asked for."""
    one = visit.enterprise
    with front.store.view() as tx:
        there = tx.papers.of_enterprise(one.id)
    shown = {
        "person": (one.contact_name, one.contact_phone),
        "problem": "",
        "asked": front.settings.papers,
        "there": there,
        "kinds": KIND_WORDS,
    }
    return portal_page(request, site, "information", visit, status, **shown | facts)


def bindings_of(front: FrontDesk, visit: Visit, *, ended: bool = False) -> list[Binding]:
    """The locks of the enterprise, primary first."""
    with front.store.view() as tx:
        return tx.bindings.of_enterprise(visit.enterprise.id, ended=ended)
