"""SM2 with SM3 (GB/T 32918) by the libcrypto of the system (OpenSSL 3 or newer), through ctypes.

Every function has its argument and result types: ctypes cuts pointers to 32 bits otherwise. The
thread's error queue is emptied after each use, because other users of the library in this process
read it. The library receives the digest of the signer's id, key and message, because its own
default id is empty. Refuses a library older than 3.0, one without SM2 (FIPS builds), and one that
fails the self-test.
"""

import contextlib
import ctypes
import ctypes.util
import sys
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature as encoded

from lock_protocol.public_keys import SM2_CURVE

PLATFORM: str = sys.platform
IDENTITY = b"1234567812345678"
BASE_POINT = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
_PRIVATE_KEY_HEAD = bytes.fromhex("30310201010420")
_PRIVATE_KEY_TAIL = bytes.fromhex("a00a06082a811ccf5501822d")
"""ECPrivateKey (RFC 5915) around 32 octets, with the curve's OID:
libcrypto finds the public point."""
_OLDEST = 0x30000000
_MOST_KEYS = 256
_LONGEST_SIGNATURE = 128
_P = ctypes.c_void_p
_SIZE = ctypes.c_size_t
_BYTES = ctypes.c_char_p
_INT = ctypes.c_int
_READER = (_P, (_P, ctypes.POINTER(_P), ctypes.c_long))
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "OpenSSL_version_num": (ctypes.c_ulong, ()),
    "d2i_PUBKEY": _READER,
    "d2i_AutoPrivateKey": _READER,
    "EVP_PKEY_is_a": (_INT, (_P, _BYTES)),
    "EVP_PKEY_free": (None, (_P,)),
    "EVP_PKEY_CTX_new": (_P, (_P, _P)),
    "EVP_PKEY_CTX_free": (None, (_P,)),
    "EVP_PKEY_verify_init": (_INT, (_P,)),
    "EVP_PKEY_verify": (_INT, (_P, _BYTES, _SIZE, _BYTES, _SIZE)),
    "EVP_PKEY_sign_init": (_INT, (_P,)),
    "EVP_PKEY_sign": (_INT, (_P, _BYTES, ctypes.POINTER(_SIZE), _BYTES, _SIZE)),
    "ERR_clear_error": (None, ()),
}


class Sm2Unavailable(Exception):
    """This machine cannot judge SM2: no libcrypto can do it, or it judges wrongly."""


class _Key:
    """An EVP_PKEY, freed with its last user: a key that fell out of the cache may still be
    verifying in another thread."""

    def __init__(self, library: Any, pointer: int) -> None:
        self.pointer = pointer
        self._free = library.EVP_PKEY_free

    def __del__(self) -> None:
        self._free(self.pointer)


