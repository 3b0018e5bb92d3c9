"""`unbind calibrate`: how well the desk reads a centre's own labelled pages, by the measures of docs/BENCHMARKS.md. Nothing is kept or sent.

The folder holds PDFs and images and a `labels.json` or `labels.csv` with a row a file. What a label leaves out is not measured. Values are printed
only when asked for: they are people's data. `--seals` shows every seal beside what it answers to its label.
"""

import contextlib
import csv
import difflib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.calibration_page import Row, own_seals, refuse_existing, write_page
from app.cli_check import in_order, progress
from app.config import load
from app.wiring import Wiring
from core.accounts.names import fold_name
from core.cases.submission import Documents, PartKind, SealVerdict
from core.errors import DeskError
from mail_intake.documents.lines.words import fold

commands = typer.Typer()
CsvRow = dict[str, str]
FIELDS: Final = {
    "name": (PartKind.ID_FRONT, "name"),
    "id_number": (PartKind.ID_FRONT, "id_number"),
    "id_valid_until": (PartKind.ID_BACK, "valid_until"),
    "enterprise_name": (PartKind.LICENCE, "enterprise_name"),
    "uscc": (PartKind.LICENCE, "uscc"),
    "legal_representative": (PartKind.LICENCE, "legal_representative"),
    "licence_valid_until": (PartKind.LICENCE, "valid_until"),
}
"""The columns of a label, each with the part and the field it stands for. `seal` besides: the seal's name, or 无."""
OUTCOMES: Final = ("right", "missing", "doubtful", "wrong")
NO_SEAL: Final = frozenset({"无", "none"})
_ALIKE: Final = 0.8
_EXAMPLE = 'Example: unbind calibrate scans/    labels.csv: file,name,id_number,enterprise_name,uscc,seal    labels.json: {"a.pdf": {"uscc": "…"}}'


@commands.command("calibrate", epilog=_EXAMPLE)
def calibrate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="PDFs and images, with labels.json or labels.csv.", show_default=False)],
    values: Annotated[bool, typer.Option("--values", help="Print what was expected and read where it differs (people's data).")] = False,
    seals: Annotated[Path | None, typer.Option("--seals", metavar="FILE.html", help="A new file that shows each seal beside its answer.")] = None,
) -> None:
    """Measure the reading on your own labelled pages: 用本中心已标注的扫描件检验识别效果。"""
    if seals:
        refuse_existing(seals)
    labels, shown = read_labels(folder), list[Row]()
    wiring, count, pages = Wiring(load(context.obj)), Counter[tuple[str, str]](), 0
    with contextlib.closing(wiring.reader(images=True)) as reader:

        def read(file: str) -> dict[str, Any]:
            return {"file": file, "reading": reader.read([(file, (folder / file).read_bytes())]).asked(expected_names(labels[file]))}

        for result in progress(in_order(read, list(labels)), len(labels), "calibrate"):
            file, reading = result["file"], result["reading"]
            pages += len(reading.documents.pages)
            for column, outcome, told in compared(labels[file], reading.documents):
                count[column, outcome] += 1
                shown += [(file, labels[file][column], outcome, reading)] if column == "seal" and seals else []
                if outcome != "right":
                    typer.echo(f"{file}　{column}　{outcome}{f'　{told}' if values else ''}")
    for line in table(count):
        typer.echo(line)
    typer.echo(f"{len(labels)} files, {pages} pages")
    if seals:
        write_page(seals, shown)


def expected_names(row: CsvRow) -> list[str]:
    """The names that the seals of a file are asked for: what its seal is labelled to bear, else its enterprise."""
    wanted = row.get("seal") or row.get("enterprise_name", "")
    return [] if wanted in {"", *NO_SEAL} else [wanted]


def read_labels(folder: Path) -> dict[str, CsvRow]:
    """File name → its labels. Raises DeskError with what is wrong, all at once."""
    path = next((p for p in (folder / "labels.json", folder / "labels.csv") if p.is_file()), None)
    if path is None:
        raise DeskError(f"{folder} 中没有 labels.json 或 labels.csv。")
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(text.splitlines())) if path.suffix == ".csv" else _json_rows(json.loads(text))
    except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
        raise DeskError(f"无法读取 {path}：{error}。") from error
    labels = {str(row.get("file") or ""): _plain(row) for row in rows}
    if problems := _problems(folder, labels, len(rows)):
        raise DeskError(f"{path.name}：{'；'.join(problems)}。")
    return labels


