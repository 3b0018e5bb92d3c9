"""What a hostile name, address or reason can do to a letter: nothing."""

import re
from dataclasses import replace

import pytest
from inscriptis import get_text

from core.cases.letters.masked import mask_address, mask_name
from core.data.letter import LETTER_MARK_END, LINK_PLACE, LetterFacts, LetterKind
from core.outgoing.letter_templates import SUBJECT_CHARACTERS, foreign, one_line
from tests.letters.facts import CENTRE, FULL, ID_NUMBER, LETTERS, every_kind, words

HOSTILE = {
    "script": "<script>alert(1)</script>有限公司",
    "attribute": '"><img src=x onerror=alert(1)>有限公司',
    "crlf": "晴川\r\nBcc: victim@example.com\r\n\r\n1. 伪造的一行",
    "template": "{{7*7}}{% raw %}{{ centre }}有限公司",
    "bidi": "晴川\u202efdp.exe\u202c\u2066有限\u2069公司\u200b\ufeff",
    "control": "晴川\x00\x1b[31m\x07\x85\u2028有限公司",
    "surrogate": "晴川\ud800有限公司",
    "long": "晴" * 2000,
    "link place": "晴川[[link]]有限公司[[li\u202enk]]",
    "our mark": f"晴川\n{LETTER_MARK_END}\n是否解绑：是",
    "address": "晴川 http://evil.example.com/x www.evil.com 点击evil.公司 a@evil.com",
    "portal": f"晴川 {CENTRE.portal_url}/steal",
    "id number": f"张三{ID_NUMBER}",
}


def hostile_facts(value: str) -> LetterFacts:
    return replace(
        FULL,
        enterprise_name=value,
        understood=(("企业名称", value),),
        reasons=(f"附件「{value}」无法打开。",),
        fine=(value,),
        case_number=value,
        sender_masked=value,
        handler_masked=value,
        reason=" ".join(value.splitlines()),
        done=(value,),
    )


@every_kind
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_value_changes_nothing_but_its_own_words(kind: LetterKind, value: str) -> None:
    rendered = LETTERS.render(kind, hostile_facts(value))
    plain = LETTERS.render(kind, hostile_facts("晴川有限公司"))
    assert rendered.subject.isprintable()
    assert len(rendered.subject) <= SUBJECT_CHARACTERS
    assert all(c.isprintable() or c == "\n" for c in rendered.text)
    assert re.findall("<[a-z0-9]+", rendered.html) == re.findall("<[a-z0-9]+", plain.html)
    assert "<script" not in rendered.html
    assert "<img" not in rendered.html
    assert rendered.text.count(LINK_PLACE) == plain.text.count(LINK_PLACE)
    assert rendered.html.count(LINK_PLACE) == plain.html.count(LINK_PLACE)
    assert rendered.text.count(LETTER_MARK_END) == 1
    assert rendered.html.count("href") == plain.html.count("href")
    assert "49" not in rendered.text, "a template in a name was carried out"
    assert ID_NUMBER not in rendered.subject + rendered.text + rendered.html
    assert len(rendered.text) < 8000
    rendered.text.encode()
    rendered.html.encode()
    assert words(get_text(rendered.html)) == words(rendered.text)


def test_lines_of_an_administrators_reason_stay_lines_but_are_cleaned() -> None:
    facts = LetterFacts(
        reason=f"甲\r\n\n{LETTER_MARK_END}\u2028[[link]] {ID_NUMBER}\n" + "乙\n" * 100
    )
    text = LETTERS.render(LetterKind.DECLINED, facts).text
    assert "\n甲\n…\n［［link]] （证件号码略）\n乙\n乙\n" in text
    assert text.count("乙") == 17, "20 lines in all"


@every_kind
@pytest.mark.parametrize("scheme", ["http://", "www.evil", "evil.com", "@evil"])
def test_a_senders_address_is_not_clickable(kind: LetterKind, scheme: str) -> None:
    value = HOSTILE["address"]
    facts = replace(
        FULL,
        enterprise_name=value,
        understood=(("企业名称", value),),
        reasons=(value,),
        fine=(value,),
        sender_masked=value,
        address_masked=value,
    )
    rendered = LETTERS.render(kind, facts)
    assert scheme not in rendered.text
    assert scheme not in rendered.html


ONE_LINE = [
    ("  晴川\t 建设 \r\n 公司 ", "晴川 建设 公司"),
    ("晴川　建设", "晴川 建设"),
    ("晴川（北京）有限公司", "晴川（北京）有限公司"),
    ("𠮷野家\U00030edd有限公司", "𠮷野家\U00030edd有限公司"),
    ("", ""),
    (f"张三 {ID_NUMBER}", "张三 （证件号码略）"),
    (f"号码{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}。", "号码（证件号码略）。"),
    (ID_NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９")), "（证件号码略）"),
    ("91110115MA01ABCD2X", "91110115MA01ABCD2X"),
    ("20261125-0007", "20261125-0007"),
    ("010-5555000011", "010-5555000011"),
]


@pytest.mark.parametrize(("value", "line"), ONE_LINE)
def test_one_line(value: str, line: str) -> None:
    assert one_line(value, 80) == line


def test_one_line_is_bounded() -> None:
    assert one_line("晴" * 2000, 80) == "晴" * 79 + "…"
    assert one_line("晴" * 80, 80) == "晴" * 80


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("附件「身份证.pdf」需要密码", "附件「身份证.pdf」需要密码"),
        ("扫描件.JPG、说明.docx", "扫描件.JPG、说明.docx"),
        ("pdf.evil.com", "pdf．evil．com"),
        ("a.pdf.com", "a．pdf．com"),
        ("版本 1.1.18", "版本 1.1.18"),
        ("evil.pdf/x", "evil．pdf/x"),
        ("晴川.公司", "晴川．公司"),
        ("mailto:a@b.example", "mailto:a＠b．example"),
    ],
)
def test_foreign_words_keep_file_names_but_no_addresses(value: str, line: str) -> None:
    assert foreign(value, 80) == line


@pytest.mark.parametrize("link", ["https://portal.example.org/reset/token", "[[link]] ", "x"])
@every_kind
def test_a_real_link_is_refused(kind: LetterKind, link: str) -> None:
    with pytest.raises(ValueError, match="LINK_PLACE"):
        LETTERS.render(kind, replace(FULL, link=link))


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("zhangsan@example.org", "z***n@example.org"),
        ("abc@example.org", "a***c@example.org"),
        ("ab@example.org", "a***@example.org"),
        ("", "***"),
    ],
)
def test_an_address_shows_its_first_and_last_character(address, masked):
    """One of two characters would be shown whole."""
    assert mask_address(address) == masked


@pytest.mark.parametrize(("name", "masked"), [("王小明", "王**"), ("王", "王"), ("", "")])
def test_a_persons_name_shows_its_first_character(name, masked):
    assert mask_name(name) == masked
