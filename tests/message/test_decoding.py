"""The decoding ladder on bodies, subjects, names of people, files and zip members."""

import base64
import io
import random
import struct
import zipfile
import zlib
from urllib.parse import quote_from_bytes

import pytest
from pydantic import TypeAdapter

from core.data.submission import Message
from mail_intake.message.charsets import decode, decode_words, parameters
from tests.message.mails import PDF, attached, b64, mail, new_text, opened, text_mail, word

NAME = "北京堃泰镕喆工程有限公司"
RARE = "北京𬭩科𫖯鎏淼有限公司"  # 4-byte characters, only gb18030 and Unicode have them

BODY_LABELS = [
    ("gb2312", "gbk"),
    ("GB2312", "gb18030"),
    ("gbk", "gbk"),
    ("x-gbk", "gbk"),
    ("cp936", "gbk"),
    ("gb18030", "gb18030"),
    ("GB_2312-80", "gbk"),
    ("hz-gb-2312", "hz"),
    ("utf-8", "utf-8"),
    ("UTF8", "utf-8"),
    ("utf-16", "utf-16"),
    ("utf-16le", "utf-16-le"),
    ("big5", "big5hkscs"),
    ("unknown-8bit", "utf-8"),
    ("unknown-8bit", "gbk"),
    ("", "utf-8"),
    ("", "gbk"),
    ("us-ascii", "gbk"),
    ("us-ascii", "utf-8"),
    ("iso-8859-1", "gbk"),
    ("iso-8859-1", "utf-8"),
    ("utf-8", "gbk"),
    ("gb2312", "utf-8"),
    ("x-no-such-charset", "gb18030"),
    ("windows-1252", "gb18030"),
    ("zlib", "gbk"),
    ("rot13", "utf-8"),
    ("", "utf-8-sig"),
    ("gbk", "utf-16"),
]


@pytest.mark.parametrize(("label", "codec"), BODY_LABELS)
def test_body(label, codec):
    text = (
        "北京有限公司，是否解绑"
        if codec in {"hz", "big5hkscs"}
        else f"企业名称：{NAME}，是否解绑：是"
    )
    text = text.replace("有限公司，是否解绑", "甲乙丙丁") if codec == "big5hkscs" else text
    assert opened(text_mail(text.encode(codec), label)).message.new_text == text


@pytest.mark.parametrize("label", ["gb2312", "gbk", "x-gbk", "gb18030", "cp936"])
def test_four_byte_characters(label):
    assert opened(text_mail(RARE.encode("gb18030"), label)).message.new_text == RARE


def test_western_text_stays_western():
    assert decode("café déjà vu".encode("latin-1"), "iso-8859-1").text == "café déjà vu"


@pytest.mark.parametrize("label", ["unicode_escape", "raw_unicode_escape"])
def test_a_label_of_programs_is_no_charset(label):
    assert decode(rb"\u89e3\u7ed1", label).text == r"\u89e3\u7ed1"


@pytest.mark.parametrize(
    "one",
    [
        mail(b"Subject: =?utf-7?Q?+2AA-?="),
        mail(b"From: =?utf-7?Q?+2AA-?= <zhang@example.org>"),
        text_mail(b"+2AA-", "utf-7"),
        attached(b"filename*=utf-7''%2B2AA-.pdf"),
    ],
    ids=["subject", "name", "text", "file name"],
)
def test_half_a_character_is_no_text(one):
    """It cannot be stored, so that the mail would be set aside unread."""
    TypeAdapter(Message).dump_json(opened(one).message)


def test_undecodable_is_told():
    found = opened(text_mail(b"abc \xff\xff\x80 def", "gb2312")).message
    assert found.new_text.startswith("abc")
    assert "body.charset" in found.defects


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("gb2312", "gbk"),
        ("GBK", "gbk"),
        ("x-gbk", "gbk"),
        ("utf-8", "utf-8"),
        ("gb18030", "gb18030"),
        ("unknown-8bit", "gbk"),
    ],
)
def test_subject_encoded_word(label, codec):
    assert opened(mail(b"Subject: " + word(NAME, label, codec))).message.subject == NAME


TURNED = "\u202e解绑\u2066\x1b[2J \x9b31m申请\x07"


