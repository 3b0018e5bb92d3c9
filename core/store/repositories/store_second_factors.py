"""Second factors of administrators in the store: the secrets of one-time codes stand sealed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

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
        self.delete(totp_secrets, totp_secrets.c.administrator_id == administrator_id)

    def passkeys(self, administrator_id: int) -> list[Passkey]:
        """In the order they were added."""
        return self._passkeys.oldest(passkeys.c.administrator_id == administrator_id)

    def add_passkey(self, administrator_id: int, passkey: Passkey) -> bool:
        """False where the credential is known already, whosever it is."""
        self.must_be_audited()
        row = self._passkeys.row(passkey) | {"administrator_id": administrator_id}
        del row["id"]
        return self.put_new(passkeys, row)

    def save_passkey(self, passkey: Passkey) -> None:
        """Its counter and its last use."""
        used = {"count": passkey.count, "used_at": passkey.used_at}
        self.change(passkeys, passkeys.c.id == passkey.id, **used)

    def drop_passkey(self, administrator_id: int, passkey_id: int) -> None:
        self.must_be_audited()
        its = passkeys.c.administrator_id == administrator_id
        self.delete(passkeys, passkeys.c.id == passkey_id, its)

    def set_recovery(self, administrator_id: int, digests: Collection[str]) -> None:
        """These codes in place of all of before."""
        self.must_be_audited()
        self.delete(recovery_codes, recovery_codes.c.administrator_id == administrator_id)
        if digests:
            rows = [{"administrator_id": administrator_id, "sha256": one} for one in digests]
            self.connection.execute(recovery_codes.insert(), rows)

    def use_recovery(self, administrator_id: int, sha256: str, at: datetime) -> bool:
        """Mark a code used; False where it does not exist, or was used."""
        its = _unused(administrator_id) & (recovery_codes.c.sha256 == sha256)
        return self.change(recovery_codes, its, used_at=at) == 1

    def recovery_left(self, administrator_id: int) -> int:
        return self.count_rows(recovery_codes, _unused(administrator_id))


def _unused(administrator_id: int) -> Any:
    its = recovery_codes.c.administrator_id == administrator_id
    return its & recovery_codes.c.used_at.is_(None)
