"""`python -m bench.specimens FOLDER`: how well the desk reads labelled papers, as a table.

FOLDER holds truth.json (papers) or pages-truth.json (pages with one drawn seal) or both; the form
is in docs/BENCHMARKS.md, "Your own scans". Resumable: each reading is a line of `--results`, found
again by the content of its file. The lines hold people's data, so a new file has mode 600.
`--limit`: at most so many files in this run; `--jobs`: files at once, time a page with one;
`--values`: show what was read.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.documents.table import Result, markdown
from bench.program import Line, kept, noted, run
from bench.specimen_scores import FIELDS, Drawn, Paper, table
from core.data.documents import Documents
from papers.contract import box_json
from papers.paper_reading import DocumentReader, DocumentSettings
from validators.absence import seal_absent

_SOURCES: Sequence[tuple[str, str, TypeAdapter[Any]]] = (
    ("truth.json", "set", TypeAdapter(dict[str, Paper])),
    ("pages-truth.json", "pages", TypeAdapter(dict[str, Drawn])),
)
_READ_FIELDS = {read for measures in FIELDS.values() for read, _ in measures.values()}
_NOBODY = "某某有限公司"  # borne by no seal: each is then read thoroughly for its own name
_MARKS = ("confident", "colour", "seal_ink", "blank")


class TruthError(Exception):
    """A folder that cannot be measured: all that is wrong with it."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file with its truth. `sha256`: of its content."""

    name: str
    path: Path
    truth: Paper | Drawn
    sha256: str


def specimens_in(folder: Path) -> list[Specimen]:
    """All labelled files. Raises TruthError."""
    found, problems = list[Specimen](), list[str]()
    for file, below, form in _SOURCES:
        try:
            truths = form.validate_json((folder / file).read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            continue
        except UnicodeDecodeError:
            problems.append(f"{folder / file}: not UTF-8")
            continue
        except ValidationError as error:
            wrong = [(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
            problems += [f"{folder / file}: {place}: {message}" for place, message in wrong]
            continue
        for name, truth in sorted(truths.items()):
            names = (f"{below}/{name}", f"{below}/{name}.pdf", name, f"{name}.pdf")
            path = next((folder / each for each in names if (folder / each).is_file()), None)
            if path:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found.append(Specimen(name, path, truth, digest))
            else:
                problems.append(f"{folder / file}: {name}: no such file beside it or in {below}/")
    if problems or not found:
        raise TruthError("\n".join(problems) or f"{folder}: no truth.json that names a file")
    return found


def read_all(todo: Sequence[Specimen], jobs: int) -> Iterator[Line]:
    """A line for each specimen, as they come."""
    settings = DocumentSettings(allow_images=True, workers=jobs)
    with closing(DocumentReader(settings)) as reader, ThreadPoolExecutor(jobs) as pool:

        def read(specimen: Specimen) -> Line:
            reading = reader.read([(specimen.path.name, specimen.path.read_bytes())])
            names = [p.fields.get("enterprise_name", "") for p in reading.documents.parts]
            documents = reading.with_checked_seals([*filter(None, names)] or [_NOBODY]).documents
            return {"file": specimen.name, "sha256": specimen.sha256, **_line(documents)}

        try:
            for future in as_completed([pool.submit(read, specimen) for specimen in todo]):
                line = future.result()
                print(f"read: {line['file']}", file=sys.stderr)
                yield line
        finally:
            pool.shutdown(cancel_futures=True)


def _line(documents: Documents) -> Line:
    """What the scores need of a reading, as JSON. `ms`: by the clock of the reading process."""
    fields = [{k: v for k, v in p.fields.items() if k in _READ_FIELDS} for p in documents.parts]
    return {
        "parts": [
            {"kind": part.kind, "fields": read, "doubts": part.doubts}
            for part, read in zip(documents.parts, fields, strict=True)
        ],
        "seals": [
            {"kind": s.kind, "text": s.text, "box": box_json(s.box), "doubtful": s.doubtful}
            for s in documents.seals
        ],
        "pages": [{mark: getattr(page, mark) for mark in _MARKS} for page in documents.pages],
        "seal_absent": seal_absent(documents),
        "unopened": list(documents.unopened.values()),
        "ms": sum(documents.timing_ms.values()),
    }


def report(specimens: Sequence[Specimen], lines: Sequence[Line], *, values: bool) -> Iterator[str]:
    """What went wrong with each file that was read, and a table for each form of truth."""
    by_content = {line["sha256"]: line for line in lines}
    read = [(one, by_content[one.sha256]) for one in specimens if one.sha256 in by_content]
    for form, heading in ((Paper, "Papers"), (Drawn, "Pages with a drawn seal")):
        results, of_form = list[Result](), list[Line]()
        for specimen, line in read:
            if isinstance(specimen.truth, form):
                of_one = list(specimen.truth.results(line))
                yield from _faults(specimen, line, of_one, values=values)
                results += of_one
                of_form.append(line)
        if of_form:
            yield f"\n{heading}\n\n{markdown(table(results, of_form))}\n"
    yield f"{len(read)} of {len(specimens)} files read"


def _faults(
    specimen: Specimen, line: Line, results: Sequence[Result], *, values: bool
) -> Iterator[str]:
    faults = [
        *line["unopened"],
        *(f"{key}: not measured" for key in specimen.truth.model_extra or ()),
    ]
    for measure, outcome, detail in results:
        shown = f" ({detail})" if values and detail else ""
        faults += [f"{measure}: {outcome}{shown}"] if outcome != "right" else []
    if faults:
        yield f"{specimen.name}  {'; '.join(faults)}"


def main(
    folder: Path,
    *,
    results: Path = Path("var/bench-specimens.jsonl"),
    limit: int | None = None,
    jobs: int = 1,
    values: bool = False,
) -> None:
    os.umask(0o077)
    try:
        specimens = specimens_in(folder)
    except TruthError as error:
        sys.exit(str(error))
    lines = kept(results)
    done = {line["sha256"] for line in lines}
    fresh = {one.sha256: one for one in specimens if one.sha256 not in done}
    lines += noted(results, read_all(list(fresh.values())[:limit], jobs))
    for row in report(specimens, lines, values=values):
        print(row)


if __name__ == "__main__":
    run(main)
