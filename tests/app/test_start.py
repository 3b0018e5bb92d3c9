"""What can go wrong at the start and around the database: each told in words that say what to do,
none with a traceback."""

import contextlib
import errno
import os
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from app.diagnosis import Line
from app.operations import doctor
from app.operations.doctor import diagnose
from app.process_lock import InUse, alone, hand_over, in_use, working_alone
from app.service import serve
from app.settings.config import Config, load
from app.settings.desk_settings import Settings
from app.vault_keys import vault_key_file
from app.wiring import Wiring
from core.errors import ConfigError, StorageFull, VaultError
from core.keys.key_file import replace
from core.keys.vault import fresh_text
from papers.lines.eight_bit import weight_bits
from tests.app.parsing import settings_of
from tests.app.running import ROOT, Ran, administrators, inside, started, unbind, until_said
from tests.servers.databases import database_of, libpq, postgres_database
from tests.servers.ports import free_port

NOW = datetime(2026, 11, 26, tzinfo=UTC)
NOBODY = 65534


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a config.yaml whose ports are free."""
    ports = f"web: {{port: {free_port()}}}\nmailbox: {{maildir: {{smtp_port: {free_port()}}}}}\n"
    (tmp_path / "config.yaml").write_text(f"storage: {{folder: data}}\n{ports}", encoding="utf-8")
    return tmp_path


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 1
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, ran.err


def test_serve_starts_takes_mail_and_ends_at_a_signal(home: Path) -> None:
    import smtplib
    import urllib.request

    settings = load(home / "config.yaml").settings
    with started("serve", cwd=home) as process:
        assert f'"weight_bits": {weight_bits()}' in until_said(process, "desk.started")
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.web.port}/health") as answer:
            assert answer.status == 200
        with smtplib.SMTP("127.0.0.1", settings.mailbox.maildir.smtp_port) as smtp:
            smtp.sendmail(
                "a@example.com",
                ["support@example.org"],
                b"From: a@example.com\r\nTo: support@example.org\r\n"
                b"Subject: hello\r\n\r\nhello\r\n",
            )
        assert '"disposition": "other"' in until_said(process, "mail.taken_in")
        process.terminate()
        assert "desk.stopping" in process.communicate(timeout=60)[0]
    assert process.returncode == 0
    written = [path for path in (home / "data").rglob("*") if not path.is_socket()]
    assert not [path for path in written if path.stat().st_mode & 0o077], (
        "another user of this machine could read them"
    )
    assert not list((home / "data" / "mailbox" / "new").iterdir()), (
        "a stored mail stays in no plain file"
    )


def test_a_busy_port_is_told_before_anything_runs(home: Path, taken: int) -> None:
    (home / "config.yaml").write_text(
        f"storage: {{folder: data}}\nweb: {{port: {taken}}}\n", encoding="utf-8"
    )
    refused(inside("serve", cwd=home), f"127.0.0.1:{taken}", "端口已被占用", "web.port")


def test_a_busy_smtp_port_is_told_too(home: Path, taken: int) -> None:
    (home / "config.yaml").write_text(
        f"storage: {{folder: data}}\nweb: {{port: {free_port()}}}\n"
        f"mailbox: {{maildir: {{smtp_port: {taken}}}}}\n",
        encoding="utf-8",
    )
    refused(inside("serve", cwd=home), str(taken), "端口已被占用")


def test_a_second_process_that_works_is_told_whose_the_folder_is_and_pages_may_stand_beside(
    home: Path,
) -> None:
    with started("worker", cwd=home) as process:
        until_said(process, "desk.started")
        refused(
            unbind("serve", cwd=home), f"进程 {process.pid}", "启动：worker", "serve --pages-only"
        )
        with started("serve", "--pages-only", cwd=home) as pages:
            until_said(pages, "desk.started")
        process.kill()
    with working_alone(home / "data", NOW):
        pass


def test_pages_may_be_served_beside_a_worker_but_not_beside_a_restoration(tmp_path: Path) -> None:
    with (
        in_use(tmp_path),
        working_alone(tmp_path, NOW),
        in_use(tmp_path),
        pytest.raises(InUse),
        alone(tmp_path),
    ):
        pass
    with alone(tmp_path), pytest.raises(InUse), in_use(tmp_path):
        pass


def test_missing_secrets_are_told_before_the_start(home: Path) -> None:
    (home / "config.yaml").write_text(
        "mailbox: {kind: imap, imap: {host: imap.example.org}}\noutbox: {kind: smtp}\n",
        encoding="utf-8",
    )
    refused(
        inside("serve", cwd=home), "mailbox.imap.user", "UNBIND_IMAP_PASSWORD", "outbox.smtp.host"
    )


def database(home: Path) -> Path:
    database_of(home)
    assert inside("admin", "create", "first", cwd=home).code == 0
    return home / "data" / "desk.sqlite3"


def migration(file: Path, revision: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_database_of_a_newer_program_is_refused(home: Path) -> None:
    migration(database(home), "9999")
    refused(inside("queue", cwd=home), "比程序新")


MIGRATION = """from alembic import op
revision, down_revision, branch_labels, depends_on = 'later', '{head}', None, None
needs_stop = {needs_stop}


