"""Several mails of one case, merged into the one submission that is judged (RULES.md section 6).

A later mail adds what was missing and replaces what it repeats; what it changes is named, for the
administrator to see. An attachment of an earlier mail that could not be opened no longer counts
once a later mail brings attachments of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from core.data.mail_record import AuthResult
from core.data.submission import Answer, Documents, PartKind, RequestForm, Submission
from core.enterprise_names import fold_name

_WEAKEST = tuple(AuthResult)
_ON_PAGES: Final = ("pages", "parts", "seals", "signatures")
"""The fields of Documents that belong to an attachment, by its name."""


def merge(submissions: Sequence[Submission]) -> Submission:
    """The submissions of one case, in order of arrival (at least one), as one request, whatever a
    later one alone would be.

    What is said clearly is changed by what is said clearly alone.
    """
    merged = reduce(_merge_two, submissions)
    request = replace(
        merged.request,
        has_request_words=True,
        perhaps=False,
        passed_on=False,
        repeats_subject=False,
        asks_progress=False,
        withdraws=False,
    )
    return replace(merged, request=request)


def changes(earlier: Submission, later: Submission) -> tuple[str, ...]:
    """The contradictions of the later mail to the earlier ones: questions of the request,
    "handler"."""
    known, words = earlier.request.answers, earlier.request.labelled
    changed = [
        question
        for question, answer in later.request.answers.items()
        if Answer.MISSING not in {known[question], answer} and known[question] is not answer
    ]
    if earlier.request.enterprise_names and _new_names(earlier, later):
        changed.insert(0, "enterprise_name")
    changed += [
        question
        for question, values in later.request.labelled.items()
        if words.get(question, values) != values
    ]
    if _other_handler(earlier, later):
        changed.append("handler")
    return tuple(changed)


def adds_words(earlier: Submission, later: Submission) -> bool:
    """Whether the later mail's words contain anything of the request that the earlier ones did not:
    a reply often only carries the subject on.
    """
    known, words = earlier.request.answers, earlier.request.labelled
    labelled, answers = later.request.labelled.items(), later.request.answers.items()
    return (
        _new_names(earlier, later)
        or any(values and words.get(question) != values for question, values in labelled)
        or any(answer not in {Answer.MISSING, known[question]} for question, answer in answers)
    )


def leaves_answers(earlier: Submission, later: Submission) -> bool:
    """Whether name and answers stay as they are with the later mail: a complaint or a question,
    whatever was read in it."""
    before, after = (
        (form.enterprise_names, form.name_unread, form.answers, form.labelled)
        for form in (earlier.request, _merge_requests(earlier.request, later.request))
    )
    return before == after


def settles(earlier: Submission, later: Submission) -> bool:
    """Whether the later mail brings papers, a name or a clear answer, so that its sender waits for
    word of it.
    """
    request, message = later.request, later.message
    if message.cloud_links or any(not one.inline_decoration for one in message.attachments):
        return True
    clear = any(answer.settled is not None for answer in request.answers.values())
    clear = clear or bool(request.enterprise_names or request.settled_words)
    return clear and adds_words(earlier, later)


def _merge_two(earlier: Submission, later: Submission) -> Submission:
    later = _with_distinct_names(earlier, later)
    messages = (earlier.message, later.message)
    weakest = min(messages, key=lambda message: _WEAKEST.index(message.authentication))
    message = replace(
        later.message,
        attachments=earlier.message.attachments + later.message.attachments,
        authentication=weakest.authentication,
        authenticated_by=weakest.authenticated_by,
        is_forward=any(message.is_forward for message in messages),
    )
    before, after = earlier.documents, later.documents
    joined: dict[str, Any] = {
        name: getattr(before, name) + getattr(after, name) for name in _ON_PAGES
    }
    known = {} if later.message.attachments else before.unopened
    unopened = {**known, **after.unopened}
    documents = Documents(unopened=unopened, timing_ms=after.timing_ms, **joined)
    return Submission(message, _merge_requests(earlier.request, later.request), documents)


def _merge_requests(earlier: RequestForm, later: RequestForm) -> RequestForm:
    answered = {
        question
        for question, answer in later.answers.items()
        if answer is not Answer.MISSING
        and (answer.settled is not None or earlier.answers[question].settled is None)
    }
    answered |= {"enterprise_name"} if later.enterprise_names else set()
    labelled = dict(earlier.labelled)
    for question, values in later.labelled.items():
        if values or question not in labelled:
            labelled[question] = values
    return replace(
        later,
        enterprise_names=later.enterprise_names or earlier.enterprise_names,
        name_unread=later.name_unread or (earlier.name_unread and not later.enterprise_names),
        unbind=later.unbind if "unbind" in answered else earlier.unbind,
        reset_password=(later if "reset_password" in answered else earlier).reset_password,
        labelled=labelled,
        from_letter=(earlier.from_letter - answered - later.settled_words.keys())
        | later.from_letter,
    )


def _with_distinct_names(earlier: Submission, later: Submission) -> Submission:
    """Attachments of the later mail whose names the earlier ones already use get a number, so that
    pages stay distinct.
    """
    used = {attachment.name for attachment in earlier.message.attachments}
    number = len(earlier.message.attachments)
    attachments, documents = later.message.attachments, later.documents
    names = {one.name: f"{one.name}（补件{number}）" for one in attachments if one.name in used}
    if not names:
        return later
    renamed: dict[str, Any] = {
        part: tuple(
            replace(one, attachment=names.get(one.attachment, one.attachment))
            for one in getattr(documents, part)
        )
        for part in _ON_PAGES
    }
    unopened = {names.get(name, name): reason for name, reason in documents.unopened.items()}
    attachments = tuple(replace(one, name=names.get(one.name, one.name)) for one in attachments)
    return replace(
        later,
        message=replace(later.message, attachments=attachments),
        documents=replace(documents, unopened=unopened, **renamed),
    )


def _new_names(earlier: Submission, later: Submission) -> bool:
    known = {fold_name(name) for name in earlier.request.enterprise_names}
    return any(fold_name(name) not in known for name in later.request.enterprise_names)


def _other_handler(earlier: Submission, later: Submission) -> bool:
    """By the ID number where both show one, else by the name: a number that cannot be read does not
    make another person the same.
    """
    for field in ("id_number", "name"):
        before, after = (
            {
                fold_name(card.fields[field])
                for card in submission.documents.of(PartKind.ID_FRONT)
                if card.fields.get(field)
            }
            for submission in (earlier, later)
        )
        if before and after:
            return bool(after - before)
    return False
