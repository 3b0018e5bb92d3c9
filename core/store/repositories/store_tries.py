"""Counters of password tries in the store. Names and sources are kept as digests only."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.data.tries import FORGOTTEN_AFTER, Account, Audience, Counter, Tries
from core.store.repositories.store_rows import Rows
from core.store.tables.administrator_tables import sessions
from core.store.tables.login_tables import enterprise_sessions, login_tries

_CLEAR = login_tries.delete().where(login_tries.c.account_key == bindparam("account"))
_ANY_TO_TELL = select(login_tries.c.counter_key).where(login_tries.c.tell).limit(1)
_TRIES = (login_tries.c.failed, login_tries.c.at, login_tries.c.closed_until)


class TryRows(Rows):
    """The counters of password tries and the known browsers in a transaction."""

    def of(self, counter: Counter) -> Tries | None:
        row = self.connection.execute(select(*_TRIES).where(self._is(counter))).first()
        return Tries(*row) if row else None

    def save(self, counter: Counter, tries: Tries, *, tell: bool) -> None:
        state = {"failed": tries.failed, "at": tries.at, "closed_until": tries.closed_until}
        account = counter.account
        whose = {
            "account_key": self._account(account) if account else None,
            "account_id": account.id if account else None,
            "audience": account.audience.value if account else "",
        }
        insert = (
            postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        )
        fresh = insert(login_tries).values(
            counter_key=self.vault.digest(counter.name), tell=tell, **state, **whose
        )
        again = state | {"tell": login_tries.c.tell | tell, "account_id": whose["account_id"]}
        self.connection.execute(
            fresh.on_conflict_do_update(index_elements=["counter_key"], set_=again)
        )

    def drop(self, counter: Counter) -> None:
        self.connection.execute(login_tries.delete().where(self._is(counter)))

    def clear(self, account: Account) -> None:
        self.connection.execute(_CLEAR, {"account": self._account(account)})

    def closed_until(self, account: Account, now: datetime) -> datetime | None:
        closed = (login_tries.c.account_key == self._account(account)) & (
            login_tries.c.closed_until > now
        )
        latest: datetime | None = self.connection.scalar(
            select(func.max(login_tries.c.closed_until)).where(closed)
        )
        return latest

    def any_to_notify(self) -> bool:
        return self.connection.scalar(_ANY_TO_TELL, {}) is not None

    def accounts_to_notify(self, limit: int) -> list[Account]:
        unnotified = (
            select(login_tries.c.counter_key, login_tries.c.audience, login_tries.c.account_id)
            .where(login_tries.c.tell)
            .limit(limit)
        )
        found = self.connection.execute(unnotified).all()
        if found:
            notified = login_tries.c.counter_key.in_([row.counter_key for row in found])
            self.connection.execute(login_tries.update().where(notified).values(tell=False))
        known = {(row.audience, row.account_id) for row in found if row.account_id is not None}
        return [
            Account(Audience(audience), "", account_id) for audience, account_id in sorted(known)
        ]

    def drop_old(self, now: datetime) -> None:
        self.connection.execute(
            login_tries.delete().where(
                login_tries.c.at <= now - FORGOTTEN_AFTER, ~login_tries.c.tell
            )
        )
        for table in (enterprise_sessions, sessions):
            self.connection.execute(table.delete().where(table.c.expires_at <= now))

    def browser_mac(self, account: Account, expires_s: int) -> str:
        known = f"known browser\n{account.key}\n{account.id}\n{account.password_hash}\n{expires_s}"
        return self.vault.digest(known)

    def _is(self, counter: Counter) -> ColumnElement[bool]:
        return login_tries.c.counter_key == self.vault.digest(counter.name)

    def _account(self, account: Account) -> str:
        return self.vault.digest(account.key)
