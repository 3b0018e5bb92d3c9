"""The agent's data on locks (tokens, certificates, the state of a PIN), and the port `Lock` that
every adapter implements.

The only adapter is PKCS#11 (`pkcs11_lock`, run in a child process by `children`). An adapter for
SKF (GM/T 0016, GM3000) would need the same two methods:

- `inventory`: SKF_EnumDev, SKF_EnumApplication, SKF_EnumContainer and SKF_ExportCertificate.
- `sign`: SKF_VerifyPIN, which returns the tries left, and SKF_ECCSignData over e = SM3(Z‖M), which
  returns r‖s.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from agent.agent_errors import LockError


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
"""States in which no PIN opens the token, each with its code of agent_errors.LOCK_ERRORS."""


@dataclass(frozen=True)
class Certificate:
    """A certificate on a token.

    `container` is CKA_ID in hex. Where it is empty, the help page's 主键为空 results.
    """

    der: bytes
    label: str
    container: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the DER bytes in lower-case hex. Pages name a certificate by it."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True)
class Token:
    """One lock that is plugged in."""

    module: str
    label: str
    serial: str
    manufacturer: str
    model: str
    pin: PinState
    certificates: tuple[Certificate, ...]

    def pin_note(self) -> str:
        """The PIN window's note on earlier tries; empty where there is none."""
        return PIN_NOTES[self.pin]


@dataclass(frozen=True)
class Inventory:
    """All tokens that could be read without a PIN. `problems`: of the drivers that failed, by
    their paths; "" where there is no driver or no lock."""

    tokens: tuple[Token, ...] = ()
    problems: Mapping[str, LockError] = field(default_factory=dict)

    def certificates(self) -> list[tuple[Token, Certificate]]:
        """Every certificate, with the token that it is on."""
        return [(token, one) for token in self.tokens for one in token.certificates]

    def names(self) -> frozenset[tuple[str, str]]:
        """The serial of each token and the digest of each certificate on it. Equal for two readings
        of the same locks."""
        certificates = {(token.serial, one.sha256) for token, one in self.certificates()}
        return frozenset(certificates | {(token.serial, "") for token in self.tokens})

    def find(self, certificate_sha256: str) -> tuple[Token, Certificate] | None:
        """The token and certificate of that digest, if it is plugged in."""
        pairs = self.certificates()
        return next((pair for pair in pairs if pair[1].sha256 == certificate_sha256), None)


@dataclass(frozen=True)
class Order:
    """A signature to create. The token's serial is given so that another lock, plugged in
    meanwhile, never gets the PIN."""

    token_serial: str
    certificate_sha256: str
    message: bytes
    pin: str = field(repr=False)


class Lock(Protocol):
    """The port for a lock. An adapter logs in once per call, never tries a PIN twice and stores
    none."""

    def inventory(self) -> Inventory:
        """Read every token again, without PIN. Raises LockError where the only driver fails; one
        of several becomes a problem of the inventory."""

    def sign(self, order: Order) -> bytes:
        """Sign the message: DER for P-256 and SM2 (id 1234567812345678),
        PKCS#1 v1.5 SHA-256 for RSA. Raises LockError."""