def upgrade():
    op.execute("CREATE TABLE later (id INTEGER)")
"""


def test_a_database_at_an_older_migration_is_refused_until_it_is_upgraded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.store import schema

    database(home)
    head = schema._head()
    folder = Path(shutil.copytree(schema._MIGRATIONS, home / "migrations"))
    later = MIGRATION.format(head=head, needs_stop=True)
    (folder / "versions" / "later.py").write_text(later)
    monkeypatch.setattr(schema, "_MIGRATIONS", folder)
    refused(inside("serve", cwd=home), str(head), "unbind backup", "unbind db upgrade")
    refused(inside("queue", cwd=home), "unbind db upgrade")
    assert f"从 {head} 升级到 later" in inside("db", "upgrade", cwd=home).out
    assert inside("queue", cwd=home).code == 0


def test_an_upgrade_runs_beside_a_working_desk_only_where_its_migrations_say_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.store import schema

    database(home)
    folder = Path(shutil.copytree(schema._MIGRATIONS, home / "migrations"))
    with (
        contextlib.closing(Wiring(load(home / "config.yaml"), {}).store()) as store,
        in_use(home / "data"),
    ):
        _, head = schema.revisions(store.engine)
        monkeypatch.setattr(schema, "_MIGRATIONS", folder)
        (folder / "versions" / "later.py").write_text(MIGRATION.format(head=head, needs_stop=True))
        refused(inside("db", "upgrade", cwd=home), "请先停止它")
        (folder / "versions" / "later.py").write_text(MIGRATION.format(head=head, needs_stop=False))
        assert "升级到 later" in inside("db", "upgrade", cwd=home).out
        with store.transaction() as tx:
            tx.now = NOW
            tx.audit.write("a process of before", "worked")


def test_db_upgrade_says_where_the_database_stands(home: Path) -> None:
    assert "已从 空 升级到" in inside("db", "upgrade", cwd=home).out
    assert "数据库已是" in inside("db", "upgrade", cwd=home).out


def test_a_wrong_key_is_told_and_nothing_is_changed(home: Path) -> None:
    import base64

    database(home)
    inside(
        "enterprises", "import", Path(__file__).parents[1] / "data" / "enterprises.csv", cwd=home
    )
    (home / "data" / "vault.key").write_text(base64.b64encode(b"x" * 32).decode(), encoding="ascii")
    refused(inside("queue", cwd=home), "密钥不符")
    (home / "data" / "vault.key").chmod(0o644)
    refused(inside("queue", cwd=home), "chmod 600")


def test_a_full_disk_is_told_and_nothing_is_kept(home: Path) -> None:
    """SQLite's own limit of pages gives the very error of a full disk."""
    database(home)
    wiring = Wiring(load(home / "config.yaml"), {})
    with contextlib.closing(wiring.store()) as store:
        with store.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")
        with pytest.raises(StorageFull, match="磁盘已满"), store.transaction() as tx:
            for n in range(50):
                tx.now = wiring.clock.now()
                tx.audit.write("test", "fill", detail="x" * 4000, n=str(n))
        with store.transaction() as tx:
            assert not [entry for entry in tx.audit.entries() if entry.action == "fill"]


def test_a_backup_is_whole_private_and_comes_back(home: Path) -> None:
    database(home)
    copied = inside("backup", "copy.sqlite3", cwd=home)
    assert copied.code == 0
    assert "vault.key" in copied.err
    assert "备份未加密" in copied.err
    assert stat.S_IMODE((home / "copy.sqlite3").stat().st_mode) == 0o600
    refused(inside("backup", "copy.sqlite3", cwd=home), "不会覆盖")
    refused(inside("backup", "nowhere/copy.sqlite3", cwd=home), "请检查目录")
    refused(inside("backup", "not-mounted", cwd=home), "目录 not-mounted 不存在")
    inside("admin", "create", "second", cwd=home)
    restored = inside("restore", "copy.sqlite3", "--yes", cwd=home)
    assert restored.code == 0, restored.err
    assert "second" not in administrators(home)
    former = next((home / "data").glob("desk.sqlite3.before-restore-*"))
    with contextlib.closing(sqlite3.connect(former)) as connection:
        assert connection.execute("SELECT count(*) FROM administrators").fetchone() == (2,)
    assert {p.name for p in (home / "data").iterdir()} <= {
        "desk.sqlite3",
        "desk.sqlite3-wal",
        "desk.sqlite3-shm",
        "vault.key",
        "desk.lock",
        "backup.lock",
        former.name,
    }


