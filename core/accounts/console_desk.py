"""The desk that is passed to every use case of administrators' accounts."""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.accounts.password_rules import Passwords
from core.keys.one_time_codes import ClockCodes
from core.store.store import Steps, Store


class FactorPolicy(StrEnum):
    """Whether administrators have a second factor (config.yaml, `console.second_factor`)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True)
class PasskeySite:
    """The site that passkeys are created for."""

    base_url: str
    name: str

    def has_passkeys(self) -> bool:
        """Whether browsers create passkeys for the address: a name over HTTPS, or localhost; never
        an IP address."""
        parts = urlsplit(self.base_url)
        with suppress(ValueError):
            ip_address(parts.hostname or "")
            return False
        return parts.scheme == "https" or parts.hostname == "localhost"


@dataclass(frozen=True)
class SecondFactors:
    """What a login of an administrator has beside the password."""

    policy: FactorPolicy
    codes: ClockCodes
    site: PasskeySite


@dataclass(frozen=True)
class Rules:
    """How long a login of an administrator lasts, at most and without a use, and how many wrong
    passwords in a row lock it for their source (config.yaml, `web`)."""

    session_hours: float = 10
    idle_minutes: float = 30
    tries: int = 5


@dataclass(frozen=True)
class ConsoleDesk(Steps):
    """`factors`: None where administrators have no second factor."""

    store: Store
    passwords: Passwords
    rules: Rules = Rules()
    factors: SecondFactors | None = None
