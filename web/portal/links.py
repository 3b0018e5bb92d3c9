"""The pages that the links in letters open: a new password, an objection, a new contact address, a
lock reported lost; and the state of a case, on which nothing is about a person.

GET shows a form and never acts, because mail scanners follow links; only POST acts. A link that is
unknown, used, expired or void gives one and the same page, so that nothing can be learned by
trying.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import RedirectResponse

from core.cases.accounts import account_notice, contact_change, lock_loss, own_password
from core.cases.intake.case_status import ask_to_withdraw, case_of_link, status_of
from core.cases.letters import objection
from core.cases.letters.letter_content import others_ask, request_pairs
from core.data.link import REPORTING_LOSS, Link, LinkPurpose
from core.data.tries import Audience
from core.errors import LinkUnusable, NotAllowed
from web.common.caller import Anybody, AnybodyWithForm, Caller
from web.common.site import FormId, RowId, Text

router = APIRouter()

MOST_LOCKS = 100
CONFIRM = "confirm"
"""The answer of a contact whose enterprise asked; every other answer
to a notice is an objection."""


@dataclass(frozen=True)
class Typed:
    """The fields sent with the form of a link; each kind of link takes its own."""

    password: Annotated[str, Form()] = ""
    again: Annotated[str, Form()] = ""
    words: Text = ""
    lock: Annotated[Sequence[RowId], Form(max_length=MOST_LOCKS)] = ()
    answer: Annotated[str, Form(max_length=20)] = ""
    version: FormId = 0


Act = Callable[[Caller, str, Typed], object]


def _set_password(here: Caller, token: str, typed: Typed) -> str:
    """The token by which the browser is known the next time."""
    source = here.login_source(Audience.ENTERPRISE)
    return own_password.set_password_by_link(here.desk, token, typed.password, typed.again, source)


def _answer_notice(here: Caller, token: str, typed: Typed) -> None:
    confirms = typed.version if typed.answer == CONFIRM else None
    objection.answer_by_link(here.desk, token, typed.words, confirms=confirms)


LINKS: Mapping[LinkPurpose, tuple[str, Act]] = {
    LinkPurpose.RESET: ("link_reset.html", _set_password),
    LinkPurpose.OBJECTION: ("link_objection.html", _answer_notice),
    LinkPurpose.CONTACT: (
        "link_contact.html",
        lambda here, token, _: contact_change.confirm(here.desk, token),
    ),
    LinkPurpose.CONTACT_OBJECTION: (
        "link_contact_objection.html",
        lambda here, token, _: contact_change.object_to_change(here.desk, token),
    ),
    LinkPurpose.ACCOUNT_OBJECTION: (
        "link_account_objection.html",
        lambda here, token, _: account_notice.object_to_act(here.desk, token),
    ),
} | dict.fromkeys(
    REPORTING_LOSS,
    (
        "link_loss.html",
        lambda here, token, typed: lock_loss.report_by_link(here.desk, token, typed.lock),
    ),
)
"""By purpose of a link: its form, and its act."""
NAMING = frozenset({LinkPurpose.RESET, LinkPurpose.CONTACT}) | REPORTING_LOSS
"""After these the page names the enterprise."""


@router.get("/link/{token}")
def show_link(here: Anybody, token: str) -> Response:
    here.count_try("link")
    return _form(here, objection.peek(here.desk, token))


@router.post("/link/{token}")
def use_link(here: AnybodyWithForm, token: str, typed: Annotated[Typed, Depends()]) -> Response:
    here.count_try("link")
    link = objection.peek(here.desk, token)
    _template, act = LINKS[link.purpose]
    try:
        browser = act(here, token, typed)
    except LinkUnusable:
        raise
    except NotAllowed as error:
        return _form(here, link, 422, problem=str(error))
    page = here.site.page(
        "link_done.html",
        purpose=link.purpose,
        confirmed=typed.answer == CONFIRM,
        enterprise=_enterprise(here, link) if link.purpose in NAMING else "",
    )
    if isinstance(browser, str):
        here.keep_browser(page, Audience.ENTERPRISE, browser)
    return page


def _form(here: Caller, link: Link, status: int = 200, **facts: Any) -> Response:
    template, _act = LINKS[link.purpose]
    with here.view() as tx:
        is_loss = link.purpose in REPORTING_LOSS
        locks = lock_loss.reportable(tx, link.enterprise_id) if is_loss else []
        case = tx.cases.optional(link.case_id)
        enterprise = tx.accounts.get(link.enterprise_id)
        others = others_ask(tx, case) if case else ""
    return here.page(
        template,
        status,
        enterprise=enterprise.name,
        locks=locks,
        version=case.version if case else 0,
        pairs=request_pairs(case, enterprise.contact_email) if case else (),
        others=others,
        **facts,
    )


def _enterprise(here: Caller, link: Link) -> str:
    with here.view() as tx:
        return tx.accounts.get(link.enterprise_id).name


@router.get("/status/{number}/{token}")
def show_status(here: Anybody, number: str, token: str) -> Response:
    here.count_try("link")
    return _status_page(here, number, token)


@router.post("/status/{number}/{token}")
def withdraw(here: AnybodyWithForm, number: str, token: str) -> Response:
    """Ask to take the request back."""
    here.count_try("link")
    try:
        ask_to_withdraw(here.desk, number, token)
    except NotAllowed as error:
        return _status_page(here, number, token, 409, problem=str(error))
    return RedirectResponse(f"/status/{number}/{token}", 303)


def _status_page(
    here: Caller, number: str, token: str, status: int = 200, **facts: Any
) -> Response:
    with here.view() as tx:
        case = status_of(here.desk, case_of_link(tx, number, token))
    return here.page("status.html", status, case=case, **facts)
