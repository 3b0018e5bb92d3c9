"""Whether the pages show the papers, and whether they could be read at all.

Source: RULES.md section 4, document.*. A paper is missing only when everything attached was opened
and every page was read with confidence (validators.absence); else the pages are reported as
unreadable. A paper seen in a picture beside the PDF is not proved missing.
"""

import itertools
from collections.abc import Iterable, Iterator

from core.check_digits import id_number_ok, uscc_ok
from core.data.documents import Part, PartKind, Unopened
from core.data.finding import Finding
from core.data.submission import AttachmentKind
from core.enterprise_names import fold_name
from validators.absence import PAPERS, is_unread, proved_absent, stand_ins
from validators.agreement import bears, seal_name
from validators.evidence import Evidence, each_unopened, ordinal, seen
from validators.official_seal import good_seals
from validators.request_form import names_in_words

_KEY_FIELDS = {
    PartKind.ID_FRONT: ("name", "id_number"),
    PartKind.LICENCE: ("enterprise_name", "uscc"),
}
_CHECKED_BY_DIGIT = {"id_number": id_number_ok, "uscc": uscc_ok}
_TWO_NUMBERS = {PartKind.ID_FRONT: "numbers", PartKind.LICENCE: "codes"}
"""What `several` tells of papers of one name with two numbers."""
_NUMBER_LENGTH = 18


def missing(evidence: Evidence, kind: PartKind) -> Iterator[Finding]:
    """A paper that the pages prove to be missing; one in a picture beside
    the PDF makes it doubt."""
    if evidence.unopened or f"document.{kind}.missing" not in proved_absent(evidence.documents):
        return
    picture = next((p for p in evidence.outside if p.kind is kind), None)
    yield seen(at=picture, doubt=picture is not None)


def other_certificate(evidence: Evidence) -> Iterator[Finding]:
    """Another certificate in the place of a paper that is not there, or a temporary ID card."""
    documents = evidence.documents
    in_place = [part for paper in PAPERS for part in stand_ins(documents, paper)]
    in_place += [part for part in documents.of(PartKind.ID_BACK) if "certificate" in part.fields]
    for part in {p.spot: p for p in in_place}.values():
        yield seen(at=part)


def several(evidence: Evidence) -> Iterator[Finding]:
    """Two papers of one kind on one page that no number or name proves to be of the same person or
    enterprise; told once a kind. And two papers of one name with two numbers, anywhere."""
    for kind, fields in _KEY_FIELDS.items():
        pairs = itertools.combinations(evidence.documents.of(kind), 2)
        if second := next((b for a, b in pairs if _are_two(a, b, fields)), None):
            yield seen(kind.value, second)
    for kind, detail in _TWO_NUMBERS.items():
        if _has_two_numbers(evidence.documents.of(kind), *_KEY_FIELDS[kind]):
            yield seen(detail)


def _has_two_numbers(parts: Iterable[Part], name_field: str, number_field: str) -> bool:
    """Whether papers of one name have two numbers, each read surely and with its check digit."""
    numbers: dict[str, set[str]] = {}
    for part in parts:
        name, number = (part.fields.get(field, "") for field in (name_field, number_field))
        is_sure = number_field not in part.doubts and _CHECKED_BY_DIGIT[number_field](
            number.upper()
        )
        if name and is_sure:
            numbers.setdefault(fold_name(name), set()).add(number.upper())
    return any(len(of_name) > 1 for of_name in numbers.values())


def _are_two(one: Part, other: Part, fields: tuple[str, ...]) -> bool:
    same = [one.fields[f] == other.fields.get(f) for f in fields if f in one.fields]
    return one.spot == other.spot and not any(same)


def marked(evidence: Evidence) -> Iterator[Finding]:
    """Words laid over a paper that speak against it; each told once."""
    told: set[str] = set()
    for part in evidence.documents.parts:
        word = part.fields.get("mark")
        if word and word not in told:
            told.add(word)
            yield seen(at=part, word=word)


def patched(evidence: Evidence) -> Iterator[Finding]:
    """A licence whose name or seal stands on paper of another colour than around it, a card
    or licence whose seal the file draws over the scan, or of which it covers words."""
    for part in evidence.documents.parts:
        if place := part.fields.get("patched"):
            yield seen(at=part, place=place)
        if "overlaid" in part.fields:
            yield seen("overlaid", part)
        if "erased" in part.fields:
            yield seen("erased", part)


def unreadable(evidence: Evidence) -> Iterator[Finding]:
    """Pages, key fields and whole attachments that could not be read with confidence."""
    yield from _unread_attachments(evidence)
    for attachment in evidence.documents.files:
        yield from _unread_pages(evidence, attachment)
    for kind, fields in _KEY_FIELDS.items():
        yield from _unread_fields(evidence, kind, fields)


def _unread_attachments(evidence: Evidence) -> Iterator[Finding]:
    yield from each_unopened(evidence, Unopened.LIMIT, "limit", doubt=True)
    yield from each_unopened(evidence, Unopened.UNREAD, "unread", doubt=True)
    nothing_read = not evidence.documents.pages and not evidence.unopened
    if nothing_read and any(a.kind is AttachmentKind.PDF for a in evidence.counted):
        yield seen("limit", file=0)


def _unread_pages(evidence: Evidence, attachment: str) -> Iterator[Finding]:
    documents = evidence.documents
    poor = tuple(
        p.number for p in documents.pages if p.attachment == attachment and is_unread(documents, p)
    )
    if poor:
        file = ordinal(evidence, attachment)
        yield seen("pages", (attachment, poor), file=file, pages=tuple(map(str, poor)))


def _unread_fields(
    evidence: Evidence, kind: PartKind, fields: tuple[str, ...]
) -> Iterator[Finding]:
    """Key fields that no part of this kind gives reliably, said once;
    pages reported as unread already are left out."""
    parts, poor = evidence.documents.of(kind), evidence.documents.poor
    if not parts or any(p.spot in poor for p in parts):
        return
    lost = [
        name
        for name in fields
        if not any(_is_read(p, name) or _borne_out(evidence, p, name) for p in parts)
    ]
    if lost:
        yield seen("fields", parts[0], fields=tuple(f"{kind}.{name}" for name in lost))


def _is_read(part: Part, name: str) -> bool:
    """Whether the reader relies on a field. A number of full length whose check digit is wrong is
    read too: that is a finding of its own."""
    value = part.fields.get(name, "")
    if passes := _CHECKED_BY_DIGIT.get(name):
        return len(value) == _NUMBER_LENGTH and not (name in part.doubts and passes(value.upper()))
    return bool(value) and name not in part.doubts


def _borne_out(evidence: Evidence, part: Part, name: str) -> bool:
    """Whether mail and official seal each say the name that was read with doubt: rare characters
    are read right more often than they are read surely."""
    folded = fold_name(part.fields.get(name, ""))
    sealed = good_seals(evidence.documents)
    borne = any(bears(s, {folded}) or (s.legible and seal_name(s) == folded) for s in sealed)
    return name == "enterprise_name" and folded in names_in_words(evidence.request) and borne
