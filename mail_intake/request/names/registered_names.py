"""The names registered for a mail's sender, as its text writes them: a finding aid for a name that
nothing else shows to be one (老王五金).

A name counts where it stands whole. What goes on before or behind it (a branch, say) may be another
enterprise, so it is not cut out of that.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from mail_intake.request.classes import Word
from mail_intake.request.names.named_text import named_in
from mail_intake.request.tokens import NOTHING, lexicon, with_names

_GOES_ON = (Word.UNKNOWN, Word.ENDING, Word.WEAK_ENDING, Word.BRANCH, Word.YES)
"""Words that would continue the name before them: unknown words, an organisation's endings, and 行,
which is one as well as a yes."""


def names_written(text: str, registered: Collection[str], own_words: Path | None) -> Iterator[str]:
    """Those of the registered names that the text writes, as it writes them."""
    folded, tokens, names = named_in(text, registered, lexicon(own_words))
    written = with_names(tokens, [(name.start, name.end) for name in names if not name.unsure])
    for before, name, after in zip(
        [NOTHING, *written], written, [*written[1:], NOTHING], strict=False
    ):
        whole = before.code != Word.UNKNOWN and after.code not in _GOES_ON
        if name.code == Word.NAME and whole:
            yield folded.cut(name.start, name.end)