def test_a_backup_to_public_keys_opens_for_each_of_them_and_nobody_else(home: Path) -> None:
    keeper, second, stranger = (pyrage.x25519.Identity.generate() for _ in range(3))
    for name, one in (("keeper", keeper), ("second", second), ("stranger", stranger)):
        (home / f"{name}.txt").write_text(
            f"# created: today\n# public key: {one.to_public()}\n{one}\n"
        )
    with (home / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(f"backup: {{recipients: [{keeper.to_public()}, {second.to_public()}]}}\n")
    database(home)
    (home / "backups").mkdir()
    copied = inside("backup", "backups", cwd=home)
    assert copied.code == 0, copied.err
    assert "未加密" not in copied.err
    [file] = (home / "backups").iterdir()
    assert (file.suffix, stat.S_IMODE(file.stat().st_mode)) == (".age", 0o600)
    opened = pyrage.decrypt(file.read_bytes(), [second])
    assert opened.startswith(b"SQLite format 3")
    assert b"first" in opened
    assert b"first" not in file.read_bytes()
    inside("admin", "create", "second", cwd=home)
    refused(inside("restore", str(file), "--yes", cwd=home), "--identity")
    refused(inside("restore", str(file), "--identity", "stranger.txt", "--yes", cwd=home), "无法用")
    refused(inside("restore", str(file), "--identity", str(file), "--yes", cwd=home), "私钥")
    assert "second" in administrators(home)
    assert inside("restore", str(file), "--identity", "keeper.txt", "--yes", cwd=home).code == 0
    assert "second" not in administrators(home)
    assert not [
        p.name for p in (home / "data").iterdir() if p.name.startswith((".backup", ".restore"))
    ], "nothing readable is left behind"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是解绑办理台"),
        (b"no database at all, but long enough to be read as one" * 40, "不是可用的备份"),
    ],
)
def test_what_is_no_backup_is_refused_and_the_database_stays(
    home: Path, content: bytes, words: str
) -> None:
    database(home)
    (home / "other").write_bytes(content)
    refused(inside("restore", "other", "--yes", cwd=home), words)
    assert "first" in administrators(home)


