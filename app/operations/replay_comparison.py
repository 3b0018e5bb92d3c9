"""Verdicts on old mail held against what people decided then:
how a centre learns to trust the desk before switching it on.

What the desk would do wrongly is listed on its own: what it would open no case for although people
carried it out; and the two disasters: what it would have returned although people carried it out (a
wrong rejection), and what it would have laid before an administrator without a finding although
people refused it (a wrong unbind begins there).
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.cases.letters.words import DECISIONS
from core.data.finding import Decision
from core.errors import DeskError
from mail_intake.message.charsets import decode

ACCEPTED: Final = frozenset(
    {"accept", "accepted", "done", "queue", "yes", "1", "办理", "已办理", "通过", "同意", "是"}
)
REFUSED: Final = frozenset(
    {"reject", "rejected", "refuse", "no", "0", "退回", "不予办理", "未办理", "拒绝", "否"}
)
COLUMNS: Final = (
    "mail",
    "arrived",
    "decision",
    "enterprise_name",
    "unbind",
    "reset_password",
    "reject",
    "review",
    "note",
    "ms",
    "people",
    "own_words",
)


@dataclass(slots=True)
class Comparison:
    """The verdicts so far. `people`: name of a mail → whether it was carried out."""

    people: Mapping[str, bool] = field(default_factory=dict)
    decisions: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    against: Counter[tuple[str, bool]] = field(default_factory=Counter)
    on_accepted: Counter[str] = field(default_factory=Counter)
    wrong_rejections: list[str] = field(default_factory=list)
    silent_acceptances: list[str] = field(default_factory=list)
    overlooked: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    reworded: int = 0  # mails that the operator's own words made read otherwise

    def add(self, name: str, verdict: Mapping[str, Any]) -> dict[str, str]:
        """Count one verdict; its row for the table."""
        decision, findings = verdict["decision"], verdict["findings"]
        self.decisions[decision] += 1
        self.codes.update({finding["code"] for finding in findings})
        accepted = self.people.get(name)
        self.seen.add(name)
        self.reworded += "own_words" in verdict
        if accepted is not None:
            self._hold_against(name, decision, findings, accepted=accepted)
        return row_of(name, verdict, accepted)

    def _hold_against(
        self, name: str, decision: str, findings: list[dict[str, str]], *, accepted: bool
    ) -> None:
        self.against[decision, accepted] += 1
        if accepted:
            self.on_accepted.update(
                {finding["code"] for finding in findings if finding["severity"] != "note"}
            )
        if accepted and decision == "reject":
            self.wrong_rejections.append(name)
        if accepted and decision in {"other", "ignore"}:
            self.overlooked.append(name)
        if (
            not accepted
            and decision == "queue"
            and not any(finding["severity"] == "review" for finding in findings)
        ):
            self.silent_acceptances.append(name)

    def _not_found(self) -> list[str]:
        """Names among people's decisions that no mail has:
        a slip there would silently compare nothing."""
        missing = [name for name in self.people if name not in self.seen]
        shown = "、".join(missing[:5]) + ("……" if len(missing) > 5 else "")
        return (
            [f"人工结果中有 {len(missing)} 个邮件名在归档中找不到：{shown}（邮件名见明细表第一列）"]
            if missing
            else []
        )

    def summary(self) -> list[str]:
        total = sum(self.decisions.values())
        lines = [
            f"共 {total} 封："
            + "，".join(f"{words} {self.decisions[key]}" for key, words in DECISIONS.items())
        ]
        lines += [
            f"  {code}：{count} 封（{count / max(1, total):.1%}）"
            for code, count in self.codes.most_common()
        ]
        lines += (
            [f"自定词表改变了 {self.reworded} 封邮件的读法（明细表 own_words 列）"]
            if self.reworded
            else []
        )
        return lines + (self._held_against() if self.against else []) + self._not_found()

    def _held_against(self) -> list[str]:
        lines = ["与人工结果对照："]
        lines += [
            f"  {DECISIONS[Decision(d)]}，当时{'已办理' if a else '未办理'}：{n} 封"
            for (d, a), n in sorted(self.against.items())
        ]
        lines += [
            f"  可能误退（当时已办理，办理台会退回）：{name}" for name in self.wrong_rejections
        ]
        lines += [f"  可能遗漏（当时已办理，办理台不会立案）：{name}" for name in self.overlooked]
        lines += [
            f"  可能漏查（当时未办理，办理台未提示疑点）：{name}"
            for name in self.silent_acceptances
        ]
        return lines + self.suggestions()

    def suggestions(self) -> list[str]:
        """Severities that people's decisions speak against."""
        accepted = sum(count for (_, was), count in self.against.items() if was)
        often = [
            (code, n)
            for code, n in self.on_accepted.most_common()
            if n >= 3 and n / max(1, accepted) >= 0.2
        ]
        return [
            (
                f"建议：{code} 出现在 {n} 封（{n / accepted:.0%}）当时已办理的邮件上，"
                "可考虑在 rules.severities 中下调，或检查原因。"
            )
            for code, n in often
        ]


def row_of(name: str, verdict: Mapping[str, Any], accepted: bool | None) -> dict[str, str]:
    """One row of the table: no ID number, no address, no mail text."""
    codes = {
        severity: " ".join(f["code"] for f in verdict["findings"] if f["severity"] == severity)
        for severity in ("reject", "review", "note")
    }
    request = verdict["request"]
    return {
        "mail": name,
        "arrived": verdict.get("arrived", ""),
        "decision": verdict["decision"],
        "enterprise_name": request["enterprise_name"] or "",
        "unbind": _said(request["unbind"]),
        "reset_password": _said(request["reset_password"]),
        **codes,
        "ms": str(round(sum(verdict["timing_ms"].values()))),
        "people": "" if accepted is None else "accepted" if accepted else "refused",
        "own_words": verdict.get("own_words", ""),
    }


def read_decisions(file: Path) -> dict[str, bool]:
    """What people decided: a CSV with two columns, the mail's name and the decision.

    Raises DeskError with every line that is not understood.
    """
    decided: dict[str, bool] = {}
    unclear: list[str] = []
    try:
        rows = list(csv.reader(decode(file.read_bytes()).text.splitlines()))
    except (OSError, csv.Error) as error:
        raise DeskError(
            f"无法读取 {file}（{error}）。请用 CSV：第一列邮件名，第二列“办理”或“退回”。"
        ) from error
    for number, row in enumerate(rows, 1):
        name, word = (*(cell.strip() for cell in row), "", "")[:2]
        if word.lower() in ACCEPTED | REFUSED:
            decided[name] = word.lower() in ACCEPTED
        elif number > 1 and name:
            unclear.append(f"第 {number} 行“{word}”")
    if unclear:
        raise DeskError(f"{file}：{'、'.join(unclear[:20])} 看不懂，请写“办理”或“退回”。")
    return decided


def write_table(rows: Iterable[Mapping[str, str]], file: Path) -> Iterable[Mapping[str, str]]:
    """Write rows as they come, so that a long run can be looked at; gives each on."""
    from web.console.spreadsheets import cell

    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({key: cell(value) for key, value in row.items()})
            out.flush()
            yield row


def _said(answer: bool | None) -> str:
    return "" if answer is None else "yes" if answer else "no"
