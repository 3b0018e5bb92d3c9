"""Which characters of a text a person can see."""

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text without controls, marks that hide or turn writing, lone surrogates, line ends."""
    return "".join(one for one in text if unicodedata.category(one) not in _INVISIBLE)
