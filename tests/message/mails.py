"""Builds raw mails byte by byte, the way providers do, for the tests of the message reader."""

import base64
from datetime import UTC, datetime

from mail_intake.message.opening import Opened, open_mail

ARRIVED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data)


def word(text: str, label: str, codec: str) -> bytes:
    return b"=?" + label.encode() + b"?B?" + base64.b64encode(text.encode(codec)) + b"?="


def mail(*headers: bytes, body: bytes = b"") -> bytes:
    names = {line.split(b":")[0].lower() for line in headers}
    usual = [
        b"From: zhang@example.org",
        b"To: desk@example.com",
        b"Message-ID: <1@example.org>",
        b"Subject: test",
    ]
    lines = [line for line in usual if line.split(b":")[0].lower() not in names]
    return b"\r\n".join([*lines, *headers, b"", body])


def text_mail(
    text: bytes, charset: str = "utf-8", *headers: bytes, kind: str = "plain", extra: str = ""
) -> bytes:
    label = f"; charset={charset}" if charset else ""
    return mail(
        *headers,
        f"Content-Type: text/{kind}{label}{extra}".encode(),
        b"Content-Transfer-Encoding: base64",
        body=b64(text),
    )


def part(kind: str, content: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join(
        [
            b"Content-Type: " + kind.encode(),
            b"Content-Transfer-Encoding: base64",
            *headers,
            b"",
            b64(content),
        ]
    )


def multi(
    subtype: str, *parts: bytes, headers: tuple[bytes, ...] = (), boundary: bytes = b"=_b1"
) -> bytes:
    body = (
        b"".join(b"--" + boundary + b"\r\n" + piece + b"\r\n" for piece in parts)
        + b"--"
        + boundary
        + b"--\r\n"
    )
    return mail(
        *headers,
        b"Content-Type: multipart/" + subtype.encode() + b'; boundary="' + boundary + b'"',
        body=body,
    )


def attached(
    name_header: bytes, content: bytes = PDF, kind: str = "application/octet-stream"
) -> bytes:
    return multi(
        "mixed",
        part("text/plain; charset=utf-8", "见附件".encode()),
        part(kind, content, b"Content-Disposition: attachment; " + name_header),
    )


def opened(raw: bytes, **options: object) -> Opened:
    return open_mail(raw, ARRIVED, **options)  # type: ignore[arg-type]


def new_text(text: str, *headers: bytes, kind: str = "plain") -> str:
    return opened(text_mail(text.encode(), "utf-8", *headers, kind=kind)).message.new_text
