"""Fake locks: a PKCS#11 library in memory with a PIN that locks and a token that can be pulled out;
and a PIN window that types by itself."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import gmssl_pyx
from asn1crypto import algos, keys, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag
from pkcs11 import exceptions as raised

from agent.agent_errors import PromptError
from agent.pkcs11_lock import SHA256_DIGEST_INFO
from tools.demo_lock import sm2_keys
from tools.demo_lock.demo_ca import ENCRYPTION, SIGNING, authorities
from tools.demo_lock.demo_token import ENTERPRISE

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SM2_MECHANISM = 0x80000B01
TRIES = 3


class Missing(dict):
    """Attributes of an object on a token; a missing one raises as PKCS#11 does."""

    def __missing__(self, attribute):
        raise raised.AttributeTypeInvalid


class FakeKey(Missing):
    def __init__(self, attributes, token, signer):
        super().__init__(attributes)
        self._token, self._signer = token, signer

    def sign(self, data, mechanism, pin=None):
        self._token.answer()
        return self._signer(data, mechanism)


def rsa_signer(key):
    def sign(data, mechanism):
        if mechanism == Mechanism.SHA256_RSA_PKCS:
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        assert mechanism == Mechanism.RSA_PKCS
        assert data.startswith(SHA256_DIGEST_INFO)
        return key.sign(
            data[len(SHA256_DIGEST_INFO) :], padding.PKCS1v15(), utils.Prehashed(hashes.SHA256())
        )

    return sign


def two_numbers(der):
    pair = algos.DSASignature.load(der)
    return pair["r"].native.to_bytes(32, "big") + pair["s"].native.to_bytes(32, "big")


def p256_signer(key):
    def sign(data, mechanism):
        assert mechanism == Mechanism.ECDSA
        return two_numbers(key.sign(data, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))

    return sign


def sm2_signer(private):
    def sign(data, mechanism):
        if int(mechanism) != SM2_MECHANISM:
            raise raised.MechanismInvalid
        return two_numbers(gmssl_pyx.sm2_sign_sm3_digest(private, data))

    return sign


@dataclass
class FakeToken:
    """A token with a PIN that locks after TRIES wrong ones.

    `break_at_signature`: what happens instead of a signature.
    """

    pin: str = "123456"
    label: str = "假锁"
    serial: bytes = b"FAKE0001        "
    manufacturer_id: str = "nobody"
    model: str = "fake"
    left: int = TRIES
    mechanisms: set = field(default_factory=lambda: {Mechanism.SHA256_RSA_PKCS, Mechanism.ECDSA})
    certificates: list = field(default_factory=list)
    keys: list = field(default_factory=list)
    plugged: bool = True
    pin_set: bool = True
    logins: int = 0
    break_at_signature: Exception | None = None
    open_sessions: int = 0

    @property
    def flags(self):
        flags = TokenFlag.TOKEN_INITIALIZED | (
            TokenFlag.USER_PIN_INITIALIZED if self.pin_set else 0
        )
        if self.left == 0:
            return flags | TokenFlag.USER_PIN_LOCKED
        if self.left == 1:
            return flags | TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_COUNT_LOW
        return flags | (TokenFlag.USER_PIN_COUNT_LOW if self.left < TRIES else 0)

    @property
    def slot(self):
        return self

    def get_token(self):
        if not self.plugged:
            raise raised.TokenNotPresent
        return self

    def get_mechanisms(self):
        return self.mechanisms

    def answer(self):
        if not self.plugged:
            raise raised.DeviceRemoved
        if self.break_at_signature:
            raise self.break_at_signature

    def open(self, user_pin=None):
        if user_pin is not None:
            self._login(user_pin)
        return FakeSession(self, logged_in=user_pin is not None)

    def _login(self, pin):
        self.logins += 1
        if self.left == 0:
            raise raised.PinLocked
        if not 4 <= len(pin) <= 16:
            raise raised.PinLenRange
        if pin != self.pin:
            self.left -= 1
            raise raised.PinIncorrect
        self.left = TRIES


@dataclass
class FakeSession:
    token: FakeToken
    logged_in: bool

    def __enter__(self):
        self.token.open_sessions += 1
        return self

    def __exit__(self, *_):
        self.token.open_sessions -= 1

    def get_objects(self, wanted):
        there = self.token.keys if self.logged_in else []
        for found in (*self.token.certificates, *there):
            if all(found.get(attribute) == value for attribute, value in wanted.items()):
                yield found


@dataclass
class FakeLibrary:
    slots: list

    def get_slots(self, token_present):
        assert token_present
        return [slot for slot in self.slots if slot.plugged]


def put(token, number, label, der, key=None, **attributes):
    identity = {Attribute.ID: bytes([number]), Attribute.LABEL: label}
    token.certificates.append(
        Missing({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.VALUE: der, **identity})
    )
    if key:
        token.keys.append(
            FakeKey(
                {Attribute.CLASS: ObjectClass.PRIVATE_KEY, **identity, **attributes}, token, key
            )
        )


def spki(key):
    return keys.PublicKeyInfo.load(
        key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def full_token(folder, holder=ENTERPRISE, days=365) -> FakeToken:
    """The four certificates of a real lock; the SM2 key signs by a vendor's mechanism."""
    roots, token = authorities(folder, NOW), FakeToken()
    rsa_key, p256_key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        ec.generate_private_key(ec.SECP256R1()),
    )
    private, public = sm2_keys.generate()
    put(
        token,
        1,
        "ECCASM2",
        roots["sm2"].issue(holder, keys.PublicKeyInfo.load(public), SIGNING, NOW, days),
        sm2_signer(private),
    )
    put(
        token,
        2,
        "ECCARSA1",
        roots["rsa"].issue(holder, spki(rsa_key), SIGNING, NOW, days),
        rsa_signer(rsa_key),
    )
    put(
        token,
        3,
        "ECCARSA2",
        roots["rsa"].issue(holder, spki(rsa_key), ENCRYPTION, NOW, days),
        rsa_signer(rsa_key),
    )
    put(
        token,
        4,
        "ECCP256",
        roots["rsa"].issue(holder, spki(p256_key), SIGNING, NOW, days),
        p256_signer(p256_key),
    )
    return token


@dataclass
class TypingPrompt:
    """A person who types `pin`, or cancels where it is None. `shown`: the questions so far.
    `meanwhile` is called while the window is open.
    """

    pin: str | None = "123456"
    shown: list = field(default_factory=list)
    meanwhile: object = None

    def ready(self):
        return True

    def ask(self, question, gone):
        self.shown.append(question)
        if self.meanwhile:
            self.meanwhile()
        if self.pin is None:
            raise PromptError("prompt_cancelled", "您取消了签名")
        return self.pin


def is_right(certificate_der, message, signature) -> bool:
    """A second opinion on a signature: cryptography, and gmssl-pyx for SM2."""
    key = x509.Certificate.load(certificate_der).public_key
    if (
        key["algorithm"]["algorithm"].native == "ec"
        and key["algorithm"]["parameters"].chosen.native != "secp256r1"
    ):
        return gmssl_pyx.sm2_verify(key["public_key"].native[1:], message, signature)
    public = serialization.load_der_public_key(key.dump())
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    return True
