"""Why a case of a list is not simply approved: short names, the weightiest first, one for each
cause."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.cases.letters.words import console_text, title_of
from core.data.case import Case
from core.data.case_query import NO_ACCOUNT, findings_to_look_at, reasons_in_case
from core.data.finding import Severity
from web.common.comparison import finding_lines

_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "申请事项未定": ("request.",),
    NO_ACCOUNT: ("account.unknown", "match.account"),
}
"""Reasons beside the findings, and the codes of findings that say the same more exactly."""


class Reason(NamedTuple):
    """`title`: the short name; `text`: the whole."""

    severity: Severity
    title: str
    text: str


def reasons_of(case: Case, look: Sequence[str] = ()) -> list[Reason]:
    """`look`: why it may not be approved unseen (core.cases.decision.batch_approval); of a case of
    another state, what the case alone tells."""
    grave = case.serious
    found = [
        Reason(
            line.findings[0].severity,
            title_of(line.findings[0].code),
            "".join(map(console_text, line.findings)),
        )
        for line in finding_lines(grave, ())
    ]
    beside = [
        Reason(Severity.REVIEW, text.partition("，")[0], text)
        for text in beside_findings(case, look or reasons_in_case(case))
    ]
    rejecting = [one for one in found if one.severity is Severity.REJECT]
    by_title = dict[str, Reason]()
    for one in (*rejecting, *beside, *found):
        by_title.setdefault(one.title, one)
    return list(by_title.values())


def beside_findings(case: Case, look: Sequence[str]) -> list[str]:
    """The reasons to look that no finding of the case says by itself."""
    codes = [one.code for one in case.serious]
    return [
        reason
        for reason in look
        if reason != findings_to_look_at(case)
        and not any(code.startswith(_NAMED_BY.get(reason, ())) for code in codes)
    ]
