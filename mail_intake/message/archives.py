"""Reads the members of a zip attachment within bounds of count, size, ratio and depth.

Rar and 7z are not opened.

Member names follow the decoding ladder: Chinese zip programs write GBK without saying so,
and Python reads it as cp437.
"""

import zipfile
from collections.abc import Callable, Iterator

from mail_intake.message.charsets import decode
from papers.zip_directory import DirectoryTooLong, opened_zip

MAX_MEMBERS = 200
MAX_RATIO = 300
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_SYSTEM_FILES = ("__MACOSX/", "Thumbs.db", ".DS_Store", "desktop.ini")


def members(data: bytes, note: Callable[[str], None], left: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in a zip, `left` bytes at most; what is out of bounds or
    unreadable is left out and noted as a defect."""
    try:
        archive = opened_zip(data)
    except DirectoryTooLong:
        note("archive.too_large")
        return
    except Exception:  # noqa: BLE001
        # zipfile raises many kinds on broken archives; each means: cannot be opened
        note("archive.damaged")
        return
    for count, info in enumerate(archive.filelist):
        if count >= MAX_MEMBERS or left <= 0:
            note("archive.too_large")
            return
        name = member_name(info)
        if info.is_dir() or name.endswith(("/", *_SYSTEM_FILES)) or name.startswith(_SYSTEM_FILES):
            continue
        content = _read(archive, info, min(left, MAX_RATIO * max(info.compress_size, 1024)), note)
        if content is not None:
            left -= len(content)
            yield name, content


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, bound: int, note: Callable[[str], None]
) -> bytes | None:
    if info.flag_bits & _ENCRYPTED_FLAG:
        note("archive.encrypted")
        return None
    try:
        with archive.open(info) as stream:
            content = stream.read(bound + 1)
    except Exception:  # noqa: BLE001
        # as above; each way of compressing has an error of its own (zlib.error, lzma.LZMAError …)
        note("archive.damaged")
        return None
    if len(content) > bound:
        note("archive.too_large")
        return None
    return content


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's name as its sender wrote it."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        return decode(info.orig_filename.encode("cp437")).text.partition("\x00")[0]
    except UnicodeError:
        return info.filename
