"""What `unbind check --explain` prints: the forms and names of each text, the tokens and rows of each clause and what they say, and the answers."""

from collections.abc import Collection, Iterator
from pathlib import Path

from mail_intake.request.grammar import Row, rows
from mail_intake.request.read import ReadText, deciding_row, read_parts, read_request, signs_of
from mail_intake.request.tokens import lexicon


def explained(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> Iterator[str]:
    """Lines that tell how subject and text were read, as `read_request` does it. `known`: the names on the papers."""
    yield f"names on the papers: {', '.join(known) or 'none'}"
    parts = read_parts(subject, new_text, known, own_words)
    for where, part in zip(("subject", "text"), parts, strict=True):
        yield f"{where}:"
        yield from (f"  {line}" for line in _of(part, own_words))
    yield from (_met("sign", row, met, says) for says, (met, row) in signs_of(parts).items())
    form = read_request(subject, new_text, known, own_words)
    yield f"names: {', '.join(form.enterprise_names) or ('unread' if form.name_unread else 'none')}"
    yield f"unbind {form.unbind.value}, reset {form.reset_password.value}"
    named = any(not name.unsure for part in parts for name in part.names)
    yield f"is a request: {form.has_request_words} ({deciding_row(parts, named=named).why})"
    yield f"asks for progress: {form.asks_progress}, withdraws: {form.withdraws}"


def _of(read: ReadText, own_words: Path | None) -> Iterator[str]:
    words = lexicon(own_words).letters
    for token in read.tokens:
        if len(token.text) > 1 and token.text not in words:   # several words that are one
            yield from (_met("word", row, token.text, row.becomes) for row in rows("word") if row.becomes == token.letter)
    yield from read.form.fields
    for name in read.names:
        yield f"name: {name.name or '?'}{' (unsure)' if name.unsure else ''}{' (named beside)' if name.secondary else ''}"
    for clause in read.clauses:
        if clause.letters:
            yield f"clause {clause.letters}: " + " ".join(f"{token.text}/{token.letter}" for token in clause.tokens if token.text.strip())
            yield from (f"  {_met('row', row, met, row.says or row.becomes)}" for met, row in clause.rows)
            yield "  says " + (", ".join(f"{one.topic} {one.said.value}" for one in clause.statements) or "nothing")


def _met(table: str, row: Row, met: str, says: str) -> str:
    return f"{table} {row.pattern.pattern} meets {met}: {says} ({row.why})"
