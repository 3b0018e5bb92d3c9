"""Makes the sample mails of tests/data anew: `make samples`.

The same seed gives the same bytes on every machine with the same fonts.

Every person and enterprise is invented (tests.drawing.people); addresses are of example.org and
example.com. Beside the mails stand expected.json, the verdict that each mail was made to get, and
enterprises.csv, the register of the demonstration.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject

from tests.drawing.generate import (
    PARTS,
    Enterprise,
    invent_enterprise,
    invent_person,
    request_pages,
    request_pdf,
)

DESTINATION = Path(__file__).parents[1] / "data"
DESK = "support@example.org"
ZONE = timezone(timedelta(hours=8))
FIRST_MAIL = datetime(2026, 11, 24, 9, 3, 12, tzinfo=ZONE)
# forms of the licence beside those that the drawing chooses itself
LAYOUTS = {501: "form_2019", 502: "form_2011", 506: "form_2019", 508: "form_2014"}
# three characters that gb2312 lacks, though mails so labelled carry them
RARE_NAME = "北京堃泰镕喆工程有限公司"


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail to be made. `expected`: decision, and the codes of its reject findings."""

    name: str
    seed: int
    subject: str
    text: str
    expected: tuple[str, tuple[str, ...]]
    files: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    charset: str = "utf-8"
    label: str = ""
    sender: str = ""


def enterprise_of(seed: int) -> Enterprise:
    """The enterprise of a sample; licences are valid for long, so that the samples age well."""
    enterprise = replace(invent_enterprise(seed), valid_until="long-term")
    return replace(enterprise, name=RARE_NAME) if seed == GBK_SEED else enterprise


def papers(seed: int, *parts: str, sealed: bool = True) -> bytes:
    return request_pdf(
        enterprise_of(seed),
        invent_person(seed),
        parts=parts or PARTS,
        sealed=sealed,
        layout=LAYOUTS.get(seed, ""),
        seed=seed,
    )


