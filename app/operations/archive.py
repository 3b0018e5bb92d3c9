"""Old mail, read one by one from where a centre keeps it: .eml files, a Maildir, mbox files or
folders of them. Nothing is changed there.

An mbox is cut by its own rules here, because programs write it in many ways: lines of a mail's text
that begin with From are often left unescaped, which cuts a mail in two for a reader that takes each
of them for a border. A border needs a date or an address, and header fields below it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import DeskError

_BOM: Final = b"\xef\xbb\xbf"
_DATED: Final = re.compile(
    rb"From .{0,300}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.{0,60}\d{2}:\d{2}.{0,40}\s*"
)
_ADDRESS_ONLY: Final = re.compile(rb"From (?:\S+@\S+|MAILER-DAEMON|-)\s*", re.IGNORECASE)
_FIELD: Final = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_ESCAPED: Final = re.compile(rb">+From ")


@dataclass(frozen=True, slots=True)
class OldMail:
    """One mail of an archive.

    `name` identifies it there: a file's name, or a number in the mbox.
    """

    name: str
    raw: bytes


def old_mails(archive: Path) -> tuple[int, Iterator[OldMail]]:
    """How many mails an archive holds, and the mails. Raises DeskError for what is no archive."""
    if archive.is_dir():
        return _of_folder(archive)
    if not archive.is_file():
        raise DeskError(
            f"找不到 {archive}。请给出 .eml 或 .mbox 文件、Maildir，或存放它们的文件夹。"
        )
    if archive.suffix.lower() == ".eml":
        return 1, iter([OldMail(archive.name, archive.read_bytes())])
    count = _count(archive)
    if count == 0:
        raise DeskError(f"{archive} 不是 mbox 文件，或其中没有邮件。")
    return count, _of_mbox(archive, archive.name)


def _of_folder(folder: Path) -> tuple[int, Iterator[OldMail]]:
    """Its single mails; else the mbox files in it, as mail programs keep them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    single = [
        path
        for path in files
        if path.suffix.lower() == ".eml" or path.parent.name in {"cur", "new"}
    ]
    if single:
        return len(single), (
            OldMail(str(path.relative_to(folder)), path.read_bytes()) for path in single
        )
    boxes = {path: count for path in files if (count := _count(path))}
    if not boxes:
        raise DeskError(f"{folder} 中没有 .eml 或 mbox 文件，也不是 Maildir。")
    return sum(boxes.values()), (
        mail for path in boxes for mail in _of_mbox(path, str(path.relative_to(folder)))
    )


def _count(box: Path) -> int:
    with box.open("rb") as file:
        if not file.read(8).removeprefix(_BOM).lstrip().startswith(b"From"):
            return 0
        file.seek(0)
        return sum(1 for _ in _cut(file))


def _of_mbox(box: Path, name: str) -> Iterator[OldMail]:
    with box.open("rb") as file:
        for number, raw in enumerate(_cut(file), 1):
            yield OldMail(f"{name}#{number}", raw)


def _cut(file: BinaryIO) -> Iterator[bytes]:
    """The mails of an mbox, without their border lines; what stands before the first border is no
    mail, and a file without one holds none."""
    lines: list[bytes] | None = None
    before, line = b"\n", file.readline().removeprefix(_BOM)
    while line:
        after = file.readline()
        if _is_border(before, line, after):
            if lines is not None:
                yield _joined(lines)
            lines = []
        elif lines is not None:
            lines.append(line[1:] if _ESCAPED.match(line) else line)
        elif line.strip():
            return
        before, line = line, after
    if lines is not None:
        yield _joined(lines)


def _is_border(before: bytes, line: bytes, after: bytes) -> bool:
    if not line.startswith(b"From ") or not _FIELD.match(after):
        return False
    return bool(_DATED.fullmatch(line)) or (
        not before.strip() and bool(_ADDRESS_ONLY.fullmatch(line))
    )


def _joined(lines: list[bytes]) -> bytes:
    """The mail without the empty line that an mbox puts after it."""
    return b"".join(lines[:-1] if lines and not lines[-1].strip() else lines)
