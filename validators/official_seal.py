"""The enterprise's official seal: missing, unsure, on one paper only, or another seal in its place.

Source: RULES.md section 4. A registry's own red seal proves nothing. A seal is missing only on
positive evidence (validators.absence); a doubtful seal, one of unknown kind, a grey page or a page
that was not read well make it unsure, unless a good seal stands elsewhere.
"""

from collections.abc import Iterable, Iterator

from core.data.documents import Documents, OnPage, Seal, SealKind
from core.data.finding import Finding
from validators.absence import bears_no_ink, id_papers, licence_papers, registry_only, seal_absent
from validators.agreement import unverified_seal
from validators.evidence import Evidence, seen

_WRONG_KINDS = frozenset({SealKind.CONTRACT, SealKind.FINANCE, SealKind.INVOICE, SealKind.BUSINESS})


def missing(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.unopened and seal_absent(evidence.documents):
        yield seen("sheet" if any(page.sheet for page in evidence.documents.pages) else "")


def unsure(evidence: Evidence) -> Iterator[Finding]:
    """Pages were read, and neither a good seal nor its absence is certain; or the seal is on
    neither paper, though both are known, or surely bears the name on none."""
    documents = evidence.documents
    candidates = _candidates(documents)
    first = next(iter(candidates), None)
    if not documents.pages or (first and candidates == _wrong(documents)):
        return
    identity, licence = _spots(id_papers(documents)), _spots(licence_papers(documents))
    if not good_seals(documents):
        if evidence.unopened or not seal_absent(documents):
            yield seen("unseen", first)
    elif identity and licence and not (identity | licence) & _spots(candidates):
        yield seen("elsewhere", first)
    elif (open_ := unverified_seal(evidence)) is not None:
        yield seen("name", open_)


def partial(evidence: Evidence) -> Iterator[Finding]:
    """A good seal on one of the two papers, and on the other nothing like a seal but one that
    bears a registry's name."""
    documents = evidence.documents
    identity, licence = _spots(id_papers(documents)), _spots(licence_papers(documents))
    sealed = _spots(good_seals(documents))
    named = [s for s in documents.seals if s.kind is SealKind.AUTHORITY and s.text]
    candidates = _spots(s for s in _candidates(documents) if s not in named)
    for here, there, paper in ((licence, identity, "id"), (identity, licence, "licence")):
        if here & sealed and there and not there & candidates:
            is_bare = all(bears_no_ink(page) for page in documents.pages if page.spot in there)
            yield seen(paper, doubt=not is_bare)


def not_official(evidence: Evidence) -> Iterator[Finding]:
    """Seals of other kinds, and no official one."""
    if good_seals(evidence.documents):
        return
    wrong = _wrong(evidence.documents)
    for kind in dict.fromkeys(s.kind for s in wrong):
        yield seen(at=next(s for s in wrong if s.kind is kind), kind=kind.value)


def good_seals(documents: Documents) -> list[Seal]:
    """Official seals seen without doubt."""
    return [s for s in documents.seals if s.kind is SealKind.OFFICIAL and not s.doubtful]


def _wrong(documents: Documents) -> list[Seal]:
    return [s for s in documents.seals if s.kind in _WRONG_KINDS and not s.doubtful]


def _candidates(documents: Documents) -> list[Seal]:
    return [s for s in documents.seals if not registry_only(s)]


def _spots(found: Iterable[OnPage]) -> set[tuple[str, int]]:
    return {one.spot for one in found}
