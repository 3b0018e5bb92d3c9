"""How a page of the portal is made: what all of them are handed, the notice of what led to it, and
the cookie that goes with a form for everybody."""

import json
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from web.common.cookies import PORTAL, drop_cookie, notice_of
from web.common.sessions import form_token, keep_form_token
from web.common.site import Site
from web.guard import POLICY
from web.portal.help import for_page
from web.portal.visits import Visit

HELPS: Final = json.dumps(for_page(), ensure_ascii=False)
WITH_PICTURES: Final = POLICY.replace("img-src 'self' blob:", "img-src 'self' blob: data:")


def with_pictures(page: Response) -> Response:
    """The page with a policy that lets it show pictures that it holds itself:
    those of a file that is kept nowhere."""
    page.headers["Content-Security-Policy"] = WITH_PICTURES
    return page


def portal_page(
    request: Request,
    site: Site,
    template: str,
    visit: Visit | None,
    status: int = 200,
    /,
    **facts: Any,
) -> Response:
    """The page of templates/web/portal/`template`.html.

    Without a visit it carries a form token of its own.
    """
    assert site.front is not None
    token = visit.csrf if visit else form_token(request, site.settings)
    told = notice_of(request, site.settings, PORTAL)
    shown = facts | {
        "visit": visit,
        "csrf": token,
        "told": told.text if told else "",
        "agent": site.settings.agent_url,
        "helps": HELPS,
        "support": site.settings.support_address,
        "phone": site.settings.support_phone,
        "qq": site.settings.support_qq,
        "window": site.settings.window,
        "tries": site.front.settings.limits.in_a_row,
        "agent_download": site.settings.agent_download,
        "checks": site.reads is not None,
        "origin": min(site.front.settings.origins),
    }
    page = site.pages.html(f"portal/{template}.html", status, **shown)
    if told:
        drop_cookie(page, site.settings, PORTAL.purpose)
    if visit is None:
        keep_form_token(page, site.settings, token)
    return page
