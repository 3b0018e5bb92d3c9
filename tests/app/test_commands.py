"""An administrator's commands, over a desk of their own with cases in it."""

import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.main import app
from app.demo import MARK, begin, write_config
from app.settings.config import load
from app.wiring import Wiring
from core.data.letter import Letter, LetterState
from core.store.store import Store
from scheduler.engines.port import QUEUES
from tests.app.running import ROOT, all_mails_are_read, eventually, inside, started, until_said
from tests.midnight import wait_out_the_day
from tests.servers.ports import free_port
from tests.store.test_store import new_case
from tests.unaudited import unaudited


def commands(group: Any, *words: str) -> Iterator[tuple[str, Any]]:
    """Every command below a group, by its words."""
    for name, one in group.commands.items():
        yield from (
            commands(one, *words, name)
            if hasattr(one, "commands")
            else [(" ".join((*words, name)), one)]
        )


def test_every_command_has_help_with_an_example() -> None:
    bare = [
        name
        for name, one in commands(typer.main.get_command(app))
        if not (one.help and re.search(rf"unbind (?:(?:-c|--config) \S+ )?{name}\b", one.epilog))
    ]
    assert bare == []


def test_version_and_a_bare_call(tmp_path: Path) -> None:
    assert re.fullmatch(r"unbind-desk \d+\.\d+\.\d+\n", inside("--version", cwd=tmp_path).out)
    assert "demo" in inside(cwd=tmp_path).err + inside("--help", cwd=tmp_path).out


def test_a_defect_of_ours_is_not_reported_as_a_record_that_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command() -> None:
        raise KeyError("kid")

    monkeypatch.setattr("app.cli.main.app", command)
    with pytest.raises(KeyError):
        inside("show", cwd=tmp_path)


