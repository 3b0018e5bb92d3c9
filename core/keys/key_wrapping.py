"""The vault's key wrapped by a key that never leaves a PKCS#11 token (a USB token, an HSM): its
file alone, without the token and its PIN, opens nothing.

The token's key is AES (AES-GCM) or RSA (OAEP with SHA-1, the one hash that every module knows; OAEP
needs no collision resistance). The desk unwraps at its start and holds the vault's key in memory
from then on: the token guards the file and its copies, not the running process.
"""

import base64
import binascii
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11 import exceptions as raised

from core.errors import ConfigError

PREFIX: Final = "p11:"
NONCE_BYTES: Final = 12
TAG_BITS: Final = 128
PURPOSE: Final = b"unbind-desk vault key"
"""Authenticated beside an AES-wrapped text."""
BY_AES, BY_RSA = b"\x01", b"\x02"
WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (raised.PinIncorrect, "口令（UNBIND_VAULT_PIN）不对；不要反复尝试，令牌会锁定"),
    (raised.PinLocked, "口令已锁定，须由令牌管理员解锁"),
    (raised.PinLenRange, "口令（UNBIND_VAULT_PIN）的长度不对"),
    (raised.NoSuchToken, "没有标签为 token_label 的令牌，请插入令牌或改正标签"),
    (raised.MultipleTokensReturned, "有多个标签为 token_label 的令牌，请拔去多余的"),
    (raised.NoSuchKey, "令牌上没有标签为 key_label 的 AES 或 RSA 密钥"),
)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key on a token: the module's file, the labels of token and key, and the PIN."""

    module: Path
    token_label: str
    key_label: str
    pin: str = field(repr=False)

    def wrap(self, text: str) -> str:
        """The text of a key as its file may hold it. Raises ConfigError."""
        with self._session() as session:
            if secret := _found(session, self.key_label, ObjectClass.SECRET_KEY, KeyType.AES):
                nonce = secrets.token_bytes(NONCE_BYTES)
                wrapped = (
                    BY_AES
                    + nonce
                    + secret.encrypt(
                        text.encode(), mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce)
                    )
                )
            elif public := _found(session, self.key_label, ObjectClass.PUBLIC_KEY, KeyType.RSA):
                wrapped = BY_RSA + public.encrypt(text.encode(), mechanism=Mechanism.RSA_PKCS_OAEP)
            else:
                raise raised.NoSuchKey
            return PREFIX + base64.b64encode(wrapped).decode()

    def unwrap(self, line: str) -> str:
        """The text of a key.

        Raises ConfigError, for a line that was changed or that another key wrapped too.
        """
        try:
            wrapped = base64.b64decode(line.removeprefix(PREFIX), validate=True)
        except binascii.Error as error:
            raise ConfigError("包裹的保险库密钥（p11:…）已损坏，请恢复原来的密钥文件。") from error
        with self._session() as session:
            return _opening(wrapped[:1], self.key_label, session)(wrapped[1:]).decode(
                "ascii", "replace"
            )

    @contextmanager
    def _session(self) -> Iterator[Any]:
        if not self.pin:
            raise ConfigError(
                "设置了 storage.vault_pkcs11，但没有令牌口令：请设置环境变量（或 systemd 凭据）"
                "UNBIND_VAULT_PIN。"
            )
        try:
            with (
                pkcs11.lib(str(self.module))
                .get_token(token_label=self.token_label)
                .open(user_pin=self.pin) as session
            ):
                yield session
        except raised.PKCS11Error as error:
            why = next(
                (words for kind, words in WORDS if isinstance(error, kind)),
                f"{type(error).__name__}，密钥可能不是包裹时所用的那一个",
            )
            raise ConfigError(
                f"storage.vault_pkcs11：无法用令牌 {self.token_label} 上的密钥 "
                f"{self.key_label}：{why}。"
            ) from error


def _opening(kind: bytes, label: str, session: Any) -> Callable[[bytes], bytes]:
    if kind == BY_AES and (secret := _found(session, label, ObjectClass.SECRET_KEY, KeyType.AES)):
        return lambda wrapped: bytes(
            secret.decrypt(
                wrapped[NONCE_BYTES:],
                mechanism=Mechanism.AES_GCM,
                mechanism_param=_gcm(wrapped[:NONCE_BYTES]),
            )
        )
    if kind == BY_RSA and (private := _found(session, label, ObjectClass.PRIVATE_KEY, KeyType.RSA)):
        return lambda wrapped: bytes(private.decrypt(wrapped, mechanism=Mechanism.RSA_PKCS_OAEP))
    raise raised.NoSuchKey


def _gcm(nonce: bytes) -> GCMParams:
    return GCMParams(nonce, PURPOSE, TAG_BITS)


def _found(session: Any, label: str, kind: ObjectClass, key_type: KeyType) -> Any:
    return next(
        iter(
            session.get_objects(
                {Attribute.LABEL: label, Attribute.CLASS: kind, Attribute.KEY_TYPE: key_type}
            )
        ),
        None,
    )
