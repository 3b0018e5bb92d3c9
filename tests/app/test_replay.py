"""Shadow mode: verdicts on an archive, held against what people decided;
nothing of the archive changes."""

import csv
import mailbox
from contextlib import closing
from pathlib import Path

import pytest

from app.replay import Comparison, old_mails, read_decisions, write_table
from core.errors import DeskError
from tests.app.running import inside

DATA = Path("tests/data").resolve()
SAMPLES = [
    "03-no-attachment.eml",
    "11-automatic-answer.eml",
    "13-a-question.eml",
    "08-template-not-filled.eml",
]


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "old.mbox"
    with closing(mailbox.mbox(path)) as box:
        for name in SAMPLES:
            box.add((DATA / name).read_bytes())
    return path


def test_an_mbox_gives_a_table_and_a_summary(archive, tmp_path):
    before = archive.read_bytes()
    decided = tmp_path / "people.csv"
    decided.write_text("mail,decision\nold.mbox#1,退回\nold.mbox#4,办理\n", encoding="utf-8-sig")
    told = inside(
        "replay", archive, "--table", tmp_path / "t.csv", "--decided", decided, cwd=tmp_path
    )
    assert told.code == 0, told.err
    assert "共 4 封" in told.out
    assert "对照：办理台退回补正，当时已办理：1 封" in told.out
    assert "对照：办理台退回补正，当时未办理：1 封" in told.out
    with (tmp_path / "t.csv").open(encoding="utf-8-sig") as file:
        rows = {row["mail"]: row for row in csv.DictReader(file)}
    assert [rows[f"old.mbox#{n}"]["decision"] for n in (1, 2, 3, 4)] == [
        "reject",
        "ignore",
        "other",
        "reject",
    ]
    assert rows["old.mbox#1"]["people"] == "refused"
    assert rows["old.mbox#4"]["people"] == "accepted"
    assert rows["old.mbox#1"]["arrived"].endswith("+08:00")
    assert archive.read_bytes() == before


def test_a_folder_of_mails_is_an_archive_too(tmp_path):
    for name in SAMPLES[:2]:
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    assert [mail.name for mail in old_mails(tmp_path)] == sorted(SAMPLES[:2])


@pytest.mark.parametrize(
    "make",
    [
        lambda p: p / "missing.mbox",
        lambda p: p,
        lambda p: (p / "x.txt").write_text("no mbox") and p / "x.txt",
    ],
)
def test_what_is_no_archive_is_told(tmp_path, make):
    with pytest.raises(DeskError):
        list(old_mails(make(tmp_path)))


def verdict(decision, *findings):
    return {
        "decision": decision,
        "findings": [{"code": c, "severity": s} for c, s in findings],
        "timing_ms": {},
        "request": {"enterprise_name": "=HYPERLINK(1)", "unbind": True, "reset_password": None},
    }


def test_a_strangers_words_are_no_formula_in_a_spreadsheet(tmp_path):
    write_table([Comparison({}).add("m", verdict("queue"))], tmp_path / "t.csv")
    assert "'=HYPERLINK" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")


def test_decisions_that_are_not_understood_are_told_by_line(tmp_path):
    (tmp_path / "d.csv").write_text("a,办理\nb,也许\n", encoding="utf-8")
    (tmp_path / "excel.csv").write_text("邮件,结果\na.eml,办理\nb.eml,退回\n", encoding="gbk")
    assert read_decisions(tmp_path / "excel.csv") == {"a.eml": True, "b.eml": False}
    with pytest.raises(DeskError, match=r"第 2 行“也许”"):
        read_decisions(tmp_path / "d.csv")


BODIES = [
    b"Subject: 1\n\nFrom here on it is text\nFrom: a@example.org wrote\nyes\n",
    b"Subject: 2\n\nx\n\nFrom the bank\n\nFrom a@example.org\n\nnothing\n",
    b"Subject: 3\n\n>From the bank\n>>From there\n",
    b"Subject: 4\n\n",
    b"Subject: 5\n\n\n\n",
]
FROM_LINES = [
    b"From a@example.org Mon Mar  2 10:00:00 2026",
    b"From - Mon Mar 02 10:00:00 2026",
    b"From ???@??? Mon Mar 02 10:00:00 2026",
    b"From a@example.org Mon, 02 Mar 2026 10:00:00 +0800",
    b"From MAILER-DAEMON Mon Mar  2 10:00:00 2026",
    b"From a@example.org",
    b"From -",
]


@pytest.mark.parametrize("border", FROM_LINES)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n"])
def test_an_mbox_is_cut_at_its_borders_however_they_are_written(tmp_path, border, end, mark):
    box = tmp_path / "old.mbox"
    box.write_bytes(
        mark + b"".join(border + b"\n" + body + b"\n" for body in BODIES).replace(b"\n", end)
    )
    raws = [mail.raw.replace(end, b"\n") for mail in old_mails(box)]
    assert len(raws) == 5
    assert raws[0] == BODIES[0]
    assert raws[1] == BODIES[1]
    assert raws[2] == b"Subject: 3\n\nFrom the bank\n>From there\n"


def test_borders_without_an_empty_line_before_them(tmp_path):
    box = tmp_path / "old.mbox"
    box.write_bytes(
        b"".join(FROM_LINES[0] + b"\n" + body.rstrip(b"\n") + b"\n" for body in BODIES[:3])
    )
    assert len(list(old_mails(box))) == 3


def test_maildirs_single_mails_and_folders_of_mboxes(tmp_path):
    held = mailbox.Maildir(tmp_path / "maildir")
    held.add(BODIES[0])
    held.add_folder("Old").add(BODIES[1])
    assert len(list(old_mails(tmp_path / "maildir"))) == 2
    (tmp_path / "one.EML").write_bytes(BODIES[0])
    assert [mail.name for mail in old_mails(tmp_path / "one.EML")] == ["one.EML"]
    (tmp_path / "profile/sub").mkdir(parents=True)
    for place in ("profile/Inbox", "profile/sub/Sent"):
        (tmp_path / place).write_bytes(FROM_LINES[1] + b"\n" + BODIES[0] + b"\n")
    (tmp_path / "profile/index.msf").write_bytes(bytes(100))
    assert [mail.name for mail in old_mails(tmp_path / "profile")] == ["Inbox#1", "sub/Sent#1"]


def test_what_would_open_no_case_and_names_that_no_mail_has_are_told():
    comparison = Comparison({"a": True, "b": True, "gone": False})
    for name, decision in (("a", "other"), ("b", "ignore")):
        comparison.add(name, verdict(decision))
    summary = "\n".join(comparison.summary())
    assert "对照：办理台其他来信，当时已办理：1 封" in summary
    assert "有 1 个邮件名在归档中找不到" in summary
