"""Lines of JSON that a measurement keeps, so that a run that is ended loses
at most what is under way."""

import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def told(file: Path) -> list[Line]:
    """The lines of an earlier run."""
    return (
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if file.exists()
        else []
    )


def note(file: Path, line: Line) -> None:
    """Add a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
