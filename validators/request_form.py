"""The request in the mail's own words: enterprise name, whether to unbind,
whether to reset the password.

Source: the published rule (RULES.md sections 1 and 4). The words must stand in the subject or the
new text. What only a request letter inside the PDF says, or may say on a page that was not read
well, is for an administrator to see; so is what is said twice or unclearly.
"""

from collections.abc import Collection, Iterator

from core.cases.intake.denials import message_disputes
from core.cases.letters.words import QUESTIONS
from core.data.documents import PartKind
from core.data.finding import Finding
from core.data.submission import Answer, RequestForm
from core.enterprise_names import fold_name
from validators.evidence import Evidence, seen
from validators.unopened import words_unread


def missing(evidence: Evidence, question: str) -> Iterator[Finding]:
    """Neither the subject nor the new text says it, nor may what was not read."""
    form = evidence.request
    is_missing = _answer(form, question) is Answer.MISSING and question not in form.from_letter
    if is_missing and not _may_be_unread(evidence):
        yield seen()


def unread(evidence: Evidence) -> Iterator[Finding]:
    """Spoken of in words that cannot be settled or are another's, or said only by a request letter
    in the PDF."""
    form = evidence.request
    if evidence.message.words_cut:
        yield seen("cut")
    if evidence.message.is_forward:
        yield seen("forwarded")
    if message_disputes(evidence.message):
        yield seen("disputed")
    for question in QUESTIONS:
        answer = _answer(form, question)
        if question in form.from_letter:
            yield seen("in_letter", question=question)
        elif answer is Answer.UNREAD:
            yield seen("unclear", question=question)
        elif answer is Answer.MISSING and _may_be_unread(evidence):
            yield seen("unseen", question=question)


def ambiguous(evidence: Evidence, question: str) -> Iterator[Finding]:
    """It says two things."""
    if _answer(evidence.request, question) is Answer.AMBIGUOUS:
        yield seen()


def nothing_requested(evidence: Evidence) -> bool:
    """Both refused in the mail's own words."""
    form = evidence.request
    by_letter = form.from_letter & {"unbind", "reset_password"}
    return form.unbind is form.reset_password is Answer.NO and not by_letter


def names_in_words(form: RequestForm) -> frozenset[str]:
    """The distinct names in the words, folded: one name written twice in two widths is one name."""
    return frozenset(filter(None, map(fold_name, form.enterprise_names)))


def _answer(form: RequestForm, question: str) -> Answer:
    """To a question for the name or for words: YES where one is given."""
    if question in form.answers:
        return form.answers[question]
    values: Collection[str] = form.labelled.get(question, ())
    is_unread = question in form.labelled
    if question == "enterprise_name":
        values, is_unread = names_in_words(form), form.name_unread
    if values:
        return Answer.YES if len(values) == 1 else Answer.AMBIGUOUS
    return Answer.UNREAD if is_unread else Answer.MISSING


def _may_be_unread(evidence: Evidence) -> bool:
    """Whether the mail, or a request letter in the PDF that was not read well,
    may say what was not read."""
    if words_unread(evidence.message):
        return True
    documents, poor = evidence.documents, evidence.documents.poor
    return any(
        p.spot in poor or "text" in p.doubts or not p.fields.get("text")
        for p in documents.of(PartKind.REQUEST_LETTER)
    )
