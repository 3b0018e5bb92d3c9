"""Which right each route of the console asks for.

A route that stands in no row is refused to everybody: whoever adds one decides here who may.

Looked up at each request, with the roles as they are then.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import Request

from core.cases.letters import words
from core.data.administrator import Administrator
from core.data.roles import Right, holders, may
from core.errors import DeskError

_GET: Final[Mapping[str, Right | None]] = {
    "/password": None,
    "/second-factor": None,
    "/": Right.READ,
    "/find": Right.READ,
    "/cases/{number}": Right.READ,
    "/cases/{number}/present": Right.READ,
    "/cases/{number}/{_act}": Right.READ,
    "/mails": Right.READ,
    "/mails/{mail_id}": Right.READ,
    "/mails/{mail_id}/pages/{index}": Right.READ,
    "/mails/{mail_id}/parts/{index}": Right.READ,
    "/mails/{mail_id}/seals/{index}": Right.READ,
    "/mails/{mail_id}/seals/{index}/unrolled": Right.READ,
    "/letters": Right.READ,
    "/enterprises": Right.READ,
    "/enterprises/{enterprise_id}": Right.READ,
    "/enterprises/{enterprise_id}/papers/{paper_id}": Right.READ,
    "/certificates": Right.READ,
    "/alerts": Right.ALERTS,
    "/people": Right.PEOPLE,
    "/calendar": None,
    "/audit": Right.AUDIT,
    "/today": None,
    "/today/progress.events": None,
    "/statistics": Right.FIGURES,
    "/statistics/{chart}.svg": Right.FIGURES,
    "/statistics.csv": Right.FIGURES,
    "/statistics.xlsx": Right.FIGURES,
}
_POST: Final[Mapping[str, Right | None]] = {
    "/password": None,
    "/logout": None,
    "/second-factor/totp": None,
    "/second-factor/totp/confirm": None,
    "/second-factor/recovery": None,
    "/second-factor/passkey/options": None,
    "/second-factor/passkey": None,
    "/second-factor/remove": None,
    "/second-factor/remove/{passkey_id}": None,
    "/batch": Right.APPROVE,
    "/approve": Right.APPROVE,
    "/revoke": Right.APPROVE,
    "/cases/{number}/approve": Right.APPROVE,
    "/cases/{number}/reversal": Right.APPROVE,
    "/cases/{number}/reverse": Right.APPROVE,
    "/cases/{number}/revoke": Right.APPROVE,
    "/cases/{number}/hold": Right.REVIEW,
    "/cases/{number}/release": Right.REVIEW,
    "/cases/{number}/request": Right.REVIEW,
    "/cases/{number}/account": Right.REVIEW,
    "/cases/{number}/bindings": Right.REVIEW,
    "/cases/{number}/take-over": Right.REVIEW,
    "/cases/{number}/note": Right.REVIEW,
    "/cases/{number}/read": Right.REVIEW,
    "/cases/{number}/undo": Right.REVIEW,
    "/cases/{number}/draft": Right.REVIEW,
    "/cases/{number}/{answer}": Right.REVIEW,
    "/mails/{mail_id}/reply": Right.REVIEW,
    "/mails/{mail_id}/reply/draft": Right.REVIEW,
    "/mails/{mail_id}/read": Right.REVIEW,
    "/letters/{letter_id}/take-back": Right.REVIEW,
    "/mails/{mail_id}/raw": Right.REVIEW,
    "/mails/{mail_id}/retry": Right.REVIEW,
    "/mails/{mail_id}/reveal": Right.REVIEW,
    "/mails/{mail_id}/pages/{index}": Right.REVIEW,
    "/mails/{mail_id}/attachments/{index}": Right.REVIEW,
    "/letters/{letter_id}/retry": Right.REVIEW,
    "/letters/{letter_id}/cancel": Right.REVIEW,
    "/alerts/clear": Right.ALERTS,
    "/calendar-warning": None,
    "/enterprises/{enterprise_id}/unlock": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/unfreeze": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/end": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/restore": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/lost": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/found": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/dates": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/papers/{paper_id}": Right.REVIEW,
    "/enterprises/{enterprise_id}/information/accept": Right.ACCOUNTS,
    "/enterprises/{enterprise_id}/information/return": Right.ACCOUNTS,
    "/audit/export": Right.AUDIT,
    "/calendar/day": Right.CALENDAR,
    "/calendar/window": Right.CALENDAR,
    "/calendar/day/drop": Right.CALENDAR,
    "/calendar/window/{window_id}/drop": Right.CALENDAR,
    "/people": Right.PEOPLE,
    "/people/{administrator_id}/roles": Right.PEOPLE,
    "/people/{administrator_id}/{act}": Right.PEOPLE,
}
NEEDED: Final[Mapping[tuple[str, str], Right | None]] = {
    ("GET", path): right for path, right in _GET.items()
} | {("POST", path): right for path, right in _POST.items()}
"""By method and path; None: whoever is logged in may."""


class NoRight(DeskError):
    """The administrator's roles do not give the right that the route asks for."""


def require_right(request: Request, administrator: Administrator) -> None:
    """Raise NoRight where the administrator may not call the route that the request came to."""
    route = (request.method, request.scope["route"].path)
    if route not in NEEDED:
        raise NoRight("此功能未开放。")
    right = NEEDED[route]
    if right is not None:
        require(administrator, right)


def require(administrator: Administrator, right: Right) -> None:
    """Raise NoRight where the administrator's roles do not give the right."""
    if not may(administrator.roles, right):
        needed = "、".join(f"“{words.ROLES[role]}”" for role in holders(right))
        raise NoRight(
            f"此操作须有{needed}角色，您的角色是“{words.roles(administrator.roles)}”，未予执行。"
            "需要时请由系统管理员调整角色。"
        )
