"""The desk that is passed to every use case of administrators' accounts."""

from dataclasses import dataclass
from enum import StrEnum

from core.accounts.password_rules import Passwords
from core.keys.one_time_codes import ClockCodes
from core.keys.passkeys import SitePasskeys
from core.store.store import Steps, Store


class FactorPolicy(StrEnum):
    """Whether administrators have a second factor (config.yaml, `console.second_factor`)."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True)
class SecondFactors:
    """`passkeys`: None where the site's address is no name (an IP address), for which browsers make
    none."""

    policy: FactorPolicy
    codes: ClockCodes
    passkeys: SitePasskeys | None = None


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
