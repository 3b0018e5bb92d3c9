"""From facts to text and HTML: the centre's own words and templates, blocks, spans of time."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from inscriptis import get_text

from core.data.letter import Centre, LetterKind, Rendered
from core.outgoing.letter_templates import JinjaLetters, blocks, span
from tests.letters.facts import FULL, LETTERS, NUMBER, words


@pytest.mark.parametrize(
    ("hours", "said"),
    [(24, "24 小时"), (1, "1 小时"), (36, "36 小时"), (48, "2 天"), (168, "7 天")],
)
def test_span(hours: int, said: str) -> None:
    assert span(hours) == said
    assert (
        f"{said}内有效"
        in LETTERS.render(LetterKind.CONTACT_NOTICE, replace(FULL, link_hours=hours)).text
    )


def test_centre_without_phone_and_qq() -> None:
    letters = JinjaLetters(Centre(phone="", qq=""))
    for kind in LetterKind:
        text = letters.render(kind, FULL).text
        assert not re.search("(?<!联系)电话|QQ：|拨打", text), "联系电话 may be a line of the form"
    assert "立即回复本邮件向我们提出异议" in letters.render(LetterKind.RESET_LINK, FULL).text


def test_a_directory_of_the_operators_own_is_used(tmp_path: Path) -> None:
    for kind in LetterKind:
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "subject.txt").write_text(
            f"{kind} {{{{ case_number }}}}", encoding="utf-8"
        )
        (tmp_path / kind / "body.txt").write_text("自定 {{ centre.name }}", encoding="utf-8")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "layout.html").write_text(
        "{% for b in blocks %}{{ b.lines[0] | linked }}{% endfor %}", encoding="utf-8"
    )
    rendered = JinjaLetters(Centre(name="A&B"), tmp_path).render(LetterKind.EXPIRED, FULL)
    assert rendered == Rendered(f"expired {NUMBER}", "自定 A&B\n", "自定 A&amp;B")


@pytest.mark.parametrize(
    ("paragraph", "shape", "lines"),
    [
        ("【需要补正】", "heading", ("【需要补正】",)),
        ("1. 甲\n2. 乙", "ordered", ("甲", "乙")),
        ("· 甲\n· 1. 乙", "bullets", ("甲", "1. 乙")),
        ("    企业名称：\n    是否解绑：", "form", ("企业名称：", "是否解绑：")),
        ("1. 甲\n不是列表", "plain", ("1. 甲", "不是列表")),
        ("【甲】和【乙】之外", "plain", ("【甲】和【乙】之外",)),
    ],
)
def test_blocks(paragraph: str, shape: str, lines: tuple[str, ...]) -> None:
    first, second = blocks(f"{paragraph}\n\n尾")
    assert (first.shape, first.lines) == (shape, lines)
    assert (second.shape, second.lines) == ("plain", ("尾",))


def test_a_portal_address_with_a_query_is_one_link() -> None:
    url = "http://127.0.0.1:8321/index.jhtml?from=mail&lang=zh"
    rendered = JinjaLetters(Centre(portal_url=url)).render(LetterKind.COMPLETED, FULL)
    escaped = url.replace("&", "&amp;")
    assert f'<a href="{escaped}">{escaped}</a> ，点击' in rendered.html
    assert words(get_text(rendered.html)) == words(rendered.text)
