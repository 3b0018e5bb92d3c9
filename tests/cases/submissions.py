"""Mails of the case tests: a request that lacks its licence,
an answer in a thread, words without papers."""

from core.data.documents import PartKind
from tests.validators.builders import NO_DOCUMENTS, complete_submission, message, without

STRANGER = "stranger@example.net"


def incomplete(**changes):
    """A request without the licence."""
    return complete_submission(message(**changes), documents=without(PartKind.LICENCE))


def answer_to(letter, **changes):
    return {"thread_ids": (letter.message_id,), **changes}


def talk(text_form, letter, **changes):
    return complete_submission(
        message(attachments=(), **answer_to(letter, **changes)), text_form, NO_DOCUMENTS
    )
