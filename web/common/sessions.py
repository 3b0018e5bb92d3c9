"""The administrator of a request to the console, by the cookie of the session.

The cookie has a random token, of which only the SHA-256 is stored; it is HttpOnly and
SameSite=Strict. Roles are read at each request. A form must contain the session's form token.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from core.accounts.administrators.administrator_login import note_use, session_of
from core.accounts.administrators.second_factor_login import has_factor
from core.accounts.console_desk import FactorPolicy
from core.data.administrator import Administrator, AdministratorSession
from core.data.case_ports import Alert
from core.data.roles import Right
from web.common.caller import Caller, form_sent
from web.common.cookies import SESSION
from web.common.refusals import MustChange, MustEnrol, NotSignedIn
from web.common.rights import BEFORE_FACTOR, BEFORE_PASSWORD, NEEDED, require_right
from web.common.site import site_of

BY_ITSELF = "x-by-itself"
"""The header of requests that an open page sends by itself. They do not extend the session."""


@dataclass(frozen=True)
class Console(Caller):
    """A request of an administrator, with the data that every page displays.

    - `form`: the fields that the browser sent.
    - `alerts`, `waiting`: the number of alerts, and of mails to read or answer.
    """

    form: Mapping[str, str]
    administrator: Administrator
    session: AdministratorSession
    alerts: int
    newest_alert: Alert | None
    waiting: int

    @property
    def name(self) -> str:
        """The name in audit rows."""
        return self.administrator.name

    def may(self, right: str) -> bool:
        """Whether the administrator's roles give a right. Templates use it to offer acts."""
        return self.administrator.may(Right(right))

    def may_open(self, path: str) -> bool:
        """Whether the administrator's roles give the right of a page, or of one below it."""
        page = re.split("(?<=.)[/?#]", path)[0]
        needed = NEEDED.get(f"GET {page}", Right.READ)
        return needed is None or self.administrator.may(needed)

    @property
    def csrf(self) -> str:
        return self.session.csrf

    def page(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        page = self.site.page(template, status, me=self, **facts)
        self.drop_notice(page)
        return page

    def rows(self, found: Sequence[Any], before: int | None) -> dict[str, Any]:
        """One page of a list, for its template.

        `found`: the rows by a query for one more than a page displays. `before`: the id after which
        this page begins; `older`: the id after which the next one begins, None on the last page.
        """
        most = self.settings.page_rows
        older = found[most - 1].id if len(found) > most else None
        return {"rows": found[:most], "before": before, "older": older}


def console(request: Request, form: Annotated[Mapping[str, str], Depends(form_sent)]) -> Console:
    """The request, after all checks: session, form token, password change, right, second factor.

    Raises NotSignedIn, StrangeForm, MustChange, NoRight, MustEnrol.
    """
    site, path = site_of(request), request.scope["route"].path
    token, now = Caller(request, site).cookie(SESSION), site.desk.clock.now()
    if not token:
        raise NotSignedIn("请先登录。")
    with site.desk.view() as tx:
        found = session_of(tx, token, site.settings.rules.idle_minutes)
        if found is None:
            raise NotSignedIn("登录已失效，请重新登录。")
        administrator, session = found
        here = Console(
            request,
            site,
            form,
            administrator,
            session,
            alerts=tx.alerts.count(),
            newest_alert=next(iter(tx.alerts.find(1)), None),
            waiting=tx.mails.count_unread(),
        )
        is_enrolled = has_factor(tx, administrator.id)
    if BY_ITSELF not in request.headers:
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
