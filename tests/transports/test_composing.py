"""The bytes of a letter: nothing of a sender's gets into a header as it is, and threads hold."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesParser

import pytest

from core.data.letter import LetterFile
from core.errors import PermanentFailure
from core.outgoing.composing import compose
from tests.transports.test_contract import LETTER

EXPECTED = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Unbind-Desk",
    "MIME-Version",
    "Content-Type",
]


@pytest.mark.parametrize(
    "poison",
    [
        "a\r\nBcc: victim@example.com",
        "a\nBcc: victim@example.com",
        "a\rBcc: victim@example.com",
        "a\r\n\r\nbody",
        "a\x00b",
        "a\x0bBcc: x",
        "a\u2028Bcc: x",
        "a\x85Bcc: x",
        "=?utf-8?q?a=0D=0ABcc:_x?=",
        "\ud800",
        "长" * 600 + "\r\nBcc: x",
    ],
)
@pytest.mark.parametrize("place", ["subject", "sender_name", "in_reply_to"])
def test_no_header_can_be_smuggled_in(place: str, poison: str) -> None:
    letter = replace(LETTER, **{place: poison})
    message = message_from_bytes(compose(letter), policy=policy.compat32)
    absent = {"In-Reply-To", "References"} if place == "in_reply_to" else set()
    assert message.keys() == [name for name in EXPECTED if name not in absent]
    assert message.is_multipart()


@pytest.mark.parametrize("place", ["recipient", "sender"])
@pytest.mark.parametrize(
    "poison",
    [
        "a@example.com\r\nBcc: x@example.com",
        "a@example.com, b@example.com",
        "<a@example.com>",
        "a b@example.com",
        "a@exa mple.com",
        "@example.com",
        "a@",
        "a@.",
        "a@-x.com",
    ],
)
def test_only_one_plain_address_is_an_address(place: str, poison: str) -> None:
    with pytest.raises(PermanentFailure):
        compose(replace(LETTER, **{place: poison}))


def test_a_chinese_domain_goes_as_idna() -> None:
    assert b"To: info@xn--fiqs8s.example\r\n" in compose(
        replace(LETTER, recipient="info@中国.example")
    )


@pytest.mark.parametrize(
    "subject",
    [
        "短",
        "Plain ASCII",
        "关于北京堃泰镕喆工程有限公司 CA 锁解绑的回执：" + "长" * 150,
        "𠮷野家（北京）" * 20,
        "=?gb2312?B?suLK1A==?= 原样",
        "a" * 300,
    ],
)
def test_a_subject_comes_back_as_it_was(subject: str) -> None:
    raw = compose(replace(LETTER, subject=subject))
    assert max(len(line) for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 100
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    assert str(make_header(decode_header(message["Subject"]))) == subject


def test_long_message_ids_are_neither_folded_nor_encoded() -> None:
    long_id = f"<{'x' * 300}@example.com>"
    raw = compose(replace(LETTER, in_reply_to=long_id))
    assert f"In-Reply-To: {long_id}\r\n".encode() in raw
    assert f"References: {long_id}\r\n".encode() in raw


def test_the_same_letter_is_the_same_bytes_and_seven_bit() -> None:
    raw = compose(LETTER)
    assert raw == compose(LETTER)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_letter_to_a_mail_without_message_id_answers_none() -> None:
    message = message_from_bytes(compose(replace(LETTER, in_reply_to="")))
    assert message["In-Reply-To"] is None
    assert message["References"] is None


@pytest.mark.parametrize(
    "name",
    [
        "驱动 说明.pdf",
        'a"b\\.pdf',
        "x.pdf\r\nBcc: v@example.com",
        "长" * 300 + ".pdf",
        "\ud800.pdf",
    ],
)
def test_files_go_whole_and_their_names_smuggle_nothing(name: str) -> None:
    content = bytes(range(256)) * 9
    files = (LetterFile(name, content), LetterFile("空.bin", b""))
    raw = compose(replace(LETTER, files=files))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    message = message_from_bytes(raw, policy=policy.default)
    assert message.keys() == EXPECTED
    words, first, second = message.iter_parts()
    assert words.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in words.iter_parts()] == ["text/plain", "text/html"]
    assert first.get_content() == content
    assert second.get_content() == b""
    assert second.get_filename() == "空.bin"
    assert first.get_filename().endswith(".pdf") is ("Bcc" not in name)
    assert "\n" not in first.get_filename()
    assert first.keys() == ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]
