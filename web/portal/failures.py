"""What the portal answers to who is not logged in there: its own login page."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from web.failures import failure_page
from web.portal.visits import NotAtPortal
from web.site import site_of


def answer_portal_failures(app: FastAPI) -> None:
    """Give the site its answers to failures of the portal."""
    app.add_exception_handler(NotAtPortal, _not_at_portal)


def _not_at_portal(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        return RedirectResponse("/portal/login", 303)
    return failure_page(site_of(request), 401, "请先登录", str(error), "/portal/login")
