"""Verdicts on old mail compared with what people decided then, by which a centre learns to trust
the desk before switching it on.

An archive is an .eml file, a Maildir, an mbox file, or a folder of these; nothing in it changes. In
an mbox a mail begins at a line "From " with an address or a time of day and a header field below
it, because programs leave such words in the text of mails unescaped.
"""

import csv
import mmap
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.cases.letters.words import DECISIONS
from core.errors import DeskError
from mail_intake.message.charsets import decode

_BORDER = re.compile(
    rb"^(?:\xef\xbb\xbf)?From (?:\S+@\S+|MAILER-DAEMON|-|[^\n]*\d\d:\d\d[^\n]*)[ \t]*\r?\n"
    rb"(?=[!-9;-~]+[ \t]*:)",
    re.MULTILINE,
)
_ESCAPED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_DECIDED = {"办理": True, "退回": False}


@dataclass(frozen=True)
class OldMail:
    """One mail of an archive.

    `name` identifies it there: a file's name, or a number in the mbox.
    """

    name: str
    raw: bytes


def old_mails(archive: Path) -> Iterator[OldMail]:
    """The mails of an archive. Raises DeskError where there are none."""
    folder = archive if archive.is_dir() else archive.parent
    files = sorted(archive.rglob("*")) if archive.is_dir() else [archive]
    found = 0
    for file in filter(Path.is_file, files):
        is_mail = file.suffix.lower() == ".eml" or file.parent.name in {"cur", "new"}
        name = str(file.relative_to(folder))
        for mail in [OldMail(name, file.read_bytes())] if is_mail else _mbox(file, name):
            found += 1
            yield mail
    if not found:
        raise DeskError(
            f"{archive} 中没有邮件。请给出 .eml 或 mbox 文件、Maildir，或存放它们的文件夹。"
        )


def _mbox(file: Path, name: str) -> Iterator[OldMail]:
    if not file.stat().st_size:
        return
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        borders = list(_BORDER.finditer(content))
        starts = [border.start() for border in borders] + [len(content)]
        for number, border in enumerate(borders, 1):
            # an mbox puts an empty line after each mail
            raw = re.sub(rb"(?<=\n)\r?\n\Z", b"", content[border.end() : starts[number]])
            yield OldMail(f"{name}#{number}", _ESCAPED.sub(b"", raw))


@dataclass(slots=True)
class Comparison:
    """Counts of the verdicts so far. `people`: name of a mail → whether people carried it out;
    `against`: by decision and what people did."""

    people: Mapping[str, bool]
    decisions: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    against: Counter[tuple[str, bool]] = field(default_factory=Counter)
    reworded: int = 0  # mails that the operator's own words change

    def add(self, name: str, verdict: Mapping[str, Any]) -> dict[str, str]:
        """Count one verdict; its row for the table: no ID number, no address, no mail text."""
        accepted = self.people.get(name)
        self.decisions[verdict["decision"]] += 1
        self.codes.update({finding["code"] for finding in verdict["findings"]})
        self.reworded += "own_words" in verdict
        if accepted is not None:
            self.against[verdict["decision"], accepted] += 1
        request, answer = verdict["request"], {None: "", True: "yes", False: "no"}
        return {
            "mail": name,
            "arrived": verdict.get("arrived", ""),
            "decision": verdict["decision"],
            "enterprise_name": request["enterprise_name"] or "",
            "unbind": answer[request["unbind"]],
            "reset_password": answer[request["reset_password"]],
            **{
                severity: " ".join(
                    one["code"] for one in verdict["findings"] if one["severity"] == severity
                )
                for severity in ("reject", "review", "note")
            },
            "ms": str(round(sum(verdict["timing_ms"].values()))),
            "people": {None: "", True: "accepted", False: "refused"}[accepted],
            "own_words": verdict.get("own_words", ""),
        }

    def summary(self) -> Iterator[str]:
        total = sum(self.decisions.values())
        counts = (f"{words} {self.decisions[key]}" for key, words in DECISIONS.items())
        yield f"共 {total} 封：{'，'.join(counts)}"
        for code, count in self.codes.most_common():
            yield f"  {code}：{count} 封（{count / total:.1%}）"
        if self.reworded:
            yield f"自定词表改变了 {self.reworded} 封邮件的读法（明细表 own_words 列）"
        for (decision, accepted), count in sorted(self.against.items()):
            people = "已办理" if accepted else "未办理"
            yield f"对照：办理台{DECISIONS[decision]}，当时{people}：{count} 封"
        missing = len(self.people) - self.against.total()
        if missing:
            yield f"人工结果中有 {missing} 个邮件名在归档中找不到（邮件名见明细表第一列）"


def read_decisions(file: Path) -> dict[str, bool]:
    """People's decisions: a CSV with two columns, the mail's name and the decision.

    Raises DeskError with every line that is not understood.
    """
    decisions: dict[str, bool] = {}
    unclear: list[str] = []
    try:
        rows = list(csv.reader(decode(file.read_bytes()).text.splitlines()))
    except (OSError, csv.Error) as error:
        raise DeskError(
            f"无法读取 {file}（{error}）。请用 CSV：第一列邮件名，第二列“办理”或“退回”。"
        ) from error
    for number, row in enumerate(rows, 1):
        name, word = (*(cell.strip() for cell in row), "", "")[:2]
        if word in _DECIDED:
            decisions[name] = _DECIDED[word]
        elif number > 1 and name:
            unclear.append(f"第 {number} 行“{word}”")
    if unclear:
        raise DeskError(f"{file}：{'、'.join(unclear[:20])} 看不懂，请写“办理”或“退回”。")
    return decisions


def write_table(rows: Iterable[Mapping[str, str]], file: Path) -> None:
    """Write rows as they come, so that a long run can be looked at."""
    from web.console.spreadsheets import cell

    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        for number, row in enumerate(rows):
            if number == 0:
                writer.writerow(row)
            writer.writerow(map(cell, row.values()))
            out.flush()
