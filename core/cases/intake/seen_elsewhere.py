"""The same handler, or the same picture of a paper, in cases of other enterprises: for an
administrator to see, never a finding.

Some people act for several enterprises, so that it proves nothing; a stranger who tries one
enterprise after the other shows in it. A handler is known by the number on the ID card, where its
check digit is right: by a digest of it, and in the database by the vault's digest of that. A
picture is the same where its pixels are: the same scan handed in again. What only looks alike is
not asked for, since all cards and licences do. Both go with the case's personal data.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from core.check_digits import id_number_ok
from core.data.case import Case
from core.data.documents import PartKind
from core.data.submission import Submission
from core.enterprise_names import fold_name
from core.store.store import Transaction

MOST = 6
LOOKED_AT = 40
"""Cases of the same handler or picture that are looked at;
an agent of many enterprises has hundreds."""
_PAPERS = frozenset(
    {PartKind.ID_FRONT, PartKind.ID_BACK, PartKind.LICENCE, PartKind.OTHER_CERTIFICATE}
)


@dataclass(frozen=True)
class Elsewhere:
    """A case of another enterprise, and what it shares: the handler, a picture."""

    case: Case
    handler: bool
    picture: bool


def handler_mark(submission: Submission) -> str:
    """The digest of the number on the ID card; "" where none was read that is right."""
    numbers = (
        part.fields.get("id_number", "")
        for part in submission.documents.of(PartKind.ID_FRONT)
        if "id_number" not in part.doubts
    )
    number = next((number for number in numbers if id_number_ok(number)), "")
    return hashlib.sha256(number.upper().encode()).hexdigest() if number else ""


def seen_elsewhere(tx: Transaction, case: Case, readings: Sequence[Submission]) -> list[Elsewhere]:
    """The newest cases of other enterprises that share the handler or a picture of a paper."""
    pictures = {sha for reading in readings for sha in _pictures(reading)}
    with_handler = tx.cases.newest(handler_mark=case.handler_mark, limit=LOOKED_AT)
    with_picture = tx.cases.with_pictures(pictures, LOOKED_AT) if pictures else []
    by_handler, by_picture = (
        {other.id for other in found} for found in (with_handler, with_picture)
    )
    others = {
        other.id: other for other in (*with_handler, *with_picture) if _of_another(case, other)
    }
    newest = sorted(others.values(), key=lambda other: other.id, reverse=True)[:MOST]
    return [Elsewhere(other, other.id in by_handler, other.id in by_picture) for other in newest]


def _pictures(reading: Submission) -> set[str]:
    """The pages that hold a paper, as they came; never an empty one,
    which all scanners make alike."""
    spots = {part.spot for part in reading.documents.parts if part.kind in _PAPERS}
    return {
        page.image_sha256
        for page in reading.documents.pages
        if page.image_sha256 and page.spot in spots
    }


def _of_another(case: Case, other: Case) -> bool:
    same_account = case.enterprise_id is not None and case.enterprise_id == other.enterprise_id
    same_code = bool(case.uscc) and case.uscc == other.uscc
    name, others = (fold_name(one.enterprise_name or "") for one in (case, other))
    return not (same_account or same_code or name == others)
