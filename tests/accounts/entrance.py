"""An entrance with the real store and use cases.

Certificates are plain JSON in place of DER, signatures are the bytes themselves: what is tested
here are the rules; certificates and signatures have their own tests with real keys.
"""

import hashlib
import itertools
import json
from datetime import UTC, datetime, timedelta

from core.accounts.enterprises.enterprise_login import open_session, session_of
from core.accounts.enterprises.lock_proof import challenge
from core.accounts.front_desk import EntranceSettings, FrontDesk
from core.cases.accounts.account_notice import Visitor
from core.check_digits import uscc_check_character
from core.data.enterprise import Enterprise
from core.data.tries import LoginSource
from core.locks.certificate_reasons import CertificateRefused
from core.locks.challenge import EnterpriseSession, Proof
from core.locks.lock_certificate import HolderKind, KeyType, LockCertificate
from core.store.store import Steps
from lock_protocol import Purpose, signed_bytes
from tests.fixed_clock import FixedClock
from tests.world import PlainPasswords, desk_on

ORIGIN = "https://desk.example.org"
AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
PASSWORD = "lvse-2026-Chuan"
HERE = LoginSource("192.0.2.1")
_number = itertools.count(1)


def invent_uscc() -> str:
    body = f"91119999MA{next(_number):07d}"
    return body + uscc_check_character(body)


def lock(uscc: str, key: str = "k1", **changes) -> bytes:
    """The certificate of a lock of that enterprise."""
    return json.dumps(
        {
            "uscc": uscc,
            "key": key,
            "kind": "enterprise",
            "uid": "",
            "name": f"北京{uscc[10:17]}测试有限公司",
        }
        | changes
    ).encode()


def spki_of(words: dict[str, str]) -> bytes:
    """The public key: each enterprise's own, unless the certificate names whose it `was`."""
    return f"{words.get('was', words['uscc'])}/{words['key']}".encode()


class JsonVerifier:
    """Reads the certificates of `lock`; a person's is refused as the real verifier does."""

    def verify(self, der, now):
        words = json.loads(der)
        if words["kind"] != "enterprise":
            raise CertificateRefused("holder.person", "个人锁")
        spki = spki_of(words)
        return LockCertificate(
            sha256=hashlib.sha256(der).hexdigest(),
            serial=hashlib.sha256(der).hexdigest()[:20].upper(),
            spki_sha256=hashlib.sha256(spki).hexdigest(),
            spki=spki,
            issuer_profile=words.get("ca", "test"),
            kind=HolderKind.ENTERPRISE,
            enterprise_name=words["name"],
            uscc=words["uscc"],
            organisation_code=words["uscc"][8:17],
            ca_unique_id=words["uid"],
            key_type=KeyType.RSA,
            not_after=AT + timedelta(days=365),
            issuer_title="测试CA",
        )

    def explain(self, der):
        return ["一张证书"]


class PlainSignatures:
    """A signature is the key and the bytes."""

    def verify(self, key_spki_der, signature, message):
        return signature == key_spki_der + b"|" + message


def sign(
    der: bytes, nonce: bytes, purpose: Purpose, account: str = "", origin: str = ORIGIN, beside=()
) -> Proof:
    return Proof(
        nonce,
        der,
        spki_of(json.loads(der)) + b"|" + signed_bytes(origin, purpose.value, nonce, account),
        ORIGIN,
        tuple(beside),
    )


class Entrance(Steps):
    """A front desk and shorthands for what enterprises do at it."""

    def __init__(self, store) -> None:
        self.store, self.desk = store, desk_on(store, FixedClock(AT))
        self.front = FrontDesk(
            store,
            PlainPasswords(),
            JsonVerifier(),
            PlainSignatures(),
            store.vault.token,
            EntranceSettings(ORIGIN),
        )

    def enterprise(self, *, submitted=True, password=PASSWORD, **changes) -> Enterprise:
        uscc = invent_uscc()
        one = Enterprise(
            0,
            f"北京{uscc[10:17]}测试有限公司",
            uscc,
            "张三",
            "c@example.org",
            "",
            AT,
            information_submitted=submitted,
            password_set=True,
            **changes,
        )
        with self.store.transaction() as tx:
            enterprise_id = tx.accounts.add(one)
            tx.accounts.set_columns(
                enterprise_id, password_hash=self.front.passwords.hash(password)
            )
            return tx.accounts.get(enterprise_id)

    def visitor(self, session: EnterpriseSession) -> Visitor:
        return Visitor(self.desk, self.front, session)

    def session(self, enterprise, binding_id=None):
        with self.store.transaction() as tx:
            token = open_session(tx, self.front, enterprise.id, binding_id)
        return session_of(self.front, token)[0]

    def proof(self, der, purpose, account="", **more) -> Proof:
        return sign(der, challenge(self.front, ORIGIN, purpose, account), purpose, account, **more)

    def bindings(self, enterprise, **more):
        with self.store.transaction() as tx:
            return tx.bindings.of_enterprise(enterprise.id, **more)
