"""The page of a case's own link: its state, and the withdrawal of the request.

The link stands in every letter that answers a sender (letter.STATUS_PLACE); its token is derived by
the vault's key from the case's number, so nothing is stored for it. Who has it had the sender's
letter. A withdrawal sets the case aside, as one by mail does, and a person ends it.
"""

from dataclasses import dataclass

from core.cases.desk import Desk, DeskStep, one_step
from core.cases.intake.request_case import WITHDRAWAL_REASON, hold_for_withdrawal
from core.cases.letters.letter_content import announced_window, reasons
from core.data.case import ASIDE, ENDED, Case, State
from core.data.workday import Window
from core.errors import LinkUnusable, NotAllowed
from core.store.store import Transaction


@dataclass(frozen=True)
class CaseStatus:
    """A case's status for anybody who has its link, without personal data.

    `missing`: what an incomplete one lacks; `withdrawing`: a withdrawal waits.
    """

    number: str
    state: State
    window: Window | None
    missing: tuple[str, ...]
    withdrawing: bool

    @property
    def open(self) -> bool:
        """Whether it can be taken back."""
        return self.state not in ENDED


def status_of(desk: Desk, case: Case) -> CaseStatus:
    """The status of a case."""
    missing = reasons(case.findings) if case.state is State.INCOMPLETE else ()
    withdrawing = case.state in ASIDE and WITHDRAWAL_REASON in case.reason
    return CaseStatus(
        case.number,
        case.state,
        announced_window(desk, case),
        missing,
        withdrawing,
    )


def case_of_link(tx: Transaction, number: str, token: str) -> Case:
    """The case of a link. Raises NotAllowed, in the same words for each reason."""
    case = tx.cases.by_status_token(number, token)
    if case is None or case.purged_at:
        raise LinkUnusable
    current = tx.cases.current(case)
    return current if current.sender == case.sender else case


@one_step
def ask_to_withdraw(tx: DeskStep, number: str, token: str) -> None:
    """Set the case of a link aside as taken back; once is enough.

    Raises NotAllowed for an unusable link, and for a case that has ended.
    """
    case = case_of_link(tx, number, token)
    if case.state in ENDED:
        raise NotAllowed("申请已结束，不能撤回。")
    if not status_of(tx.desk, case).withdrawing:
        hold_for_withdrawal(tx, case)
