"""Every rule of RULES.md section 4 in one table, and the verdict that follows from it.

`check` gives all findings and acts on none. Doubt never rejects: what a rule calls doubt is at most
review, and the codes that are doubt by nature or for administrators only (`at_most`) cannot be made
more by configuration either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.cases.letters.words import QUESTIONS
from core.check_digits import id_number_ok, uscc_ok
from core.data.enterprise import AccountFacts
from core.data.finding import Course, Decision, Finding, Severity, Verdict
from core.data.submission import PartKind, Submission, Unopened
from validators import account as accounts
from validators import agreement, attachments, official_seal, papers, request_form, validity
from validators.course import course_of
from validators.evidence import Evidence, Policy, RuleFunction, when
from validators.unopened import words_cut

REJECT, REVIEW, NOTE = Severity.REJECT, Severity.REVIEW, Severity.NOTE


@dataclass(frozen=True)
class Rule:
    """One row of the table. `at_most`: the highest severity that configuration may give it."""

    code: str
    severity: Severity
    finds: RuleFunction
    at_most: Severity = REJECT


OF_REGISTRY: tuple[Rule, ...] = (
    Rule("account.unknown", REVIEW, when(accounts.unknown), at_most=REVIEW),
    Rule("account.renamed", REVIEW, accounts.renamed, at_most=REVIEW),
    Rule("match.account", REVIEW, when(accounts.other_account), at_most=REVIEW),
    Rule("account.nothing_bound", REVIEW, when(accounts.nothing_bound), at_most=REVIEW),
    Rule("account.reset_while_bound", REVIEW, accounts.reset_while_bound, at_most=REVIEW),
    Rule("sender.unregistered", NOTE, when(accounts.sender_unregistered), at_most=REVIEW),
    Rule("sender.unauthenticated", REVIEW, accounts.sender_unauthenticated, at_most=REVIEW),
)
"""The rules that compare a request with what the registry has, in the order of RULES."""

RULES: tuple[Rule, ...] = (
    # What the mail says.
    *(
        Rule(
            f"request.{question}.missing", REJECT, partial(request_form.missing, question=question)
        )
        for question in QUESTIONS
    ),
    Rule("request.unread", REVIEW, request_form.unread, at_most=REVIEW),
    *(
        Rule(
            f"request.{question}.ambiguous",
            REVIEW,
            partial(request_form.ambiguous, question=question),
            REVIEW,
        )
        for question in QUESTIONS
    ),
    Rule("request.nothing_requested", REJECT, when(request_form.nothing_requested)),
    # The attachments as files.
    Rule("attachment.none", REJECT, when(attachments.none)),
    Rule("attachment.cloud_link", REJECT, when(attachments.cloud_link)),
    Rule("attachment.not_pdf", REJECT, when(attachments.not_pdf)),
    Rule(
        "attachment.encrypted",
        REJECT,
        partial(attachments.cannot_open, variants={Unopened.ENCRYPTED: ""}),
    ),
    Rule(
        "attachment.damaged",
        REJECT,
        partial(
            attachments.cannot_open, variants={Unopened.DAMAGED: "damaged", Unopened.EMPTY: "empty"}
        ),
    ),
    Rule(
        "attachment.too_large",
        REJECT,
        partial(attachments.cannot_open, variants={Unopened.TOO_LARGE: ""}, limit="mib"),
    ),
    Rule(
        "attachment.too_many_pages",
        REJECT,
        partial(attachments.cannot_open, variants={Unopened.TOO_MANY_PAGES: ""}, limit="most"),
    ),
    Rule("attachment.several", NOTE, attachments.several),
    # The papers and the seal on them.
    Rule(
        "document.id_front.missing",
        REJECT,
        partial(papers.missing, kind=PartKind.ID_FRONT),
    ),
    Rule(
        "document.licence.missing",
        REJECT,
        partial(papers.missing, kind=PartKind.LICENCE),
    ),
    Rule("document.other_certificate", REVIEW, papers.other_certificate),
    Rule(
        "document.id_back.missing",
        REVIEW,
        partial(papers.missing, kind=PartKind.ID_BACK),
    ),
    Rule("document.several", REVIEW, papers.several, at_most=REVIEW),
    Rule("document.unreadable", REVIEW, papers.unreadable, at_most=REVIEW),
    Rule("document.seal.missing", REJECT, official_seal.missing),
    Rule("document.seal.unsure", REVIEW, official_seal.unsure, at_most=REVIEW),
    Rule("document.seal.partial", NOTE, official_seal.partial),
    # What the papers say.
    Rule(
        "id.number.invalid",
        REVIEW,
        partial(
            validity.number_invalid, kind=PartKind.ID_FRONT, field="id_number", passes=id_number_ok
        ),
        at_most=REVIEW,
    ),
    Rule("id.expired", REVIEW, partial(validity.expired, kind=PartKind.ID_BACK)),
    Rule("licence.expired", REVIEW, partial(validity.expired, kind=PartKind.LICENCE)),
    Rule(
        "licence.uscc.invalid",
        REVIEW,
        partial(validity.number_invalid, kind=PartKind.LICENCE, field="uscc", passes=uscc_ok),
        at_most=REVIEW,
    ),
    Rule("seal.not_official", REVIEW, official_seal.not_official),
    # Whether they agree, with each other and with the registry:
    # for administrators, never for a letter.
    Rule("match.enterprise_name", REVIEW, agreement.enterprise_name, at_most=REVIEW),
    Rule("match.seal", REVIEW, agreement.seal, at_most=REVIEW),
    Rule("match.sheet", REVIEW, agreement.sheet, at_most=REVIEW),
    *OF_REGISTRY,
    Rule("case.competing", REVIEW, accounts.competing, at_most=REVIEW),
)

_RANK = {NOTE: 0, REVIEW: 1, REJECT: 2}
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
    doubtful = course.doubtful or words_cut(submission.message)
    findings = tuple(
        replace(
            finding, code=rule.code, severity=_severity(rule, finding, policy, doubtful=doubtful)
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

    Of a mail that is perhaps no request, or was not read to its end, all is doubt.
    """
    wanted = policy.severities[rule.code]
    ceilings = [rule.at_most, finding.severity]
    if doubtful:
        ceilings.append(REVIEW)
    return min([wanted, *ceilings], key=_RANK.__getitem__)


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

    def may_reject(self, code: str) -> bool:
        """Whether the code's words are for the enterprise; see core.data.case_ports.Judge."""
        return any(rule.code == code and rule.at_most is REJECT for rule in RULES)


def default_severities() -> Mapping[str, Severity]:
    """Every code with its severity before configuration, in the order of the table."""
    return {rule.code: rule.severity for rule in RULES}


def override_problem(code: str, severity: Severity) -> tuple[str, str] | None:
    """Why a configured severity cannot be used, with the remedy: in Chinese and in English; None
    where it can."""
    ceilings = {rule.code: rule.at_most for rule in RULES}
    if code not in ceilings:
        return (
            "没有这个检查项，编号见 validators/check.py 的 RULES",
            "no such finding code; see RULES in validators/check.py for the codes",
        )
    ceiling = ceilings[code]
    if _RANK[severity] <= _RANK[ceiling]:
        return None
    return (
        f"此项存疑或仅供管理员查看，最高只能写 {ceiling}",
        f"it is doubt or for administrators only, so it can be at most {ceiling}",
    )
