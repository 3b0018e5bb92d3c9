"""A software lock for trying the desk without a USB key: SoftHSM2 with its own configuration and
token folder, four certificates and a CA.

Each lock holds what real ones hold: ECCASM2 (SM2, signing), ECCARSA1 (RSA-2048, signing), ECCP256
(P-256, signing) and ECCARSA2 (RSA-2048, encryption only). Several locks share one folder (primary
and secondary); `unplug` and `plug` take one out and put it back by moving its files. SoftHSM cannot
sign SM2: that key is extractable after login and libcrypto signs (`sm2 = "libcrypto"` in the
agent.toml written here). Refuses a label that is there already, and a PC without SoftHSM2.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto import core, keys, x509
from pkcs11 import Attribute, CertificateType, KeyType, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from lock_protocol.public_keys import SM2_CURVE
from tools.demo_lock import sm2_keys
from tools.demo_lock.demo_ca import ENCRYPTION, SIGNING, Authority, Holder, authorities

ENTERPRISE = Holder("北京演示建设工程有限公司", "91119999MA0DEMX12E")
PERSON = Holder("钱演示", "119999199003071230", person=True)
ORIGINS = ("http://127.0.0.1:8321", "http://localhost:8321")
SOFTHSM_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "C:/SoftHSM2/lib/softhsm2-x64.dll",
)
SO_PIN = "87654321"


class DemoProblem(Exception):
    """Why a lock could not be made, plugged or unplugged, in Chinese."""


@dataclass(frozen=True, slots=True)
class DemoLock:
    """One software lock: its folder below tokens/ and the label and serial that PKCS#11 shows."""

    label: str
    serial: str
    files: str


def make(
    folder: Path,
    now: datetime,
    *,
    label: str,
    pin: str,
    holder: Holder,
    days: int,
    origins: Sequence[str],
) -> DemoLock:
    """Add a lock to the folder; the first one also brings softhsm2.conf, ca/ and agent.toml.

    Sets SOFTHSM2_CONF for this process, so one process makes locks in one folder only.
    Raises DemoProblem.
    """
    module = softhsm()
    if module is None or shutil.which("softhsm2-util") is None:
        raise DemoProblem("没有找到 SoftHSM2。Debian/Ubuntu：apt-get install softhsm2")
    if label in locks(folder):
        raise DemoProblem(f"{folder} 里已有名为“{label}”的锁：换一个 --label，或换一个文件夹")
    prepare(folder, module, origins)
    roots = authorities(folder / "ca", now)
    lock = new_token(folder, label, pin)
    fill(module, lock.serial, pin, Issuing(roots, holder, now, days))
    note(folder, lock)
    return lock


@dataclass(frozen=True, slots=True)
class Issuing:
    """What the certificates of one lock have in common."""

    roots: dict[str, Authority]
    holder: Holder
    now: datetime
    days: int

    def certificate(self, root: str, public_key: bytes, usage: set[str]) -> bytes:
        return self.roots[root].issue(
            self.holder, keys.PublicKeyInfo.load(public_key), usage, self.now, self.days
        )


