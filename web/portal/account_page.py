"""An enterprise's own pages: how far its account is and what comes next, its information, its
requests, its contact address and its password.

The address and the password are changed by a lock's signature, or by the password
(core.cases.accounts.contact_change and own_password decide).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.concurrency import run_in_threadpool

from core.accounts.enterprises.certificate_end import ending
from core.cases.accounts import contact_change, own_password
from core.cases.accounts.registration import submit_information
from core.cases.intake.case_status import status_of
from core.data.contact import LONGEST_ADDRESS
from core.errors import Busy, DeskError
from web.common.site import Line, Secret, Trimmed
from web.portal.portal_answers import ContactSent, PasswordSent
from web.portal.visits import Anyone, Inside, InsideWithForm, Member

router = APIRouter(prefix="/portal")


@router.get("")
def home(here: Inside) -> Response:
    """The account, and the next step."""
    bindings, now = here.bindings(), here.now
    usable = [
        one
        for one in bindings
        if not one.lost_at and (one.valid_until is None or one.valid_until > now)
    ]
    with here.view() as tx:
        change = contact_change.pending(tx, here.visit.enterprise.id)
    ends = ending(bindings, now)
    return here.page("home", bindings=bindings, usable=usable, ending=ends, change=change)


@router.get("/information")
def show_information(here: Inside) -> Response:
    return information_page(here)


@router.post("/information")
def submit(here: InsideWithForm, contact_name: Line = "", contact_phone: Line = "") -> Response:
    person = (contact_name, contact_phone)
    try:
        submit_information(here.desk, here.front, here.visit.session, *person)
    except DeskError as error:
        return information_page(here, 422, person=person, problem=str(error))
    return here.done("/portal", "information")


@router.get("/help")
def explain(here: Anyone) -> Response:
    """The published help page's text on logging in and unbinding, for everybody."""
    return here.page("help")


@router.get("/requests")
def list_requests(here: Inside) -> Response:
    """The newest cases of the enterprise; of one whose data were removed
    nothing is left to show."""
    with here.view() as tx:
        shown = [
            (case.opened_at, status_of(here.desk, case), tx.cases.status_token(case.number))
            for case in tx.cases.of_enterprise(here.visit.enterprise.id, here.settings.page_rows)
        ]
    return here.page("requests", shown=shown)


@router.get("/contact")
def show_contact(here: Inside) -> Response:
    """The address, the change that waits for its confirmation,
    and the form that fits the account."""
    return _contact_page(here)


@router.post("/contact/lock")
def ask_contact_by_lock(here: Inside, sent: ContactSent) -> Response:
    """Ask for a change with a lock's signature over the new address."""
    contact_change.ask_by_lock(here.visitor, sent.address, here.proof(sent))
    return here.done("/portal", "contact")


@router.post("/contact")
async def ask_contact_by_password(
    here: InsideWithForm,
    address: Annotated[Trimmed, Form(max_length=LONGEST_ADDRESS)] = "",
    password: Secret = "",
) -> Response:
    try:
        await here.try_password(
            lambda: contact_change.ask_by_password(here.visitor, address, password, here.source)
        )
    except DeskError as error:
        problem = str(error)
        return await run_in_threadpool(_contact_page, here, 422, problem=problem, address=address)
    return here.done("/portal", "contact")


def _contact_page(here: Member, status: int = 200, *, address: str = "", **facts: Any) -> Response:
    with here.view() as tx:
        change = contact_change.pending(tx, here.visit.enterprise.id)
    bound = here.bindings()
    return here.page("contact", status, address=address, bound=bound, change=change, **facts)


@router.get("/password")
def show_password(here: Inside) -> Response:
    """The forms that fit the account."""
    return _password_page(here)


@router.post("/password/lock")
def set_password_by_lock(here: Inside, sent: PasswordSent) -> Response:
    proof = here.proof(sent)
    entry = own_password.set_by_lock(here.visitor, proof, sent.password, sent.again, here.source)
    return here.enter(here.done("/portal", "password"), entry)


@router.post("/password")
async def change_password(
    here: InsideWithForm, old: Secret = "", password: Secret = "", again: Secret = ""
) -> Response:
    """Change it by the old one."""
    try:
        entry = await here.try_password(
            lambda: own_password.change_by_password(here.visitor, old, password, again, here.source)
        )
    except Busy:
        raise
    except DeskError as error:
        problem = str(error).replace("账号或密码", "原密码")
        return await run_in_threadpool(_password_page, here, 422, problem=problem)
    return here.enter(here.done("/portal", "password"), entry)


def _password_page(here: Member, status: int = 200, **facts: Any) -> Response:
    return here.page("password", status, bound=here.bindings(), **facts)


def information_page(here: Member, status: int = 200, **facts: Any) -> Response:
    """The enterprise's information, with the papers that are asked for."""
    one = here.visit.enterprise
    with here.view() as tx:
        papers = tx.papers.oldest(enterprise_id=one.id)
    shown = {
        "person": (one.contact_name, one.contact_phone),
        "required": here.front.settings.papers.values(),
        "there": papers,
    }
    return here.page("information", status, **shown | facts)
