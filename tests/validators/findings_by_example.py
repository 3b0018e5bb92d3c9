"""The verdict on each example, a line a finding.

`python -m tests.validators.findings_by_example` writes findings_by_example.txt, whose difference
shows what a change of a rule does to every example.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from core.data.finding import Finding
from tests.validators.examples import EXAMPLES, Example
from validators.check import check

FILE = Path(__file__).with_suffix(".txt")


def lines(examples: Iterable[Example] = EXAMPLES) -> Iterator[str]:
    for one in examples:
        verdict = check(one.submission, one.policy, one.account, one.competing)
        yield f"{one.code} {one.kind.value}: {one.tells} → {verdict.decision}"
        yield from map(_line, verdict.findings)


def _line(finding: Finding) -> str:
    """Severity, code with its variant, where, pages, and the parameters of its sentence."""
    pages = ",".join(map(str, finding.pages))
    place = f"{finding.where} {pages}".strip()
    parameters = " ".join(f"{name}={value}" for name, value in finding.parameters.items())
    parts = (f"{finding.code}/{finding.variant}".rstrip("/"), place, parameters)
    return f"    {finding.severity} " + " · ".join(filter(None, parts))


if __name__ == "__main__":
    FILE.write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")
