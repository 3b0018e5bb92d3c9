"""The right that each route of the console requires. A route without a row is refused to everybody,
so a new route needs a row here. Roles are read at each request.
"""

from fastapi import Request

from core.cases.letters import words
from core.data.administrator import Administrator
from core.data.roles import Right, roles_with
from web.common.refusals import NoRight

EVERYBODY = (
    "GET /password",
    "POST /password",
    "POST /logout",
    "GET /second-factor",
    "POST /second-factor/totp",
    "POST /second-factor/totp/confirm",
    "POST /second-factor/recovery",
    "POST /second-factor/passkey/options",
    "POST /second-factor/passkey",
    "POST /second-factor/remove",
    "GET /today",
    "GET /live",
    "GET /calendar",
)
"""Routes for everybody who is logged in."""
ROUTES = {
    Right.READ: (
        "GET /",
        "GET /find",
        "GET /cases/{number}",
        "GET /cases/{number}/present",
        "GET /cases/{number}/{_act}",
        "GET /mails",
        "GET /mails/{mail_id}",
        "GET /mails/{mail_id}/{picture}/{index}",
        "GET /letters",
        "GET /enterprises",
        "GET /enterprises/{enterprise_id}",
        "GET /enterprises/{enterprise_id}/papers/{paper_id}",
        "GET /certificates",
    ),
    Right.REVIEW: (
        "POST /cases/{number}/hold",
        "POST /cases/{number}/release",
        "POST /cases/{number}/request",
        "POST /cases/{number}/account",
        "POST /cases/{number}/take-over",
        "POST /cases/{number}/merge",
        "POST /cases/{number}/split",
        "POST /cases/{number}/note",
        "POST /cases/{number}/assign",
        "POST /cases/{number}/read",
        "POST /cases/{number}/undo",
        "POST /cases/{number}/draft",
        "POST /cases/{number}/{answer}",
        "POST /mails/{mail_id}/reply",
        "POST /mails/{mail_id}/reply/draft",
        "POST /mails/read",
        "POST /mails/{mail_id}/forward",
        "POST /mails/{mail_id}/block",
        "POST /mails/unblock",
        "POST /mails/{mail_id}/raw",
        "POST /mails/{mail_id}/retry",
        "POST /mails/{mail_id}/reveal",
        "POST /mails/{mail_id}/pages/{index}",
        "POST /mails/{mail_id}/attachments/{index}",
        "POST /letters/{letter_id}/take-back",
        "POST /letters/{letter_id}/retry",
        "POST /letters/{letter_id}/cancel",
        "POST /enterprises/{enterprise_id}/papers/{paper_id}",
    ),
    Right.APPROVE: (
        "POST /batch",
        "POST /approve",
        "POST /revoke",
        "POST /cases/{number}/approve",
        "POST /cases/{number}/revoke",
        "POST /cases/{number}/reversal",
        "POST /cases/{number}/reverse",
    ),
    Right.ACCOUNTS: (
        "POST /enterprises/{enterprise_id}/{act}",
        "POST /enterprises/{enterprise_id}/contact",
        "POST /enterprises/{enterprise_id}/contact/{answer}",
    ),
    Right.ALERTS: ("GET /alerts", "POST /alerts/clear"),
    Right.CALENDAR: (
        "POST /calendar/day",
        "POST /calendar/day/drop",
        "POST /calendar/window",
        "POST /calendar/window/{window_id}/drop",
    ),
    Right.PEOPLE: (
        "GET /people",
        "POST /people",
        "POST /people/{administrator_id}/roles",
        "POST /people/{administrator_id}/{act}",
    ),
    Right.FIGURES: ("GET /statistics", "GET /statistics.xlsx"),
    Right.LEDGER: ("POST /ledger",),
    Right.AUDIT: ("GET /audit", "POST /audit/export"),
}
NEEDED = dict.fromkeys(EVERYBODY) | {
    route: right for right, routes in ROUTES.items() for route in routes
}
"""The right by method and path, None for everybody who is logged in."""
BEFORE_PASSWORD = ("/password", "/logout")
"""Paths that do not require that a one-time password was replaced."""
BEFORE_FACTOR = (*BEFORE_PASSWORD, "/second-factor")
"""Beginnings of paths that do not require that the second factor was set up."""


def require_right(request: Request, administrator: Administrator) -> None:
    """Raise NoRight unless the administrator may use the route of the request."""
    route = f"{request.method} {request.scope['route'].path}"
    if route not in NEEDED:
        raise NoRight("此功能未开放。")
    if right := NEEDED[route]:
        require(administrator, right)


def require(administrator: Administrator, right: Right) -> None:
    """Raise NoRight unless one of the administrator's roles gives the right."""
    if not administrator.may(right):
        needed = "、".join(f"“{words.ROLES[role]}”" for role in roles_with(right))
        raise NoRight(
            f"此操作须有{needed}角色，您的角色是“{words.roles(administrator.roles)}”，未予执行。"
            "需要时请由系统管理员调整角色。"
        )
