"""The attachments as files: present, a PDF by content, openable, within the limits.

Source: RULES.md sections 1 and 4. Names and declared types are not believed, links are never
fetched. A file that cannot be opened returns the mail only when it could hold something that is
missing: a request that the other files may complete is not returned for a broken extra.
"""

from collections.abc import Iterator
from typing import Final

from core.data.finding import Parameter, Severity
from core.data.submission import UNPROVED, AttachmentKind, Unopened
from validators.absence import Need, proved_absent
from validators.evidence import (
    Evidence,
    Observation,
    could_hold_pdf,
    each_unopened,
    readable_kinds,
    seen,
)

_NEEDED_BY_DEFAULT: Final = {
    Need.ID_FRONT: Severity.REJECT,
    Need.LICENCE: Severity.REJECT,
    Need.ID_BACK: Severity.REVIEW,
    Need.SEAL: Severity.REJECT,
}


def none(evidence: Evidence) -> Iterator[Observation]:
    """Nothing attached at all: decorations of the body are no attachment,
    a cloud link has its own code."""
    if not (
        evidence.counted
        or evidence.submission.message.cloud_links
        or evidence.unopened
        or evidence.documents.pages
    ):
        yield seen()


def cloud_link(evidence: Evidence) -> Iterator[Observation]:
    if (
        evidence.submission.message.cloud_links
        and not _has_readable_kind(evidence)
        and not evidence.unopened
    ):
        yield seen()


def not_pdf(evidence: Evidence) -> Iterator[Observation]:
    """Something is attached and none of it is a PDF; a wrapper that could not be opened may hold
    one and is reported by its own code."""
    if (
        evidence.counted
        and not _has_readable_kind(evidence)
        and not evidence.unopened
        and not evidence.documents.pages
    ):
        yield seen()


def encrypted(evidence: Evidence) -> Iterator[Observation]:
    yield from _cannot_open(evidence, Unopened.ENCRYPTED)


def damaged(evidence: Evidence) -> Iterator[Observation]:
    yield from _cannot_open(evidence, Unopened.DAMAGED, "damaged")
    yield from _cannot_open(evidence, Unopened.EMPTY, "empty")


def too_large(evidence: Evidence) -> Iterator[Observation]:
    yield from _cannot_open(
        evidence, Unopened.TOO_LARGE, mib=f"{evidence.policy.max_bytes / 1024 / 1024:g}"
    )


def too_many_pages(evidence: Evidence) -> Iterator[Observation]:
    yield from _cannot_open(evidence, Unopened.TOO_MANY_PAGES, most=evidence.policy.max_pages)


def several(evidence: Evidence) -> Iterator[Observation]:
    pdfs = {a.sha256 for a in evidence.counted if a.kind is AttachmentKind.PDF}
    if len(pdfs) > 1:
        yield seen(count=len(pdfs))


def has_pdf(evidence: Evidence) -> bool:
    """Whether anything that counts as the document is attached, opened or not."""
    return (
        _has_readable_kind(evidence)
        or bool(evidence.documents.pages)
        or any(could_hold_pdf(a) and a.name in evidence.unopened for a in evidence.counted)
    )


def _has_readable_kind(evidence: Evidence) -> bool:
    return any(a.kind in readable_kinds(evidence.policy) for a in evidence.counted)


def _cannot_open(
    evidence: Evidence, reason: Unopened, variant: str = "", **parameters: Parameter
) -> Iterator[Observation]:
    """With what the other files lack, so that the sender learns it at once
    and not after the next try."""
    if reason not in evidence.unopened.values():
        return
    lacking = tuple(need.value for need in _lacking(evidence))
    yield from each_unopened(
        evidence,
        reason,
        variant,
        doubt=_others_may_suffice(evidence),
        lacking=lacking,
        **parameters,
    )


def _others_may_suffice(evidence: Evidence) -> bool:
    """Whether the rest may be a whole request: something of it was read or may yet be, and it
    proves no lack that returns a mail."""
    unproved = not UNPROVED.isdisjoint(evidence.unopened.values())
    return unproved or (bool(evidence.opened.pages) and not _lacking(evidence))


def _lacking(evidence: Evidence) -> tuple[Need, ...]:
    severities = evidence.policy.severities
    return tuple(
        n
        for n in proved_absent(evidence.opened)
        if severities.get(n.value, _NEEDED_BY_DEFAULT[n]) is Severity.REJECT
    )
