"""Which processes use a storage folder: any number may serve pages or work, and none while a backup is restored or the vault's key is changed.

Kernel locks (flock) on files of the folder: they end with their process, whatever ends it. A worker holds a place of its own (worker.1.lock …), whose
file holds its name. Whoever takes a place finds the name of the one before, which has certainly ended, so that what it had in hand need not wait for
its lease. That two workers do nothing twice is the database's doing (`core.cases.worker`), not that of these files.
"""

import contextlib
import fcntl
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from core.cases.worker import Worker, new_name
from core.errors import ConfigError, DeskError


class InUse(DeskError):
    """Another process uses the folder in a way that excludes this one."""


def made(folder: Path) -> Path:
    """The folder, made where it is missing, for its owner only. Raises ConfigError where that cannot be, or another user's is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"数据目录 {folder} 无法建立：{error.strerror}。请改正 storage.folder，或检查上级目录的权限。") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"数据目录 {folder} 不可写。请用运行办理台的用户执行，或改正目录的权限。")
    return folder


@contextlib.contextmanager
def in_use(folder: Path, *, working: bool) -> Iterator[Worker]:
    """Hold the folder while the block runs; `working`: as a process that reads mail and keeps the window. Raises InUse."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_locked(folder / "desk.lock", fcntl.LOCK_SH, f"{folder} 正在恢复备份、升级或更换密钥，请等它结束。"))
        yield stack.enter_context(_place(folder)) if working else Worker(new_name())


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder with no other process in it. Raises InUse."""
    with _locked(folder / "desk.lock", fcntl.LOCK_EX, f"解绑办理台正在使用 {folder}，请先停止它（serve、worker 或 demo）。"):
        yield


@contextlib.contextmanager
def _place(folder: Path) -> Iterator[Worker]:
    """The first free place of the folder, held while the block runs."""
    with contextlib.ExitStack() as stack:
        path = next(path for number in itertools.count(1) if _held(stack, path := folder / f"worker.{number}.lock"))
        worker = Worker(new_name(), replaces=path.read_text(encoding="utf-8").strip())
        path.write_text(worker.name, encoding="utf-8")
        yield worker


def _held(stack: contextlib.ExitStack, path: Path) -> bool:
    try:
        stack.enter_context(_locked(path, fcntl.LOCK_EX, str(path)))
    except InUse:
        return False
    return True


@contextlib.contextmanager
def _locked(path: Path, kind: int, words: str) -> Iterator[None]:
    with _opened(made(path.parent) / path.name) as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(words) from error
        yield


def _opened(path: Path) -> TextIO:
    try:
        return path.open("a")
    except OSError as error:
        raise ConfigError(f"{path} 无法写入（{error.strerror}）。请用运行办理台的用户执行，或改正该文件的权限。") from error
