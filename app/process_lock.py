"""Locks of a storage folder: any number of processes may serve pages, one may work on an SQLite
database, and none may use it while a backup is restored or the vault's key is changed.

They are kernel locks (flock) on files of the folder, which end with their process, crashed or not.
"""

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from core.clock import local
from core.errors import ConfigError, DeskError

FOLDER_LOCK = "desk.lock"
BACKUP_LOCK = "backup.lock"
WORK_LOCK = "work.lock"
"""The lock file of the one process that works. Its text names the process."""


class InUse(DeskError):
    """Another process uses the folder in a way that excludes this one."""


def private_folder(folder: Path) -> Path:
    """The folder; where it is missing, it is created for its owner only.

    Raises ConfigError if it cannot be created or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"数据目录 {folder} 无法建立：{error.strerror}。"
            "请改正 storage.folder，或检查上级目录的权限。"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"数据目录 {folder} 不可写。请用运行办理台的用户执行，或改正目录的权限。")
    return folder


def in_use(folder: Path) -> AbstractContextManager[None]:
    """Use the folder together with other processes while the block runs. Raises InUse."""
    message = f"{folder} 正在恢复备份、升级或更换密钥，请等它结束。"
    return _locked(folder / FOLDER_LOCK, fcntl.LOCK_SH, message)


def only_backup(folder: Path) -> AbstractContextManager[None]:
    """Be the only backup while the block runs: its unfinished files have fixed names. Raises
    InUse."""
    message = f"{folder} 正在由另一个 unbind backup 备份，请等它结束。"
    return _locked(folder / BACKUP_LOCK, fcntl.LOCK_EX, message)


def alone(folder: Path) -> AbstractContextManager[None]:
    """Use the folder without any other process while the block runs. Raises InUse."""
    message = f"解绑办理台正在使用 {folder}，请先停止它（serve、worker 或 demo）。"
    return _locked(folder / FOLDER_LOCK, fcntl.LOCK_EX, message)


def hand_over(folder: Path) -> None:
    """Give files that root has created in the folder to its owner, the user of the service.

    That user may meanwhile replace a folder by a link, so names are looked up in open folders
    instead of by their paths.
    """
    if os.geteuid() or not folder.exists():  # `unbind demo --fresh` has removed it
        return
    owner = folder.stat()
    if not owner.st_uid:
        return
    for _, folders, files, fd in os.fwalk(folder):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):
                if os.stat(name, dir_fd=fd, follow_symlinks=False).st_uid == 0:
                    os.chown(name, owner.st_uid, owner.st_gid, dir_fd=fd, follow_symlinks=False)


@contextlib.contextmanager
def working_alone(folder: Path, since: datetime) -> Iterator[None]:
    """Be the only process that works on the folder while the block runs. Raises InUse, which names
    the other one."""
    file = folder / WORK_LOCK
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_locked(file, fcntl.LOCK_EX, ""))
        except InUse as error:
            holder = file.read_text(encoding="utf-8").strip() or "刚刚启动"
            raise InUse(
                f"{folder} 已由另一个办理台进程使用（{holder}）。SQLite 数据库只能由一个进程办理；"
                "另开网页请用：unbind serve --pages-only"
            ) from error
        process = (
            f"进程 {os.getpid()}，{local(since):%Y-%m-%d %H:%M:%S} 启动："
            f"{' '.join(sys.argv[1:])[:80]}"
        )
        try:
            file.write_text(process, encoding="utf-8", errors="replace")
        except OSError as error:
            raise ConfigError(f"{file} 无法写入（{error.strerror}）。请检查磁盘空间。") from error
        yield


@contextlib.contextmanager
def _locked(path: Path, kind: int, in_use_message: str) -> Iterator[None]:
    private_folder(path.parent)
    try:
        opened = path.open("a")
    except OSError as error:
        raise ConfigError(
            f"{path} 无法写入（{error.strerror}）。请用运行办理台的用户执行，或改正该文件的权限。"
        ) from error
    with opened as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(in_use_message) from error
        try:
            yield
        finally:
            hand_over(path.parent)