def test_a_backup_of_another_key_is_refused(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    database(home)
    inside(
        "enterprises", "import", Path(__file__).parents[1] / "data" / "enterprises.csv", cwd=home
    )
    inside("backup", "copy.sqlite3", cwd=home)
    replace(home / "data" / "vault.key", [fresh_text()])
    refused(inside("restore", "copy.sqlite3", "--yes", cwd=home), "密钥不符")


NEEDING_THE_KEY = (
    "queue",
    "serve",
    "serve --pages-only",
    "worker",
    "admin create second",
    "db upgrade",
    "reconcile",
    "restore copy.sqlite3 --yes",
    "vault rotate --yes",
    "audit verify",
)


@pytest.mark.parametrize("postgres", [False, True], ids=["sqlite", "postgresql"])
def test_a_lost_key_is_told_and_nothing_makes_another_beside_the_data(
    home: Path, postgres: bool
) -> None:
    if postgres:
        storage = f"{{folder: data, database_url: '{libpq(postgres_database())}'}}"
        config = (
            (home / "config.yaml").read_text(encoding="utf-8").replace("{folder: data}", storage)
        )
        (home / "config.yaml").write_text(config, encoding="utf-8")
        (home / "data").mkdir(mode=0o700)
        assert inside("admin", "create", "first", cwd=home).code == 0
    else:
        database(home)
    key = home / "data" / "vault.key"
    assert inside("backup", "copy.sqlite3", cwd=home).code == 0
    kept = key.rename(home / "safe")
    for words in NEEDING_THE_KEY:
        refused(inside(*words.split(), cwd=home), "无法读取保险库密钥", str(key), "恢复到此处")
        assert not key.exists(), words
    assert "无法读取保险库密钥" in inside("doctor", cwd=home).out
    assert inside("backup", "another.sqlite3", cwd=home).code == 0, "a backup needs no key"
    assert not key.exists()
    kept.rename(key)
    assert "first" in administrators(home)


def test_a_demonstration_whose_key_is_lost_makes_no_other(home: Path) -> None:
    database(home)
    (home / "data" / "demo").touch()
    (home / "data" / "vault.key").unlink()
    ran = inside(
        "demo",
        "--folder",
        "data",
        "--port",
        str(free_port()),
        "--smtp-port",
        str(free_port()),
        cwd=home,
    )
    refused(ran, "无法读取保险库密钥")
    assert not (home / "data" / "vault.key").exists()


def test_a_restoration_on_a_new_machine_makes_no_key(home: Path) -> None:
    database(home)
    inside("backup", "copy.sqlite3", cwd=home)
    shutil.rmtree(home / "data")
    refused(inside("restore", "copy.sqlite3", "--yes", cwd=home), "无法读取保险库密钥")
    assert not (home / "data" / "vault.key").exists()


def test_the_doctor_of_another_user_names_the_file_and_the_user_to_run_it_as(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_wiring: Wiring) -> Iterator[Line]:
        raise PermissionError(13, "Permission denied", "/data/vault.key")

    monkeypatch.setattr("app.operations.doctor.CHECKS", [("vault", check)])
    (line,) = diagnose(home / "config.yaml")
    assert (line.name, line.text) == ("vault", "无权读写 /data/vault.key")
    assert "运行办理台的用户" in line.remedy


def test_restore_is_refused_while_the_desk_runs(home: Path) -> None:
    database(home)
    inside("backup", "copy.sqlite3", cwd=home)
    with in_use(home / "data"):
        refused(inside("restore", "copy.sqlite3", "--yes", cwd=home), "请先停止它")


def test_doctor_finds_all_well_in_the_embedded_default(home: Path) -> None:
    database(home)
    lines = list(diagnose(home / "config.yaml"))
    assert not [line for line in lines if line.ok is False], lines
    assert {"时钟 clock", "数据库 database", "邮箱 mailbox", "识别 reading"} <= {
        line.name for line in lines
    }
    assert next(line for line in lines if line.name == "发信 outbox").remedy, (
        "letters that stay in a folder are worth a word"
    )


def test_ctrl_c_while_the_libraries_load_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    ran = unbind("queue", cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert (ran.code, ran.err) == (130, "")


def test_doctor_names_what_other_users_could_read(home: Path) -> None:
    database(home).parent.chmod(0o755)
    (line,) = doctor.privacy(Wiring(load(home / "config.yaml")))
    assert (line.ok, "可被本机其他用户读取" in line.text, "chmod -R go-rwx" in line.remedy) == (
        None,
        True,
        True,
    )


def test_doctor_names_a_password_that_other_users_could_read(home: Path) -> None:
    database(home)
    secret = home / "smtp-password"
    secret.write_text("x")
    secret.chmod(0o644)
    config = (home / "config.yaml").read_text("utf-8")
    smtp = "outbox: {smtp: {password_file: smtp-password}}\n"
    (home / "config.yaml").write_text(config + smtp, "utf-8")
    (line,) = doctor.privacy(Wiring(load(home / "config.yaml")))
    assert (line.ok, str(secret) in line.text) == (None, True)
    for mode in (0o600, 0o640):
        secret.chmod(mode)
        (line,) = doctor.privacy(Wiring(load(home / "config.yaml")))
        assert line.ok


@pytest.mark.parametrize(
    ("file", "ok"),
    [("NotoSansCJK-Regular.ttc", True), ("SimSun.ttf", True), ("DejaVuSans.ttf", None), ("", None)],
)
def test_doctor_looks_for_a_chinese_font(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, ok: bool | None
) -> None:
    if file:
        (tmp_path / "truetype").mkdir()
        (tmp_path / "truetype" / file).touch()
    monkeypatch.setattr(doctor, "FONT_FOLDERS", (tmp_path, tmp_path / "nothing"))
    (line,) = doctor.fonts(Wiring(load(None)))
    assert line.ok is ok


def test_doctor_tells_each_broken_part_and_its_remedy_and_goes_on(home: Path) -> None:
    migration(database(home), "0000")
    (home / "config.yaml").write_text(
        f"storage: {{folder: data}}\nweb: {{port: {free_port()}}}\n"
        f"mailbox: {{kind: imap, imap: {{host: 127.0.0.1, port: {free_port()}, security: "
        "none, user: me}}\n"
        f"outbox: {{kind: smtp, smtp: {{host: 127.0.0.1, port: {free_port()}, security: none}}}}\n",
        encoding="utf-8",
    )
    ran = inside("doctor", cwd=home, env={"UNBIND_IMAP_PASSWORD": "secret-word"})
    assert ran.code == 1
    broken = [line for line in ran.out.splitlines() if line.startswith("✗")]
    assert [line.split()[1] for line in broken] == ["数据库", "邮箱", "发信"]
    assert "有 3 项需要处理" in ran.out
    assert "secret-word" not in ran.out + ran.err


def test_doctor_stops_at_a_config_that_cannot_be_used(home: Path) -> None:
    (home / "config.yaml").write_text("wibble: 1\n", encoding="utf-8")
    ran = inside("doctor", cwd=home)
    assert ran.code == 1
    assert "wibble" in ran.out


@pytest.mark.parametrize("command", ["queue", "serve"])
@pytest.mark.parametrize("folder", ["file", "file/data", "/proc/data"])
def test_a_folder_that_cannot_be_made_is_told(home: Path, folder: str, command: str) -> None:
    (home / "file").write_text("", encoding="utf-8")
    (home / "config.yaml").write_text(
        f"storage: {{folder: {folder}}}\nweb: {{port: {free_port()}}}\n", encoding="utf-8"
    )
    refused(inside(command, cwd=home), "无法建立", "storage.folder")


def test_the_vaults_key_may_come_from_the_environment(tmp_path: Path) -> None:
    import base64

    wiring = Wiring(
        Config(Settings(), tmp_path), {"UNBIND_VAULT_KEY": base64.b64encode(b"k" * 32).decode()}
    )
    wiring.vault()
    assert not vault_key_file(wiring.config).exists()
    with pytest.raises((ConfigError, VaultError)):
        Wiring(Config(Settings(), tmp_path), {"UNBIND_VAULT_KEY": "short"}).vault()


def test_a_database_password_comes_from_the_environment_only(tmp_path: Path) -> None:
    settings = settings_of({"storage": {"database_url": "postgresql://me@db.example.org/desk"}})
    assert (
        Wiring(Config(settings, tmp_path), {"UNBIND_DATABASE_PASSWORD": "p@ss"}).database_url()
        == "postgresql+psycopg://me:p%40ss@db.example.org/desk"
    )


def test_a_log_file_that_cannot_be_written_is_told(home: Path) -> None:
    (home / "file").write_text("", encoding="utf-8")
    settings = settings_of(
        {
            "storage": {"folder": "data"},
            "logging": {"file": "file/desk.log"},
            "web": {"port": free_port()},
        },
        home,
    )
    with pytest.raises(ConfigError, match=r"logging\.file"):
        serve(Wiring(Config(settings, home), dict(os.environ)), ())


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
def test_root_gives_its_files_to_the_service_and_none_outside_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, outside = tmp_path / "data", tmp_path / "etc"
    for place in (folder / "backups", outside):
        place.mkdir(parents=True)
        (place / "file").touch()
    os.chown(folder, NOBODY, NOBODY)
    (folder / "link").symlink_to(outside / "file")
    given = os.chown

    def swapped(*named: Any, **how: Any) -> None:
        """The service puts a link into the place of a folder before its turn comes."""
        if named[0] != "backups" and not (folder / "backups").is_symlink():
            (folder / "backups").rename(tmp_path / "former")
            (folder / "backups").symlink_to(outside)
        given(*named, **how)

    monkeypatch.setattr(os, "chown", swapped)
    hand_over(folder)
    assert (outside / "file").stat().st_uid == 0
    assert (folder / "link").lstat().st_uid == NOBODY
    assert (tmp_path / "former").stat().st_uid == NOBODY


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
@pytest.mark.parametrize("used", [in_use, alone])
def test_what_a_command_of_root_leaves_is_the_services(
    tmp_path: Path, used: Callable[[Path], contextlib.AbstractContextManager[None]]
) -> None:
    """After `unbind vault rotate` or `restore` by root the desk could not read its key or file."""
    os.chown(tmp_path, NOBODY, NOBODY)
    with used(tmp_path):
        (tmp_path / "vault.key").touch(0o600)
    assert (tmp_path / "vault.key").stat().st_uid == NOBODY


def test_a_command_line_that_is_no_text_is_noted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["unbind", "-c", os.fsdecode(b"\xff.yaml"), "serve"])
    with (
        working_alone(tmp_path, NOW),
        pytest.raises(InUse, match="serve"),
        working_alone(tmp_path, NOW),
    ):
        pass


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_named: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ConfigError, match="磁盘空间"), working_alone(tmp_path, NOW):
        pass
