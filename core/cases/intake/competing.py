"""Competing cases of one enterprise are shown at each of them (RULES.md section 4),
also at the one that came first.

A case without papers competes with none: anybody can write that an enterprise's lock is lost. The
finding gives the older case a new version, so that an approval of what was seen before is refused;
it happens once a case, so that a stranger who writes again and again does not keep an administrator
from approving. It moves no case: for an approved one an alert is raised.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.data.case import Case, State, amend
from core.data.finding import COMPETING, Finding, Verdict
from core.store.store import Transaction


def show_competing(
    tx: Transaction, case: Case, rivals: Sequence[Case], verdict: Verdict, now: datetime
) -> None:
    """Give each rival that has none yet the finding that `verdict` holds against it,
    with this case's number."""
    reported = {finding.where: finding for finding in verdict.findings if finding.code == COMPETING}
    for rival in rivals:
        if rival.number in reported and all(
            finding.code != COMPETING for finding in rival.findings
        ):
            _show(
                tx,
                rival,
                replace(
                    reported[rival.number], parameters={"number": case.number}, where=case.number
                ),
                now,
            )
            if rival.state is State.APPROVED:
                text = (
                    f"工单 {rival.number} 已批准，其后另有工单 {case.number} 由他人就同一企业提出。"
                    "请在办理前对照核实。"
                )
                tx.alerts.add(now, f"competing.{rival.number}", text)


def _show(tx: Transaction, rival: Case, finding: Finding, now: datetime) -> None:
    rival = amend(rival, now, findings=(*rival.findings, finding))
    tx.cases.save(rival)
    tx.audit.write(now, "desk", "case.competing", rival)
