"""Competing cases of one enterprise are shown at each of them (RULES.md section 4), also at the one
that came first.

A case without papers competes with none: anybody can write that an enterprise's lock is lost. The
finding gives the older case a new version, so that an approval of what was seen before is refused;
it happens once a case, so that a stranger who writes again and again does not keep an administrator
from approving. It moves no case: for an approved one an alert is raised.
"""

from collections.abc import Sequence
from dataclasses import replace

from core.data.case import Case, State, amend
from core.data.finding import COMPETING, Verdict
from core.store.store import Transaction


def show_competing(tx: Transaction, case: Case, rivals: Sequence[Case], verdict: Verdict) -> None:
    """Give each rival that has none yet the finding that `verdict` has against it, with this case's
    number.
    """
    reported = {one.where: one for one in verdict.findings if one.code == COMPETING}
    for rival in rivals:
        known = any(finding.code == COMPETING for finding in rival.findings)
        if rival.number not in reported or known:
            continue
        number = case.number
        found = reported[rival.number]
        finding = replace(found, parameters={"number": number}, where=number)
        # a new version
        rival = amend(rival, tx.now, findings=(*rival.findings, finding))  # noqa: PLW2901
        tx.write_case("desk", "case.competing", rival)
        if rival.state is State.APPROVED:
            text = (
                f"工单 {rival.number} 已批准，其后另有工单 {case.number} 由他人就同一企业提出。"
                "请在办理前对照核实。"
            )
            tx.alerts.add(f"competing.{rival.number}", text)
