"""SM2 key pairs for software locks, which no library of the desk makes."""

import secrets
from functools import lru_cache

from lock_protocol.public_keys import SM2_CURVE
from lock_protocol.sm2 import BASE_POINT, Sm2Engine

SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
Point = tuple[int, int]


@lru_cache(1)
def engine() -> Sm2Engine:
    """The libcrypto of the system."""
    return Sm2Engine.load()


def generate() -> tuple[bytes, bytes]:
    """A new key: its 32-octet private value and its SubjectPublicKeyInfo."""
    private = secrets.randbelow(SM2_CURVE.n - 2) + 1
    return private.to_bytes(32), public_key_info(private.to_bytes(32))


def public_key_info(private_key: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a private value, by doubling and adding."""
    base = int.from_bytes(BASE_POINT[:32]), int.from_bytes(BASE_POINT[32:])
    point: Point | None = None
    for bit in f"{int.from_bytes(private_key):b}":
        point = _sum(point, point) if point else None
        if bit == "1":
            point = _sum(point, base) if point else base
    assert point is not None
    return SPKI_HEAD + b"\x04" + point[0].to_bytes(32) + point[1].to_bytes(32)


def _sum(one: Point, other: Point) -> Point:
    """Two points of the curve added; their sum is never the point at infinity here."""
    p, (x1, y1), (x2, y2) = SM2_CURVE.p, one, other
    rise, run = (3 * x1 * x1 + SM2_CURVE.a, 2 * y1) if one == other else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, p)
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p
