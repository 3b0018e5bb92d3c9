"""SM2 with SM3 by the libcrypto of the system (OpenSSL 3 or newer), through ctypes.

Every function has its argument and result types: ctypes cuts pointers to 32 bits otherwise. The
thread's error queue is emptied after each use, because other users of the library in this process
read it. The signer's id is set each time: OpenSSL's own default is the empty one. Refuses a library
older than 3.0, and one without SM2 or SM3 (FIPS builds): `Sm2Engine.load` raises EngineUnfit and
says which.
"""

import contextlib
import ctypes
import ctypes.util
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

IDENTITY: Final = b"1234567812345678"
_OLDEST: Final = 0x30000000
_MOST_KEYS: Final = 256
_P: Final = ctypes.c_void_p
_SIZE: Final = ctypes.c_size_t
_BYTES: Final = ctypes.c_char_p
_INT: Final = ctypes.c_int
_FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "OpenSSL_version_num": (ctypes.c_ulong, ()),
    "d2i_PUBKEY": (_P, (_P, ctypes.POINTER(_P), ctypes.c_long)),
    "EVP_PKEY_is_a": (_INT, (_P, _BYTES)),
    "EVP_PKEY_free": (None, (_P,)),
    "EVP_PKEY_CTX_new": (_P, (_P, _P)),
    "EVP_PKEY_CTX_set1_id": (_INT, (_P, _BYTES, _SIZE)),
    "EVP_PKEY_CTX_free": (None, (_P,)),
    "EVP_MD_CTX_new": (_P, ()),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_P, _P)),
    "EVP_MD_CTX_free": (None, (_P,)),
    "EVP_sm3": (_P, ()),
    "EVP_DigestVerifyInit": (_INT, (_P, ctypes.POINTER(_P), _P, _P, _P)),
    "EVP_DigestVerify": (_INT, (_P, _BYTES, _SIZE, _BYTES, _SIZE)),
    "ERR_clear_error": (None, ()),
}


class EngineUnfit(Exception):
    """There is no libcrypto that can judge SM2, or it judges wrongly."""


class _Key:
    """An EVP_PKEY, freed with its last user: a key that fell out of the cache may still be
    verifying in another thread."""

    def __init__(self, library: Any, pointer: int) -> None:
        self.pointer = pointer
        self._free = library.EVP_PKEY_free

    def __del__(self) -> None:
        self._free(self.pointer)


class Sm2Engine:
    """Verifies SM2 signatures.

    Safe to share between threads: each verification has its own contexts, keys are only read.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self._sm3 = library.EVP_sm3()
        self._key = lru_cache(_MOST_KEYS)(self._read_key)

    @classmethod
    def load(cls, path: str | None = None) -> "Sm2Engine":
        """The engine of the first usable library. Raises EngineUnfit."""
        problems = []
        for name in (path,) if path else tuple(_candidates()):
            try:
                return cls(_typed(ctypes.CDLL(name)))
            except (OSError, AttributeError, EngineUnfit) as error:
                problems.append(f"{name}: {error}")
        raise EngineUnfit("no libcrypto of OpenSSL 3 or newer; " + "; ".join(problems))

    def verify(self, spki: bytes, signature: bytes, message: bytes) -> bool:
        """Whether a DER signature is right.

        Raises EngineUnfit when the library cannot take an SM2 key at all.
        """
        library = self._library
        with _error_queue_emptied(library):
            key = self._key(spki)
            context, key_context = (
                library.EVP_MD_CTX_new(),
                library.EVP_PKEY_CTX_new(key.pointer, None),
            )
            try:
                self._begin(context, key_context, key)
                return bool(
                    library.EVP_DigestVerify(
                        context, signature, len(signature), message, len(message)
                    )
                    == 1
                )
            finally:
                library.EVP_MD_CTX_free(context)
                library.EVP_PKEY_CTX_free(key_context)

    def _begin(self, context: int | None, key_context: int | None, key: _Key) -> None:
        library = self._library
        if (
            not context
            or not key_context
            or library.EVP_PKEY_CTX_set1_id(key_context, IDENTITY, len(IDENTITY)) != 1
        ):
            raise EngineUnfit("this libcrypto cannot set the signer's id")
        library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        if library.EVP_DigestVerifyInit(context, None, self._sm3, None, key.pointer) != 1:
            raise EngineUnfit("this libcrypto cannot begin an SM2 verification")

    def _read_key(self, spki: bytes) -> _Key:
        buffer = ctypes.create_string_buffer(spki, len(spki))
        at = _P(ctypes.addressof(buffer))
        pointer = self._library.d2i_PUBKEY(None, ctypes.byref(at), len(spki))
        if not pointer:
            raise EngineUnfit("this libcrypto does not take the SM2 key")
        key = _Key(self._library, pointer)
        if self._library.EVP_PKEY_is_a(pointer, b"SM2") != 1:
            raise EngineUnfit("this libcrypto does not know SM2")
        return key


def _typed(library: Any) -> Any:
    """The library with its types set.

    Raises AttributeError for a missing function, EngineUnfit for an old library.
    """
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    version = library.OpenSSL_version_num()
    if version < _OLDEST:
        raise EngineUnfit(f"version {version:#x} is older than 3.0")
    return library


def _candidates() -> Iterator[str]:
    # the bare name would load Apple's own library, which ends the process
    if sys.platform == "darwin":
        yield from (
            "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
            "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
        )
        return
    yield "libcrypto.so.3"
    found = ctypes.util.find_library("crypto")
    if found:
        yield found


@contextlib.contextmanager
def _error_queue_emptied(library: Any) -> Iterator[None]:
    try:
        yield
    finally:
        library.ERR_clear_error()