@pytest.mark.parametrize(("head", "read"), [("Subject", "subject"), ("From", "sender_name")])
def test_what_moves_a_cursor_or_turns_text_is_left_out(head, read):
    name = word(TURNED, "utf-8", "utf-8")
    assert (
        getattr(
            opened(
                mail(head.encode() + b": " + name + b" <a@example.com>" * (head == "From"))
            ).message,
            read,
        )
        == "解绑 [2J  31m申请"
    )


HIDING = ["\u202e", "\u2066", "\u200b", "\u00ad", "\u200d", "\x07", "\x08", "\x00", "\x7f"]


@pytest.mark.parametrize("hidden", HIDING)
@pytest.mark.parametrize("address", ["zhang{}san@example.com", "zhangsan@exa{}mple.com"])
def test_an_address_that_hides_something_is_none(hidden, address):
    value = f"From: {address.format(hidden)}".encode()
    assert hidden not in opened(mail(value)).message.sender


@pytest.mark.parametrize("hidden", [*HIDING[:2], *HIDING[5:], "\u200f", "\x1b", "\x9b"])
def test_words_do_not_turn_or_move_a_cursor(hidden):
    text = new_text(f"企业名称：北京{hidden}堃泰\n是否解绑：是")
    assert hidden not in text
    assert text.endswith("堃泰\n是否解绑：是")


@pytest.mark.parametrize("over", ["\u0334", "\u0336", "\u0338", "\u20e0", "\u0336\u0338"])
@pytest.mark.parametrize("written", ["是{0} 否", " {0}是{0} 否", "不{0}是{0}否", "x{0} y{0}否"])
def test_characters_that_are_struck_out_vanish(written, over):
    text = new_text(f"企业名称：北京堃泰\n是否解绑：{written.format(over)}")
    assert text.split("：")[-1].strip() == "否"


@pytest.mark.parametrize("codec", ["gbk", "utf-8", "gb18030"])
def test_subject_raw_8_bit(codec):
    assert opened(mail(b"Subject: " + NAME.encode(codec))).message.subject == NAME


@pytest.mark.parametrize(
    ("label", "codec"), [("utf-8", "utf-8"), ("gb2312", "gbk"), ("gb18030", "gb18030")]
)
@pytest.mark.parametrize("cut", range(1, 9))
def test_encoded_words_split_inside_a_character(label, codec, cut):
    data = RARE.encode(codec) if codec == "gb18030" else NAME.encode(codec)
    pieces = [data[:cut], data[cut : cut * 2], data[cut * 2 :]]
    words = b"\r\n ".join(
        b"=?" + label.encode() + b"?B?" + base64.b64encode(piece) + b"?=" for piece in pieces
    )
    assert opened(mail(b"Subject: " + words)).message.subject == data.decode(codec)


def test_q_encoding_and_mixed_text():
    assert (
        decode_words("Re: =?utf-8?Q?=E8=A7=A3=E7=BB=91_=E7=94=B3=E8=AF=B7?= (2)")
        == "Re: 解绑 申请 (2)"
    )


def test_words_of_two_charsets_side_by_side():
    text = (word("北京", "gbk", "gbk") + b" " + word("公司", "utf-8", "utf-8")).decode()
    assert decode_words(text) == "北京公司"


def test_sender_name():
    raw = mail(b"From: " + word("张三", "gb2312", "gbk") + b" <Zhang.San@Example.org>")
    assert (opened(raw).message.sender, opened(raw).message.sender_name) == (
        "zhang.san@example.org",
        "张三",
    )


