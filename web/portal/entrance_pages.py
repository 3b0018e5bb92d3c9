"""The way in and out: the login page with both tabs, both logins, challenges, registration, logout
(RULES.md section 7; the use cases decide who comes in).

Who registers types neither name nor USCC: they are read from the certificate and shown, then the
lock signs.
"""

import base64
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, RedirectResponse

from core.accounts.enterprises import enterprise_login
from core.accounts.enterprises.lock_proof import challenge, verified_certificate
from core.cases.accounts.registration import register, require_uscc
from core.clock import local
from core.data.enterprise import Contact
from core.errors import DeskError
from core.locks.challenge import LIFE_S
from lock_protocol import Purpose
from web.common.failures import failure_of
from web.common.site import Line, Secret
from web.portal.destination import onward
from web.portal.help import help_for
from web.portal.portal_answers import CertificateSent, ChallengeSent, ProofSent, RegisterSent
from web.portal.visits import Anyone, AnyoneWithForm, Guest, InsideWithForm, member_of

router = APIRouter(prefix="/portal")

WAYS = ("lock", "account")
FOR_EVERYBODY = frozenset({Purpose.LOGIN, Purpose.REGISTER})
FOR_THE_ENTERPRISE = frozenset({Purpose.BIND, Purpose.PASSWORD})


@router.get("/login")
def show_login(here: Anyone, by: str = "") -> Response:
    """The login page. `by`: the tab that was asked for; without it the page follows the lock."""
    if here.visit and not here.going:  # a system may want a login anew
        return RedirectResponse("/portal", 303)
    return _login_page(here, by=by if by in WAYS else "")


@router.post("/login")
async def log_in(here: AnyoneWithForm, name: Line = "", password: Secret = "") -> Response:
    """By account and password. Asynchronous: a flood of logins takes no thread of a page."""

    def act() -> enterprise_login.Entry:
        entry = enterprise_login.log_in_by_password(here.front, name, password, here.source)
        here.end_visit()
        return entry

    try:
        entry = await here.try_password(act)
    except DeskError as error:
        status, refusal = password_refusal(error, name)
        return _login_page(here, status, by="account", **refusal)
    going = here.going
    if going is None:
        return here.enter(RedirectResponse("/portal", 303), entry)
    return here.enter(onward(here.site, going.path, going.title), entry)


def password_refusal(error: DeskError, name: str) -> tuple[int, dict[str, Any]]:
    """The status of a refusal, and what a page with a form for name and password says of it."""
    failure = failure_of(error)
    facts = {"problem": failure.text, "help": help_for(failure.code), "name": name}
    return failure.status if failure.status == 503 else 401, facts


@router.post("/login/lock")
def log_in_by_lock(here: Anyone, sent: ProofSent) -> Response:
    """By a lock that signed just now."""
    proof = here.proof(sent)
    entry = enterprise_login.log_in_by_lock(here.front, proof, here.source)
    here.end_visit()
    return here.enter(here.done(here.going.path if here.going else "/portal"), entry)


@router.post("/challenge")
async def give_challenge(here: Anyone, sent: ChallengeSent) -> Response:
    """A nonce for the lock to sign, and the account that the signature is bound to. The agent
    builds the bytes itself. Asynchronous: a challenge is not stored, so nothing here waits."""
    purpose = sent.purpose
    # first: a session that ended is said to be over
    account = _account(here, purpose, sent.account)
    here.require_form(sent.csrf)
    here.count_try("challenge")
    nonce = challenge(here.front, here.origin, purpose, account)
    response = JSONResponse(
        {
            "nonce": base64.urlsafe_b64encode(nonce).rstrip(b"=").decode(),
            "purpose": purpose.value,
            "account": account,
            "origin": here.origin,
            "expires_s": LIFE_S,
        }
    )
    here.keep_challenge(response, nonce)
    return response


@router.post("/logout")
def log_out(here: InsideWithForm) -> Response:
    here.end_visit()
    return here.leave(here.done("/portal/login", "out"))


@router.get("/register")
def show_register(here: Anyone) -> Response:
    if here.visit:
        return RedirectResponse("/portal", 303)
    return here.page("register")


@router.post("/certificate")
def read_certificate(here: Anyone, sent: CertificateSent) -> Response:
    """Name and USCC on a certificate, if it can be registered with. One that is refused is kept
    for administrators to see."""
    here.require_form(sent.csrf)
    here.count_try("challenge")
    certificate = verified_certificate(here.front, sent.certificate, Purpose.REGISTER)
    require_uscc(certificate)
    until = f"{local(certificate.not_after):%Y-%m-%d}"
    name = certificate.enterprise_name
    return JSONResponse({"name": name, "uscc": certificate.uscc, "until": until})


@router.post("/register")
def register_enterprise(here: Anyone, sent: RegisterSent) -> Response:
    """A new account, and its first session. Counted: a certificate that is refused is kept."""
    proof = here.proof(sent)
    here.count_try("challenge")
    contact = Contact(sent.contact_name, sent.contact_email, sent.contact_phone)
    entry = register(here.desk, here.front, proof, contact, sent.password, sent.again, here.source)
    here.end_visit()
    return here.enter(here.done("/portal", "registered"), entry)


def _account(here: Guest, purpose: Purpose, given: str) -> str:
    """The data that the signature covers beside origin and purpose. Raises NotAtPortal."""
    if purpose in FOR_EVERYBODY:
        return ""
    enterprise = member_of(here).visit.enterprise
    return enterprise.uscc if purpose in FOR_THE_ENTERPRISE else given


def _login_page(here: Guest, status: int = 200, **facts: Any) -> Response:
    return replace(here, visit=None).page("login", status, going=here.going, **facts)
