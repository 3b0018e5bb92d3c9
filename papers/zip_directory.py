"""Opens a zip whose directory is of bounded size.

Python lists all members before it hands out one: 150,000 empty ones take seconds.
"""

import zipfile
from io import BytesIO

MAX_DIRECTORY_BYTES = 68 * 1024
"""Some 700 members with long names.

Less than 64 KiB would not do: a zip may end in a comment of that length, which is read as well.
"""


class DirectoryTooLong(Exception):
    """The directory has more bytes than MAX_DIRECTORY_BYTES."""


class _Listed(BytesIO):
    """Gives out no more at once than a directory may have,
    while `is_listing`: the sizes in a zip are the sender's claims."""

    is_listing = True

    def read(self, size: int | None = -1, /) -> bytes:
        left = self.getbuffer().nbytes - self.tell()
        if (
            self.is_listing
            and (left if size is None or size < 0 else min(size, left)) > MAX_DIRECTORY_BYTES
        ):
            raise DirectoryTooLong
        return super().read(size)


def is_zip(data: bytes) -> bool:
    """Whether the content has the mark of a zip; word processors' files have it too."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def opened_zip(data: bytes) -> zipfile.ZipFile:
    """The zip, its members listed.

    Raises DirectoryTooLong, and what zipfile raises on broken ones.
    """
    content = _Listed(data)
    archive = zipfile.ZipFile(content)
    content.is_listing = False
    return archive
