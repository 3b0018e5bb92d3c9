"""Small builders of submissions: each gives something whole and plain,
and a test changes the one thing it is about.

Invented people and enterprises only; the ID number has an unassigned district code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.cases.intake.request_sheet import make_code
from core.check_digits import id_check_digit, uscc_check_character
from core.data.documents import (
    Box,
    Documents,
    Page,
    Part,
    PartKind,
    Seal,
    SealCheck,
    SealKind,
    SealVerdict,
    SheetSeen,
    Unopened,
)
from core.data.enterprise import AccountFacts, Enterprise
from core.data.mail_record import AuthResult
from core.data.submission import (
    Answer,
    Attachment,
    AttachmentKind,
    Mark,
    Message,
    RequestForm,
    Submission,
)

NAME = "北京堃泰镕喆工程有限公司"
OTHER_NAME = "北京堃泰镕哲工程有限公司"
ID_BODY = "11999919900101123"
ID_NUMBER = ID_BODY + id_check_digit(ID_BODY)
USCC_BODY = "91119999MA0000001"
USCC = USCC_BODY + uscc_check_character(USCC_BODY)
OTHER_USCC = "91119999MA0000002" + uscc_check_character("91119999MA0000002")
SENDER = "handler@example.com"
PDF = "材料.pdf"
ARRIVED = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 10:00 in Asia/Shanghai
WHOLE = Box(0.05, 0.05, 0.95, 0.95)


def anew(text: str) -> str:
    """An equal text that is not the same object, as two readings have it."""
    return "".join(list(text))


def attachment(
    name: str = PDF, kind: AttachmentKind = AttachmentKind.PDF, **changes: Any
) -> Attachment:
    return replace(Attachment(anew(name), kind, 200_000, f"sha-of-{name}"), **changes)


def message(
    attachments: Iterable[Attachment] = (attachment(),),
    marks: Iterable[Mark] = (),
    **changes: Any,
) -> Message:
    whole = Message(
        message_id="<1@example.com>",
        sender=SENDER,
        sender_name="张三",
        recipients=("support@example.org",),
        subject="CA锁解绑申请",
        thread_ids=(),
        arrived=ARRIVED,
        new_text=f"企业名称：{NAME}\n是否解绑：是\n是否重置注册密码：否",
        attachments=tuple(attachments),
        marks=frozenset(marks),
        authentication=AuthResult.PASS,
    )
    changed = replace(whole, **changes)
    return replace(changed, authentication=AuthResult(changed.authentication))


def form(**changes: Any) -> RequestForm:
    return replace(
        RequestForm((NAME,), unbind=Answer.YES, reset_password=Answer.NO, has_request_words=True),
        **changes,
    )


NO_WORDS = RequestForm()


def page(number: int = 1, attachment: str = PDF, **changes: Any) -> Page:
    whole = Page(anew(attachment), number, confident=True, colour=True, seal_ink=True)
    return replace(whole, **changes)


def sheet(uscc: str = USCC) -> SheetSeen:
    """The code of a request sheet that was made for this credit code."""
    return SheetSeen(make_code(str, uscc, ARRIVED.date()).text, Box(0.82, 0.04, 0.94, 0.12))


def bare(number: int = 1, attachment: str = PDF, **changes: Any) -> Page:
    """A page in colour, read well, without any seal ink: it proves that nobody sealed it."""
    return page(number, attachment, **{"seal_ink": False, **changes})


def part(
    kind: PartKind,
    number: int = 1,
    attachment: str = PDF,
    doubts: Iterable[str] = (),
    **fields: str,
) -> Part:
    read = {name: anew(value) for name, value in fields.items()}
    return Part(anew(attachment), number, kind, WHOLE, 0.97, fields=read, doubts=tuple(doubts))


def id_front(
    number: int = 1, attachment: str = PDF, doubts: Iterable[str] = (), **fields: str
) -> Part:
    return part(
        PartKind.ID_FRONT,
        number,
        attachment,
        doubts,
        **{"name": "张三", "id_number": ID_NUMBER, **fields},
    )


def id_back(
    number: int = 1, attachment: str = PDF, doubts: Iterable[str] = (), **fields: str
) -> Part:
    return part(
        PartKind.ID_BACK,
        number,
        attachment,
        doubts,
        **{"valid_from": "2016-11-25", "valid_until": "2036-11-25", **fields},
    )


def licence(
    number: int = 2, attachment: str = PDF, doubts: Iterable[str] = (), **fields: str
) -> Part:
    known = {
        "enterprise_name": NAME,
        "uscc": USCC,
        "legal_representative": "李四",
        "valid_until": "long-term",
    }
    return part(PartKind.LICENCE, number, attachment, doubts, **{**known, **fields})


def certificate(title: str, number: int = 1, **changes: Any) -> Part:
    return replace(part(PartKind.OTHER_CERTIFICATE, number, certificate=title), **changes)


def letter(number: int = 3, **fields: str) -> Part:
    return part(PartKind.REQUEST_LETTER, number, **fields)


def seal(
    number: int = 1, kind: SealKind = SealKind.OFFICIAL, text: str | None = NAME, **changes: Any
) -> Seal:
    return replace(Seal(anew(PDF), number, WHOLE, kind, text), **changes)


def asked(verdict: SealVerdict, *odd: tuple[str, str], of: str = NAME) -> tuple[SealCheck, ...]:
    """A seal's answer to the enterprise's name, for Seal.checks."""
    return (SealCheck(of, verdict, odd),)


AGREES, UNSURE = asked(SealVerdict.AGREES), asked(SealVerdict.UNSURE, (NAME[5], ""))
DIFFERS = asked(SealVerdict.DIFFERS, (NAME[5], OTHER_NAME[5]))
REGISTRY_SEAL = seal(2, SealKind.AUTHORITY, "北京市大兴区市场监督管理局")


def documents(
    pages: Iterable[Page] = (page(1), page(2)),
    parts: Iterable[Part] = (id_front(), id_back(), licence()),
    seals: Iterable[Seal] = (seal(1), seal(2), REGISTRY_SEAL),
    unopened: Mapping[str, Unopened] | None = None,
) -> Documents:
    return Documents(tuple(pages), tuple(parts), tuple(seals), unopened or {})


NO_DOCUMENTS = Documents()


def complete_submission(
    message: Message = message(),  # noqa: B008
    request: RequestForm = form(),  # noqa: B008
    documents: Documents = documents(),  # noqa: B008 - frozen values
) -> Submission:
    """A complete request: everything said, both papers on two sealed pages of one PDF."""
    return Submission(message, request, documents)


# a frozen value
def without(kind: PartKind, whole: Documents = documents()) -> Documents:  # noqa: B008
    """The documents without the parts of one kind."""
    return replace(whole, parts=tuple(p for p in whole.parts if p.kind is not kind))


def unsure_pages(whole: Documents) -> Documents:
    """The same documents, no page read with confidence."""
    return replace(whole, pages=tuple(replace(p, confident=False) for p in whole.pages))


def enterprise(**changes: Any) -> Enterprise:
    whole = Enterprise(
        7,
        NAME,
        USCC,
        "张三",
        SENDER,
        "010-00000000",
        datetime(2024, 1, 2, tzinfo=UTC),
        information_submitted=True,
        password_set=True,
    )
    return replace(whole, **changes)


def known(bound: int = 1, **changes: Any) -> AccountFacts:
    """The registry knows the enterprise by USCC and by name, with one lock bound."""
    return replace(AccountFacts(enterprise(), enterprise(), tuple(range(1, bound + 1))), **changes)
