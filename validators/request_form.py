"""The request in the mail's own words: enterprise name, whether to unbind, whether to reset the password.

Source: the published rule (RULES.md sections 1 and 4). The words must stand in the subject or the new text. What only a request letter
inside the PDF says, or may say on a page that was not read well, is for an administrator to see; so is what is said twice or unclearly.
"""

from collections.abc import Iterator
from typing import Final

from core.accounts.names import fold_name
from core.cases.submission import Answer, PartKind, RequestForm
from validators.evidence import Evidence, Observation
from validators.unopened import words_cut, words_unread

_LABELS: Final = {"enterprise_name": "企业名称", "unbind": "是否解绑", "reset_password": "是否重置注册密码"}


def name_missing(evidence: Evidence) -> Iterator[Observation]:
    """Neither the subject nor the new text names an enterprise."""
    if _missing(evidence, "enterprise_name"):
        yield Observation("邮件主题和正文都没有写明企业名称。请在正文中写明与营业执照一致的企业全称。")


def unbind_missing(evidence: Evidence) -> Iterator[Observation]:
    if _missing(evidence, "unbind"):
        yield Observation("邮件主题和正文都没有写明是否解绑。请在正文中写明“是否解绑：是”或“是否解绑：否”。")


def reset_missing(evidence: Evidence) -> Iterator[Observation]:
    if _missing(evidence, "reset_password"):
        yield Observation("邮件主题和正文都没有写明是否需要重置注册密码。请在正文中写明需要（是）或不需要（否）。")


def unread(evidence: Evidence) -> Iterator[Observation]:
    """Spoken of in words that cannot be settled, or said only by a request letter in the PDF."""
    form = evidence.submission.request
    if words_cut(evidence.submission.message):
        yield Observation("邮件正文过长，只读取了前面的部分。请阅读邮件原文后人工确认。")
    for field, label in _LABELS.items():
        if field in form.from_letter:
            yield Observation(f"“{label}”只写在附件的申请函中，邮件正文没有写。请对照申请函人工确认。")
        elif _answer(form, field) is Answer.UNREAD:
            yield Observation(f"正文提到了“{label}”，但无法自动判定其意思。请阅读邮件原文后人工确认。")
        elif _answer(form, field) is Answer.MISSING and _may_be_said(evidence):
            yield Observation(f"没有读到“{label}”，但邮件正文或附件中的申请函未能可靠识别。请阅读邮件原文后人工确认。")


def name_ambiguous(evidence: Evidence) -> Iterator[Observation]:
    if len(said_names(evidence.submission.request)) > 1:
        yield Observation("正文写了不止一个企业名称。请阅读邮件原文，确认是哪一家企业的申请。")


def unbind_ambiguous(evidence: Evidence) -> Iterator[Observation]:
    if evidence.submission.request.unbind is Answer.AMBIGUOUS:
        yield Observation("正文对是否解绑的说法前后不一。请阅读邮件原文后人工确认。")


def reset_ambiguous(evidence: Evidence) -> Iterator[Observation]:
    if evidence.submission.request.reset_password is Answer.AMBIGUOUS:
        yield Observation("正文对是否重置注册密码的说法前后不一。请阅读邮件原文后人工确认。")


def nothing_requested(evidence: Evidence) -> Iterator[Observation]:
    """Both refused in the mail's own words."""
    form = evidence.submission.request
    if form.unbind is form.reset_password is Answer.NO and not form.from_letter & {"unbind", "reset_password"}:
        yield Observation(
            "正文写明既不解绑也不重置注册密码，没有需要办理的事项。如需办理，请写明“是否解绑：是”或“是否重置注册密码：是”后重新发送。",
        )


def said_names(form: RequestForm) -> frozenset[str]:
    """The distinct names said, folded: one name written twice in two widths is one name."""
    return frozenset(filter(None, map(fold_name, form.enterprise_names)))


def _answer(form: RequestForm, field: str) -> Answer:
    if field == "unbind":
        return form.unbind
    if field == "reset_password":
        return form.reset_password
    if said_names(form):
        return Answer.YES
    return Answer.UNREAD if form.name_unread else Answer.MISSING


def _missing(evidence: Evidence, field: str) -> bool:
    form = evidence.submission.request
    return _answer(form, field) is Answer.MISSING and field not in form.from_letter and not _may_be_said(evidence)


def _may_be_said(evidence: Evidence) -> bool:
    return words_unread(evidence.submission.message) or _letter_unread(evidence)


def _letter_unread(evidence: Evidence) -> bool:
    """A request letter lies in the PDF and was not read well: it may say what the mail does not."""
    poor = {(p.attachment, p.number) for p in evidence.documents.pages if not p.confident}
    letters = evidence.documents.of(PartKind.REQUEST_LETTER)
    return any((p.attachment, p.page) in poor or "text" in p.doubts or not p.fields.get("text") for p in letters)
