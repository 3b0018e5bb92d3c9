"""`python -m bench.specimens` on two labelled scans, and what it says of a folder with faults."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.specimen_scores import Drawn, Paper
from bench.specimens import TruthError, specimens_in
from tests.drawing.generate import invent_enterprise, invent_person, pdf_of, request_pages

ENTERPRISE, PERSON = invent_enterprise(1), invent_person(1)
ROOT = Path(__file__).parents[2]
OFFICIAL = {
    "kind": "official",
    "text": ENTERPRISE.name,
    "box": [0.1, 0.1, 0.3, 0.3],
    "doubtful": False,
}
REGISTRY = OFFICIAL | {"kind": "authority", "text": None, "box": [0.7, 0.7, 0.9, 0.9]}


def a_line(*seals, parts=(), absent=False, **marks):
    page = {"confident": True, "colour": True, "seal_ink": not absent, "blank": False} | marks
    return {"parts": list(parts), "seals": list(seals), "pages": [page], "seal_absent": absent}


def outcomes(truth, line):
    return {measure: outcome for measure, outcome, _ in truth.results(line)}


@pytest.fixture
def folder(tmp_path):
    """A sealed licence with a wrong name in its label, and the front of a card without a seal."""
    licence, card = (
        request_pages(ENTERPRISE, PERSON, parts=(part,), sealed=part == "licence", seed=3)
        for part in ("licence", "id_front")
    )
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.pdf").write_bytes(pdf_of([licence[0].image]))
    card[0].image.convert("RGB").save(tmp_path / "b.jpg", quality=80)
    registry = ["", "authority"]
    of_licence = {"kind": "licence", "name": "错误的名称有限公司", "uscc": ENTERPRISE.uscc}
    of_card = {"kind": "id_front", "name": PERSON.name, "id_number": PERSON.id_number, "seals": []}
    truth = {
        "a": of_licence | {"seals": [[ENTERPRISE.name, "official"], registry]},
        "b.jpg": of_card,
    }
    (tmp_path / "truth.json").write_text(
        json.dumps(truth, ensure_ascii=False), encoding="utf-8-sig"
    )
    return tmp_path


def run(folder, *options):
    command = [sys.executable, "-m", "bench.specimens", str(folder), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    rows = re.findall(r"^\| (.+?) \| .*? \| ([\d.]+ %)", done.stdout, re.MULTILINE)
    return done, dict(rows)


def test_a_folder_is_measured_in_two_runs_and_no_value_is_printed(folder, tmp_path):
    lines = tmp_path / "lines.jsonl"
    first, rows = run(folder, "--results", str(lines), "--limit", "1")
    assert first.returncode == 0, first.stderr
    assert "1 of 2 files read" in first.stdout
    assert rows["licence known"] == "100.0 %"
    second, rows = run(folder, "--results", str(lines))
    assert second.stderr.count("read: ") == 1
    right = {"licence known", "id_front known", "USCC", "person's name", "ID number", "seal found"}
    right |= {"seal's words exact", "seal's kind", "authority's seal's kind", "no false seal"}
    assert {measure for measure, share in rows.items() if share == "100.0 %"} >= right
    assert rows["enterprise name"] == "0.0 %"
    assert "a  enterprise name: wrong\n" in second.stdout
    assert "time a page" in second.stdout
    assert lines.stat().st_mode & 0o777 == 0o600
    for value in (ENTERPRISE.name, PERSON.id_number):
        assert value not in second.stdout + second.stderr
    third, _ = run(folder, "--results", str(lines), "--values")
    assert third.stderr == ""
    assert f"错误的名称有限公司 → {ENTERPRISE.name}" in third.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, ["no truth.json"]),
        ("{}", ["no truth.json that names a file"]),
        ("{", ["truth.json: ", "Invalid JSON"]),
        ('{"a": {"seals": []}}', ["a.kind: Field required"]),
        ('{"a": {"kind": "licence", "seals": [["x"]]}}', ["a.seals.0.1: Field required"]),
        (
            '{"a": {"kind": "cert", "seals": []}, "b": {"kind": "cert", "seals": []}}',
            ["a: no such file", "b: no such file"],
        ),
    ],
)
def test_what_is_wrong_with_a_folder_is_said_in_words(tmp_path, text, said):
    if text is not None:
        (tmp_path / "truth.json").write_text(text)
    with pytest.raises(TruthError) as error:
        specimens_in(tmp_path)
    assert all(words in str(error.value) for words in said)


def test_the_command_ends_with_the_words_and_no_traceback(tmp_path):
    done, _ = run(tmp_path, "--results", str(tmp_path / "lines.jsonl"))
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"{tmp_path}: no truth.json that names a file\n",
    )


@pytest.mark.parametrize(
    ("read", "doubts", "outcome"),
    [
        ("91X", [], "right"),
        (None, [], "missing"),
        ("91Y", [], "wrong"),
        ("91Y", ["uscc"], "doubtful"),
    ],
)
def test_a_field_is_right_missing_doubtful_or_wrong(read, doubts, outcome):
    part = {"kind": "licence", "fields": {"uscc": read}, "doubts": doubts}
    truth = Paper(kind="licence", uscc="91X", seals=[])
    assert outcomes(truth, a_line(parts=[part]))["USCC"] == outcome


def test_a_value_where_none_stands_and_one_of_an_unreadable_paper_are_no_good():
    part = {"kind": "licence", "fields": {"uscc": "91X"}, "doubts": []}
    assert outcomes(Paper(kind="licence", seals=[]), a_line(parts=[part]))["USCC"] == "wrong"
    unreadable = Paper(kind="licence", readable=False, seals=[])
    assert outcomes(unreadable, a_line(parts=[part])) == {
        "unreadable paper: nothing read": "something",
        "no false seal": "right",
    }


def test_seals_are_paired_by_words_then_kind_and_what_is_left_is_false():
    truth = Paper(kind="licence", seals=[("", "authority"), (ENTERPRISE.name, "official")])
    read = outcomes(truth, a_line(REGISTRY, OFFICIAL, OFFICIAL | {"doubtful": True}))
    assert read["seal's words exact"] == read["authority's seal's kind"] == "right"
    assert read["no false seal"] == "doubtful"
    read = outcomes(truth, a_line(REGISTRY))
    assert (read["authority's seal found"], read["seal found"]) == ("right", "missing")
    assert (read["seal's kind"], read["seal's words alike"]) == ("missing", "not")
    of_registry = Paper(kind="licence", seals=[("", "authority")])
    assert outcomes(of_registry, a_line(OFFICIAL))["authority's seal's kind"] == "official"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (a_line(absent=True), "right"),
        (a_line(REGISTRY, confident=False), "not confident"),
        (a_line(colour=False), "grey"),
        (a_line(), "ink"),
        (a_line(OFFICIAL, seal_ink=False), "a seal"),
    ],
)
def test_no_seal_is_proved_or_the_condition_that_fails_is_named(line, outcome):
    unsealed, sealed = (Paper(kind="licence", seals=seals) for seals in ([], [("", "official")]))
    assert outcomes(unsealed, line)['"no seal" proved'] == outcome
    expected = "wrong" if outcome == "right" else "right"
    assert outcomes(sealed, line)['"no seal" proved of no sealed page'] == expected


def test_a_drawn_seal_is_found_by_its_place_and_the_registrys_is_no_false_one():
    truth = Drawn(name=ENTERPRISE.name, kind="contract", at=(0.1, 0.1, 0.3, 0.32), grey=True)
    read = outcomes(truth, a_line(OFFICIAL, REGISTRY | {"kind": "unknown"}))
    assert read["seal's kind"] == "official"
    assert read["grey seal found"] == read["seal's words exact"] == read["no false seal"] == "right"
    read = outcomes(truth, a_line(REGISTRY | {"kind": "official"}))
    assert (read["seal found"], read["no false seal"]) == ("missing", "official")
    assert '"no seal" proved' not in outcomes(Drawn(none=True, grey=True), a_line())
