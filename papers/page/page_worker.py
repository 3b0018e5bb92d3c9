"""One reading worker: keeps the models of an OCR loaded and reads one page after another, one
thread; then it asks their seals for names.

It is not one of the children that open files, so that a file which kills its child does not cost
the models; it sees only pictures that such a child has drawn. It bounds itself once its models are
loaded, and ends when the desk closes the socket.
"""

import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from core.errors import raised_at
from papers.lines.ocr_models import Ocr
from papers.lines.pictures import decode
from papers.opening.own_limits import bound_itself, giving_up_calls
from papers.opening.processes import CONFINED
from papers.opening.socket_frames import receive_frame, send_frame
from papers.page.page_reading import read_page
from papers.page.worker_messages import ANSWERS, PAGE, READING, SEALS
from papers.seals.asking import ask_seals

# of addresses: libraries and models take 0.6 GiB of them,
# a page of twelve megapixels about as much again
_MEMORY_BYTES = 4 * 2**30


def main(make_ocr: Callable[[], Ocr]) -> None:
    """Reads pages until the socket, whose number is the first argument of the process, closes.

    `make_ocr` loads the models.
    """
    confined = CONFINED in sys.argv[2:]
    sock = socket.socket(fileno=int(sys.argv[1]))
    ocr = make_ocr()
    give_up_calls = giving_up_calls(must=confined)
    bound_itself(_MEMORY_BYTES)
    give_up_calls()
    with suppress(ConnectionError):  # the desk ended meanwhile
        _serve(sock, ocr)


def _serve(sock: socket.socket, ocr: Ocr) -> None:
    send_frame(sock, {"ready": True})
    while (frame := receive_frame(sock)) is not None:
        kind, message = frame
        try:
            answer = _ask(ocr, message) if kind == "seals" else _read(ocr, message)
        except Exception as error:  # noqa: BLE001
            # whatever a strange page does to the reader must not end the worker:
            # the page is in doubt
            send_frame(sock, {"failed": f"{type(error).__name__} at {raised_at(error)}"})
        else:
            send_frame(sock, {}, answer)


def _ask(ocr: Ocr, message: bytes) -> bytes:
    """The seals' answers to names."""
    cuts, names = SEALS.validate_json(message)
    return ANSWERS.dump_json(tuple(ask_seals(ocr, cuts, names)))


def _read(ocr: Ocr, message: bytes) -> bytes:
    """Reads one page."""
    attachment, raw = PAGE.validate_json(message)
    return READING.dump_json((read_page(ocr, decode(raw.picture), attachment, raw),))
