"""One mail can cost only so much: mails made to cost more than their size are read within a bound
that is many times what they need here.
"""

import os
import resource

import pytest

from core.data.submission import AttachmentKind
from mail_intake.mail_reading import read_submission
from mail_intake.message import mail_attachments
from mail_intake.message.archives import members
from mail_intake.message.html_text import html_to_text
from mail_intake.message.mail_attachments import Collected
from mail_intake.message.mime_parts import PartReader
from papers.zip_directory import MAX_DIRECTORY_BYTES, DirectoryTooLong, opened_zip
from tests.flows.walker import CannedReader
from tests.message.costly import SHAPES, broken_lzma, empty_members, zipped
from tests.message.mails import ARRIVED, attached, mail, multi, opened, text_mail
from tests.thorough import THOROUGH

SIZE, CPU_LIMIT_S = (75_000, 5) if THOROUGH else (8_000, 2)
"""Of 75,000 characters struck-out text took 7 s, a tall cell beside many 15 s and more;
each needs less than 1 s. Of 8,000, an expression that began with any white space took 5 s."""


def judged_within(raws: list[bytes], limit_s: int = 5) -> int:
    """How many of the mails a child reads before it is ended for its CPU time."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            for raw in raws:
                resource.setrlimit(
                    resource.RLIMIT_CPU,
                    (int(sum(os.times()[:2])) + limit_s, resource.RLIM_INFINITY),
                )
                read_submission(raw, ARRIVED, ["desk@example.com"], CannedReader())
                os.write(write, b".")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        return len(told.read())


@pytest.mark.parametrize("group", SHAPES)
def test_each_shape_is_read_within_its_bound(group):
    names = list(SHAPES[group])
    done = judged_within([SHAPES[group][name](SIZE) for name in names], CPU_LIMIT_S)
    assert names[done:] == [], "the first of these took too long or raised"


def defects(html: str) -> list[str]:
    return list(opened(text_mail(html.encode(), kind="html")).message.defects)


def test_html_beyond_its_bounds_is_told_and_the_rest_is_read():
    assert "body.too_long" in defects("<p>企业名称：北京晨曦公司</p>" + "<br>" * 70_000)
    assert defects("<p>企业名称：北京晨曦公司</p>" + "<br>" * 10_000) == []


def test_many_bodies_share_one_bound():
    piece = b"Content-Type: text/html\r\n\r\n" + b"<br>" * 10_000
    assert "body.too_long" in opened(multi("mixed", *[piece] * 8)).message.defects
    assert "body.too_long" not in opened(multi("mixed", *[piece] * 4)).message.defects


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<table><tr><td>a<br>b<br>c</td><td>d</td></tr></table>", "a\nb\td\nc"),
        ("<table><tr><td><p>a</p><p>&nbsp;</p></td><td> b </td></tr></table>", "a\tb"),
        (
            (
                "<table><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr>"
                "</table></td></tr></table>"
            ),
            "a\tb\tc",
        ),
        ("<table>x<tr><td>a</td></tr></table>y", "x\na\ny"),
        ("<ol start=2><li>a</li><li value=7>b</li></ol><ul><li>c</li></ul>", "2. a\n7. b\nc"),
        ("<ol><li><p>a</p></li></ol>", "1. a"),
        ("<pre>a\n  b</pre>c", "a\nb\nc"),
        ("<div style='white-space: pre-wrap'>a\nb</div>", "a\nb"),
        ("a\n b<br><br>c", "a b\n\nc"),
        ("<td>a</td><td>b</td>", "ab"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d", "a\tb\nc\td"),
        ("x<s>y</s>z<del>1</del>!", "xz!"),
        ("<s>a</s>", ""),
        ("<div><s>a</s><b>b</b><s>c</s>d</div>", "bd"),
        ("&#xe0f0;a&#57584;b&amp;#xE0F1;", "ab"),
        ("&#x000000000e0f0;a&#00000000057584;b", "ab"),
        ("&amp;nbsp;a", "a"),
    ],
)
def test_layout(html, text):
    assert html_to_text(html, lambda _: None, 1000) == text


def test_tables_nested_deeper_than_the_bound_keep_their_words():
    deep = "<table><tr><td>" * 30 + "x" + "</td><td>y</td></tr></table>" * 30
    assert sorted("".join(html_to_text(deep, lambda _: None, 1000).split())) == ["x", *["y"] * 30]


@pytest.mark.parametrize(
    ("depth", "read", "defects"),
    [(300, "ace\nf\ng", []), (2000, "ace\nf\ng", []), (30_000, "ace", ["body.too_long"])],
)
def test_markup_is_read_to_its_bound_of_depth(depth, read, defects):
    found = []
    html = f"a<s>b</s>c<script>d</script>e{'<div>' * depth}f<br>g<s>h</s>"
    assert (html_to_text(html, found.append, 60_000), found) == (read, defects)


@pytest.mark.parametrize(
    "sign",
    ["\x0b", "\x01", "\uffff", "&#11;", "&#x0B;", "&amp;#11;", "&#12;", f"&#{'0' * 5000}11;"],
)
def test_no_character_takes_the_marks_of_quotes_away(sign):
    """An element cannot hold a control character: lxml refuses to write one."""
    body = f"<p>新</p><blockquote type=cite>企业{sign}名称</blockquote>"
    message = opened(text_mail(body.encode(), kind="html")).message
    assert (message.new_text, message.quoted_text) == ("新", "企业 名称")


@pytest.mark.parametrize(
    ("count", "read", "defects"), [(1000, "x\n\ny", []), (1001, "", ["body.too_long"])]
)
def test_a_body_is_not_read_where_a_tag_has_too_many_attributes(count, read, defects):
    found = []
    html = f"<p>x</p><o:p{''.join(f' a{number}' for number in range(count))}>y"
    assert (html_to_text(html, found.append, 1000), found) == (read, defects)


@pytest.mark.parametrize("empty", ["", " ", "<!-- 企业名称 -->", "<html></html>"])
def test_a_body_without_elements_is_empty(empty):
    assert html_to_text(empty, lambda _: None, 1000) == ""


def told_of(archive: bytes) -> tuple[list[str], list[str]]:
    """The names that a zip gives, and what is noted of it."""
    noted: list[str] = []
    return [name for name, _ in members(archive, noted.append, 1_000_000)], noted


def test_a_zip_whose_member_is_broken_in_whatever_way_is_damaged():
    assert told_of(broken_lzma(5000)) == ([], ["archive.damaged"])


def test_a_zip_of_150000_members_is_not_listed():
    assert told_of(empty_members(150_000)) == ([], ["archive.too_large"])
    message = opened(attached(b"filename=a.zip", empty_members(150_000))).message
    assert [a.kind for a in message.attachments] == [AttachmentKind.ARCHIVE]
    assert "archive.too_large" in message.defects


def test_a_directory_may_be_as_long_as_its_bound_and_a_comment_as_long_as_zip_allows():
    with opened_zip(empty_members(MAX_DIRECTORY_BYTES // 47)) as archive:
        assert len(archive.filelist) == MAX_DIRECTORY_BYTES // 47
    with pytest.raises(DirectoryTooLong):
        opened_zip(empty_members(MAX_DIRECTORY_BYTES // 47 + 1))
    plain = zipped(b"x")
    with opened_zip(plain[:-2] + (65_535).to_bytes(2, "little") + b"c" * 65_535) as archive:
        assert archive.namelist() == ["a.pdf"]


def test_many_zips_share_one_bound(monkeypatch):
    monkeypatch.setattr(mail_attachments, "MAX_ZIPS", 3)
    reader = PartReader()
    head = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    found = Collected(reader.read(multi("mixed", *[head + zipped(b"%PDF-1.4")] * 5)), reader)
    assert sum(a.kind is AttachmentKind.PDF for a in found.attachments) == 3
    assert "archive.too_large" in reader.defects


def test_zips_share_the_bytes_that_they_may_hold(monkeypatch):
    monkeypatch.setattr(mail_attachments, "MAX_ARCHIVE_BYTES", 1500)
    reader = PartReader()
    head = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    found = Collected(reader.read(multi("mixed", *[head + zipped(bytes(1000))] * 3)), reader)
    assert [a.size_bytes for a in found.attachments if a.inside] == [1000]
    assert "archive.too_large" in reader.defects


def test_a_flowed_line_is_joined_as_before():
    raw = mail(
        b"Content-Type: text/plain; format=flowed; delsp=yes",
        body=b"a \r\nb \r\n-- \r\n> c \r\n> d",
    )
    assert opened(raw).message.new_text.splitlines()[0] == "ab"


def test_a_line_may_hold_the_delimiter_a_million_times():
    """Each mark looked for the end of the line anew."""
    assert judged_within([multi("mixed", b"\r\n\r\n" + b"--=_b1x" * 1_000_000)]) == 1
