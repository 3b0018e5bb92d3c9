"""先查后发: a PDF is read as the desk would read it in a mail, and what would be returned is shown
on its own pages. Who is logged in may hand it in.

Nothing of it is stored: the file is in memory for as long as its answer takes, and the pictures go
out within the page. Only what a letter may say is said; what the registry or the comparison of
papers finds is for administrators, or forgers would learn by trying (RULES.md section 3).
"""

import base64
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from core.cases.intake.hand_in import hand_in
from core.cases.intake.plain_request import REASONS, Asked
from core.cases.letters.letter_content import reasons
from core.cases.letters.words import PARTS
from core.data.enterprise import Enterprise
from core.data.submission import PartKind
from core.errors import Busy, DeskError, NotAllowed
from mail_intake.mail_reading import ReadMail
from web.common.cookies import PORTAL, went
from web.common.evidence import PageView, page_views
from web.common.failures import require_tries
from web.common.sessions import NotAtPortal
from web.common.site import Site, TheSite
from web.common.uploads import Sent, sent_form
from web.portal.making_page import Draft, draft_of, problems_of
from web.portal.portal_answers import gone_on
from web.portal.portal_pages import portal_page, with_pictures
from web.portal.visits import AnyVisit, Visit, require_sent_publicly

router = APIRouter(prefix="/portal")

MOST_PAGES_SHOWN: Final = 6
MY_REQUESTS: Final = "/portal/requests"
FILE_NAME: Final = "申请材料.pdf"
NO_FILE: Final = "没有收到文件。请选择扫描好的 PDF 文件后重试。"
ALL_BUSY: Final = (
    "正在检查的人较多，本次没有读取您的文件。请过几分钟再试；急需办理的，可直接发送邮件申请。"
)
NO_SENDER: Final = "登记的联系人或联系邮箱不能用于发信，请先在“企业信息”中更正。"
NOBODY: Final = Address("", "nobody", "invalid")
SPECIMEN: Final = Asked(
    "北京示例有限公司", unbind=True, reset_password=False, reason="lost", handler="经办人"
)
"""Words that lack nothing, where only the papers are to be looked at."""


@router.get("/check")
def show_form(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    return _page(request, site, visit)


@router.post("/check")
async def check(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    """Read the file, or hand it in. Asynchronous: the form is parsed here, in memory, and the
    reading waits in a line of its own."""
    sent = await sent_form(request)
    require_sent_publicly(request, site, visit, sent.fields.get("csrf", ""))
    require_tries(request, site, site.check_tries)
    draft = draft_of(sent.fields) if "reason" in sent.fields else None
    if not sent.content:
        return _page(request, site, visit, 422, draft=draft, problem=NO_FILE)
    if sent.fields.get("act") == "hand_in":
        return await _handed_in(request, site, visit, draft, sent)
    return await _checked(request, site, visit, draft, sent)


async def _checked(
    request: Request, site: Site, visit: Visit | None, draft: Draft | None, sent: Sent
) -> Response:
    assert site.reads is not None
    asked = draft.asked if draft and not problems_of(draft, site) else SPECIMEN
    reads = site.reads
    try:
        read = await site.checks.run(lambda: reads.mail(mail_of(site, asked, NOBODY, sent.content)))
    except Busy:
        return _page(request, site, visit, 503, draft=draft, problem=ALL_BUSY)
    return _page(request, site, visit, draft=draft, checked=_found(site, read))


async def _handed_in(
    request: Request, site: Site, visit: Visit | None, draft: Draft | None, sent: Sent
) -> Response:
    if visit is None:
        raise NotAtPortal("登录已失效，请重新登录。")
    problems = problems_of(draft, site) if draft else ["请先填写申请。"]
    if problems:
        return _page(request, site, visit, 422, problem="".join(problems))
    assert draft is not None
    one, asked = visit.enterprise, draft.asked
    try:
        sender = sender_of(one)
        await run_in_threadpool(
            lambda: hand_in(
                site.desk,
                visit.session,
                one.contact_email,
                mail_of(site, asked, sender, sent.content),
            )
        )
    except (DeskError, ValueError) as error:
        return _page(
            request,
            site,
            visit,
            409,
            draft=draft,
            problem=str(error) if isinstance(error, DeskError) else NO_SENDER,
        )
    if "application/json" in request.headers.get("accept", ""):
        return gone_on(site, MY_REQUESTS, "handed_in")
    return went(site.settings, MY_REQUESTS, "handed_in", audience=PORTAL)


def sender_of(enterprise: Enterprise) -> Address:
    """The registered contact as a sender. Raises NotAllowed where there is none."""
    if not enterprise.contact_email:
        raise NotAllowed("账号没有登记联系邮箱，办理结果无法告知。请先在“企业信息”中登记联系邮箱。")
    return Address(enterprise.contact_name, addr_spec=enterprise.contact_email)


def mail_of(site: Site, asked: Asked, sender: Address, content: bytes) -> bytes:
    """The request as the mail that it would be.

    The name of the file is ours: that of the sender's may say anything.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, site.settings.support_address, asked.subject
    mail["Date"] = format_datetime(site.desk.clock.now())
    mail["Message-ID"] = make_msgid(domain=site.desk.settings.own_domain)
    mail.set_content(asked.text)
    mail.add_attachment(content, maintype="application", subtype="pdf", filename=FILE_NAME)
    return mail.as_bytes()


def _found(site: Site, read: ReadMail) -> dict[str, Any]:
    """What the reading comes to: for what the mail would be returned, or a person would ask, and
    the pictures with their frames."""
    verdict = site.desk.judge.verdict(read.submission, None, ())
    missing = reasons(
        [
            finding
            for finding in verdict.findings
            if finding.code.startswith(("attachment.", "document."))
        ]
    )
    views = page_views(read.submission)
    return {
        "missing": missing,
        "pages": [_shown(view, read.images) for view in views[:MOST_PAGES_SHOWN]],
        "more": max(0, len(views) - MOST_PAGES_SHOWN),
    }


def _shown(view: PageView, images: Mapping[str, bytes]) -> dict[str, Any]:
    """A page: its picture as an address that holds it, or "" where nothing of it may be shown.

    The head of a request sheet is no paper that was put on it,
    and a sheet has a caption above each frame.
    """
    sheet = view.page.sheet is not None
    frames = [
        frame
        for frame in view.frames
        if not (sheet and frame.label == PARTS[PartKind.REQUEST_LETTER])
    ]
    jpeg = images.get(view.page.covered_sha256)
    picture = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""
    return {"number": view.page.number, "picture": picture, "frames": frames, "sheet": sheet}


def _page(
    request: Request, site: Site, visit: Visit | None, status: int = 200, **facts: Any
) -> Response:
    shown = {
        "problem": "",
        "checked": None,
        "draft": None,
        "reasons": REASONS,
        "mib": site.settings.max_upload_bytes // 2**20,
    }
    return with_pictures(portal_page(request, site, "check", visit, status, **shown | facts))
