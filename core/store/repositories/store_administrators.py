"""Administrators, their sessions and second factors in the store."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from core.data.administrator import Administrator, AdministratorSession, Passkey, Totp
from core.store.repositories.store_rows import Records, Rows
from core.store.tables.administrator_tables import (
    administrators,
    passkeys,
    recovery_codes,
    sessions,
    totp_secrets,
)


class AdministratorRows(Records[Administrator]):
    """The administrators in a transaction."""

    kind = Administrator
    table = administrators
    title = "管理员"
    acts = True

    def add(self, administrator: Administrator) -> int:
        self.must_be_audited()
        row = self.row(administrator)
        del row["id"]
        added = administrators.insert().returning(administrators.c.id)
        administrator_id: int = self.execute(added, row).scalar_one()
        return administrator_id

    def by_name(self, name: str) -> Administrator | None:
        return self.first(self.query(administrators.c.name == name))

    def all(self) -> list[Administrator]:
        return self.oldest()


class SessionRows(Records[AdministratorSession]):
    """The sessions of administrators in a transaction."""

    kind = AdministratorSession
    table = sessions

    def live(self) -> list[AdministratorSession]:
        """Those that have not run out, the last used first."""
        live = self.query(sessions.c.expires_at > self.now)
        return self.fetch(live.order_by(sessions.c.seen_at.desc()))

    def see(self, token_sha256: str) -> None:
        """A session is used now."""
        self.change(sessions, sessions.c.token_sha256 == token_sha256, seen_at=self.now)

    def set_challenge(self, token_sha256: str, challenge: str) -> None:
        """Store the challenge that a passkey has to sign in this session; "" for none any more."""
        self.change(sessions, sessions.c.token_sha256 == token_sha256, challenge=challenge)

    def end(self, administrator_id: int, token_sha256: str | None = None) -> None:
        """End one session, or all of an administrator."""
        ended = sessions.c.administrator_id == administrator_id
        if token_sha256:
            ended &= sessions.c.token_sha256 == token_sha256
        self.delete(sessions, ended)


class PasskeyRows(Records[Passkey]):
    """The passkeys of administrators in a transaction."""

    kind = Passkey
    table = passkeys

    def of(self, administrator_id: int) -> list[Passkey]:
        """In the order they were added."""
        return self.oldest(passkeys.c.administrator_id == administrator_id)

    def add(self, administrator_id: int, passkey: Passkey) -> bool:
        """False where the credential is known already, whosever it is."""
        self.must_be_audited()
        row = self.row(passkey) | {"administrator_id": administrator_id}
        del row["id"]
        return self.put_new(passkeys, row)

    def use(self, passkey: Passkey) -> None:
        """It was used now, and its counter stands so."""
        its = passkeys.c.id == passkey.id
        self.change(passkeys, its, count=passkey.count, used_at=self.now)

    def drop(self, administrator_id: int, passkey_id: int) -> None:
        self.must_be_audited()
        its = passkeys.c.administrator_id == administrator_id
        self.delete(passkeys, passkeys.c.id == passkey_id, its)


class SecondFactorRows(Rows):
    """One-time codes of administrators in a transaction."""

    def totp(self, administrator_id: int) -> Totp | None:
        query = select(totp_secrets).where(totp_secrets.c.administrator_id == administrator_id)
        row = self.execute(query).first()
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

    def set_recovery(self, administrator_id: int, digests: Collection[str]) -> None:
        """These codes in place of all of before."""
        self.must_be_audited()
        self.delete(recovery_codes, recovery_codes.c.administrator_id == administrator_id)
        if digests:
            rows = [{"administrator_id": administrator_id, "sha256": one} for one in digests]
            self.execute(recovery_codes.insert(), rows)

    def use_recovery(self, administrator_id: int, sha256: str) -> bool:
        """Mark a code used; False where it does not exist, or was used."""
        its = _unused(administrator_id) & (recovery_codes.c.sha256 == sha256)
        return self.change(recovery_codes, its, used_at=self.now) == 1

    def recovery_left(self, administrator_id: int) -> int:
        return self.count_rows(recovery_codes, _unused(administrator_id))


def _unused(administrator_id: int) -> Any:
    its = recovery_codes.c.administrator_id == administrator_id
    return its & recovery_codes.c.used_at.is_(None)
