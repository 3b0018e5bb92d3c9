"""e = SM3(Z‖M) of SM2 (GB/T 32918.2, 5.5 and 6.1), which an SM2 lock wants in place of the message. SM3 itself comes from `cryptography`."""

from typing import Final

from cryptography.hazmat.primitives import hashes

IDENTITY: Final = b"1234567812345678"
A: Final = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
B: Final = "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
GX: Final = "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
GY: Final = "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def sm2_digest(point: bytes, message: bytes) -> bytes:
    """The 32 bytes to sign: `point` is the public key as 04‖X‖Y (65 bytes)."""
    z = sm3(len(IDENTITY * 8).to_bytes(2, "big") + IDENTITY + bytes.fromhex(A + B + GX + GY) + point[1:])
    return sm3(z + message)
