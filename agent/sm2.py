"""SM2 (GB/T 32918, id 1234567812345678) by the system's libcrypto: for the software lock of
`demo-token`, which SoftHSM cannot let sign, and for holding a lock's answer against its certificate
before a page gets it. A real SM2 lock signs by itself, over e = SM3(Z‖M), which it wants in place
of the message.

Refuses to start on an OpenSSL older than 3 or without SM2. Every function has its argument and
result types set: ctypes cuts pointers otherwise.
"""

import ctypes
import ctypes.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from asn1crypto import core, keys
from cryptography.hazmat.primitives import hashes

from agent.agent_errors import LockError
from agent.certificate_text import SM2_CURVE

IDENTITY: Final = b"1234567812345678"
KEY_BYTES: Final = 32
ORDER: Final = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 16)
CURVE: Final = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
"""a, b and the base point, as Z has them."""
POINTER: Final = ctypes.c_void_p
POINTERS: Final = ctypes.POINTER(POINTER)
SIGNATURES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "d2i_AutoPrivateKey": (POINTER, [POINTER, POINTERS, ctypes.c_long]),
    "d2i_PUBKEY": (POINTER, [POINTER, POINTERS, ctypes.c_long]),
    "i2d_PUBKEY": (ctypes.c_int, [POINTER, POINTERS]),
    "i2d_PrivateKey": (ctypes.c_int, [POINTER, POINTERS]),
    "EVP_PKEY_Q_keygen": (POINTER, [POINTER, ctypes.c_char_p, ctypes.c_char_p]),
    "EVP_PKEY_free": (None, [POINTER]),
    "EVP_PKEY_is_a": (ctypes.c_int, [POINTER, ctypes.c_char_p]),
    "EVP_PKEY_CTX_new": (POINTER, [POINTER, POINTER]),
    "EVP_PKEY_CTX_free": (None, [POINTER]),
    "EVP_PKEY_CTX_set1_id": (ctypes.c_int, [POINTER, ctypes.c_char_p, ctypes.c_size_t]),
    "EVP_MD_CTX_new": (POINTER, []),
    "EVP_MD_CTX_free": (None, [POINTER]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [POINTER, POINTER]),
    "EVP_sm3": (POINTER, []),
    "EVP_DigestSignInit": (ctypes.c_int, [POINTER, POINTER, POINTER, POINTER, POINTER]),
    "EVP_DigestSign": (
        ctypes.c_int,
        [
            POINTER,
            ctypes.c_char_p,
            ctypes.POINTER(ctypes.c_size_t),
            ctypes.c_char_p,
            ctypes.c_size_t,
        ],
    ),
    "EVP_DigestVerifyInit": (ctypes.c_int, [POINTER, POINTER, POINTER, POINTER, POINTER]),
    "EVP_DigestVerify": (
        ctypes.c_int,
        [POINTER, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t],
    ),
    "ERR_clear_error": (None, []),
}


def sign(private_key: bytes, message: bytes) -> bytes:
    """The DER signature over SM3(Z‖message) by a 32-byte private value.

    Raises LockError where libcrypto cannot.
    """
    with (
        loaded("d2i_AutoPrivateKey", private_der(private_key)) as key,
        digest_context(key) as context,
    ):
        require(libcrypto().EVP_DigestSignInit(context, None, libcrypto().EVP_sm3(), None, key))
        length = ctypes.c_size_t(128)
        buffer = ctypes.create_string_buffer(length.value)
        require(
            libcrypto().EVP_DigestSign(context, buffer, ctypes.byref(length), message, len(message))
        )
        return buffer.raw[: length.value]


