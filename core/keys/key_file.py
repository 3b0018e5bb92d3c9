"""The file of the vault's key: one line; while the key is being changed two,
the new one above the one before.

Only its own user may read it. It is never written in place: another file takes its place, so that
at every moment it is either the one or the other.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from core.disk import only_own_user, sync_folder, write_synced
from core.errors import ConfigError
from core.failpoints import pass_point

LOST = (
    "已有的数据和备份只有原来的密钥能读，不会新建密钥："
    "请把原来的密钥文件从其备份恢复到此处（chmod 600）；"
    "密钥来自环境变量或凭据的，请让本命令也得到 UNBIND_VAULT_KEY。"
)


def lines(path: Path) -> list[str]:
    """The lines of the file. Raises ConfigError."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"密钥文件 {path} 可被他人读取。请执行：chmod 600 {path}")
        return split(path.read_text(encoding="ascii"))
    except PermissionError as error:
        raise ConfigError(
            f"无权读取保险库密钥 {path}。请用运行办理台的用户执行，或改正它的属主。"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"无法读取保险库密钥 {path}（{error}）。{LOST}") from error


def split(text: str) -> list[str]:
    """The lines of a key's text, wherever it came from;
    an empty text is one line that is no key."""
    return [line.strip() for line in text.splitlines() if line.strip()] or [""]


def replace(path: Path, written: Sequence[str]) -> None:
    """Put these lines in the file's place, on the disk before this returns.

    Raises ConfigError; the file is then as it was.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        content = "".join(f"{line}\n" for line in written)
        write_synced(fresh, content.encode("ascii"), only_own_user)
        pass_point("rotate")
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(
            f"无法写入密钥文件 {path}：{error.strerror}。请检查目录权限和磁盘空间。"
        ) from error


def make(path: Path, line: str) -> None:
    """Make the file, unless another process makes it this moment. Raises ConfigError."""
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        whole.unlink(missing_ok=True)
        write_synced(whole, f"{line}\n".encode("ascii"), only_own_user)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(whole)
        whole.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"无法创建密钥文件 {path}：{error.strerror}。请检查目录权限。") from error
