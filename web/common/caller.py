"""A request and how it is answered; and whether a form came from a page of ours.

Every form carries a token: the session's, or, where nobody is logged in, one that must equal a
cookie set with the form. A browser that says the form came from another site is refused before
that (Sec-Fetch-Site; the Origin is no help, because our own pages send none under no-referrer).
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from inspect import signature
from typing import Annotated, Any, Final, ParamSpec

from fastapi import Depends, Request, Response

from core.accounts.tries import BROWSER_LIFE
from core.cases.desk import Desk
from core.data.tries import Audience, LoginSource
from core.errors import Busy, DeskError, StoreError
from core.store.store import Transaction
from web.common.cookies import FORM, cookie_of, set_cookie
from web.common.page_settings import WebSettings
from web.common.refusals import NoRight, StrangeForm, TooOften
from web.common.site import Site, site_of
from web.common.source import network_of

Sent = ParamSpec("Sent")
OWN_SITES: Final = frozenset({"", "same-origin", "none"})
FORM_COOKIE_S: Final = 3600
STALE: Final = "页面已失效，未予执行。请刷新页面后重试；如浏览器禁用了 Cookie，请先允许。"


@dataclass(frozen=True, slots=True)
class Caller:
    """A request from anybody."""

    request: Request
    site: Site

    @property
    def desk(self) -> Desk:
        return self.site.desk

    @property
    def settings(self) -> WebSettings:
        return self.site.settings

    @property
    def now(self) -> datetime:
        return self.site.desk.clock.now()

    def view(self) -> AbstractContextManager[Transaction]:
        """One moment of the store, to look at."""
        return self.site.desk.store.view()

    @property
    def form_tokens(self) -> tuple[str, ...]:
        """The tokens of which a form must carry one."""
        return (cookie_of(self.request, self.settings, FORM),)

    def page(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        """A page with a form for somebody who is not logged in, and the cookie of the form."""
        token = cookie_of(self.request, self.settings, FORM)
        if len(token) != 32 or not token.isalnum():
            token = secrets.token_hex(16)
        page = self.site.pages.html(template, status, csrf=token, **facts)
        set_cookie(page, self.settings, FORM, token, FORM_COOKIE_S)
        return page

    def require_form(self, token: str) -> None:
        """Raise StrangeForm for a form of another site, or one with another token."""
        if self.request.headers.get("sec-fetch-site", "") not in OWN_SITES:
            raise StrangeForm("此表单来自其他网站，未予执行。")
        if not any(same_token(token, one) for one in self.form_tokens):
            raise StrangeForm(STALE)

    def login_source(self, audience: Audience) -> LoginSource:
        """Where a login comes from: the address prefix, and the cookie of a browser that logged in
        before (core.accounts.tries). The cookie opens nothing: it keeps strangers' wrong passwords
        from slowing down who was here before."""
        browser = cookie_of(self.request, self.settings, f"device-{audience}")
        return LoginSource(network_of(self.request), browser)

    def keep_browser(self, response: Response, audience: Audience, browser: str) -> None:
        """Let the browser be known the next time."""
        life_s = int(BROWSER_LIFE.total_seconds())
        set_cookie(response, self.settings, f"device-{audience}", browser, life_s)

    def count_try(self, act: str, system: str = "") -> None:
        """Count a try of the client's address; of a system, which is proved by now, instead.
        Raises TooOften."""
        address, tries = network_of(self.request), self.site.tries
        if system:
            tries.take_back(act, address)
        if wait_s := tries.wait_s(act, system or address, self.now):
            raise TooOften(wait_s)

    @contextmanager
    def counting_failures(self, act: str) -> Iterator[None]:
        """A try that succeeds does not count: offices share an address. Raises TooOften."""
        self.count_try(act)
        yield
        self.site.tries.take_back(act, network_of(self.request))


def same_token(given: str, expected: str) -> bool:
    """Whether a token is the expected one, in constant time; an empty one never is."""
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


async def form_sent(request: Request) -> Mapping[str, str]:
    """The form that was sent, without files; of a name that is sent twice, the last value."""
    if request.method == "GET":
        return {}
    pairs = (await request.form()).multi_items()
    return {name: value for name, value in pairs if isinstance(value, str)}


async def require_form(here: Caller) -> None:
    """Raise StrangeForm unless a page of ours sent the form."""
    here.require_form((await form_sent(here.request)).get("csrf", ""))


async def anybody(request: Request) -> Caller:
    return Caller(request, site_of(request))


async def anybody_with_form(request: Request) -> Caller:
    """Raises StrangeForm unless a page of ours for everybody sent the form."""
    caller = Caller(request, site_of(request))
    await require_form(caller)
    return caller


Anybody = Annotated[Caller, Depends(anybody)]
AnybodyWithForm = Annotated[Caller, Depends(anybody_with_form)]


def shows_again(
    page: Callable[..., Response], status: int = 409
) -> Callable[[Callable[Sent, Response]], Callable[Sent, Response]]:
    """A handler that shows `page` where the desk refuses what it does: with the reason as
    `problem`, and those of the handler's arguments that the page names."""
    names = signature(page).parameters

    def decorated(handler: Callable[Sent, Response]) -> Callable[Sent, Response]:
        @wraps(handler)
        def answered(*args: Sent.args, **sent: Sent.kwargs) -> Response:
            try:
                return handler(*args, **sent)
            except (NoRight, Busy, StoreError):
                raise
            except DeskError as error:
                same = {name: value for name, value in sent.items() if name in names}
                return page(**same, problem=str(error), status=status)

        return answered

    return decorated
