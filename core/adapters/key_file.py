"""The file of the vault's key: one line; while the key is being changed two, the new one above the one before.

Only its own user may read it. It is never written in place: another file takes its place, so that at every moment it is either the one or the other.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from core.adapters.failpoints import reached
from core.disk import sync_folder
from core.errors import ConfigError


def lines(path: Path, fresh: Callable[[], str]) -> list[str]:
    """The lines of the file, which is made of a fresh one when there is none. Raises ConfigError."""
    if not path.exists():
        _make(path, fresh())
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"密钥文件 {path} 可被他人读取。请执行：chmod 600 {path}")
        return split(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"无法读取密钥文件 {path}：{error}") from error


def split(text: str) -> list[str]:
    """The lines of a key's text, wherever it came from; an empty text is one line that is no key."""
    return [line.strip() for line in text.splitlines() if line.strip()] or [""]


def replace(path: Path, written: Sequence[str]) -> None:
    """Put these lines in the file's place, on the disk before this returns. Raises ConfigError; the file is then as it was."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        _write(fresh, written)
        reached("rotate")
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"无法写入密钥文件 {path}：{error.strerror}。请检查目录权限和磁盘空间。") from error


def _make(path: Path, line: str) -> None:
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        whole.unlink(missing_ok=True)
        _write(whole, [line])
        with contextlib.suppress(FileExistsError):  # another process made it this moment
            path.hardlink_to(whole)
        whole.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"无法创建密钥文件 {path}：{error.strerror}。请检查目录权限。") from error


def _write(path: Path, written: Sequence[str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in written))
        file.flush()
        os.fsync(file.fileno())
