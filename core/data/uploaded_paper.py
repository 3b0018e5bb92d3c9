"""A paper of a registration, and what config.yaml asks for, as data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RequiredPaper:
    """One thing to be uploaded (config.yaml, `entrance.papers`).

    `kinds`: pdf, jpeg, png, by content. `most`: so many files. `is_licence`: what is read on it is
    compared with the certificate.
    """

    key: str
    title: str
    kinds: tuple[str, ...] = ("pdf", "jpeg", "png")
    max_bytes: int = 10 * 2**20
    most: int = 1
    required: bool = True
    is_licence: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was uploaded for a registration.

    `differences`: in words, between it and the account; `was_read`: it was looked at when it came.
    `pictured`: there is a picture of it with all that identifies a person painted over.
    """

    id: int
    enterprise_id: int
    key: str
    kind: str
    size_bytes: int
    at: datetime
    differences: tuple[str, ...] = ()
    was_read: bool = False
    pictured: bool = False
