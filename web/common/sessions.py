"""Who is logged in at the console.

A session's cookie holds a random token, of which only the SHA-256 is stored; it is HttpOnly and
SameSite=Strict. Roles are read at each request; a form must carry the session's token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from core.accounts.administrators.administrator_login import note_use, session_of
from core.accounts.administrators.second_factor_login import has_one
from core.accounts.console_desk import FactorPolicy
from core.data.administrator import Administrator
from core.data.case_ports import Alert
from core.data.roles import Right
from web.common.caller import Caller, form_sent
from web.common.cookies import SESSION, Notice, NoticeOf, cookie_of, keep_notice, notice_of
from web.common.refusals import MustChange, MustEnrol, NotSignedIn
from web.common.rights import BEFORE_FACTOR, BEFORE_PASSWORD, require_right
from web.common.site import site_of

LIVE: Final = "/live"
BY_ITSELF: Final = "x-by-itself"
"""The stream of an open page, and the header of what such a page loads by itself: neither extends a
session."""


@dataclass(frozen=True, slots=True)
class Console(Caller):
    """A request of an administrator, and what every page shows of him. `form`: what was sent.
    `csrf` goes into every form. `session`: the digest of its token. `alerts`, `waiting`: how many
    alerts there are, and mails to be read or answered. `notice`: what the page says once of the act
    that led to it."""

    form: Mapping[str, str]
    administrator: Administrator
    csrf: str
    token: str
    session: str
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

    @property
    def form_tokens(self) -> tuple[str, ...]:
        return (self.csrf,)

    def page(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        return self.site.pages.html(template, status, me=self, **facts)

    def rows(self, found: Sequence[Any], before: int | None) -> dict[str, Any]:
        """Rows of a list on one page, of which one more than a page holds was looked for: with
        `older`, behind which the next page begins. `before`: behind which this one began."""
        most = self.settings.page_rows
        older = found[most - 1].id if len(found) > most else None
        return {"rows": found[:most], "before": before, "older": older}

    def done(self, path: str, notice: str, number: str = "") -> Response:
        """To the page that says once what was done. `number`: the case, where the page is not
        its own."""
        response = RedirectResponse(path, 303)
        keep_notice(
            response, self.settings, NoticeOf.CONSOLE, f"{notice}.{number}" if number else notice
        )
        return response


def console(request: Request, form: Annotated[Mapping[str, str], Depends(form_sent)]) -> Console:
    """The administrator who asks, with the right that the route asks for.

    Raises NotSignedIn, StrangeForm, MustChange, NoRight, MustEnrol.
    """
    site, path = site_of(request), request.scope["route"].path
    token, now = cookie_of(request, site.settings, SESSION), site.desk.clock.now()
    if not token:
        raise NotSignedIn("请先登录。")
    with site.desk.store.view() as tx:
        found = session_of(tx, token, site.settings.rules.idle_minutes)
        if found is None:
            raise NotSignedIn("登录已失效，请重新登录。")
        administrator, session = found
        here = Console(
            request,
            site,
            form,
            administrator,
            session.csrf,
            token,
            session.token_sha256,
            alerts=tx.alerts.count(),
            newest_alert=next(iter(tx.alerts.find(1)), None),
            notice=notice_of(request, site.settings, NoticeOf.CONSOLE),
            waiting=tx.mails.count_unread(),
        )
        is_enrolled = has_one(tx, administrator.id)
    if path != LIVE and BY_ITSELF not in request.headers:
        note_use(site.console, session, now)
    if request.method != "GET":
        here.require_form(form.get("csrf", ""))
    if administrator.must_change and path not in BEFORE_PASSWORD:
        raise MustChange("请先更改一次性密码。")
    require_right(request, administrator)
    is_required = site.factors is not None and site.factors.policy is FactorPolicy.REQUIRED
    if is_required and not is_enrolled and not path.startswith(BEFORE_FACTOR):
        raise MustEnrol("请先设置双因素登录。")
    return here


Here = Annotated[Console, Depends(console)]
