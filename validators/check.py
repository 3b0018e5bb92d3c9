"""Every rule of RULES.md section 4 in one table, and the verdict that follows from it.

`check` gives all findings and acts on none. Doubt never rejects: what a rule calls doubt is at most
review, and a rule whose row rejects nothing cannot be made more by configuration either.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.cases.letters.words import QUESTIONS, YES_OR_NO
from core.check_digits import id_number_ok, uscc_ok
from core.data.documents import PartKind, Unopened
from core.data.enterprise import AccountFacts
from core.data.finding import Course, Decision, Finding, Severity, Verdict
from core.data.submission import Submission
from validators import account as accounts
from validators import agreement, attachments, official_seal, papers, request_form, validity
from validators.course import course_of
from validators.evidence import Evidence, Policy, RuleFunction, when

REJECT, REVIEW, NOTE = Severity.REJECT, Severity.REVIEW, Severity.NOTE

_SEAL = "seal"
_ALL_PAPERS = (PartKind.ID_FRONT, PartKind.ID_BACK, PartKind.LICENCE, _SEAL)
_FILE = ("attachment",)
"""A file that cannot be opened. It is none of the things that letters call in order."""


@dataclass(frozen=True)
class Rule:
    """One row of the table.

    `rejects`: what a letter asks for again, so that it calls none of it in order: questions, papers
    by their PartKind, the seal. A rule that rejects nothing is doubt by nature or for
    administrators only: configuration cannot make it more than review either.
    """

    code: str
    severity: Severity
    finds: RuleFunction
    rejects: tuple[str, ...] = ()

    @property
    def at_most(self) -> Severity:
        """The highest severity that configuration may give it."""
        return REJECT if self.rejects else REVIEW

    @property
    def is_of_words(self) -> bool:
        """Whether it judges what the mail says, not what it brings."""
        return self.code.startswith("request.")


OF_REGISTRY = (
    Rule("account.unknown", REVIEW, when(accounts.unknown)),
    Rule("account.renamed", REVIEW, accounts.renamed),
    Rule("match.account", REVIEW, when(accounts.other_account)),
    Rule("account.nothing_bound", REVIEW, when(accounts.nothing_bound)),
    Rule("account.reset_while_bound", REVIEW, accounts.reset_while_bound),
    Rule("sender.unregistered", NOTE, when(accounts.sender_unregistered)),
    Rule("sender.unauthenticated", REVIEW, accounts.sender_unauthenticated),
)
"""The rules that compare a request with what the registry has, in the order of RULES."""

RULES = (
    # What the mail says.
    *(
        Rule(
            f"request.{question}.missing",
            REJECT,
            partial(request_form.missing, question=question),
            (question,),
        )
        for question in QUESTIONS
    ),
    Rule("request.unread", REVIEW, request_form.unread),
    *(
        Rule(
            f"request.{question}.ambiguous",
            REVIEW,
            partial(request_form.ambiguous, question=question),
        )
        for question in QUESTIONS
    ),
    Rule("request.nothing_requested", REJECT, when(request_form.nothing_requested), YES_OR_NO),
    # The attachments as files.
    Rule("attachment.none", REJECT, when(attachments.none), _ALL_PAPERS),
    Rule("attachment.cloud_link", REJECT, attachments.cloud_link, _FILE),
    Rule("attachment.not_pdf", REJECT, when(attachments.not_pdf), _ALL_PAPERS),
    Rule(
        "attachment.encrypted",
        REJECT,
        partial(attachments.cannot_open, variants={Unopened.ENCRYPTED: ""}),
        _FILE,
    ),
    Rule(
        "attachment.damaged",
        REJECT,
        partial(
            attachments.cannot_open, variants={Unopened.DAMAGED: "damaged", Unopened.EMPTY: "empty"}
        ),
        _FILE,
    ),
    Rule(
        "attachment.too_large",
        REJECT,
        partial(attachments.cannot_open, variants={Unopened.TOO_LARGE: ""}),
        _FILE,
    ),
    Rule(
        "attachment.too_many_pages",
        REJECT,
        partial(attachments.cannot_open, variants={Unopened.TOO_MANY_PAGES: ""}),
        _FILE,
    ),
    Rule("attachment.several", NOTE, attachments.several, _ALL_PAPERS),
    # The papers and the seal on them.
    Rule(
        "document.id_front.missing",
        REJECT,
        partial(papers.missing, kind=PartKind.ID_FRONT),
        (PartKind.ID_FRONT,),
    ),
    Rule(
        "document.licence.missing",
        REJECT,
        partial(papers.missing, kind=PartKind.LICENCE),
        (PartKind.LICENCE,),
    ),
    Rule(
        "document.other_certificate",
        REVIEW,
        papers.other_certificate,
        (PartKind.OTHER_CERTIFICATE,),
    ),
    Rule(
        "document.id_back.missing",
        REVIEW,
        partial(papers.missing, kind=PartKind.ID_BACK),
        (PartKind.ID_BACK,),
    ),
    Rule("document.several", REVIEW, papers.several),
    Rule("document.marked", REVIEW, papers.marked),
    Rule("document.patched", REVIEW, papers.patched),
    Rule("document.unreadable", REVIEW, papers.unreadable),
    Rule("document.seal.missing", REJECT, official_seal.missing, (_SEAL,)),
    Rule("document.seal.unsure", REVIEW, official_seal.unsure),
    Rule("document.seal.partial", NOTE, official_seal.partial, (_SEAL,)),
    # What the papers say.
    Rule(
        "id.number.invalid",
        REVIEW,
        partial(
            validity.number_invalid, kind=PartKind.ID_FRONT, field="id_number", passes=id_number_ok
        ),
    ),
    Rule(
        "id.expired",
        REVIEW,
        partial(validity.expired, kind=PartKind.ID_BACK),
        (PartKind.ID_FRONT, PartKind.ID_BACK),
    ),
    Rule(
        "licence.expired",
        REVIEW,
        partial(validity.expired, kind=PartKind.LICENCE),
        (PartKind.LICENCE,),
    ),
    Rule(
        "licence.uscc.invalid",
        REVIEW,
        partial(validity.number_invalid, kind=PartKind.LICENCE, field="uscc", passes=uscc_ok),
    ),
    Rule("seal.not_official", REVIEW, official_seal.not_official, (_SEAL,)),
    # Whether they agree, with each other and with the registry:
    # for administrators, never for a letter.
    Rule("match.enterprise_name", REVIEW, agreement.enterprise_name),
    Rule("match.uscc", REVIEW, agreement.credit_code),
    Rule("match.seal", REVIEW, agreement.seal),
    Rule("match.sheet", REVIEW, agreement.sheet),
    Rule("match.handler", NOTE, agreement.handler),
    Rule("match.card_sides", NOTE, validity.card_sides),
    *OF_REGISTRY,
    Rule("case.competing", REVIEW, accounts.competing),
)

_ASCENDING = (NOTE, REVIEW, REJECT)
_DEFAULT_POLICY = Policy()


def check(
    submission: Submission,
    policy: Policy = _DEFAULT_POLICY,
    account: AccountFacts | None = None,
    competing: Sequence[str] = (),
) -> Verdict:
    """The judgement on a submission: all findings, in the order of the table.

    Mail that is ignored or other is not judged and has none.

    ignore > other > reject > queue (RULES.md section 4). `account` None: the rules OF_REGISTRY are
    not applied. `competing`: numbers of other open cases of the same enterprise.
    """
    policy = replace(policy, severities={**default_severities(), **policy.severities})
    evidence = Evidence(submission, policy, account or AccountFacts(), tuple(competing))
    course = course_of(evidence)
    if course.ends_as:
        return Verdict(course.ends_as, (), course.by_hand)
    cut = submission.message.words_cut
    findings = tuple(
        replace(
            finding,
            code=rule.code,
            severity=_severity(
                rule, finding, policy, doubtful=course.doubtful or (cut and rule.is_of_words)
            ),
        )
        for rule in RULES
        if account or rule not in OF_REGISTRY
        for finding in rule.finds(evidence)
    )
    rejected = any(finding.severity is REJECT for finding in findings)
    decision = Decision.REJECT if rejected else Decision.QUEUE
    return Verdict(decision, findings, course.by_hand, course.doubtful)


def _severity(rule: Rule, finding: Finding, policy: Policy, *, doubtful: bool) -> Severity:
    """The configured severity, or the lower one that doubt or the rule's ceiling leaves.

    Of a mail that is perhaps no request all is doubt; of one that was not read to its end, what
    its words may say further on.
    """
    wanted, most = policy.severities[rule.code], REVIEW if doubtful else REJECT
    return min(wanted, rule.at_most, finding.severity, most, key=_ASCENDING.index)


@dataclass(frozen=True)
class PolicyJudge:
    """The rules with one policy bound (core.data.case_ports.Judge)."""

    policy: Policy = _DEFAULT_POLICY

    def course(self, submission: Submission) -> Course:
        """How the mail is handled before the rules are applied."""
        return course_of(Evidence(submission, self.policy))

    def verdict(
        self, submission: Submission, account: AccountFacts | None, competing: Sequence[str]
    ) -> Verdict:
        """The judgement with what the registry knows; see check."""
        return check(submission, self.policy, account, competing)

    def rejects(self, code: str) -> Collection[str]:
        """What the code's row has; see core.data.case_ports.Judge."""
        return next((rule.rejects for rule in RULES if rule.code == code), ())


def default_severities() -> Mapping[str, Severity]:
    """Every code with its severity before configuration, in the order of the table."""
    return {rule.code: rule.severity for rule in RULES}


def override_problem(code: str, severity: Severity) -> str:
    """Why a configured severity cannot be used, with the remedy; "" where it can."""
    ceilings = {rule.code: rule.at_most for rule in RULES}
    if code not in ceilings:
        return "没有这个检查项，编号见 validators/check.py 的 RULES"
    ceiling = ceilings[code]
    if _ASCENDING.index(severity) <= _ASCENDING.index(ceiling):
        return ""
    return f"此项存疑或仅供管理员查看，最高只能写 {ceiling}"
