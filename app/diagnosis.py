"""One result of `unbind doctor`."""

from dataclasses import dataclass, field
from functools import partial


@dataclass(frozen=True)
class Line:
    """The result of one check, with the remedy of what is wrong.

    `name`: of the check, where it is not that of the table in app/operations/doctor.py. `ok`: True,
    False (broken: exit code 1) or None (works, but somebody should know).
    """

    text: str
    remedy: str = ""
    name: str = ""
    ok: bool | None = field(kw_only=True)

    def __str__(self) -> str:
        sign = {True: "✓", False: "✗", None: "!"}[self.ok]
        remedy = f"\n    → {self.remedy}" if self.remedy else ""
        return f"{sign} {self.name}{'　' if self.name else ''}{self.text}{remedy}"


well, broken, warning = partial(Line, ok=True), partial(Line, ok=False), partial(Line, ok=None)
