"""What machines ask: /health, without a login and without personal data."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from core.cases.desk import Desk
from core.errors import DeskError
from web.settings import HealthLine
from web.site import TheSite

router = APIRouter()


@router.get("/health")
def health(site: TheSite) -> JSONResponse:
    """200 when everything is well, else 503; the lines say what is not."""
    lines = site.health()
    ok = all(line.ok for line in lines)
    body = {"ok": ok, "lines": [{"name": line.name, "ok": line.ok, "text": line.text} for line in lines]}
    return JSONResponse(body, 200 if ok else 503)


def database_line(desk: Desk) -> list[HealthLine]:
    """Whether the database answers."""
    try:
        with desk.store.transaction() as tx:
            tx.cases.count()
    except DeskError:
        return [HealthLine("database", ok=False, text="数据库不可用。")]
    return [HealthLine("database", ok=True, text="数据库正常。")]
