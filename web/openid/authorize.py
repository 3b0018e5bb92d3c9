"""The authorization endpoint: a trading system sends the browser here, and gets it back with a
code, or with the reason why not (OpenID Connect Core 1.0).

Consent is not asked: the systems are the centre's own. Only where system and redirect URI are right
does anything go back there; else a page says what is wrong. prompt=login and max_age are kept by a
mark in the address of the login: when it was asked for, with a MAC, so that only a login after that
counts.
"""

import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidRequestError
from authlib.oidc.core.errors import LoginRequiredError
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from core.accounts.enterprises.enterprise_login import enterprise_of
from core.accounts.front_desk import FrontDesk
from core.data.audit_entry import ENTERPRISE
from core.data.trading_systems import SystemLogin, refusal
from core.errors import EntryRefused
from core.store.store import Transaction
from web.common.caller import same_token
from web.common.failures import failure_page
from web.openid.openid_requests import (
    HERE,
    SINCE,
    SystemRequest,
    TheRequest,
    claims_of_hint,
    must_come_again,
)
from web.openid.provider import CodeGrant, Provider
from web.portal.destination import AUTHORIZE, CANCEL, Destination, onward
from web.portal.visits import Anyone, Visit

router = APIRouter()

AGAIN = frozenset({"login", "select_account"})
WRONG = "登录请求有误，不能返回交易系统。请从交易系统重新登录；仍然如此的，请联系中心。"


@router.get(AUTHORIZE)
def authorize(here: Anyone, system_request: TheRequest) -> Response:
    """Give a code to the system, or ask the enterprise to log in first: then nothing is written,
    and a flood of such requests takes no turn from those who write."""
    site, front, visit = here.site, here.front, here.visit
    if must_come_again(here, system_request.ours.get(HERE)):
        return onward(site, f"{AUTHORIZE}?{urlencode([*system_request.pairs, (HERE, '1')])}")
    hint = claims_of_hint(here, system_request.form.get("id_token_hint", ""))
    with site.desk.step() if visit else site.desk.view() as tx:
        provider, grant = Provider(here, tx), None
        try:
            grant = provider.consent(system_request, visit)
            subject = _hinted(hint, system_request)
            if visit is None or not _serves(tx, front, visit, system_request, subject):
                return _to_login(front, system_request)
            login = _entered(tx, visit, grant)
        except (OAuth2Error, ValueError) as error:
            return _refused(provider, grant, system_request, error)
        except EntryRefused:  # the session ended, or the account was frozen, just now
            return RedirectResponse("/portal/login", 303)
        tx.audit.write(
            ENTERPRISE,
            "system.login",
            enterprise=login.enterprise_id,
            system=login.system_id,
        )
        return provider.code_for(grant, login)


@router.post(AUTHORIZE)
def authorize_by_form(here: Anyone, system_request: TheRequest) -> Response:
    """The same by POST, as the standard wants it: goes on as GET."""
    return onward(here.site, f"{AUTHORIZE}?{urlencode(system_request.pairs)}")


@router.get(CANCEL)
def cancel(here: Anyone, system_request: TheRequest) -> Response:
    """The enterprise does not want to log in."""
    with here.view() as tx:
        provider, grant = Provider(here, tx), None
        try:
            grant = provider.consent(system_request, None)
            raise AccessDeniedError("cancelled by the user")
        except (OAuth2Error, ValueError) as error:
            return _refused(provider, grant, system_request, error)


def _hinted(hint: Mapping[str, object], system_request: SystemRequest) -> str:
    """The subject that the system expects; "" for any. Raises InvalidRequestError for a hint that
    is no ID token of this system."""
    if "id_token_hint" in system_request.form and hint.get("aud") != system_request.form.get(
        "client_id"
    ):
        raise InvalidRequestError("id_token_hint is not an ID token of this client")
    return str(hint.get("sub", ""))


def _serves(
    tx: Transaction,
    front: FrontDesk,
    visit: Visit,
    system_request: SystemRequest,
    subject: str,
) -> bool:
    """Whether the session is what was asked for: of that `subject`, and young enough. Raises
    LoginRequiredError where another subject has just logged in for it."""
    since, made_at = _since(front, system_request), visit.session.made_at.timestamp()
    is_fresh = since is not None and made_at >= since
    if subject and subject != tx.systems.subject(visit.session.enterprise_id):
        if is_fresh:
            raise LoginRequiredError
        return False
    max_age = system_request.form.get("max_age")
    too_old = max_age is not None and front.clock.now().timestamp() - made_at >= int(max_age)
    anew = too_old or AGAIN & set(system_request.form.get("prompt", "").split())
    return is_fresh or not anew


def _to_login(front: FrontDesk, system_request: SystemRequest) -> Response:
    """To the login page, which leads back here.

    Raises LoginRequiredError where the system wants nobody to be asked.
    """
    if system_request.form.get("prompt") == "none":
        raise LoginRequiredError
    now = str(int(front.clock.now().timestamp()))
    query = urlencode(
        [
            *system_request.pairs,
            (HERE, "1"),
            (SINCE, f"{now}.{_mark(front, now, system_request)}"),
        ]
    )
    return RedirectResponse(f"/portal/login?{Destination('', query).parameter}", 303)


def _since(front: FrontDesk, system_request: SystemRequest) -> int | None:
    """When this request was sent to the login page the first time;
    None where that was never, or another request."""
    at, _, mark = system_request.ours.get(SINCE, "").partition(".")
    return int(at) if same_token(mark, _mark(front, at, system_request)) else None


def _mark(front: FrontDesk, at: str, system_request: SystemRequest) -> str:
    return front.mac(f"openid login asked at {at}: {urlencode(system_request.pairs)}")


def _entered(tx: Transaction, visit: Visit, grant: CodeGrant) -> SystemLogin:
    """The login at the system, of this session.

    Raises AccessDeniedError for an account that may not enter,
    EntryRefused for a session that ended.
    """
    if reason := refusal(enterprise_of(tx, visit.session)):
        raise AccessDeniedError(reason)
    session = visit.session
    fresh = SystemLogin(
        secrets.token_urlsafe(24),
        session.token_sha256,
        grant.client.get_client_id(),
        session.enterprise_id,
        session.binding_id,
        session.made_at,
    )
    return tx.systems.enter(fresh)


def _refused(
    provider: Provider,
    grant: CodeGrant | None,
    system_request: SystemRequest,
    error: OAuth2Error | ValueError,
) -> Response:
    """Back to the system with the reason, where it is sure that it is the system; else a page.

    ValueError: Authlib's, for words that no error may hold.
    """
    if grant and isinstance(error, OAuth2Error):
        error.redirect_uri, error.state = grant.redirect_uri, system_request.form.get("state")
    if isinstance(error, ValueError) or not error.redirect_uri:
        return failure_page(provider.here.site, 400, "无法处理", WRONG)
    return provider.refusal(system_request, error)
