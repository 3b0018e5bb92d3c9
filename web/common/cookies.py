"""Our cookies: no script reads them and no other site sends them.

The notice of an act is one of them, so that the address stays clean: a reload, a bookmark or the
way back does not say again what was done. It names one of the notices of its audience
(templates/web/labels.toml) and perhaps a case; whatever else it holds is not shown.
"""

import re
from dataclasses import dataclass

from core.data.tries import Audience
from web.common import page_words
from web.common.page_settings import WebSettings

SESSION = ""
"""The purpose of the cookie of an administrator's session."""
FORM = "form"
"""Of the cookie that goes with a form for people who are not logged in."""
NOTICE_KEPT_S = 60
_NOTICE = re.compile(r"(?P<name>[a-z_]{1,20})(?:\.(?P<number>JB\d{8}-\d{4,9}))?")


@dataclass(frozen=True)
class Notice:
    """The notice of the act that led to this page. `number`: the case, where the page is not its
    own, or ""."""

    text: str
    number: str
    name: str


def cookie_name(settings: WebSettings, purpose: str) -> str:
    """The name of a cookie by what it is for; __Host- binds it to this host and to HTTPS."""
    host = "__Host-" if settings.secure_cookies else ""
    return f"{host}unbind-{purpose}".removesuffix("-")


def notice_in(cookie: str, audience: Audience) -> Notice | None:
    """The notice of these people that a cookie names, if any."""
    found = _NOTICE.fullmatch(cookie)
    text = page_words.LABELS["notice"][audience].get(found["name"]) if found else None
    return Notice(text, found["number"] or "", found["name"]) if found and text else None