def verify(public_key_info: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the DER signature over SM3(Z‖message) belongs to the key (a SubjectPublicKeyInfo)."""
    with loaded("d2i_PUBKEY", public_key_info) as key, digest_context(key) as context:
        require(libcrypto().EVP_DigestVerifyInit(context, None, libcrypto().EVP_sm3(), None, key))
        right: bool = (
            libcrypto().EVP_DigestVerify(context, signature, len(signature), message, len(message))
            == 1
        )
        libcrypto().ERR_clear_error()
        return right


def digest_to_sign(point: bytes, message: bytes) -> bytes:
    """e = SM3(Z‖M) (GB/T 32918.2, 5.5 and 6.1): `point` is the public key as 04‖X‖Y (65 bytes)."""
    z = sm3(len(IDENTITY * 8).to_bytes(2, "big") + IDENTITY + CURVE + point[1:])
    return sm3(z + message)


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def generate() -> tuple[bytes, bytes]:
    """A new key: its 32-byte private value and its SubjectPublicKeyInfo."""
    library = libcrypto()
    key = library.EVP_PKEY_Q_keygen(None, None, b"SM2")
    require(key)
    try:
        private = keys.ECPrivateKey.load(encoded(library.i2d_PrivateKey, key))
        return int(private["private_key"].native).to_bytes(32, "big"), encoded(
            library.i2d_PUBKEY, key
        )
    finally:
        library.EVP_PKEY_free(key)


def public_key_info(private_key: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a 32-byte private value."""
    with loaded("d2i_AutoPrivateKey", private_der(private_key)) as key:
        return encoded(libcrypto().i2d_PUBKEY, key)


def private_der(private_key: bytes) -> bytes:
    """ECPrivateKey (RFC 5915) of a bare private value: libcrypto finds the public point itself."""
    if not 0 < int.from_bytes(private_key, "big") < ORDER - 1 or len(private_key) != KEY_BYTES:
        raise LockError("unsupported_key", "不是SM2私钥")
    parameters: bytes = core.ObjectIdentifier(SM2_CURVE).dump()
    body: bytes = (
        core.Integer(1).dump()
        + core.OctetString(private_key).dump()
        + bytes([0xA0, len(parameters)])
        + parameters
    )
    return bytes([0x30, len(body)]) + body


@contextmanager
def loaded(reader: str, der: bytes) -> Iterator[int]:
    """An EVP_PKEY of kind SM2 from DER bytes."""
    library = libcrypto()
    buffer = ctypes.create_string_buffer(der, len(der))
    at = POINTER(ctypes.addressof(buffer))
    key = getattr(library, reader)(None, ctypes.byref(at), len(der))
    require(key)
    try:
        require(library.EVP_PKEY_is_a(key, b"SM2"))
        yield key
    finally:
        library.EVP_PKEY_free(key)


@contextmanager
def digest_context(key: int) -> Iterator[int]:
    """A digest context that carries the SM2 identity; OpenSSL's own default is the empty one."""
    library = libcrypto()
    context, key_context = library.EVP_MD_CTX_new(), library.EVP_PKEY_CTX_new(key, None)
    try:
        require(context and key_context)
        require(library.EVP_PKEY_CTX_set1_id(key_context, IDENTITY, len(IDENTITY)))
        library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        yield context
    finally:
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_CTX_free(key_context)


def encoded(writer: Any, key: int) -> bytes:
    length = writer(key, None)
    require(length > 0)
    buffer = ctypes.create_string_buffer(length)
    at = POINTER(ctypes.addressof(buffer))
    writer(key, ctypes.byref(at))
    return buffer.raw


def require(outcome: Any) -> None:
    """libcrypto says 1 (or a pointer) for success."""
    if not outcome or outcome == -1:
        libcrypto().ERR_clear_error()
        raise LockError("unsupported_key", "libcrypto 不能处理这个SM2密钥")


@lru_cache(maxsize=1)
def libcrypto() -> Any:
    """The library with all types set. Raises LockError where there is none of OpenSSL 3."""
    for name in candidates():
        try:
            library = ctypes.CDLL(name)
            for function, (result, arguments) in SIGNATURES.items():
                getattr(library, function).restype = result
                getattr(library, function).argtypes = arguments
        except (OSError, AttributeError):
            continue
        return library
    raise LockError("unsupported_key", "没有找到 OpenSSL 3 的 libcrypto")


def candidates(platform: str = sys.platform, prefix: str = sys.base_prefix) -> list[str]:
    """Where libcrypto may lie: beside Python on Windows, where Homebrew puts it on macOS,
    by the loader's name elsewhere."""
    if platform == "win32":
        return [
            str(Path(prefix) / "DLLs" / "libcrypto-3.dll"),
            str(Path(prefix) / "DLLs" / "libcrypto-3-x64.dll"),
            "libcrypto-3-x64.dll",
        ]
    if platform == "darwin":  # the bare name would load Apple's own library, which ends the process
        return [
            f"{root}/opt/openssl@3/lib/libcrypto.3.dylib"
            for root in ("/opt/homebrew", "/usr/local")
        ] + [f"{prefix}/lib/libcrypto.3.dylib"]
    return [name for name in ("libcrypto.so.3", ctypes.util.find_library("crypto")) if name]
