"""Whether mail, licence and seal speak of the same enterprise.

Names are compared after folding (core.accounts.names); any difference that remains is for an administrator to see, however small, because
an impostor's name differs in one character. The finding points at the characters that differ, so that one look at the picture settles it. These
findings never go into a letter. Source: RULES.md section 4, match.*.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from typing import Final

from core.accounts.names import fold_name
from core.cases.submission import Part, Seal, SealKind
from validators.absence import licence_papers
from validators.evidence import Evidence, Observation, seen
from validators.request_form import said_names

__all__ = ["enterprise_name", "fold_name", "licence_names", "seal"]

_FEW: Final = 4  # characters in which two names may differ and still be pointed at
_KIND_WORDS: Final = re.compile(r"\(?((合同|财务|发票|业务|投标|报关)?专用章|公章|印章)(\(\d+\))?\)?$")


def enterprise_name(evidence: Evidence) -> Iterator[Observation]:
    """The licence names another enterprise than the mail."""
    said = said_names(evidence.submission.request)
    for part in _named_parts(evidence):
        name = part.fields["enterprise_name"]
        if said and fold_name(name) not in said:
            yield seen(at=part, written=evidence.submission.request.enterprise_names, read=name, differences=_differences(said, fold_name(name)))


def seal(evidence: Evidence) -> Iterator[Observation]:
    """A seal reads as another name than the licence's, or than the mail's where the licence gives none.

    A name with letters that were only guessed differs from nothing where another seal reads as expected.
    """
    expected = licence_names(evidence) or said_names(evidence.submission.request)
    named = [s for s in evidence.documents.seals if _has_a_name(s)]
    confirmed = any(s.kind is SealKind.OFFICIAL and seal_name(s) in expected for s in named)
    differing = [s for s in named if seal_name(s) not in expected and (s.legible or not confirmed)]
    for text in dict.fromkeys(s.text for s in differing if expected):
        first = next(s for s in differing if s.text == text)
        yield seen(at=first, read=text or "", differences=_differences(expected, seal_name(first)))


def licence_names(evidence: Evidence) -> frozenset[str]:
    """The names on the licence, folded; those read with doubt only where there is no other."""
    return frozenset(fold_name(p.fields["enterprise_name"]) for p in _named_parts(evidence))


def seal_name(seal: Seal) -> str:
    """The name on a seal, folded, without the words that name its kind."""
    return _KIND_WORDS.sub("", fold_name(seal.text or ""))


def _differences(expected: Collection[str], name: str) -> tuple[tuple[str, str], ...]:
    """Where a folded name differs from the most similar of the expected ones, as (expected, read); () where it is another name altogether."""
    most_similar = max(expected, key=lambda other: difflib.SequenceMatcher(None, other, name, autojunk=False).ratio())
    steps = difflib.SequenceMatcher(None, most_similar, name, autojunk=False).get_opcodes()
    odd = tuple((most_similar[a:b], name[c:d]) for tag, a, b, c, d in steps if tag != "equal")
    return () if sum(max(len(theirs), len(ours)) for theirs, ours in odd) > _FEW else odd


def _named_parts(evidence: Evidence) -> tuple[Part, ...]:
    named = tuple(p for p in licence_papers(evidence.documents) if fold_name(p.fields.get("enterprise_name", "")))
    return tuple(p for p in named if "enterprise_name" not in p.doubts) or named


def _has_a_name(seal: Seal) -> bool:
    return seal.kind is not SealKind.AUTHORITY and not seal.doubtful and bool(seal_name(seal))
