"""What an example is, how one is added, and the submissions that many are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from core.data.documents import Unopened
from core.data.enterprise import AccountFacts
from core.data.submission import AttachmentKind, Submission
from tests.validators.builders import (
    NO_DOCUMENTS,
    PDF,
    USCC,
    attachment,
    bare,
    complete_submission,
    documents,
    form,
    message,
)
from validators.evidence import Policy


class Kind(Enum):
    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Example:
    code: str
    kind: Kind
    tells: str
    submission: Submission
    instead: str = ""
    policy: Policy = field(default_factory=Policy)
    account: AccountFacts | None = None
    competing: tuple[str, ...] = ()


EXAMPLES: list[Example] = []


def add(
    code: str, kind: Kind, tells: str, submission: Submission | None = None, **more: object
) -> None:
    EXAMPLES.append(Example(code, kind, tells, submission or complete_submission(), **more))


def said(**changes: object) -> Submission:
    return complete_submission(request=form(**changes))


def attached(*files: object, read: object = NO_DOCUMENTS, **changes: object) -> Submission:
    return complete_submission(message=message(files, **changes), documents=read)


def shows(**changes: object) -> Submission:
    return complete_submission(documents=documents(**changes))


def unopened(
    reason: Unopened,
    read: object = NO_DOCUMENTS,
    name: str = PDF,
    *,
    more: Mapping[str, Unopened] | None = None,
) -> Submission:
    files = (
        [attachment(), attachment("另一份.pdf")]
        if name != PDF or read is not NO_DOCUMENTS
        else [attachment()]
    )
    return attached(*files, read=replace(read, unopened={name: reason, **(more or {})}))


EXTRA = "另一份.pdf"
MIB = 1024 * 1024
IMAGE = attachment("照片.jpg", AttachmentKind.IMAGE)
T, F, U = Kind.TRUE, Kind.FALSE, Kind.UNSURE
BARE = (bare(1), bare(2))
WRONG_USCC = USCC[:-1] + ("0" if USCC[-1] != "0" else "1")
