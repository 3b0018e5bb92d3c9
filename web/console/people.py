"""Administrators: their accounts, roles and sessions, for whoever has the role of system
administrator (core.accounts.administrators.personnel has the rules).

A one-time password is shown once, on the answer to the act that made it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from core.accounts.administrators import personnel
from core.accounts.administrators.second_factor_login import has_one
from core.data.administrator import Administrator
from core.data.roles import Role
from core.errors import DeskError
from web.common.cookies import went
from web.common.failures import or_not_found
from web.common.sessions import Me, Sender, SignedIn, signed_in
from web.common.site import PathId, Site, TheSite

router = APIRouter(dependencies=[Depends(signed_in)])

Roles = Annotated[list[Role] | None, Form()]


class Act(StrEnum):
    """What is done to one account."""

    RESET = "reset"
    UNLOCK = "unlock"
    DISABLE = "disable"
    SESSIONS = "sessions"
    FACTOR = "factor"


@router.get("/people")
def list_people(site: TheSite, me: Me) -> Response:
    return _page(site, me)


@router.post("/people")
def create(
    site: TheSite, me: Sender, name: Annotated[str, Form(max_length=200)] = "", role: Roles = None
) -> Response:
    """Make an administrator, and show the one-time password."""
    try:
        password = personnel.create(site.console, me.name, name, role or ())
    except DeskError as error:
        return _page(site, me, status=409, problem=str(error), typed=name, chosen=role or [])
    return _page(site, me, issued=(name.strip(), password))


@router.post("/people/{administrator_id}/roles")
def set_roles(site: TheSite, me: Sender, administrator_id: PathId, role: Roles = None) -> Response:
    """Give these roles, and no others."""
    name = _named(site, administrator_id).name
    return _carry_out(
        site, me, "roles", lambda: personnel.set_roles(site.console, me.name, name, role or ())
    )


@router.post("/people/{administrator_id}/{act}")
def act_on(site: TheSite, me: Sender, administrator_id: PathId, act: Act) -> Response:
    """Give a new one-time password, open a lock, close the account, or end the sessions."""
    name = _named(site, administrator_id).name
    if act is Act.RESET:
        try:
            return _page(site, me, issued=(name, personnel.reset(site.console, me.name, name)))
        except DeskError as error:
            return _page(site, me, status=409, problem=str(error))
    acts = {
        Act.UNLOCK: personnel.unlock,
        Act.DISABLE: personnel.disable,
        Act.SESSIONS: personnel.end_sessions,
        Act.FACTOR: personnel.clear_second_factor,
    }
    return _carry_out(site, me, f"person_{act}", lambda: acts[act](site.console, me.name, name))


def _carry_out(site: Site, me: SignedIn, done: str, act: Callable[[], object]) -> Response:
    try:
        act()
    except DeskError as error:
        return _page(site, me, status=409, problem=str(error))
    return went(site.settings, "/people", done)


def _named(site: Site, administrator_id: int) -> Administrator:
    with site.desk.store.view() as tx, or_not_found():
        return tx.administrators.get(administrator_id)


def _page(
    site: Site,
    me: SignedIn,
    status: int = 200,
    *,
    problem: str = "",
    issued: tuple[str, str] | None = None,
    typed: str = "",
    chosen: list[Role] | None = None,
) -> Response:
    """`issued`: a name and the one-time password that was made for it just now."""
    now = site.desk.clock.now()
    with site.desk.store.view() as tx:
        people = tx.administrators.all()
        sessions = {
            session.administrator_id: session for session in tx.administrators.sessions(now)
        }
        factors = {one.id for one in people if has_one(tx, one.id)}
        locked = {one.id: personnel.locked_until(tx, one, now) for one in people}
    return site.pages.html(
        "people.html",
        status,
        me=me,
        people=people,
        sessions=sessions,
        locked=locked,
        factors=factors,
        problem=problem,
        issued=issued,
        typed=typed,
        chosen=chosen or [],
    )
