"""The second factor of an administrator: behind the password at the login,
and the page where it is set up.

Whoever sets one up or takes one away types the password once more, so that an open session on a
lent screen is no way in. Recovery codes are shown once.
"""

import time
from collections.abc import Callable
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup

from core.accounts.administrators import administrator_login, second_factor_login
from core.accounts.administrators.administrator_login import pending_session_of
from core.accounts.administrators.second_factor_login import How
from core.accounts.console_desk import SecondFactors
from core.data.administrator import Administrator, AdministratorSession
from core.data.tries import LoginSource
from core.errors import DeskError, NotAllowed
from web.common.cookies import SESSION, cookie_of, went
from web.common.devices import AdministratorSource
from web.common.failures import NotFound, failures_counted
from web.common.sessions import (
    EXPIRED,
    NotSignedIn,
    SignedIn,
    posted_own,
    require_own_form,
    signed_in_own,
)
from web.common.site import PathId, Site, TheSite
from web.console.console_login import after_login, local_path

router = APIRouter()
LONGEST_ANSWER = 8000
Code = Annotated[str, Form(max_length=80)]
Password = Annotated[str, Form(max_length=200)]
Answer = Annotated[str, Form(max_length=LONGEST_ANSWER)]
Own = Annotated[SignedIn, Depends(signed_in_own)]
OwnSender = Annotated[SignedIn, Depends(posted_own)]
Waiting = tuple[Administrator, AdministratorSession]


def factors_of(site: TheSite) -> SecondFactors:
    """The second factors of this desk. Raises NotFound where it has none."""
    if site.factors is None:
        raise NotFound
    return site.factors


def require_passkeys(factors: Annotated[SecondFactors, Depends(factors_of)]) -> None:
    """Raises NotFound where the site's address can have no passkeys."""
    if factors.passkeys is None:
        raise NotFound


TheFactors = Annotated[SecondFactors, Depends(factors_of)]
PASSKEYS = [Depends(require_passkeys)]


def waiting_login(request: Request, site: TheSite) -> Waiting:
    """Whose login waits for the second factor. Raises NotSignedIn."""
    with site.desk.store.view() as tx:
        found = pending_session_of(
            tx, cookie_of(request, site.settings, SESSION), site.desk.clock.now()
        )
    if found is None:
        raise NotSignedIn("登录等待已超时，请重新输入账号和密码。")
    return found


def waiting_sender(
    request: Request,
    found: Annotated[Waiting, Depends(waiting_login)],
    csrf: Annotated[str, Form()] = "",
) -> Waiting:
    """The same, for a form of ours. Raises StrangeForm."""
    require_own_form(request, csrf, found[1].csrf, said=EXPIRED)
    return found


TheWaiting = Annotated[Waiting, Depends(waiting_login)]
WaitingSender = Annotated[Waiting, Depends(waiting_sender)]


# at the login


@router.get("/login/second-factor")
# the name stands in the address
def ask(
    site: TheSite,
    waiting: TheWaiting,
    factors: TheFactors,
    next: str = "/",  # noqa: A002
) -> Response:
    return _asking_page(site, waiting, factors, next)


