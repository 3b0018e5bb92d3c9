"""Several mails of one case, merged into the one submission that is judged (RULES.md section 6).

A later mail adds what was missing and replaces what it says anew; what it changes is named, for the
administrator to see. An attachment of an earlier mail that could not be opened no longer counts
once a later mail brings attachments of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from core.data.mail_record import AuthResult
from core.data.submission import Answer, Documents, PartKind, RequestForm, Submission
from core.enterprise_names import fold_name

_WEAKEST = tuple(AuthResult)


def merge(submissions: Sequence[Submission]) -> Submission:
    """The submissions of one case, in order of arrival (at least one), as one."""
    return reduce(_merge_two, submissions)


def changes(earlier: Submission, later: Submission) -> tuple[str, ...]:
    """What the later mail says otherwise than the earlier ones:
    questions of the request, and "handler"."""
    changed = [
        question
        for question, answer in later.request.answers.items()
        if _differs(earlier.request.answers[question], answer)
    ]
    if (
        _folded(later.request.enterprise_names) - _folded(earlier.request.enterprise_names)
        and earlier.request.enterprise_names
    ):
        changed.insert(0, "enterprise_name")
    said = earlier.request.labelled
    changed += [
        question
        for question, values in later.request.labelled.items()
        if said.get(question, values) != values
    ]
    if _other_handler(earlier, later):
        changed.append("handler")
    return tuple(changed)


def says_anew(earlier: Submission, later: Submission) -> bool:
    """Whether the later mail's words say anything of the request that the earlier ones did not: a
    reply often only carries the subject on."""
    names = _folded(later.request.enterprise_names) - _folded(earlier.request.enterprise_names)
    known, said = earlier.request.answers, earlier.request.labelled
    words = any(
        values and said.get(question) != values
        for question, values in later.request.labelled.items()
    )
    return (
        bool(names)
        or words
        or any(
            answer not in {Answer.MISSING, known[question]}
            for question, answer in later.request.answers.items()
        )
    )


def settles(earlier: Submission, later: Submission) -> bool:
    """Whether the later mail brings papers, a name or a clear answer,
    so that its sender waits for word of it."""
    clear = (
        any(answer.settled is not None for answer in later.request.answers.values())
        or later.request.enterprise_names
        or later.request.settled_words
    )
    brings = later.message.cloud_links or any(
        not attachment.inline_decoration for attachment in later.message.attachments
    )
    return bool(brings) or (bool(clear) and says_anew(earlier, later))


def _merge_two(earlier: Submission, later: Submission) -> Submission:
    later = _with_distinct_names(earlier, later)
    weakest = min(
        earlier.message, later.message, key=lambda message: _WEAKEST.index(message.authentication)
    )
    message = replace(
        later.message,
        attachments=earlier.message.attachments + later.message.attachments,
        authentication=weakest.authentication,
        authenticated_by=weakest.authenticated_by,
    )
    return Submission(
        message, _merge_requests(earlier.request, later.request), _merge_documents(earlier, later)
    )


def _merge_requests(earlier: RequestForm, later: RequestForm) -> RequestForm:
    return replace(
        later,
        enterprise_names=later.enterprise_names or earlier.enterprise_names,
        name_unread=later.name_unread or (earlier.name_unread and not later.enterprise_names),
        unbind=earlier.unbind if later.unbind is Answer.MISSING else later.unbind,
        reset_password=earlier.reset_password
        if later.reset_password is Answer.MISSING
        else later.reset_password,
        has_request_words=earlier.has_request_words or later.has_request_words,
        labelled={
            **earlier.labelled,
            **{
                question: said
                for question, said in later.labelled.items()
                if said or question not in earlier.labelled
            },
        },
        from_letter=_from_letter(earlier, later),
    )


def _from_letter(earlier: RequestForm, later: RequestForm) -> frozenset[str]:
    said_later = {
        question for question, answer in later.answers.items() if answer is not Answer.MISSING
    }
    said_later |= {"enterprise_name"} if later.enterprise_names else set()
    said_later |= later.settled_words.keys()
    return (earlier.from_letter - said_later) | later.from_letter


def _merge_documents(earlier: Submission, later: Submission) -> Documents:
    before, after = earlier.documents, later.documents
    return Documents(
        pages=before.pages + after.pages,
        parts=before.parts + after.parts,
        seals=before.seals + after.seals,
        unopened=after.unopened
        if later.message.attachments
        else {**before.unopened, **after.unopened},
        timing_ms=after.timing_ms,
        signatures=before.signatures + after.signatures,
    )


def _with_distinct_names(earlier: Submission, later: Submission) -> Submission:
    """Attachments of the later mail whose names the earlier ones already use get a number,
    so that pages stay distinct."""
    taken = {attachment.name for attachment in earlier.message.attachments}
    names = {
        a.name: f"{a.name}（补件{len(earlier.message.attachments)}）"
        for a in later.message.attachments
        if a.name in taken
    }
    if not names:
        return later
    documents = later.documents
    return Submission(
        replace(
            later.message,
            attachments=tuple(
                replace(a, name=names.get(a.name, a.name)) for a in later.message.attachments
            ),
        ),
        later.request,
        replace(
            documents,
            pages=tuple(
                replace(p, attachment=names.get(p.attachment, p.attachment))
                for p in documents.pages
            ),
            parts=tuple(
                replace(p, attachment=names.get(p.attachment, p.attachment))
                for p in documents.parts
            ),
            seals=tuple(
                replace(s, attachment=names.get(s.attachment, s.attachment))
                for s in documents.seals
            ),
            unopened={names.get(name, name): reason for name, reason in documents.unopened.items()},
            signatures=tuple(
                replace(s, attachment=names.get(s.attachment, s.attachment))
                for s in documents.signatures
            ),
        ),
    )


def _differs(before: Answer, after: Answer) -> bool:
    return Answer.MISSING not in {before, after} and before is not after


def _folded(names: Sequence[str]) -> set[str]:
    return {fold_name(name) for name in names}


def _other_handler(earlier: Submission, later: Submission) -> bool:
    """By the ID number where both show one, else by the name: a number that cannot be read does not
    make another person the same."""
    for field in ("id_number", "name"):
        before, after = _on_id_front(earlier, field), _on_id_front(later, field)
        if before and after:
            return bool(after - before)
    return False


def _on_id_front(submission: Submission, field: str) -> set[str]:
    return {
        fold_name(p.fields[field])
        for p in submission.documents.of(PartKind.ID_FRONT)
        if p.fields.get(field)
    }
