"""winmail.dat, signed mail, calendars and cards: what they wrap is read, what they are does not
count. tnefparse is the second opinion on winmail.dat."""

import struct
import time

import pytest
import tnefparse

from core.data.submission import AttachmentKind
from mail_intake.message.archives import MAX_MEMBERS
from mail_intake.message.winmail import read_winmail
from tests.message.mails import PDF, b64, mail, multi, opened, part
from tests.message.test_open_mail import zip_of
from validators.unopened import unopened_by_defects, words_unread

WORDS = "企业名称：北京堃泰镕喆工程有限公司\n是否解绑：是\n是否需要重置注册密码：否"
NAME = "营业执照与身份证.pdf"


def item(level: int, name: int, value: bytes, kind: int = 6) -> bytes:
    return (
        struct.pack("<BHHI", level, name, kind, len(value))
        + value
        + struct.pack("<H", sum(value) & 0xFFFF)
    )


def properties(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def words(prop: int, text: str, codec: str = "utf-16-le", kind: int = 0x1F) -> bytes:
    return binary(prop, text.encode(codec) + (b"\x00\x00" if kind == 0x1F else b"\x00"), kind)


def binary(prop: int, data: bytes, kind: int = 0x102) -> bytes:
    return struct.pack("<HHII", kind, prop, 1, len(data)) + data + bytes(-len(data) % 4)


def fixed(prop: int, value: int = 1) -> bytes:
    return struct.pack("<HHI", 3, prop, value)


def named(prop: int, value: int) -> bytes:
    return struct.pack("<HH", 3, prop) + bytes(16) + struct.pack("<III", 0, 7, value)


def winmail(*items: bytes, codepage: int = 936) -> bytes:
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + item(1, 0x9006, struct.pack("<I", 0x10000), 8)
        + item(1, 0x9007, struct.pack("<II", codepage, 0))
        + b"".join(items)
    )


def file(name: str, content: bytes, *more: bytes, codec: str = "gbk") -> bytes:
    return (
        item(2, 0x9002, bytes(14))
        + item(2, 0x8010, name.encode(codec) + b"\x00", 1)
        + item(2, 0x800F, content)
        + b"".join(more)
    )


def long_named(short: str, name: str, content: bytes) -> bytes:
    return file(
        short,
        content,
        item(2, 0x9005, properties(fixed(0x0E20), named(0x8001, 5), words(0x3707, name))),
    )


def wrapped(data: bytes, body: str = WORDS):
    text = [part("text/plain; charset=utf-8", body.encode())] if body else []
    return opened(
        multi(
            "mixed",
            *text,
            part(
                "application/ms-tnef; name=winmail.dat",
                data,
                b"Content-Disposition: attachment; filename=winmail.dat",
            ),
        )
    ).message


@pytest.mark.parametrize(
    "data",
    [
        winmail(file(NAME, PDF)),
        winmail(file(NAME, PDF, codec="utf-8"), codepage=65001),
        winmail(file(NAME, PDF)) + b"garbage"[:5],
        winmail(
            item(1, 0x8004, "主题".encode("gbk") + b"\x00", 1),
            item(1, 0x9003, properties(binary(0x1009, b"LZFu"))),
            file(NAME, PDF),
        ),
    ],
)
def test_files_in_winmail_become_attachments(data):
    message = wrapped(data)
    (container, inner) = message.attachments
    assert (container.name, container.inline_decoration) == ("winmail.dat", True)
    assert (inner.name, inner.kind, inner.inside, inner.inline_decoration) == (
        NAME,
        AttachmentKind.PDF,
        "winmail.dat",
        False,
    )
    assert "attachment.winmail_dat" not in message.defects
    assert message.new_text == WORDS


def test_the_second_opinion_reads_the_same_files():
    data = winmail(file("a.pdf", PDF), file("b.pdf", PDF + b"2"), codepage=1252)
    theirs = [(one.name, one.data) for one in tnefparse.TNEF(data).attachments]
    assert [(one.name, one.data) for one in read_winmail(data, 9)[0]] == theirs


def test_a_file_has_the_short_name_of_its_title():
    (_, inner) = wrapped(winmail(long_named("YYZZ~1.PDF", NAME, PDF))).attachments
    assert (inner.name, inner.kind) == ("YYZZ~1.PDF", AttachmentKind.PDF)


def test_a_winmail_of_mere_looks_is_no_attachment():
    (container,) = wrapped(
        winmail(item(1, 0x9003, properties(binary(0x1009, b"LZFu"))))
    ).attachments
    assert container.inline_decoration


@pytest.mark.parametrize(
    "data",
    [
        winmail(item(1, 0x800C, WORDS.encode("gbk") + b"\x00", 2)),
        winmail(item(1, 0x9003, properties(words(0x1000, WORDS)))),
        winmail(item(1, 0x9003, properties(binary(0x1009, b"LZFu")))),
    ],
)
def test_a_text_that_stands_in_winmail_alone_is_doubt_and_no_silence(data):
    assert "mime.encrypted_or_opaque" in wrapped(data, "").defects
    assert "mime.encrypted_or_opaque" not in wrapped(data).defects


MESSAGE = bytes.fromhex("0703020000000000c000000000000046") + winmail(file(NAME, PDF))


