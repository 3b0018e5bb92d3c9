"""A request in words that the desk reads without doubt. The portal writes it for an enterprise to
send (RULES.md section 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.cases.letters.words import ANSWERS, QUESTIONS, YES_OR_NO

REASONS = {
    "expired": "证书到期",
    "lost": "锁已遗失",
    "broken": "锁已损坏",
    "replaced": "换用新锁",
    "forgotten": "忘记密码",
}
HANDLER = "经办人"
REASON = "原因"
FREE_QUESTIONS = tuple(
    question for question in QUESTIONS if question not in (*YES_OR_NO, "enterprise_name")
)
"""Questions that are answered in free words."""


@dataclass(frozen=True)
class PlainRequest:
    """An enterprise's request. `reason`: a key of REASONS; `words`: answers to FREE_QUESTIONS."""

    name: str
    unbind: bool
    reset_password: bool
    reason: str
    handler: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, str]:
        """The answers by question, in the words of a mail."""
        given = {
            "enterprise_name": self.name,
            "unbind": ANSWERS[self.unbind],
            "reset_password": ANSWERS[self.reset_password],
            **self.words,
        }
        return {question: given.get(question, "") for question in QUESTIONS}

    @property
    def subject(self) -> str:
        """The subject of the mail, without the enterprise's name."""
        return "CA锁解绑申请" if self.unbind else "重置注册密码申请"

    @property
    def text(self) -> str:
        """The text of the mail."""
        lines = [f"{QUESTIONS[question]}：{answer}" for question, answer in self.answers.items()]
        return "\n".join(
            (*lines, f"{REASON}：{REASONS[self.reason]}", f"{HANDLER}：{self.handler}")
        )
