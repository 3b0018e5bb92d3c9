"""Competing cases of one enterprise are shown at each of them (RULES.md section 4), also at the one
that came first; and which one of the same sender ended lately.

A case without papers competes with none: anybody can write that an enterprise's lock is lost. The
finding gives the older case a new version, so that an approval of what was seen before is refused;
it happens once a case, so that a stranger who writes again and again does not keep an administrator
from approving. It moves no case: for an approved one an alert is raised.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.cases.requester import proved_cases
from core.clock import is_recent
from core.data.audit_entry import DESK
from core.data.case import Case, State, amend
from core.data.finding import COMPETING, Verdict
from core.store.store import Transaction

LATELY = timedelta(days=7)
"""So long a signature vouches for a mail that is sent again (mail_intake.sender.dkim)."""
_ENDS = frozenset({State.COMPLETED, State.WITHDRAWN, State.DECLINED})


def show_competing(tx: Transaction, case: Case, rivals: Sequence[Case], verdict: Verdict) -> None:
    """Give each rival the finding that `verdict` has against it, but with this case's number. One
    that has such a finding already gets no other."""
    reported = {one.where: one for one in verdict.findings if one.code == COMPETING}
    for rival in rivals:
        found = reported.get(rival.number)
        if found is None or any(one.code == COMPETING for one in rival.findings):
            continue
        finding = replace(found, parameters={"number": case.number}, where=case.number)
        after = amend(rival, tx.now, findings=(*rival.findings, finding))
        tx.write_case(DESK, "case.competing", after)
        if rival.state is State.APPROVED:
            text = (
                f"工单 {rival.number} 已批准，其后另有工单 {case.number} 由他人就同一企业提出。"
                "请在办理前对照核实。"
            )
            tx.alerts.add(f"competing.{rival.number}", text)


def ended_lately(tx: Transaction, enterprise_id: int | None, sender: str) -> Case | None:
    """The sender's case of the enterprise that was carried out, withdrawn or declined within
    LATELY: whoever has its mail can send it again, and it is as genuine as it was.
    """
    found = tx.cases.of_sender(enterprise_id, sender) if enterprise_id and sender else []
    ended = [
        one for one in found if one.state in _ENDS and is_recent(one.changed_at, tx.now, LATELY)
    ]
    return next(iter(proved_cases(tx, ended)), None)
