"""Enterprise names in every encoding and place in which mail carries them.

Invented names (common, rare and 4-byte characters) × {utf-8, gb2312 label on GBK, gbk, gb18030,
x-gbk, unknown-8bit, raw 8-bit, utf-16} × {subject, body, HTML body, file name in four writings,
name in a zip, text of an attachment}. A combination that no mail can carry is left out (utf-16 in a
header that is not encoded).
"""

import base64
import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes

from mail_intake.message.charsets import decode
from mail_intake.message.opening import Opened, open_mail

ARRIVED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PDF = b"%PDF-1.4\n%%EOF\n"
CHARSETS = (
    ("utf-8", "utf-8"),
    ("gb2312", "gb18030"),
    ("gbk", "gb18030"),
    ("gb18030", "gb18030"),
    ("x-gbk", "gb18030"),
    ("unknown-8bit", "gb18030"),
    ("unknown-8bit", "utf-8"),
    ("", "gb18030"),
    ("", "utf-8"),
    ("utf-16", "utf-16"),
)
"""(label, codec). The empty label is raw 8-bit.

GBK is written by gb18030, which is the same where GBK has the character.
"""
COMMON = (
    "北京天津上海重庆华信诚达建设工程科技发展商贸物流咨询服务装饰机电环保医药农业文化传媒金融信息网"
    "络能源材料实业控股集团"
)
RARE = "堃镕喆垚犇骉淼焱鑫昇玥玘珺璟晗煜烨瑀瑄翀翊彧赟頔"
FOUR_BYTES = "𬭩𬍛𬬭𫖯𬀩𫍯𬭸𬭎𬬻𫓧𬘡𫄧𬮿𫭟"


def names(count: int, seed: int = 20261125) -> Iterator[str]:
    """So many invented enterprises: a third in common characters, a third with rare ones, a third
    with any of Unicode's ideographs."""
    chance = random.Random(seed)
    anything = [*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6), *range(0x20000, 0x2A6D7)]
    for number in range(count):
        if number % 3 == 0:
            core = "".join(chance.choices(COMMON, k=chance.randint(2, 8)))
        elif number % 3 == 1:
            core = "".join(chance.choices(COMMON + (RARE + FOUR_BYTES) * 3, k=chance.randint(2, 6)))
        else:
            core = "".join(chr(code) for code in chance.choices(anything, k=chance.randint(2, 6)))
        yield (
            f"{chance.choice(['北京', '天津', '大兴区', '上海（临港）'])}{core}"
            f"{chance.choice(['有限公司', '股份有限公司', '建设工程有限公司', '中心（有限合伙）'])}"
        )


def differences(count: int) -> tuple[int, Counter[str]]:
    """How many readings were made, and the differences by place and charset."""
    wrong: Counter[str] = Counter()
    made = 0
    for name in names(count):
        for label, codec in CHARSETS:
            for place, read in PLACES.items():
                said = read(name, label, codec)
                made += said is not None
                if said is not None and said != name:
                    wrong[f"{place} × {label or 'raw 8-bit'} ({codec})"] += 1
    return made, wrong


def opened(headers: list[bytes], content: bytes = b"") -> Opened:
    """A mail with these headers, as the desk opens it. `content`: base64 in its body."""
    if content:
        headers = [*headers, b"Content-Transfer-Encoding: base64"]
    head = [b"From: a@example.org", b"To: b@example.com", *headers, b""]
    return open_mail(b"\r\n".join([*head, base64.encodebytes(content)]), ARRIVED)


def word(data: bytes, label: str) -> bytes:
    """An encoded word."""
    return b"=?" + label.encode() + b"?B?" + base64.b64encode(data) + b"?="


def in_subject(name: str, label: str, codec: str) -> str:
    data = name.encode(codec)
    return opened([b"Subject: " + (word(data, label) if label else data)]).message.subject


