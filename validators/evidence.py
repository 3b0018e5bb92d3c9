"""The input and the output of a rule.

Which attachments count is decided here: a PDF by content, what may carry one, an image only where
the policy allows it. Nothing is judged; the rules do that.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.data.documents import Documents, OnPage, Part, Unopened
from core.data.enterprise import AccountFacts
from core.data.finding import Finding, Parameter, Severity
from core.data.submission import Attachment, AttachmentKind, Message, RequestForm, Submission
from validators.unopened import unopened_by_defects

LISTED_ONE_BY_ONE = 5
"""So many attachments with one problem are reported each by its ordinal,
the rest by their number."""
_MAY_HOLD_PDF = frozenset(
    {
        AttachmentKind.PDF,
        AttachmentKind.ARCHIVE,
        AttachmentKind.MESSAGE,
        AttachmentKind.OTHER,
    }
)
"""A PDF, a wrapper that may carry one, or a content that is inconclusive."""


@dataclass(frozen=True)
class Policy:
    """The settings of a centre.

    `severities`: overrides by code, each within its ceiling (validators.check).
    Limits are for one attachment.
    """

    severities: Mapping[str, Severity] = field(default_factory=dict)
    max_bytes: int = 25 * 1024 * 1024
    max_pages: int = 20
    allow_images: bool = False

    @property
    def readable_kinds(self) -> frozenset[AttachmentKind]:
        """The kinds of attachment that may be the document."""
        images = [AttachmentKind.IMAGE] if self.allow_images else []
        return frozenset([AttachmentKind.PDF, *images])


@dataclass(frozen=True)
class Evidence:
    """The input of the rules. Many rules need the same, so computed values are cached.

    `account`: of the registry; nothing where it was not asked. `competing`: numbers of other open
    cases.
    """

    submission: Submission
    policy: Policy
    account: AccountFacts = AccountFacts()  # noqa: RUF009  a frozen value
    competing: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        return self.submission.message

    @property
    def request(self) -> RequestForm:
        return self.submission.request

    @cached_property
    def counted(self) -> tuple[Attachment, ...]:
        """The attachments a person attached: decorations of the body are none."""
        return tuple(a for a in self.message.attachments if not a.inline_decoration)

    @cached_property
    def documents(self) -> Documents:
        """The readings of attachments that count."""
        if not self._not_counted:
            return self.submission.documents
        return _only(self.submission.documents, lambda name: name not in self._not_counted)

    @cached_property
    def outside(self) -> tuple[Part, ...]:
        """Parts seen in attachments that do not count, such as images beside a PDF."""
        parts = self.submission.documents.parts
        return tuple(part for part in parts if part.attachment in self._not_counted)

    @cached_property
    def unopened(self) -> dict[str, Unopened]:
        """Name → reason of what could not be opened, whoever noticed it;
        the reader's own reasons go first."""
        found = dict(self.documents.unopened)
        for attachment in self.counted:
            if attachment.kind not in self.policy.readable_kinds | {AttachmentKind.OTHER}:
                continue
            if attachment.size_bytes > self.policy.max_bytes:
                found.setdefault(attachment.name, Unopened.TOO_LARGE)
            elif attachment.size_bytes == 0 and attachment.name.lower().endswith(".pdf"):
                found.setdefault(attachment.name, Unopened.EMPTY)
        for page in self.documents.pages:
            if page.number > self.policy.max_pages:
                found.setdefault(page.attachment, Unopened.TOO_MANY_PAGES)
        return unopened_by_defects(self.message) | found

    @cached_property
    def opened(self) -> Documents:
        """The readings of attachments that were opened whole. A name that two files have names
        both, so their pages stay."""
        times = Counter(name for name, _ in {(a.name, a.sha256) for a in self.counted})
        return _only(self.documents, lambda name: name not in self.unopened or times[name] > 1)

    @property
    def has_file(self) -> bool:
        """Whether something is attached that may be the document, or could not be opened."""
        readable = any(a.kind in self.policy.readable_kinds for a in self.counted)
        return readable or bool(self.unopened)

    @cached_property
    def _not_counted(self) -> frozenset[str]:
        """Names of attachments of kinds that do not count;
        a name that the mail does not list counts."""
        kinds = _MAY_HOLD_PDF | self.policy.readable_kinds
        good = {a.name for a in self.counted if a.kind in kinds}
        return frozenset({a.name for a in self.message.attachments} - good)


RuleFunction = Callable[[Evidence], Iterable[Finding]]
"""Yields findings by `seen`; their code and severity come from the row of the table."""


def seen(
    variant: str = "",
    at: OnPage | tuple[str, tuple[int, ...]] | str | None = None,
    *,
    doubt: bool = False,
    **parameters: Parameter,
) -> Finding:
    """A finding at a part or a seal, on pages of an attachment, or of an attachment or a case.

    Its severity is the most that it may have: `doubt`, what is not proved,
    is never more than a review.
    """
    where = ""
    pages: tuple[int, ...] = ()
    if isinstance(at, str):
        where = at
    elif isinstance(at, tuple):
        where, pages = at
    elif at is not None:
        where, pages = at.attachment, (at.page,)
    ceiling = Severity.REVIEW if doubt else Severity.REJECT
    return Finding("", ceiling, where=where, pages=pages, variant=variant, parameters=parameters)


def when(condition: Callable[[Evidence], bool]) -> RuleFunction:
    """A rule that finds one thing without particulars."""
    return lambda evidence: [seen()] if condition(evidence) else []


def ordinal(evidence: Evidence, name: str) -> int:
    """How a letter may call a PDF: by its place among several (0: the only one, or no PDF), because
    its name is the sender's and may hold an ID number. Pictures that the body shows are not
    counted, nor is anything else that a sender may not think of as an attachment."""
    names = [a.name for a in evidence.counted if a.kind in evidence.policy.readable_kinds]
    return names.index(name) + 1 if len(names) > 1 and name in names else 0


def each_unopened(
    evidence: Evidence,
    reason: Unopened,
    variant: str,
    *,
    doubt: bool,
    **parameters: Parameter,
) -> Iterator[Finding]:
    """The files that this reason kept unopened: the first each by its ordinal, the rest by their
    number (a mail may hold a thousand)."""
    names = [name for name, found in evidence.unopened.items() if found is reason]
    for name in names[:LISTED_ONE_BY_ONE]:
        yield seen(variant, name, doubt=doubt, file=ordinal(evidence, name), **parameters)
    if names[LISTED_ONE_BY_ONE:]:
        yield seen(variant, None, doubt=doubt, file=LISTED_ONE_BY_ONE - len(names), **parameters)


def _only(documents: Documents, keep: Callable[[str], bool]) -> Documents:
    return replace(
        documents.only(lambda one: keep(one.attachment)),
        unopened={name: reason for name, reason in documents.unopened.items() if keep(name)},
    )
