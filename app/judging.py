"""Judging mails and documents outside the desk, as the published command line promises it
(RULES.md section 5).

No database, network or server: the same reading and the same rules as the service, but without what
these give: a proof of the sender, the names registered for the sender, the registered name to ask
seals for, and the account, sender and case rules. Whatever a file holds, an object comes out.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.cases.letters.words import QUESTIONS, UNOPENED, text_of
from core.clock import Clock
from core.data.documents import Documents, Unopened
from core.data.finding import Decision
from core.data.submission import RequestForm, Submission
from mail_intake.mail_reading import Reader, ReadMail, names_to_find, read_words
from mail_intake.message.opening import arrival_of
from mail_intake.request.classes import named
from mail_intake.request.grammar import SETS, Row
from mail_intake.request.mail_facts import deciding_row, facts_of, signs_of
from mail_intake.request.read import read_request
from mail_intake.request.read_text import ReadText, read_parts
from mail_intake.request.tokens import Token
from papers.contract import documents_json, seals_json
from papers.paper_reading import Reading
from validators.check import check
from validators.evidence import Policy

UNREADABLE = UNOPENED | {Unopened.DAMAGED: "不是 PDF 或图片，或者已损坏"}
NO_ANSWERS: dict[str, str | bool | None] = dict.fromkeys(QUESTIONS)


@dataclass(frozen=True)
class Judgement:
    """Judges one mail after another. `read`: see Wiring.reading.

    `explain` gets how the words of each mail are read, with the names on its papers; a forward and
    a request letter add to these (`read_words`).
    """

    read: Callable[[bytes, datetime], ReadMail]
    policy: Policy
    clock: Clock
    own_words: Path | None = None
    explain: Callable[[str], None] | None = None

    def of(self, file: str, raw: bytes, arrived: datetime | None = None) -> dict[str, Any]:
        """The contract's object for one mail; also for one whose reading broke, which says so."""
        try:
            return self._judged(file, raw, arrived)
        except Exception as error:  # noqa: BLE001
            # one bad mail never stops the next; it is reported in its own object
            return unread(file, f"读取时出错：{type(error).__name__}")

    def _judged(self, file: str, raw: bytes, arrived: datetime | None) -> dict[str, Any]:
        began = time.thread_time()
        when = arrived or arrival_of(raw) or self.clock.now()
        submission = self.read(raw, when).submission
        was_read = time.thread_time()
        verdict = check(submission, self.policy)
        was_judged = time.thread_time()
        documents, request = submission.documents, submission.request
        if self.explain:
            message, known = submission.message, tuple(names_to_find(documents))
            words = explained_words(message.subject, message.new_text, known, self.own_words)
            self.explain("\n".join((file, *words)))
        # null for an answer that the mail does not give, or gives twice differently
        settled: dict[str, Any] = {
            question: answer.settled for question, answer in request.answers.items()
        }
        settled |= {"enterprise_name": request.enterprise_name, **request.settled_words}
        return {
            "file": file,
            "decision": verdict.decision.value,
            "request": NO_ANSWERS | settled,
            "documents": documents_json(documents),
            "seals": seals_json(documents),
            "findings": [
                {"code": one.code, "severity": one.severity.value, "message": text_of(one)}
                for one in verdict.findings
            ],
            "timing_ms": timing(documents.timing_ms, was_read - began, was_judged - was_read),
            **_signed(documents),
            **self._changed(submission),
        }

    def _changed(self, submission: Submission) -> dict[str, Any]:
        """The effect of the operator's own words on the reading, under a key of its own; nothing
        without an effect."""
        if not self.own_words:
            return {}
        before = _answers(read_words(submission.message, submission.documents))
        after = _answers(submission.request)
        changes = [
            f"{key} {before[key]} → {after[key]}" for key in after if before[key] != after[key]
        ]
        return {"own_words": "; ".join(changes)} if changes else {}


def read_document(
    file: str, content: bytes, reader: Reader, overlay: Path | None
) -> dict[str, Any]:
    """The contract's `documents` and `seals` for one PDF or image; with `overlay`, a picture of
    each page with what was read, in that folder."""
    name = Path(file).name if file != "-" else "stdin"
    reading = reader.read([(name, content)])
    documents = reading.documents
    result: dict[str, Any] = {
        "file": file,
        "documents": documents_json(documents),
        "seals": seals_json(documents),
        "timing_ms": dict(documents.timing_ms),
        **_signed(documents),
    }
    if documents.unopened:
        result["error"] = "、".join(UNREADABLE[reason] for reason in documents.unopened.values())
    if overlay:
        result["overlays"] = [str(path) for path in _overlays(name, reading, overlay)]
    return result


