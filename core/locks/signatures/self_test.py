"""Fixed vectors that the SM2 engine is held against before it judges anything.

One right signature (GB/T 32918.5-2017 annex A, the published example of the recommended curve: id
1234567812345678, message "message digest") and wrong ones made from it. An engine that refuses the
right one or takes a wrong one is not used: a library built with another default identity or a
broken one would refuse every lock, or let every forger in.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature as encoded

from core.locks.signatures.libcrypto import EngineUnfit, Sm2Engine
from core.locks.signatures.public_keys import SM2_CURVE

MESSAGE: Final = b"message digest"
R: Final = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S: Final = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
SPKI: Final = bytes.fromhex(
    "3059301306072a8648ce3d020106082a811ccf5501822d034200"
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)


class Vector(NamedTuple):
    """A signature, the message it is held against, and what a right engine says."""

    title: str
    signature: bytes
    message: bytes
    right: bool


def vectors() -> Iterator[Vector]:
    """The right one first."""
    n = SM2_CURVE.n
    yield Vector("the published example", encoded(R, S), MESSAGE, right=True)
    yield Vector("another message", encoded(R, S), MESSAGE + b".", right=False)
    yield Vector("r and s exchanged", encoded(S, R), MESSAGE, right=False)
    yield Vector("n - s", encoded(R, n - S), MESSAGE, right=False)
    yield Vector("r + 1", encoded(R + 1, S), MESSAGE, right=False)
    yield Vector("r = 0", encoded(0, S), MESSAGE, right=False)
    yield Vector("s = n", encoded(R, n), MESSAGE, right=False)


def hold(engine: Sm2Engine) -> None:
    """Raises EngineUnfit with the first vector that the engine judges wrongly."""
    for vector in vectors():
        if engine.verify(SPKI, vector.signature, vector.message) is not vector.right:
            raise EngineUnfit(f"the self-test failed: {vector.title}")
