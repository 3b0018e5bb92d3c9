"""Which processes use a storage folder: any number may serve pages, one may work, and none while a backup is restored.

Kernel locks (flock) on files of the folder: they end with their process, whatever ends it.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from core.errors import DeskError


class InUse(DeskError):
    """Another process uses the folder in a way that excludes this one."""


@contextlib.contextmanager
def in_use(folder: Path, *, working: bool) -> Iterator[None]:
    """Hold the folder while the block runs; `working`: as the one process that reads mail and keeps the window. Raises InUse."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_locked(folder / "desk.lock", fcntl.LOCK_SH, f"{folder} 正在恢复备份，请等它结束。"))
        if working:
            words = f"已有一个解绑办理台在使用 {folder}。请先停止它，或用 --config 指定另一个 storage.folder。"
            stack.enter_context(_locked(folder / "work.lock", fcntl.LOCK_EX, words))
        yield


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder with no other process in it. Raises InUse."""
    with _locked(folder / "desk.lock", fcntl.LOCK_EX, f"解绑办理台正在使用 {folder}，请先停止它（serve、worker 或 demo）。"):
        yield


@contextlib.contextmanager
def _locked(path: Path, kind: int, words: str) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(words) from error
        yield
