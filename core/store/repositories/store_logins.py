"""Challenges, sessions and refused certificates of enterprises in the store."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from core.data.account_ports import RefusedCertificate
from core.locks.challenge import EnterpriseSession
from core.store.repositories.store_rows import Rows
from core.store.repositories.store_systems import ENDED, end_sessions
from core.store.tables.lock_tables import bindings, refused_certificates
from core.store.tables.login_tables import enterprise_sessions, used_challenges

_SUBJECT = "refused_certificates.sealed"
_END_ALL = ENDED.where(enterprise_sessions.c.enterprise_id == bindparam("enterprise"))
_END_THIS = _END_ALL.where(enterprise_sessions.c.token_sha256 == bindparam("token"))


class LoginRows(Rows):
    """The logins of enterprises in a transaction."""

    def use_challenge(self, nonce_sha256: str, expires_at: datetime) -> bool:
        insert = (
            postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        )
        noted = insert(used_challenges).values(nonce_sha256=nonce_sha256, expires_at=expires_at)
        fresh = noted.on_conflict_do_nothing(index_elements=["nonce_sha256"]).returning(
            used_challenges.c.nonce_sha256
        )
        return self.connection.scalar(fresh) is not None

    def drop_challenges(self, expired_before: datetime) -> None:
        self.connection.execute(
            used_challenges.delete().where(used_challenges.c.expires_at < expired_before)
        )

    def add_session(self, session: EnterpriseSession) -> None:
        self.connection.execute(enterprise_sessions.insert().values(asdict(session)))

    def session(self, token_sha256: str) -> EnterpriseSession | None:
        query = select(enterprise_sessions).where(
            enterprise_sessions.c.token_sha256 == token_sha256
        )
        row = self.connection.execute(query).mappings().first()
        if row is None or (row["binding_id"] and not self._is_active(row["binding_id"])):
            return None
        return EnterpriseSession(**row)

    def end_sessions(self, enterprise_id: int, token_sha256: str | None = None) -> None:
        end_sessions(
            self,
            _END_THIS if token_sha256 else _END_ALL,
            {"enterprise": enterprise_id, "token": token_sha256},
        )

    def _is_active(self, binding_id: int) -> bool:
        query = select(bindings.c.id).where(
            bindings.c.id == binding_id, bindings.c.ended_at.is_(None), bindings.c.lost_at.is_(None)
        )
        return self.connection.scalar(query) is not None


class RefusedCertificateRows(Rows):
    """The refused certificates in a transaction."""

    def add(self, at: datetime, sha256: str, reason: str, subject: str) -> None:
        again = refused_certificates.update().where(refused_certificates.c.sha256 == sha256)
        values = {"reason": reason, "at": at, "times": refused_certificates.c.times + 1}
        if self.connection.execute(again.values(values)).rowcount == 0:
            sealed = self.vault.seal(subject.encode(), _SUBJECT, sha256)
            self.connection.execute(
                refused_certificates.insert().values(
                    sha256=sha256, reason=reason, at=at, times=1, sealed=sealed
                )
            )

    def newest(self, limit: int = 100) -> list[RefusedCertificate]:
        rows = self.connection.execute(
            select(refused_certificates).order_by(refused_certificates.c.at.desc()).limit(limit)
        ).mappings()
        subjects = (
            (row, self.vault.open(row["sealed"], _SUBJECT, row["sha256"]).decode()) for row in rows
        )
        return [
            RefusedCertificate(row["sha256"], row["reason"], subject, row["at"], row["times"])
            for row, subject in subjects
        ]

    def drop(self, shown_before: datetime | None, keep: int) -> None:
        at = refused_certificates.c.at
        newest_too_many = select(at).order_by(at.desc()).offset(keep).limit(1).scalar_subquery()
        over = at <= newest_too_many
        self.connection.execute(
            refused_certificates.delete().where(
                over | (at < shown_before) if shown_before else over
            )
        )
