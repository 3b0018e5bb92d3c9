"""Logins at trading systems in the store: subjects, logins, codes, tokens, and the keys that sign;
and the end of sessions, which ends all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.sql.dml import ReturningDelete

from core.data.signing_keys import SigningKey
from core.data.trading_systems import AccessToken, LoginCode, SystemLogin
from core.store.repositories.store_events import add_logouts, subject_of
from core.store.repositories.store_rows import Rows
from core.store.tables.login_tables import enterprise_sessions
from core.store.tables.system_tables import (
    signing_keys,
    subjects,
    system_codes,
    system_logins,
    system_tokens,
)

_PRIVATE: Final = "signing_keys.sealed"
CODES_KNOWN: Final = timedelta(hours=1)
"""So long a code that comes a second time is noticed."""
ENDED: Final = enterprise_sessions.delete().returning(enterprise_sessions.c.token_sha256)


class SystemRows(Rows):
    """The logins at trading systems in a transaction."""

    def subject(self, enterprise_id: int) -> str:
        return subject_of(self, enterprise_id)

    def by_subject(self, subject: str) -> int | None:
        return self.connection.scalar(
            select(subjects.c.enterprise_id).where(subjects.c.subject == subject)
        )

    def login(self, sid: str) -> SystemLogin | None:
        return self._login(system_logins.c.sid == sid)

    def enter(self, login: SystemLogin) -> SystemLogin:
        same = (system_logins.c.session_sha256 == login.session_sha256) & (
            system_logins.c.system_id == login.system_id
        )
        if known := self._login(same):
            return known
        self.connection.execute(system_logins.insert().values(asdict(login)))
        return login

    def leave(self, sid: str) -> None:
        _forget(self, system_logins.c.sid == sid)

    def add_code(self, code: LoginCode) -> None:
        self.connection.execute(system_codes.insert().values(asdict(code)))

    def code(self, code_sha256: str) -> LoginCode | None:
        row = (
            self.connection.execute(
                select(system_codes).where(system_codes.c.code_sha256 == code_sha256)
            )
            .mappings()
            .first()
        )
        return LoginCode(**row) if row else None

    def use_code(self, code_sha256: str, at: datetime) -> bool:
        unused = (system_codes.c.code_sha256 == code_sha256) & system_codes.c.used_at.is_(None)
        return (
            self.connection.execute(system_codes.update().where(unused).values(used_at=at)).rowcount
            == 1
        )

    def add_token(self, token: AccessToken) -> None:
        self.connection.execute(system_tokens.insert().values(asdict(token)))

    def token(self, token_sha256: str) -> AccessToken | None:
        row = (
            self.connection.execute(
                select(system_tokens).where(system_tokens.c.token_sha256 == token_sha256)
            )
            .mappings()
            .first()
        )
        return AccessToken(**row) if row else None

    def drop_old(self, now: datetime) -> None:
        self.connection.execute(system_tokens.delete().where(system_tokens.c.expires_at <= now))
        self.connection.execute(
            system_codes.delete().where(system_codes.c.expires_at <= now - CODES_KNOWN)
        )
        _forget(
            self, system_logins.c.session_sha256.not_in(select(enterprise_sessions.c.token_sha256))
        )

    def _login(self, which: ColumnElement[bool]) -> SystemLogin | None:
        row = self.connection.execute(select(system_logins).where(which)).mappings().first()
        return SystemLogin(**row) if row else None


class KeyRows(Rows):
    """The signing keys in a transaction."""

    def all(self) -> list[SigningKey]:
        rows = self.connection.execute(
            select(signing_keys).order_by(signing_keys.c.made_at, signing_keys.c.kid)
        ).mappings()
        return [
            SigningKey(
                row["kid"],
                self.vault.open(row["sealed"], _PRIVATE, row["kid"]).decode(),
                row["made_at"],
            )
            for row in rows
        ]

    def add(self, key: SigningKey) -> None:
        self.must_be_audited()
        sealed = self.vault.seal(key.private.encode(), _PRIVATE, key.kid)
        self.connection.execute(
            signing_keys.insert().values(kid=key.kid, made_at=key.made_at, sealed=sealed)
        )

    def drop(self, kid: str) -> None:
        self.must_be_audited()
        self.connection.execute(signing_keys.delete().where(signing_keys.c.kid == kid))


def end_sessions(
    rows: Rows, ending: ReturningDelete[tuple[str]], values: Mapping[str, Any]
) -> None:
    """Delete sessions of enterprises, with their logins at trading systems, which are to be told of
    it. `ending`: a statement built on ENDED."""
    forget_sessions(rows, rows.connection.scalars(ending, values).all())


def forget_sessions(rows: Rows, ended: Sequence[str]) -> None:
    """What belongs to sessions that were deleted just now, by the digests of their tokens."""
    if not ended:
        return
    its = system_logins.c.session_sha256.in_(ended)
    add_logouts(rows, rows.connection.execute(select(system_logins).where(its)).mappings().all())
    _forget(rows, its)


def _forget(rows: Rows, which: ColumnElement[bool]) -> None:
    sids = select(system_logins.c.sid).where(which)
    for table in (system_codes, system_tokens):
        rows.connection.execute(table.delete().where(table.c.sid.in_(sids)))
    rows.connection.execute(system_logins.delete().where(which))
