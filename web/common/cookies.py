"""Our cookies: no script reads them and no other site sends them.

The notice of an act is one of them, so that the address stays clean: a reload, a bookmark or the
way back does not say again what was done. It names one of the words of its audience, and the case
where that is another one than the page's; whatever else it holds is not shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from web.common import labels
from web.common.page_settings import WebSettings

SESSION: Final = ""
"""The purpose of the cookie of an administrator's session."""
NOTICE_KEPT_S: Final = 60
_NOTICE: Final = re.compile(r"(?P<name>[a-z_]{1,20})(?:\.(?P<number>JB\d{8}-\d{4,9}))?")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose pages say a notice: each has a cookie and words of its own, so that no act of one is
    told to the other in the same browser."""

    purpose: str
    words: Mapping[str, str]


CONSOLE: Final = Audience("notice", labels.NOTICES)
PORTAL: Final = Audience("portal-notice", labels.PORTAL_NOTICES)


@dataclass(frozen=True, slots=True)
class Notice:
    """What was done by the act that led to this page.

    `number`: the case, where the page is not its own, or ""; `name`: of labels.NOTICES.
    """

    text: str
    number: str
    name: str


def cookie_name(settings: WebSettings, purpose: str) -> str:
    """The name of a cookie by what it is for; __Host- binds it to this host and to HTTPS."""
    return f"{'__Host-' if settings.secure_cookies else ''}unbind{f'-{purpose}' if purpose else ''}"


def cookie_of(request: Request, settings: WebSettings, purpose: str) -> str:
    """What the browser sends of one of our cookies; "" where it has none."""
    return request.cookies.get(cookie_name(settings, purpose), "")


def set_cookie(
    response: Response, settings: WebSettings, purpose: str, value: str, max_age_s: int
) -> None:
    name = cookie_name(settings, purpose)
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        httponly=True,
        secure=settings.secure_cookies,
        samesite="strict",
        path="/",
    )


def drop_cookie(response: Response, settings: WebSettings, purpose: str) -> None:
    response.delete_cookie(
        cookie_name(settings, purpose),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def went(
    settings: WebSettings, path: str, notice: str, number: str = "", audience: Audience = CONSOLE
) -> RedirectResponse:
    """The way to the page that says once what was done."""
    response = RedirectResponse(path, 303)
    keep_notice(response, settings, audience, f"{notice}.{number}" if number else notice)
    return response


def keep_notice(response: Response, settings: WebSettings, audience: Audience, notice: str) -> None:
    """Have the next page say what was done."""
    set_cookie(response, settings, audience.purpose, notice, NOTICE_KEPT_S)


def notice_of(
    request: Request, settings: WebSettings, audience: Audience = CONSOLE
) -> Notice | None:
    """What the page is to say, if anything."""
    found = _NOTICE.fullmatch(cookie_of(request, settings, audience.purpose))
    text = audience.words.get(found["name"]) if found else None
    return Notice(text, found["number"] or "", found["name"]) if found and text else None
