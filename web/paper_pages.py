"""Papers of registrations for administrators: the redacted picture, and the original as an audited download."""

from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from core.accounts.paper import Paper
from core.accounts.papers import own_paper
from core.cases.ports import Transaction
from web.failures import NotFound, or_not_found
from web.mail_pages import INERT, download_of
from web.sessions import Sender, signed_in
from web.site import PathId, TheSite

router = APIRouter(prefix="/enterprises/{enterprise_id}/papers", dependencies=[Depends(signed_in)])

ENDINGS: Final = {"pdf": "pdf", "jpeg": "jpg", "png": "png"}


@router.get("/{paper_id}")
def picture(site: TheSite, enterprise_id: PathId, paper_id: PathId) -> Response:
    """The picture with all that identifies a person painted over."""
    with site.desk.store.view() as tx:
        found = tx.papers.picture(_paper(tx, enterprise_id, paper_id).id)
    if not found:
        raise NotFound
    return Response(found, media_type="image/jpeg")


@router.post("/{paper_id}")
def original(site: TheSite, me: Sender, enterprise_id: PathId, paper_id: PathId) -> Response:
    """The file as it came, under a name of ours; written into the audit."""
    with site.desk.store.view() as tx:
        paper = _paper(tx, enterprise_id, paper_id)
        content = tx.papers.content(paper.id)
    with site.desk.store.transaction() as tx:
        tx.audit.write(site.desk.clock.now(), me.name, "paper.downloaded", enterprise=str(enterprise_id), paper=str(paper.id))
    name = f"paper-{paper.id}.{ENDINGS[paper.kind]}"
    return download_of(content, {"Content-Disposition": f'attachment; filename="{name}"', **INERT})


def _paper(tx: Transaction, enterprise_id: int, paper_id: int) -> Paper:
    with or_not_found():
        return own_paper(tx, enterprise_id, paper_id)
