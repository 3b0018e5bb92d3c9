"""What machines ask, without a login and without personal data: /health by everybody, /metrics from `monitoring.metrics_from`."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from core.addresses import lies_in
from web.failures import NotFound
from web.site import TheSite
from web.source import source_of

router = APIRouter()


@router.get("/health")
def health(site: TheSite) -> JSONResponse:
    """200 when everything is well, else 503; the lines say what is not."""
    lines = site.health()
    ok = all(line.ok for line in lines)
    body = {"ok": ok, "lines": [{"name": line.name, "ok": line.ok, "text": line.text} for line in lines]}
    return JSONResponse(body, 200 if ok else 503)


@router.get("/metrics")
def metrics(request: Request, site: TheSite) -> Response:
    """The figures for Prometheus. Raises NotFound for whoever may not read them."""
    if not (site.metrics and lies_in(source_of(request), site.settings.metrics_from)):
        raise NotFound
    return Response(site.metrics(), media_type="text/plain; version=1.0.0; charset=utf-8")
