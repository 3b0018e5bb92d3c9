"""Registering with a lock: the certificate is read and shown, never typed; then the lock signs (RULES.md section 7)."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from core.accounts.challenge import Purpose
from core.accounts.contact import Contact
from core.accounts.lock_proof import verified
from core.accounts.passwords_rules import RULES_TEXT
from core.accounts.registration import register
from core.accounts.tries import Audience
from core.clock import local
from core.errors import EntryRefused
from web.devices import login_source_of
from web.failures import require_tries
from web.portal.answers import CertificateSent, ProofRoute, RegisterSent, gone_on
from web.portal.entrance import keep_entry
from web.portal.pages import portal_page
from web.portal.proofs import Outside
from web.portal.visits import AnyVisit, TheFront, end_former, require_sent_publicly
from web.site import TheSite

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)


@router.get("/register")
def show_register(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    """The form of registration."""
    if visit:
        return RedirectResponse("/portal", 303)
    return portal_page(request, site, "register", None, rules=RULES_TEXT)


@proofs.post("/certificate")
def read_certificate(request: Request, site: TheSite, front: TheFront, visit: AnyVisit, sent: CertificateSent) -> Response:
    """Name and USCC on a certificate, if it can be registered with. One that is refused is kept for administrators to see."""
    require_sent_publicly(request, site, visit, sent.csrf)
    require_tries(request, site, site.challenge_tries)
    certificate = verified(front, sent.certificate, Purpose.REGISTER)
    if not certificate.uscc:
        raise EntryRefused("certificate.no_uscc", "此锁的证书中没有统一社会信用代码，不能用于注册，请联系系统管理员。")
    return JSONResponse({"name": certificate.enterprise_name, "uscc": certificate.uscc, "until": f"{local(certificate.not_after):%Y-%m-%d}"})


@proofs.post("/register")
def register_enterprise(here: Outside, sent: RegisterSent) -> Response:
    """A new account, and its first session."""
    proof, origin = here.proof(sent)
    contact = Contact(sent.contact_name.strip(), sent.contact_email.strip(), sent.contact_phone.strip())
    login_source = login_source_of(here.request, here.site.settings, Audience.ENTERPRISE)
    entry = register(here.front, proof, origin, contact, sent.password, sent.again, login_source)
    end_former(here.front, here.visit)
    response = gone_on(here.site, "/portal", "registered")
    keep_entry(response, here.site, here.front, entry)
    return response
