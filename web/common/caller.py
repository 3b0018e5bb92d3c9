"""A request, its answer, and the check that a form came from one of our pages.

Each form has a token: the session's, or, where nobody is logged in, the one of a cookie that the
page of the form sets. Before that, a form is refused whose Sec-Fetch-Site names another site. (The
Origin header is useless here: under no-referrer our own pages send none.)
"""

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from inspect import signature
from time import monotonic
from typing import Annotated, Any, ClassVar, ParamSpec, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from core.accounts.tries import BROWSER_LIFE
from core.cases.desk import Desk, DeskStep
from core.data.trading_systems import SystemsSettings
from core.data.tries import Audience, LoginSource
from core.errors import Busy, DeskError, StoreError
from web.common.cookies import FORM, NOTICE_KEPT_S, Notice, cookie_name, notice_in
from web.common.page_settings import Act, WebSettings
from web.common.refusals import NoRight, StrangeForm, TooOften
from web.common.site import Site, site_of
from web.common.source import network_of

Sent = ParamSpec("Sent")
Asking = TypeVar("Asking", bound="Caller")
OWN_SITES = frozenset({"", "same-origin", "none"})
FORM_COOKIE_S = 3600
STALE = "页面已失效，未予执行。请刷新页面后重试；如浏览器禁用了 Cookie，请先允许。"


@dataclass(frozen=True)
class Caller:
    """A request from anybody."""

    request: Request
    site: Site
    audience: ClassVar = Audience.ADMINISTRATOR
    """Whose page it is for: notices are of one audience, so that no act of one is shown to the
    other in the same browser, and so are logins."""

    @property
    def desk(self) -> Desk:
        return self.site.desk

    @property
    def settings(self) -> WebSettings:
        return self.site.settings

    @property
    def now(self) -> datetime:
        return self.site.desk.clock.now()

    @property
    def door(self) -> SystemsSettings:
        """The door for the trading systems; its pages exist only where config.yaml names one."""
        assert self.site.door is not None
        return self.site.door

    def view(self) -> AbstractContextManager[DeskStep]:
        """A transaction that only reads, at one moment."""
        return self.site.desk.view()

    def cookie(self, purpose: str) -> str:
        """The browser's value of one of our cookies; "" where it has none."""
        return self.request.cookies.get(cookie_name(self.settings, purpose), "")

    def set_cookie(self, response: Response, purpose: str, value: str, life_s: int) -> None:
        """Set one of our cookies; a life of 0 s removes it."""
        response.set_cookie(
            cookie_name(self.settings, purpose),
            value,
            max_age=life_s,
            httponly=True,
            secure=self.settings.secure_cookies,
            samesite="strict",
        )

    @property
    def notice(self) -> Notice | None:
        """The result of the last act, which the next page displays once."""
        return notice_in(self.cookie(f"{self.audience}-notice"), self.audience)

    def drop_notice(self, page: Response) -> None:
        """Say the notice, which this page displays, to no other."""
        if self.notice:
            self.set_cookie(page, f"{self.audience}-notice", "", 0)

    def done(
        self, path: str, notice: str = "", number: str = "", *, asked_as: str = "content-type"
    ) -> Response:
        """On to a page, which displays the notice once. A script is told where that is: one that
        has sent JSON, as the header `asked_as` says. `number`: the case of the act, if the page is
        not the case's own."""
        is_script = "application/json" in self.request.headers.get(asked_as, "")
        response = JSONResponse({"go": path}) if is_script else RedirectResponse(path, 303)
        if notice:
            told = f"{notice}.{number}" if number else notice
            self.set_cookie(response, f"{self.audience}-notice", told, NOTICE_KEPT_S)
        return response

    @property
    def csrf(self) -> str:
        """The token of the session's forms; "" where nobody is logged in."""
        return ""

    @property
    def form_tokens(self) -> tuple[str, ...]:
        """The tokens that a form may have."""
        return (self.csrf or self.cookie(FORM),)

    def page(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        """A page with the token of its forms: the session's, or, for somebody who is not logged in,
        the one of the cookie of the form."""
        if self.csrf:
            return self.site.page(template, status, csrf=self.csrf, **facts)
        token = self.cookie(FORM)
        if len(token) != 32 or not token.isalnum():  # none of ours
            token = secrets.token_hex(16)
        page = self.site.page(template, status, csrf=token, **facts)
        self.set_cookie(page, FORM, token, FORM_COOKIE_S)
        return page

    def require_form(self, token: str) -> None:
        """Raise StrangeForm for a form of another site, or one with another token."""
        if self.request.headers.get("sec-fetch-site", "") not in OWN_SITES:
            raise StrangeForm("此表单来自其他网站，未予执行。")
        if not any(same_token(token, one) for one in self.form_tokens):
            raise StrangeForm(STALE)

    @property
    def source(self) -> LoginSource:
        """From where a login comes."""
        return self.login_source(self.audience)

    def login_source(self, audience: Audience) -> LoginSource:
        """Where a login comes from: the address prefix, and the cookie of a browser that logged in
        before (core.accounts.tries). The cookie gives no access: wrong passwords of strangers do
        not delay the logins of a browser that has it."""
        return LoginSource(network_of(self.request), self.cookie(f"device-{audience}"))

    def keep_browser(self, response: Response, audience: Audience, browser: str) -> None:
        """Set the cookie that `login_source` reads."""
        life_s = int(BROWSER_LIFE.total_seconds())
        self.set_cookie(response, f"device-{audience}", browser, life_s)

    def rest_s(self, started_s: float) -> float:
        """How long an answer still waits, so that its duration discloses nothing. `started_s`: of
        `monotonic`."""
        return max(self.settings.refusal_takes_s - (monotonic() - started_s), 0)

    def count_try(self, act: Act, system: str = "") -> None:
        """Count a try of the client's address. `system`: it has now proved who it is, so the try
        counts for it, and the one of its address no longer. Raises TooOften."""
        address, tries = network_of(self.request), self.site.tries
        if system:
            tries.take_back(act, address)
        if wait_s := tries.count(act, system or address, self.now):
            raise TooOften(wait_s)

    @contextmanager
    def counting_failures(self, act: Act) -> Iterator[None]:
        """Count a try of the block, unless it succeeds: people of an office share an address.
        Raises TooOften."""
        self.count_try(act)
        yield
        self.site.tries.take_back(act, network_of(self.request))


def same_token(given: str, expected: str) -> bool:
    """Whether a token is the expected one, in constant time; an empty one never is."""
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


async def form_sent(request: Request) -> Mapping[str, str]:
    """The fields of the form, without files; the last value of a repeated name."""
    if request.method == "GET":
        return {}
    pairs = (await request.form()).multi_items()
    return {name: value for name, value in pairs if isinstance(value, str)}


def with_form(
    who: Callable[[Request], Awaitable[Asking]],
) -> Callable[[Request], Awaitable[Asking]]:
    """The same dependency for a form: raises StrangeForm unless a page of ours sent it."""

    async def checked(request: Request) -> Asking:
        here = await who(request)
        here.require_form((await form_sent(request)).get("csrf", ""))
        return here

    return checked


async def anybody(request: Request) -> Caller:
    return Caller(request, site_of(request))


Anybody = Annotated[Caller, Depends(anybody)]
AnybodyWithForm = Annotated[Caller, Depends(with_form(anybody))]


def shows_again(
    page: Callable[..., Response], status: int = 409
) -> Callable[[Callable[Sent, Response]], Callable[Sent, Response]]:
    """Decorates a handler: where the desk refuses the act, it answers with `page`, which gets the
    reason as `problem`, and those of the handler's arguments that `page` has too."""
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
