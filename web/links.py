"""The pages behind the links in letters: a new password, an objection (RULES.md section 6).

GET shows a form and never acts, because mail scanners follow links; only POST acts. A link that is unknown, used, expired or void gives one
and the same page, so that nothing can be learned by trying.
"""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.accounts.passwords_rules import RULES_TEXT
from core.accounts.ports import Link, LinkPurpose
from core.cases import objection, reset
from core.errors import DeskError, NotAllowed
from web.failures import TooOften
from web.sessions import PublicForm, form_token, keep_form_token
from web.site import Site, TheSite
from web.source import source_of

router = APIRouter()

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


class Unusable(Exception):
    """The link opens nothing (any more)."""


@router.get("/link/{token}")
def show_link(request: Request, site: TheSite, token: str) -> Response:
    """The form behind a link."""
    _counted(request, site)
    try:
        return _form(request, site, _link(site, token))
    except Unusable:
        return _gone(site)


@router.post("/link/{token}")
def use_link(
    *, request: Request, site: TheSite, _form_token: PublicForm, token: str,
    password: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "", words: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Do what the link is for."""
    _counted(request, site)
    try:
        link = _link(site, token)
        if link.purpose is LinkPurpose.RESET:
            return _set_password(request, site, link, token, (password, again))
        return _object(site, link, token, words)
    except Unusable:
        return _gone(site)


def _counted(request: Request, site: Site) -> None:
    if not site.link_tries.allowed(source_of(request), site.desk.clock.now()):
        raise TooOften


def _link(site: Site, token: str) -> Link:
    if not TOKEN.fullmatch(token):
        raise Unusable
    try:
        return objection.peek(site.desk, token)
    except NotAllowed as error:
        raise Unusable from error


def _set_password(request: Request, site: Site, link: Link, token: str, typed: tuple[str, str]) -> Response:
    try:
        reset.set_password_by_link(site.desk, token, *typed)
    except DeskError as error:
        if str(error) == objection.UNUSABLE:
            raise Unusable from error
        return _form(request, site, link, str(error))
    return site.pages.html("link_done.html", purpose=link.purpose, enterprise=_enterprise(site, link))


def _object(site: Site, link: Link, token: str, words: str) -> Response:
    try:
        objection.object_by_link(site.desk, token, words.strip())
    except NotAllowed as error:
        raise Unusable from error
    return site.pages.html("link_done.html", purpose=link.purpose, enterprise="")


def _form(request: Request, site: Site, link: Link, problem: str = "") -> Response:
    token = form_token(request, site.settings)
    template = "link_reset.html" if link.purpose is LinkPurpose.RESET else "link_objection.html"
    page = site.pages.html(template, 422 if problem else 200, csrf=token, problem=problem, enterprise=_enterprise(site, link), rules=RULES_TEXT)
    keep_form_token(page, site.settings, token)
    return page


def _enterprise(site: Site, link: Link) -> str:
    with site.desk.store.transaction() as tx:
        return tx.enterprise(link.enterprise_id).name


def _gone(site: Site) -> Response:
    return site.pages.html("link_gone.html", 410)
