"""What `unbind check --explain` prints: for each text its forms and names, and for each clause its tokens, the rows that fired and what they said."""

from collections.abc import Collection, Iterator
from pathlib import Path

from mail_intake.request.read import ReadText, read_text


def explained(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> Iterator[str]:
    """Lines that tell how subject and text were read."""
    for where, text in (("subject", subject), ("text", new_text)):
        yield f"{where}:"
        yield from (f"  {line}" for line in _of(read_text(text, known, own_words)))


def _of(read: ReadText) -> Iterator[str]:
    yield from read.form.fields
    for name in read.names:
        yield f"name: {name.name or '?'}{' (unsure)' if name.unsure else ''}{' (named beside)' if name.aside else ''}"
    for clause in read.clauses:
        if clause.letters:
            yield "clause: " + " ".join(f"{token.text}/{token.letter}" for token in clause.tokens if token.text.strip())
            yield from (f"  row {row.pattern.pattern} meets {met}: {row.says} ({row.why})" for met, row in clause.rows)
            yield "  says " + (", ".join(f"{one.topic} {one.said.value}" for one in clause.statements) or "nothing")
