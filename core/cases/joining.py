"""Which mail may join a case at all (RULES.md section 6): From and a case number prove nothing.

A sender whom the trusted receiving server (or a broken signature) speaks against never joins; one whom it vouches for does. Where nothing is known,
as with servers that write no results, the setting `require_authentication` decides.
"""

from core.cases.desk import Desk
from core.cases.submission import Message


def is_itself(desk: Desk, message: Message) -> bool:
    """Whether the mail may count as one of the address in its From."""
    if message.authentication == "unknown":
        return not desk.settings.require_authentication
    return message.authentication == "pass"
