"""Whose lock a certificate belongs to, read by its issuer's profile.

Decides enterprise, person or unknown by evidence: a USCC with its right check character (GB 32100),
an organisation code with its right check character (GB 11714), or a unique id of the CA's form for
enterprises. A unique id of the form for persons outweighs them: an employee's lock names the
enterprise too. A name proves nothing. Refuses to search a text for something that looks like a
number: a value counts only when the whole text at its configured place has the profile's form.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.check_digits import id_number_ok, organisation_code_ok, uscc_ok
from core.locks.issuer_profiles import IssuerProfile, Place, Source, source_of
from core.locks.lock_certificate import Holder, HolderKind
from lock_protocol.characters import visible


@dataclass(frozen=True)
class CertificateTexts:
    """The texts of a certificate: the subject's attributes in their order, and each extension's
    texts however deep they were wrapped."""

    subject: Sequence[tuple[str, str]]
    extensions: Mapping[str, Sequence[str]]


def holder_of(texts: CertificateTexts, profile: IssuerProfile) -> Holder:
    """Read the holder by the profile."""
    uscc = first(code for code in _numbers(texts, profile.uscc) if _is_uscc(code))
    code = (
        uscc[8:17]
        if uscc
        else first(
            code
            for code in _numbers(texts, profile.organisation_code)
            if organisation_code_ok(code)
        )
    )
    unique_id = first(_numbers(texts, profile.unique_id))
    kind = _kind(texts, profile, unique_id, known=bool(uscc or code))
    name = first(_values(texts, profile.name, visible)) if kind is HolderKind.ENTERPRISE else ""
    return Holder(kind, name, uscc, code, unique_id)


def _is_uscc(code: str) -> bool:
    """One ID number in 31 has a USCC's check character by chance:
    such a number must be whole as an organisation code too."""
    return uscc_ok(code) and (not id_number_ok(code) or organisation_code_ok(code[8:17]))


def first(values: Iterable[str]) -> str:
    """The first value, or an empty text."""
    return next(iter(values), "")


def _kind(
    texts: CertificateTexts, profile: IssuerProfile, unique_id: str, *, known: bool
) -> HolderKind:
    if profile.person_unique_id and _whole(profile.person_unique_id, unique_id):
        return HolderKind.PERSON
    if known or (profile.enterprise_unique_id and _whole(profile.enterprise_unique_id, unique_id)):
        return HolderKind.ENTERPRISE
    return HolderKind.PERSON if first(_values(texts, profile.person_ids)) else HolderKind.UNKNOWN


def _numbers(texts: CertificateTexts, sources: Sequence[str]) -> Iterable[str]:
    """Values that are numbers: half width, upper case, without spaces and hyphens."""
    return (number.replace("-", "") for number in _values(texts, sources, _half_width))


def _half_width(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _values(
    texts: CertificateTexts, sources: Sequence[str], plain: Callable[[str], str] = str.strip
) -> Iterable[str]:
    for source in map(source_of, sources):
        for text in _texts_at(texts, source):
            found = _whole(source.pattern, plain(text))
            if found and found[1].strip():
                yield found[1].strip()


def _texts_at(texts: CertificateTexts, source: Source) -> Iterable[str]:
    if source.place is Place.EXTENSION:
        return texts.extensions.get(source.oid, ())
    return [text for oid, text in texts.subject if oid == source.oid]


def _whole(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.DOTALL)
