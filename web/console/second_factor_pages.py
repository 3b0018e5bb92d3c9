"""An administrator's own account: the password, the second factor, the logout.

Setting up or removing a second factor needs the password again, so that an open session on an
unattended screen is not enough. Recovery codes are displayed once.
"""

from typing import Any

import segno
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, RedirectResponse
from markupsafe import Markup

from core.accounts.administrators import administrator_login, second_factor_login
from core.errors import NotAllowed
from web.common.caller import shows_again
from web.common.cookies import SESSION
from web.common.sessions import Console, Here
from web.common.site import FormId, Line, Secret
from web.console.console_login import FIRST_PAGE, Answer, Code, keep_session, passkey_options

router = APIRouter()


@router.post("/logout")
def log_out(here: Here) -> Response:
    with here.desk.step() as tx:
        tx.sessions.remove(token_sha256=here.session.token_sha256)
        tx.audit.write(here.name, "administrator.logout")
    response = RedirectResponse("/login", 303)
    here.set_cookie(response, SESSION, "", 0)
    return response


@router.get("/password")
def show_password(here: Here) -> Response:
    return _password_page(here)


def _password_page(here: Console, status: int = 200, problem: str = "") -> Response:
    factors = here.site.factors is not None
    return here.page("password.html", status, problem=problem, factors=factors)


@router.post("/password")
async def change_password(
    here: Here, old: Secret = "", new: Secret = "", again: Secret = ""
) -> Response:
    """Replace the password; all other sessions end."""
    console, name, source = here.site.console, here.name, here.source
    try:
        entry = await here.site.console_logins.run(
            lambda: administrator_login.change_password(console, name, old, new, again, source)
        )
    except NotAllowed as error:
        return _password_page(here, 422, str(error).replace("账号或密码", "当前密码"))
    return keep_session(here, here.done(FIRST_PAGE, "password"), entry)


@router.get("/second-factor")
def show(here: Here) -> Response:
    """The administrator's second factors, and how to set up more."""
    return _page(here)


def _page(here: Console, status: int = 200, secret: str = "", **facts: Any) -> Response:
    """The page. `secret`: of one-time codes that are not confirmed yet, shown once; `recovery`: new
    recovery codes."""
    factors, who = second_factor_login.factors_of(here.site.console), here.administrator
    with here.view() as tx:
        known = {
            "totp": tx.totps.by_id(who.id),
            "passkeys": tx.passkeys.of(who.id),
            "left": tx.recovery_codes.left(who.id),
        }
    code = _qr_code(factors.codes.address(secret, here.name)) if secret else ""
    return here.page(
        "second_factor.html", status, factors=factors, secret=secret, code=code, **known, **facts
    )


def _qr_code(address: str) -> Markup:
    code = segno.make(address, error="m").svg_inline(scale=4, border=2)
    return Markup(code)  # noqa: S704  generated here


@router.post("/second-factor/totp")
@shows_again(_page)
def begin_codes(here: Here, password: Secret = "") -> Response:
    """Create a secret and display its QR code."""
    _require_password(here, password)
    secret = second_factor_login.begin_totp(here.site.console, here.administrator)
    return _page(here, secret=secret)


@router.post("/second-factor/totp/confirm")
@shows_again(_page)
def confirm_codes(here: Here, code: Code = "") -> Response:
    """Confirm the secret by its first code."""
    recovery = second_factor_login.confirm_totp(here.site.console, here.administrator, code)
    return _page(here, notice="动态口令已启用。", recovery=recovery)


@router.post("/second-factor/recovery")
@shows_again(_page)
def renew_recovery(here: Here, password: Secret = "") -> Response:
    """New recovery codes in place of the old ones."""
    _require_password(here, password)
    who = here.administrator
    return _page(here, recovery=second_factor_login.new_recovery_codes(here.site.console, who))


@router.post("/second-factor/passkey/options")
def begin_passkey(here: Here, password: Secret = "") -> Response:
    """The options for the browser to create a passkey, or the reason of a refusal."""
    try:
        _require_password(here, password)
    except NotAllowed as error:
        return JSONResponse({"problem": str(error)}, 409)
    return passkey_options(here, new=True)


@router.post("/second-factor/passkey")
@shows_again(_page)
def add_passkey(here: Here, answer: Answer = "", name: Line = "") -> Response:
    """Register a passkey that the browser created."""
    console, who, session = here.site.console, here.administrator, here.session.token_sha256
    recovery = second_factor_login.add_passkey(console, who, session, answer, name)
    return _page(here, notice="通行密钥已登记。", recovery=recovery)


@router.post("/second-factor/remove")
@shows_again(_page)
def remove(here: Here, password: Secret = "", passkey: FormId = 0) -> Response:
    """Remove a passkey, or the one-time codes."""
    _require_password(here, password)
    second_factor_login.remove(here.site.console, here.administrator, passkey or None)
    return here.done("/second-factor", "factor_removed")


def _require_password(here: Console, password: str) -> None:
    """Raises NotAllowed."""
    try:
        administrator_login.verified(here.site.console, here.name, password, here.source)
    except NotAllowed as error:
        raise NotAllowed(str(error).replace("账号或密码", "当前密码")) from error
