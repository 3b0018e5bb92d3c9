"""From where a login comes: the source's address prefix,
and the cookie of a browser that logged in before (core.data.tries).

The cookie is random, HttpOnly, SameSite=Strict and, over HTTPS, bound to this host; only its
SHA-256 is stored. It opens nothing: it keeps wrong passwords of strangers from slowing down who was
here before. A changed password makes it void.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from core.data.tries import DEVICE_LIFE, Audience, LoginSource
from web.common.cookies import cookie_of, set_cookie
from web.common.page_settings import WebSettings
from web.common.site import TheSite
from web.common.source import network_of

LONGEST_TOKEN = 64


def _login_source(request: Request, settings: WebSettings, audience: Audience) -> LoginSource:
    device = cookie_of(request, settings, f"device-{audience}")
    return LoginSource(network_of(request), device if len(device) <= LONGEST_TOKEN else "")


async def administrator_source(request: Request, site: TheSite) -> LoginSource:
    """Where an administrator's login comes from. Asynchronous, so that it costs no thread."""
    return _login_source(request, site.settings, Audience.ADMINISTRATOR)


async def enterprise_source(request: Request, site: TheSite) -> LoginSource:
    """The same of an enterprise's."""
    return _login_source(request, site.settings, Audience.ENTERPRISE)


AdministratorSource = Annotated[LoginSource, Depends(administrator_source)]
EnterpriseSource = Annotated[LoginSource, Depends(enterprise_source)]


def keep_device(response: Response, settings: WebSettings, audience: Audience, token: str) -> None:
    """Let the browser be known the next time."""
    set_cookie(response, settings, f"device-{audience}", token, int(DEVICE_LIFE.total_seconds()))
