"""Papers of a registration: uploaded one by one, read at once where the small reader is free,
compared with the certificate's name and USCC.

What was read is shown beside the picture on which all that identifies a person is painted over;
the original has no address here.
"""

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from core.accounts.enterprises.registration_papers import (
    Upload,
    add_paper,
    differences_of,
    drop_paper,
    own_paper,
    require_fitting,
    required_paper,
)
from core.cases.letters.words import UNOPENED
from core.data.enterprise import Enterprise
from core.data.submission import UNPROVED, PartKind
from core.data.uploaded_paper import RequiredPaper
from core.errors import Busy, DeskError, NotAllowed
from papers.paper_reading import Reading
from web.common.cookies import PORTAL, went
from web.common.failures import NotFound, or_not_found, require_tries
from web.common.sessions import require_own_form
from web.common.site import LARGEST_ID, Site, TheSite
from web.common.uploads import sent_form
from web.portal.account_page import information_page
from web.portal.visits import PostedVisit, TheFront, TheVisit

router = APIRouter(prefix="/portal/papers")

PaperId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"))
HEAD_BYTES: Final = 1024


@router.post("")
async def upload_paper(
    request: Request, site: TheSite, front: TheFront, visit: TheVisit
) -> Response:
    """Keep a file as one of the papers. Asynchronous: the form is parsed here, in memory, and the
    reading waits in a line of its own."""
    sent = await sent_form(request)
    require_own_form(request, sent.fields.get("csrf", ""), visit.csrf)
    require_tries(request, site, site.check_tries)
    key, upload = sent.fields.get("key", ""), Upload(sent.content, kind_of(sent.content))
    try:
        asked = required_paper(front, key)
        require_fitting(asked, upload)
        upload = await _read(site, asked, visit.enterprise, upload)
        await run_in_threadpool(partial(add_paper, front, visit.session, key, upload))
    except DeskError as error:
        return information_page(request, site, front, visit, 422, problem=str(error))
    return went(site.settings, "/portal/information", "paper", audience=PORTAL)


@router.post("/{paper_id}/drop")
def remove_paper(
    request: Request, site: TheSite, front: TheFront, visit: PostedVisit, paper_id: PaperId
) -> Response:
    try:
        with or_not_found():
            drop_paper(front, visit.session, paper_id)
    except DeskError as error:
        return information_page(request, site, front, visit, 409, problem=str(error))
    return RedirectResponse("/portal/information", 303)


@router.get("/{paper_id}")
def show_picture(front: TheFront, visit: TheVisit, paper_id: PaperId) -> Response:
    """The picture of one of the enterprise's own papers, redacted."""
    with front.store.view() as tx:
        with or_not_found():
            own_paper(tx, visit.enterprise.id, paper_id)
        picture = tx.papers.picture(paper_id)
    if not picture:
        raise NotFound
    return Response(picture, media_type="image/jpeg")


def kind_of(content: bytes) -> str:
    """What a file is by its content; "" for what no paper may be."""
    if b"%PDF-" in content[:HEAD_BYTES]:
        return "pdf"
    return next((kind for magic, kind in MAGIC if content.startswith(magic)), "")


async def _read(site: Site, asked: RequiredPaper, enterprise: Enterprise, upload: Upload) -> Upload:
    """The upload with what was found in it; as it came where nobody was free to read it.

    Raises NotAllowed for a file that cannot be opened.
    """
    if site.reads is None:
        return upload
    try:
        reading = await site.checks.run(partial(site.reads.paper, upload.content))
    except Busy:
        return upload
    for reason in set(reading.documents.unopened.values()) - UNPROVED:
        raise NotAllowed(
            f"“{asked.title}”打不开（{UNOPENED[reason]}）。请在本机确认文件能正常打开后重新上传。"
        )
    pages = reading.documents.pages
    picture = reading.images.get(pages[0].covered_sha256, b"") if pages else b""
    return Upload(
        upload.content,
        upload.kind,
        _differences(asked, enterprise, reading),
        was_read=bool(pages),
        picture=picture,
    )


def _differences(asked: RequiredPaper, enterprise: Enterprise, reading: Reading) -> tuple[str, ...]:
    if not asked.is_licence:
        return ()
    licence = next(iter(reading.documents.of(PartKind.LICENCE)), None)
    if licence is None:
        return ("没有认出营业执照，请确认文件是否正确",)
    return differences_of(
        enterprise, licence.fields.get("enterprise_name", ""), licence.fields.get("uscc", "")
    )
