"""做一份申请: a form gives the mail text to send and the request sheet to print.

For everybody, without script; nothing of it is stored.

The text is read by the desk's own reader before it is shown:
what that would doubt is said here, beside the form.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
from fastapi import APIRouter, Response
from markupsafe import Markup

from core.cases.intake import request_sheet
from core.cases.intake.plain_request import FREE_QUESTIONS, REASONS, PlainRequest
from core.cases.letters.words import ANSWERS, QUESTIONS
from core.check_digits import uscc_ok
from core.clock import local
from core.data.submission import Answer
from mail_intake.request.names.labelled_answers import labelled_answers
from mail_intake.request.read import read_request
from web.common.caller import form_sent
from web.common.page_settings import WebSettings
from web.portal.visits import Anyone, AnyoneWithForm, Guest

router = APIRouter(prefix="/portal")

LONGEST_NAME = 100
LONGEST_HANDLER = 30
YES, NO = ANSWERS[True], ANSWERS[False]
LONGEST = 200
FIELDS = (
    "name",
    "uscc",
    "unbind",
    "reset_password",
    "reason",
    "handler",
    *FREE_QUESTIONS,
)
Draft = Mapping[str, str]
"""The form as it was typed: each of FIELDS."""


@router.get("/request")
def show_form(here: Anyone) -> Response:
    """The form; name and USCC are the account's where one is logged in."""
    one = here.visit.enterprise if here.visit else None
    known = {"name": one.name, "uscc": one.uscc, "handler": one.contact_name} if one else {}
    return _page(here, draft_of({"unbind": YES} | known))


@router.post("/request")
async def make_request(here: AnyoneWithForm) -> Response:
    """The mail text and the sheet, or what of the form is to be mended. Its fields are those of the
    questions."""
    here.count_try("challenge")
    draft = draft_of(await form_sent(here.request))
    problems = problems_of(draft, here.settings)
    if problems:
        return _page(here, draft, 422, problems=problems)
    today = local(here.now).date()
    code = request_sheet.make_code(here.front.mac, draft["uscc"], today).text
    # Correction level M: 15 % of the code may be lost.
    drawn = segno.make(code, error="m", boost_error=False, micro=False)
    svg = Markup(drawn.svg_inline(border=0, omitsize=True))  # noqa: S704  of our own making
    made = {"request": request_of(draft), "today": today, "code": svg}
    return _page(here, draft, made=made)


def draft_of(fields: Mapping[str, str]) -> Draft:
    typed = {name: fields.get(name, "").strip()[:LONGEST] for name in FIELDS}
    return typed | {"uscc": typed["uscc"].upper()}


def request_of(draft: Draft) -> PlainRequest:
    """The request in the form."""
    return PlainRequest(
        draft["name"],
        draft["unbind"] == YES,
        draft["reset_password"] == YES,
        draft["reason"],
        draft["handler"],
        {question: draft[question] for question in FREE_QUESTIONS},
    )


def problems_of(draft: Draft, settings: WebSettings) -> list[str]:
    """The problems to be corrected, in words."""
    found = []
    if not draft["name"].isprintable() or not 2 <= len(draft["name"]) <= LONGEST_NAME:
        found.append("请填写与营业执照一致的企业全称。")
    if not uscc_ok(draft["uscc"]):
        found.append(
            "统一社会信用代码有误，请照营业执照逐位核对（18 位，没有字母 I、O、S、V、Z）。"
        )
    if draft["unbind"] not in {YES, NO} or draft["reset_password"] not in {YES, NO}:
        found.append(f"请选择{QUESTIONS['unbind']}、{QUESTIONS['reset_password']}。")
    elif (draft["unbind"], draft["reset_password"]) == (NO, NO):
        found.append("既不解绑也不重置注册密码，没有需要办理的事项。")
    if draft["reason"] not in REASONS:
        found.append("请选择申请原因。")
    if not draft["handler"].isprintable() or not 1 <= len(draft["handler"]) <= LONGEST_HANDLER:
        found.append("请填写经办人姓名。")
    found += [
        f"请填写{QUESTIONS[question]}。" for question in FREE_QUESTIONS if not draft[question]
    ]
    return found or _misread(request_of(draft), settings.words_file)


def _misread(request: PlainRequest, words_file: Path | None) -> list[str]:
    """The questions that the desk's reader would not read as they are meant."""
    form = read_request(request.subject, request.text, own_words=words_file)
    said = labelled_answers(request.subject, request.text)
    read = {
        "enterprise_name": form.enterprise_names == (request.name,),
        "unbind": form.unbind is (Answer.YES if request.unbind else Answer.NO),
        "reset_password": form.reset_password
        is (Answer.YES if request.reset_password else Answer.NO),
        **{question: said.get(question) == (words,) for question, words in request.words.items()},
    }
    wrong = [QUESTIONS[question] for question, right in read.items() if not right]
    if not wrong:
        return []
    text = "请只写规定的内容：企业全称与营业执照一致，经办人只写姓名。"
    return [f"办理台读不准“{'、'.join(wrong)}”。{text}"]


def _page(here: Guest, draft: Draft, status: int = 200, **facts: Any) -> Response:
    return here.page(
        "request",
        status,
        draft=draft,
        reasons=REASONS,
        free=FREE_QUESTIONS,
        sheet=request_sheet,
        yes=YES,
        no=NO,
        **facts,
    )