def prepare(folder: Path, module: str, origins: Sequence[str]) -> None:
    """The folder's own SoftHSM2 configuration and an agent.toml that uses it."""
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    settings = folder.resolve() / "softhsm2.conf"
    settings.write_text(
        f"directories.tokendir = {settings.parent / 'tokens'}\nobjectstore.backend = file\n"
        "log.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(settings)
    if not (folder / "agent.toml").exists():
        (folder / "agent.toml").write_text(agent_toml(settings, module, origins), encoding="utf-8")


def agent_toml(settings: Path, module: str, origins: Sequence[str]) -> str:
    return (
        f"origins = {json.dumps(list(origins))}\n"
        "search_well_known = false\n"
        "\n"
        f'[[modules]]\npath = {json.dumps(module)}\nsm2 = "libcrypto"\n'
        f"environment = {{ SOFTHSM2_CONF = {json.dumps(str(settings), ensure_ascii=False)} }}\n"
    )


def new_token(folder: Path, label: str, pin: str) -> DemoLock:
    tokens = folder / "tokens"
    before = {path.name for path in tokens.iterdir()}
    command = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--so-pin",
        SO_PIN,
        "--pin",
        pin,
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    added = {path.name for path in tokens.iterdir()} - before
    if run.returncode or len(added) != 1:
        raise DemoProblem(f"SoftHSM2 没有建成锁：{run.stderr.strip()}")
    files = added.pop()
    # SoftHSM's serial is the end of the folder's UUID
    return DemoLock(label, files.replace("-", "")[-16:], files)


def fill(module: str, serial: str, pin: str, issuing: Issuing) -> None:
    """Keys made on the lock (but SM2, which SoftHSM cannot make) and a certificate beside each."""
    library = pkcs11.lib(module)
    library.reinitialize()  # a token made since the first look is seen only by a fresh start
    token = next(
        slot.get_token()
        for slot in library.get_slots(token_present=True)
        if slot.get_token().serial.decode().strip() == serial
    )
    with token.open(rw=True, user_pin=pin) as session:
        put(
            session,
            1,
            "ECCASM2",
            issuing.certificate("sm2", put_sm2_key(session, 1, "ECCASM2"), SIGNING),
        )
        put(
            session,
            2,
            "ECCARSA1",
            issuing.certificate("rsa", new_rsa_key(session, 2, "ECCARSA1"), SIGNING),
        )
        put(
            session,
            3,
            "ECCARSA2",
            issuing.certificate("rsa", new_rsa_key(session, 3, "ECCARSA2"), ENCRYPTION),
        )
        put(
            session,
            4,
            "ECCP256",
            issuing.certificate("rsa", new_p256_key(session, 4, "ECCP256"), SIGNING),
        )


def put(session: Any, number: int, label: str, der: bytes) -> None:
    certificate = x509.Certificate.load(der)
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: False,
            Attribute.ID: bytes([number]),
            Attribute.LABEL: label,
            Attribute.VALUE: der,
            Attribute.SUBJECT: certificate.subject.dump(),
            Attribute.ISSUER: certificate.issuer.dump(),
            Attribute.SERIAL_NUMBER: certificate["tbs_certificate"]["serial_number"].dump(),
        }
    )


def new_rsa_key(session: Any, number: int, label: str) -> bytes:
    public, _ = session.generate_keypair(
        KeyType.RSA, 2048, id=bytes([number]), label=label, store=True
    )
    return bytes(
        keys.PublicKeyInfo.wrap(keys.RSAPublicKey.load(encode_rsa_public_key(public)), "rsa").dump()
    )


def new_p256_key(session: Any, number: int, label: str) -> bytes:
    parameters = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
    )
    public, _ = parameters.generate_keypair(id=bytes([number]), label=label, store=True)
    return bytes(encode_ec_public_key(public))


def put_sm2_key(session: Any, number: int, label: str) -> bytes:
    private, public = sm2_keys.generate()
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC,
            Attribute.EC_PARAMS: core.ObjectIdentifier(SM2_CURVE.oid).dump(),
            Attribute.VALUE: private,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: False,
            Attribute.EXTRACTABLE: True,
            Attribute.ID: bytes([number]),
            Attribute.LABEL: label,
            Attribute.SIGN: True,
        }
    )
    return public


def locks(folder: Path) -> dict[str, DemoLock]:
    """The locks of the folder by label, plugged in or not."""
    listing = folder / "locks.json"
    known = json.loads(listing.read_text(encoding="utf-8")) if listing.exists() else []
    return {one["label"]: DemoLock(**one) for one in known}


def note(folder: Path, lock: DemoLock) -> None:
    known = [asdict(one) for one in locks(folder).values()] + [asdict(lock)]
    (folder / "locks.json").write_text(
        json.dumps(known, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def unplug(folder: Path, label: str) -> None:
    """Pull the lock out: its files leave SoftHSM's folder."""
    moved(folder, label, "tokens", "unplugged")


def plug(folder: Path, label: str) -> None:
    """Put it back."""
    moved(folder, label, "unplugged", "tokens")


def moved(folder: Path, label: str, here: str, there: str) -> None:
    lock = locks(folder).get(label)
    if lock is None:
        raise DemoProblem(f"{folder} 里没有名为“{label}”的锁")
    (folder / there).mkdir(exist_ok=True)
    if (folder / here / lock.files).exists():
        (folder / here / lock.files).rename(folder / there / lock.files)


def softhsm() -> str | None:
    """SoftHSM's own PKCS#11 module, where it is installed."""
    return next((place for place in SOFTHSM_PLACES if Path(place).is_file()), None)
