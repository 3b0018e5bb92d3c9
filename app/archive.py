"""Old mail, read one by one from where a centre keeps it: an mbox file, a Maildir, or a folder of .eml files. Nothing is changed there."""

import mailbox
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import DeskError


@dataclass(frozen=True, slots=True)
class OldMail:
    """One mail of an archive. `name` tells it apart there: a file's name, or a number in the mbox."""

    name: str
    raw: bytes


def old_mails(archive: Path) -> tuple[int, Iterator[OldMail]]:
    """How many mails an archive holds, and the mails. Raises DeskError for what is no archive."""
    if archive.is_dir():
        files = sorted(path for path in archive.rglob("*") if path.is_file() and (path.suffix.lower() == ".eml" or path.parent.name in {"cur", "new"}))
        if not files:
            raise DeskError(f"{archive} 中没有 .eml 文件，也不是 Maildir。")
        return len(files), (OldMail(str(path.relative_to(archive)), path.read_bytes()) for path in files)
    if not archive.is_file():
        raise DeskError(f"找不到 {archive}。请给出 .mbox 文件、Maildir 或存放 .eml 的文件夹。")
    with closing(mailbox.mbox(archive, create=False)) as box:
        count = len(box)
    if count == 0:
        raise DeskError(f"{archive} 不是 mbox 文件，或其中没有邮件。")
    return count, _of_mbox(archive)


def _of_mbox(archive: Path) -> Iterator[OldMail]:
    with closing(mailbox.mbox(archive, create=False)) as box:
        for number, key in enumerate(box.iterkeys(), 1):
            yield OldMail(f"{archive.name}#{number}", box.get_bytes(key))
