"""One result of `unbind doctor`: well, broken (exit code 1), or worth knowing; with its remedy."""

from dataclasses import dataclass, field
from functools import partial


@dataclass(frozen=True)
class Line:
    """One thing that was checked.

    `name`: of the check, where it is not that of the table in app/operations/doctor.py.
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
