"""Reads one mail whole: message, papers and words become a submission.

Judges nothing, changes nothing; the service and the command line read alike.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from core.data.documents import Documents, PartKind
from core.data.submission import AttachmentKind, Message, RequestForm, Submission
from core.visible_text import visible_lines
from mail_intake.message.opening import open_mail
from mail_intake.message.quoting import points_to_quote
from mail_intake.request.names.labelled_answers import labelled_answers
from mail_intake.request.names.registered_names import names_written
from mail_intake.request.read import read_request
from mail_intake.sender.authentication import Authenticator
from papers.paper_reading import Reading, distinct_names

_MOST_CODES = 2  # credit codes of one mail whose accounts are looked up


class Reader(Protocol):
    """Reads the pages of attachments (papers.paper_reading.DocumentReader)."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading: ...


@dataclass(frozen=True)
class ReadMail:
    """A mail, read: the submission, and its page images by SHA-256."""

    submission: Submission
    images: Mapping[str, bytes]


def read_submission(
    raw: bytes,
    arrived: datetime,
    own_addresses: Collection[str],
    reader: Reader,
    *,
    allow_images: bool = False,
    senders: Authenticator | None = None,
    own_words: Path | None = None,
    registered: Callable[[str], Collection[str]] = lambda _sender: (),
    account: Callable[[str], str] = lambda _uscc: "",
) -> ReadMail:
    """Read a mail and its documents: papers before words, because the names on them are looked for
    in the words. Judges nothing, changes nothing.

    `allow_images`: attached pictures are read as pages too. `senders`: decides whether the sender
    is who From says; without it that stays unknown. `own_words`: the operator's words, beside the
    lexicon. `registered`: the names of the enterprises whose contact is the sender. `account`: the
    name under which a USCC is registered, or "": one that was renamed may still press the seal of
    before.
    """
    opened = open_mail(raw, arrived, own_addresses)
    names = distinct_names(attachment.name for attachment in opened.message.attachments)
    attachments = tuple(
        replace(attachment, name=name)
        for attachment, name in zip(opened.message.attachments, names, strict=True)
    )
    message = replace(opened.message, attachments=attachments)
    if senders:
        found = senders(raw, message)
        message = replace(message, authentication=found.result, authenticated_by=found.how)
    kinds = {AttachmentKind.PDF, AttachmentKind.IMAGE} if allow_images else {AttachmentKind.PDF}
    files = [a for a in attachments if a.kind in kinds and not a.inline_decoration]
    reading = reader.read([(file.name, opened.contents[file.sha256]) for file in files])
    form = read_words(message, reading.documents, own_words, partial(registered, message.sender))
    accounts = map(account, _codes_on_papers(reading.documents))
    reading = reading.with_checked_seals(
        (*_names_to_ask(reading.documents), *form.enterprise_names, *accounts)
    )
    return ReadMail(Submission(message, form, reading.documents), reading.images)


def read_words(
    message: Message,
    documents: Documents,
    own_words: Path | None = None,
    registered: Callable[[], Collection[str]] = tuple,
) -> RequestForm:
    """The request in the mail's own words, with what a forwarded or pointed-to mail
    and a request letter add, where it does not speak of something else. Where all say nothing, the
    names of files may ask (CA锁解绑.pdf).

    The names on the documents are known names. Where no name is found, those that are registered
    for the sender are looked for.
    """
    form = _read_words(message, documents, tuple(names_to_find(documents)), own_words)
    if form.enterprise_names:
        return form
    text = f"{message.subject}\n{message.new_text}"
    written = tuple(names_written(text, registered(), own_words))
    return _read_words(message, documents, written, own_words) if written else form


def _read_words(
    message: Message, documents: Documents, known: Collection[str], own_words: Path | None
) -> RequestForm:
    def read(subject: str, text: str) -> RequestForm:
        form = read_request(subject, text, known, own_words)
        return replace(form, labelled=labelled_answers(subject, text))

    form = read(message.subject, message.new_text)
    if message.is_forward:
        passed_on = read_request("", message.cover, known, own_words).speaks_elsewhere
        form = replace(form, passed_on=passed_on)
    elif points_to_quote(message.subject, message.new_text, message.quoted_text):
        form = form.doubted_by(read("", message.quoted_text))
    if not form.has_request_words and form.speaks_elsewhere:
        return form
    for letter in documents.of(PartKind.REQUEST_LETTER):
        form = form.filled_from(read("", visible_lines(letter.fields.get("text", ""))))
    if form.is_neutral:
        names = "\n".join(one.name.rpartition(".")[0] for one in message.attachments)
        named = read("", names)
        form = replace(form, has_request_words=named.has_request_words, perhaps=named.perhaps)
    return form


def names_to_find(documents: Documents) -> Iterator[str]:
    """The names of enterprises on the licences, the seals and the certificates of signatures,
    as far as they were read."""
    yield from (
        name for licence in documents.licences if (name := licence.fields.get("enterprise_name"))
    )
    yield from (seal.text for seal in documents.seals if seal.text)
    yield from (signature.signer for signature in documents.signatures if signature.signer)


def _codes_on_papers(documents: Documents) -> list[str]:
    """The credit codes on the papers, each once."""
    return list(
        dict.fromkeys(code for part in documents.parts if (code := part.fields.get("uscc")))
    )[:_MOST_CODES]


def _names_to_ask(documents: Documents) -> Iterator[str]:
    """The names of enterprises on licences and what stands in for them, those that were surely read
    first: the seals are asked for them."""
    named = [
        p
        for kind in (PartKind.LICENCE, PartKind.OTHER_CERTIFICATE)
        for p in documents.of(kind)
        if "enterprise_name" in p.fields
    ]
    yield from (
        p.fields["enterprise_name"]
        for p in sorted(named, key=lambda p: "enterprise_name" in p.doubts)
    )
