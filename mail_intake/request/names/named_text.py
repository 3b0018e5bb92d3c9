"""One text on its way to the reader: folded, cut into tokens, its names found."""

from collections.abc import Collection

from mail_intake.request.names.found_names import FoundName, names_in
from mail_intake.request.names.known_names import known_spans
from mail_intake.request.tokens import Folded, Lexicon, Token, fold, tokens


def named_in(
    written: str, known: Collection[str], words: Lexicon
) -> tuple[Folded, list[Token], list[FoundName]]:
    """The text folded, its tokens and the names in it."""
    folded = fold(written, words)
    found = tokens(folded.text, words, known_spans(folded, known) if known else ())
    return folded, found, names_in([token for token in found if token.text], folded)
