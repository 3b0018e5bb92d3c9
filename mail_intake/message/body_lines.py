"""A line of a body, and whether it is only quoted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line. `rule`: "reply", "forward" or "wrote" at a separator; `in_block`: it stands in a
    quote of HTML."""

    text: str
    quoted: bool
    rule: str = ""
    in_block: bool = False