def _json_rows(data: Any) -> list[Mapping[str, Any]]:
    """Rows from a list of objects with "file", or from an object of file → labels."""
    if isinstance(data, Mapping):
        data = [{**row, "file": file} if isinstance(row, Mapping) else row for file, row in data.items()]
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise DeskError('labels.json 应写成 {"文件名": {"uscc": "…"}} 或 [{"file": "文件名", "uscc": "…"}]。')
    return data


def _plain(row: Mapping[Any, Any]) -> CsvRow:
    """The labels of a row; what is empty is not labelled. A spare column of a CSV (None) is reported as a column without a name."""
    return {str(k): str(v).strip() for k, v in row.items() if k != "file" and v not in (None, "", [])}


def _problems(folder: Path, labels: Mapping[str, CsvRow], rows: int) -> list[str]:
    unknown = sorted({column for row in labels.values() for column in row} - {*FIELDS, "seal"})
    absent = sorted(file for file in labels if not file or Path(file).is_absolute() or not (folder / file).is_file())
    return [
        *([f"没有这样的列：{'、'.join(unknown)}（可用：{'、'.join([*FIELDS, 'seal'])}）"] if unknown else []),
        *([f"没有这样的文件：{'、'.join(name or '（空）' for name in absent)}"] if absent else []),
        *(["同一个文件写了两行"] if len(labels) < rows and not absent else []),
        *(["没有任何一行"] if not rows else []),
    ]


def compared(row: CsvRow, documents: Documents) -> Iterable[tuple[str, str, str]]:
    """(column, outcome, what was expected and read) for each label of a file."""
    for column, wanted in row.items():
        outcome, got = _seal(wanted, documents) if column == "seal" else _field(column, wanted, documents)
        yield column, outcome, f"{wanted} → {got or '（未读出）'}"


def _field(column: str, wanted: str, documents: Documents) -> tuple[str, str]:
    """Right when any part of that kind says it; wrong only where no doubt was reported."""
    kind, name = FIELDS[column]
    read = [(part.fields[name], name in part.doubts) for part in documents.of(kind) if name in part.fields]
    if not read:
        return "missing", ""
    if any(fold(value) == fold(wanted) for value, _ in read):
        return "right", wanted
    return ("doubtful" if any(doubt for _, doubt in read) else "wrong"), "、".join(value for value, _ in read)


def _seal(wanted: str, documents: Documents) -> tuple[str, str]:
    """Whether a seal of that name was found: by its answer; where none was asked right at a similarity of 0.8; where there is none, any sure seal is wrong."""
    own = own_seals(documents)
    sure = [seal for seal in own if not seal.doubtful]
    said = "、".join(seal.text or "?" for seal in own)
    if wanted in NO_SEAL:
        return ("wrong" if sure else "doubtful" if own else "right"), said
    answers = {check.verdict for seal in own for check in seal.checks if check.name == fold_name(wanted)}
    if answers:
        return ("right" if SealVerdict.AGREES in answers else "wrong" if SealVerdict.DIFFERS in answers else "doubtful"), said
    if any(difflib.SequenceMatcher(None, fold(wanted), fold(seal.text or "")).ratio() >= _ALIKE for seal in own):
        return "right", said
    return ("missing" if not own else "wrong" if any(seal.text for seal in sure) else "doubtful"), said


def table(count: Mapping[tuple[str, str], int]) -> Sequence[str]:
    """A line a column: the share read right, and the counts."""
    lines = []
    for column in [*FIELDS, "seal"]:
        of = [count.get((column, outcome), 0) for outcome in OUTCOMES]
        if sum(of):
            counts = "  ".join(f"{outcome} {n}" for outcome, n in zip(OUTCOMES, of, strict=True))
            lines.append(f"{column:22} {100 * of[0] / sum(of):5.1f} %   {counts}")
    return lines
