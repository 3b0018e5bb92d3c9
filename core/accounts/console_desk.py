"""What every use case of administrators' accounts is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.clock import Clock
from core.data.account_ports import AccountsStore, Passwords
from core.data.authenticator import Passkey
from core.data.tries import TryLimits


class FactorPolicy(StrEnum):
    """Whether administrators have a second factor (config.yaml, `console.second_factor`)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class OneTimeCodes(Protocol):
    """One-time codes by the clock."""

    def new_secret(self) -> str:
        """A random secret, base32."""

    def address(self, secret: str, name: str) -> str:
        """The otpauth: address that a QR code shows."""

    def present_step(self, now: datetime) -> int: ...
    def step_of(self, secret: str, code: str, now: datetime, back: int, ahead: int) -> int | None:
        """The newest step from `back` steps ago to `ahead` that has this code;
        None where none has."""


class Passkeys(Protocol):
    """Passkeys of this site. A challenge is base64url text."""

    def creation(self, name: str, user: int, known: Sequence[Passkey], challenge: str) -> str:
        """What a browser needs to make one, as JSON. `known`: those that the person has."""

    def created(self, answer: str, challenge: str) -> Passkey:
        """The passkey of a browser's answer. Raises NotAllowed for one of another site, or for
        another challenge."""

    def request(self, known: Sequence[Passkey], challenge: str) -> str:
        """What a browser needs to use one, as JSON."""

    def used(self, answer: str, known: Sequence[Passkey], challenge: str) -> Passkey:
        """The passkey that answered, with its counter moved on. Raises NotAllowed for an unknown
        one, another site, another challenge."""


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """`passkeys`: None where the site's address is no name (an IP address), for which browsers make
    none."""

    policy: FactorPolicy
    codes: OneTimeCodes
    passkeys: Passkeys | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a login of an administrator lasts, at most and without a use, and how often a
    password may be tried (config.yaml, `web`)."""

    session_hours: float = 10
    idle_minutes: float = 30
    limits: TryLimits = TryLimits()  # noqa: RUF009  a frozen value


@dataclass(frozen=True, slots=True)
class ConsoleDesk:
    """`factors`: None where administrators have no second factor."""

    store: AccountsStore
    passwords: Passwords
    clock: Clock
    rules: Rules = Rules()
    factors: SecondFactors | None = None
