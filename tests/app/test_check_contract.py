"""`unbind check` and `read`: what other programs rely on (RULES.md section 5)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.clock import LOCAL
from mail_intake.mail_reading import ReadMail, read_submission
from tests.app.running import ROOT, Ran, inside, unbind

DATA = ROOT / "tests" / "data"
SAMPLES = sorted(DATA.glob("*.eml"))
EXPECTED = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
PLAIN = (
    b"Received: from a by b; Tue, 24 Nov 2026 11:29:59 +0800\r\nFrom: a@example.com\r\n"
    b"To: support@example.org\r\nSubject: CA\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    + "企业名称：甲公司\r\n是否解绑：是\r\n是否需要重置注册密码：否\r\n".encode()
)


def objects(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    ran = unbind(
        "check", *SAMPLES, "--json", cwd=tmp_path_factory.mktemp("anywhere"), timeout_s=180
    )
    results = objects(ran)
    assert [result["file"] for result in results] == [str(sample) for sample in SAMPLES], (
        "one object a line, in the order of the arguments"
    )
    assert not any(tmp_path_factory.getbasetemp().glob("anywhere*/*")), (
        "check leaves nothing behind"
    )
    return {Path(result["file"]).name: result for result in results}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_gets_the_verdict_it_was_made_for(
    name: str, judged: dict[str, dict[str, Any]]
) -> None:
    result = judged[name]
    rejects = [finding["code"] for finding in result["findings"] if finding["severity"] == "reject"]
    assert (result["decision"], rejects) == (EXPECTED[name]["decision"], EXPECTED[name]["reject"])


def test_every_committed_sample_has_an_expected_verdict() -> None:
    assert sorted(EXPECTED) == [sample.name for sample in SAMPLES]
    assert sum(sample.stat().st_size for sample in SAMPLES) < 6_000_000


def test_objects_have_the_shape_of_the_contract(judged: dict[str, dict[str, Any]]) -> None:
    for result in judged.values():
        assert set(result) == {
            "file",
            "decision",
            "request",
            "documents",
            "seals",
            "findings",
            "timing_ms",
        }
        assert set(result["request"]) == {"enterprise_name", "unbind", "reset_password"}
        assert set(result["timing_ms"]) == {"message", "pages", "ocr", "seals", "rules"}
        for finding in result["findings"]:
            assert set(finding) == {"code", "severity", "message"}
        for part in result["documents"]:
            assert set(part) == {"attachment", "page", "kind", "fields", "box", "confidence"}
            assert part["kind"] in {"id_front", "id_back", "licence", "other_certificate", "other"}
        for boxed in (*result["documents"], *result["seals"]):
            x0, y0, x1, y1 = boxed["box"]
            assert 0 <= x0 < x1 <= 1
            assert 0 <= y0 < y1 <= 1


def test_the_complete_sample_is_read_right(judged: dict[str, dict[str, Any]]) -> None:
    result = judged["01-complete.eml"]
    assert result["request"] == {
        "enterprise_name": "通志（北京）招标代理有限公司",
        "unbind": True,
        "reset_password": True,
    }
    licence = next(part for part in result["documents"] if part["kind"] == "licence")
    assert licence["fields"]["uscc"] == "91119999127356186Y"
    assert {part["kind"] for part in result["documents"]} >= {"id_front", "id_back", "licence"}


def test_no_account_sender_or_case_rule_is_applied(judged: dict[str, dict[str, Any]]) -> None:
    codes = {finding["code"] for result in judged.values() for finding in result["findings"]}
    assert not [code for code in codes if code.startswith(("account.", "sender.", "case."))]


def test_standard_input_and_files_that_are_no_mail_still_give_objects(tmp_path: Path) -> None:
    (tmp_path / "noise.eml").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "folder.eml").mkdir()
    results = objects(
        inside(
            "check",
            "-",
            "noise.eml",
            "empty.eml",
            "folder.eml",
            "missing.eml",
            "--json",
            cwd=tmp_path,
            text=PLAIN,
        )
    )
    assert [result["file"] for result in results] == [
        "-",
        "noise.eml",
        "empty.eml",
        "folder.eml",
        "missing.eml",
    ]
    assert results[0]["decision"] == "reject"
    assert [result["decision"] for result in results[1:]] == ["other"] * 4
    assert results[3]["error"]
    assert results[4]["error"]


def test_the_wording_for_people_names_decision_and_findings(tmp_path: Path) -> None:
    ran = inside("check", "-", cwd=tmp_path, text=PLAIN)
    assert ran.code == 0
    assert "退回补正" in ran.out
    assert "attachment.none" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "a.eml", "--arrived", "noon"),
        ("check", "a.eml", "--jsn"),
        ("read",),
        ("chekc",),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ran = inside(*arguments, cwd=tmp_path)
    assert ran.code == 2
    assert not ran.out
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("given", "day"),
    [
        (("--arrived", "2026-11-25T11:29:59+08:00"), 25),
        (("--arrived", "2026-11-25T11:29:59"), 25),
        (("--arrived", "2026-11-25T03:29:59Z"), 25),
        ((), 24),  # by the topmost Received
    ],
)
def test_a_mail_is_judged_by_the_arrival_that_is_given(
    given: tuple[str, ...], day: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = []

    def seen(raw: bytes, arrived: datetime, **how: Any) -> ReadMail:
        instants.append(arrived)
        return read_submission(raw, arrived, **how)

    monkeypatch.setattr("app.wiring.read_submission", seen)
    objects(inside("check", "-", "--json", *given, cwd=tmp_path, text=PLAIN))
    assert instants == [datetime(2026, 11, day, 11, 29, 59, tzinfo=LOCAL)]


def test_read_gives_documents_and_seals_draws_them_and_says_what_cannot_be_read(
    tmp_path: Path,
) -> None:
    import io
    from email import message_from_bytes
    from email.policy import default

    from PIL import Image

    mail = message_from_bytes((DATA / "01-complete.eml").read_bytes(), policy=default)
    pdf = next(
        part.get_content() for part in mail.walk() if part.get_content_type() == "application/pdf"
    )
    picture = io.BytesIO()
    Image.new("RGB", (800, 1100), "white").save(picture, "PNG")
    for name, content in {
        "scan.pdf": pdf,
        "white.png": picture.getvalue(),
        "broken.pdf": b"%PDF-1.7 and nothing more",
    }.items():
        (tmp_path / name).write_bytes(content)
    ran = unbind(
        "read",
        "scan.pdf",
        "white.png",
        "broken.pdf",
        "missing.pdf",
        "--json",
        "--overlay",
        "out",
        cwd=tmp_path,
    )
    scan, white, broken, missing = objects(ran)
    assert {"id_front", "licence"} <= {part["kind"] for part in scan["documents"]}
    assert scan["seals"]
    drawn = sorted((tmp_path / "out").glob("scan.pdf.*.png"))
    assert len(drawn) == 2
    assert all(png.read_bytes().startswith(b"\x89PNG") for png in drawn)
    assert (white["documents"], "error" in white) == ([], False)
    assert "损坏" in broken["error"]
    assert missing["error"]


def test_our_own_and_automatic_mail_is_ignored_as_the_service_does(tmp_path: Path) -> None:
    for name, headers in {
        "own": b"From: support@example.org\r\n",
        "automatic": b"From: a@example.com\r\nAuto-Submitted: auto-replied\r\n",
        "returned": b"From: MAILER-DAEMON@example.com\r\nReturn-Path: <>\r\n",
    }.items():
        (tmp_path / name).write_bytes(PLAIN.replace(b"From: a@example.com\r\n", headers))
    results = objects(inside("check", "own", "automatic", "returned", "--json", cwd=tmp_path))
    assert [(result["decision"], result["findings"]) for result in results] == [("ignore", [])] * 3


def test_explaining_reads_a_mail_once_and_stops_at_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[datetime] = []

    def breaks_at_first(raw: bytes, arrived: datetime, **how: Any) -> ReadMail:
        read.append(arrived)
        if len(read) == 1:
            raise ValueError
        return read_submission(raw, arrived, **how)

    monkeypatch.setattr("app.wiring.read_submission", breaks_at_first)
    monkeypatch.setattr("app.cli.check_commands.AT_ONCE", 1)
    for name in ("first.eml", "second.eml"):
        (tmp_path / name).write_bytes(PLAIN)
    given = ("--arrived", "2026-11-25T11:29:59+08:00")
    ran = inside("check", "first.eml", "second.eml", "--json", "--explain", *given, cwd=tmp_path)
    first, second = objects(ran)
    assert (first["error"], second["decision"]) == ("读取时出错：ValueError", "reject")
    assert read == [datetime(2026, 11, 25, 11, 29, 59, tzinfo=LOCAL)] * 2
    assert "second.eml\n" in ran.err
