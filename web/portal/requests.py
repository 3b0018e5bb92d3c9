"""我的申请: the cases that name the enterprise, each with the page of its own link."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.cases.case_status import status_of
from web.portal.pages import portal_page
from web.portal.visits import TheVisit
from web.site import TheSite

router = APIRouter(prefix="/portal")


@router.get("/requests")
def list_requests(request: Request, site: TheSite, visit: TheVisit) -> Response:
    """The newest cases of the enterprise; of one whose data were removed nothing is left to show."""
    with site.desk.store.view() as tx:
        cases = tx.cases.of_enterprise(visit.enterprise.id, site.settings.page_rows)
        shown = [(case.opened_at, status_of(site.desk, case), tx.cases.status_token(case.number)) for case in cases]
    return portal_page(request, site, "requests", visit, shown=shown)
