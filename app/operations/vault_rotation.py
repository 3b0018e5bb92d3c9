"""Changes the vault's key and its file. The desk must not run meanwhile.

The new key is written into the file before the first value is sealed with it, and the former key is
removed from the file only when no value needs it. So an interrupted change is made by another call.
The former key is then stored in a file beside it, because only it opens older backups.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from app.process_lock import alone
from app.vault_keys import VaultKeys, vault_keys
from app.wiring import Wiring
from core.errors import ConfigError, StoreError
from core.keys import key_file
from core.keys.vault import Vault, fresh_text
from core.store.copying import Progress
from core.store.queue_tables import require_stopped
from core.store.rotation import Outcome, Rotation
from core.store.schema import require_current

HOW_TO_BEGIN = (
    "保险库密钥来自环境变量或凭据，本命令不能改写它。请生成新密钥（unbind vault new-key），"
    "放在原密钥的上一行（新的在前，共两行），"
    "再执行 unbind vault rotate；完成后删去旧的一行，并把旧密钥与旧备份一起保存。"
)


@dataclass(frozen=True)
class Rotated:
    """The result of a change.

    `former_key`: the file of the former key, None where the operator stores it. `unswept`: why old
    pages of the database remain, "" if none do.
    """

    key_id: str
    former_id: str
    outcome: Outcome
    former_key: Path | None
    unswept: str


def rotate(wiring: Wiring, actor: str, progress: Progress, *, void_links: bool = False) -> Rotated:
    """Change the vault's key, or complete an interrupted change.

    `progress`: rows done, rows in all. Raises DeskError where it is not possible.
    """
    with alone(wiring.config.folder):
        keys = vault_keys(wiring)
        new_line, old_line = _both(keys)
        new, old = Vault.from_text(new_line), Vault.from_text(old_line)
        with contextlib.closing(
            Rotation(wiring.database_url(), old, new, wiring.config.folder, progress)
        ) as rotation:
            require_current(rotation.engine)
            require_stopped(rotation.engine)
            rotation.require_known_keys()
            if keys.file and len(keys.lines) == 1:
                key_file.replace(keys.file, [new_line, old_line])
            outcome = rotation.carry_out(actor, void_links=void_links)
            unswept = _sweep(rotation)
        return Rotated(
            new.key_id,
            old.key_id,
            outcome,
            _set_aside(keys.file, new_line, old_line, old.key_id),
            unswept,
        )


def _both(keys: VaultKeys) -> tuple[str, str]:
    """The new line and the old one. Raises ConfigError where the program cannot write the key."""
    if len(keys.lines) == 2:
        return keys.lines[0], keys.lines[1]
    if len(keys.lines) > 2:
        raise ConfigError(
            f"保险库密钥有 {len(keys.lines)} 行，最多应为两行：新的一行在前，正在使用的一行在后。"
        )
    if keys.file is None:
        raise ConfigError(HOW_TO_BEGIN)
    return fresh_text(), keys.lines[0]


def _sweep(rotation: Rotation) -> str:
    """Remove old pages of the database. Returns why that failed, or ""."""
    try:
        rotation.sweep()
    except StoreError as error:
        return str(error)
    return ""


def _set_aside(file: Path | None, new_line: str, old_line: str, old_id: str) -> Path | None:
    """Write the old line into a file beside the key file, and only the new line into the key file.

    Returns the former; None without a key file.
    """
    if file is None:
        return None
    former = file.with_name(f"{file.name}.old-{old_id}")
    key_file.replace(former, [old_line])
    key_file.replace(file, [new_line])
    return former
