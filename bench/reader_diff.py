"""Which texts two checkouts read differently: `python -m bench.reader_diff OTHER_CHECKOUT`.

Texts: all examples of tests/request_text and of the reader's rows, and, with --contraries, what
`tests.request_text.contraries` makes of the examples. After teaching a wording: what it prints is
all that the change does.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import NamedTemporaryFile

from bench.program import run
from mail_intake.request.grammar import TABLES, rows
from tests.request_text.contraries import contraries as contraries_of
from tests.request_text.example_files import FILES, load

Text = tuple[str, str, tuple[str, ...]]
"""Subject, text, and the names on the papers."""
HERE = Path(__file__).parent.parent
TABLES_OF_ROWS = ("word", "join", "clause", "loose", "option", "answer", "mail")
READ = """
import json, sys
sys.path.insert(0, sys.argv[1])
from mail_intake.request import read
assert read.__file__.startswith(sys.argv[1]), read.__file__
for line in sys.stdin:
    form = read.read_request(*json.loads(line))
    names = form.enterprise_names or ("unread" if form.name_unread else "none")
    kind = "request" if form.has_request_words else "other"
    talk = [word for word in ("withdraws", "asks_progress") if getattr(form, word)]
    print(json.dumps([names, form.unbind.value, form.reset_password.value, kind, *talk]))
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
                    for contrary in contraries_of(example.text):
                        yield example.subject, contrary.text, example.known
    for table in TABLES_OF_ROWS:
        for row in rows(table):
            for written in row.examples:
                yield "", written if isinstance(written, str) else written["text"], ()


def read_by(checkout: Path, texts_file: Path) -> Iterator[list[object]]:
    """What one checkout reads, as it reads: names, unbinding, reset, whether it is a request, takes
    one back, asks how far one is."""
    command = [sys.executable, "-P", "-c", READ, str(checkout.resolve())]
    with texts_file.open() as lines, Popen(command, stdin=lines, stdout=PIPE, text=True) as reader:
        assert reader.stdout is not None
        yield from map(json.loads, reader.stdout)
    if reader.returncode:
        raise SystemExit(f"{checkout} cannot read: see above")


def main(other: Path, *, contraries: bool = False) -> None:
    found = texts(with_contraries=contraries)
    differ = 0
    with NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(f"{json.dumps(text)}\n" for text in found)
        file.flush()
        readings = [read_by(checkout, Path(file.name)) for checkout in (other, HERE)]
        for (subject, text, _known), there, here in zip(found, *readings, strict=True):
            if there != here:
                differ += 1
                print(f"{subject!r} {text!r}\n  there {there}\n  here  {here}", flush=True)
    print(
        f"{differ} of {len(found)} texts are read differently (tables: {TABLES.relative_to(HERE)})"
    )


if __name__ == "__main__":
    run(main)
