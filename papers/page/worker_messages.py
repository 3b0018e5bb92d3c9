"""Messages between the desk and a reading worker, as JSON; pictures in base64.

The desk validates every answer: a worker sees strangers' pages and is not believed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from papers.opening.sandbox import RawPage
from papers.page.page_reading import PageReading
from papers.seals.asking import SealAnswer
from papers.seals.cuts import SealCut

_BASE64 = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def _message(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=_BASE64)


PAGE = _message(tuple[str, RawPage])
"""The name of a file and one of its pages. Answer: READING."""
READING = _message(tuple[PageReading])
SEALS = _message(tuple[tuple[SealCut, ...], tuple[str, ...]])
"""Seals of one mail and the names to ask them for. Answer: ANSWERS."""
ANSWERS = _message(tuple[SealAnswer, ...])


def reading_from(answer: bytes, attachment: str, number: int) -> PageReading:
    """The reading of this page. Raises ValueError for anything else."""
    reading: PageReading = READING.validate_json(answer)[0]
    spots = {reading.page.spot, *(one.spot for one in reading.parts + reading.seals)}
    if (
        spots != {(attachment, number)}
        or len(reading.crops) not in {0, len(reading.parts) + len(reading.seals)}
        or not {cut.seal for cut in reading.cuts} <= set(range(len(reading.seals)))
    ):
        raise ValueError("A reading of another page.")
    seals = tuple(replace(seal, checks=(), unrolled_sha256="") for seal in reading.seals)
    return replace(reading, seals=seals)


def answers_from(answer: bytes, count: int, names: Sequence[str]) -> tuple[SealAnswer, ...]:
    """The answers of so many seals to these names. Raises ValueError for anything else."""
    answers: tuple[SealAnswer, ...] = ANSWERS.validate_json(answer)
    checked = {check.name for one in answers for check in one.checks}
    if len(answers) != count or not checked <= set(names):
        raise ValueError("Answers of other seals.")
    return answers
