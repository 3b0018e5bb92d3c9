"""The attachments as files: present, a PDF by content, openable, within the limits.

Source: RULES.md sections 1 and 4. Names and declared types are not believed, links are never
fetched. A file that cannot be opened returns the mail only when it could hold something that is
missing: a request that the other files may complete is not returned for a broken extra.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from core.data.documents import UNPROVED, Unopened
from core.data.finding import Finding, Parameter, Severity
from core.data.submission import AttachmentKind
from validators.absence import proved_absent
from validators.evidence import Evidence, each_unopened, seen


def none(evidence: Evidence) -> bool:
    """The mail has no attachment: decorations of the body are none,
    a cloud link has its own code."""
    something = evidence.counted or evidence.unopened or evidence.documents.pages
    return not something and not evidence.message.cloud_links


def cloud_link(evidence: Evidence) -> Iterator[Finding]:
    """A link to a file elsewhere, alone or beside files that lack a paper."""
    if evidence.message.cloud_links and not evidence.has_file:
        yield seen()
    elif evidence.message.cloud_links and _lacking(evidence):
        yield seen("beside", doubt=bool(evidence.unopened or evidence.outside))


def not_pdf(evidence: Evidence) -> bool:
    """Something is attached and none of it is a PDF; a wrapper that could not be opened may hold
    one and is reported by its own code."""
    return bool(evidence.counted) and not (evidence.has_file or evidence.documents.pages)


def several(evidence: Evidence) -> Iterator[Finding]:
    """More than one PDF."""
    pdfs = {a.sha256 for a in evidence.counted if a.kind is AttachmentKind.PDF}
    if len(pdfs) > 1:
        yield seen(count=len(pdfs))


def cannot_open(evidence: Evidence, variants: Mapping[Unopened, str]) -> Iterator[Finding]:
    """Files that these reasons kept unopened, with what the other files lack, so that the sender
    learns it at once. `variants`: the sentence of each reason.
    """
    if not set(variants) & set(evidence.unopened.values()):
        return
    policy, lacking = evidence.policy, _lacking(evidence)
    unproved = not UNPROVED.isdisjoint(evidence.unopened.values())
    others_may_suffice = unproved or (bool(evidence.opened.pages) and not lacking)
    limits: dict[Unopened, dict[str, Parameter]] = {
        Unopened.TOO_LARGE: {"mib": f"{policy.max_bytes / 1024 / 1024:g}"},
        Unopened.TOO_MANY_PAGES: {"most": policy.max_pages},
    }
    wrappers = {one.name for one in evidence.counted if one.kind is AttachmentKind.ARCHIVE}
    for reason, variant in variants.items():
        parameters = {"lacking": lacking} | limits.get(reason, {})
        for found in each_unopened(
            evidence, reason, variant, doubt=others_may_suffice, **parameters
        ):
            is_wrapper = reason is Unopened.DAMAGED and found.where in wrappers
            yield replace(found, variant="archive") if is_wrapper else found


def _lacking(evidence: Evidence) -> tuple[str, ...]:
    """The codes of what the opened files lack."""
    severities = evidence.policy.severities
    absent = proved_absent(evidence.opened)
    return tuple(code for code in absent if severities[code] is Severity.REJECT)
