"""What letters say of a submission: how the request was understood, and what is already in order."""

from collections.abc import Sequence

from core.cases.case import Case, State
from core.cases.desk import Desk
from core.cases.finding import Finding, Severity
from core.cases.letter import UNSETTLED
from core.cases.submission import Answer, PartKind, SealKind, Submission

TOLD_REVIEW = frozenset({"document.unreadable"})
"""Review findings that letters name (RULES.md section 3); all others are for administrators."""

_YES_NO = {Answer.YES: "是", Answer.NO: "否"}
_PARTS = ((PartKind.ID_FRONT, "经办人身份证（人像面）"), (PartKind.ID_BACK, "经办人身份证（国徽面）"), (PartKind.LICENCE, "营业执照"))
_NO_SEAL = (SealKind.AUTHORITY, SealKind.UNKNOWN)


def reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The messages of the findings that a letter may name, in order, each once."""
    told = [f.message for f in findings if f.severity is Severity.REJECT or f.code in TOLD_REVIEW]
    return tuple(dict.fromkeys(told))


def understood(case: Case) -> tuple[tuple[str, str], ...]:
    """The request as read, as pairs of label and value."""
    return (
        ("企业名称", case.enterprise_name or UNSETTLED),
        ("是否解绑", _word(case.unbind)),
        ("是否重置注册密码", _word(case.reset_password)),
    )


def in_order(submission: Submission, findings: Sequence[Finding]) -> tuple[str, ...]:
    """What need not be sent again. A thing with a reject or a told finding against it is not listed."""
    against = {f.code for f in findings if f.severity is Severity.REJECT or f.code in TOLD_REVIEW}
    request = submission.request
    fine = [f"企业名称：{request.enterprise_name}"] if request.enterprise_name and not against & {"request.enterprise_name.missing"} else []
    fine += [f"是否解绑：{_YES_NO[request.unbind]}"] if request.unbind in _YES_NO else []
    fine += [f"是否重置注册密码：{_YES_NO[request.reset_password]}"] if request.reset_password in _YES_NO else []
    if "request.nothing_requested" in against:
        fine = fine[:1]
    fine += [words for kind, words in _PARTS if submission.documents.of(kind)]
    good_seal = any(seal.kind not in _NO_SEAL and not seal.doubtful for seal in submission.documents.seals)
    return tuple([*fine, "单位公章"] if good_seal and "document.seal.missing" not in against else fine)


def told_window(desk: Desk, case: Case) -> str:
    """The window a waiting case is told of, or ""."""
    if case.window_date is None or case.state not in {State.QUEUED, State.APPROVED}:
        return ""
    return str(desk.workdays.window_on(case.window_date))


def mask_address(address: str) -> str:
    """An address with its middle hidden, for the notice to the registered contact: z***n@example.org."""
    name, at, domain = address.partition("@")
    if len(name) <= 2:
        return f"{name[:1]}***{at}{domain}"
    return f"{name[0]}***{name[-1]}{at}{domain}"


def mask_name(name: str) -> str:
    """A person's name with all but the first character hidden: 王**."""
    return name[:1] + "*" * (len(name) - 1)


def _word(answer: bool | None) -> str:
    return UNSETTLED if answer is None else "是" if answer else "否"
