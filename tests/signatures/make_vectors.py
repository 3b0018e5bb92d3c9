"""Makes vectors.txt: 300 SM2 signatures by the openssl command line, one key each.

Run: python -m tests.signatures.make_vectors

Private keys and messages follow from a seed; openssl chooses its own nonces, so a new run gives
other signatures of the same messages. A line is Base64 of x‖y‖r‖s (128 octets).
"""

import base64
import hashlib
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lock_protocol.public_keys import SM2_CURVE
from tests.certificates import pki

COUNT = 300
SEED = b"unbind-desk sm2 vectors 1"
FILE = Path(__file__).with_name("vectors.txt")
SM2_ID = "1234567812345678"


def message_of(number: int) -> bytes:
    """0 to 598 octets: every length class of SM3's blocks."""
    block = hashlib.sha256(SEED + b"message" + number.to_bytes(2)).digest()
    return (block * 20)[: 2 * number]


def private_of(number: int) -> int:
    return (
        int.from_bytes(hashlib.sha256(SEED + b"key" + number.to_bytes(2)).digest())
        % (SM2_CURVE.n - 2)
        + 1
    )


def private_pem(number: int) -> bytes:
    """SEC 1 EC PRIVATE KEY of the curve, without the public point: openssl finds it."""
    inner = pki.seq(
        pki.integer(1),
        pki.tlv(0x04, private_of(number).to_bytes(32)),
        pki.tlv(0xA0, pki.oid(SM2_CURVE.oid)),
    )
    return (
        b"-----BEGIN EC PRIVATE KEY-----\n"
        + base64.encodebytes(inner)
        + b"-----END EC PRIVATE KEY-----\n"
    )


def openssl(*arguments: str, folder: Path) -> bytes:
    return subprocess.run(
        ["openssl", *arguments], cwd=folder, check=True, capture_output=True
    ).stdout


def signed(number: int, folder: Path) -> tuple[bytes, bytes]:
    """The public point x‖y and the DER signature."""
    (folder / "key.pem").write_bytes(private_pem(number))
    (folder / "message").write_bytes(message_of(number))
    spki = openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER", folder=folder)
    signature = openssl(
        "pkeyutl",
        "-sign",
        "-rawin",
        "-digest",
        "sm3",
        "-inkey",
        "key.pem",
        "-in",
        "message",
        "-pkeyopt",
        f"distid:{SM2_ID}",
        folder=folder,
    )
    return spki[-64:], signature


def raw(signature: bytes) -> bytes:
    return b"".join(part.to_bytes(32) for part in decode_dss_signature(signature))


def main() -> None:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(COUNT):
            point, signature = signed(number, Path(folder))
            lines.append(base64.b64encode(point + raw(signature)).decode())
    FILE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
