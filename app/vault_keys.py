"""Where the vault's key comes from: an environment variable,
else a credential of systemd, else its file.

One line is the normal state. Two are a change of the key that was begun, the new one first: then
nothing but `unbind vault rotate` works.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.credentials import VAULT, found
from app.process_lock import private_folder
from app.settings.config import Config, Installation
from core.errors import ConfigError
from core.keys import key_file
from core.keys.vault import Vault, fresh_text


@dataclass(frozen=True)
class VaultKeys:
    """The key's lines as they are written.

    `file`: where they stand, None for the environment and credentials.
    """

    lines: tuple[str, ...]
    file: Path | None

    def vault(self) -> Vault:
        """The vault of the one key. Raises ConfigError while the key is being changed."""
        if len(self.lines) != 1:
            raise ConfigError(
                f"保险库密钥有 {len(self.lines)} 行：更换密钥还没有完成。"
                "请执行 unbind vault rotate 直到完成"
                "（密钥来自环境变量或凭据的，完成后再删去旧的一行），然后启动。"
            )
        return Vault.from_text(self.lines[0])


def vault_keys(here: Installation, is_new: Callable[[], bool] = lambda: False) -> VaultKeys:
    """The key's lines.

    A key file is made only where the desk `is_new`: another key beside existing data would leave
    data that no key opens.

    Raises ConfigError.
    """
    if lines := found(VAULT, here.environ)[1]:
        return VaultKeys(lines, None)
    path = vault_key_file(here.config)
    if not path.exists():
        private_folder(path.parent)
        if is_new():
            key_file.make(path, fresh_text())
    return VaultKeys(tuple(key_file.lines(path)), path)


def being_changed(here: Installation) -> bool:
    """Whether a change of the key was begun and not ended, as far as can be seen here:
    the backup's job may have no key."""
    there = found(VAULT, here.environ)[1] or vault_key_file(here.config).exists()
    return bool(there) and len(vault_keys(here).lines) > 1


def vault_key_place(here: Installation) -> str:
    """Where an operator finds the vault's key."""
    file = vault_key_file(here.config)
    is_variable = found(VAULT, here.environ)[1] or not file.exists()
    return f"{VAULT}（环境变量或凭据）" if is_variable else str(file)


def vault_key_file(config: Config) -> Path:
    return config.settings.storage.vault_key_file or config.folder / "vault.key"
