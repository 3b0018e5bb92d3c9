"""Putting a mail into a Maildir so that it is there whole or not at all, whatever happens to the machine.

Written to tmp/, synced, renamed into new/, and the folder synced (the Maildir specification by D. J. Bernstein).
"""

import os
from pathlib import Path
from typing import Final

SUBFOLDERS: Final = ("tmp", "new", "cur")


def make_maildir(root: Path) -> None:
    """Create the Maildir, readable by its owner only, where it is not there yet."""
    for name in SUBFOLDERS:
        (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def deliver(root: Path, name: str, raw: bytes) -> Path:
    """Put `raw` into new/ under `name`, safely on the disk. Raises OSError (disk full, no permission) and leaves no partial file."""
    target = root / "new" / name
    write_synced(root / "tmp" / name, raw)
    (root / "tmp" / name).replace(target)
    sync_folder(target.parent)
    return target


def holds(root: Path, name: str) -> bool:
    """Whether a mail delivered under `name` lies there, read or not."""
    return (root / "new" / name).exists() or (root / "cur" / name).exists() or any((root / "cur").glob(f"{name}:*"))


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait for the disk; a failed try leaves no file."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
