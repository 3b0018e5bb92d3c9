"""Who is logged in, and whether a form came from our own page.

A session's cookie holds a random token, of which only the SHA-256 is stored; it is HttpOnly and
SameSite=Strict. Every form carries a token: the session's, or, where nobody is logged in, one that
must equal a cookie set with the form. A browser that says the form came from another site is
refused before that (Sec-Fetch-Site; the Origin is no help, because our own pages send none under
no-referrer).
"""

import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Form, Request
from fastapi.responses import Response

from core.accounts.administrators.administrator_login import note_use, session_of
from core.accounts.administrators.second_factor_login import has_one
from core.accounts.console_desk import FactorPolicy
from core.data.administrator import Administrator
from core.data.case_ports import Alert
from core.data.roles import Right
from core.errors import DeskError
from web.common.cookies import SESSION, Notice, cookie_of, notice_of, set_cookie
from web.common.page_settings import WebSettings
from web.common.rights import require_right
from web.common.site import Site, TheSite

OWN_SITES: Final = frozenset({"", "same-origin", "none"})
FORM: Final = "form"
"""The purpose of the cookie that goes with a form for people who are not logged in."""
FORM_COOKIE_S: Final = 3600
EXPIRED: Final = "表单已失效，未予执行。请返回刷新页面后重试。"
GONE: Final = "页面已失效，未予执行。请返回刷新页面后重试；如浏览器禁用了 Cookie，请先允许。"
STALE: Final = "页面已失效，未予执行。请刷新页面后重试；如浏览器禁用了 Cookie，请先允许。"


class NotSignedIn(DeskError):
    """The page is for administrators only."""


class MustChange(DeskError):
    """The one-time password must be replaced first."""


class MustEnrol(DeskError):
    """A second factor is required, and none is set up yet."""


class NotAtPortal(DeskError):
    """The page is for enterprises that are logged in."""


class StrangeForm(DeskError):
    """The form's token is missing or another one's."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The administrator of a request.

    `csrf` goes into every form; how many alerts there are, and the newest, is shown on every page.
    `notice`: what the page says once of the act that led to it. `enrolled`: False where a second
    factor is required and yet to be set up. `waiting`: how many mails are to be read or answered.
    """

    administrator: Administrator
    csrf: str
    token: str
    enrolled: bool
    alerts: int
    newest_alert: Alert | None
    notice: Notice | None
    waiting: int

    @property
    def name(self) -> str:
        """How audit rows name the administrator."""
        return self.administrator.name

    def may(self, right: str) -> bool:
        """Whether the administrator's roles give a right, for pages to show what can be done."""
        return self.administrator.may(Right(right))


def keep_session(response: Response, settings: WebSettings, token: str) -> None:
    set_cookie(response, settings, SESSION, token, int(settings.rules.session_hours * 3600))


def signed_in_at_all(request: Request, site: TheSite) -> SignedIn:
    """The administrator, even with a one-time password. Raises NotSignedIn."""
    token = cookie_of(request, site.settings, SESSION)
    if not token:
        raise NotSignedIn("请先登录。")
    now = site.desk.clock.now()
    with site.desk.store.view() as tx:
        found = session_of(tx, token, now, site.settings.rules.idle_minutes)
        count, newest = (
            (tx.alerts.count(), next(iter(tx.alerts.find(1)), None)) if found else (0, None)
        )
        waiting = tx.mails.count_unread() if found else 0
        required = site.factors is not None and site.factors.policy is FactorPolicy.REQUIRED
        enrolled = not (found and required) or has_one(tx, found[0].id)
    if found is None:
        raise NotSignedIn("登录已失效，请重新登录。")
    administrator, session = found
    note_use(site.console, session, now)
    return SignedIn(
        administrator,
        session.csrf,
        token,
        enrolled,
        count,
        newest,
        notice_of(request, site.settings),
        waiting,
    )


def signed_in_own(request: Request, me: Annotated[SignedIn, Depends(signed_in_at_all)]) -> SignedIn:
    """The administrator, with a password of his own but perhaps without the second factor that he
    must have. Raises NotSignedIn, MustChange, NoRight."""
    if me.administrator.must_change:
        raise MustChange("请先更改一次性密码。")
    require_right(request, me.administrator)
    return me


def signed_in(me: Annotated[SignedIn, Depends(signed_in_own)]) -> SignedIn:
    """The administrator, with the right that the route asks for.

    Raises NotSignedIn, MustChange, MustEnrol, NoRight.
    """
    if not me.enrolled:
        raise MustEnrol("请先设置双因素登录。")
    return me


def same_token(given: str, expected: str) -> bool:
    """Whether a token is the expected one, in constant time; an empty one never is."""
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


def require_own_form(request: Request, given: str, *expected: str, said: str = STALE) -> None:
    """Raise StrangeForm where the browser says that another site sent it,
    or the token is none of those that are expected."""
    if request.headers.get("sec-fetch-site", "") not in OWN_SITES:
        raise StrangeForm("此表单来自其他网站，未予执行。")
    if not any(same_token(given, token) for token in expected):
        raise StrangeForm(said)


def posted_at_all(
    request: Request,
    me: Annotated[SignedIn, Depends(signed_in_at_all)],
    csrf: Annotated[str, Form()] = "",
) -> SignedIn:
    """The administrator who sent a form of ours, even with a one-time password.

    Raises StrangeForm.
    """
    require_own_form(request, csrf, me.csrf, said=EXPIRED)
    return me


def posted_own(request: Request, me: Annotated[SignedIn, Depends(posted_at_all)]) -> SignedIn:
    """As `signed_in_own`, for a form of ours."""
    return signed_in_own(request, me)


def posted(me: Annotated[SignedIn, Depends(posted_own)]) -> SignedIn:
    """The administrator who sent a form of ours, with the right that the route asks for."""
    return signed_in(me)


def posted_publicly(request: Request, site: TheSite, csrf: Annotated[str, Form()] = "") -> str:
    """The token of a form sent by somebody who is not logged in. Raises StrangeForm."""
    require_own_form(request, csrf, cookie_of(request, site.settings, FORM), said=GONE)
    return csrf


def form_token(request: Request, settings: WebSettings) -> str:
    """The token for a form shown to somebody who is not logged in:
    that of the cookie, else a new one."""
    held = cookie_of(request, settings, FORM)
    return held if len(held) == 32 and held.isalnum() else secrets.token_hex(16)


def keep_form_token(response: Response, settings: WebSettings, token: str) -> None:
    """Give the browser the cookie that belongs to a form."""
    set_cookie(response, settings, FORM, token, FORM_COOKIE_S)


def public_page(
    request: Request, site: Site, template: str, status: int = 200, **facts: Any
) -> Response:
    """A page with a form for somebody who is not logged in,
    and the cookie that belongs to the form."""
    token = form_token(request, site.settings)
    page = site.pages.html(template, status, csrf=token, **facts)
    keep_form_token(page, site.settings, token)
    return page


Me = Annotated[SignedIn, Depends(signed_in)]
MeAtAll = Annotated[SignedIn, Depends(signed_in_at_all)]
Sender = Annotated[SignedIn, Depends(posted)]
SenderAtAll = Annotated[SignedIn, Depends(posted_at_all)]
PublicForm = Annotated[str, Depends(posted_publicly)]
