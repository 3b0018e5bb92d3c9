"""Challenges, sessions and refused certificates of enterprises in the store."""

from datetime import datetime

from sqlalchemy import select

from core.locks.challenge import EnterpriseSession
from core.locks.lock_certificate import RefusedCertificate
from core.store.repositories.store_rows import Records
from core.store.repositories.store_systems import END_SESSIONS, end_sessions
from core.store.tables.lock_tables import bindings, refused_certificates
from core.store.tables.login_tables import enterprise_sessions, used_challenges


class LoginRows(Records[EnterpriseSession]):
    """The logins of enterprises in a transaction."""

    kind = EnterpriseSession
    table = enterprise_sessions

    def use_challenge(self, nonce_sha256: str, expires_at: datetime) -> bool:
        """Note a challenge as used; False when it already was (one use, also under a race)."""
        row = {"nonce_sha256": nonce_sha256, "expires_at": expires_at}
        return self.put_new(used_challenges, row)

    def drop_challenges(self, expired_before: datetime) -> None:
        """Forget used challenges that have expired: they are refused by their time now."""
        self.delete(used_challenges, used_challenges.c.expires_at < expired_before)

    def add_session(self, session: EnterpriseSession) -> None:
        self.insert(session)

    def session(self, token_sha256: str) -> EnterpriseSession | None:
        """A session; None also when the binding of its lock has ended or the lock is lost."""
        live = bindings.c.ended_at.is_(None) & bindings.c.lost_at.is_(None)
        by_password = enterprise_sessions.c.binding_id.is_(None)
        by_lock = enterprise_sessions.c.binding_id.in_(select(bindings.c.id).where(live))
        its = enterprise_sessions.c.token_sha256 == token_sha256
        return self.first(self.query(its, by_password | by_lock))

    def end_sessions(self, enterprise_id: int, token_sha256: str | None = None) -> None:
        ending = END_SESSIONS.where(enterprise_sessions.c.enterprise_id == enterprise_id)
        if token_sha256:
            ending = ending.where(enterprise_sessions.c.token_sha256 == token_sha256)
        end_sessions(self, ending)


class RefusedCertificateRows(Records[RefusedCertificate]):
    """The refused certificates in a transaction."""

    kind = RefusedCertificate
    table = refused_certificates

    def add(self, sha256: str, reason: str, subject: str) -> None:
        known = refused_certificates.c.sha256 == sha256
        times = refused_certificates.c.times + 1
        if not self.change(refused_certificates, known, reason=reason, at=self.now, times=times):
            self.insert(RefusedCertificate(sha256, reason, subject, self.now, times=1))

    def latest(self, limit: int = 100) -> list[RefusedCertificate]:
        return self.fetch(self.query().order_by(refused_certificates.c.at.desc()).limit(limit))

    def drop(self, shown_before: datetime | None, keep: int) -> None:
        """Forget those that last came before then, and all but the `keep` newest."""
        at = refused_certificates.c.at
        newest_too_many = select(at).order_by(at.desc()).offset(keep).limit(1).scalar_subquery()
        over = at <= newest_too_many
        if shown_before:
            over |= at < shown_before
        self.delete(refused_certificates, over)
