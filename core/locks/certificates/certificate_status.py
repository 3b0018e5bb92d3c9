"""What a revocation list or an OCSP answer says of one certificate."""

from dataclasses import dataclass
from datetime import datetime

from core.clock import local
from core.locks.certificate_reasons import refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """`known`: there is a fresh word about it.

    `revoked_at`: since when it counts for nothing; `on_hold`: taken back for a time only (挂失).
    """

    known: bool
    revoked_at: datetime | None = None
    on_hold: bool = False

    def judge(self) -> None:
        """Raises CertificateRefused (revocation.*) unless the certificate is known to be good."""
        if self.revoked_at is not None:
            raise refusal(
                "revocation.on_hold" if self.on_hold else "revocation.revoked",
                f"{local(self.revoked_at):%Y-%m-%d}",
            )
        if not self.known:
            raise refusal("revocation.unknown")


UNKNOWN = Standing(known=False)
GOOD = Standing(known=True)
