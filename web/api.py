"""API v1: what trading systems and lock agents ask without a browser.

An application of its own below /api/v1, with its document at openapi.json.

Accounts and bindings are for systems with a token of their own (client credentials) and the scope.
Which locks are supported is for everybody, and so is whether one lock is bound: only somebody who
has read its certificate can ask, and hears yes or no, not whose. What it cannot answer it says as
application/problem+json (RFC 9457), with a code that stays.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from authlib.oauth2.rfc6749 import OAuth2Error
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.data.enterprise import Enterprise
from core.data.trading_systems import Scope, refusal
from core.errors import Busy, DeskError, StoreError
from core.locks.issuer_profiles import LockKind
from core.store.store import Transaction
from web.common.caller import Anybody, Caller
from web.common.site import Site
from web.openid.endpoints import bearer, challenge

VERSION = "1.0.0"
PATH = "/api/v1"
KIND = "application/problem+json"
TYPES = "urn:unbind-desk:problem:"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem",
        "content": {KIND: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For the document: every other answer."""
BY_STATUS = {404: "unknown", 405: "method", 429: "too-often"}


class AccountState(StrEnum):
    """How far an account is."""

    INCOMPLETE = "incomplete"  # registered; its information is missing
    RETURNED = "returned"  # an administrator sent the information back
    COMPLETE = "complete"
    FROZEN = "frozen"  # after an objection; nobody logs in


class Account(BaseModel):
    """An enterprise's account. `sub`: as in ID tokens. `accepted_at`: an administrator looked at
    its information; null also for those of before that was done. `locks`: how many are bound and
    not reported lost."""

    sub: str
    name: str
    uscc: str
    state: AccountState
    may_log_in: bool
    registered_at: datetime
    accepted_at: datetime | None
    locks: int


class Lock(BaseModel, from_attributes=True):
    """A binding of a lock. `can_sign_bids`: whether locks of its CA sign electronic bids."""

    serial: str
    label: str
    primary: bool
    system: str
    bound_at: datetime
    ended_at: datetime | None
    lost_at: datetime | None
    valid_until: datetime | None
    can_sign_bids: bool = False


class LockState(BaseModel):
    """Whether a lock is bound to an account."""

    bound: bool


Uscc = Annotated[str, Query(pattern="^[0-9A-Z]{18}$", description="统一社会信用代码")]
Sub = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Key = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the SubjectPublicKeyInfo of the lock's certificate",
    ),
]
Serial = Annotated[
    str,
    Query(
        pattern="^[0-9A-F]{0,64}$",
        description="serial number of the certificate: finds locks that were imported by it",
    ),
]


router = APIRouter()
accounts = APIRouter()


class Api(FastAPI):
    """An application whose document, built when it is first fetched, also has the form of
    refusals."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return document


def create_api(site: Site) -> FastAPI:
    """The API. Without a door there are only the questions that everybody may ask."""
    api = Api(
        title="Unbind Desk",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        dependencies=[Depends(_paced)],
        responses=PROBLEMS,
    )
    api.state.site = site
    for kind in (OAuth2Error, RequestValidationError, HTTPException, DeskError):
        api.add_exception_handler(kind, _refused)
    api.include_router(router)
    if site.door:
        scopes = {one.value: one.name.lower() for one in Scope}
        flow = {"clientCredentials": {"tokenUrl": "/openid/token", "scopes": scopes}}
        scheme = OAuth2(flows=flow, auto_error=False)
        api.include_router(accounts, dependencies=[Depends(scheme)])
    return api


def _paced(here: Anybody) -> None:
    here.count_try("api")


@router.get("/locks", summary="Supported locks")
def locks(here: Anybody) -> tuple[LockKind, ...]:
    return here.settings.certificates


@router.get("/locks/{key}", summary="Whether a lock is bound")
def lock(here: Anybody, key: Key, serial: Serial = "") -> LockState:
    with here.view() as tx:
        known = tx.bindings.by_key(key) or tx.bindings.by_announced_key(key)
        if known is None and serial:
            known = tx.bindings.keyless_by_serial(serial)
    return LockState(bound=known is not None)


@accounts.get("/accounts", summary="An account by USCC")
def account_by_uscc(here: Anybody, uscc: Uscc) -> Account:
    with here.desk.step() as tx:
        _require(here, tx, Scope.ACCOUNTS)
        return _account(tx, _known(tx.accounts.by_uscc(uscc)))


@accounts.get("/accounts/{sub}", summary="An account by its subject")
def account(here: Anybody, sub: Sub) -> Account:
    with here.view() as tx:
        _require(here, tx, Scope.ACCOUNTS)
        return _account(tx, _known(tx.accounts.optional(tx.systems.by_subject(sub))))


@accounts.get("/accounts/{sub}/bindings", summary="Its locks, primary first; ended ones last")
def bindings(here: Anybody, sub: Sub) -> list[Lock]:
    with here.view() as tx:
        _require(here, tx, Scope.BINDINGS)
        enterprise = _known(tx.accounts.optional(tx.systems.by_subject(sub)))
        found = tx.bindings.of_enterprise(enterprise.id, ended=True)
    signing = here.door.signing_profiles
    return [
        Lock.model_validate(one).model_copy(update={"can_sign_bids": one.issuer_profile in signing})
        for one in found
    ]


def _require(here: Caller, tx: Transaction, scope: Scope) -> None:
    """Raises OAuth2Error without a token of that scope."""
    token = bearer(here, tx, here.request.headers.get("authorization", ""), scope.value)
    here.count_try("api", token.system_id)


def _known(enterprise: Enterprise | None) -> Enterprise:
    if enterprise is None:
        raise HTTPException(404, "No such record.")
    return enterprise


def _account(tx: Transaction, one: Enterprise) -> Account:
    return Account(
        sub=tx.systems.subject(one.id),
        name=one.name,
        uscc=one.uscc,
        state=_state(one),
        may_log_in=not refusal(one),
        registered_at=one.registered_at,
        accepted_at=one.information_accepted_at,
        locks=sum(not binding.lost_at for binding in tx.bindings.of_enterprise(one.id)),
    )


def _state(one: Enterprise) -> AccountState:
    if one.frozen_at:
        return AccountState.FROZEN
    if one.information_returned:
        return AccountState.RETURNED
    return AccountState.COMPLETE if one.information_submitted else AccountState.INCOMPLETE


class Problem(BaseModel):
    """What went wrong."""

    type: str
    title: str
    status: int
    detail: str = ""


def _refused(_request: Request, error: Exception) -> Response:
    """What went wrong, in place of an answer."""
    detail, headers = "", dict[str, str]()
    match error:
        case OAuth2Error():  # a request without a right token (RFC 6750)
            status, code = error.status_code, str(error.error).replace("_", "-")
            title, headers = str(error.description or error.error), challenge(error)
        case RequestValidationError():
            status, code = 422, "invalid"
            title = "The request is not of the form that the document tells."
            wrong = [(".".join(map(str, one["loc"][1:])), one["msg"]) for one in error.errors()]
            detail = "; ".join(f"{place}: {message}" for place, message in wrong[:5])
        case HTTPException():
            status, code = error.status_code, BY_STATUS.get(error.status_code, "refused")
            title, headers = str(error.detail), dict(error.headers or {})
        case StoreError() | Busy():
            status, code, title = 503, "busy", "Try again later."
        case _:
            status, code, title = 409, "refused", "The desk refuses this."
    problem = Problem(type=TYPES + code, title=title, status=status, detail=detail)
    return JSONResponse(problem.model_dump(), status, headers, KIND)
