"""A letter as the bytes of a mail: multipart/alternative, UTF-8 in base64, the headers of RULES.md
section 3 (RFC 3834, 5322, 2047).

The header block is written here and not by the e-mail package, whose folding encodes long
Message-IDs as words and so breaks threads. Nothing that came from a sender gets into a header as it
is: control characters become spaces, what is no Message-ID is left out, and an address that is not
one plain address is refused. The same letter always gives the same bytes, so that a second try is
the same mail.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from core.data.letter import LOOP_HEADER, LetterFile, OutgoingLetter
from core.errors import PermanentFailure

_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)\w(?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*", re.ASCII)
_NAME_CHARACTERS = 60
"""Of a file's name, from its end."""


def compose(letter: OutgoingLetter) -> bytes:
    """The mail, with CRLF line ends.

    Raises PermanentFailure for an address that no mail can go to.
    """
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:40]
    lines = [f"{name}: {value}" for name, value in _headers(letter)]
    words = [
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
        "",
        *_part(boundary, "plain", letter.text),
        *_part(boundary, "html", letter.html),
        f"--{boundary}--",
    ]
    if letter.files:
        whole = f"{boundary}.whole"
        attached = [line for file in letter.files for line in _attached(whole, file)]
        lines.append(f'Content-Type: multipart/mixed;\r\n boundary="{whole}"')
        words = ["", f"--{whole}", *words, *attached, f"--{whole}--"]
    return "\r\n".join([*lines, *words, ""]).encode("ascii")


def _headers(letter: OutgoingLetter) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(letter.sender_name, letter.sender)
    yield "To", address(letter.recipient)
    yield "Subject", words(letter.subject, "Subject")
    yield "Date", format_datetime(letter.date)
    yield "Message-ID", _own_message_id(letter.message_id)
    if answered := _MESSAGE_ID.search(letter.in_reply_to):
        yield "In-Reply-To", answered[0]
        yield "References", answered[0]
    yield "Auto-Submitted", "auto-replied"
    yield "X-Auto-Response-Suppress", "All"
    yield LOOP_HEADER, "letter"
    yield "MIME-Version", "1.0"


def _part(boundary: str, subtype: str, text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    encoded = base64.encodebytes(lines.encode("utf-8", "replace")).decode("ascii").splitlines()
    return [
        f"--{boundary}",
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        *encoded,
    ]


def _attached(boundary: str, file: LetterFile) -> list[str]:
    """A file of a letter; its name as RFC 2231 and, for older programs, RFC 2047 write it."""
    name = _one_line(file.name).replace('"', "'")[-_NAME_CHARACTERS:]
    encoded = base64.b64encode(name.encode("utf-8", "replace")).decode("ascii")
    return [
        f"--{boundary}",
        f'Content-Type: application/octet-stream;\r\n name="=?utf-8?b?{encoded}?="',
        f"Content-Disposition: attachment;\r\n filename*=UTF-8''{quote(name, safe='')}",
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes(file.content).decode("ascii").splitlines(),
    ]


def address(text: str) -> str:
    """One plain address, its domain in ASCII (RFC 3492). Raises PermanentFailure."""
    local, at, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        domain = ""
    if not at or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise PermanentFailure("收件或发件地址不是一个可投递的邮件地址：请核对地址，或人工回复。")
    return f"{local}@{domain}"


def _mailbox(name: str, addr: str) -> str:
    plain = address(addr)
    if not name.strip():
        return plain
    encoded = Header(_one_line(name), "utf-8", header_name="From").encode(linesep="\r\n")
    return f"{encoded} <{plain}>" if len(encoded) + len(plain) < 65 else f"{encoded}\r\n <{plain}>"


def words(text: str, header_name: str) -> str:
    """A header text as encoded words (RFC 2047) of at most 75 characters each,
    never cut inside a character."""
    line = _one_line(text)
    if line.isascii() and len(line) < 65 and "=?" not in line:
        return line
    return Header(line, "utf-8", header_name=header_name).encode(linesep="\r\n")


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]", " ", text).split())[
        :500
    ]


def _own_message_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise PermanentFailure("信件的 Message-ID 无效：这是程序错误，请报告。")
    return message_id
