"""Backup and restoration, while the desk runs or after a loss, and the way to another database.

A backup is an SQLite database whatever the desk works on: SQLite's online backup, or what one
transaction of PostgreSQL sees, copied row by row. It is checked, and left as one file of mode 600,
encrypted to `backup.recipients` where there are any. The vault's key is never in it: with both,
everything sealed can be read; with one, nothing.
"""

import contextlib
import glob
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from app.operations import age_files
from app.operations.health import BACKUP
from app.process_lock import alone, in_use, only_backup, private_folder
from app.settings.config_problems import Wrong
from app.settings.setting_kinds import KINDS
from app.vault_keys import being_changed, vault_keys
from app.wiring import Wiring
from core.cases.upkeep.restored import settle_restored
from core.clock import local
from core.disk import only_own_user
from core.errors import ConfigError, DeskError
from core.keys.audit_chain import AuditHeads
from core.store.audit_verifying import verify_audit
from core.store.copying import Progress, copy, put_in_place, rows, silent
from core.store.database import closing_engine, snapshot
from core.store.queue_tables import require_stopped
from core.store.schema import require_current, revisions, upgrade
from core.store.store import Store
from core.store.tables.columns import metadata

_ACTING = (
    "SELECT name FROM sqlite_master "
    "WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
)
_NAMED = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"


@dataclass(frozen=True)
class Restored:
    """The database after a restoration: rows by table, and the problems of the audit's chain.

    `former`: the place of the former database, "" where there was none.
    """

    rows: Mapping[str, int]
    audit: list[str]
    former: str


def back_up(wiring: Wiring, destination: Path, progress: Progress = silent) -> Path:
    """Copy the database into `destination` (a new file, or a folder that gets one named by the
    time), and return the file. `progress`: pages or rows done, and in all. Raises DeskError."""
    if destination.is_dir():
        suffix = age_files.SUFFIX if wiring.settings.backup.recipients else ""
        destination = (
            destination / f"desk-{local(wiring.clock.now()):%Y%m%d-%H%M%S}.sqlite3{suffix}"
        )
    if not destination.suffix:
        raise DeskError(
            f"目录 {destination} 不存在：请先建立，或检查其磁盘是否已挂载。备份为单个文件的，"
            "文件名请带后缀，如 desk.sqlite3。"
        )
    if destination.exists():
        raise DeskError(f"{destination} 已存在，不会覆盖；请换一个文件名。")
    try:
        with (
            in_use(wiring.config.folder),
            only_backup(wiring.config.folder),
            _scratch(destination.with_name(f".{destination.name}.part")) as unfinished,
        ):
            _require_one_key(wiring)
            _copy_out(wiring, unfinished, progress)
            unfinished.replace(destination)
            _note_time(wiring)
    except (OSError, sqlite3.Error) as error:
        raise DeskError(
            f"备份到 {destination} 失败（{error}）。请检查目录、权限和磁盘空间。"
        ) from error
    return destination


def _note_time(wiring: Wiring) -> None:
    """Note the time of this backup in the database, for monitors.

    The backup is complete even if this fails: without the vault's key, or with a full disk.
    """
    with (
        contextlib.suppress(DeskError, DBAPIError, OSError),
        contextlib.closing(wiring.store(check_schema=False)) as store,
        store.transaction() as tx,
    ):
        tx.ticks.note(BACKUP)


def _require_one_key(wiring: Wiring) -> None:
    """Refuse while the vault's key is being changed: the copy would need both keys."""
    if being_changed(wiring):
        raise DeskError(
            "更换密钥尚未完成，此时的数据库须用两个密钥才能读。"
            "请先执行 unbind vault rotate 直到完成，再备份。"
        )


def _copy_out(wiring: Wiring, destination: Path, progress: Progress) -> None:
    """A checked copy of the database, encrypted to the recipients if there are any. The copy before
    encryption lies beside the database, so that nothing readable leaves this machine."""
    recipients = wiring.settings.backup.recipients
    if not recipients:
        _copy_plain(wiring, destination, progress)
        return
    with _scratch(wiring.config.folder / ".backup.sqlite3") as plain:
        _copy_plain(wiring, plain, progress)
        age_files.encrypt(plain, destination, recipients)


