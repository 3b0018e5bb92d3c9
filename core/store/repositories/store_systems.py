"""Logins at trading systems in the store: subjects, logins, codes, tokens, the keys that sign.

The end of sessions is here, too, since it ends all of them.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.sql.dml import ReturningDelete

from core.data.trading_systems import AccessToken, LoginCode, SigningKey, SystemLogin
from core.store.repositories.store_events import add_logouts, subject_of
from core.store.repositories.store_rows import Context, Records, Rows
from core.store.tables.login_tables import enterprise_sessions
from core.store.tables.system_tables import (
    signing_keys,
    subjects,
    system_codes,
    system_logins,
    system_tokens,
)

CODES_KNOWN: Final = timedelta(hours=1)
"""So long a code that comes a second time is noticed."""

END_SESSIONS: Final = enterprise_sessions.delete().returning(enterprise_sessions.c.token_sha256)


class _Codes(Records[LoginCode]):
    kind = LoginCode
    table = system_codes


class _Tokens(Records[AccessToken]):
    kind = AccessToken
    table = system_tokens


class SystemRows(Records[SystemLogin]):
    """The logins at trading systems in a transaction."""

    kind = SystemLogin
    table = system_logins

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._codes = _Codes(context)
        self._tokens = _Tokens(context)

    def subject(self, enterprise_id: int) -> str:
        """The subject of an enterprise; drawn when it is wanted for the first time."""
        return subject_of(self, enterprise_id)

    def by_subject(self, subject: str) -> int | None:
        """The id of the enterprise with that subject."""
        query = select(subjects.c.enterprise_id).where(subjects.c.subject == subject)
        return self.connection.scalar(query)

    def login(self, sid: str) -> SystemLogin | None:
        """A login whose session has not ended."""
        return self.by_id(sid)

    def enter(self, login: SystemLogin) -> SystemLogin:
        """Note a login; where its session is logged in at the system already, that one."""
        same = system_logins.c.session_sha256 == login.session_sha256
        known = self.first(self.query(same, system_logins.c.system_id == login.system_id))
        if known is None:
            self.insert(login)
        return known or login

    def leave(self, sid: str) -> None:
        """End a login at one system, with its codes and tokens. The system is not informed."""
        _forget(self, system_logins.c.sid == sid)

    def add_code(self, code: LoginCode) -> None:
        self._codes.insert(code)

    def code(self, code_sha256: str) -> LoginCode | None:
        return self._codes.by_id(code_sha256)

    def use_code(self, code_sha256: str, at: datetime) -> bool:
        """Mark used; False when it already was."""
        unused = (system_codes.c.code_sha256 == code_sha256) & system_codes.c.used_at.is_(None)
        return self.change(system_codes, unused, used_at=at) == 1

    def add_token(self, token: AccessToken) -> None:
        self._tokens.insert(token)

    def token(self, token_sha256: str) -> AccessToken | None:
        return self._tokens.by_id(token_sha256)

    def drop_old(self, now: datetime) -> None:
        """Forget codes and tokens that expired, and logins whose sessions are over."""
        for table, before in ((system_tokens, now), (system_codes, now - CODES_KNOWN)):
            self.delete(table, table.c.expires_at <= before)
        live = select(enterprise_sessions.c.token_sha256)
        _forget(self, system_logins.c.session_sha256.not_in(live))


class KeyRows(Records[SigningKey]):
    """The signing keys in a transaction, sealed by the vault."""

    kind = SigningKey
    table = signing_keys

    def all(self) -> list[SigningKey]:
        """The oldest first."""
        return self.fetch(self.query().order_by(signing_keys.c.made_at, signing_keys.c.kid))

    def add(self, key: SigningKey) -> None:
        self.must_be_audited()
        self.insert(key)

    def drop(self, kid: str) -> None:
        self.must_be_audited()
        self.delete(signing_keys, signing_keys.c.kid == kid)


def end_sessions(rows: Rows, ending: ReturningDelete[str], **values: Any) -> None:
    """Delete sessions of enterprises with their logins at trading systems, which are informed.

    `ending`: a statement built on END_SESSIONS.
    """
    ended = rows.connection.scalars(ending, values).all()
    if not ended:
        return
    its = system_logins.c.session_sha256.in_(ended)
    logins = SystemRows(rows.context)
    add_logouts(rows, logins.fetch(logins.query(its)))
    _forget(rows, its)


def _forget(rows: Rows, which: ColumnElement[bool]) -> None:
    sids = select(system_logins.c.sid).where(which)
    for table in (system_codes, system_tokens):
        rows.delete(table, table.c.sid.in_(sids))
    rows.delete(system_logins, which)