@pytest.mark.parametrize(
    "value",
    [
        b'filename="' + word(NAME + ".pdf", "gb2312", "gbk") + b'"',
        b'filename="' + word(NAME + ".pdf", "utf-8", "utf-8") + b'"',
        b"filename=" + word(NAME + ".pdf", "x-gbk", "gbk"),
        b'filename="' + (NAME + ".pdf").encode("gbk") + b'"',
        b'filename="' + (NAME + ".pdf").encode() + b'"',
        b"filename=" + (NAME + ".pdf").encode("gb18030"),
        b"filename*=utf-8''" + quote_from_bytes((NAME + ".pdf").encode()).encode(),
        b"filename*=gb2312''" + quote_from_bytes((NAME + ".pdf").encode("gbk")).encode(),
        b"filename*=GBK'zh-cn'" + quote_from_bytes((NAME + ".pdf").encode("gbk")).encode(),
        b"filename*0*=utf-8''"
        + quote_from_bytes(NAME.encode()).encode()
        + b';\r\n filename*1=".pdf"',
        b"filename*0*=utf-8''%E5%8C%97%E4%BA;\r\n filename*1*=%AC"
        + quote_from_bytes((NAME[2:] + ".pdf").encode()).encode(),
        b'filename="=?UTF-8?B?'
        + base64.b64encode(NAME.encode()[:10])
        + b"?=\r\n =?UTF-8?B?"
        + base64.b64encode(NAME.encode()[10:])
        + b'?=.pdf"',
        b"filename=\"fallback.pdf\"; filename*=utf-8''"
        + quote_from_bytes((NAME + ".pdf").encode()).encode(),
    ],
)
def test_file_name(value):
    (found,) = opened(attached(value)).message.attachments
    assert found.name == NAME + ".pdf"


def test_file_name_with_a_gbk_trail_byte_that_is_a_backslash():
    name = "昞衆.pdf"  # its GBK bytes hold 0x5C
    assert b"\\" in name.encode("gbk")
    (found,) = opened(attached(b'filename="' + name.encode("gbk") + b'"')).message.attachments
    assert found.name == name


def test_file_name_from_content_type():
    raw = mail(
        b'Content-Type: application/pdf; name="' + word("证件.pdf", "gbk", "gbk") + b'"',
        b"Content-Transfer-Encoding: base64",
        body=b64(PDF),
    )
    assert opened(raw).message.attachments[0].name == "证件.pdf"


def zipped(name: bytes, content: bytes, *, utf8: bool) -> bytes:
    """A zip made by hand, so that the name's bytes are the ones asked for."""
    head = struct.pack(
        "<HHHHHIIIHH",
        20,
        0x800 if utf8 else 0,
        0,
        0,
        0x21,
        zlib.crc32(content),
        len(content),
        len(content),
        len(name),
        0,
    )
    local = b"PK\x03\x04" + head + name + content
    central = (
        b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    )
    return (
        local
        + central
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    )


@pytest.mark.parametrize(
    ("codec", "utf8"), [("gbk", False), ("gb18030", False), ("utf-8", False), ("utf-8", True)]
)
def test_zip_member_name(codec, utf8):
    raw = attached(
        b'filename="a.zip"', zipped(("材料/" + NAME + ".pdf").encode(codec), PDF, utf8=utf8)
    )
    archive, inner = opened(raw).message.attachments
    assert (archive.kind.value, inner.name, inner.kind.value, inner.inside) == (
        "archive",
        NAME + ".pdf",
        "pdf",
        "a.zip",
    )


def test_zip_of_windows_program():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("营业执照.pdf", PDF)
    assert [
        one.name
        for one in opened(attached(b'filename="a.zip"', buffer.getvalue())).message.attachments
    ] == ["a.zip", "营业执照.pdf"]


def _names(count: int) -> list[str]:
    chance = random.Random(20260302)
    pool = [
        chr(code)
        for code in (*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6), *range(0x20000, 0x20200))
    ]
    return [
        "北京" + "".join(chance.choices(pool, k=chance.randint(4, 9))) + "有限公司"
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("gb2312", "gb18030"),
        ("gbk", "gb18030"),
        ("x-gbk", "gb18030"),
        ("utf-8", "utf-8"),
        ("unknown-8bit", "gb18030"),
        ("", "gb18030"),
    ],
)
def test_two_thousand_names(label, codec):
    wrong = [name for name in _names(2000) if decode(name.encode(codec), label).text != name]
    assert not wrong


def test_parameters_survive_rubbish():
    assert parameters('x; a="unclosed; b=c') == {"a": "unclosed; b=c"}
    assert parameters("x; =;;; a==b; *=1; a*x=2") is not None
    assert parameters("text/plain; charset = utf-8 ; format=flowed") == {
        "charset": "utf-8",
        "format": "flowed",
    }
