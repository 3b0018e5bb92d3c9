"""A request to the portal: who is logged in, whether a page of ours sent it, how it is answered.

The session's cookie holds a random token of which only the SHA-256 is stored; every request asks
the store, so a session is over at once when its lock was unbound or reported lost, or the account
was frozen. A challenge belongs to the browser that asked for it: a cookie holds its digest.

A handler gets the proof of a lock from `Guest.proof` alone, so that none can leave a check out:
the request came from a page of ours, and the challenge is one that this browser asked for. What
the signature is worth, the use cases decide (core.accounts.enterprises.lock_proof).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, TypeVar

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.accounts.enterprises import enterprise_login
from core.accounts.enterprises.lock_proof import GONE, GONE_WORDS
from core.accounts.front_desk import FrontDesk
from core.cases.accounts.account_notice import Visitor
from core.data.enterprise import Binding, Enterprise
from core.data.tries import Audience
from core.errors import EntryRefused
from core.locks.challenge import LIFE_S, EnterpriseSession, Proof
from web.common.caller import Caller, same_token, with_form
from web.common.cookies import FORM
from web.common.refusals import NotAtPortal
from web.common.site import Reads, site_of
from web.common.uploads import Sent, sent_form
from web.portal.destination import Destination, destination
from web.portal.help import helps_of_page
from web.portal.portal_answers import ProofSent

T = TypeVar("T")
SESSION = "portal"
"""The purpose of the cookie of an enterprise's session."""
CHALLENGE = "challenge"
"""Of the one that ties a challenge to its browser."""


@dataclass(frozen=True)
class Visit:
    """The enterprise that is logged in."""

    session: EnterpriseSession
    enterprise: Enterprise


@dataclass(frozen=True)
class Guest(Caller):
    """A request for a page for everybody. `visit`: who is logged in, if anybody."""

    visit: Visit | None
    audience: ClassVar = Audience.ENTERPRISE

    @property
    def front(self) -> FrontDesk:
        """The entrance; the portal exists only where there is one."""
        assert self.site.front is not None
        return self.site.front

    @property
    def reads(self) -> Reads:
        """What reads the files that are sent to the portal."""
        assert self.site.reads is not None
        return self.site.reads

    @property
    def csrf(self) -> str:
        return self.visit.session.csrf if self.visit else ""

    @property
    def form_tokens(self) -> tuple[str, ...]:
        return (self.cookie(FORM), self.csrf)

    @property
    def origin(self) -> str:
        """The origin of the page, as the browser says it, else ours. No challenge is given to
        another one's."""
        return self.request.headers.get("origin") or self.front.settings.origin

    @property
    def going(self) -> Destination | None:
        """Where a login leads, by `next` of the address; None: to the portal."""
        return destination(self.site, self.request.query_params.get("next", ""))

    def page(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        """The page of templates/web/portal/`template`.html, with the notice of what led to it."""
        notice = self.notice
        shown = facts | {
            "visit": self.visit,
            "told": notice.text if notice else "",
            "helps": helps_of_page(),
            "tries": self.front.settings.tries,
            "origin": self.front.settings.origin,
        }
        page = Caller.page(self, f"portal/{template}.html", status, **shown)
        self.drop_notice(page)
        return page

    async def file_form(self) -> Sent:
        """The form with a file that a page of ours sent. Raises StrangeForm, TooOften, and
        RequestValidationError."""
        sent = await sent_form(self.request)
        self.require_form(sent.fields.get("csrf", ""))
        self.count_try("check")
        return sent

    def proof(self, sent: ProofSent) -> Proof:
        """The proof. Raises StrangeForm, EntryRefused."""
        self.require_form(sent.csrf)
        proof = sent.proof(self.origin)
        if not same_token(_digest(proof.nonce), self.cookie(CHALLENGE)):
            raise EntryRefused(GONE, GONE_WORDS)
        return proof

    def keep_challenge(self, response: Response, nonce: bytes) -> None:
        """Tie a challenge to the browser that asked for it."""
        self.set_cookie(response, CHALLENGE, _digest(nonce), LIFE_S)

    async def try_password(self, act: Callable[[], T]) -> T:
        """The result of `act`, which hashes passwords: in threads of its own, failures counted.
        Raises TooOften, Busy, and any error of `act`."""
        with self.counting_failures("portal"):
            return await self.site.portal_logins.run(act)

    def keep_session(self, response: Response, token: str) -> None:
        """Give the browser the cookie of a new session."""
        life_s = int(self.front.settings.session_hours * 3600)
        self.set_cookie(response, SESSION, token, life_s)

    def end_visit(self) -> None:
        """End the browser's session, if it has one."""
        if self.visit:
            enterprise_login.log_out(self.front, self.visit.session)

    def enter(self, response: Response, entry: enterprise_login.Entry) -> Response:
        """Give the browser the cookies of a login: the session's, and the one by which it is known
        the next time."""
        self.keep_session(response, entry.token)
        self.keep_browser(response, self.audience, entry.browser)
        return response

    def leave(self, response: Response) -> Response:
        self.set_cookie(response, SESSION, "", 0)
        return response


@dataclass(frozen=True)
class Member(Guest):
    """A request of an enterprise that is logged in."""

    visit: Visit

    @property
    def form_tokens(self) -> tuple[str, ...]:
        return (self.csrf,)

    @property
    def visitor(self) -> Visitor:
        return Visitor(self.desk, self.front, self.visit.session)

    def bindings(self, *, ended: bool = False) -> list[Binding]:
        """The locks of the enterprise, primary first."""
        with self.view() as tx:
            return tx.bindings.of_enterprise(self.visit.enterprise.id, ended=ended)


async def guest(request: Request) -> Guest:
    """One function makes all of it: each dependency costs a login its time. Without a cookie the
    store is not asked: most logins come without one."""
    here = Guest(request, site_of(request), None)
    if token := here.cookie(SESSION):
        found = await run_in_threadpool(enterprise_login.session_of, here.front, token)
        return replace(here, visit=Visit(*found) if found else None)
    return here


def member_of(here: Guest) -> Member:
    """Raises NotAtPortal."""
    if here.visit is None:
        raise NotAtPortal("登录已失效，请重新登录。")
    return Member(here.request, here.site, here.visit)


async def member(request: Request) -> Member:
    """Raises NotAtPortal."""
    return member_of(await guest(request))


def _digest(nonce: bytes) -> str:
    """The digest of a challenge that the browser's cookie contains."""
    return hashlib.sha256(nonce).hexdigest()


Anyone = Annotated[Guest, Depends(guest)]
AnyoneWithForm = Annotated[Guest, Depends(with_form(guest))]
Inside = Annotated[Member, Depends(member)]
InsideWithForm = Annotated[Member, Depends(with_form(member))]