def _copy_plain(wiring: Wiring, destination: Path, progress: Progress) -> None:
    """The database as it is at one moment, as an SQLite file, while others write."""
    if source := wiring.sqlite_file():
        _require_there(source)
        _copy_file(source, destination, progress)
        return
    with (
        snapshot(wiring.database_url()) as connection,
        closing_engine(URL.create("sqlite", database=str(destination))) as target,
    ):
        now, wanted = revisions(connection.engine)
        if now != wanted:
            raise DeskError(
                f"PostgreSQL 数据库版本为 {now or '空'}，本程序只能备份版本 {wanted}："
                "请用升级前的程序备份，或用 pg_dump。"
            )
        copy(connection, target, progress)
    _to_one_file(destination)


def restore(
    wiring: Wiring,
    backup: Path,
    identity: Path | None = None,
    progress: Progress = silent,
) -> Restored:
    """Put a backup in the database's place, upgraded to this program's schema, after a check of its
    key, rows and audit. The desk must not run.

    `identity`: the file of age identities that opens an encrypted backup. Raises DeskError.
    """
    target = wiring.sqlite_file()
    vault_keys(wiring)  # a new key would open no backup
    place = private_folder(target.parent if target else wiring.config.folder)
    with _scratch(place / f".{target.name if target else 'desk'}.restoring") as fresh:
        try:
            _open(wiring, backup, identity, fresh)
            counted, problems = _prepared(wiring, backup, fresh)
        except (OSError, sqlite3.Error, DBAPIError) as error:
            raise DeskError(f"{backup} 不是可用的备份（{error}）。请换一份备份。") from error
        with alone(wiring.config.folder):
            try:
                former = (
                    _exchange_file(wiring, fresh, target)
                    if target
                    else _exchange_tables(wiring, fresh, progress)
                )
            except (OSError, sqlite3.Error) as error:
                raise DeskError(
                    f"恢复失败（{error}），原数据库未改动。请检查磁盘空间和权限。"
                ) from error
            AuditHeads(wiring.config.folder, wiring.vault()).forget()
    return Restored(counted, problems, former)


def copy_database(wiring: Wiring, url: str, progress: Progress) -> Mapping[str, int]:
    """Copy everything into the empty database at `url`; rows by table. The desk must not run. An
    interrupted copy leaves nothing. Raises DeskError."""
    target_url = _with_database(wiring, url).database_url()
    if target_url == wiring.database_url():
        raise DeskError("目标库就是现在的数据库：请在参数中写新的数据库。")
    with alone(wiring.config.folder):
        _require_one_key(wiring)
        if source := wiring.sqlite_file():
            _require_there(source)
        with closing_engine(wiring.database_url()) as engine, closing_engine(target_url) as target:
            require_current(engine)
            require_stopped(engine)
            with engine.connect() as connection, connection.begin():
                return copy(connection, target, progress)


def _with_database(wiring: Wiring, url: str) -> Wiring:
    """The same desk on another database.

    Raises ConfigError for a URL that config.yaml would not take.
    """
    settings = wiring.settings
    try:
        storage = replace(settings.storage, database_url=KINDS["database"](url))
    except Wrong as wrong:
        raise ConfigError(f"URL：{wrong}。") from wrong
    return replace(
        wiring, config=replace(wiring.config, settings=replace(settings, storage=storage))
    )


def _require_there(source: Path) -> None:
    if not source.is_file():
        raise DeskError(f"还没有数据库 {source}。请检查 storage.folder 和 storage.database_url。")


@contextlib.contextmanager
def _scratch(file: Path) -> Iterator[Path]:
    """A new private file for a block, whatever was there before. Afterwards it is removed, unless
    the block moved it, and so are SQLite's files beside it."""
    try:
        _clear(file)
        open(file, "x", opener=only_own_user).close()
        yield file
    finally:
        _clear(file)


def _clear(file: Path) -> None:
    for leftover in file.parent.glob(f"{glob.escape(file.name)}*"):
        leftover.unlink(missing_ok=True)


