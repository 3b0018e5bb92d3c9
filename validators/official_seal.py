"""The enterprise's official seal: missing, unsure, on one paper only, or another seal in its place.

Source: RULES.md section 4. A registry's own red seal proves nothing. A seal is missing only on
positive evidence (validators.absence); a doubtful seal, one of unknown kind, a grey page or a page
that was not read well make it unsure, unless a good seal stands elsewhere.
"""

from collections.abc import Iterable, Iterator

from core.data.finding import Finding
from core.data.submission import Documents, OnPage, Seal, SealKind
from validators.absence import bears_no_ink, id_papers, licence_papers, registry_only, seal_absent
from validators.agreement import unverified_seal
from validators.evidence import Evidence, seen

_WRONG_KINDS = frozenset({SealKind.CONTRACT, SealKind.FINANCE, SealKind.INVOICE, SealKind.BUSINESS})


def missing(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.unopened and seal_absent(evidence.documents):
        yield seen("sheet" if any(page.sheet for page in evidence.documents.pages) else "")


def unsure(evidence: Evidence) -> Iterator[Finding]:
    """Pages were read, and neither a good seal nor its absence is certain; or the seal is on
    neither paper, or surely bears the name on none."""
    documents = evidence.documents
    if not documents.pages or _wrong_seals_only(documents):
        return
    if not good_seals(documents):
        if evidence.unopened or not seal_absent(documents):
            yield seen("unseen", _first_candidate(documents))
    elif _covers_neither(documents):
        yield seen("elsewhere", _first_candidate(documents))
    elif (open_ := unverified_seal(evidence)) is not None:
        yield seen("name", open_)


def partial(evidence: Evidence) -> Iterator[Finding]:
    """A good seal on one of the two papers, and nothing like a seal on the other."""
    documents = evidence.documents
    identity, licence = _spots(id_papers(documents)), _spots(licence_papers(documents))
    sealed = _spots(good_seals(documents))
    for here, there, paper in ((licence, identity, "id"), (identity, licence, "licence")):
        if here & sealed and there and not there & _spots(_candidates(documents)):
            yield seen(paper, doubt=not _prove_no_seal(documents, there))


def not_official(evidence: Evidence) -> Iterator[Finding]:
    """Seals of other kinds, and no official one."""
    documents = evidence.documents
    if good_seals(documents):
        return
    wrong = [s for s in documents.seals if s.kind in _WRONG_KINDS and not s.doubtful]
    for kind in dict.fromkeys(s.kind for s in wrong):
        yield seen(at=next(s for s in wrong if s.kind is kind), kind=kind.value)


def good_seals(documents: Documents) -> tuple[Seal, ...]:
    """Official seals seen without doubt."""
    return tuple(s for s in documents.seals if s.kind is SealKind.OFFICIAL and not s.doubtful)


def _candidates(documents: Documents) -> tuple[Seal, ...]:
    return tuple(s for s in documents.seals if not registry_only(s))


def _wrong_seals_only(documents: Documents) -> bool:
    candidates = _candidates(documents)
    return bool(candidates) and all(s.kind in _WRONG_KINDS and not s.doubtful for s in candidates)


def _first_candidate(documents: Documents) -> Seal | None:
    return next(iter(_candidates(documents)), None)


def _spots(found: Iterable[OnPage]) -> set[tuple[str, int]]:
    return {one.spot for one in found}


def _covers_neither(documents: Documents) -> bool:
    """Both papers are known, and no candidate at all lies on a page of either."""
    identity, licence = _spots(id_papers(documents)), _spots(licence_papers(documents))
    return bool(identity and licence) and not (identity | licence) & _spots(_candidates(documents))


def _prove_no_seal(documents: Documents, spots: set[tuple[str, int]]) -> bool:
    return all(bears_no_ink(p) for p in documents.pages if p.spot in spots)
