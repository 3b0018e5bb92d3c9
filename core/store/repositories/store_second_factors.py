"""Second factors of administrators in the store: the secrets of one-time codes stand sealed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.data.administrator import Passkey, Totp
from core.store.repositories.store_rows import Context, Records, Rows
from core.store.tables.administrator_tables import passkeys, recovery_codes, totp_secrets


class _Passkeys(Records[Passkey]):
    kind = Passkey
    table = passkeys


class SecondFactorRows(Rows):
    """Second factors in a transaction."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._passkeys = _Passkeys(context)

    def totp(self, administrator_id: int) -> Totp | None:
        query = select(totp_secrets).where(totp_secrets.c.administrator_id == administrator_id)
        row = self.connection.execute(query).first()
        if row is None:
            return None
        secret = self.open(totp_secrets.c.secret, row.secret, administrator_id).decode()
        return Totp(secret, row.last_step, row.confirmed_at)

    def save_totp(self, administrator_id: int, totp: Totp) -> None:
        row = {
            "administrator_id": administrator_id,
            "secret": self.seal(totp_secrets.c.secret, totp.secret.encode(), administrator_id),
            "last_step": totp.last_step,
            "confirmed_at": totp.confirmed_at,
        }
        self.put(totp_secrets, row)

    def drop_totp(self, administrator_id: int) -> None:
        its = totp_secrets.c.administrator_id == administrator_id
        self.connection.execute(totp_secrets.delete().where(its))

    def passkeys(self, administrator_id: int) -> list[Passkey]:
        """In the order they were added."""
        its = self._passkeys.query(passkeys.c.administrator_id == administrator_id)
        return self._passkeys.fetch(its.order_by(passkeys.c.id))

    def add_passkey(self, administrator_id: int, passkey: Passkey) -> bool:
        """False where the credential is known already, whosever it is."""
        self.must_be_audited()
        row = self._passkeys.row(passkey) | {"administrator_id": administrator_id}
        del row["id"]
        return self.put_new(passkeys, row)

    def save_passkey(self, passkey: Passkey) -> None:
        """Its counter and its last use."""
        its = passkeys.update().where(passkeys.c.id == passkey.id)
        self.connection.execute(its.values(count=passkey.count, used_at=passkey.used_at))

    def drop_passkey(self, administrator_id: int, passkey_id: int) -> None:
        self.must_be_audited()
        its = (passkeys.c.id == passkey_id) & (passkeys.c.administrator_id == administrator_id)
        self.connection.execute(passkeys.delete().where(its))

    def set_recovery(self, administrator_id: int, digests: Collection[str]) -> None:
        """These codes in place of all of before."""
        self.must_be_audited()
        its = recovery_codes.c.administrator_id == administrator_id
        self.connection.execute(recovery_codes.delete().where(its))
        if digests:
            rows = [{"administrator_id": administrator_id, "sha256": one} for one in digests]
            self.connection.execute(recovery_codes.insert(), rows)

    def use_recovery(self, administrator_id: int, sha256: str, at: datetime) -> bool:
        """Mark a code used; False where it does not exist, or was used."""
        its = _unused(administrator_id) & (recovery_codes.c.sha256 == sha256)
        used = recovery_codes.update().where(its).values(used_at=at)
        return self.connection.execute(used).rowcount == 1

    def recovery_left(self, administrator_id: int) -> int:
        query = select(func.count()).select_from(recovery_codes).where(_unused(administrator_id))
        return self.connection.scalar(query) or 0


def _unused(administrator_id: int) -> Any:
    its = recovery_codes.c.administrator_id == administrator_id
    return its & recovery_codes.c.used_at.is_(None)
