"""The answers of the site when it cannot serve a page: not logged in, not found, a foreign form, a
rule of the desk."""

from typing import NamedTuple
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from core.errors import Busy, DeskError, EntryRefused, LinkUnusable, StoreError, Unstorable
from core.locks.certificate_reasons import CertificateRefused
from web.common.refusals import (
    MustChange,
    MustEnrol,
    NoRight,
    NotAtPortal,
    NotSignedIn,
    StrangeForm,
)
from web.common.site import Site, site_of


class Failure(NamedTuple):
    """A failure as users see it: the status of the answer, title and text of its page; `code`: for
    scripts."""

    status: int
    title: str
    text: str
    code: str = "request"


HTTP_FAILURES = {
    400: ("无法处理", "请求无法处理。"),
    404: ("未找到", "没有这个页面，或它所指的记录不存在。"),
    405: ("无法处理", "不支持这种访问方式。"),
    429: ("请稍候", "尝试过于频繁，请一分钟后再试。", "limit"),
}
DESK_FAILURES = {
    NotAtPortal: (401, "请先登录", "session.gone"),
    NoRight: (403, "没有权限", "right.missing"),
    StrangeForm: (403, "未予执行", "page.stale"),
    Busy: (503, "请稍后再试", "desk.busy"),
    StoreError: (503, "未能完成", "desk.busy"),
    Unstorable: (400, "无法处理", "text.unstorable"),
    CertificateRefused: (422, "未能完成", "certificate.refused"),
    DeskError: (409, "未能完成", "desk.refused"),
}
"""Status, title and code by the first class that fits; the text is the error's."""
NEEDED_FIRST = {MustChange: "/password", MustEnrol: "/second-factor"}
"""The pages that an administrator needs before all others."""
OAUTH_PATHS = frozenset({"/openid/token", "/openid/userinfo"})
"""Paths whose errors are answered as RFC 6749 requires."""
ANSWERED = (DeskError, HTTPException, LookupError, RequestValidationError)
NOT_DONE = "登录已过期或已退出，刚才的操作没有执行。请重新登录后再操作一次。"


def failure_page(
    site: Site, status: int, title: str, text: str, home: str = "/", *, button: str = "回到首页"
) -> Response:
    """A page that explains a failure. `home`: where its `button` leads."""
    return site.page(
        "failure.html", status, failed=status, title=title, text=text, home=home, button=button
    )


def answer(request: Request, error: Exception) -> Response:
    """A redirection to the page that the visitor needs first (login, new password), or a page that
    explains the failure."""
    if isinstance(error, LookupError) and type(error) is not LookupError:
        raise error  # KeyError, IndexError: a defect of ours; the store raises LookupError itself
    is_read = request.method == "GET"
    match error:
        case MustChange() | MustEnrol():
            return RedirectResponse(NEEDED_FIRST[type(error)], 303)
        case NotSignedIn():
            return _login(request) if is_read else _not_done(request)
        case LinkUnusable():
            return site_of(request).page("link_gone.html", 410)
        case NotAtPortal() if is_read:
            return RedirectResponse("/portal/login", 303)
        case HTTPException() if request.url.path in OAUTH_PATHS:
            code = "temporarily_unavailable" if error.status_code == 429 else "invalid_request"
            body = {"error": code, "error_description": error.detail}
            return JSONResponse(body, error.status_code, error.headers)
    failure = failure_of(error)
    home = "/portal" if request.url.path.startswith("/portal") else "/"
    page = failure_page(site_of(request), failure.status, failure.title, failure.text, home)
    if isinstance(error, HTTPException):
        page.headers.update(error.headers or {})
    if isinstance(error, Busy):
        page.headers["Retry-After"] = "10"
    return page


def failure_of(error: Exception) -> Failure:
    """The failure that pages and scripts report for an error of ANSWERED."""
    match error:
        case LookupError():
            return Failure(404, *HTTP_FAILURES[404])
        case HTTPException():
            row = HTTP_FAILURES.get(error.status_code, HTTP_FAILURES[400])
            return Failure(error.status_code, *row)
        case RequestValidationError():
            return Failure(400, "无法处理", "提交的内容不完整或格式不对，请返回重试。")
    status, title, code = next(
        row for kind, row in DESK_FAILURES.items() if isinstance(error, kind)
    )
    match error:
        case CertificateRefused():
            code = error.reason_code
        case EntryRefused():
            code = error.code
            status = 403 if code == "origin.unknown" else status
    return Failure(status, title, str(error), code)


def _login(request: Request) -> Response:
    """A redirection to the login, which leads back to this page."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if here == "/" else f"/login?next={quote(here, safe='')}", 303)


def _not_done(request: Request) -> Response:
    """A form that was sent without a session. The login leads back to the case, or to the start."""
    path = request.url.path
    home = f"/login?next={quote(path if path.startswith('/cases/') else '/', safe='')}"
    site = site_of(request)
    return failure_page(site, 401, "登录已过期", NOT_DONE, home, button="重新登录")
