"""`unbind calibrate` on two labelled files: what is right, wrong and missing is told so, and wrong labels are refused in words."""

import csv
import json

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli_calibrate import NO_SEAL, compared, read_labels
from bench.documents.generate import invent_enterprise, invent_person, request_pdf
from core.cases.submission import Box, Documents, Part, PartKind, Seal, SealCheck, SealKind, SealVerdict
from core.errors import DeskError

ENTERPRISE, PERSON = invent_enterprise(1), invent_person(1)
WHOLE = Box(0, 0, 1, 1)
ANSWERED = ((SealVerdict.AGREES, "right"), (SealVerdict.DIFFERS, "wrong"), (SealVerdict.UNSURE, "doubtful"))


def documents(fields=None, doubts=(), seals=()):
    parts = (Part("a.pdf", 1, PartKind.LICENCE, WHOLE, 0.9, fields, {}, doubts),) if fields is not None else ()
    return Documents((), parts, tuple(seals))


def seal(text, *, doubtful=False, kind=SealKind.OFFICIAL, checks=()):
    return Seal("a.pdf", 1, WHOLE, kind, text, "red", 0.9, doubtful, checks=checks)


@pytest.mark.parametrize(
    ("label", "read", "outcome"),
    [
        ({"uscc": "91X"}, documents({"uscc": "91X"}), "right"),
        ({"uscc": "91X"}, documents({}), "missing"),
        ({"uscc": "91X"}, documents(), "missing"),
        ({"uscc": "91X"}, documents({"uscc": "91Y"}), "wrong"),
        ({"uscc": "91X"}, documents({"uscc": "91Y"}, ("uscc",)), "doubtful"),
        ({"enterprise_name": "甲（北京）公司"}, documents({"enterprise_name": "甲(北京)公司"}), "right"),
        ({"seal": "北京甲乙丙有限公司"}, documents(seals=[seal("北京甲乙丙有限公司")]), "right"),
        ({"seal": "北京甲乙丙有限公司"}, documents(seals=[seal("上海丁戊己中心")]), "wrong"),
        ({"seal": "北京甲乙丙有限公司"}, documents(seals=[seal(None, doubtful=True)]), "doubtful"),
        ({"seal": "北京甲乙丙有限公司"}, documents(seals=[seal("北京市市场监督管理局", kind=SealKind.AUTHORITY)]), "missing"),
        *(({"seal": none}, documents(seals=[seal("北京市市场监督管理局", kind=SealKind.AUTHORITY)]), "right") for none in NO_SEAL),
        ({"seal": "无"}, documents(seals=[seal("北京甲乙丙有限公司")]), "wrong"),
        *(({"seal": "甲乙有限公司"}, documents(seals=[seal("甲丙有限公司", checks=(SealCheck("甲乙有限公司", verdict),))]), outcome) for verdict, outcome in ANSWERED),
    ],
)
def test_each_label_is_right_missing_doubtful_or_wrong(label, read, outcome):
    assert [found for _, found, _ in compared(label, read)] == [outcome]


def test_a_folder_is_measured_and_values_are_told_only_when_asked_for(tmp_path):
    (tmp_path / "a.pdf").write_bytes(request_pdf(ENTERPRISE, PERSON, seed=1))
    (tmp_path / "broken.pdf").write_bytes(b"no pdf")
    right = {"name": PERSON.name, "id_number": PERSON.id_number, "uscc": ENTERPRISE.uscc, "seal": ENTERPRISE.name}
    labels = {"a.pdf": {**right, "enterprise_name": "错误的名称有限公司"}, "broken.pdf": {"name": PERSON.name}}
    (tmp_path / "labels.json").write_text(json.dumps(labels, ensure_ascii=False), encoding="utf-8")
    page = tmp_path / "seals.html"
    told = CliRunner().invoke(app, ["calibrate", str(tmp_path), "--seals", str(page)])
    assert told.exit_code == 0, told.output
    shown = page.read_text("utf-8")
    assert shown.count("<tr class=") == 2
    assert shown.count('<tr class="right"') == 2  # the file has a seal that agrees
    assert shown.count('<img src="data:image/jpeg;base64,') == 4
    assert f"印有“{ENTERPRISE.name}”" in shown
    assert page.stat().st_mode & 0o777 == 0o600
    assert CliRunner().invoke(app, ["calibrate", str(tmp_path), "--seals", str(page)]).exit_code != 0
    assert "a.pdf　enterprise_name　wrong\n" in told.output
    assert "broken.pdf　name　missing\n" in told.output
    shares = {line.split()[0]: line.split()[1] for line in told.output.splitlines() if " % " in line}
    assert shares == {"name": "50.0", "id_number": "100.0", "enterprise_name": "0.0", "uscc": "100.0", "seal": "100.0"}
    assert "2 files, 2 pages" in told.output
    assert PERSON.id_number not in told.output
    assert ENTERPRISE.name not in told.output


def test_labels_in_a_table_of_a_spreadsheet(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"x")
    with (tmp_path / "labels.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["file", "uscc", "seal"], ["a.pdf", "91X", ""]])
    assert read_labels(tmp_path) == {"a.pdf": {"uscc": "91X"}}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("labels.json", '{"b.pdf": {"usc": "1"}}', ("没有这样的列：usc", "没有这样的文件：b.pdf")),
        ("labels.json", "[1]", ("应写成",)),
        ("labels.json", "{", ("无法读取",)),
        ("labels.json", "{}", ("没有任何一行",)),
        ("labels.csv", "file,uscc\na.pdf,1\na.pdf,2\n", ("写了两行",)),
        ("labels.txt", "", ("没有 labels.json 或 labels.csv",)),
    ],
)
def test_wrong_labels_are_told_all_at_once(tmp_path, name, text, said):
    (tmp_path / "a.pdf").write_bytes(b"x")
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DeskError) as error:
        read_labels(tmp_path)
    assert all(words in str(error.value) for words in said)
