"""Putting a mail into a Maildir so that it is there whole or not at all,
whatever happens to the machine.

Written to tmp/, synced, renamed into new/, and the folder synced (the Maildir
specification by D. J. Bernstein).
"""

from pathlib import Path

from core.disk import put_in_place

SUBFOLDERS = ("tmp", "new", "cur")


def make_maildir(root: Path) -> None:
    """Create the Maildir, readable by its owner only, where it is not there yet."""
    for name in SUBFOLDERS:
        (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def deliver(root: Path, name: str, raw: bytes) -> None:
    """Put `raw` into new/ under `name`, safely on the disk.

    Raises OSError (disk full, no permission) and leaves no partial file.
    """
    put_in_place(root / "new" / name, raw, root / "tmp" / name)


def holds(root: Path, name: str) -> bool:
    """Whether a mail delivered under `name` lies there, read or not."""
    return (
        (root / "new" / name).exists()
        or (root / "cur" / name).exists()
        or any((root / "cur").glob(f"{name}:*"))
    )
