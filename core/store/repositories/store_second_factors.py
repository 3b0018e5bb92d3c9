"""Second factors of administrators in the store.

The secret of one-time codes is sealed; of a passkey only public parts are known here.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from core.data.authenticator import Passkey, Totp
from core.store.repositories.store_rows import Rows
from core.store.tables.administrator_tables import passkeys, recovery_codes, totp_secrets

TOTP: Final = "totp_secrets.sealed"


class SecondFactorRows(Rows):
    """Second factors in a transaction."""

    def totp(self, administrator_id: int) -> Totp | None:
        row = self.connection.execute(
            select(totp_secrets).where(totp_secrets.c.administrator_id == administrator_id)
        ).first()
        return (
            Totp(
                self.vault.open(row.sealed, TOTP, administrator_id).decode(),
                row.last_step,
                row.confirmed_at,
            )
            if row
            else None
        )

    def save_totp(self, administrator_id: int, totp: Totp) -> None:
        sealed = self.vault.seal(totp.secret.encode(), TOTP, administrator_id)
        values = {"sealed": sealed, "last_step": totp.last_step, "confirmed_at": totp.confirmed_at}
        changed = self.connection.execute(
            totp_secrets.update()
            .where(totp_secrets.c.administrator_id == administrator_id)
            .values(values)
        )
        if not changed.rowcount:
            self.connection.execute(
                totp_secrets.insert().values(administrator_id=administrator_id, **values)
            )

    def drop_totp(self, administrator_id: int) -> None:
        self.connection.execute(
            totp_secrets.delete().where(totp_secrets.c.administrator_id == administrator_id)
        )

    def passkeys(self, administrator_id: int) -> list[Passkey]:
        query = (
            select(passkeys)
            .where(passkeys.c.administrator_id == administrator_id)
            .order_by(passkeys.c.id)
        )
        rows = self.connection.execute(query).mappings()
        return [
            Passkey(**{name: value for name, value in row.items() if name != "administrator_id"})
            for row in rows
        ]

    def add_passkey(self, administrator_id: int, passkey: Passkey) -> bool:
        self.must_be_audited()
        if (
            self.connection.scalar(
                select(passkeys.c.id).where(passkeys.c.credential == passkey.credential)
            )
            is not None
        ):
            return False
        self.connection.execute(
            passkeys.insert().values(
                administrator_id=administrator_id,
                credential=passkey.credential,
                cose=passkey.cose,
                count=passkey.count,
                name=passkey.name,
                made_at=passkey.made_at,
                used_at=passkey.used_at,
            )
        )
        return True

    def save_passkey(self, passkey: Passkey) -> None:
        self.connection.execute(
            passkeys.update()
            .where(passkeys.c.id == passkey.id)
            .values(count=passkey.count, used_at=passkey.used_at)
        )

    def drop_passkey(self, administrator_id: int, passkey_id: int) -> None:
        self.must_be_audited()
        self.connection.execute(
            passkeys.delete().where(
                passkeys.c.id == passkey_id, passkeys.c.administrator_id == administrator_id
            )
        )

    def set_recovery(self, administrator_id: int, digests: Collection[str]) -> None:
        self.must_be_audited()
        self.connection.execute(
            recovery_codes.delete().where(recovery_codes.c.administrator_id == administrator_id)
        )
        if digests:
            self.connection.execute(
                recovery_codes.insert(),
                [{"administrator_id": administrator_id, "sha256": one} for one in digests],
            )

    def use_recovery(self, administrator_id: int, sha256: str, at: datetime) -> bool:
        its = (
            (recovery_codes.c.administrator_id == administrator_id)
            & (recovery_codes.c.sha256 == sha256)
            & recovery_codes.c.used_at.is_(None)
        )
        return (
            self.connection.execute(recovery_codes.update().where(its).values(used_at=at)).rowcount
            == 1
        )

    def recovery_left(self, administrator_id: int) -> int:
        its = (
            recovery_codes.c.administrator_id == administrator_id
        ) & recovery_codes.c.used_at.is_(None)
        return (
            self.connection.scalar(select(func.count()).select_from(recovery_codes).where(its)) or 0
        )
