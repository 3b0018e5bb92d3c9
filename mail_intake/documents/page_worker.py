"""One reading worker: `python -m mail_intake.documents.page_worker FD`. Keeps the models loaded and reads one page after another, one thread.

It lives apart from the children that open files, so that a file which kills its child does not cost the models; it sees only pictures that such a
child has drawn. It ends when the desk closes the socket.
"""

import signal
import socket
import sys
import traceback
from typing import Any

from mail_intake.documents.page_reading import PageReading, decode, read_page
from mail_intake.documents.readings import as_json, pictures_of
from mail_intake.documents.sockets import receive_frame, send_frame


def main(fd: int) -> None:
    """Reads pages until the socket closes."""
    from mail_intake.documents.onnx_ocr import OnnxOcr

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sock = socket.socket(fileno=fd)
    ocr = OnnxOcr()
    send_frame(sock, {"ready": True})
    while (frame := receive_frame(sock)) is not None:
        head, picture = frame
        reading = _read(ocr, picture, head)
        if reading is None:
            send_frame(sock, {"failed": True})
        else:
            send_frame(sock, as_json(reading), pictures_of(reading))


def _read(ocr: Any, picture: bytes, head: dict[str, Any]) -> PageReading | None:
    """The page read, or None: a page that breaks the reader is one page in doubt, and the worker goes on."""
    try:
        image = decode(picture)
        return (
            None
            if image is None
            else read_page(ocr, image, head["attachment"], head["number"], [tuple(w) for w in head["words"]], head["pictures"])
        )
    except Exception:  # noqa: BLE001  whatever a strange page does to the reader must not end the worker
        traceback.print_exc(limit=-3)
        return None


if __name__ == "__main__":
    main(int(sys.argv[1]))
