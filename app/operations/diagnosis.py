"""What `unbind doctor` says of one thing: well, broken (exit code 1),
or worth knowing; with its remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked."""

    name: str
    ok: bool | None
    text: str
    remedy: str = ""


def well(name: str, text: str) -> Line:
    return Line(name, ok=True, text=text)


def broken(name: str, text: str, remedy: str = "") -> Line:
    return Line(name, ok=False, text=text, remedy=remedy)


def warning(name: str, text: str, remedy: str) -> Line:
    return Line(name, ok=None, text=text, remedy=remedy)
