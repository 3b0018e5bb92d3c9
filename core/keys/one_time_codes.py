"""One-time codes by the clock (RFC 6238: SHA-1, 6 digits, 30 s, which is what every
authenticator app knows), by pyotp."""

import hmac
from datetime import datetime

import pyotp

STEP_S = 30
SKEW_STEPS = 1
"""Steps that a telephone's clock may be off."""


class ClockCodes:
    """Codes that an authenticator app shows under the name of this desk."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def address(self, secret: str, name: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=self._issuer)

    def present_step(self, now: datetime) -> int:
        return int(now.timestamp()) // STEP_S

    def step_of(self, secret: str, code: str, now: datetime, back: int) -> int | None:
        """The newest step with this code, from `back` steps ago to SKEW_STEPS ahead."""
        present, codes = self.present_step(now), pyotp.TOTP(secret)
        steps = range(present + SKEW_STEPS, present - back - 1, -1)
        return next(
            (
                step
                for step in steps
                if hmac.compare_digest(codes.at(step * STEP_S).encode(), code.encode())
            ),
            None,
        )
