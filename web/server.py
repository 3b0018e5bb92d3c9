"""The web site of the desk, made from what it is handed; nothing here chooses an adapter or reads the clock of the machine."""

from collections.abc import Callable
from functools import partial

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.accounts.front_desk import FrontDesk
from core.accounts.second_factor import SecondFactors
from core.accounts.systems import Door
from core.cases.desk import Desk
from web.api.app import PATH as API
from web.api.app import create_api
from web.failures import answer_failures, failure_page
from web.gate import Gate, hosts_of
from web.guard import Guard
from web.rendering import STATIC, Pages
from web.routes import routes_of
from web.settings import HealthLine, WebSettings
from web.site import Reads, Site
from web.uploads import FORM_BYTES


def create_app(
    desk: Desk, settings: WebSettings, health: Callable[[], list[HealthLine]] = list, front: FrontDesk | None = None,
    metrics: Callable[[], bytes] | None = None, factors: SecondFactors | None = None, door: Door | None = None,
    reads: Reads | None = None,
) -> FastAPI:
    """The site. `health` gives the lines of /health. With a `front` the portal is there, with `metrics`
    that page, with `factors` administrators have second factors, with a `door` trading systems log enterprises in, with `reads` the portal looks at a
    request before it is sent."""
    door = door if front else None
    site = Site(desk, settings, Pages(settings, portal=front is not None), health, front, metrics, factors, door, reads)
    routes = routes_of(portal=front is not None, reads=reads is not None, door=door is not None)
    app = FastAPI(title="Unbind Desk", docs_url=None, redoc_url=None, openapi_url=None, routes=list(routes))
    app.state.site = site
    if front:
        app.mount(API, create_api(site))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    answer_failures(app)
    app.add_middleware(
        Guard, page=partial(failure_page, site),
        gate=Gate(hosts_of(settings.base_url), settings.base_url, settings.max_form_bytes, settings.max_upload_bytes + FORM_BYTES),
        secure=settings.secure_cookies, agent=settings.agent_url if front else "",
    )
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app
