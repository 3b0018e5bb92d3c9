"""One result of `unbind doctor`: well, broken (exit code 1), or worth knowing; with its remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked.

    `name`: of the check, where it is not that of the table in app/operations/doctor.py.
    """

    ok: bool | None
    text: str
    remedy: str = ""
    name: str = ""


def well(text: str) -> Line:
    return Line(ok=True, text=text)


def broken(text: str, remedy: str = "") -> Line:
    return Line(ok=False, text=text, remedy=remedy)


def warning(text: str, remedy: str) -> Line:
    return Line(None, text, remedy)
