"""Files that are on the disk when a call returns, whatever happens to the machine afterwards."""

import os
from collections.abc import Callable
from pathlib import Path


def only_own_user(path: str, flags: int) -> int:
    """An `opener` for `open`: a new file is for the desk's own user alone."""
    return os.open(path, flags, 0o600)


def write_synced(
    path: Path, content: bytes, opener: Callable[[str, int], int] | None = None
) -> None:
    """Write a file and wait for the disk; a failed try leaves no file."""
    try:
        with open(path, "wb", opener=opener) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def put_in_place(path: Path, content: bytes, aside: Path) -> None:
    """Write a file under another name of the disk, then let it take its place, whole."""
    write_synced(aside, content)
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
