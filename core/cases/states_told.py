"""The states in the words of letters and screens."""

from typing import Final

from core.cases.case import Case, State

STATE_WORDS: Final[dict[State, str]] = {
    State.INCOMPLETE: "待补正",
    State.QUEUED: "待审核",
    State.HELD: "搁置核实",
    State.APPROVED: "已批准，待办理",
    State.COMPLETED: "已办结",
    State.DECLINED: "不予办理",
    State.WITHDRAWN: "已撤回",
    State.EXPIRED: "逾期未补正，已关闭",
}


def state_words(case: Case) -> str:
    """Where the case stands, in Chinese."""
    return STATE_WORDS[case.state]