def in_split_subject(name: str, label: str, codec: str) -> str | None:
    """Two encoded words cut in the middle of a character, as QQ does."""
    data = name.encode(codec)
    cut = len(data) // 2 | 1
    subject = b"Subject: " + word(data[:cut], label) + b"\r\n " + word(data[cut:], label)
    return opened([subject]).message.subject if label else None


def in_body(name: str, label: str, codec: str, kind: str = "plain") -> str:
    text = f"<p>{name}</p>" if kind == "html" else name
    charset = f"; charset={label}" if label else ""
    headers = [f"Content-Type: text/{kind}{charset}".encode()]
    if codec == "utf-16" or label:
        return opened(headers, text.encode(codec)).message.new_text
    head = [b"From: a@example.org", *headers, b"Content-Transfer-Encoding: 8bit", b""]
    return open_mail(b"\r\n".join([*head, text.encode(codec)]), ARRIVED).message.new_text


def in_html(name: str, label: str, codec: str) -> str:
    return in_body(name, label, codec, "html")


def attached(file_name: bytes, content: bytes = PDF, kind: bytes = b"a/b") -> Opened:
    """A mail that is one attachment."""
    return opened(
        [b"Content-Type: " + kind, b"Content-Disposition: attachment; " + file_name], content
    )


def name_of(mail: Opened, place: int = 0) -> str:
    return mail.message.attachments[place].name


def in_quoted_word(name: str, label: str, codec: str) -> str | None:
    """An encoded word inside quotes, as QQ writes file names."""
    file_name = b'filename="' + word(name.encode(codec), label) + b'"'
    return name_of(attached(file_name)) if label else None


def in_rfc2231(name: str, label: str, codec: str) -> str | None:
    file_name = f"filename*={label}''{quote_from_bytes(name.encode(codec))}".encode()
    return name_of(attached(file_name)) if label else None


def in_rfc2231_pieces(name: str, label: str, codec: str) -> str | None:
    """Continuations cut in the middle of a character."""
    data = name.encode(codec)
    pieces = [quote_from_bytes(data[at : at + 7]) for at in range(0, len(data), 7)]
    pieces[0] = f"{label}''{pieces[0]}"
    lines = [f"filename*{n}*={piece}" for n, piece in enumerate(pieces)]
    return name_of(attached(";\r\n ".join(lines).encode())) if label else None


def in_raw_file_name(name: str, label: str, codec: str) -> str | None:
    return None if label else name_of(attached(b'filename="' + name.encode(codec) + b'"'))


def in_zip(name: str, label: str, codec: str) -> str | None:
    """A zip whose member's name has these bytes; the flag for UTF-8 is set
    by half of the programs."""
    if codec == "utf-16":
        return None
    member = RawName("x")
    member.raw = f"{name}.pdf".encode(codec), 0x800 if codec == "utf-8" and label else 0
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(member, PDF)
    mail = attached(b"filename=a.zip", archive.getvalue(), b"application/zip")
    return name_of(mail, 1).removesuffix(".pdf")


class RawName(zipfile.ZipInfo):
    """A member of a zip whose name and flags are these bytes."""

    raw: tuple[bytes, int]

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.raw


def in_text_attachment(name: str, label: str, codec: str) -> str:
    """The text of an attached .txt: its bytes are kept as they are, and read by the same ladder."""
    kind = f"text/plain; charset={label or 'us-ascii'}".encode()
    found = attached(b"filename=a.txt", name.encode(codec), kind)
    return decode(found.contents[found.message.attachments[0].sha256], label).text


PLACES: dict[str, Callable[[str, str, str], str | None]] = {
    "subject": in_subject,
    "subject, split": in_split_subject,
    "body": in_body,
    "HTML body": in_html,
    "file name, quoted word": in_quoted_word,
    "file name, RFC 2231": in_rfc2231,
    "file name, RFC 2231 in pieces": in_rfc2231_pieces,
    "file name, raw": in_raw_file_name,
    "zip name": in_zip,
    "attached text": in_text_attachment,
}
