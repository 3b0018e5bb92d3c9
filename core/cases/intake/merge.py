"""Merges the mails of one case into the one submission that is judged (RULES.md section 6).

A later mail adds what was missing and replaces what it repeats. The administrator sees a list of
what it changes. Unopened attachments of earlier mails no longer count once a later mail has
attachments.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from core.data.documents import Documents, PartKind
from core.data.mail_record import AuthResult
from core.data.submission import RequestForm, Submission
from core.enterprise_names import fold_name, is_short_for

_WEAKEST = tuple(AuthResult)
_ON_PAGES = ("pages", "parts", "seals", "signatures")
"""The fields of Documents that belong to an attachment, by its name."""


def merge(submissions: Sequence[Submission]) -> Submission:
    """The submissions of one case (at least one, in order of arrival) as one request, even if the
    last mail alone is none. Only a clear answer replaces a clear one."""
    merged = reduce(_merge_two, submissions)
    request = replace(
        merged.request,
        has_request_words=True,
        perhaps=False,
        passed_on=False,
        repeats_subject=False,
        only_doubts=False,
        asks_progress=False,
        withdraws=False,
    )
    return replace(merged, request=request)


def changes(earlier: Submission, later: Submission) -> tuple[str, ...]:
    """What the later mail changes: "enterprise_name", questions of the request, "handler"."""
    known, words = earlier.request.given, earlier.request.labelled
    changed = [
        question
        for question, answer in later.request.given.items()
        if known.get(question, answer) is not answer
    ]
    if earlier.request.enterprise_names and _new_names(earlier.request, later.request):
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
    """Whether the later mail's words add to the request. A reply often only repeats the subject."""
    before, after = earlier.request, later.request
    words = [values for _, values in after.labelled.items() - before.labelled.items()]
    given = after.given.items() - before.answers.items()
    return _new_names(before, after) or any(words) or bool(given)


def leaves_answers(earlier: Submission, later: Submission) -> bool:
    """Whether the later mail changes neither names nor answers: it is a complaint or a question,
    even if words of a request were read in it."""
    before, after = (
        (form.enterprise_names, form.name_unread, form.answers, form.labelled)
        for form in (earlier.request, _merge_requests(earlier.request, later.request))
    )
    return before == after


def settles(earlier: Submission, later: Submission) -> bool:
    """Whether the later mail has papers, a new name or a new clear answer, so that its sender
    expects a reply."""
    request, message = later.request, later.message
    if message.cloud_links or any(not one.inline_decoration for one in message.attachments):
        return True
    clear = request.settled or request.enterprise_names or request.settled_words
    return bool(clear) and adds_words(earlier, later)


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
    answers = {
        question: answer
        for question, answer in later.given.items()
        if answer.settled is not None or earlier.answers[question].settled is None
    }
    names = _new_names(earlier, later)
    answered = {*answers, "enterprise_name"} if names else {*answers}
    labelled = dict(earlier.labelled)
    for question, values in later.labelled.items():
        if values or question not in labelled:
            labelled[question] = values
    return replace(
        later,
        **(earlier.answers | answers),
        enterprise_names=later.enterprise_names if names else earlier.enterprise_names,
        name_unread=later.name_unread or (earlier.name_unread and not later.enterprise_names),
        labelled=labelled,
        from_letter=(earlier.from_letter - answered - later.settled_words.keys())
        | later.from_letter,
        urgent=earlier.urgent or later.urgent,
    )


def _with_distinct_names(earlier: Submission, later: Submission) -> Submission:
    """The later mail, with a number added to names of attachments that earlier mails use. Pages
    refer to attachments by name."""
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


def _new_names(earlier: RequestForm, later: RequestForm) -> bool:
    """Whether the later words have a name that is not, be it in short, one of before."""
    known = earlier.enterprise_names
    return any(not any(is_short_for(name, one) for one in known) for name in later.enterprise_names)


def _other_handler(earlier: Submission, later: Submission) -> bool:
    """Whether the ID card is another person's, by the number if both mails show one, else by the
    name: an unreadable number does not hide another person."""
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
