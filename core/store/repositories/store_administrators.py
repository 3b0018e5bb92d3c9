"""Administrators and their sessions in the store."""

from datetime import datetime

from core.data.administrator import Administrator, AdministratorSession
from core.store.repositories.store_rows import Context, Records
from core.store.tables.administrator_tables import administrators, sessions


class _Sessions(Records[AdministratorSession]):
    kind = AdministratorSession
    table = sessions


class AdministratorRows(Records[Administrator]):
    """The administrators and their sessions in a transaction."""

    kind = Administrator
    table = administrators
    title = "管理员"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sessions = _Sessions(context)

    def add(self, administrator: Administrator) -> int:
        self.must_be_audited()
        row = self.row(administrator)
        del row["id"]
        added = administrators.insert().returning(administrators.c.id)
        administrator_id: int = self.connection.execute(added, row).scalar_one()
        return administrator_id

    def by_name(self, name: str) -> Administrator | None:
        return self.first(self.query(administrators.c.name == name))

    def all(self) -> list[Administrator]:
        return self.oldest()

    def save(self, administrator: Administrator) -> None:
        self.must_be_audited()
        self.update(administrator)

    def add_session(self, session: AdministratorSession) -> None:
        self._sessions.insert(session)

    def session(self, token_sha256: str) -> AdministratorSession | None:
        return self._sessions.by_id(token_sha256)

    def sessions(self, now: datetime) -> list[AdministratorSession]:
        """Those that have not run out, the last used first."""
        live = self._sessions.query(sessions.c.expires_at > now)
        return self._sessions.fetch(live.order_by(sessions.c.seen_at.desc()))

    def see_session(self, token_sha256: str, at: datetime) -> None:
        """A session was used at that time."""
        self.change(sessions, sessions.c.token_sha256 == token_sha256, seen_at=at)

    def set_challenge(self, token_sha256: str, challenge: str) -> None:
        """Store the challenge that a passkey has to sign in this session; "" for none any more."""
        self.change(sessions, sessions.c.token_sha256 == token_sha256, challenge=challenge)

    def end_sessions(self, administrator_id: int, token_sha256: str | None = None) -> None:
        """End one session, or all of an administrator."""
        ended = sessions.c.administrator_id == administrator_id
        if token_sha256:
            ended &= sessions.c.token_sha256 == token_sha256
        self.delete(sessions, ended)
