"""Shadow mode: verdicts on an archive, held against what people decided; nothing of the archive changes."""

import csv
import mailbox
from contextlib import closing
from pathlib import Path

import pytest

from app.archive import old_mails
from app.comparison import Comparison, read_decisions
from core.errors import DeskError
from tests.app.running import inside

DATA = Path("tests/data").resolve()
SAMPLES = ["03-no-attachment.eml", "11-automatic-answer.eml", "13-a-question.eml", "08-template-not-filled.eml"]


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
    told = inside("replay", archive, "--table", tmp_path / "t.csv", "--decided", decided, cwd=tmp_path)
    assert told.code == 0, told.err
    assert "共 4 封" in told.out
    assert "可能误退" in told.out
    assert "old.mbox#4" in told.out
    with (tmp_path / "t.csv").open(encoding="utf-8-sig") as file:
        rows = {row["mail"]: row for row in csv.DictReader(file)}
    assert [rows[f"old.mbox#{n}"]["decision"] for n in (1, 2, 3, 4)] == ["reject", "ignore", "other", "reject"]
    assert rows["old.mbox#1"]["people"] == "refused"
    assert archive.read_bytes() == before


def test_a_folder_of_mails_is_an_archive_too(tmp_path):
    for name in SAMPLES[:2]:
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    count, mails = old_mails(tmp_path)
    assert (count, [mail.name for mail in mails]) == (2, sorted(SAMPLES[:2]))


@pytest.mark.parametrize("make", [lambda p: p / "missing.mbox", lambda p: p, lambda p: (p / "x.txt").write_text("no mbox") and p / "x.txt"])
def test_what_is_no_archive_is_told(tmp_path, make):
    with pytest.raises(DeskError):
        old_mails(make(tmp_path))


def verdict(decision, *findings):
    return {
        "decision": decision, "findings": [{"code": c, "severity": s} for c, s in findings], "timing_ms": {},
        "request": {"enterprise_name": "=HYPERLINK(1)", "unbind": True, "reset_password": None},
    }


def test_the_two_disasters_are_named_and_thresholds_suggested():
    comparison = Comparison({**{f"a{n}": True for n in range(4)}, "b": False, "c": False})
    for n in range(4):
        comparison.add(f"a{n}", verdict("reject" if n == 0 else "queue", ("document.seal.unsure", "review")))
    comparison.add("b", verdict("queue"))
    comparison.add("c", verdict("queue", ("match.seal", "review")))
    assert (comparison.wrong_rejections, comparison.silent_acceptances) == (["a0"], ["b"])
    assert any("document.seal.unsure" in line for line in comparison.suggestions())


def test_a_strangers_words_are_no_formula_in_a_spreadsheet(tmp_path):
    from app.comparison import row_of, write_table

    list(write_table([row_of("m", verdict("queue"), None)], tmp_path / "t.csv"))
    assert "'=HYPERLINK" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")


def test_decisions_that_are_not_understood_are_told_by_line(tmp_path):
    (tmp_path / "d.csv").write_text("a,办理\nb,也许\n", encoding="utf-8")
    with pytest.raises(DeskError, match=r"第 2 行“也许”"):
        read_decisions(tmp_path / "d.csv")
