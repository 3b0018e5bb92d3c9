"""Reads the files in winmail.dat (TNEF, MS-OXTNEF),
in which Outlook and Exchange wrap the attachments of a mail.

Only whole objects are read: titles and contents of files. What lies in properties (text, messages,
files without contents of their own) is left to people: it is noted and counts as doubt. Own code,
because the library for it (tnefparse) loops for ever on hostile files; it is the second opinion in
tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mail_intake.message.charsets import decode

SIGNATURE = b"\x78\x9f\x3e\x22"
_HEADER_BYTES = 6
_OBJECT_BYTES = 9
_CHECKSUM_BYTES = 2
_TITLE = 0x8010
_CONTENTS = 0x800F
_NEXT_FILE = 0x9002
_CODEPAGE = 0x9007
_BROKEN = 0  # in the place of an object that cannot be read
_MAX_OBJECTS = 10_000
_CODEPAGES = {65001: "utf-8", 54936: "gb18030", 20127: "us-ascii", 1200: "utf-16-le"}


@dataclass(slots=True)
class WrappedFile:
    """A file within."""

    name: str = ""
    data: bytes = b""


def read_winmail(data: bytes, most_files: int) -> tuple[list[WrappedFile], bool]:
    """The first `most_files` files of a winmail.dat, and whether it was read whole. Never
    raises."""
    files: list[WrappedFile] = []
    codepage, is_whole = "", True
    for kind, value in _objects(data):
        if kind == _CODEPAGE:
            number = int.from_bytes(value[:4], "little")
            codepage = _CODEPAGES.get(number, f"cp{number}")
        elif kind == _BROKEN or (kind == _NEXT_FILE and len(files) == most_files):
            is_whole = False
            break
        elif kind == _NEXT_FILE:
            files.append(WrappedFile())
        elif kind == _TITLE and files:
            files[-1].name = decode(value, codepage).text.strip("\x00")
        elif kind == _CONTENTS and files:
            files[-1].data = value
    found = [file for file in files if file.data]
    return found, is_whole and len(found) == len(files)


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value of each object; trailing rubbish shorter than one is left alone."""
    at = _HEADER_BYTES
    for _ in range(_MAX_OBJECTS):
        if at + _OBJECT_BYTES + _CHECKSUM_BYTES > len(data):
            return
        start = at + _OBJECT_BYTES
        end = start + int.from_bytes(data[at + 5 : start], "little")
        if data[at] not in {1, 2} or end > len(data):
            break
        yield int.from_bytes(data[at + 1 : at + 3], "little"), data[start:end]
        at = end + _CHECKSUM_BYTES
    yield _BROKEN, b""
