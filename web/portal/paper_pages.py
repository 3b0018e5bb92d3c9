"""Papers of a registration: uploaded one by one, read at once where the small reader is free,
compared with the certificate's name and USCC.

What was read is shown beside the picture on which all that identifies a person is painted over;
the original has no address here.
"""

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.accounts.enterprises.registration_papers import (
    Upload,
    add_paper,
    differences_of,
    drop_paper,
    fitting_paper,
)
from core.cases.letters.words import UNOPENED
from core.data.documents import UNPROVED
from core.data.enterprise import Enterprise, RequiredPaper
from core.errors import Busy, DeskError, NotAllowed
from papers.paper_reading import Reading
from web.common.caller import shows_again
from web.common.site import LARGEST_ID
from web.common.uploads import kind_of, paper_picture
from web.portal.account_page import information_page
from web.portal.visits import Inside, InsideWithForm, Member

router = APIRouter(prefix="/portal/papers")

PaperId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.post("")
async def upload_paper(here: Inside) -> Response:
    """Keep a file as one of the papers. Asynchronous: the form is parsed here, in memory, and the
    reading waits in a line of its own."""
    sent = await here.file_form()
    key, upload = sent.fields.get("key", ""), Upload(sent.content, kind_of(sent.content))
    try:
        required = fitting_paper(here.front, key, upload)
        upload = await _read(here, required, upload)
        await run_in_threadpool(add_paper, here.front, here.visit.session, key, upload)
    except DeskError as error:
        page = partial(information_page, here, 422, problem=str(error))
        return await run_in_threadpool(page)
    return here.done("/portal/information", "paper")


@router.post("/{paper_id}/drop")
@shows_again(information_page)
def remove_paper(here: InsideWithForm, paper_id: PaperId) -> Response:
    drop_paper(here.front, here.visit.session, paper_id)
    return RedirectResponse("/portal/information", 303)


@router.get("/{paper_id}")
def show_picture(here: Inside, paper_id: PaperId) -> Response:
    """The picture of one of the enterprise's own papers, redacted."""
    return paper_picture(here, here.visit.enterprise.id, paper_id)


async def _read(here: Member, required: RequiredPaper, upload: Upload) -> Upload:
    """The upload with what was found in it; as it came where nobody was free to read it.

    Raises NotAllowed for a file that cannot be opened.
    """
    try:
        reading = await here.site.checks.run(partial(here.reads.paper, upload.content))
    except Busy:
        return upload
    unopened = set(reading.documents.unopened.values()) - UNPROVED
    if unopened:
        raise NotAllowed(
            f"“{required.title}”打不开（{UNOPENED[unopened.pop()]}）。"
            "请在本机确认文件能正常打开后重新上传。"
        )
    pages = reading.documents.pages
    picture = reading.images.get(pages[0].covered_sha256, b"") if pages else b""
    differences = _differences(required, here.visit.enterprise, reading)
    return replace(upload, differences=differences, was_read=bool(pages), picture=picture)


def _differences(
    required: RequiredPaper, enterprise: Enterprise, reading: Reading
) -> tuple[str, ...]:
    if not required.is_licence:
        return ()
    licence = next(iter(reading.documents.licences), None)
    if licence is None:
        return ("没有认出营业执照，请确认文件是否正确",)
    return differences_of(
        enterprise, licence.fields.get("enterprise_name", ""), licence.fields.get("uscc", "")
    )
