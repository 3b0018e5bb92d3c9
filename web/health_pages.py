"""What machines ask, without a login and without personal data: /health by everybody, what is not
well by this machine and from `monitoring.metrics_from`, /metrics from there alone. Asynchronous:
the threads of pages may all wait for the database.
"""

from dataclasses import asdict

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from core.addresses import lies_in
from web.common.caller import Anybody
from web.common.page_settings import HealthLine
from web.common.refusals import NotFound
from web.common.source import source_of
from web.http_bounds import LOOPBACK

router = APIRouter()
ANSWER_S = 1.5
"""A database that takes longer does not answer: monitors wait some seconds."""
UNANSWERED = [HealthLine("database", ok=False, text="数据库没有及时应答。")]
UNANSWERED_METRICS = b'unbind_health{line="database"} 0\n'


@router.get("/health")
async def health(here: Anybody) -> JSONResponse:
    """200 when everything is well, else 503; the lines, for those who may read them, say what is
    not."""
    lines = await here.site.health_look.within(ANSWER_S, UNANSWERED)
    ok = all(line.ok for line in lines)
    body: dict[str, object] = {"ok": ok}
    if lies_in(source_of(here.request), (*LOOPBACK, *here.settings.metrics_from)):
        body["lines"] = [asdict(line) for line in lines]
    return JSONResponse(body, 200 if ok else 503)


@router.get("/metrics")
async def metrics(here: Anybody) -> Response:
    """The figures for Prometheus. Raises NotFound for whoever may not read them."""
    if not (here.site.metrics and lies_in(source_of(here.request), here.settings.metrics_from)):
        raise NotFound
    text = await here.site.metrics_look.within(ANSWER_S, UNANSWERED_METRICS)
    return Response(text, media_type="text/plain; version=1.0.0; charset=utf-8")