def _overlays(name: str, reading: Reading, folder: Path) -> Iterator[Path]:
    from papers.overlay import draw

    for page in reading.documents.pages:
        image = reading.images.get(page.image_sha256)
        if image:
            path = folder / f"{name}.{page.number}.png"
            path.write_bytes(draw(image, page, reading.documents))
            yield path


def _signed(documents: Documents) -> dict[str, Any]:
    """A key of its own where a file carries an electronic signature; the contract knows none."""
    return {"signatures": list(map(asdict, documents.signatures))} if documents.signatures else {}


def unread(file: str, why: str) -> dict[str, Any]:
    """The object for a file that cannot be opened, or whose reading broke:
    left to people, with the reason."""
    return {
        "file": file,
        "decision": Decision.OTHER.value,
        "request": dict(NO_ANSWERS),
        "documents": [],
        "seals": [],
        "findings": [],
        "timing_ms": timing({}, 0.0, 0.0),
        "error": why,
    }


def timing(reading: Mapping[str, float], message_s: float, rules_s: float) -> dict[str, float]:
    """Milliseconds by step.

    Pages are read beside each other, so that the steps of reading may add up to more than the wait.
    Message and rules: processor time of the thread that judges, which does not count that wait.
    """
    steps = {step: round(reading.get(step, 0.0), 1) for step in ("pages", "ocr", "seals")}
    return {"message": round(message_s * 1000, 1), **steps, "rules": round(rules_s * 1000, 2)}


def _answers(request: RequestForm) -> dict[str, str]:
    return {
        "enterprise_name": "、".join(request.enterprise_names) or "-",
        **{key: answer.value for key, answer in request.answers.items()},
    }


def explained_words(
    subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None
) -> Iterator[str]:
    """The output of `unbind check --explain`: forms and names of each text, tokens, rows and
    meaning of each clause, and the answers of `read_request`. `known`: the names on the papers."""
    yield f"names on the papers: {', '.join(known) or 'none'}"
    parts = read_parts(subject, new_text, known, own_words)
    for where, part in zip(("subject", "text"), parts, strict=True):
        yield f"{where}:"
        yield from (f"  {line}" for line in _read_lines(part))
    yield from (_met("sign", row, named(met), says) for says, (met, row) in signs_of(parts).items())
    form = read_request(subject, new_text, known, own_words)
    yield f"names: {', '.join(form.enterprise_names) or ('unread' if form.name_unread else 'none')}"
    yield f"unbind {form.unbind.value}, reset {form.reset_password.value}"
    names_one = any(not name.unsure for part in parts for name in part.names)
    why = deciding_row(facts_of(parts, named=names_one)).why
    yield f"is a request: {form.has_request_words} ({why})"
    yield f"asks for progress: {form.asks_progress}, withdraws: {form.withdraws}"


def _read_lines(read: ReadText) -> Iterator[str]:
    for token in read.tokens:
        yield from (_met("word", row, met, named(row.becomes)) for met, row in token.met)
    left_out = [one for one in read.tokens if one.code in SETS["left_out_of_prose"]]
    if words := _with_classes(left_out):
        yield f"left out: {words}"
    yield from read.form.fields
    for name in read.names:
        yield (
            f"name: {name.name or '?'}{' (unsure)' if name.unsure else ''}"
            f"{' (named beside)' if name.secondary else ''}"
        )
    for clause in read.clauses:
        if clause.codes:
            yield f"clause {named(clause.codes)}: {_with_classes(clause.tokens)}"
            yield from (
                f"  {_met('row', row, named(met), row.says or named(row.becomes))}"
                for met, row in clause.rows
            )
            yield "  says " + (
                ", ".join(f"{one.topic} {one.meaning.value}" for one in clause.statements)
                or "nothing"
            )


def _with_classes(tokens: Sequence[Token]) -> str:
    """The words of tokens, each with its class; blanks have none."""
    return " ".join(f"{one.text}/{named(one.code)}" for one in tokens if one.text.strip())


def _met(table: str, row: Row, met: str, meaning: str) -> str:
    return f"{table} meets {met}: {meaning or 'nothing'} ({row.why})"
