"""Where a login comes from: the source's address prefix, and the cookie of a browser that logged
in before (core.data.tries). The cookie opens nothing: it keeps wrong passwords of strangers from
slowing down who was here before."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from core.data.tries import BROWSER_LIFE, Audience, LoginSource
from web.common.cookies import cookie_of, set_cookie
from web.common.page_settings import WebSettings
from web.common.site import Site, TheSite
from web.common.source import network_of


def login_source(request: Request, site: Site, audience: Audience) -> LoginSource:
    """Where this request comes from."""
    browser = cookie_of(request, site.settings, f"device-{audience}")
    return LoginSource(network_of(request), browser)


async def administrator_source(request: Request, site: TheSite) -> LoginSource:
    """Where an administrator's login comes from. Asynchronous, so that it costs no thread."""
    return login_source(request, site, Audience.ADMINISTRATOR)


async def enterprise_source(request: Request, site: TheSite) -> LoginSource:
    """The same of an enterprise's."""
    return login_source(request, site, Audience.ENTERPRISE)


AdministratorSource = Annotated[LoginSource, Depends(administrator_source)]
EnterpriseSource = Annotated[LoginSource, Depends(enterprise_source)]


def keep_device(
    response: Response,
    settings: WebSettings,
    audience: Audience,
    browser: str,
) -> None:
    """Let the browser be known the next time."""
    life_s = int(BROWSER_LIFE.total_seconds())
    set_cookie(response, settings, f"device-{audience}", browser, life_s)
