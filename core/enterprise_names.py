"""When two written enterprise names are the same name.

Decides equality only after folding what writing and printing vary without meaning: Unicode width
and compatibility forms (NFKC), spaces and invisible characters, kinds of brackets, dots, dashes and
quotation marks, letter case. Refuses similarity: names that differ in one character are different
names (RULES.md section 4, match.*), and no character is taken for a look-alike. A short form is no
other name.
"""

import unicodedata
from functools import lru_cache

from lock_protocol.characters import visible

NAMES_KEPT = 64
"""A mail's names are folded some ten times each."""

_SAME_MARKS = str.maketrans(
    {
        **dict.fromkeys("[{〔【〖〈《「『⟨⦅", "("),
        **dict.fromkeys("]}〕】〗〉》」』⟩⦆", ")"),
        **dict.fromkeys("•‧∙・･●", "·"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),  # variation selectors
    }
)
_KINDS = ("公司", "有限", "股份", "合伙")


@lru_cache(NAMES_KEPT)
def fold_name(name: str) -> str:
    """The name in the form in which equal names are equal strings; "" when nothing is left.
    Private-use characters are those of rare names and stay."""
    compatible = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(visible(compatible).split()).translate(_SAME_MARKS)


def is_short_for(name: str, full: str) -> bool:
    """Whether a name is the other one or a part of it, without a kind of company: 砚田文化. A
    parent's name is no short form of its branch's."""
    short, whole = fold_name(name), fold_name(full)
    return short == whole or (short in whole and not any(kind in short for kind in _KINDS))
