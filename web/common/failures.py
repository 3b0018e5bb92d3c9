"""What the site answers when a page cannot be shown:
not logged in, not found, a strange form, a rule of the desk."""

from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from core.errors import Busy, DeskError, StoreError
from web.common.refusals import (
    MustChange,
    MustEnrol,
    NoRight,
    NotAtPortal,
    NotSignedIn,
    StrangeForm,
)
from web.common.site import Site, site_of

WORDS: Final = {
    404: ("未找到", "没有这个页面，或它所指的记录不存在。"),
    405: ("无法处理", "不支持这种访问方式。"),
    429: ("请稍候", "尝试过于频繁，请一分钟后再试。"),
}
OAUTH_PATHS: Final = frozenset({"/openid/token", "/openid/userinfo"})
"""What goes wrong there is answered as RFC 6749 has it."""
NOT_DONE: Final = "登录已过期或已退出，刚才的操作没有执行。请重新登录后再操作一次。"


def answer_failures(app: FastAPI) -> None:
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(NotAtPortal, _not_at_portal)
    app.add_exception_handler(
        MustChange, lambda _request, _error: RedirectResponse("/password", 303)
    )
    app.add_exception_handler(
        MustEnrol, lambda _request, _error: RedirectResponse("/second-factor", 303)
    )
    app.add_exception_handler(StrangeForm, _forbidden)
    app.add_exception_handler(NoRight, _forbidden)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DeskError, _desk)


def failure_page(
    site: Site, status: int, title: str, text: str, home: str = "/", *, button: str = "回到首页"
) -> Response:
    """A page that says what happened. `home`: where its `button` leads."""
    return site.pages.html(
        "failure.html", status, failed=status, title=title, text=text, home=home, button=button
    )


def home_of(request: Request) -> str:
    """The first page of whoever made the request: the portal's or the console's."""
    return "/portal" if request.url.path.startswith("/portal") else "/"


def _not_signed_in(request: Request, _error: Exception) -> Response:
    if request.method != "GET":
        path = request.url.path  # the address of an act on a case leads back to the case
        back = quote(path if path.startswith("/cases/") else "/", safe="")
        return failure_page(
            site_of(request), 401, "登录已过期", NOT_DONE, f"/login?next={back}", button="重新登录"
        )
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if here == "/" else f"/login?next={quote(here, safe='')}", 303)


def _not_at_portal(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        return RedirectResponse("/portal/login", 303)
    return failure_page(site_of(request), 401, "请先登录", str(error), "/portal/login")


def _forbidden(request: Request, error: Exception) -> Response:
    return failure_page(
        site_of(request),
        403,
        "没有权限" if isinstance(error, NoRight) else "未予执行",
        str(error),
        home_of(request),
    )


def _not_understood(request: Request, _error: Exception) -> Response:
    return failure_page(
        site_of(request),
        400,
        "无法处理",
        "提交的内容不完整或格式不对，请返回重试。",
        home_of(request),
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path in OAUTH_PATHS:
        code = "temporarily_unavailable" if error.status_code == 429 else "invalid_request"
        body = {"error": code, "error_description": error.detail}
        return JSONResponse(body, error.status_code, error.headers)
    title, text = WORDS.get(error.status_code, ("无法处理", "请求无法处理。"))
    page = failure_page(site_of(request), error.status_code, title, text, home_of(request))
    page.headers.update(error.headers or {})
    return page


def _desk(request: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, StoreError | Busy) else 409
    page = failure_page(
        site_of(request),
        status,
        "请稍后再试" if isinstance(error, Busy) else "未能完成",
        str(error),
        home_of(request),
    )
    if isinstance(error, Busy):
        page.headers["Retry-After"] = "10"
    return page
