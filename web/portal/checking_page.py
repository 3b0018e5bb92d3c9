"""先查后发: a PDF is read as the desk would read it in a mail, and what would be returned is shown
on its own pages. Who is logged in may hand it in.

Nothing of it is stored: the file is in memory for as long as its answer takes, and the pictures go
out within the page. Only what a letter may say is said; what the registry or the comparison of
papers finds is for administrators, or forgers would learn by trying (RULES.md section 3).
"""

import base64
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from core.cases.intake.hand_in import hand_in
from core.cases.intake.plain_request import PlainRequest
from core.cases.letters.letter_content import reasons
from core.cases.letters.words import PARTS
from core.data.documents import Page, PartKind
from core.data.enterprise import Enterprise
from core.errors import Busy, DeskError, NotAllowed
from mail_intake.mail_reading import ReadMail
from web.common.mail_view import frames
from web.common.site import Site
from web.portal.making_page import Draft, draft_of, problems_of, request_of
from web.portal.visits import Anyone, Guest, Member, member_of

router = APIRouter(prefix="/portal")

MOST_PAGES_SHOWN = 6
FILE_NAME = "申请材料.pdf"
NO_FILE = "没有收到文件。请选择扫描好的 PDF 文件后重试。"
ALL_BUSY = (
    "正在检查的人较多，本次没有读取您的文件。请过几分钟再试；急需办理的，可直接发送邮件申请。"
)
NO_SENDER = "登记的联系人或联系邮箱不能用于发信，请先在“企业信息”中更正。"
NOBODY = Address("", "nobody", "invalid")
SPECIMEN = PlainRequest(
    "北京示例有限公司", unbind=True, reset_password=False, reason="lost", handler="经办人"
)
"""Words that lack nothing, where only the papers are to be looked at."""


@router.get("/check")
def show_form(here: Anyone) -> Response:
    return here.page("check")


@router.post("/check")
async def check(here: Anyone) -> Response:
    """Read the file, or hand it in. Asynchronous: the form is parsed here, in memory, and the
    reading waits in a line of its own."""
    sent = await here.file_form()
    draft = draft_of(sent.fields) if "reason" in sent.fields else None
    problems = problems_of(draft, here.settings) if draft else ["请先填写申请。"]
    if not sent.content:
        return here.page("check", 422, draft=draft, problem=NO_FILE)
    if sent.fields.get("act") != "hand_in":
        request = request_of(draft) if draft and not problems else SPECIMEN
        return await _checked(here, request, draft, sent.content)
    inside = member_of(here)
    if problems or draft is None:
        return here.page("check", 422, problem="".join(problems))
    try:
        await run_in_threadpool(_hand_in, inside, request_of(draft), sent.content)
    except (DeskError, ValueError) as error:
        problem = str(error) if isinstance(error, DeskError) else NO_SENDER
        return here.page("check", 409, draft=draft, problem=problem)
    return here.done("/portal/requests", "handed_in", asked_as="accept")


async def _checked(
    here: Guest, request: PlainRequest, draft: Draft | None, content: bytes
) -> Response:
    reads, mail = here.reads, mail_of(here.site, request, NOBODY, content)
    try:
        read = await here.site.checks.run(lambda: reads.mail(mail))
    except Busy:
        return here.page("check", 503, draft=draft, problem=ALL_BUSY)
    return here.page("check", draft=draft, result=_found(here.site, read))


def _hand_in(here: Member, request: PlainRequest, content: bytes) -> None:
    enterprise = here.visit.enterprise
    mail = mail_of(here.site, request, sender_of(enterprise), content)
    hand_in(here.desk, here.visit.session, enterprise.contact_email, mail)


def sender_of(enterprise: Enterprise) -> Address:
    """The registered contact as a sender. Raises NotAllowed where there is none."""
    if not enterprise.contact_email:
        raise NotAllowed("账号没有登记联系邮箱，办理结果无法告知。请先在“企业信息”中登记联系邮箱。")
    return Address(enterprise.contact_name, addr_spec=enterprise.contact_email)


def mail_of(site: Site, request: PlainRequest, sender: Address, content: bytes) -> bytes:
    """The request as the mail that it would be.

    The name of the file is ours: that of the sender's may say anything.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        sender,
        site.settings.centre.mailbox,
        request.subject,
    )
    mail["Date"] = format_datetime(site.desk.clock.now())
    mail["Message-ID"] = make_msgid(domain=site.desk.settings.own_domain)
    mail.set_content(request.text)
    mail.add_attachment(content, maintype="application", subtype="pdf", filename=FILE_NAME)
    return mail.as_bytes()


def _found(site: Site, read: ReadMail) -> dict[str, Any]:
    """The result of the reading: reasons for which the mail would be returned, or a person would
    ask, and the pictures with their frames."""
    found = site.desk.judge.verdict(read.submission, None, ()).findings
    of_papers = [one for one in found if one.code.startswith(("attachment.", "document."))]
    pages = read.submission.documents.pages
    return {
        "missing": reasons(of_papers),
        "pages": [_page_facts(page, read) for page in pages[:MOST_PAGES_SHOWN]],
        "more": max(0, len(pages) - MOST_PAGES_SHOWN),
    }


def _page_facts(page: Page, read: ReadMail) -> dict[str, Any]:
    """A page: its picture as an address that holds it, or "" where nothing of it may be shown. The
    head of a request sheet is no paper that was put on it, and a sheet has a caption above each
    frame."""
    is_sheet, letter = page.sheet is not None, PARTS[PartKind.REQUEST_LETTER]
    jpeg = read.images.get(page.covered_sha256)
    over = frames(read.submission, page)
    return {
        "number": page.number,
        "picture": f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else "",
        "frames": [one for one in over if not (is_sheet and one.label == letter)],
        "sheet": is_sheet,
    }
