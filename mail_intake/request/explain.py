"""What `unbind check --explain` prints: for each text its forms and clauses, with tokens, the rows that fired and what they said."""

from collections.abc import Collection, Iterator
from pathlib import Path

from mail_intake.request.read import Heard, listen


def explained(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> Iterator[str]:
    """Lines that tell how subject and text were read."""
    for where, text in (("subject", subject), ("text", new_text)):
        yield f"{where}:"
        yield from (f"  {line}" for line in _of(listen(text, known, own_words)))


def _of(heard: Heard) -> Iterator[str]:
    for shape, what, value in heard.form.fields:
        yield f"{shape} {what}: {value}"
    for name in heard.names:
        yield f"name {name.name}{' (unsure)' if name.unsure else ''}{' (aside)' if name.aside else ''}"
    for clause in heard.clauses:
        if clause.letters:
            said = ", ".join(f"{one.topic} {one.said.value}" for one in clause.statements) or "nothing"
            rows = "; ".join(f"{letters} {row.said.value}: {row.why}" for letters, row in clause.rows)
            yield f"{clause.clause}  [{clause.letters}]  {said}{f'  <- {rows}' if rows else ''}"