class Sm2Engine:
    """Verifies and makes SM2 signatures, DER. Safe to share between threads: each use has its own
    contexts, keys are only read."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._public_key = lru_cache(_MOST_KEYS)(partial(self._read_key, library.d2i_PUBKEY))

    @classmethod
    def load(cls) -> "Sm2Engine":
        """The engine of the first usable library. Raises Sm2Unavailable."""
        problems = []
        for name in candidates():
            try:
                return cls(_typed(ctypes.CDLL(name)))
            except (OSError, AttributeError, Sm2Unavailable) as error:
                problems.append(f"{name}: {error}")
        raise Sm2Unavailable("no libcrypto of OpenSSL 3 or newer; " + "; ".join(problems))

    def verify(self, spki: bytes, signature: bytes, message: bytes) -> bool:
        """Whether a DER signature is right. Raises Sm2Unavailable when the library cannot take an
        SM2 key at all."""
        library, digest = self._library, digest_to_sign(spki, message)
        with _error_queue_emptied(library):
            key = self._public_key(spki)
            with self._begun(key, library.EVP_PKEY_verify_init) as context:
                outcome = library.EVP_PKEY_verify(
                    context, signature, len(signature), digest, len(digest)
                )
                return bool(outcome == 1)

    def sign(self, private_key: bytes, digest: bytes) -> bytes:
        """The signature of a digest (`digest_to_sign`) by a 32-octet private value: for software
        locks. Raises Sm2Unavailable, ValueError for what is no private key of the curve."""
        if len(private_key) != 32 or not 0 < int.from_bytes(private_key) < SM2_CURVE.n - 1:
            raise ValueError("no SM2 private key")
        library = self._library
        with _error_queue_emptied(library):
            der = _PRIVATE_KEY_HEAD + private_key + _PRIVATE_KEY_TAIL
            key = self._read_key(library.d2i_AutoPrivateKey, der)
            with self._begun(key, library.EVP_PKEY_sign_init) as context:
                length = _SIZE(_LONGEST_SIGNATURE)
                signature_buffer = ctypes.create_string_buffer(length.value)
                signed = library.EVP_PKEY_sign(
                    context, signature_buffer, ctypes.byref(length), digest, len(digest)
                )
                if signed != 1:
                    raise Sm2Unavailable("this libcrypto cannot sign with an SM2 key")
                return signature_buffer.raw[: length.value]

    @contextlib.contextmanager
    def _begun(self, key: _Key, begin: Any) -> Iterator[int]:
        """A context of the key, begun for signing or verifying."""
        context = self._library.EVP_PKEY_CTX_new(key.pointer, None)
        try:
            if not context or begin(context) != 1:
                raise Sm2Unavailable("this libcrypto cannot begin with an SM2 key")
            yield context
        finally:
            self._library.EVP_PKEY_CTX_free(context)

    def _read_key(self, reader: Any, der: bytes) -> _Key:
        buffer = ctypes.create_string_buffer(der, len(der))
        at = _P(ctypes.addressof(buffer))
        pointer = reader(None, ctypes.byref(at), len(der))
        if not pointer:
            raise Sm2Unavailable("this libcrypto does not take the SM2 key")
        key = _Key(self._library, pointer)
        if self._library.EVP_PKEY_is_a(pointer, b"SM2") != 1:
            raise Sm2Unavailable("this libcrypto does not know SM2")
        return key


def digest_to_sign(spki: bytes, message: bytes) -> bytes:
    """e = SM3(Z‖M) (GB/T 32918.2, 5.5 and 6.1), which is what SM2 signs. The key's
    SubjectPublicKeyInfo ends with its point, X‖Y."""
    curve = SM2_CURVE.a.to_bytes(32) + SM2_CURVE.b.to_bytes(32) + BASE_POINT
    z = _sm3(len(IDENTITY * 8).to_bytes(2) + IDENTITY + curve + spki[-64:])
    return _sm3(z + message)


def _sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _typed(library: Any) -> Any:
    """The library with its types set. Raises AttributeError for a missing function, Sm2Unavailable
    for an old library."""
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    version = library.OpenSSL_version_num()
    if version < _OLDEST:
        raise Sm2Unavailable(f"version {version:#x} is older than 3.0")
    return library


def candidates() -> list[str]:
    """Where libcrypto may lie: beside Python on Windows, by the loader's name elsewhere."""
    if PLATFORM == "win32":
        beside = Path(sys.base_prefix) / "DLLs"
        name = "libcrypto-3-x64.dll"
        return [str(beside / "libcrypto-3.dll"), str(beside / name), name]
    found = ctypes.util.find_library("crypto")
    return ["libcrypto.so.3", found] if found else ["libcrypto.so.3"]


@contextlib.contextmanager
def _error_queue_emptied(library: Any) -> Iterator[None]:
    try:
        yield
    finally:
        library.ERR_clear_error()


EXAMPLE_MESSAGE = b"message digest"
EXAMPLE_R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
EXAMPLE_S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
EXAMPLE_SPKI = bytes.fromhex(
    "3059301306072a8648ce3d020106082a811ccf5501822d034200"
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
"""The published example of the recommended curve (GB/T 32918.5-2017 annex A)."""


def require_right(engine: Sm2Engine) -> None:
    """Raises Sm2Unavailable with the first signature that the engine judges wrongly, of the
    published example and wrong ones made from it: a library with another default id would refuse
    every lock, a broken one let every forger in."""
    n, r, s, message = SM2_CURVE.n, EXAMPLE_R, EXAMPLE_S, EXAMPLE_MESSAGE
    for title, first, second, text in (
        ("the published example", r, s, message),
        ("another message", r, s, message + b"."),
        ("r and s exchanged", s, r, message),
        ("n - s", r, n - s, message),
        ("r + 1", r + 1, s, message),
        ("r = 0", 0, s, message),
        ("s = n", r, n, message),
    ):
        right = (first, second, text) == (r, s, message)
        if engine.verify(EXAMPLE_SPKI, encoded(first, second), text) is not right:
            raise Sm2Unavailable(f"the self-test failed: {title}")
