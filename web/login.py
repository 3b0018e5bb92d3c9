"""Login, logout and the change of a password. What is refused and why it is said in one way: core.accounts.administrators."""

import time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from core.accounts import administrators
from core.accounts.administrators import NewPassword
from core.errors import DeskError, NotAllowed
from web.failures import TooOften
from web.sessions import (
    MeAtAll,
    PublicForm,
    SenderAtAll,
    SignedIn,
    forget_session,
    form_token,
    keep_form_token,
    keep_session,
)
from web.site import Site, TheSite
from web.source import source_of

router = APIRouter()


def local_path(wanted: str) -> str:
    """The page to go to after the login, if it is one of ours; else the first."""
    strange = not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable()
    return "/" if strange else wanted


@router.get("/login")
def show_login(request: Request, site: TheSite, next: str = "/") -> Response:  # noqa: A002 - the name stands in the address
    """The login form."""
    return _login_page(request, site, local_path(next))


@router.post("/login")
def log_in(
    request: Request, site: TheSite, _form: PublicForm,
    name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Let an administrator in, or say the one answer of all refusals."""
    desk, now, started_s = site.desk, site.desk.clock.now(), time.monotonic()
    if not site.login_tries.allowed(source_of(request), now):
        raise TooOften
    try:
        administrator, token = administrators.log_in(
            desk.store, desk.passwords, name, password, now, session_hours=site.settings.session_hours,
        )
    except NotAllowed as error:
        time.sleep(max(site.settings.refusal_takes_s - (time.monotonic() - started_s), 0))
        return _login_page(request, site, local_path(next), status=401, problem=str(error), name=name)
    with desk.store.transaction() as tx:
        tx.audit(now, administrator.name, "administrator.login")
    response = RedirectResponse("/password" if administrator.must_change else local_path(next), 303)
    keep_session(response, site.settings, token)
    return response


@router.post("/logout")
def log_out(site: TheSite, me: SenderAtAll) -> Response:
    """End this session."""
    with site.desk.store.transaction() as tx:
        tx.end_sessions(me.administrator.id, administrators.digest(me.token))
        tx.audit(site.desk.clock.now(), me.name, "administrator.logout")
    response = RedirectResponse("/login", 303)
    forget_session(response, site.settings)
    return response


@router.get("/password")
def show_password(site: TheSite, me: MeAtAll) -> Response:
    """The form that changes the administrator's own password."""
    return _password_page(site, me)


@router.post("/password")
def change_password(
    site: TheSite, me: SenderAtAll,
    old: Annotated[str, Form()] = "", new: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "",
) -> Response:
    """Replace the password; all other sessions end."""
    desk, now = site.desk, site.desk.clock.now()
    try:
        token = administrators.change_password(
            desk.store, desk.passwords, me.name, NewPassword(old, new, again), now, session_hours=site.settings.session_hours,
        )
    except DeskError as error:
        problem = "当前密码不正确，或账号已被暂时锁定。" if str(error) == administrators.REFUSED else str(error)
        return _password_page(site, me, 422, problem)
    with desk.store.transaction() as tx:
        tx.audit(now, me.name, "administrator.password_changed")
    response = RedirectResponse("/?done=password", 303)
    keep_session(response, site.settings, token)
    return response


def _login_page(request: Request, site: Site, goal: str, *, status: int = 200, problem: str = "", name: str = "") -> Response:
    token = form_token(request, site.settings)
    page = site.pages.html("login.html", status, csrf=token, next=goal, problem=problem, name=name)
    keep_form_token(page, site.settings, token)
    return page


def _password_page(site: Site, me: SignedIn, status: int = 200, problem: str = "") -> Response:
    return site.pages.html("password.html", status, me=me, problem=problem, rules=administrators.RULES)
