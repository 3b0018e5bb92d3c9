"""A lock behind a PKCS#11 module: reads it without PIN, logs in once, signs once.

Refuses to log in where the token says that its PIN is locked or not set, and where the named token
or certificate is not there: a PIN is shown only to the lock it was typed for. A wrong PIN is
reported with what the token's flags say of the tries left (PKCS#11 v2.40, 4.4 and 5.6).

SM2 has no mechanism in PKCS#11. A module of a real SM2 lock brings its vendor's own number (`sm2`
in agent.toml; it takes e = SM3(Z‖M) and gives r‖s). `sm2 = "libcrypto"` is for the software lock
alone: the key is read after login and used by libcrypto.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag
from pkcs11 import exceptions as raised

from agent.agent_errors import LockError
from agent.certificate_text import Reading, read_signing
from agent.lock import (
    NEVER_WORKING,
    Certificate,
    Inventory,
    Order,
    PinState,
    Token,
)
from lock_protocol.public_keys import BadKey, read_key
from lock_protocol.signatures import SystemSignatures
from lock_protocol.sm2 import Sm2Engine, Sm2Unavailable, digest_to_sign

SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
FLAG_STATES = (
    (TokenFlag.USER_PIN_LOCKED, PinState.LOCKED),
    (TokenFlag.USER_PIN_FINAL_TRY, PinState.FINAL_TRY),
    (TokenFlag.USER_PIN_COUNT_LOW, PinState.COUNT_LOW),
)
CODES: dict[type[Exception], str] = {  # of errors for which people get a remedy
    raised.PinLocked: "pin_locked",
    raised.PinIncorrect: "pin_wrong",
    raised.PinLenRange: "pin_length",
    raised.PinInvalid: "pin_length",
    raised.PinExpired: "pin_expired",
    raised.UserPinNotInitialized: "pin_not_set",
    raised.DeviceRemoved: "token_removed",
    raised.TokenNotPresent: "token_removed",
    raised.TokenNotRecognised: "token_removed",
    raised.SlotIDInvalid: "token_removed",
    raised.SessionHandleInvalid: "token_removed",
    raised.SessionClosed: "token_removed",
    raised.DeviceError: "token_removed",
    raised.ObjectHandleInvalid: "token_removed",
    raised.KeyHandleInvalid: "token_removed",
    raised.MechanismInvalid: "unsupported_key",
    raised.FunctionNotSupported: "unsupported_key",
    raised.KeyTypeInconsistent: "unsupported_key",
    raised.KeySizeRange: "unsupported_key",
}


@dataclass(frozen=True)
class Module:
    """One driver: its file, what it needs in its environment, and how SM2 is done with it ("" not
    at all, "libcrypto", or a mechanism's number)."""

    path: str
    environment: tuple[tuple[str, str], ...] = ()
    sm2: str = ""


@dataclass(frozen=True)
class Pkcs11Lock:
    """All tokens of one module.

    Use it for one request only: drivers notice a token that was plugged in again only when they
    are opened anew (see `children`).
    """

    module: Module
    open: Callable[[str], Any] = pkcs11.lib

    def inventory(self) -> Inventory:
        with broken_driver():
            return Inventory(tuple(map(self._described, self._tokens())))

    def sign(self, order: Order) -> bytes:
        try:
            token = self._token(order.token_serial)
            found = Inventory((self._described(token),)).find(order.certificate_sha256)
            if found is None:
                raise LockError("certificate_missing")
            reading = read_signing(found[1].der)
            with logged_in(token, order.pin) as session:
                signature = self._signature(session, found[1], reading, order)
        except raised.PKCS11Error as error:
            if code := CODES.get(type(error)):
                raise LockError(code) from error
            raise LockError("token_error", type(error).__name__) from error
        return checked_signature(reading, order.message, signature)

    def _described(self, token: Any) -> Token:
        with token.open() as session:
            certificates = tuple(
                sorted(
                    certificates_in(session), key=lambda one: (one.container, one.label, one.der)
                )
            )
        return Token(
            module=self.module.path,
            label=token.label,
            serial=serial_of(token),
            manufacturer=token.manufacturer_id,
            model=token.model,
            pin=pin_state(token),
            certificates=certificates,
        )

    def _token(self, serial: str) -> Any:
        with broken_driver():
            present = list(self._tokens())
        for token in present:
            if serial_of(token) == serial:
                return token
        raise LockError("token_absent")

    def _tokens(self) -> Iterator[Any]:
        """Initialised tokens; SoftHSM always lists one more that is empty.

        A token that is removed while it is read is left out.
        """
        for slot in self.open(self.module.path).get_slots(token_present=True):
            try:
                token = slot.get_token()
            except (raised.TokenNotPresent, raised.TokenNotRecognised, raised.DeviceRemoved):
                continue
            if token.flags & TokenFlag.TOKEN_INITIALIZED:
                yield token

    def _signature(
        self, session: Any, certificate: Certificate, reading: Reading, order: Order
    ) -> bytes:
        key = private_key(session, certificate)
        if reading.key_type == "SM2" and self.module.sm2 == "libcrypto":
            digest = digest_to_sign(reading.spki, order.message)
            return software_signature(bytes(key[Attribute.VALUE]), digest)
        data, mechanism = self._to_sign(session, reading, order.message)
        again = {"pin": order.pin} if optional(key, Attribute.ALWAYS_AUTHENTICATE) else {}
        return bytes(key.sign(data, mechanism=mechanism, **again))

    def _to_sign(self, session: Any, reading: Reading, message: bytes) -> tuple[bytes, Any]:
        """The bytes for the token, and the mechanism: PKCS#1 v1.5 with SHA-256 (old locks know only
        the bare mechanism and get the DigestInfo ready made), ECDSA, or the vendor's SM2."""
        digest = hashlib.sha256(message).digest()
        if reading.key_type.startswith("RSA-"):
            if Mechanism.SHA256_RSA_PKCS in session.token.slot.get_mechanisms():
                return message, Mechanism.SHA256_RSA_PKCS
            return SHA256_DIGEST_INFO + digest, Mechanism.RSA_PKCS
        if reading.key_type == "P-256":
            return digest, Mechanism.ECDSA
        if reading.key_type != "SM2":
            raise LockError("unsupported_key", reading.key_type)
        if not self.module.sm2:
            raise LockError("unsupported_key", "此驱动的SM2签名机制未在 agent.toml 中登记")
        return digest_to_sign(reading.spki, message), vendor_mechanism(int(self.module.sm2, 0))


def checked_signature(reading: Reading, message: bytes, signature: bytes) -> bytes:
    """The signature in strict DER (RSA as it is), once it was found to be the certificate's own, so
    that a page never gets one that the desk would refuse. Raises LockError."""
    try:
        curve = read_key(reading.spki).curve
        form = curve.normalised(signature) if curve else signature
        if form and SystemSignatures().verify(reading.spki, form, message):
            return form
    except (BadKey, Sm2Unavailable) as error:
        raise LockError("unsupported_key", str(error)) from error
    raise LockError("signature_wrong")


def software_signature(private_key: bytes, digest: bytes) -> bytes:
    """SM2 by libcrypto with a key that the token gave out."""
    try:
        return Sm2Engine.load().sign(private_key, digest)
    except (Sm2Unavailable, ValueError) as error:
        raise LockError("unsupported_key", str(error)) from error


@contextmanager
def broken_driver() -> Iterator[None]:
    """Raises LockError for what a driver raises while it lists its tokens."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        raise LockError("module_broken", type(error).__name__) from error


def serial_of(token: Any) -> str:
    return bytes(token.serial).decode("ascii", "replace").strip()


def pin_state(token: Any) -> PinState:
    if not token.flags & TokenFlag.USER_PIN_INITIALIZED:
        return PinState.NOT_SET
    return next((state for flag, state in FLAG_STATES if token.flags & flag), PinState.OK)


def certificates_in(session: Any) -> Iterator[Certificate]:
    """Every certificate object that is readable without PIN."""
    for found in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        der = optional(found, Attribute.VALUE)
        if der:
            yield Certificate(
                bytes(der),
                str(optional(found, Attribute.LABEL) or ""),
                bytes(optional(found, Attribute.ID) or b"").hex(),
            )


def optional(found: Any, attribute: Attribute) -> Any:
    """An attribute, or None where the token does not have it or keeps it to itself."""
    try:
        return found[attribute]
    except (
        raised.AttributeTypeInvalid,
        raised.AttributeSensitive,
        raised.AttributeValueInvalid,
        raised.FunctionFailed,
    ):
        return None


def logged_in(token: Any, pin: str) -> Any:
    """The session of one login, and never a second one with the same PIN.

    Raises LockError with the tries left by the token's flags.
    """
    state = pin_state(token)
    if state in NEVER_WORKING:
        raise LockError(NEVER_WORKING[state])
    try:
        return token.open(user_pin=pin)
    except raised.PinIncorrect as error:
        raise LockError(after_wrong_pin(token)) from error


def after_wrong_pin(token: Any) -> str:
    """The flags change with the wrong PIN: read them again."""
    try:
        state = pin_state(token.slot.get_token())
    except raised.PKCS11Error:
        return "pin_wrong"
    return {PinState.LOCKED: "pin_locked", PinState.FINAL_TRY: "pin_final_try"}.get(
        state, "pin_wrong"
    )


def private_key(session: Any, certificate: Certificate) -> Any:
    """The key of the certificate's container, by CKA_ID;
    by label where the driver leaves the id empty."""
    wanted = (
        {Attribute.ID: bytes.fromhex(certificate.container)}
        if certificate.container
        else {Attribute.LABEL: certificate.label}
    )
    found = [
        key
        for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **wanted})
        if hasattr(key, "sign")
    ]
    if not found:
        raise LockError("key_missing")
    return found[0]


def vendor_mechanism(number: int) -> Any:
    """A mechanism that only its vendor knows. python-pkcs11 takes members of its own enumeration
    only, so this makes one that it never listed."""
    member = int.__new__(Mechanism, number)
    member._name_ = f"VENDOR_{number:#x}"
    member._value_ = number
    return member
