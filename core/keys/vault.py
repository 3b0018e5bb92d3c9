"""Bytes at rest: mails, pages, fields, letters and addresses are stored
as AES-256-GCM ciphertext only.

A sealed value is a format byte, the id of its key, a random 96-bit nonce, and ciphertext with tag.
Its place is authenticated: table and column, and what makes its row the one it is (an id that never
changes, the digest of a file), so that values exchanged between two columns or two rows do not
open. Look-ups go by keyed digests (HMAC-SHA-256), never by plain values. The keys for digests, link
tokens and the audit are derived from the one key by HKDF, so that one file is all there is to
guard.
"""

import base64
import binascii
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigError, VaultError

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x02"
KEY_ID_BYTES = 4
KEY_PREFIX = "v2:"
RowName = int | str
"""One of the numbers and hexadecimal digests that make a row the one it is."""


def fresh_text() -> str:
    """A new key, as its file holds it."""
    return KEY_PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


class Vault:
    """Seals and opens bytes with one 256-bit key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigError(
                f"保险库密钥应为 {KEY_BYTES} 字节，现为 {len(key)} 字节。请恢复原来的密钥文件。"
            )
        self._cipher = AESGCM(key)
        self.head: Final = FORMAT + self._derive(key, b"unbind-desk key id")[:KEY_ID_BYTES]
        """The prefix of the values that are sealed with this key."""
        self._digest_key = self._derive(key, b"unbind-desk digests")
        self._token_key = self._derive(key, b"unbind-desk link tokens")
        self._audit_key = self._derive(key, b"unbind-desk audit")

    @classmethod
    def from_text(cls, text: str) -> "Vault":
        """A vault from a key in base64, as the environment holds it. Raises ConfigError."""
        written = text.strip()
        try:
            return cls(base64.b64decode(written.removeprefix(KEY_PREFIX), validate=True))
        except binascii.Error as error:
            raise ConfigError("保险库密钥不是 base64 文本。请恢复原来的密钥。") from error

    @staticmethod
    def _derive(key: bytes, purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)

    @property
    def key_id(self) -> str:
        """The key's name: no secret, and no help in finding the key."""
        return self.head[len(FORMAT) :].hex()

    def seal(self, plain: bytes, column: str, *row: RowName) -> bytes:
        """Ciphertext of `plain`, to be opened only as the value of this column
        ("table.column") in this row."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self.head + nonce + self._cipher.encrypt(nonce, plain, _place(column, row))

    def open(self, sealed: bytes, column: str, *row: RowName) -> bytes:
        """The plain bytes.

        Raises VaultError for a wrong key, changed bytes,
        or a value that was sealed for another column or row.
        """
        start = len(self.head) + NONCE_BYTES
        if sealed[:1] != FORMAT or len(sealed) <= start:
            raise VaultError(f"{column}：密文格式未知。")
        nonce, place = sealed[len(self.head) : start], _place(column, row)
        try:
            return self._cipher.decrypt(nonce, sealed[start:], place)
        except InvalidTag as error:
            raise VaultError(
                f"{column}：无法解密，密钥不符，或数据被改动、调换。"
                "请恢复与数据库同时备份的密钥文件。"
            ) from error

    def digest(self, value: str) -> str:
        """A keyed digest for look-ups by equality; discloses nothing
        of the value without the key."""
        return hmac.digest(self._digest_key, value.encode(), "sha256").hex()

    def chained(self, before: str, content: bytes) -> str:
        """The MAC of a link of the audit's chain: over the MAC before it,
        and over its own content."""
        return hmac.digest(self._audit_key, before.encode() + b"\n" + content, "sha256").hex()

    def token(self, seed: str) -> str:
        """The secret token of a link, from its stored seed; 256 bits, URL-safe."""
        return (
            base64.urlsafe_b64encode(hmac.digest(self._token_key, seed.encode(), "sha256"))
            .rstrip(b"=")
            .decode()
        )


def _place(column: str, row: tuple[RowName, ...]) -> bytes:
    """The data that is authenticated with the ciphertext."""
    return ":".join([column, *map(str, row)]).encode()
