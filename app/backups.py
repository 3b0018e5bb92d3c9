"""Backup and restoration of the embedded database, while the desk runs or after a loss.

A backup is taken by SQLite's online backup, checked, and left as one file of mode 600, encrypted to `backup.recipients` where there are any. The
vault's key is never in it: with both, everything sealed can be read; with one, nothing.
PostgreSQL has pg_dump; here it is refused with that advice.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.exc import DatabaseError

from app import age_files
from app.process_lock import alone, in_use
from app.vault_keys import being_changed
from app.wiring import Wiring
from core.adapters.audit_verifying import AuditHeads
from core.adapters.schema import revisions, upgrade
from core.adapters.store import SqlStore
from core.clock import local
from core.errors import DeskError


class BackupRefused(DeskError):
    """The backup cannot be made or taken back; the text says why and what to do."""


def back_up(wiring: Wiring, destination: Path, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Path:
    """Copy the database into `destination` (a new file, or a folder that gets one named by the hour). `progress`: pages done, pages in all."""
    source = _sqlite(wiring)
    if not source.is_file():
        raise BackupRefused(f"还没有数据库 {source}，无需备份。")
    if destination.is_dir():
        suffix = age_files.SUFFIX if wiring.config.settings.backup.recipients else ""
        destination = destination / f"desk-{local(wiring.clock.now()):%Y%m%d-%H%M%S}.sqlite3{suffix}"
    if destination.exists():
        raise BackupRefused(f"{destination} 已存在，不会覆盖；请换一个文件名。")
    unfinished = destination.with_name(f".{destination.name}.part")
    try:
        with in_use(wiring.config.folder):
            _require_one_key(wiring)
            _private(unfinished)
            _copy_out(wiring, source, unfinished, progress)
            unfinished.replace(destination)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise BackupRefused(f"备份到 {destination} 失败（{error}）。请检查目录、权限和磁盘空间。") from error
    return destination


def _require_one_key(wiring: Wiring) -> None:
    """In the middle of a change of the key a copy would need both."""
    if being_changed(wiring.config, wiring.environ):
        raise BackupRefused("更换密钥尚未完成，此时的数据库须用两个密钥才能读。请先执行 unbind vault rotate 直到完成，再备份。")


def _copy_out(wiring: Wiring, source: Path, destination: Path, progress: Callable[[int, int], None]) -> None:
    """A checked copy; where it is to be encrypted it is made beside the database, so that nothing readable leaves this machine."""
    recipients = wiring.config.settings.backup.recipients
    if not recipients:
        _copy(source, destination, progress)
        return
    with _scratch(wiring, ".backup") as plain:
        _copy(source, plain, progress)
        age_files.encrypt(plain, destination, recipients)


def restore(wiring: Wiring, backup: Path, identity: Path | None = None) -> Path | None:
    """Put a backup in the database's place. Gives where the former database was kept, None where there was none. The desk must not run.

    `identity`: the file of age identities that opens an encrypted backup.
    """
    if not (backup.is_file() and age_files.is_encrypted(backup)):
        return _restore(wiring, backup)
    if identity is None:
        raise BackupRefused(f"{backup} 是加密的备份：请用 --identity 指定 age 私钥文件。")
    with _scratch(wiring, ".restore-decrypted") as plain:
        try:
            age_files.decrypt(backup, plain, identity)
        except OSError as error:
            raise BackupRefused(f"无法解密 {backup}（{error}）。请检查文件、私钥文件和磁盘空间。") from error
        return _restore(wiring, plain)


def _restore(wiring: Wiring, backup: Path) -> Path | None:
    target = _sqlite(wiring)
    _require_readable(wiring, backup)
    with alone(wiring.config.folder):
        fresh = target.with_name(f".{target.name}.restoring")
        try:
            fresh.unlink(missing_ok=True)
            _copy(backup, fresh, lambda _done, _total: None)
            fresh.chmod(0o600)
            former = _set_aside(wiring, target)
            fresh.replace(target)
            AuditHeads(wiring.config.folder, wiring.vault()).forget()
        except (OSError, sqlite3.Error) as error:
            fresh.unlink(missing_ok=True)
            raise BackupRefused(f"恢复失败（{error}），原数据库未改动。请检查磁盘空间和权限。") from error
    return former


def _private(file: Path) -> None:
    """An empty file that nobody else may read."""
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))


@contextlib.contextmanager
def _scratch(wiring: Wiring, name: str) -> Iterator[Path]:
    """A private file in the storage folder, which is gone afterwards with all that SQLite laid beside it."""
    file = wiring.config.folder / f"{name}.sqlite3"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _private(file)
        yield file
    finally:
        for leftover in file.parent.glob(f"{file.name}*"):
            leftover.unlink(missing_ok=True)


def _sqlite(wiring: Wiring) -> Path:
    file = wiring.sqlite_file()
    if file is None:
        raise BackupRefused("数据库是 PostgreSQL：请用 pg_dump 备份、pg_restore 恢复，并另行保存保险库密钥。")
    return file


def _copy(source: Path, destination: Path, progress: Callable[[int, int], None]) -> None:
    """Copies by SQLite's online backup, and checks the copy. Raises sqlite3.Error."""
    reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    writing = sqlite3.connect(destination)
    with contextlib.closing(reading), contextlib.closing(writing):
        reading.backup(writing, pages=2048, progress=lambda _status, left, total: progress(total - left, total))
        writing.execute("PRAGMA journal_mode=DELETE")
        verdict = writing.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"integrity_check: {verdict}")


def _require_readable(wiring: Wiring, backup: Path) -> None:
    """The backup must be a database of ours that our key opens, before anything is touched. Raises BackupRefused, VaultError."""
    if not backup.is_file():
        raise BackupRefused(f"没有文件 {backup}。")
    try:
        with _scratch(wiring, ".restore-check") as scratch:
            _copy(backup, scratch, lambda _done, _total: None)
            with contextlib.closing(SqlStore(f"sqlite:///{scratch}", wiring.vault())) as store:
                _require_ours(store, backup)
                with store.transaction() as tx:
                    tx.mails.find(limit=1), tx.cases.find(limit=1), tx.accounts.find(limit=1)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise BackupRefused(f"{backup} 不是可用的备份（{error}）。请换一份备份。") from error


def _require_ours(store: SqlStore, backup: Path) -> None:
    """A database of ours, at this migration or an older one; an older one is upgraded in the scratch copy only."""
    now, wanted = revisions(store.engine)
    if now is None:
        raise BackupRefused(f"{backup} 不是解绑办理台的数据库备份。")
    if now != wanted:
        try:
            upgrade(store.engine)
        except CommandError as error:
            raise BackupRefused(f"{backup} 的数据库版本 {now} 比程序新，请使用较新的程序恢复。") from error


def _set_aside(wiring: Wiring, target: Path) -> Path | None:
    if not target.exists():
        return None
    former = target.with_name(f"{target.name}.before-restore-{local(wiring.clock.now()):%Y%m%d-%H%M%S}")
    with contextlib.closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")   # so that the file stands alone
    target.replace(former)
    for companion in ("-wal", "-shm"):
        target.with_name(target.name + companion).unlink(missing_ok=True)
    return former
