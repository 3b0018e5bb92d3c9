"""Mails: lists by what became of them, one mail, its raw bytes, its page images, and hidden things asked for.

Page images are served with all that identifies a person painted over. The open image, the raw bytes and every hidden value are answers to a POST that
is written into the audit; raw bytes go out as an attachment under a name of ours.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from core.cases import receive
from core.cases.letter import LetterKind
from core.cases.mail_record import Disposition, MailRecord
from core.cases.ports import Transaction
from core.cases.submission import Documents
from core.errors import DeskError
from web.case_page import Said, case_page
from web.cookies import went
from web.evidence import hidden_value, mail_view
from web.failures import NotFound, or_not_found
from web.sessions import Me, Sender, SignedIn, signed_in
from web.site import Before, PathId, Site, TheSite

T = TypeVar("T")
router = APIRouter(dependencies=[Depends(signed_in)])

INERT: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}
WAITING: Final = "waiting"
PIECE_BYTES: Final = 256 * 1024
PageIndex = Annotated[int, Path(ge=0, le=10_000)]
IMAGE_KINDS: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


@router.get("/mails")
def list_mails(site: TheSite, me: Me, disposition: str = "", before: Before = None) -> Response:
    """Mails of one disposition, those that wait for an answer, or all of them, from the newest or from `before`."""
    if disposition not in {"", WAITING, *Disposition}:
        raise NotFound
    wanted = [Disposition(disposition)] if disposition not in {"", WAITING} else []
    rows = site.settings.page_rows
    with site.desk.store.view() as tx:
        found = tx.mails.unread(rows + 1, before) if disposition == WAITING else tx.mails.find(wanted, limit=rows + 1, before=before)
        numbers = tx.cases.numbers({mail.case_id for mail in found if mail.case_id})
    return site.pages.html(
        "mails.html", me=me, mails=found[:rows], numbers=numbers, disposition=disposition, before=before,
        older=found[rows - 1].id if len(found) > rows else None,
    )


@router.get("/mails/{mail_id}")
def show_mail(site: TheSite, me: Me, mail_id: PathId) -> Response:
    """One mail."""
    return _mail_page(site, me, mail_id)


@router.post("/mails/{mail_id}/raw")
def download(site: TheSite, me: Sender, mail_id: PathId) -> Response:
    """The mail's bytes as they came."""
    with site.desk.store.view() as tx:
        record = _mail(tx, mail_id)
        if record.purged_at:
            raise NotFound
        raw = tx.mails.raw(record.id)
    with site.desk.store.transaction() as tx:
        case = tx.cases.get(record.case_id) if record.case_id else None
        tx.audit.write(site.desk.clock.now(), me.name, "mail.downloaded", case, mail=str(record.id))
    headers = {"Content-Disposition": f'attachment; filename="mail-{record.id}.eml"', **INERT}
    return download_of(raw, headers)


def download_of(content: bytes, headers: Mapping[str, str], media_type: str = "application/octet-stream") -> Response:
    """An answer that may be long, piece by piece: a client has `Deadlines.taking_s` for each of them, not for the whole."""
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    return StreamingResponse(pieces(), media_type=media_type, headers={"Content-Length": str(len(content)), **headers})


@router.post("/mails/{mail_id}/retry")
def retry(site: TheSite, me: Sender, mail_id: PathId) -> Response:
    """Let a quarantined mail be read once more."""
    try:
        with or_not_found():
            receive.retry_mail(site.desk, mail_id, me.name)
    except DeskError as error:
        return _mail_page(site, me, mail_id, problem=str(error), status=409)
    return went(site.settings, f"/mails?disposition={Disposition.RECEIVED}", "retried")


