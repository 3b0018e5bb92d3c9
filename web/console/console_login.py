"""Login, logout and the change of a password.

What is refused and why it is said in one way: core.accounts.administrators.administrator_login.
"""

import asyncio
import time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from core.accounts.administrators import administrator_login
from core.accounts.administrators.administrator_login import NewPassword
from core.data.tries import Audience
from core.errors import NotAllowed
from core.tokens import digest
from web.common.cookies import SESSION, drop_cookie, went
from web.common.devices import AdministratorSource, keep_device
from web.common.failures import failures_counted
from web.common.sessions import (
    MeAtAll,
    PublicForm,
    SenderAtAll,
    SignedIn,
    keep_session,
    public_page,
)
from web.common.site import Site, TheSite

router = APIRouter()
FIRST_PAGE = "/today"


def local_path(wanted: str) -> str:
    """The page to go to after the login, if it is one of ours; else the first."""
    strange = (
        not wanted.startswith("/")
        or wanted.startswith("//")
        or "\\" in wanted
        or not wanted.isprintable()
    )
    return "/" if strange else wanted


@router.get("/login")
# the name stands in the address
def show_login(request: Request, site: TheSite, next: str = "/") -> Response:  # noqa: A002
    return _login_page(request, site, local_path(next))


@router.post("/login")
async def log_in(
    request: Request,
    site: TheSite,
    login_source: AdministratorSource,
    _form: PublicForm,
    name: Annotated[
        str,
        Form(),
    ] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Let an administrator in, or say what is said to everybody who is not let in. Asynchronous:
    neither the wait nor the pause takes a page's thread."""
    started_s = time.monotonic()
    try:
        with failures_counted(request, site, site.login_tries):
            entry = await site.console_logins.run(
                lambda: administrator_login.log_in(site.console, name, password, login_source)
            )
    except NotAllowed as error:
        await asyncio.sleep(max(site.settings.refusal_takes_s - (time.monotonic() - started_s), 0))
        return _login_page(
            request, site, local_path(next), status=401, problem=str(error), name=name
        )
    if entry.pending:
        response = RedirectResponse(
            f"/login/second-factor?next={quote(local_path(next), safe='')}", 303
        )
        keep_session(response, site.settings, entry.token)
        return response
    return after_login(
        site, entry, "/password" if entry.administrator.must_change else local_path(next)
    )


@router.post("/logout")
def log_out(site: TheSite, me: SenderAtAll) -> Response:
    with site.desk.store.transaction() as tx:
        tx.administrators.end_sessions(me.administrator.id, digest(me.token))
        tx.audit.write(site.desk.clock.now(), me.name, "administrator.logout")
    response = RedirectResponse("/login", 303)
    drop_cookie(response, site.settings, SESSION)
    return response


@router.get("/password")
def show_password(site: TheSite, me: MeAtAll) -> Response:
    return _password_page(site, me)


@router.post("/password")
async def change_password(
    site: TheSite,
    me: SenderAtAll,
    login_source: AdministratorSource,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Replace the password; all other sessions end."""
    typed = NewPassword(old, new, again)
    try:
        entry = await site.console_logins.run(
            lambda: administrator_login.change_password(site.console, me.name, typed, login_source)
        )
    except NotAllowed as error:
        return _password_page(site, me, 422, str(error).replace("账号或密码", "当前密码"))
    return _let_in(went(site.settings, FIRST_PAGE, "password"), site, entry)


def after_login(site: Site, entry: administrator_login.Entry, goal: str) -> Response:
    """The answer to a login that was completed: its cookies, and the way to the page."""
    return _let_in(RedirectResponse(FIRST_PAGE if goal == "/" else goal, 303), site, entry)


def _let_in(response: Response, site: Site, entry: administrator_login.Entry) -> Response:
    keep_session(response, site.settings, entry.token)
    keep_device(response, site.settings, Audience.ADMINISTRATOR, entry.browser)
    return response


def _login_page(
    request: Request, site: Site, goal: str, *, status: int = 200, problem: str = "", name: str = ""
) -> Response:
    return public_page(request, site, "login.html", status, next=goal, problem=problem, name=name)


def _password_page(site: Site, me: SignedIn, status: int = 200, problem: str = "") -> Response:
    return site.pages.html(
        "password.html",
        status,
        me=me,
        problem=problem,
        rules=administrator_login.RULES,
        factors=site.factors is not None,
    )
