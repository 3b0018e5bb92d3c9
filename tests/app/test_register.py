"""The import of enterprises: all rows or none, every mistake reported, tables of any program."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.register_file import read_register
from app.settings.config import Config
from app.settings.desk_settings import Settings
from app.wiring import Wiring
from core.accounts.enterprises.register_import import Row, instant_of, plan, register
from core.clock import LOCAL
from core.data.enterprise import Binding, Enterprise
from core.errors import DeskError
from core.store.store import Store
from tests.app.parsing import settings_of
from tests.app.running import ROOT, inside
from tests.drawing.people import invent_enterprise
from tests.fixed_clock import FixedClock
from tests.thorough import share

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
A, B, C = (invent_enterprise(seed) for seed in (901, 902, 903))
HEAD = "企业名称,统一社会信用代码,联系人,联系邮箱,联系电话,注册日期,锁序列号,主副锁"
GOOD = (
    f"{HEAD}\n{A.name},{A.uscc},王芳,a@example.com,010-1,2023-05-06,L1,主锁\n"
    f"{A.name},{A.uscc},王芳,a@example.com,010-1,2023-05-06,L2,副锁\n"
    f"{B.name},{B.uscc.lower()},,,,2024年3月1日,,\n"
)


def table(tmp_path: Path, text: str | bytes, name: str = "register.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def errors_of(tmp_path: Path, text: str) -> list[str]:
    return [str(error) for error in plan(read_register(table(tmp_path, text)), NOW)[1]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    wiring = Wiring(
        Config(settings_of({"storage": {"folder": tmp_path / "desk"}}), tmp_path),
        {},
        FixedClock(NOW),
    )
    with closing(wiring.store()) as store:
        yield store


def imported(store: Store, path: Path) -> dict[str, int]:
    with store.transaction() as tx:
        return register(tx, "li", read_register(path))


def test_a_table_becomes_enterprises_with_their_locks(store: Store, tmp_path: Path) -> None:
    assert imported(store, table(tmp_path, GOOD)) == {"new": 2, "known": 0, "locks": 2}
    with store.transaction() as tx:
        first, second = tx.accounts.by_uscc(A.uscc), tx.accounts.by_name(B.name)
        assert (first.contact_email, first.registered_at) == (
            "a@example.com",
            datetime(2023, 5, 6, tzinfo=LOCAL),
        )
        assert [(b.serial, b.primary) for b in tx.bindings.of_enterprise(first.id)] == [
            ("L1", True),
            ("L2", False),
        ]
        assert second.uscc == B.uscc


def test_the_same_table_again_changes_nothing_and_a_longer_one_adds(
    store: Store, tmp_path: Path
) -> None:
    imported(store, table(tmp_path, GOOD))
    assert imported(store, table(tmp_path, GOOD)) == {"new": 0, "known": 2, "locks": 0}
    longer = GOOD + f"{B.name},{B.uscc},,,,,L3,\n{C.name},{C.uscc},,,,,L4,\n"
    assert imported(store, table(tmp_path, longer)) == {"new": 1, "known": 2, "locks": 2}
    with store.transaction() as tx:
        assert tx.bindings.of_enterprise(tx.accounts.by_uscc(B.uscc).id)[0].primary, (
            "a first lock without a word is the primary one"
        )


@pytest.mark.parametrize(
    "encoded",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("gb18030"),
        GOOD.replace(",", "\t").encode("utf-16"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        ("企业名册（2026年）,,,\n" + GOOD).encode(),
        GOOD.replace("企业名称,统一社会信用代码", " 企业名称* ,统一社会信用代码（18位）").encode(),
    ],
    ids=[
        "utf-8",
        "bom",
        "gb18030",
        "utf-16 tabs",
        "semicolons",
        "crlf",
        "title row",
        "decorated heads",
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(encoded: bytes, tmp_path: Path) -> None:
    registrations, errors = plan(read_register(table(tmp_path, encoded)), NOW)
    assert not errors
    assert [(r.enterprise.name, len(r.locks)) for r in registrations] == [(A.name, 2), (B.name, 0)]


def test_of_two_columns_with_one_meaning_the_first_counts(tmp_path: Path) -> None:
    text = f"企业名称,统一社会信用代码,name\n{A.name},{A.uscc},{B.name}\n"
    registrations, errors = plan(read_register(table(tmp_path, text)), NOW)
    assert not errors
    assert [one.enterprise.name for one in registrations] == [A.name]


@pytest.mark.parametrize("written", ["00A1B2C3D4", "a1:b2:c3:d4", "00 a1 b2 c3 d4"])
def test_a_serial_number_is_the_one_of_the_certificate_however_it_is_written(
    tmp_path: Path, written: str
) -> None:
    """Else a lock would not be known, nor be barred once it is reported lost."""
    text = f"企业名称,统一社会信用代码,锁序列号\n{A.name},{A.uscc},{written}\n"
    (registration,), errors = plan(read_register(table(tmp_path, text)), NOW)
    assert not errors
    assert registration.locks[0].serial == f"{0xA1B2C3D4:X}"


def test_one_lock_in_two_spellings_is_bound_once(tmp_path: Path) -> None:
    text = "".join(f"{one.name},{one.uscc},{serial}\n" for one, serial in ((A, "0AB"), (B, "ab")))
    text = f"企业名称,统一社会信用代码,锁序列号\n{text}"
    _, errors = plan(read_register(table(tmp_path, text)), NOW)
    assert "与第 2 行重复" in str(errors[0])


def test_a_workbook_is_read_and_english_heads_too(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["name", "uscc", "email", "phone", "registered", "serial"])
    sheet.append([A.name, A.uscc, "a@example.com", 13800000000, date(2023, 5, 6), 123456789012])
    book.save(tmp_path / "register.xlsx")
    (registration,), errors = plan(read_register(tmp_path / "register.xlsx"), NOW)
    assert not errors
    assert registration.enterprise.contact_phone == "13800000000"
    assert registration.enterprise.registered_at == datetime(2023, 5, 6, tzinfo=LOCAL)
    assert registration.locks[0].serial == "123456789012"


SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension '
    b'ref="A1:XFD1048576"/><sheetData>%s</sheetData></worksheet>'
)
NAMED = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/'
    b"></Types>"
)
STRINGS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</sst>'


def packed(tmp_path: Path, rows: bytes, strings: bytes = b"") -> Path:
    """A workbook with these rows behind its head, and these shared strings; the file of either may
    be a hundred times as large as its archive."""
    book = Workbook()
    book.active.append(["企业名称", "统一社会信用代码"])
    book.save(tmp_path / "plain.xlsx")
    file = tmp_path / "packed.xlsx"
    head = (
        '<row r="1"><c t="inlineStr"><is><t>企业名称</t></is></c><c t="inlineStr"><is><t>'
        "统一社会信用代码</t></is></c></row>"
    ).encode()
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in plain.namelist():
            content = plain.read(name)
            content = SHEET % (head + rows) if name.endswith("sheet1.xml") else content
            out.writestr(name, content.replace(b"</Types>", NAMED))
        out.writestr("xl/sharedStrings.xml", STRINGS % strings)
    return file


UNPACKED = {
    "references": (
        b'<row r="2"><c r="A2" t="s"><v>0</v></c></row>' * 300_000,
        b"<si><t> " + b"x" * 30_000 + b"</t></si>",
    ),
    "cells": (b'<row r="2">' + b"<c/>" * 4_000_000 + b"</row>", b""),
    "strings": (b"", b"<si/>" * 5_000_000),
}
"""Rows of a sheet, and the strings that they name."""


@pytest.mark.parametrize("kind", share(UNPACKED, 3))
def test_a_workbook_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("app.register_file.READING_BYTES", 400 * 2**20)
    monkeypatch.setattr("app.register_file.READING_CPU_S", 2)
    file = packed(tmp_path, *UNPACKED[kind])
    assert file.stat().st_size < 2 * 2**20
    with pytest.raises(DeskError, match="过大"):
        read_register(file)


def test_a_sheet_that_says_it_is_full_and_a_row_far_below_cost_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.register_file.READING_BYTES", 400 * 2**20)
    monkeypatch.setattr("app.register_file.READING_CPU_S", 10)
    row = (
        f'<row r="%d"><c t="inlineStr"><is><t>{A.name}</t></is></c><c t="inlineStr"><is><t>{A.uscc}'
        "</t></is></c></row>"
    ).encode()
    rows = read_register(
        packed(tmp_path, row % 2 + b'<row r="3" ht="20"/>' + row % 100_000 + row % 99_999_999_999)
    )
    assert [(one.number, one.cells["uscc"]) for one in rows] == [(2, A.uscc), (100_000, A.uscc)]


def test_a_number_that_a_spreadsheet_rounded_is_noticed(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["企业名称", "统一社会信用代码", "锁序列号"])
    book.active.append([A.name, A.uscc, 123456789012345678])
    book.save(tmp_path / "register.xlsx")
    assert "近似数字" in str(plan(read_register(tmp_path / "register.xlsx"), NOW)[1][0])


BAD = [
    (f",{A.uscc},,,,,,", "第 2 行：缺少企业名称"),
    (f"{'长' * 201},{A.uscc},,,,,,", "企业名称超过 200 字"),
    (f"{A.name},,,,,,,", "缺少统一社会信用代码"),
    (f"{A.name},{A.uscc[:-1]}?,,,,,,", "不正确"),
    (f"{A.name},9.11E+17,,,,,,", "文本格式"),
    (f"{A.name},{A.uscc},,nobody,,,,", "不是邮箱地址"),
    (f"{A.name},{A.uscc},,,,soon,,", "2024-03-01"),
    (f"{A.name},{A.uscc},,,,2023-02-30,,", "不是日期"),
    (f"{A.name},{A.uscc},,,,,1.23E+18,", "近似数字"),
    (f"{A.name},{A.uscc},,,,,L1,大锁", "主锁"),
    (
        f"{A.name},{A.uscc},,,,,,\n{B.name},{A.uscc},,,,,,",
        f"与第 2 行同一企业的不同：{B.name}，而该行为 {A.name}",
    ),
    (f"{A.name},{A.uscc},,a@example.com,,,,\n{A.name},{A.uscc},,b@example.com,,,,", "联系邮箱"),
    (f"{A.name},{A.uscc},,,,,,\n{A.name},{B.uscc},,,,,,", "企业名称与第 2 行相同"),
    (f"{A.name},{A.uscc},,,,,L1,\n{B.name},{B.uscc},,,,,l1,", "与第 2 行重复"),
    (f"{A.name},{A.uscc},,,,,L1,主锁\n{A.name},{A.uscc},,,,,L2,主锁", "一家企业只能有一把主锁"),
]


@pytest.mark.parametrize(("rows", "words"), BAD)
def test_a_mistake_in_a_row_is_reported(rows: str, words: str, tmp_path: Path) -> None:
    [error] = errors_of(tmp_path, f"{HEAD}\n{rows}\n")
    assert words in error


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "缺少列"),
        (b"name\nx\n", "统一社会信用代码"),
        (b"PK\x03\x04 no workbook", "不是可读的 .xlsx"),
        (b"\xd0\xcf\x11\xe0\xff\xff\xff\xff", "另存为 .xlsx"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(
    content: bytes, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DeskError, match=words):
        read_register(table(tmp_path, content))


CLASHES = [
    (f"{C.name},{A.uscc},,,,,,", "该企业已注册"),
    (f"{A.name},{C.uscc},,,,,,", "企业名称已由"),
    (f"{C.name},{C.uscc},,,,,L1,", "已绑定在其他企业"),
    (f"{A.name},{A.uscc},,x@example.com,,,,", "联系邮箱"),
    (f"{A.name},{A.uscc},,,,,L9,主锁", "更换主锁须先解绑"),
]


@pytest.mark.parametrize(("row", "words"), CLASHES)
def test_a_clash_with_the_registry_is_reported_and_changes_nothing(
    row: str, words: str, store: Store, tmp_path: Path
) -> None:
    imported(store, table(tmp_path, GOOD))
    before = enterprises_with_locks(store)
    with pytest.raises(DeskError, match=words) as refusal:
        imported(store, table(tmp_path, f"{HEAD}\n{row}\n"))
    assert "名册有 1 处错误" in str(refusal.value)
    assert enterprises_with_locks(store) == before


def enterprises_with_locks(store: Store) -> list[tuple[Enterprise, Sequence[Binding]]]:
    with store.view() as tx:
        return [(one, tx.bindings.of_enterprise(one.id)) for one in tx.accounts.find()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01", (2024, 3, 1)),
        ("2024/3/1", (2024, 3, 1)),
        ("2024.3.1", (2024, 3, 1)),
        ("20240301", (2024, 3, 1)),
        ("2024年3月1日", (2024, 3, 1)),
        ("2024-03-01 10:20", (2024, 3, 1, 10, 20)),
        ("2024-03-01T10:20:30", (2024, 3, 1, 10, 20, 30)),
        ("2024-13-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_tables_write_them(text: str, expected: tuple[int, ...] | None) -> None:
    assert instant_of(text) == (datetime(*expected, tzinfo=LOCAL) if expected else None)  # type: ignore[arg-type]


def registered(home: Path) -> list[str]:
    """The names of the enterprises of the desk that has no config.yaml in this folder."""
    with closing(Wiring(Config(Settings(), home)).store()) as store, store.view() as tx:
        return [one.name for one in tx.accounts.find()]


def test_the_command_stores_nothing_of_a_table_with_a_mistake(tmp_path: Path) -> None:
    bad = table(tmp_path, GOOD + f"{C.name},123,,,,,,\n,{C.uscc},,,,,,\n")
    ran = inside("enterprises", "import", bad, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "2 处错误，没有导入任何一行" in ran.err
    assert "第 5 行" in ran.err
    assert "第 6 行" in ran.err
    assert registered(tmp_path) == []


def test_the_command_imports_lists_and_can_only_try(tmp_path: Path) -> None:
    sample = ROOT / "tests" / "data" / "enterprises.csv"
    tried = inside("enterprises", "import", sample, "--dry-run", cwd=tmp_path)
    assert "试导入" in tried.out
    assert registered(tmp_path) == []
    done = inside("enterprises", "import", sample, cwd=tmp_path)
    assert done.code == 0, done.err
    assert "新增企业 9 家" in done.out
    assert "北京堃泰镕喆工程有限公司" in registered(tmp_path)


def test_of_ten_thousand_rows_with_one_code_all_but_the_first_are_mistakes() -> None:
    rows = [Row(n, {"name": f"第{n}公司", "uscc": A.uscc}) for n in range(2, 10_002)]
    assert len(plan(rows, NOW)[1]) == 9_999


@pytest.mark.parametrize(
    "email", ["a@example.org; b@example.org", "desk@example.org", "a@b", "A <a@example.org>"]
)
def test_an_address_is_refused_if_it_is_several_our_own_or_none(email: str) -> None:
    row = Row(2, {"name": "北京测试有限公司", "uscc": "91119999MA0DEMX12E", "contact_email": email})
    assert plan([row], NOW, ["desk@example.org"])[1]


def test_a_name_of_two_hundred_characters_is_taken() -> None:
    assert plan([Row(2, {"name": "长" * 200, "uscc": A.uscc})], NOW)[1] == []
