"""What the API answers when it cannot: application/problem+json (RFC 9457), with a code that stays."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import OAuth2Error
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.errors import Busy, DeskError, StoreError

KIND: Final = "application/problem+json"
TYPES: Final = "urn:unbind-desk:problem:"


class Problem(BaseModel):
    """What went wrong."""

    type: str
    title: str
    status: int
    detail: str = ""


class ApiError(Exception):
    """A request that the API refuses."""

    def __init__(self, status: int, code: str, title: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(title)
        self.status, self.code, self.title, self.headers = status, code, title, headers or {}


BY_STATUS: Final = {404: "unknown", 405: "method", 429: "too-often"}


def answer_problems(app: FastAPI) -> None:
    app.add_exception_handler(ApiError, _api)
    app.add_exception_handler(OAuth2Error, _token)
    app.add_exception_handler(RequestValidationError, _request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DeskError, _desk)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the document: these statuses are problems."""
    return {status: {"model": Problem, "content": {KIND: {}}} for status in statuses}


def problem(status: int, code: str, title: str, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(Problem(type=TYPES + code, title=title, status=status, detail=detail).model_dump(), status, headers, KIND)


def _api(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return problem(error.status, error.code, error.title, headers=error.headers)


def _token(_request: Request, error: Exception) -> Response:
    """Of a request without a right token (RFC 6750)."""
    assert isinstance(error, OAuth2Error)
    headers = {name: value for name, value in error.get_headers() if name == "WWW-Authenticate"}
    return problem(error.status_code, str(error.error).replace("_", "-"), str(error.description), headers=headers or {"WWW-Authenticate": "Bearer"})


def _request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()[:5])
    return problem(422, "invalid", "The request is not of the form that the document tells.", wrong)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, BY_STATUS.get(error.status_code, "refused"), str(error.detail), headers=dict(error.headers or {}))


def _desk(_request: Request, error: Exception) -> Response:
    busy = isinstance(error, StoreError | Busy)
    return problem(503 if busy else 409, "busy" if busy else "refused", "Try again later." if busy else "The desk refuses this.")
