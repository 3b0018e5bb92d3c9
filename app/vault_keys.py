"""Where the vault's key comes from: an environment variable, else a credential of systemd, else its
file; each line plain or wrapped by a token's key.

One line is the normal state. Two are a change of the key that was begun, the new one first: then
nothing but `unbind vault rotate` works.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.process_lock import made
from app.settings.config import Config
from app.settings.credentials import VAULT, VAULT_PIN, given, given_whole
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.keys.key_wrapping import TokenKey
    from core.keys.vault import Vault

WRAPPED = "p11:"


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """The key's lines as they are written.

    `file`: where they stand, None for the environment and credentials.
    `token`: what unwraps them, if anything.
    """

    lines: tuple[str, ...]
    file: Path | None
    token: "TokenKey | None"

    def the_vault(self) -> "Vault":
        """The vault of the one key. Raises ConfigError while the key is being changed."""
        if len(self.lines) != 1:
            raise ConfigError(
                f"保险库密钥有 {len(self.lines)} 行：更换密钥还没有完成。"
                "请执行 unbind vault rotate 直到完成"
                "（密钥来自环境变量或凭据的，完成后再删去旧的一行），然后启动。"
            )
        return self.vault(self.lines[0])

    def vault(self, line: str) -> "Vault":
        from core.keys.vault import Vault

        return Vault.from_text(self.plain(line))

    def plain(self, line: str) -> str:
        """The text of a key. Raises ConfigError where it is wrapped and no token is named."""
        if not line.startswith(WRAPPED):
            return line
        if self.token is None:
            raise ConfigError(
                "保险库密钥由令牌包裹（p11:…），但没有设置 storage.vault_pkcs11。"
                "请填写它的 module、token_label、key_label。"
            )
        return self.token.unwrap(line)

    def fresh(self) -> str:
        """A new line, wrapped where a token is named."""
        from core.keys.vault import fresh_text

        return self.token.wrap(fresh_text()) if self.token else fresh_text()


def vault_keys(
    config: Config,
    environ: Mapping[str, str],
    is_new: Callable[[], bool] = lambda: False,
) -> VaultKeys:
    """The key's lines. A key file is made only where the desk `is_new`: another key beside existing
    data would leave data that no key opens. Raises ConfigError."""
    from core.keys import key_file

    token, text = _token(config, environ), given_whole(VAULT, environ)
    if text:
        return VaultKeys(tuple(key_file.split(text)), None, token)
    path = vault_key_file(config)
    if not path.exists():
        made(path.parent)
        if is_new():
            key_file.make(path, VaultKeys((), path, token).fresh())
    return VaultKeys(tuple(key_file.lines(path)), path, token)


def being_changed(config: Config, environ: Mapping[str, str]) -> bool:
    """Whether a change of the key was begun and not ended, as far as can be seen here:
    the backup's job may have no key."""
    return (
        bool(given_whole(VAULT, environ) or vault_key_file(config).exists())
        and len(vault_keys(config, environ).lines) > 1
    )


def new_line(config: Config, environ: Mapping[str, str]) -> str:
    """A new key as a line, wrapped where a token is named; nothing is written."""
    return VaultKeys((), None, _token(config, environ)).fresh()


def rewrap(config: Config, environ: Mapping[str, str], *, wrapped: bool) -> Path:
    """Have the key file hold its key wrapped by the token's key, or plain again.

    The key remains the same. Raises ConfigError.
    """
    from core.keys import key_file

    keys = vault_keys(config, environ)
    if keys.token is None:
        raise ConfigError(
            "没有设置 storage.vault_pkcs11：请先填写它的 module、token_label、key_label。"
        )
    if keys.file is None:
        raise ConfigError("保险库密钥来自环境变量或凭据，本命令只改写密钥文件。")
    before = keys.the_vault()
    [line] = keys.lines
    if line.startswith(WRAPPED) != wrapped:
        written = keys.token.wrap(line) if wrapped else keys.plain(line)
        if keys.vault(written).head != before.head:
            raise ConfigError("令牌没有还原出同一个密钥，密钥文件未改动。请检查令牌上的密钥。")
        key_file.replace(keys.file, [written])
    return keys.file


def vault_key_file(config: Config) -> Path:
    return config.path(config.settings.storage.vault_key_file, "vault.key")


def _token(config: Config, environ: Mapping[str, str]) -> "TokenKey | None":
    zone = config.settings.storage.vault_pkcs11
    module = config.optional_path(zone.module)
    if module is None:
        return None
    from core.keys.key_wrapping import TokenKey

    return TokenKey(module, zone.token_label, zone.key_label, given(VAULT_PIN, environ))
