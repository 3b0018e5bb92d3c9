"""The pages that the links in letters open: a new password, an objection, a new contact address, a
lock reported lost; and where a case stands, on which nothing is about a person.

GET shows a form and never acts, because mail scanners follow links; only POST acts. A link that is
unknown, used, expired or void gives one and the same page, so that nothing can be learned by
trying.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from core.accounts.password_rules import RULES_TEXT
from core.cases.accounts import account_notice, contact_change, lock_loss, reset
from core.cases.desk import Desk
from core.cases.intake.case_status import ask_to_withdraw, case_of_link, status_of
from core.cases.letters import objection
from core.cases.letters.contact_notice import request_pairs
from core.data.account_ports import REPORTING_LOSS, Link, LinkPurpose
from core.data.tries import Audience, LoginSource
from core.errors import Busy, DeskError, NotAllowed
from web.common.devices import EnterpriseSource, keep_device
from web.common.failures import require_tries
from web.common.sessions import PublicForm, public_page
from web.common.site import FormId, RowId, Site, TheSite

router = APIRouter()

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")
FORMS: Final = {
    LinkPurpose.RESET: "link_reset.html",
    LinkPurpose.OBJECTION: "link_objection.html",
    LinkPurpose.CONTACT: "link_contact.html",
    LinkPurpose.CONTACT_OBJECTION: "link_contact_objection.html",
    LinkPurpose.ACCOUNT_OBJECTION: "link_account_objection.html",
} | dict.fromkeys(REPORTING_LOSS, "link_loss.html")
NAMING: Final = frozenset({LinkPurpose.RESET, LinkPurpose.CONTACT}) | REPORTING_LOSS
MOST_LOCKS: Final = 100
CONFIRM: Final = "confirm"
"""The answer of a contact whose enterprise asked; every other answer
to a notice is an objection."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form of a link was sent with; each kind of link takes its own."""

    password: str
    again: str
    words: str
    locks: Sequence[int]
    login_source: LoginSource
    answer: str = ""
    version: int = 0


ACTS: Final[dict[LinkPurpose, Callable[[Desk, str, Typed], object]]] = {
    LinkPurpose.RESET: lambda desk, token, typed: reset.set_password_by_link(
        desk, token, typed.password, typed.again, typed.login_source
    ),
    LinkPurpose.OBJECTION: lambda desk, token, typed: objection.answer_by_link(
        desk, token, typed.words, confirms=typed.version if typed.answer == CONFIRM else None
    ),
    LinkPurpose.CONTACT: lambda desk, token, _typed: contact_change.confirm(desk, token),
    LinkPurpose.CONTACT_OBJECTION: lambda desk, token, _typed: contact_change.object_to_change(
        desk, token
    ),
    LinkPurpose.ACCOUNT_OBJECTION: lambda desk, token, _typed: account_notice.object_to_act(
        desk, token
    ),
} | dict.fromkeys(
    REPORTING_LOSS, lambda desk, token, typed: lock_loss.report_by_link(desk, token, typed.locks)
)


class Unusable(Exception):
    """The link opens nothing (any more)."""


@router.get("/link/{token}")
def show_link(request: Request, site: TheSite, token: str) -> Response:
    require_tries(request, site, site.link_tries)
    try:
        return _form(request, site, _link(site, token))
    except Unusable:
        return _gone(site)


@router.post("/link/{token}")
def use_link(
    *,
    request: Request,
    site: TheSite,
    login_source: EnterpriseSource,
    _form_token: PublicForm,
    token: str,
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
    words: Annotated[str, Form(max_length=2000)] = "",
    lock: Annotated[list[RowId], Form(max_length=MOST_LOCKS)] = [],  # noqa: B006  FastAPI copies it
    answer: Annotated[str, Form(max_length=20)] = "",
    version: FormId = 0,
) -> Response:
    require_tries(request, site, site.link_tries)
    try:
        link = _link(site, token)
        typed = Typed(password, again, words.strip(), lock, login_source, answer, version)
        return _used(request, site, link, token, typed)
    except Unusable:
        return _gone(site)


@router.get("/status/{number}/{token}")
def show_status(request: Request, site: TheSite, number: str, token: str) -> Response:
    require_tries(request, site, site.link_tries)
    return _status_page(request, site, number, token)


@router.post("/status/{number}/{token}")
def withdraw(
    request: Request, site: TheSite, _form: PublicForm, number: str, token: str
) -> Response:
    """Ask to take the request back."""
    require_tries(request, site, site.link_tries)
    try:
        ask_to_withdraw(site.desk, number, token)
    except NotAllowed as error:
        return _status_page(
            request, site, number, token, "" if str(error) == objection.UNUSABLE else str(error)
        )
    return RedirectResponse(f"/status/{number}/{token}", 303)


def _status_page(
    request: Request, site: Site, number: str, token: str, problem: str = ""
) -> Response:
    with site.desk.store.view() as tx:
        try:
            status = status_of(site.desk, case_of_link(tx, number, token))
        except NotAllowed:
            return _gone(site)
    return public_page(
        request,
        site,
        "status.html",
        409 if problem else 200,
        problem=problem,
        case=status,
        phone=site.settings.support_phone,
    )


def _link(site: Site, token: str) -> Link:
    if not TOKEN.fullmatch(token):
        raise Unusable
    try:
        return objection.peek(site.desk, token)
    except NotAllowed as error:
        raise Unusable from error


def _used(request: Request, site: Site, link: Link, token: str, typed: Typed) -> Response:
    try:
        device = ACTS[link.purpose](site.desk, token, typed)
    except Busy:
        raise
    except DeskError as error:
        if str(error) == objection.UNUSABLE or not isinstance(error, NotAllowed):
            raise Unusable from error
        return _form(request, site, link, str(error))
    is_named = link.purpose in NAMING
    page = site.pages.html(
        "link_done.html",
        purpose=link.purpose,
        confirmed=typed.answer == CONFIRM,
        enterprise=_enterprise(site, link) if is_named else "",
    )
    if isinstance(device, str):
        keep_device(page, site.settings, Audience.ENTERPRISE, device)
    return page


def _form(request: Request, site: Site, link: Link, problem: str = "") -> Response:
    with site.desk.store.view() as tx:
        locks = (
            lock_loss.reportable(tx, link.enterprise_id) if link.purpose in REPORTING_LOSS else []
        )
        case = tx.cases.get(link.case_id) if link.case_id else None
    return public_page(
        request,
        site,
        FORMS[link.purpose],
        422 if problem else 200,
        problem=problem,
        enterprise=_enterprise(site, link),
        rules=RULES_TEXT,
        locks=locks,
        version=case.version if case else 0,
        pairs=request_pairs(case) if case else (),
    )


def _enterprise(site: Site, link: Link) -> str:
    with site.desk.store.view() as tx:
        return tx.accounts.get(link.enterprise_id).name


def _gone(site: Site) -> Response:
    return site.pages.html("link_gone.html", 410)
