"""What the agent knows of locks: tokens, certificates, the state of a PIN,
and the port `Lock` that every adapter fills.

PKCS#11 is the adapter here (`pkcs11_lock`, kept in a child process by `children`). A lock that
speaks SKF (GM/T 0016, GM3000) can be a second one: it needs exactly these three acts. In SKF words:
inventory is SKF_EnumDev, SKF_EnumApplication, SKF_EnumContainer and SKF_ExportCertificate; sign is
SKF_VerifyPIN (which gives the tries left: `Token.tries_left`) and SKF_ECCSignData over e =
SM3(Z‖M), r‖s out; containers are SKF containers.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class PinState(StrEnum):
    """The state of the PIN by the token's flags (CKF_USER_PIN_*)."""

    OK = "ok"
    COUNT_LOW = "count_low"  # a wrong PIN was entered since the last right one
    FINAL_TRY = "final_try"  # one more wrong PIN locks the token
    LOCKED = "locked"
    NOT_SET = "not_set"


PIN_NOTES = {
    PinState.OK: "",
    PinState.COUNT_LOW: "上一次输入的PIN码不正确，请仔细核对。连续输错会锁死CA锁。",
    PinState.FINAL_TRY: "还可以输入 1 次：再输错，CA锁就会锁死。",
    PinState.LOCKED: "PIN码已锁死，请到发锁机构解锁。",
    PinState.NOT_SET: "还没有设置PIN码。",
}
NEVER_WORKING = {PinState.LOCKED: "pin_locked", PinState.NOT_SET: "pin_not_set"}
"""No PIN opens the token then: the code of errors.LOCK_ERRORS."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it lies on a token.

    `container` is CKA_ID in hex: empty is the 主键为空 of the help page.
    """

    der: bytes
    label: str
    container: str

    @property
    def sha256(self) -> str:
        """The name by which a page asks for it: SHA-256 of the DER bytes, lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """One lock that is plugged in.

    `tries_left` is None where the token does not say (PKCS#11 never gives a number).
    """

    module: str
    label: str
    serial: str
    manufacturer: str
    model: str
    pin: PinState
    certificates: tuple[Certificate, ...]
    tries_left: int | None = None

    def pin_note(self) -> str:
        """What the PIN window has to say of earlier tries; empty where there is nothing to say."""
        if self.tries_left is not None and self.pin in {PinState.OK, PinState.COUNT_LOW}:
            return (
                ""
                if self.pin is PinState.OK
                else f"{PIN_NOTES[self.pin]}还可以输入 {self.tries_left} 次。"
            )
        return PIN_NOTES[self.pin]


@dataclass(frozen=True, slots=True)
class ModuleProblem:
    """A driver that gave no answer: `code` is one of errors.LOCK_ERRORS."""

    module: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that could be read without a PIN, and the drivers that gave no answer."""

    tokens: tuple[Token, ...] = ()
    problems: tuple[ModuleProblem, ...] = ()

    def names(self) -> frozenset[tuple[str, str]]:
        """Every token and certificate by name: two readings of the same locks give the same."""
        certificates = {
            (token.serial, certificate.sha256)
            for token in self.tokens
            for certificate in token.certificates
        }
        return frozenset(certificates | {(token.serial, "") for token in self.tokens})

    def find(self, certificate_sha256: str) -> tuple[Token, Certificate] | None:
        """The token and certificate of that digest, if it is plugged in."""
        pairs = (
            (token, certificate) for token in self.tokens for certificate in token.certificates
        )
        return next((pair for pair in pairs if pair[1].sha256 == certificate_sha256), None)


@dataclass(frozen=True, slots=True)
class ContainerTrial:
    """Whether one certificate's key really signs.

    `code` is empty when it does, else one of errors.LOCK_ERRORS.
    """

    label: str
    certificate_sha256: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One signature to make: the token is named by serial so that a PIN is never shown to another
    lock plugged in meanwhile."""

    token_serial: str
    certificate_sha256: str
    message: bytes
    pin: str = field(repr=False)


class Lock(Protocol):
    """What an adapter does. It logs in once per call, never tries a PIN twice and keeps none."""

    def inventory(self) -> Inventory:
        """Read every token again, without PIN.

        Never raises for a broken driver: that is a ModuleProblem.
        """

    def sign(self, order: Order) -> bytes:
        """Sign the message: DER for P-256 and SM2 (id 1234567812345678),
        PKCS#1 v1.5 SHA-256 for RSA. Raises LockError."""

    def try_containers(self, token_serial: str, pin: str) -> tuple[ContainerTrial, ...]:
        """Log in once and let every signing key sign a text that is no challenge.

        Raises LockError when the login fails.
        """
