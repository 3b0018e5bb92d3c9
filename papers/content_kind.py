"""The kind of an attachment, by its first bytes. Names and declared types are not trusted.

A PDF may have up to 1,024 bytes of anything before its %PDF mark (ISO 32000, implementation note
13); one with more before it, as mail gateways and web servers put there, counts when it also ends
like a PDF. Zip-based kinds (OFD, Word) are recognised by their members.
"""

import struct

from core.data.submission import AttachmentKind
from papers.zip_directory import is_zip, opened_zip

_IMAGE_MAGIC = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"BM",
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"\x97JB2\r\n\x1a\n",
    b"\xff\x0a",
    b"\x00\x00\x00\x0cJXL ",
)
_ARCHIVE_MAGIC = (
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"MSCF",
)
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_MARK_WITHIN = 1024
_LATE_MARK_WITHIN, _END_WITHIN = 65_536, 4096


def kind_of(data: bytes) -> AttachmentKind:
    """The kind of the content.

    A stored zip shows its members' marks within the first bytes, so its own mark goes first.
    """
    if is_zip(data):
        return _kind_of_zip(data)
    if is_image(data):
        return AttachmentKind.IMAGE
    if data.startswith(_ARCHIVE_MAGIC):
        return AttachmentKind.ARCHIVE
    if _is_old_word(data):
        return AttachmentKind.WORD
    return AttachmentKind.PDF if is_pdf(data) else AttachmentKind.OTHER


def is_pdf(data: bytes) -> bool:
    """Whether the content has the marks of a PDF."""
    if b"%PDF" in data[:_PDF_MARK_WITHIN]:
        return True
    return b"\n%PDF-" in data[:_LATE_MARK_WITHIN] and b"startxref" in data[-_END_WITHIN:]


def _is_old_word(data: bytes) -> bool:
    return data.startswith(b"{\\rtf") or (
        data.startswith(_OLE) and "WordDocument".encode("utf-16-le") in data
    )


def is_image(data: bytes) -> bool:
    """Whether the content is a picture of a kind that scanners, phones and clients make."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return True
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return True
    if data.startswith(b"BM"):
        return len(data) > 26 and data[6:10] == b"\x00\x00\x00\x00"
    return data.startswith(_IMAGE_MAGIC)


def _kind_of_zip(data: bytes) -> AttachmentKind:
    try:
        with opened_zip(data) as archive:
            names = [info.filename for info in archive.filelist]
    except Exception:  # noqa: BLE001
        # zipfile raises many kinds on broken archives; each means: an archive that nobody can open
        return AttachmentKind.ARCHIVE
    lower = {name.lower() for name in names}
    if "ofd.xml" in lower:
        return AttachmentKind.OFD
    if any(name.startswith("word/") for name in lower) and "[content_types].xml" in lower:
        return AttachmentKind.WORD
    if "[content_types].xml" in lower or "mimetype" in lower:
        return AttachmentKind.OTHER
    return AttachmentKind.ARCHIVE


def image_size_px(data: bytes) -> tuple[int, int] | None:
    """Width and height as a PNG, GIF, BMP or JPEG header gives them, or None."""
    try:
        if data.startswith(b"\x89PNG"):
            return struct.unpack(">II", data[16:24])
        if data.startswith(b"GIF8"):
            return struct.unpack("<HH", data[6:10])
        if data.startswith(b"BM"):
            width, height = struct.unpack("<ii", data[18:26])
            return abs(width), abs(height)
        return _jpeg_size_px(data) if data.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg_size_px(data: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(500):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
