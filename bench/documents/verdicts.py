"""What the rules make of a measured request: the mail's own words are in order,
so every finding comes from its pages.

A request is complete when both papers are there under an official seal of the right name. What it
lacks names the findings that show an administrator of it; a rejection or one of these is right, a
queue without any of them is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from core.data.documents import Documents, Seal
from core.data.finding import Verdict
from core.enterprise_names import fold_name
from papers.lines.ocr_models import Ocr
from papers.page.page_reading import PageReading
from papers.seals.asking import SealAnswer, ask_seals, with_answer
from tests.drawing.generate import PARTS, PageTruth
from tests.validators import builders
from validators.check import check

SEAL_FINDINGS = frozenset(
    {"seal.not_official", "match.seal", "document.seal.unsure", "document.seal.missing"}
)
GREY = frozenset({"grey", "fax"})
"""Wear under which every seal is unsure by rule."""
ARRIVED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
_ABSENT = frozenset(
    f"document.{part}.missing" for part in ("id_front", "id_back", "licence", "seal")
)
_SEAL = frozenset({"document.seal.missing", "document.seal.unsure"})
RIGHT = {
    "id_front": frozenset(
        {"document.id_front.missing", "document.unreadable", "document.other_certificate"}
    ),
    "id_back": frozenset({"document.id_back.missing", "document.unreadable"}),
    "licence": frozenset(
        {"document.licence.missing", "document.unreadable", "document.other_certificate"}
    ),
    "seal": _SEAL,
    "stand_in": frozenset({"document.other_certificate", "document.unreadable"}),
    "official": _SEAL | {"seal.not_official"},
    "seal_name": _SEAL | {"match.seal", "seal.not_official"},
}
"""What may be lacking, and the findings each of which reports it."""


def judged(enterprise_name: str, readings: Sequence[PageReading]) -> Verdict:
    """The verdict on a mail that asks for everything in clear words, with these pages."""
    message = builders.message([replace(builders.attachment(), name="a.pdf")], arrived=ARRIVED)
    request = builders.form(enterprise_names=(enterprise_name,))
    documents = Documents(
        tuple(r.page for r in readings),
        tuple(p for r in readings for p in r.parts),
        tuple(s for r in readings for s in r.seals),
    )
    return check(builders.complete_submission(message, request, documents))


def seals_asked(
    ocr: Ocr, enterprise_name: str, readings: Sequence[PageReading]
) -> list[PageReading]:
    """The readings with what their seals answer to the names on their licences and in the mail."""
    on_papers = [
        part.fields["enterprise_name"]
        for r in readings
        for part in r.parts
        if "enterprise_name" in part.fields
    ]
    names = list(dict.fromkeys(map(fold_name, (*on_papers, enterprise_name))))
    answers = iter(ask_seals(ocr, [cut for r in readings for cut in r.cuts], names))
    return [replace(r, seals=_answered(r, answers)) for r in readings]


def _answered(reading: PageReading, answers: Iterator[SealAnswer]) -> tuple[Seal, ...]:
    seals = list(reading.seals)
    for cut in reading.cuts:
        seals[cut.seal] = with_answer(seals[cut.seal], next(answers), "")
    return tuple(seals)


def judged_under(
    ocr: Ocr, name: str, claim: str, readings: Sequence[PageReading]
) -> tuple[list[str], list[str]]:
    """The findings on seals, and what the seals answer, when licence and mail bear `claim`."""
    claimed = readings if claim == name else [_claiming(reading, claim) for reading in readings]
    asked = seals_asked(ocr, claim, claimed)
    answers = [check.verdict.value for r in asked for seal in r.seals for check in seal.checks[:1]]
    codes = {finding.code for finding in judged(claim, asked).findings}
    return sorted(codes & SEAL_FINDINGS), answers


def _claiming(reading: PageReading, claim: str) -> PageReading:
    """The page with another name on its licence."""
    parts = [
        replace(p, fields={**p.fields, "enterprise_name": claim}, doubts=())
        if "enterprise_name" in p.fields
        else p
        for p in reading.parts
    ]
    return replace(reading, parts=tuple(parts))


def lacking(pages: Sequence[PageTruth], enterprise_name: str) -> list[str]:
    """What the truth of a request lacks; empty when it is complete."""
    there = {part.kind: part.fields for page in pages for part in page.parts}
    missing = [kind for kind in PARTS if kind not in there]
    if "other_certificate" in there:  # of an organisation with a code, else of a person
        of_whom = {"licence"} if "uscc" in there["other_certificate"] else {"id_front", "id_back"}
        rest = [kind for kind in missing if kind not in of_whom]
        missing = rest if rest == missing else ["stand_in", *rest]
    seals = [seal for page in pages for seal in page.seals]
    if not seals:
        return [*missing, "seal"]
    if all(kind != "official" for _, kind, _ in seals):
        return [*missing, "official"]
    return (
        missing
        if any(name == enterprise_name for name, _, _ in seals) or "licence" in missing
        else [*missing, "seal_name"]
    )


def unreported(lacks: Sequence[str], codes: Sequence[str]) -> list[str]:
    """What is lacking and no finding reports."""
    return [what for what in lacks if not RIGHT[what] & set(codes)]


def untrue(lacks: Sequence[str], codes: Sequence[str]) -> list[str] | None:
    """What is reported as absent and is there; None where no absence is reported."""
    absent = [code.split(".")[1] for code in codes if code in _ABSENT]
    return [part for part in absent if part not in lacks] if absent else None
