"""Encrypts files to public keys in the age format (age-encryption.org/v1), which the program `age`
reads too. The identities that decrypt them are not on this machine."""

from pathlib import Path

import pyrage

from core.errors import ConfigError, DeskError

SUFFIX = ".age"
_HEADER = b"age-encryption.org/v1\n"


def is_encrypted(file: Path) -> bool:
    """Whether a file is of this format, by its content."""
    with file.open("rb") as opened:
        return opened.read(len(_HEADER)) == _HEADER


def encrypt(source: Path, target: Path, recipients: tuple[str, ...]) -> None:
    """Encrypt a file to public keys (age1…), piece by piece.

    `target` is there already, with its mode. Raises ConfigError, OSError.
    """
    with source.open("rb") as reading, target.open("wb") as writing:
        pyrage.encrypt_io(reading, writing, [_recipient(one) for one in recipients])


def decrypt(source: Path, target: Path, identities: Path) -> None:
    """Decrypt with a file of identities as `age-keygen` writes it. Raises DeskError, OSError."""
    with source.open("rb") as reading, target.open("wb") as writing:
        try:
            pyrage.decrypt_io(reading, writing, _identities(identities))
        except pyrage.DecryptError as error:
            raise DeskError(
                f"{source} 无法用 {identities} 解密：它不是加密给这把密钥的，或文件已损坏。"
            ) from error


def _recipient(text: str) -> "pyrage.x25519.Recipient":
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise ConfigError(
            f"backup.recipients 中的 {text!r} 不是 age 公钥（age1…）。请用 age-keygen 生成。"
        ) from error


def _identities(file: Path) -> "list[pyrage.x25519.Identity]":
    lines = [
        line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    try:
        found = [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        ]
    except pyrage.IdentityError as error:
        raise DeskError(f"{file} 不是 age 私钥文件（AGE-SECRET-KEY-1…）。") from error
    if not found:
        raise DeskError(f"{file} 里没有 age 私钥。")
    return found
