"""Administrators: their accounts, roles and sessions, for whoever has the role of system
administrator (core.accounts.administrators.personnel has the rules).

A one-time password is shown once, on the answer to the act that issued it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from core.accounts.administrators import personnel
from core.accounts.administrators.second_factor_login import has_factor
from core.data.roles import Role
from web.common.caller import shows_again
from web.common.refusals import NotFound
from web.common.sessions import Console, Here
from web.common.site import Line, PathId

router = APIRouter()


ACTS = {
    "unlock": personnel.unlock,
    "disable": personnel.disable,
    "sessions": personnel.end_sessions,
    "factor": personnel.clear_second_factor,
}
"""Acts on one account; a new one-time password is another."""


@router.get("/people")
def list_people(here: Here) -> Response:
    return _page(here)


def _page(
    here: Console,
    status: int = 200,
    name: str = "",
    role: list[Role] | None = None,
    issued: tuple[str, str] | None = None,
    **facts: Any,
) -> Response:
    """`name`, `role`: what was typed for a new account. `issued`: a name and the one-time password
    that was issued for it just now."""
    with here.view() as tx:
        people = tx.administrators.oldest()
        known = {
            "owned": tx.cases.count_by_owner(),
            "sessions": {one.administrator_id: one for one in tx.sessions.live()},
            "factors": {one.id for one in people if has_factor(tx, one.id)},
            "locked": {one.id: personnel.locked_until(tx, one) for one in people},
        }
    shown = {"people": people, "name": name, "chosen": role or [], "issued": issued}
    return here.page("people.html", status, **known | shown | facts)


@router.post("/people")
@shows_again(_page)
def create(
    here: Here,
    name: Line = "",
    role: Annotated[list[Role] | None, Form()] = None,
) -> Response:
    """Make an administrator, and show the one-time password."""
    password = personnel.create(here.site.console, here.name, name, role or ())
    return _page(here, issued=(name, password))


@router.post("/people/{administrator_id}/roles")
@shows_again(_page)
def set_roles(
    here: Here,
    administrator_id: PathId,
    roles: Annotated[list[Role] | None, Form(alias="role")] = None,
) -> Response:
    """Give these roles, and no others."""
    accounts, name = here.site.console, _name(here, administrator_id)
    personnel.set_roles(accounts, here.name, name, roles or ())
    return here.done("/people", "roles")


@router.post("/people/{administrator_id}/{act}")
@shows_again(_page)
def act_on(here: Here, administrator_id: PathId, act: str) -> Response:
    """Give a new one-time password, open a lock, close the account, or end the sessions."""
    accounts, name = here.site.console, _name(here, administrator_id)
    if act == "reset":
        password = personnel.reset(accounts, here.name, name)
        return _page(here, issued=(name, password))
    if act not in ACTS:
        raise NotFound
    ACTS[act](accounts, here.name, name)
    return here.done("/people", f"person_{act}")


def _name(here: Console, administrator_id: int) -> str:
    with here.view() as tx:
        return tx.administrators.get(administrator_id).name
