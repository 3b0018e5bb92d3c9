"""Which texts two checkouts read differently: `python -m bench.reader_diff OTHER_CHECKOUT`.

Texts: all examples of tests/request_text and of the reader's rows, and, with --contraries, what
`tests.request_text.contraries` makes of the examples. After teaching a wording: what it prints is
all that the change does.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mail_intake.request.grammar import TABLES, rows
from tests.request_text.contraries import contraries
from tests.request_text.example_files import FILES, load

Text = tuple[str, str, tuple[str, ...]]
"""Subject, text, and the names on the papers."""
HERE: Final = Path(__file__).parent.parent
TABLES_OF_ROWS: Final = ("word", "join", "clause", "loose", "option", "answer", "mail")
READ: Final = """
import json, sys
sys.path.insert(0, sys.argv[1])
from mail_intake.request import read
assert read.__file__.startswith(sys.argv[1]), read.__file__
for line in sys.stdin:
    form = read.read_request(*json.loads(line))
    names = form.enterprise_names or ("unread" if form.name_unread else "none")
    kind = "request" if form.has_request_words else "other"
    print(json.dumps([names, form.unbind.value, form.reset_password.value, kind]))
"""
"""Read by the interpreter of this checkout with the modules of the other one."""


def texts(*, with_contraries: bool) -> list[Text]:
    """Each text once."""
    return list(dict.fromkeys(_texts(with_contraries=with_contraries)))


def _texts(*, with_contraries: bool) -> Iterator[Text]:
    for file in FILES:
        for group in load(file)[1]:
            for example in group.examples:
                yield example.subject, example.text, example.known
                if with_contraries and not example.kind:
                    for contrary in contraries(example.text):
                        yield example.subject, contrary.text, example.known
    for table in TABLES_OF_ROWS:
        for row in rows(table):
            for written in row.examples:
                yield "", written if isinstance(written, str) else written["text"], ()


def read_by(checkout: Path, of_texts: list[Text]) -> list[list[object]]:
    """What one checkout reads: names, unbinding, reset, and whether it is a request."""
    lines = "\n".join(json.dumps(text) for text in of_texts)
    command = [sys.executable, "-P", "-c", READ, str(checkout.resolve())]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{checkout} cannot read: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("other", type=Path, help="another checkout of this project")
    parser.add_argument("--contraries", action="store_true", help="and the contraries of examples")
    asked = parser.parse_args()
    found = texts(with_contraries=asked.contraries)
    differ = 0
    both = zip(found, read_by(asked.other, found), read_by(HERE, found), strict=True)
    for (subject, text, _known), there, here in both:
        if there != here:
            differ += 1
            print(f"{subject!r} {text!r}\n  there {there}\n  here  {here}")
    print(
        f"{differ} of {len(found)} texts are read differently (tables: {TABLES.relative_to(HERE)})"
    )


if __name__ == "__main__":
    main()
