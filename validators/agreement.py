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
from validators.evidence import Evidence, Observation, place
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
            written = "、".join(evidence.submission.request.enterprise_names)
            told = f"邮件中的企业名称“{written}”与执照上的“{name}”不一致{_pointed_at(said, fold_name(name))}。请对照图像人工核对。"
            yield Observation(told, place(part.attachment, part.page))


def seal(evidence: Evidence) -> Iterator[Observation]:
    """A seal reads as another name than the licence's, or than the mail's where the licence gives none.

    A name with letters that were only guessed differs from nothing where another seal reads as expected.
    """
    expected = licence_names(evidence) or said_names(evidence.submission.request)
    named = [s for s in evidence.documents.seals if _bears_a_name(s)]
    confirmed = any(s.kind is SealKind.OFFICIAL and seal_name(s) in expected for s in named)
    differing = [s for s in named if seal_name(s) not in expected and (s.legible or not confirmed)]
    for text in dict.fromkeys(s.text for s in differing if expected):
        first = next(s for s in differing if s.text == text)
        told = f"印章文字读作“{text}”，与执照上的企业名称不一致{_pointed_at(expected, seal_name(first))}。请对照图像人工核对。"
        yield Observation(told, place(first.attachment, first.page))


def licence_names(evidence: Evidence) -> frozenset[str]:
    """The names on the licence, folded; those read with doubt only where there is no other."""
    return frozenset(fold_name(p.fields["enterprise_name"]) for p in _named_parts(evidence))


def seal_name(seal: Seal) -> str:
    """The name on a seal, folded, without the words that tell its kind."""
    return _KIND_WORDS.sub("", fold_name(seal.text or ""))


def _pointed_at(expected: Collection[str], name: str) -> str:
    """The characters in which a folded name differs from the likest of the expected ones, in brackets; nothing where it is another name altogether."""
    likest = max(expected, key=lambda other: difflib.SequenceMatcher(None, other, name, autojunk=False).ratio())
    steps = difflib.SequenceMatcher(None, likest, name, autojunk=False).get_opcodes()
    odd = [(likest[a:b], name[c:d]) for tag, a, b, c, d in steps if tag != "equal"]
    if sum(max(len(theirs), len(ours)) for theirs, ours in odd) > _FEW:
        return ""
    return f"（{'；'.join(_difference(theirs, ours) for theirs, ours in odd)}）"


def _difference(expected: str, read: str) -> str:
    if not read:
        return f"少“{expected}”"
    return f"“{expected}”读作“{read}”" if expected else f"多“{read}”"


def _named_parts(evidence: Evidence) -> tuple[Part, ...]:
    named = tuple(p for p in licence_papers(evidence.documents) if fold_name(p.fields.get("enterprise_name", "")))
    return tuple(p for p in named if "enterprise_name" not in p.doubts) or named


def _bears_a_name(seal: Seal) -> bool:
    return seal.kind is not SealKind.AUTHORITY and not seal.doubtful and bool(seal_name(seal))
