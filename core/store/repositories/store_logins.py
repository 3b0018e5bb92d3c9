"""Logins of enterprises, refused certificates, and counters of password tries, in the store.

Names and sources of tries are stored as digests only.
"""

from datetime import datetime

from sqlalchemy import bindparam, exists, func, select

from core.data.tries import FORGOTTEN_AFTER, Account, Audience, Counter, Tries
from core.locks.challenge import EnterpriseSession
from core.locks.lock_certificate import RefusedCertificate
from core.store.repositories.store_context import Rows
from core.store.repositories.store_rows import Records
from core.store.repositories.store_systems import END_SESSIONS, SystemRows
from core.store.tables.desk_tables import sessions
from core.store.tables.enterprise_tables import (
    bindings,
    enterprise_sessions,
    login_tries,
    refused_certificates,
    used_challenges,
)


class LoginRows(Records[EnterpriseSession]):
    """The logins of enterprises in a transaction."""

    kind = EnterpriseSession
    table = enterprise_sessions

    def use_challenge(self, nonce_sha256: str, expires_at: datetime) -> bool:
        """Note a challenge as used; False when it already was (one use, also under a race)."""
        row = {"nonce_sha256": nonce_sha256, "expires_at": expires_at}
        return self.put_new(used_challenges, row)

    def drop_challenges(self) -> None:
        """Forget used challenges that have expired: they are refused by their time now."""
        self.delete(used_challenges, used_challenges.c.expires_at < self.now)

    def session(self, token_sha256: str) -> EnterpriseSession | None:
        """A session; None also when the binding of its lock has ended or the lock is lost."""
        live = bindings.c.ended_at.is_(None) & bindings.c.lost_at.is_(None)
        by_password = enterprise_sessions.c.binding_id.is_(None)
        by_lock = exists().where(bindings.c.id == enterprise_sessions.c.binding_id, live)
        its = enterprise_sessions.c.token_sha256 == token_sha256
        return self.first(self.query(its, by_password | by_lock))

    def end_sessions(self, enterprise_id: int, token_sha256: str | None = None) -> None:
        ending = END_SESSIONS.where(enterprise_sessions.c.enterprise_id == enterprise_id)
        if token_sha256:
            ending = ending.where(enterprise_sessions.c.token_sha256 == token_sha256)
        SystemRows(self.context).end_sessions(ending)


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


_CLEAR = login_tries.delete().where(login_tries.c.account_key == bindparam("account"))
"""Built once (see store_rows.Records), for logins and the window."""


class TryRows(Rows):
    """The counters of password tries in a transaction."""

    def of(self, counter: Counter) -> Tries | None:
        its = login_tries.c
        query = select(its.failed, its.at, its.closed_until)
        query = query.where(its.counter_key == self.vault.digest(counter.name))
        row = self.execute(query).first()
        return Tries(*row) if row else None

    def save(self, counter: Counter, tries: Tries, *, tell: bool) -> None:
        """Write a counter; `tell`: the owner of the account has to be notified."""
        account = counter.account
        row = {
            "counter_key": self.vault.digest(counter.name),
            "account_key": self._account(account) if account else None,
            "account_id": account.id if account else None,
            "audience": account.audience.value if account else "",
            "failed": tries.failed,
            "at": tries.at,
            "closed_until": tries.closed_until,
            "tell": tell,
        }
        self.put(login_tries, row, again=row | {"tell": login_tries.c.tell | tell})

    def drop(self, counter: Counter) -> None:
        self.delete(login_tries, login_tries.c.counter_key == self.vault.digest(counter.name))

    def clear(self, account: Account) -> None:
        """Open an account for all sources at once."""
        self.execute(_CLEAR, {"account": self._account(account)})

    def closed_until(self, account: Account) -> datetime | None:
        """Until when an account is closed for at least one source; None where it is not."""
        its = login_tries.c.account_key == self._account(account)
        latest = select(func.max(login_tries.c.closed_until)).where(its)
        closed = latest.where(login_tries.c.closed_until > self.now)
        until: datetime | None = self.scalar(closed)
        return until

    def any_to_notify(self) -> bool:
        """Whether `accounts_to_notify` would give any; hands nothing out."""
        return self.count_rows(login_tries, login_tries.c.tell) > 0

    def accounts_to_notify(self, limit: int) -> list[Account]:
        """Accounts that were locked and whose owners were not notified yet.

        What is handed out here counts as notified.
        """
        columns = (login_tries.c.counter_key, login_tries.c.audience, login_tries.c.account_id)
        query = select(*columns).where(login_tries.c.tell).limit(limit)
        found = self.execute(query).all()
        notified = login_tries.c.counter_key.in_([row.counter_key for row in found])
        self.change(login_tries, notified, tell=False)
        known = {(row.audience, row.account_id) for row in found if row.account_id is not None}
        return [Account(Audience(audience), "", number) for audience, number in sorted(known)]

    def drop_old(self) -> None:
        """Delete counters that count no more, and sessions that are over."""
        old = (login_tries.c.at <= self.now - FORGOTTEN_AFTER) & ~login_tries.c.tell
        self.delete(login_tries, old)
        for table in (enterprise_sessions, sessions):
            self.delete(table, table.c.expires_at <= self.now)

    def browser_mac(self, account: Account, expires_s: int) -> str:
        """The MAC of a known browser, by the vault's key."""
        known = f"known browser\n{account.key}\n{account.id}\n{account.password_hash}\n{expires_s}"
        return self.vault.digest(known)

    def _account(self, account: Account) -> str:
        return self.vault.digest(account.key)
