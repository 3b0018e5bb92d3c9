"""API v1: what trading systems and lock agents ask without a browser.

An application of its own below /api/v1, with its document at openapi.json.

Accounts and bindings are for systems with a token of their own (client credentials) and the scope.
Which locks are supported is for everybody, and so is whether one lock is bound: only somebody who
has read its certificate can ask, and hears yes or no, not whose. What it cannot answer it says as
application/problem+json (RFC 9457), with a code that stays.
"""

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from authlib.oauth2.rfc6749 import OAuth2Error
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import OAuth2
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.data.case_ports import Transaction
from core.data.enterprise import Binding, Enterprise
from core.data.trading_systems import Scope, refusal
from core.errors import Busy, DeskError, StoreError
from web.common.failures import require_tries
from web.common.page_settings import LockKind
from web.common.site import Site
from web.openid.endpoints import bearer, challenge
from web.openid.openid_requests import Asked

VERSION: Final = "1.0.0"
PATH: Final = "/api/v1"
KIND: Final = "application/problem+json"
TYPES: Final = "urn:unbind-desk:problem:"
BY_STATUS: Final = {404: "unknown", 405: "method", 429: "too-often"}


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


class Lock(BaseModel):
    """A binding of a lock. `can_sign_bids`: whether locks of its CA sign electronic bids."""

    serial: str
    label: str
    primary: bool
    system: str
    bound_at: datetime
    ended_at: datetime | None
    lost_at: datetime | None
    valid_until: datetime | None
    can_sign_bids: bool


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
TOKEN: Final = re.compile(r"[!-~]+ [!-~]+")


def create_api(site: Site) -> FastAPI:
    """The API. Without a door there are only the questions that everybody may ask."""
    api = FastAPI(
        title="Unbind Desk",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        dependencies=[Depends(_paced(site))],
    )
    answer_problems(api)

    @api.get("/locks", summary="Supported locks", responses=responses(429))
    def locks() -> tuple[LockKind, ...]:
        return site.settings.certificates

    @api.get("/locks/{key}", summary="Whether a lock is bound", responses=responses(422, 429, 503))
    def lock(key: Key, serial: Serial = "") -> LockState:
        with site.desk.store.view() as tx:
            known = (
                tx.bindings.by_key(key)
                or tx.bindings.by_announced_key(key)
                or (tx.bindings.keyless_by_serial(serial) if serial else None)
            )
            return LockState(bound=known is not None)

    if site.door:
        _add_accounts(api, site)
    schemas = api.openapi()["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    return api


def _add_accounts(api: FastAPI, site: Site) -> None:
    assert site.door is not None
    signing = site.door.settings.signing_profiles
    refused = responses(401, 403, 404, 422, 429, 503)
    scheme = OAuth2(
        flows={
            "clientCredentials": {
                "tokenUrl": "/openid/token",
                "scopes": {one.value: one.name.lower() for one in Scope},
            }
        },
        auto_error=False,
    )

    @api.get(
        "/accounts", summary="An account by USCC", responses=refused, dependencies=[Depends(scheme)]
    )
    def account_by_uscc(request: Request, uscc: Uscc) -> Account:
        with site.desk.store.transaction() as tx:
            _require(site, tx, request, Scope.ACCOUNTS)
            return _account(tx, _known(tx.accounts.by_uscc(uscc)))

    @api.get(
        "/accounts/{sub}",
        summary="An account by its subject",
        responses=refused,
        dependencies=[Depends(scheme)],
    )
    def account(request: Request, sub: Sub) -> Account:
        with site.desk.store.view() as tx:
            _require(site, tx, request, Scope.ACCOUNTS)
            return _account(tx, _of(tx, sub))

    @api.get(
        "/accounts/{sub}/bindings",
        summary="Its locks, primary first; ended ones last",
        responses=refused,
        dependencies=[Depends(scheme)],
    )
    def bindings(request: Request, sub: Sub) -> list[Lock]:
        with site.desk.store.view() as tx:
            _require(site, tx, request, Scope.BINDINGS)
            return [
                _lock(binding, signing)
                for binding in tx.bindings.of_enterprise(_of(tx, sub).id, ended=True)
            ]


def _paced(site: Site) -> Callable[[Request], None]:
    def paced(request: Request) -> None:
        require_tries(request, site, site.api_tries)

    return paced


def _require(site: Site, tx: Transaction, request: Request, scope: Scope) -> None:
    """Raise OAuth2Error without a token of that scope."""
    assert site.door is not None
    said = request.headers.get("authorization", "")
    headers = {"Authorization": said} if TOKEN.fullmatch(said) else {}
    token = bearer(site, tx, Asked("GET", site.door.settings.issuer, headers, ()), scope.value)
    require_tries(request, site, site.api_tries, token.system_id)


def _of(tx: Transaction, sub: str) -> Enterprise:
    enterprise_id = tx.systems.by_subject(sub)
    return _known(tx.accounts.get(enterprise_id) if enterprise_id is not None else None)


def _known(enterprise: Enterprise | None) -> Enterprise:
    if enterprise is None:
        raise ApiError(404, "unknown", "No such record.")
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


def _lock(binding: Binding, signing: frozenset[str]) -> Lock:
    return Lock(
        serial=binding.serial,
        label=binding.label,
        primary=binding.primary,
        system=binding.system,
        bound_at=binding.bound_at,
        ended_at=binding.ended_at,
        lost_at=binding.lost_at,
        valid_until=binding.valid_until,
        can_sign_bids=binding.issuer_profile in signing,
    )


class Problem(BaseModel):
    """What went wrong."""

    type: str
    title: str
    status: int
    detail: str = ""


class ApiError(Exception):
    """A request that the API refuses."""

    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(title)
        self.status, self.code, self.title = status, code, title


def answer_problems(app: FastAPI) -> None:
    app.add_exception_handler(ApiError, _api)
    app.add_exception_handler(OAuth2Error, _token)
    app.add_exception_handler(RequestValidationError, _request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DeskError, _desk)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the document: these statuses are problems."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {KIND: {"schema": schema}}}
        for status in statuses
    }


def problem(
    status: int, code: str, title: str, detail: str = "", headers: dict[str, str] | None = None
) -> Response:
    return JSONResponse(
        Problem(type=TYPES + code, title=title, status=status, detail=detail).model_dump(),
        status,
        headers,
        KIND,
    )


def _api(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return problem(error.status, error.code, error.title)


def _token(_request: Request, error: Exception) -> Response:
    """Of a request without a right token (RFC 6750)."""
    assert isinstance(error, OAuth2Error)
    code, title = str(error.error), str(error.description or error.error)
    return problem(error.status_code, code.replace("_", "-"), title, headers=challenge(error))


def _request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(
        f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()[:5]
    )
    return problem(422, "invalid", "The request is not of the form that the document tells.", wrong)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(
        error.status_code,
        BY_STATUS.get(error.status_code, "refused"),
        str(error.detail),
        headers=dict(error.headers or {}),
    )


def _desk(_request: Request, error: Exception) -> Response:
    busy = isinstance(error, StoreError | Busy)
    return problem(
        503 if busy else 409,
        "busy" if busy else "refused",
        "Try again later." if busy else "The desk refuses this.",
    )
