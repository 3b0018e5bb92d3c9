"""`unbind db copy`: the way to PostgreSQL and back.

Cut off anywhere it leaves nothing; what is there is not overwritten.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.process_lock import in_use
from app.settings.config import load
from app.wiring import Wiring
from core.accounts.administrators.administrator_login import log_in
from core.accounts.console_desk import ConsoleDesk
from core.data.tries import LoginSource
from core.keys.passwords import Argon2Passwords
from core.store.copying import ROWS
from core.store.database import closing_engine
from tests.app.running import inside, unbind
from tests.app.test_start import refused
from tests.app.test_vault_rotation import check, made
from tests.servers.databases import postgres_database
from tests.servers.ports import free_port
from tests.servers.postgres import empty_database
from tests.store.test_store import AT

BATCHES_BEFORE_DEATH = 7


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with rows in its tables, an administrator, and more audit than one batch holds."""
    home = made(tmp_path_factory.mktemp("desk"))
    with closing(Wiring(load(home / "config.yaml")).store()) as store, store.transaction() as tx:
        for number in range(2 * ROWS):
            tx.now = AT
            tx.audit.write("a person", "looked", number=str(number))
    created = inside("admin", "create", "wang", cwd=home)
    (home / "one-time").write_text(created.out.partition("一次性密码：")[2].splitlines()[0])
    return home


@pytest.fixture
def home(desk: Path, tmp_path: Path) -> Path:
    return shutil.copytree(desk, tmp_path / "home")


def moved_to(home: Path, url: str) -> None:
    (home / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{url}'}}\nweb: {{port: {free_port()}}}\n",
        encoding="utf-8",
    )


def test_killed_it_leaves_nothing_and_the_copied_desk_works(home: Path) -> None:
    url = empty_database()
    killed = {"UNBIND_FAILPOINT": f"copy:{BATCHES_BEFORE_DEATH}"}
    assert unbind("db", "copy", url, cwd=home, env=killed).code == -9
    with closing_engine(url) as engine:
        assert inspect(engine).get_table_names() == []
    ran = unbind("db", "copy", url, cwd=home)
    assert ran.code == 0, ran.err
    for words in (
        "企业 2、工单 3、邮件 3",
        "均一致",
        "storage.database_url",
        "vault.key",
        "unbind audit verify",
    ):
        assert words in ran.out + ran.err
    moved_to(home, url)
    check(home)
    assert "审计记录完好" in inside("audit", "verify", cwd=home).out
    wiring = Wiring(load(home / "config.yaml"))
    with closing(wiring.store()) as store:
        console = ConsoleDesk(store, Argon2Passwords())
        log_in(console, "wang", (home / "one-time").read_text(), LoginSource("192.0.2.1"))
        with store.engine.connect() as connection:
            assert connection.scalar(text("SELECT nextval('mails_id_seq')")) == 4
    (home / "back").mkdir()
    assert inside("db", "copy", f"sqlite:///{home}/back/desk.sqlite3", cwd=home).code == 0
    moved_to(home, f"sqlite:///{home}/back/desk.sqlite3")
    check(home)


def database_of_others() -> str:
    url = empty_database()
    with closing_engine(url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE shop (id INTEGER)"))
    return url


def database_of_a_newer_program() -> str:
    url = postgres_database()
    with closing_engine(url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    return url


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (postgres_database, ["目标库不是空的", "版本 0"]),
        (database_of_a_newer_program, ["目标库不是空的", "9999"]),
        (database_of_others, ["目标库不是空的", "其他程序"]),
        (lambda: "postgresql://me@127.0.0.1:1/desk", ["数据库不可用", "storage.database_url"]),
        (lambda: "postgresql://me:geheim@127.0.0.1/desk", ["UNBIND_DATABASE_PASSWORD"]),
        (lambda: "mysql://me:geheim@127.0.0.1/desk", ["密码"]),
        (lambda: "sqlite:///data/desk.sqlite3", ["就是现在的数据库"]),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_in_words(
    home: Path, target: Callable[[], str], words: list[str]
) -> None:
    ran = inside("db", "copy", target(), cwd=home, env={"UNBIND_DATABASE_PASSWORD": "geheim"})
    refused(ran, *words)
    assert "geheim" not in ran.out + ran.err


def test_a_desk_in_use_and_a_source_that_is_not_there_are_refused(home: Path) -> None:
    url = empty_database()
    with in_use(home / "data"):
        refused(inside("db", "copy", url, cwd=home), "请先停止它")
    (home / "data" / "desk.sqlite3").unlink()
    refused(inside("db", "copy", url, cwd=home), "还没有数据库")