@router.post("/mails/{mail_id}/reveal")
def reveal(request: Request, site: TheSite, me: Sender, mail_id: PathId, what: Annotated[str, Form(max_length=80)]) -> Response:
    """Show a hidden thing, and write down who asked. A script gets the value alone, a browser without script the page."""
    with site.desk.store.transaction() as tx:
        record = _mail(tx, mail_id)
        reading = tx.mails.reading(record.id)
        value = hidden_value(reading, what) if reading else None
        if value is None:
            raise NotFound
        case = tx.cases.get(record.case_id) if record.case_id else None
        tx.audit.write(site.desk.clock.now(), me.name, "mail.revealed", case, mail=str(record.id), field=what)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"value": value})
    shown = frozenset({f"{record.id}.{what}"})
    return case_page(site, me, case.number, Said(shown=shown)) if case else _mail_page(site, me, record.id, shown=shown)


@router.get("/mails/{mail_id}/pages/{index}")
def covered_page(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """The image of a page (counted from 0 over the mail) with all that identifies a person painted over."""
    return _picture(site, mail_id, lambda documents: _at(documents.pages, index).covered_sha256)


@router.get("/mails/{mail_id}/parts/{index}")
def cut_part(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """A part (counted from 0 over the mail) cut out of its page, of which all that identifies a person is painted over."""
    return _picture(site, mail_id, lambda documents: _at(documents.parts, index).crop_sha256)


@router.get("/mails/{mail_id}/seals/{index}")
def cut_seal(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """A seal (counted from 0 over the mail) cut out of its page likewise."""
    return _picture(site, mail_id, lambda documents: _at(documents.seals, index).crop_sha256)


@router.get("/mails/{mail_id}/seals/{index}/unrolled")
def unrolled_seal(site: TheSite, mail_id: PathId, index: PageIndex) -> Response:
    """The name of a seal as a straight line with its characters marked, likewise."""
    return _picture(site, mail_id, lambda documents: _at(documents.seals, index).unrolled_sha256)


@router.post("/mails/{mail_id}/pages/{index}")
def open_page(site: TheSite, me: Sender, mail_id: PathId, index: PageIndex) -> Response:
    """The image of a page as it is; who asked is written down."""
    with site.desk.store.view() as tx:
        content = tx.mails.image(_at(_documents(tx, mail_id).pages, index).image_sha256)
        record = tx.mails.get(mail_id)
    with site.desk.store.transaction() as tx:
        case = tx.cases.get(record.case_id) if record.case_id else None
        tx.audit.write(site.desk.clock.now(), me.name, "mail.revealed", case, mail=str(mail_id), field=f"page.{index}")
    return _image(content)


def _picture(site: Site, mail_id: int, image_of: Callable[[Documents], str]) -> Response:
    with site.desk.store.view() as tx:
        content = tx.mails.image(image_of(_documents(tx, mail_id)))
    return _image(content)


def _documents(tx: Transaction, mail_id: int) -> Documents:
    reading = tx.mails.reading(_mail(tx, mail_id).id)
    if reading is None:
        raise NotFound
    return reading.documents


def _at(things: Sequence[T], index: int) -> T:
    if index >= len(things):
        raise NotFound
    return things[index]


def _image(content: bytes | None) -> Response:
    kind = next((kind for start, kind in IMAGE_KINDS if content and content.startswith(start)), None)
    if content is None or kind is None:
        raise NotFound
    return Response(content, media_type=kind, headers=INERT)


def _mail(tx: Transaction, mail_id: int) -> MailRecord:
    with or_not_found():
        return tx.mails.get(mail_id)


def _mail_page(
    site: Site, me: SignedIn, mail_id: int, *, problem: str = "", status: int = 200, shown: frozenset[str] = frozenset(),
) -> Response:
    with site.desk.store.view() as tx:
        record = _mail(tx, mail_id)
        view = mail_view(record, tx.mails.reading(record.id), shown, site.mac)
        case = tx.cases.get(record.case_id) if record.case_id else None
        answers = [letter for letter in tx.letters.of_mail(record.id) if letter.kind is LetterKind.ANSWER]
    facts = {"mail": view, "case": case, "answers": answers, "retriable": record.disposition is Disposition.QUARANTINED}
    return site.pages.html("mail.html", status, me=me, problem=problem, now=site.desk.clock.now(), **facts)
