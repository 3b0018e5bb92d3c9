"""For every finding code: examples in which it is found, in which it is not,
and in which there is doubt.

`TRUE`: the code is found at its default severity. `FALSE`: it is not found. `UNSURE`: it must not
reject; where `instead` is given, that code tells the doubt.
"""

from tests.validators.examples import agreement, files, papers, seals, words
from tests.validators.examples.example import EXAMPLES, Example, Kind

__all__ = ["EXAMPLES", "Example", "Kind", "agreement", "files", "papers", "seals", "words"]
