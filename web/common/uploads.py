"""Files that are sent to a page: few at once, each in memory only, and gone with the answer.

What else comes to the site is small (`WebSettings.max_form_bytes`). A file may be as large as a
mail's attachment, so only the paths named here take one, and only so much of them is in memory at a
moment: in all, and of one source. Who comes beyond that is read to the end without being kept,
because a browser that is cut off in the middle of its sending shows no answer.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from core.accounts.enterprises.registration_papers import own_paper
from core.errors import Busy
from web.common.caller import Caller
from web.common.refusals import NotFound

PATHS = frozenset({"/portal/check", "/portal/papers"})
AT_ONCE = 6
OF_ONE_SOURCE = 2
"""Files of the largest size."""
FORM_BYTES = 64 * 1024
"""Of a form beside its file."""
MOST_FIELDS = 30
BUSY = "正在接收的文件较多，未能收下您的文件。请过几分钟再试；急需办理的，可直接发送邮件申请。"


IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}
PDF_WITHIN = 1024


def kind_of(content: bytes) -> str:
    """The kind of a file that pages take and show, by its content; "" for any other."""
    for begin, kind in IMAGES.items():
        if content.startswith(begin):
            return kind
    return "pdf" if b"%PDF-" in content[:PDF_WITHIN] else ""


def paper_picture(here: Caller, enterprise_id: int, paper_id: int) -> Response:
    """The picture of an enterprise's paper with all that identifies a person painted over. Raises
    LookupError for another's."""
    with here.view() as tx:
        picture = tx.papers.picture(own_paper(tx, enterprise_id, paper_id).id)
    if not picture:
        raise NotFound
    return Response(picture, media_type="image/jpeg")


class UploadRoom:
    """How many bytes of files are in memory, as they come: who only says that a file comes takes
    none. For one thread, the event loop's.

    `largest`: bytes of one request.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._held: Counter[str] = Counter()

    def taking(self, source: str, until: ExitStack) -> Callable[[bytes], object]:
        """The function that reserves room for one piece more, until the stack is closed, and raises
        Busy where there is none."""
        self._held += Counter()  # sources that hold nothing are forgotten

        def more(piece: bytes) -> None:
            count = len(piece)
            if (
                self._held.total() + count > AT_ONCE * self._largest
                or self._held[source] + count > OF_ONE_SOURCE * self._largest
            ):
                raise Busy(BUSY)
            self._held[source] += count
            until.callback(self._held.subtract, {source: count})

        return more


@dataclass(frozen=True)
class Sent:
    """A form with at most one file. `content` is empty where none was chosen."""

    fields: Mapping[str, str]
    content: bytes


class _InMemory(MultiPartParser):
    """Keeps files in memory: the usual one writes those of more than 1 MiB to the disk."""

    spool_max_size = 2**40


async def sent_form(request: Request) -> Sent:
    """The form that was sent as multipart/form-data.

    Raises RequestValidationError for anything else.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise RequestValidationError([])
    try:
        form = await _InMemory(
            request.headers,
            request.stream(),
            max_files=1,
            max_fields=MOST_FIELDS,
            max_part_size=FORM_BYTES,
        ).parse()
    except MultiPartException as error:
        raise RequestValidationError([]) from error
    fields, content = {}, b""
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            await value.close()
        else:
            fields[name] = value[:2000]
    return Sent(fields, content)
