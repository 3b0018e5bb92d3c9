"""The login of administrators: the password, and behind it the second factor of whoever has one.
What is refused and why it is said in one way: core.accounts.administrators.administrator_login."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from core.accounts.administrators import administrator_login, second_factor_login
from core.accounts.administrators.second_factor_login import How
from core.data.administrator import Administrator, AdministratorSession
from core.errors import NotAllowed
from web.common.caller import Anybody, AnybodyWithForm, Caller, form_sent
from web.common.cookies import SESSION
from web.common.refusals import NotSignedIn
from web.common.sessions import Console
from web.common.site import site_of

router = APIRouter()
FIRST_PAGE = "/today"
LONGEST_ANSWER = 8000
Goal = Annotated[str, Form(alias="next")]
Code = Annotated[str, Form(max_length=80)]
Answer = Annotated[str, Form(max_length=LONGEST_ANSWER)]


def local_path(wanted: str) -> str:
    """The page to go to after the login, if it is one of ours; else the first."""
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else "/"


@router.get("/login")
def show_login(here: Anybody, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return here.page("login.html", next=local_path(next), name="")


@router.post("/login")
async def log_in(
    here: AnybodyWithForm,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    goal: Goal = "/",
) -> Response:
    """Let an administrator in, or say what is said to everybody who is not let in. Asynchronous:
    neither the wait nor the pause takes a page's thread."""
    goal, started_s = local_path(goal), time.monotonic()
    console, source = here.site.console, here.source
    try:
        with here.counting_failures("login"):
            entry = await here.site.console_logins.run(
                lambda: administrator_login.log_in(console, name, password, source)
            )
    except NotAllowed as error:
        await asyncio.sleep(here.rest_s(started_s))
        return here.page("login.html", 401, next=goal, problem=str(error), name=name)
    if entry.pending:
        response = RedirectResponse(f"/login/second-factor?next={quote(goal, safe='')}", 303)
        return keep_session(here, response, entry)
    return _let_in(here, entry, goal)


def keep_session(here: Caller, response: Response, entry: administrator_login.Entry) -> Response:
    """Give the browser the cookies of a login: the session's, and, once it is complete, the one by
    which it is known the next time."""
    life_s = int(here.settings.rules.session_hours * 3600)
    here.set_cookie(response, SESSION, entry.token, life_s)
    if not entry.pending:
        here.keep_browser(response, here.audience, entry.browser)
    return response


def _let_in(here: Caller, entry: administrator_login.Entry, goal: str) -> Response:
    if entry.administrator.must_change:
        goal = "/password"
    response = RedirectResponse(FIRST_PAGE if goal == "/" else goal, 303)
    return keep_session(here, response, entry)


@dataclass(frozen=True)
class Pending(Caller):
    """A login that waits for the second factor."""

    administrator: Administrator
    session: AdministratorSession

    @property
    def csrf(self) -> str:
        return self.session.csrf


def pending(request: Request, form: Annotated[Mapping[str, str], Depends(form_sent)]) -> Pending:
    """Raises NotSignedIn, StrangeForm."""
    site = site_of(request)
    with site.desk.view() as tx:
        token = Caller(request, site).cookie(SESSION)
        found = administrator_login.unexpired_session(tx, token, pending=True)
    if found is None:
        raise NotSignedIn("登录等待已超时，请重新输入账号和密码。")
    here = Pending(request, site, *found)
    if request.method != "GET":
        here.require_form(form.get("csrf", ""))
    return here


Waiting = Annotated[Pending, Depends(pending)]


@router.get("/login/second-factor")
def ask(here: Waiting, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return _factor_page(here, next)


@router.post("/login/second-factor")
def enter_by_code(here: Waiting, code: Code = "", goal: Goal = "/") -> Response:
    """Come in by a one-time code or a recovery code."""
    console, who = here.site.console, here.administrator
    act = partial(second_factor_login.try_code, console, who, code, here.source)
    return _entered(here, goal, act)


@router.post("/login/second-factor/options")
def ask_passkey(here: Waiting) -> Response:
    """The options with which the browser uses a passkey."""
    return passkey_options(here, new=False)


def passkey_options(here: "Pending | Console", *, new: bool) -> Response:
    """The options with which the browser creates a passkey, if `new`, or uses one."""
    console, who, session = here.site.console, here.administrator, here.session.token_sha256
    options = second_factor_login.passkey_options(console, who, session, new=new)
    return Response(options, media_type="application/json")


@router.post("/login/second-factor/passkey")
def enter_by_passkey(here: Waiting, answer: Answer = "", goal: Goal = "/") -> Response:
    console, who, session = here.site.console, here.administrator, here.session.token_sha256
    act = partial(second_factor_login.try_passkey, console, who, session, answer, here.source)
    return _entered(here, goal, act)


def _entered(here: Pending, goal: str, act: Callable[[], How]) -> Response:
    started_s = time.monotonic()
    try:
        with here.counting_failures("login"):
            how = act()
    except NotAllowed as error:
        time.sleep(here.rest_s(started_s))
        return _factor_page(here, goal, 401, problem=str(error))
    entry = administrator_login.complete(here.site.console, here.administrator, how, here.source)
    return _let_in(here, entry, local_path(goal))


def _factor_page(here: Pending, goal: str, status: int = 200, **facts: Any) -> Response:
    factors, who = second_factor_login.factors_of(here.site.console), here.administrator
    with here.view() as tx:
        totp = tx.totps.by_id(who.id)
        passkeys = tx.passkeys.of(who.id) if factors.site.has_passkeys() else []
    return here.page(
        "login_factor.html",
        status,
        name=who.name,
        next=local_path(goal),
        passkeys=passkeys,
        totp=totp,
        **facts,
    )