def _copy_file(source: Path, destination: Path, progress: Progress = silent) -> None:
    """Copy an SQLite file by its online backup, and check the copy. Raises sqlite3.Error."""
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    writing = sqlite3.connect(destination)
    with contextlib.closing(reading), contextlib.closing(writing):
        reading.backup(
            writing, pages=2048, progress=lambda _status, left, total: progress(total - left, total)
        )
        writing.execute("PRAGMA journal_mode=DELETE")
        verdict = writing.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"integrity_check: {verdict}")


def _to_one_file(file: Path) -> None:
    """Leave an SQLite database as one file, without a -wal beside it."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _open(wiring: Wiring, backup: Path, identity: Path | None, fresh: Path) -> None:
    """Copy the backup, decrypted if it is encrypted, into the file `fresh`."""
    if not age_files.is_encrypted(backup):
        _copy_file(backup, fresh)
        return
    if identity is None:
        raise DeskError(f"{backup} 是加密的备份：请用 --identity 指定 age 私钥文件。")
    with _scratch(private_folder(wiring.config.folder) / ".restore-decrypted.sqlite3") as plain:
        try:
            age_files.decrypt(backup, plain, identity)
        except OSError as error:
            raise DeskError(
                f"无法解密 {backup}（{error}）。请检查文件、私钥文件和磁盘空间。"
            ) from error
        _copy_file(plain, fresh)


def _prepared(wiring: Wiring, backup: Path, fresh: Path) -> tuple[Mapping[str, int], list[str]]:
    """Check that it is a database of ours that our key opens, and prepare it for use. Return its
    rows by table, and the problems of its audit's chain.

    Raises DeskError.
    """
    with contextlib.closing(Store(f"sqlite:///{fresh}", wiring.vault())) as store:
        _require_ours(store, backup)
        store.require_own_key()
        problems = verify_audit(store, whole=True)
        with store.view() as tx:
            counted = rows(tx.connection)
        settle_restored(store)
    _to_one_file(fresh)
    return counted, problems


def _require_ours(store: Store, backup: Path) -> None:
    """Refuse anything but a database of the desk, and upgrade it to this program's schema. It may
    contain nothing else: a trigger or a view would change our rows."""
    _refuse_strange(store, backup, _ACTING)
    now, _ = revisions(store.engine)
    if now is None:
        raise DeskError(f"{backup} 不是解绑办理台的数据库备份。")
    upgrade(store.engine)
    indices = (index.name for table in metadata.sorted_tables for index in table.indexes)
    _refuse_strange(store, backup, _NAMED, ["alembic_version", *metadata.tables, *indices])


def _refuse_strange(store: Store, backup: Path, query: str, ours: Collection[object] = ()) -> None:
    with store.engine.connect() as connection:
        strange = set(connection.exec_driver_sql(query).scalars()).difference(ours)
    if strange:
        raise DeskError(
            f"{backup} 中有不属于办理台的数据库对象（{'、'.join(sorted(strange))[:200]}）。"
            "请换一份备份。"
        )


def _exchange_file(wiring: Wiring, fresh: Path, target: Path) -> str:
    """Put the file in the database's place. Return the file of the former one, or ""."""
    former = target.with_name(
        f"{target.name}.before-restore-{local(wiring.clock.now()):%Y%m%d-%H%M%S}"
    )
    if target.exists():
        _to_one_file(target)
        target.replace(former)
        for companion in ("-wal", "-shm"):
            target.with_name(target.name + companion).unlink(missing_ok=True)
    fresh.replace(target)
    return str(former) if former.exists() else ""


def _exchange_tables(wiring: Wiring, fresh: Path, progress: Progress) -> str:
    """Put the file's rows in the place of PostgreSQL's. Return the schema of the former ones, or
    ""."""
    former = f"before_restore_{local(wiring.clock.now()):%Y%m%d_%H%M%S}"
    with (
        closing_engine(f"sqlite:///{fresh}") as source,
        closing_engine(wiring.database_url()) as target,
    ):
        require_stopped(target)
        with source.connect() as connection:
            return put_in_place(connection, target, former, progress)
