"""The request in the mail's own words: enterprise name, whether to unbind,
whether to reset the password.

Source: the published rule (RULES.md sections 1 and 4). The words must stand in the subject or the
new text. What only a request letter inside the PDF says, or may say on a page that was not read
well, is for an administrator to see; so is what is said twice or unclearly.
"""

from collections.abc import Collection, Iterator

from core.cases.letters.words import QUESTIONS
from core.data.submission import Answer, PartKind, RequestForm
from core.enterprise_names import fold_name
from validators.evidence import Evidence, Observation, seen
from validators.unopened import words_cut, words_unread


def missing(evidence: Evidence, question: str) -> Iterator[Observation]:
    """Neither the subject nor the new text says it, nor may what was not read."""
    form = evidence.submission.request
    if (
        _answer(form, question) is Answer.MISSING
        and question not in form.from_letter
        and not _may_be_said(evidence)
    ):
        yield seen()


def unread(evidence: Evidence) -> Iterator[Observation]:
    """Spoken of in words that cannot be settled, or said only by a request letter in the PDF."""
    form = evidence.submission.request
    if words_cut(evidence.submission.message):
        yield seen("cut")
    for question in QUESTIONS:
        if question in form.from_letter:
            yield seen("in_letter", question=question)
        elif _answer(form, question) is Answer.UNREAD:
            yield seen("unclear", question=question)
        elif _answer(form, question) is Answer.MISSING and _may_be_said(evidence):
            yield seen("unseen", question=question)


def ambiguous(evidence: Evidence, question: str) -> Iterator[Observation]:
    if _answer(evidence.submission.request, question) is Answer.AMBIGUOUS:
        yield seen()


def nothing_requested(evidence: Evidence) -> Iterator[Observation]:
    """Both refused in the mail's own words."""
    form = evidence.submission.request
    if form.unbind is form.reset_password is Answer.NO and not form.from_letter & {
        "unbind",
        "reset_password",
    }:
        yield seen()


def said_names(form: RequestForm) -> frozenset[str]:
    """The distinct names said, folded: one name written twice in two widths is one name."""
    return frozenset(filter(None, map(fold_name, form.enterprise_names)))


def _answer(form: RequestForm, question: str) -> Answer:
    """To a question for the name or for words: YES where one is said."""
    if question in form.answers:
        return form.answers[question]
    by_name = question == "enterprise_name"
    said: Collection[str] = said_names(form) if by_name else form.labelled.get(question, ())
    if said:
        return Answer.YES if len(said) == 1 else Answer.AMBIGUOUS
    return (
        Answer.UNREAD
        if (form.name_unread if by_name else question in form.labelled)
        else Answer.MISSING
    )


def _may_be_said(evidence: Evidence) -> bool:
    return words_unread(evidence.submission.message) or _letter_unread(evidence)


def _letter_unread(evidence: Evidence) -> bool:
    """A request letter lies in the PDF and was not read well: it may say what the mail does not."""
    poor = {(p.attachment, p.number) for p in evidence.documents.pages if not p.confident}
    letters = evidence.documents.of(PartKind.REQUEST_LETTER)
    return any(
        (p.attachment, p.page) in poor or "text" in p.doubts or not p.fields.get("text")
        for p in letters
    )
