"""The papers and the seal that a request must have, and when their absence is proved.

Absence must be proved (RULES.md section 4); all else is doubt, and doubt never rejects.

- A paper is absent if every page was read with confidence and none shows it or a stand-in for it (a
  passport for an ID card, 事业单位法人证书 for a licence).
- The seal is absent if every page has colour, was read with confidence, and has no coherent
  coloured ink except emblems, frames and the registry's own seal.
- A trace of a paper that no page shows (an ID number, two of its labels) leaves all in doubt.
"""

from core.data.documents import Documents, Page, Part, PartKind, Seal, SealKind

PAPERS = (PartKind.ID_FRONT, PartKind.LICENCE, PartKind.ID_BACK)
"""The papers of the published rule."""
_PERSONAL_TITLES = (
    "护照",
    "通行证",
    "居留",
    "居住证",
    "身份证",
    "军官证",
    "士兵证",
    "警官证",
    "优待证",
    "PASSPORT",
    "PERMANENTRESIDENT",
)
"""Words in titles of papers of a person. All other titles are those of papers of an organisation.
A test compares them with the titles that are recognised (papers.kinds.paper_kinds)."""


def personal_papers(documents: Documents) -> tuple[Part, ...]:
    """Papers that may stand in for an ID card. One with an unreadable title may stand in for an ID
    card or a licence."""
    return tuple(
        p for p in documents.of(PartKind.OTHER_CERTIFICATE) if not _title(p) or _is_personal(p)
    )


def organisation_papers(documents: Documents) -> tuple[Part, ...]:
    """Papers that may stand in for a business licence."""
    return tuple(p for p in documents.of(PartKind.OTHER_CERTIFICATE) if not _is_personal(p))


def id_papers(documents: Documents) -> tuple[Part, ...]:
    """Both sides of ID cards and what may stand in for them."""
    return (
        documents.of(PartKind.ID_FRONT)
        + documents.of(PartKind.ID_BACK)
        + personal_papers(documents)
    )


def licence_papers(documents: Documents) -> tuple[Part, ...]:
    """Business licences and what may stand in for them."""
    return documents.licences + organisation_papers(documents)


def stand_ins(documents: Documents, paper: PartKind) -> tuple[Part, ...]:
    """What may stand in for one of PAPERS that is not there. Another paper's portrait side may pass
    for a card's, so that its other side stands in alone."""
    others = organisation_papers if paper is PartKind.LICENCE else personal_papers
    return () if documents.of(paper) else others(documents)


def is_present(documents: Documents, paper: PartKind) -> bool:
    """Whether the pages show one of PAPERS or a stand-in."""
    return bool(documents.of(paper) or stand_ins(documents, paper))


def read_whole(documents: Documents) -> bool:
    """Whether there are pages, and all were read with confidence, so that they can prove an
    absence."""
    return bool(documents.pages) and not any(is_unread(documents, p) for p in documents.pages)


def is_unread(documents: Documents, page: Page) -> bool:
    """Whether a page may have a paper that no page surely shows."""
    return not page.confident or any(
        paper in page.traces and not is_present(documents, paper) for paper in PAPERS
    )


def registry_only(seal: Seal) -> bool:
    """Whether it is surely the registry's own seal, which every licence has."""
    return seal.kind is SealKind.AUTHORITY and not seal.doubtful


def seal_absent(documents: Documents) -> bool:
    """Whether the pages prove that nobody sealed them."""
    return (
        read_whole(documents)
        and all(map(registry_only, documents.seals))
        and all(map(bears_no_ink, documents.pages))
    )


def bears_no_ink(page: Page) -> bool:
    """Whether this page proves that no seal is on it. A grey page does not, because a seal on it
    would be grey."""
    return page.confident and not page.seal_ink and (page.colour or page.blank)


def proved_absent(documents: Documents) -> tuple[str, ...]:
    """The codes of the absences that the pages prove: of papers, then of the seal."""
    papers = PAPERS if read_whole(documents) else ()
    missing = tuple(f"document.{p}.missing" for p in papers if not is_present(documents, p))
    return (*missing, "document.seal.missing") if seal_absent(documents) else missing


def _title(part: Part) -> str:
    return "" if "certificate" in part.doubts else part.fields.get("certificate", "")


def _is_personal(part: Part) -> bool:
    return any(word in _title(part) for word in _PERSONAL_TITLES)
