"""The way in and out: the login page with both tabs, both logins, challenges, registration, logout
(RULES.md section 7; the use cases decide who comes in).

Who registers types neither name nor USCC: they are read from the certificate and shown,
then the lock signs.
"""

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from core.accounts.enterprises import enterprise_login
from core.accounts.enterprises.lock_proof import challenge, verified
from core.accounts.enterprises.registration import register
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import RULES_TEXT
from core.clock import local
from core.data.contact import Contact
from core.data.tries import Audience
from core.errors import DeskError, EntryRefused
from core.locks.challenge import Purpose
from web.common.cookies import PORTAL, went
from web.common.devices import EnterpriseSource, keep_device
from web.common.failures import failures_counted, require_tries
from web.common.sessions import NotAtPortal, PublicForm
from web.common.site import Site, TheSite
from web.portal.destination import TheDestination, arrived, destination
from web.portal.help import help_for
from web.portal.portal_answers import (
    CertificateSent,
    ChallengeSent,
    ProofRoute,
    ProofSent,
    RegisterSent,
    gone_on,
    status_and_words,
)
from web.portal.portal_pages import portal_page
from web.portal.proofs import Outside
from web.portal.visits import (
    AnyVisit,
    PostedVisit,
    TheFront,
    Visit,
    end_former,
    forget_visit,
    keep_challenge,
    keep_visit,
    origin_of,
    require_sent_publicly,
)

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)

WAYS: Final = ("lock", "account")
FOR_EVERYBODY: Final = frozenset({Purpose.LOGIN, Purpose.REGISTER})
FOR_THE_ENTERPRISE: Final = frozenset({Purpose.BIND, Purpose.PASSWORD})


@router.get("/login")
def show_login(
    request: Request, site: TheSite, visit: AnyVisit, going: TheDestination, by: str = ""
) -> Response:
    """The login page. `by`: the tab that was asked for; without it the page follows the lock."""
    if visit and not going:  # a system may want a login anew
        return RedirectResponse("/portal", 303)
    return _page(request, site, by=by if by in WAYS else "", going=going)


@router.post("/login")
async def log_in(
    request: Request,
    site: TheSite,
    front: TheFront,
    visit: AnyVisit,
    going: TheDestination,
    login_source: EnterpriseSource,
    _form: PublicForm,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """By account and password. Asynchronous, with threads of its own:
    a flood of logins takes no thread of a page."""

    def act() -> enterprise_login.Entry:
        entry = enterprise_login.log_in_by_password(front, name.strip(), password, login_source)
        end_former(front, visit)
        return entry

    try:
        with failures_counted(request, site, site.portal_tries):
            entry = await site.portal_logins.run(act)
    except DeskError as error:
        status, code, message = status_and_words(error)
        return _page(
            request,
            site,
            status=status if status == 503 else 401,
            by="account",
            problem=message,
            help=help_for(code),
            name=name,
            going=going,
        )
    response = arrived(site, going)
    keep_entry(response, site, front, entry)
    return response


@proofs.post("/login/lock")
def log_in_by_lock(here: Outside, sent: ProofSent) -> Response:
    """By a lock that signed just now."""
    going = destination(here.site, here.request.query_params.get("next", ""))
    proof, origin = here.proof(sent)
    entry = enterprise_login.log_in_by_lock(here.front, proof, origin, here.login_source)
    end_former(here.front, here.visit)
    response = gone_on(here.site, going.path if going else "/portal")
    keep_entry(response, here.site, here.front, entry)
    return response


@proofs.post("/challenge")
async def give_challenge(here: Outside, sent: ChallengeSent) -> Response:
    """A nonce for the lock to sign, and the account that the signature is bound to.
    The agent builds the bytes itself.

    Asynchronous: a challenge is not stored, so nothing here waits.
    """
    purpose = _purpose(sent.purpose)
    # first of all: a session that ended is reported as over, not the page as stale
    account = _account(purpose, sent.account, here.visit)
    here.require_own_page(sent.csrf)
    require_tries(here.request, here.site, here.site.challenge_tries)
    origin = origin_of(here.request, here.site, here.front)
    nonce = challenge(here.front, origin, purpose, account)
    response = JSONResponse(
        {
            "nonce": base64.urlsafe_b64encode(nonce).rstrip(b"=").decode(),
            "purpose": purpose.value,
            "account": account,
            "origin": origin,
            "expires_s": here.front.settings.challenge_s,
        }
    )
    keep_challenge(response, here.site, here.front, nonce)
    return response


@router.post("/logout")
def log_out(site: TheSite, front: TheFront, visit: PostedVisit) -> Response:
    enterprise_login.log_out(front, visit.token)
    response = went(site.settings, "/portal/login", "out", audience=PORTAL)
    forget_visit(response, site.settings)
    return response


@router.get("/register")
def show_register(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    if visit:
        return RedirectResponse("/portal", 303)
    return portal_page(request, site, "register", None, rules=RULES_TEXT)


@proofs.post("/certificate")
def read_certificate(
    request: Request, site: TheSite, front: TheFront, visit: AnyVisit, sent: CertificateSent
) -> Response:
    """Name and USCC on a certificate, if it can be registered with.
    One that is refused is kept for administrators to see."""
    require_sent_publicly(request, site, visit, sent.csrf)
    require_tries(request, site, site.challenge_tries)
    certificate = verified(front, sent.certificate, Purpose.REGISTER)
    if not certificate.uscc:
        raise EntryRefused(
            "certificate.no_uscc",
            "此锁的证书中没有统一社会信用代码，不能用于注册，请联系系统管理员。",
        )
    return JSONResponse(
        {
            "name": certificate.enterprise_name,
            "uscc": certificate.uscc,
            "until": f"{local(certificate.not_after):%Y-%m-%d}",
        }
    )


@proofs.post("/register")
def register_enterprise(here: Outside, sent: RegisterSent) -> Response:
    """A new account, and its first session."""
    proof, origin = here.proof(sent)
    contact = Contact(
        sent.contact_name.strip(), sent.contact_email.strip(), sent.contact_phone.strip()
    )
    entry = register(
        here.front, proof, origin, contact, sent.password, sent.again, here.login_source
    )
    end_former(here.front, here.visit)
    response = gone_on(here.site, "/portal", "registered")
    keep_entry(response, here.site, here.front, entry)
    return response


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError as error:
        raise DeskError("没有这种用途。") from error


def _account(purpose: Purpose, given: str, visit: Visit | None) -> str:
    """What the signature is bound to beside origin and purpose. Raises NotAtPortal."""
    if purpose in FOR_EVERYBODY:
        return ""
    if visit is None:
        raise NotAtPortal("登录已失效，请重新登录。")
    return visit.enterprise.uscc if purpose in FOR_THE_ENTERPRISE else given


def _page(request: Request, site: Site, *, status: int = 200, **facts: Any) -> Response:
    shown = {"by": "", "problem": "", "help": None, "name": "", "going": None} | facts
    return portal_page(request, site, "login", None, status, **shown)


def keep_entry(
    response: Response, site: Site, front: FrontDesk, entry: enterprise_login.Entry
) -> None:
    """Give the browser the cookies of a login: the session's,
    and the one by which it is known the next time."""
    keep_visit(response, site, front, entry.token)
    keep_device(response, site.settings, Audience.ENTERPRISE, entry.browser)


def rotated(site: Site, front: FrontDesk, url: str, token: str, notice: str) -> JSONResponse:
    """The page goes on with a new session."""
    response = gone_on(site, url, notice)
    keep_visit(response, site, front, token)
    return response
