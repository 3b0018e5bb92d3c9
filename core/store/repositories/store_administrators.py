"""Administrators, their sessions and second factors in the store."""

from collections.abc import Collection
from typing import Any

from core.data.administrator import Administrator, AdministratorSession, Passkey, Totp
from core.store.repositories.store_context import Rows
from core.store.repositories.store_rows import Records
from core.store.tables.desk_tables import (
    administrators,
    passkeys,
    recovery_codes,
    sessions,
    totp_secrets,
)


class AdministratorRows(Records[Administrator]):
    """The administrators in a transaction."""

    table = administrators
    title = "管理员"
    acts = True


class SessionRows(Records[AdministratorSession]):
    """The sessions of administrators in a transaction."""

    table = sessions

    def live(self) -> list[AdministratorSession]:
        """Those that have not run out, the last used first."""
        live = self.query(sessions.c.expires_at > self.now)
        return self.fetch(live.order_by(sessions.c.seen_at.desc()))


class PasskeyRows(Records[Passkey]):
    """The passkeys of administrators in a transaction."""

    table = passkeys

    def of(self, administrator_id: int) -> list[Passkey]:
        """In the order they were added."""
        return self.oldest(administrator_id=administrator_id)

    def add(self, administrator_id: int, passkey: Passkey) -> bool:
        """False where the credential is known already, whosever it is."""
        self.must_be_audited()
        row = self.row(passkey) | {"administrator_id": administrator_id}
        del row["id"]
        return self.put_new(passkeys, row)

    def drop(self, administrator_id: int, passkey_id: int) -> None:
        self.must_be_audited()
        self.remove(id=passkey_id, administrator_id=administrator_id)


class TotpRows(Records[Totp]):
    """The secrets of one-time codes in a transaction."""

    table = totp_secrets


class RecoveryRows(Rows):
    """The recovery codes of administrators in a transaction."""

    def set(self, administrator_id: int, digests: Collection[str]) -> None:
        """These codes in place of all of before."""
        self.must_be_audited()
        self.delete(recovery_codes, recovery_codes.c.administrator_id == administrator_id)
        if digests:
            rows = [{"administrator_id": administrator_id, "sha256": one} for one in digests]
            self.execute(recovery_codes.insert(), rows)

    def use(self, administrator_id: int, sha256: str) -> bool:
        """Mark a code used; False where it does not exist, or was used."""
        its = _unused(administrator_id) & (recovery_codes.c.sha256 == sha256)
        return self.change(recovery_codes, its, used_at=self.now) == 1

    def left(self, administrator_id: int) -> int:
        return self.count_rows(recovery_codes, _unused(administrator_id))


def _unused(administrator_id: int) -> Any:
    its = recovery_codes.c.administrator_id == administrator_id
    return its & recovery_codes.c.used_at.is_(None)
