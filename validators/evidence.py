"""What a rule sees and what it says.

`gather` decides which attachments count: a PDF by content, what may carry one, an image only where
the policy allows it. It judges nothing; the rules do.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from core.data.enterprise import AccountFacts
from core.data.finding import Parameter, Severity
from core.data.submission import (
    Attachment,
    AttachmentKind,
    Documents,
    Part,
    Seal,
    Submission,
    Unopened,
)
from validators.unopened import unopened_in

LISTED_ONE_BY_ONE: Final = 5
"""So many attachments with one problem are reported each by its ordinal,
the rest by their number."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a centre may set.

    `severities`: overrides by code, each within its ceiling (validators.check).
    Limits are for one attachment.
    """

    severities: Mapping[str, Severity] = field(default_factory=dict)
    max_bytes: int = 25 * 1024 * 1024
    max_pages: int = 20
    allow_images: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What a rule found, by the fields of a Finding; the words are those of
    core.cases.letters.finding_words.

    `doubt`: not proved, so it is never more than a review whatever the table or the policy says.
    """

    variant: str = ""
    where: str = ""
    pages: tuple[int, ...] = ()
    doubt: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def seen(
    variant: str = "",
    at: Part | Seal | str | None = None,
    *,
    doubt: bool = False,
    **parameters: Parameter,
) -> Observation:
    """An observation at a part or a seal, or of an attachment or a case by its name."""
    where, pages = (at.attachment, (at.page,)) if isinstance(at, Part | Seal) else (at or "", ())
    return Observation(variant, where, pages, doubt, parameters)


@dataclass(frozen=True)
class Evidence:
    """All that the rules may look at. Many rules ask for the same, so what is worked out is kept.

    `documents`: what was read from attachments that count. `unopened`: those that count and could
    not be opened, with the reason. `outside`: parts seen in attachments that do not count (images
    beside a PDF). `account`: None where account rules are not applied.
    """

    submission: Submission
    policy: Policy
    documents: Documents
    unopened: Mapping[str, Unopened]
    outside: tuple[Part, ...] = ()
    account: AccountFacts | None = None
    competing: tuple[str, ...] = ()

    @cached_property
    def counted(self) -> tuple[Attachment, ...]:
        """The attachments a person attached: decorations of the body are none."""
        return tuple(a for a in self.submission.message.attachments if not a.inline_decoration)

    @cached_property
    def opened(self) -> Documents:
        """What was read from attachments that were opened whole. A name that two files have stands
        for both, so their pages stay."""
        if not self.unopened:
            return self.documents
        times = Counter(name for name, _ in {(a.name, a.sha256) for a in self.counted})
        return _only(self.documents, lambda name: name not in self.unopened or times[name] > 1)


RuleFunction = Callable[[Evidence], Iterable[Observation]]


def gather(
    submission: Submission,
    policy: Policy,
    account: AccountFacts | None = None,
    competing: Sequence[str] = (),
) -> Evidence:
    """The evidence of one submission under one policy."""
    kinds = readable_kinds(policy) | {AttachmentKind.OTHER}
    refused = _names_that_do_not_count(submission, policy)
    documents = (
        _only(submission.documents, lambda name: name not in refused)
        if refused
        else submission.documents
    )
    return Evidence(
        submission=submission,
        policy=policy,
        documents=documents,
        unopened=unopened_in(
            submission.message,
            documents,
            lambda a: a.kind in kinds and not a.inline_decoration,
            policy.max_bytes,
            policy.max_pages,
        ),
        outside=tuple(p for p in submission.documents.parts if p.attachment in refused),
        account=account,
        competing=tuple(competing),
    )


def could_hold_pdf(attachment: Attachment) -> bool:
    """Whether a PDF may be in it: it is one, or a wrapper that may carry one, or it calls itself
    one and its content is inconclusive."""
    return attachment.kind in {
        AttachmentKind.PDF,
        AttachmentKind.ARCHIVE,
        AttachmentKind.MESSAGE,
        AttachmentKind.OTHER,
    }


def ordinal(evidence: Evidence, name: str) -> int:
    """How a letter may call an attachment: by its place among several (0: the only one), because
    its name is the sender's and may hold an ID number."""
    names = [a.name for a in evidence.counted]
    return names.index(name) + 1 if len(names) > 1 and name in names else 0


def each_unopened(
    evidence: Evidence,
    reason: Unopened,
    variant: str = "",
    *,
    doubt: bool = False,
    **parameters: Parameter,
) -> Iterator[Observation]:
    """The files that this reason kept unopened: the first each by its ordinal, the rest by their
    number (a mail may hold a thousand)."""
    names = [name for name, found in evidence.unopened.items() if found is reason]
    for name in names[:LISTED_ONE_BY_ONE]:
        yield seen(variant, name, doubt=doubt, file=ordinal(evidence, name), **parameters)
    if names[LISTED_ONE_BY_ONE:]:
        yield seen(variant, None, doubt=doubt, file=LISTED_ONE_BY_ONE - len(names), **parameters)


def readable_kinds(policy: Policy) -> frozenset[AttachmentKind]:
    """The kinds of attachment that may be the document."""
    return frozenset(
        {AttachmentKind.PDF, AttachmentKind.IMAGE} if policy.allow_images else {AttachmentKind.PDF}
    )


def _only(documents: Documents, keep: Callable[[str], bool]) -> Documents:
    return replace(
        documents,
        pages=tuple(p for p in documents.pages if keep(p.attachment)),
        parts=tuple(p for p in documents.parts if keep(p.attachment)),
        seals=tuple(s for s in documents.seals if keep(s.attachment)),
        unopened={name: reason for name, reason in documents.unopened.items() if keep(name)},
    )


def _names_that_do_not_count(submission: Submission, policy: Policy) -> frozenset[str]:
    """Names of attachments of kinds that do not count;
    a name that the mail does not list counts."""
    attachments = submission.message.attachments
    attached = (a for a in attachments if not a.inline_decoration)
    good = {a.name for a in attached if could_hold_pdf(a) or a.kind in readable_kinds(policy)}
    return frozenset({a.name for a in attachments} - good)