@router.post("/login/second-factor")
def enter_by_code(
    request: Request,
    site: TheSite,
    source: AdministratorSource,
    waiting: WaitingSender,
    factors: TheFactors,
    code: Code = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Come in by a one-time code or a recovery code."""
    return _entered(
        request,
        site,
        source,
        waiting,
        factors,
        next,
        lambda: second_factor_login.try_code(site.console, waiting[0], code, source),
    )


@router.post("/login/second-factor/options", dependencies=PASSKEYS)
def ask_passkey(request: Request, site: TheSite, waiting: WaitingSender) -> Response:
    """What the browser needs to use a passkey."""
    token = cookie_of(request, site.settings, SESSION)
    options = second_factor_login.passkey_to_use(site.console, waiting[0], token)
    return Response(options, media_type="application/json")


@router.post("/login/second-factor/passkey", dependencies=PASSKEYS)
def enter_by_passkey(
    request: Request,
    site: TheSite,
    source: AdministratorSource,
    waiting: WaitingSender,
    factors: TheFactors,
    answer: Answer = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    token = cookie_of(request, site.settings, SESSION)
    return _entered(
        request,
        site,
        source,
        waiting,
        factors,
        next,
        lambda: second_factor_login.try_passkey(site.console, waiting[0], token, answer, source),
    )


def _entered(
    request: Request,
    site: Site,
    source: LoginSource,
    waiting: Waiting,
    factors: SecondFactors,
    goal: str,
    take: Callable[[], How],
) -> Response:
    started_s = time.monotonic()
    try:
        with failures_counted(request, site, site.login_tries):
            how = take()
    except NotAllowed as error:
        time.sleep(max(site.settings.refusal_takes_s - (time.monotonic() - started_s), 0))
        return _asking_page(site, waiting, factors, goal, str(error), 401)
    entry = administrator_login.complete(site.console, waiting[0], how, source)
    return after_login(
        site, entry, "/password" if entry.administrator.must_change else local_path(goal)
    )


def _asking_page(
    site: Site,
    waiting: Waiting,
    factors: SecondFactors,
    goal: str,
    problem: str = "",
    status: int = 200,
) -> Response:
    administrator, session = waiting
    with site.desk.store.view() as tx:
        held = tx.second_factors.totp(administrator.id)
        passkeys = factors.passkeys is not None and bool(
            tx.second_factors.passkeys(administrator.id)
        )
    return site.pages.html(
        "login_factor.html",
        status,
        name=administrator.name,
        csrf=session.csrf,
        next=local_path(goal),
        problem=problem,
        passkeys=passkeys,
        codes=bool(held and held.confirmed_at),
    )


# the page where it is set up


@router.get("/second-factor")
def show(site: TheSite, me: Own, factors: TheFactors) -> Response:
    """What is set up, and what can be."""
    return _page(site, me, factors)


@router.post("/second-factor/totp")
def begin_codes(
    site: TheSite,
    source: AdministratorSource,
    me: OwnSender,
    factors: TheFactors,
    password: Password = "",
) -> Response:
    """Make a secret and show its QR code."""
    try:
        _require_password(site, source, me, password)
        secret = second_factor_login.begin_totp(site.console, me.administrator)
    except NotAllowed as error:
        return _page(site, me, factors, 409, problem=str(error))
    return _page(site, me, factors, secret=secret)


@router.post("/second-factor/totp/confirm")
def confirm_codes(site: TheSite, me: OwnSender, factors: TheFactors, code: Code = "") -> Response:
    """Take the secret into use by its first code."""
    try:
        recovery = second_factor_login.confirm_totp(site.console, me.administrator, code)
    except NotAllowed as error:
        with site.desk.store.view() as tx:
            held = tx.second_factors.totp(me.administrator.id)
        return _page(
            site,
            me,
            factors,
            409,
            problem=str(error),
            secret=held.secret if held and not held.confirmed_at else "",
        )
    return _page(site, me, factors, notice="动态口令已启用。", recovery=recovery)


@router.post("/second-factor/recovery")
def renew_recovery(
    site: TheSite,
    source: AdministratorSource,
    me: OwnSender,
    factors: TheFactors,
    password: Password = "",
) -> Response:
    """New recovery codes in place of the old ones."""
    try:
        _require_password(site, source, me, password)
    except NotAllowed as error:
        return _page(site, me, factors, 409, problem=str(error))
    return _page(
        site,
        me,
        factors,
        recovery=second_factor_login.new_recovery_codes(site.console, me.administrator),
    )


@router.post("/second-factor/passkey/options", dependencies=PASSKEYS)
def begin_passkey(
    site: TheSite, source: AdministratorSource, me: OwnSender, password: Password = ""
) -> Response:
    """What the browser needs to make a passkey; or why it gets nothing."""
    try:
        _require_password(site, source, me, password)
    except NotAllowed as error:
        return JSONResponse({"problem": str(error)}, 409)
    options = second_factor_login.passkey_to_create(site.console, me.administrator, me.token)
    return Response(options, media_type="application/json")


@router.post("/second-factor/passkey", dependencies=PASSKEYS)
def add_passkey(
    site: TheSite,
    me: OwnSender,
    factors: TheFactors,
    answer: Answer = "",
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take a passkey into use that the browser made."""
    try:
        recovery = second_factor_login.add_passkey(
            site.console, me.administrator, me.token, answer, name
        )
    except NotAllowed as error:
        return _page(site, me, factors, 409, problem=str(error))
    return _page(site, me, factors, notice="通行密钥已登记。", recovery=recovery)


@router.post("/second-factor/remove")
def remove_codes(
    site: TheSite,
    source: AdministratorSource,
    me: OwnSender,
    factors: TheFactors,
    password: Password = "",
) -> Response:
    return _removed(site, source, me, factors, password, None)


@router.post("/second-factor/remove/{passkey_id}")
def remove_passkey(
    site: TheSite,
    source: AdministratorSource,
    me: OwnSender,
    factors: TheFactors,
    passkey_id: PathId,
    password: Password = "",
) -> Response:
    return _removed(site, source, me, factors, password, passkey_id)


def _removed(
    site: Site,
    source: LoginSource,
    me: SignedIn,
    factors: SecondFactors,
    password: str,
    passkey_id: int | None,
) -> Response:
    try:
        _require_password(site, source, me, password)
        second_factor_login.remove(site.console, me.administrator, passkey_id)
    except DeskError as error:
        return _page(site, me, factors, 409, problem=str(error))
    return went(site.settings, "/second-factor", "factor_removed")


def _require_password(site: Site, source: LoginSource, me: SignedIn, password: str) -> None:
    try:
        administrator_login.require_password(site.console, me.administrator, password, source)
    except NotAllowed as error:
        raise NotAllowed(str(error).replace("账号或密码", "当前密码")) from error


def _page(
    site: Site,
    me: SignedIn,
    factors: SecondFactors,
    status: int = 200,
    *,
    notice: str = "",
    problem: str = "",
    secret: str = "",
    recovery: tuple[str, ...] = (),
) -> Response:
    """`secret`: of one-time codes that are being set up;
    `recovery`: codes that were made just now."""
    with site.desk.store.view() as tx:
        held, passkeys = (
            tx.second_factors.totp(me.administrator.id),
            tx.second_factors.passkeys(me.administrator.id),
        )
        left = tx.second_factors.recovery_left(me.administrator.id)
    # of our own making
    code = (
        Markup(  # noqa: S704
            segno.make(factors.codes.address(secret, me.name), error="m").svg_inline(
                scale=4, border=2
            ),
        )
        if secret
        else ""
    )
    return site.pages.html(
        "second_factor.html",
        status,
        me=me,
        totp=held if held and held.confirmed_at else None,
        passkeys=passkeys,
        left=left,
        notice=notice,
        problem=problem,
        secret=secret,
        code=code,
        recovery=recovery,
        may_passkey=factors.passkeys is not None,
        required=factors.policy == "required",
    )
