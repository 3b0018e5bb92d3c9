"""Who is logged in at the portal, whether a request came from a page of ours,
and for which origin a lock signs.

The session's cookie holds a random token of which only the SHA-256 is stored; every request asks
the store, so a session is over at once when its lock was unbound or reported lost, or the account
was frozen. A challenge belongs to the browser that asked for it: a cookie holds its digest.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from core.accounts.enterprises import enterprise_login
from core.accounts.enterprises.lock_proof import GONE, GONE_WORDS
from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Enterprise
from core.errors import EntryRefused
from core.locks.challenge import EnterpriseSession, Proof
from web.common.cookies import cookie_of, drop_cookie, set_cookie
from web.common.page_settings import WebSettings
from web.common.sessions import FORM, NotAtPortal, require_own_form, same_token
from web.common.site import Site, TheSite

SESSION: Final = "portal"
"""The purpose of the cookie of an enterprise's session."""
CHALLENGE: Final = "challenge"
"""Of the one that ties a challenge to its browser."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The enterprise of a request. `csrf` goes into everything that its pages send."""

    session: EnterpriseSession
    enterprise: Enterprise
    token: str

    @property
    def csrf(self) -> str:
        return self.session.csrf


async def front_of(site: TheSite) -> FrontDesk:
    """The entrance. The portal's pages exist only where there is one.

    Asynchronous, so that it costs no thread.
    """
    assert site.front is not None
    return site.front


TheFront = Annotated[FrontDesk, Depends(front_of)]


async def visit_of(request: Request, site: TheSite, front: TheFront) -> Visit | None:
    """The enterprise that is logged in, or None.

    Without a cookie the store is not asked: most logins come without one.
    """
    token = cookie_of(request, site.settings, SESSION)
    found = await run_in_threadpool(enterprise_login.session_of, front, token) if token else None
    return Visit(*found, token) if found else None


AnyVisit = Annotated[Visit | None, Depends(visit_of)]


async def visiting(visit: AnyVisit) -> Visit:
    """The enterprise that is logged in. Raises NotAtPortal."""
    if visit is None:
        raise NotAtPortal("登录已失效，请重新登录。")
    return visit


TheVisit = Annotated[Visit, Depends(visiting)]


async def posted_visit(
    request: Request, visit: TheVisit, csrf: Annotated[str, Form()] = ""
) -> Visit:
    """The enterprise that sent a form of ours. Raises NotAtPortal, StrangeForm."""
    require_own_form(request, csrf, visit.csrf)
    return visit


PostedVisit = Annotated[Visit, Depends(posted_visit)]


def require_sent_publicly(request: Request, site: Site, visit: Visit | None, csrf: str) -> None:
    """Raise StrangeForm unless a page of ours for everybody sent it:
    with the token of the form's cookie, or the session's."""
    require_own_form(
        request, csrf, cookie_of(request, site.settings, FORM), visit.csrf if visit else ""
    )


def origin_of(request: Request, site: Site, front: FrontDesk) -> str:
    """The origin of the page, as the browser says it; it must be one of ours.

    Without one: that of `base_url`. Raises EntryRefused.
    """
    base = urlsplit(site.settings.base_url)
    origin = request.headers.get("origin") or f"{base.scheme}://{base.netloc}"
    if origin not in front.settings.origins:
        raise EntryRefused("origin.unknown", "此页面地址未在办理台登记，不能使用CA锁。")
    return origin


def keep_challenge(response: Response, site: Site, front: FrontDesk, nonce: bytes) -> None:
    """Tie a challenge to the browser that asked for it."""
    set_cookie(response, site.settings, CHALLENGE, digest(nonce), front.settings.challenge_s)


def require_own_challenge(request: Request, site: Site, proof: Proof) -> None:
    """Raise EntryRefused for a challenge that another browser asked for."""
    if not same_token(digest(proof.nonce), cookie_of(request, site.settings, CHALLENGE)):
        raise EntryRefused(GONE, GONE_WORDS)


def keep_visit(response: Response, site: Site, front: FrontDesk, token: str) -> None:
    """Give the browser the cookie of a new session."""
    set_cookie(response, site.settings, SESSION, token, int(front.settings.session_hours * 3600))


def end_former(front: FrontDesk, visit: Visit | None) -> None:
    """End the session that a new login takes the place of."""
    if visit:
        enterprise_login.log_out(front, visit.token)


def forget_visit(response: Response, settings: WebSettings) -> None:
    drop_cookie(response, settings, SESSION)


def digest(nonce: bytes) -> str:
    """What a browser keeps of a challenge."""
    return hashlib.sha256(nonce).hexdigest()