@pytest.mark.parametrize(
    "held",
    [
        properties(words(0x3707, NAME), binary(0x3701, PDF)),
        properties(binary(0x3701, MESSAGE, 0x0D)),
    ],
)
def test_a_file_or_message_in_properties_is_not_read_and_counts_as_unopened(held):
    message = wrapped(winmail(item(2, 0x9002, bytes(14)) + item(2, 0x9005, held)))
    assert [(a.name, a.inline_decoration) for a in message.attachments] == [("winmail.dat", False)]
    assert "attachment.winmail_dat" in message.defects


def test_a_zip_within_is_opened():
    found = wrapped(winmail(file("材料.zip", zip_of(a_dot_pdf=PDF)))).attachments
    assert [a.kind.value for a in found] == ["other", "archive", "pdf"]


@pytest.mark.parametrize(
    "data",
    [
        winmail(file(NAME, PDF))[:-30],
        winmail() + b"\x09" * 40,
        winmail(item(2, 0x9002, bytes(14)))
        + struct.pack("<BHHI", 2, 0x800F, 6, 2**32 - 1)
        + b"x" * 9,
    ],
)
def test_a_broken_winmail_is_told_and_counts(data):
    message = wrapped(data)
    assert "attachment.winmail_dat" in message.defects
    assert not message.attachments[0].inline_decoration


MANY = 2**32 - 1
HOSTILE = {
    "four thousand million properties": winmail(item(1, 0x9003, struct.pack("<I", MANY))),
    "four thousand million values": winmail(
        item(1, 0x9003, properties(struct.pack("<HHI", 0x1F, 0x3707, MANY)))
    ),
    "four thousand million fixed values": winmail(
        item(1, 0x9003, properties(struct.pack("<HHI", 0x1003, 0x3707, MANY)))
    ),
    "a value of 4 GiB": winmail(
        item(1, 0x9003, properties(struct.pack("<HHII", 0x1F, 0x3707, 1, MANY)))
    ),
    "a name of 4 GiB": winmail(
        item(
            1,
            0x9003,
            properties(struct.pack("<HH", 3, 0x8001) + bytes(16) + struct.pack("<II", 1, MANY)),
        )
    ),
    "two million empty objects": winmail(struct.pack("<BHHIH", 1, 0, 6, 0, 0) * 2_000_000),
    "two hundred thousand files": winmail(file("a.pdf", b"x") * 200_000),
    "empty values": winmail(
        item(1, 0x9003, properties(struct.pack("<HHI", 0x1F, 0x1000, 10**6) + bytes(4 * 10**6)))
    ),
    "properties of nothing": winmail(item(1, 0x9003, properties(struct.pack("<HH", 1, 1) * 10**6))),
    "nested": winmail(
        *[
            item(2, 0x9002, bytes(14))
            + item(
                2,
                0x9005,
                properties(
                    binary(
                        0x3701,
                        bytes.fromhex("0703020000000000c000000000000046")
                        + winmail(file(NAME, PDF)),
                        0x0D,
                    )
                ),
            )
        ]
        * 500
    ),
    "signature only": b"\x78\x9f\x3e\x22",
    "unknown codepage": winmail(file("a.pdf", PDF), codepage=MANY),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_winmail_is_quick(name):
    began = time.process_time()
    message = wrapped(HOSTILE[name])
    assert time.process_time() - began < 1.0
    assert len(message.attachments) <= 2 + MAX_MEMBERS


WHOLE = multi(
    "mixed",
    part("text/plain; charset=utf-8", WORDS.encode()),
    part("application/pdf", PDF, b"Content-Disposition: attachment; filename=a.pdf"),
    boundary=b"=_in",
)
WHOLE = WHOLE[WHOLE.index(b"Content-Type: multipart") :]


@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime"])
@pytest.mark.parametrize("data", [b"", b"junk", b"\x30\x80" * 5000])
def test_what_a_key_or_a_signature_wraps_whole_is_doubt(kind, data):
    raw = mail(
        f"Content-Type: {kind}; smime-type=signed-data".encode(),
        b"Content-Transfer-Encoding: base64",
        body=b64(data),
    )
    assert "mime.encrypted_or_opaque" in opened(raw).message.defects


@pytest.mark.parametrize(
    "protocol",
    [
        "application/pkcs7-signature; name=smime.p7s",
        "application/x-pkcs7-signature; name=smime.p7s",
        "application/pgp-signature; name=signature.asc",
    ],
)
def test_a_clear_signed_mail_is_read_as_what_it_wraps(protocol):
    found = opened(multi("signed", WHOLE, part(protocol, b"sig"))).message
    assert (found.new_text, [a.name for a in found.attachments]) == (WORDS, ["a.pdf"])


CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    "piece",
    [
        part("text/calendar; method=REQUEST; charset=utf-8", CALENDAR),
        part(
            "text/calendar; name=invite.ics",
            CALENDAR,
            b"Content-Disposition: attachment; filename=invite.ics",
        ),
        part(
            "application/ics; name=invite.ics",
            CALENDAR,
            b"Content-Disposition: attachment; filename=invite.ics",
        ),
        part(
            "application/octet-stream",
            CALENDAR,
            b"Content-Disposition: attachment; filename=invite.ics",
        ),
        part("text/vcard; name=me.vcf", b"BEGIN:VCARD", b"Content-Disposition: attachment"),
    ],
)
def test_calendars_and_cards_are_no_attachments(piece):
    found = opened(multi("mixed", part("text/plain; charset=utf-8", WORDS.encode()), piece)).message
    assert (found.new_text, found.attachments) == (WORDS, ())
    assert found.has_unseen == (b"me.vcf" not in piece)
    assert not words_unread(found)
    assert not unopened_by_defects(found)