@pytest.mark.parametrize("database", ["", "postgresql://me@127.0.0.1:1/desk"])
def test_queues_are_one_set_in_any_order(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite one process does all the work, or none of it."""
    served: list[Sequence[str]] = []
    monkeypatch.setattr("app.service.serve", lambda _, queues, **__: served.append(queues))
    (tmp_path / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{database}'}}\n", encoding="utf-8"
    )

    def code(queues: str) -> int:
        return inside("worker", "--queues", queues, cwd=tmp_path).code

    assert code("desk, mailbox,mails,desk") == 0
    assert code("mails") == (0 if database else 2)
    assert code("mails,letters") == 2
    assert [set(queues) for queues in served] == [{*QUEUES}, {"mails"}][: 2 if database else 1]
    assert len(served[0]) == len(QUEUES)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that has read its samples and was ended by a signal."""
    home = tmp_path_factory.mktemp("desk")
    with started(
        "demo",
        "--folder",
        "demo",
        "--port",
        str(free_port()),
        "--smtp-port",
        str(free_port()),
        cwd=home,
    ) as process:
        eventually(
            lambda: (
                (home / "demo" / "desk.sqlite3").exists() and all_mails_are_read(home / "demo", 14)
            ),
            240,
        )
        with closing(Wiring(load(home / "demo" / "config.yaml")).store()) as store:
            eventually(lambda: not letters(store, LetterState.PENDING), 60)
        process.terminate()
        words = process.communicate(timeout=60)[0]
    assert process.returncode == 0, words
    assert "one-time password" in words
    assert re.search(r"/portal$", words, re.MULTILINE), "enterprises begin elsewhere"
    return home


def letters(store: Store, state: LetterState) -> list[Letter]:
    with store.view() as tx:
        return list(tx.letters.newest(state=[state]))


def run(home: Path, *arguments: str, code: int = 0) -> str:
    ran = inside("-c", home / "demo" / "config.yaml", *arguments, cwd=home)
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err
    return ran.out + ran.err


def seen(home: Path, name: str) -> str:
    """NUMBER@VERSION of the case that names the enterprise."""
    rows = [row for row in run(home, "queue").splitlines() if name in row]
    return rows[0].split()[0]


def test_the_queue_begins_with_what_waits_for_an_administrator(desk: Path) -> None:
    rows = run(desk, "queue").splitlines()
    assert "待审核" in rows[0]
    assert "待补正" in rows[-2]
    assert "待审核 3" in rows[-1]


def test_the_queue_has_every_case_however_many(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("storage: {folder: data}\n", encoding="utf-8")
    wiring = Wiring(load(tmp_path / "config.yaml"))
    with closing(wiring.store()) as store, unaudited(store) as tx:
        for _ in range(501):
            tx.cases.add(new_case())
    rows = inside("queue", cwd=tmp_path).out.splitlines()
    assert (len(rows), rows[-1]) == (502, "待审核 501")


def test_a_case_shows_its_evidence_and_no_personal_data(desk: Path) -> None:
    text = run(desk, "show", seen(desk, "镕喆").partition("@")[0])
    for words in (
        "北京CA（法人一证通） DEMO05140000",
        "将解除",
        "sender.unregistered",
        "登记联系人告知",
        "h***r@example.com",
    ):
        assert words in text
    assert "handler@example.com" not in text
    assert not re.search(r"\d{17}[\dX]", text)


def test_a_case_is_approved_at_the_version_seen_and_only_there(desk: Path) -> None:
    case = seen(desk, "镕喆")
    number, _, version = case.partition("@")
    assert "请写明所见的版本" in run(desk, "approve", number, code=1)
    assert "已有变化" in run(desk, "approve", f"{number}@{int(version) - 1}", code=1)
    refused = run(desk, "approve", case, code=1)
    reasons = re.search(r"单独批准：(.+)。", refused)[1]
    assert f"须核实：{reasons}" in run(desk, "queue"), "the list says the same words"
    assert "每次只能批准一件" in run(desk, "approve", "--looked-at", case, case, code=1)
    assert "核实方式" in run(desk, "approve", "--looked-at", case, code=1)
    reached = ("--reached-by", "telephone", "--whom", "王会计")
    assert "--looked-at" in run(desk, "approve", *reached, case, code=1), "not lost silently"
    wait_out_the_day()
    assert "已批准" in run(desk, "approve", "--looked-at", *reached, case)
    assert "已有变化" in run(desk, "approve", "--looked-at", case, code=1)
    assert "办结 1 件" in run(desk, "run-window")
    shown = run(desk, "show", number)
    assert "已办结" in shown.splitlines()[0]
    assert "已解除" in shown


def test_one_refusal_in_a_batch_stops_no_other(desk: Path) -> None:
    incomplete, complete = seen(desk, "武汉沃鼎润"), seen(desk, "通志")
    told = run(desk, "approve", incomplete, complete, code=1)
    assert "现为待补正，不能批准" in told
    assert f"{complete.partition('@')[0]}：已批准" in told


def test_a_held_case_shows_its_reason(desk: Path) -> None:
    held = run(desk, "hold", seen(desk, "通志"), "--reason", "电话核实中").split()[0]
    assert "电话核实中" in run(desk, "show", held)
    assert "请填写理由" in run(desk, "hold", held, "--reason", " ", code=1)


def test_a_return_shows_its_letter(desk: Path) -> None:
    case = seen(desk, "济南中翔")
    assert "请勾选或写明" in run(desk, "return", case, "--point", " ", code=1)
    returned = run(desk, "return", case, "--point", "委托书没有盖章")
    assert "前可在工单页撤销" in returned
    assert "1. 委托书没有盖章" in run(desk, "show", returned.partition("@")[0], "--letters")


def test_a_case_shows_its_letters_as_the_enterprise_got_them(desk: Path) -> None:
    shown = run(desk, "show", seen(desk, "武汉沃鼎润").partition("@")[0], "--letters")
    assert re.search(r"回执 #\d+ .*退回补正", shown)
    assert "/status/" in shown, "the link stands in the sent letter alone"
    assert re.search(r"\n#\d+ <[0-9a-f]{32}@", shown), "by which two copies are compared"


@pytest.mark.parametrize(
    "arguments",
    [("show", "JB19990101-0001"), ("admin", "reset", "nobody"), ("approve", "JB19990101-0001@1")],
)
def test_what_does_not_exist_is_said_in_one_line(desk: Path, arguments: tuple[str, ...]) -> None:
    told = run(desk, *arguments, code=1)
    assert told.startswith("错误：")
    assert len(told.splitlines()) == 1


def test_administrators_are_made_and_reset(desk: Path) -> None:
    assert re.search(r"一次性密码：(\w{4}-){3}\w{4}", run(desk, "admin", "create", "张老师"))
    assert "已存在" in run(desk, "admin", "create", "张老师", code=1)
    assert "一次性密码" in run(desk, "admin", "reset", "张老师", "--clear-factor")
    with closing(Wiring(load(desk / "demo" / "config.yaml")).store()) as store, store.view() as tx:
        acts = [entry.action for entry in tx.audit.entries(limit=3)]
    assert acts == ["administrator.reset", "factor.cleared", "administrator.created"]


def test_a_person_is_handed_what_the_desk_holds_and_what_is_under_way_is_not_erased(
    desk: Path,
) -> None:
    said = run(desk, "person", "export", "--who", "contact506@example.com", "person.zip")
    assert "邮件 2 封" in said
    assert (desk / "person.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(desk / "person.zip") as pack:
        assert sum(name.endswith(".eml") for name in pack.namelist()) == 2
        (case,) = json.loads(pack.read("cases.json"))
        assert case["sender"] == "contact506@example.com"
        assert (
            [finding["message"][-1:] for finding in case["findings"]]
            == ["。"] * len(case["findings"])
            != []
        )
    assert "已存在" in run(
        desk, "person", "export", "--who", "contact506@example.com", "person.zip", code=1
    )
    assert "没有找到" in run(
        desk, "person", "export", "--who", "nobody@example.org", "nobody.zip", code=1
    )
    assert not (desk / "nobody.zip").exists()
    assert "尚在办理" in run(desk, "person", "erase", "--yes", "--who", "contact506@example.com")


def test_the_log_holds_ids_and_states_only(desk: Path) -> None:
    log = (desk / "demo" / "desk.log").read_text(encoding="utf-8")
    assert '"event": "mail.taken_in"' in log
    assert "@example" not in log
    assert "公司" not in log


def test_the_demonstration_goes_on_with_its_data_or_begins_anew(desk: Path) -> None:
    with started(
        "demo",
        "--folder",
        "demo",
        "--port",
        str(free_port()),
        "--smtp-port",
        str(free_port()),
        cwd=desk,
    ) as process:
        words = until_said(process, "queue")
        process.terminate()
        process.communicate(timeout=60)
    assert "going on with the last data" in words
    assert "暂缓（待核实）" in run(desk, "queue")
    begin(desk / "demo", fresh=True)
    assert [path.name for path in (desk / "demo").iterdir()] == [MARK]


def test_the_demonstration_accepts_the_demonstration_locks_beside_it(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    assert (
        load(write_config(tmp_path / "demo", 8321, 2525))
        .settings.certificates.profiles["gmt0015"]
        .issuers
        == ()
    )
    (tmp_path / "lock" / "ca").mkdir(parents=True)
    root = tmp_path / "lock" / "ca" / "demo-ca-rsa.pem"
    root.touch()
    certificates = load(write_config(tmp_path / "demo", 8321, 2525)).settings.certificates
    assert certificates.profiles["gmt0015"].issuers == (root,)
    assert certificates.crl_folder == root.parent


def test_only_a_demonstrations_folder_is_ever_emptied(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    ran = inside("demo", "--folder", "mine", "--fresh", cwd=tmp_path)
    assert ran.code == 1
    assert "不是演示数据目录" in ran.err
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_the_rooms_are_ours_and_not_packages_of_the_same_name() -> None:
    import scheduler
    import validators

    assert validators.__file__ is not None
    assert scheduler.__file__ is not None
    assert Path(validators.__file__).is_relative_to(ROOT)
    assert Path(scheduler.__file__).is_relative_to(ROOT)


@pytest.mark.parametrize("command", ["queue", "vault rotate --yes", "db upgrade"])
def test_without_a_config_a_command_tells_whose_data_it_uses(tmp_path: Path, command: str) -> None:
    """In the wrong folder an empty desk looked like a quiet day."""
    ran = inside(*command.split(), cwd=tmp_path)
    assert f"使用默认设置，数据在 {tmp_path}" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "nothing.eml"), "nothing.eml：未能读取"),
        (("read", "words.txt"), "不是 PDF 或图片"),
    ],
)
def test_what_cannot_be_read_is_said_plainly(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    (tmp_path / "words.txt").write_text("企业名称", encoding="utf-8")
    assert words in inside(*arguments, cwd=tmp_path).out


def test_a_restore_of_nothing_asks_nothing(tmp_path: Path) -> None:
    ran = inside("restore", "nothing", cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "找不到备份文件" in ran.err