def picture(seed: int) -> bytes:
    page = request_pages(enterprise_of(seed), invent_person(seed), one_page=True, seed=seed)[
        0
    ].image
    jpeg = io.BytesIO()
    page.resize((page.width * 2 // 3, page.height * 2 // 3)).save(jpeg, "JPEG", quality=55)
    return jpeg.getvalue()


def locked(pdf: bytes) -> bytes:
    """The PDF with a user password.

    Old RC4 on purpose: it needs no random numbers, so that the bytes stay the same.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    identity = ByteStringObject(b"unbind-desk-demo")
    writer._ID = ArrayObject((identity, identity))
    writer.encrypt("Company2026", "Owner2026", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def asks(seed: int, unbind: str = "是", reset: str = "是") -> str:
    """The body as the help page asks for it."""
    person = invent_person(seed)
    return (
        f"您好：\n\n企业名称：{enterprise_of(seed).name}\n是否解绑：{unbind}\n"
        f"是否需要重置注册密码：{reset}\n\n"
        f"经办人：{person.name}\n材料见附件，谢谢！\n"
    )


COMPLETE_SEED, GBK_SEED = 501, 514
PDF_NAME = "解绑材料.pdf"


def samples() -> list[Sample]:
    """The sample mails, in order of arrival."""
    name = {seed: enterprise_of(seed).name for seed in range(501, 515)}
    return [
        Sample(
            "01-complete",
            501,
            f"{name[501]}申请解绑CA锁",
            asks(501),
            ("queue", ()),
            {PDF_NAME: papers(501)},
        ),
        Sample(
            "02-unbind-not-said",
            502,
            "CA锁问题",
            f"老师好，我们是{name[502]}，CA锁丢了，需要重置注册密码，材料在附件。\n",
            ("reject", ("request.unbind.missing",)),
            {PDF_NAME: papers(502)},
        ),
        Sample(
            "03-no-attachment",
            503,
            "解绑申请",
            asks(503, "是", "否"),
            ("reject", ("attachment.none",)),
        ),
        Sample(
            "04-picture-instead-of-pdf",
            504,
            "解绑",
            asks(504),
            ("reject", ("attachment.not_pdf",)),
            {"扫描件.jpg": picture(504)},
        ),
        Sample(
            "05-encrypted-pdf",
            505,
            "CA锁解绑申请",
            asks(505),
            ("reject", ("attachment.encrypted",)),
            {"材料（加密）.pdf": locked(papers(505, "licence"))},
        ),
        Sample(
            "06-no-licence",
            506,
            "CA锁材料",
            asks(506, "是", "否"),
            ("reject", ("document.licence.missing",)),
            {PDF_NAME: papers(506, "id_front", "id_back")},
        ),
        Sample(
            "07-no-seal",
            507,
            "解除绑定申请",
            asks(507),
            ("reject", ("document.seal.missing",)),
            {PDF_NAME: papers(507, sealed=False)},
        ),
        Sample(
            "08-template-not-filled",
            508,
            "CA锁业务",
            "企业名称：\n是否解绑：是/否\n是否需要重置注册密码：是/否\n",
            (
                "reject",
                (
                    "request.enterprise_name.missing",
                    "request.unbind.missing",
                    "request.reset_password.missing",
                ),
            ),
            {PDF_NAME: papers(508)},
        ),
        Sample(
            "09-supplement-to-06",
            506,
            "Re: CA锁材料",
            "补上营业执照，请查收。\n\n> 企业名称：" + name[506] + "\n> 是否解绑：是\n",
            (
                "reject",
                (
                    "request.enterprise_name.missing",
                    "request.unbind.missing",
                    "request.reset_password.missing",
                    "document.id_front.missing",
                ),
            ),
            {"营业执照.pdf": papers(506, "licence")},
            {"In-Reply-To": message_id("06-no-licence"), "References": message_id("06-no-licence")},
        ),
        Sample(
            "10-cloud-link",
            510,
            "解绑材料",
            asks(510)
            + "\n从QQ邮箱发来的超大附件\n解绑材料.pdf (32.50M, 2026年12月24日 9:20 到期)\n"
            "进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?k=0000&"
            "t=exs_ftn_download&code=demo\n",
            ("reject", ("attachment.cloud_link",)),
        ),
        Sample(
            "11-automatic-answer",
            511,
            "自动回复：您的申请已退回",
            "您好，我正在休假，回来后会尽快处理您的邮件。\n",
            ("ignore", ()),
            headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        ),
        Sample(
            "12-bounce",
            512,
            "系统退信",
            "您的邮件无法投递到 nobody@example.com：用户不存在。\n",
            ("ignore", ()),
            headers={"Return-Path": "<>", "Auto-Submitted": "auto-replied"},
            sender="mailer-daemon@example.com",
        ),
        Sample(
            "13-a-question",
            513,
            "请问开标地点",
            "老师您好，请问下周二的开标在几层会议室？谢谢。\n",
            ("other", ()),
        ),
        Sample(
            "14-gbk-labelled-gb2312",
            GBK_SEED,
            f"{name[GBK_SEED]}解绑",
            asks(GBK_SEED, "解绑", "不需要"),
            ("queue", ()),
            {PDF_NAME: papers(GBK_SEED)},
            charset="gbk",
            label="gb2312",
            sender="handler@example.com",
        ),
    ]


def message_id(name: str) -> str:
    return f"<{name}.2026@mail.example.com>"


def contact_of(seed: int) -> str:
    return f"contact{seed}@example.com"


def mail(sample: Sample, number: int) -> bytes:
    """The bytes of a mail as a server would have stored it."""
    arrived = FIRST_MAIL + timedelta(minutes=7 * number)
    sender = sample.sender or contact_of(sample.seed)
    message = EmailMessage(policy=SMTP)
    if "Return-Path" not in sample.headers:
        message["Return-Path"] = f"<{sender}>"
    hop = (
        "from mail.example.com (mail.example.com [192.0.2.25]) by mx.example.org with ESMTPS id "
        f"demo{number:02d}"
    )
    message["Received"] = f"{hop}; {format_datetime(arrived)}"
    message["Message-ID"] = message_id(sample.name)
    message["Date"] = format_datetime(arrived - timedelta(seconds=4))
    message["From"] = Address(
        invent_person(sample.seed).name
        if not sample.sender.startswith("mailer")
        else "Mail Delivery System",
        addr_spec=sender,
    )
    message["To"] = DESK
    for header, value in sample.headers.items():
        message[header] = value
    message["Subject"] = sample.subject
    message.set_content(sample.text, charset=sample.charset, cte="base64")
    for name, content in sample.files.items():
        kind = "image/jpeg" if name.endswith(".jpg") else "application/pdf"
        message.add_attachment(content, *kind.split("/"), filename=name)
    if message.is_multipart():
        message.set_boundary(f"----=_sample_{number:02d}")
    return labelled(message, sample)


def labelled(message: EmailMessage, sample: Sample) -> bytes:
    """With the charset that the sender's program claims, which is not always the one it used."""
    if sample.label:
        text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        assert isinstance(text, MIMEPart)
        text.set_param("charset", sample.label)
    return message.as_bytes()


LOCK_KINDS = ("北京CA（法人一证通）", "颐信CA")
COLUMNS = (
    "企业名称",
    "统一社会信用代码",
    "联系人",
    "联系邮箱",
    "联系电话",
    "注册日期",
    "锁序列号",
    "锁类型",
    "主副锁",
    "绑定日期",
)


def register() -> str:
    """The demonstration's register: one row a lock, an enterprise's rows together.

    One sample enterprise (508) is left out.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for seed in (501, 502, 503, 504, 505, 506, 507, 510, GBK_SEED):
        enterprise, person = enterprise_of(seed), invent_person(seed + 40)
        particulars = (
            enterprise.name,
            enterprise.uscc,
            person.name,
            contact_of(seed),
            f"010-5550{seed:04d}",
            f"2023-0{seed % 9 + 1}-15",
        )
        for lock in range(2 if seed == COMPLETE_SEED else 1):
            rows.writerow(
                (
                    *particulars,
                    f"DEMO{seed:04d}{lock:04d}",
                    LOCK_KINDS[seed % 2],
                    "副锁" if lock else "主锁",
                    f"2024-0{seed % 9 + 1}-2{lock}",
                )
            )
    return out.getvalue()


def main() -> None:
    """Write tests/data."""
    expected = {}
    DESTINATION.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(samples()):
        file = f"{sample.name}.eml"
        (DESTINATION / file).write_bytes(mail(sample, number))
        expected[file] = {"decision": sample.expected[0], "reject": list(sample.expected[1])}
        print(f"{file:<34} {(DESTINATION / file).stat().st_size:>9,} bytes")
    (DESTINATION / "expected.json").write_text(
        json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (DESTINATION / "enterprises.csv").write_text(register(), encoding="utf-8")


if __name__ == "__main__":
    main()
