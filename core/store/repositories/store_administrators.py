"""Administrators and their sessions in the store."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select

from core.data.administrator import Administrator, AdministratorSession
from core.data.roles import Role
from core.store.repositories.store_rows import Rows
from core.store.rows import only
from core.store.tables.administrator_tables import administrators, sessions


class AdministratorRows(Rows):
    """The administrators in a transaction."""

    def add(self, administrator: Administrator) -> int:
        self.must_be_audited()
        values = _columns(administrator)
        del values["id"]
        added: int = self.connection.scalars(
            administrators.insert().values(values).returning(administrators.c.id)
        ).one()
        return added

    def by_name(self, name: str) -> Administrator | None:
        row = (
            self.connection.execute(select(administrators).where(administrators.c.name == name))
            .mappings()
            .first()
        )
        return _administrator(row) if row else None

    def get(self, administrator_id: int) -> Administrator:
        row = (
            self.connection.execute(
                select(administrators).where(administrators.c.id == administrator_id)
            )
            .mappings()
            .first()
        )
        return _administrator(only(row, "管理员", administrator_id))

    def all(self) -> list[Administrator]:
        return [
            _administrator(row)
            for row in self.connection.execute(
                select(administrators).order_by(administrators.c.id)
            ).mappings()
        ]

    def save(self, administrator: Administrator) -> None:
        self.must_be_audited()
        values = _columns(administrator)
        self.connection.execute(
            administrators.update().where(administrators.c.id == values.pop("id")).values(values)
        )

    def add_session(self, session: AdministratorSession) -> None:
        self.connection.execute(sessions.insert().values(asdict(session)))

    def session(self, token_sha256: str) -> AdministratorSession | None:
        row = (
            self.connection.execute(select(sessions).where(sessions.c.token_sha256 == token_sha256))
            .mappings()
            .first()
        )
        return AdministratorSession(**row) if row else None

    def sessions(self, now: datetime) -> list[AdministratorSession]:
        query = (
            select(sessions).where(sessions.c.expires_at > now).order_by(sessions.c.seen_at.desc())
        )
        return [AdministratorSession(**row) for row in self.connection.execute(query).mappings()]

    def see_session(self, token_sha256: str, at: datetime) -> None:
        self.connection.execute(
            sessions.update().where(sessions.c.token_sha256 == token_sha256).values(seen_at=at)
        )

    def set_challenge(self, token_sha256: str, challenge: str) -> None:
        self.connection.execute(
            sessions.update()
            .where(sessions.c.token_sha256 == token_sha256)
            .values(challenge=challenge)
        )

    def end_sessions(self, administrator_id: int, token_sha256: str | None = None) -> None:
        ended = sessions.c.administrator_id == administrator_id
        if token_sha256:
            ended &= sessions.c.token_sha256 == token_sha256
        self.connection.execute(sessions.delete().where(ended))


def _administrator(row: RowMapping) -> Administrator:
    return Administrator(**{**row, "roles": frozenset(map(Role, row["roles"].split()))})


def _columns(administrator: Administrator) -> dict[str, Any]:
    return asdict(administrator) | {
        "roles": " ".join(role for role in Role if role in administrator.roles)
    }
