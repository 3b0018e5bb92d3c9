"""Mails in the store: the record, the sealed bytes and the reading.

A mail's bytes are sealed before its row has an id; they name their SHA-256 instead, and what is
sealed in the row names its id and that digest.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    Select,
    TextClause,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
)

from core.data.case import Case
from core.data.case_ports import Backlog
from core.data.due import STRANGERS_WAIT_FOR, Due, mail_due
from core.data.mail_record import (
    SETTLED,
    AuthResult,
    CaseMails,
    Disposition,
    MailPosition,
    MailRecord,
    NewMail,
)
from core.data.submission import Submission
from core.keys.vault import Vault
from core.mail_domains import domain_share
from core.store.repositories.store_cases import without_case_data
from core.store.repositories.store_images import ImageRows
from core.store.repositories.store_rows import Records
from core.store.repositories.store_words import searched, write_words
from core.store.tables.case_tables import (
    IN_BOX,
    UNREAD,
    UNSETTLED,
    mail_bodies,
    mails,
)

MOST_OF_A_CASE = 2**31 - 1
MOST_TWINS = 20
"""Mails of the same bytes that are looked at, the first ones."""
TURNS_AT_A_TIME = 5
"""Mails of one sender that are handed out together: so long a flood delays an honest mail."""
_WORDS = ("message_id", "sender", "subject", "note")
_BODY = "mail_bodies.sealed"
_READING: TypeAdapter[Submission] = TypeAdapter(Submission)
_RECEIVED = mails.c.disposition == literal_column(f"'{Disposition.RECEIVED}'")
"""Written exactly as in the partial index: SQLite uses no index for a bound value."""
_ARRIVAL = (mails.c.arrived, mails.c.id)
_LAST_SHOWN = case(
    {Disposition.CASE: 0, Disposition.UNPROVED: 2}, value=mails.c.disposition, else_=1
)
"""The request goes before what is said about it, and that before what anybody may have sent."""
_ITSELF = mails.alias()
_FIRST_OF_SENDER = (  # built once (see Records), for each mail
    select(mails.c.id)
    .join(
        _ITSELF,
        (mails.c.sender_key == _ITSELF.c.sender_key) & (mails.c.vouched == _ITSELF.c.vouched),
    )
    .where(_RECEIVED, _ITSELF.c.id == bindparam("mail"))
    .order_by(*_ARRIVAL)
    .limit(1)
)


def sealed_bodies(vault: Vault, group: Iterable[NewMail]) -> list[tuple[NewMail, bytes]]:
    """Mails with their bytes as `add_sealed` takes them. Sealing needs no transaction."""
    return [(mail, vault.seal(mail.raw, _BODY, mail.sha256)) for mail in group]


def _turn(sender_key: str | None, vouched: bool) -> str:
    """Whose mails go in order: those that are vouched for, by domain_share; others by address."""
    return f"{sender_key} {vouched:d}" if sender_key else ""


def _of_index(condition: TextClause) -> ColumnElement[bool]:
    """The mails of a partial index, read from it alone.

    SQLite would rather go through all mails in the wanted order.
    """
    return mails.c.id.in_(select(mails.c.id).where(condition).correlate(None))


class MailRows(Records[MailRecord]):
    """The mails in a transaction."""

    table = mails
    title = "邮件"
    _of_case: ClassVar[Select[Any]]

    @classmethod
    def _read_columns(cls, columns: list[Column[Any]]) -> None:
        super()._read_columns([*columns, mails.c.sealed])
        cls._of_case = (  # built once (see Records), for the window
            cls._rows.where(mails.c.case_id == bindparam("case"))
            .where(mails.c.disposition.in_(bindparam("wanted", expanding=True)))
            .order_by(_LAST_SHOWN, *(column.desc() for column in _ARRIVAL))
            .limit(bindparam("most", type_=Integer))
        )

    def last_uid(self, mailbox: str, uidvalidity: int) -> int:
        query = select(func.max(mails.c.uid)).where(_of_box(mailbox, uidvalidity))
        last: int | None = self.scalar(query)
        return last or 0

    def known_uids(self, mailbox: str, uidvalidity: int) -> set[int]:
        query = select(mails.c.uid).where(_of_box(mailbox, uidvalidity))
        return set(self.scalars(query))

    def add(self, mail: NewMail) -> int | None:
        """Store one mail as RECEIVED; None when its key is already known. Groups: add_mails."""
        return next(iter(self.add_sealed(sealed_bodies(self.vault, [mail]))), None)

    def add_sealed(self, group: Iterable[tuple[NewMail, bytes]]) -> list[int]:
        """Store mails with their sealed bytes; the ids of the new ones.

        Of a key that is known, or comes again, nothing more is stored.
        """
        by_key: dict[tuple[str, int, int], tuple[NewMail, bytes]] = {}
        for mail, sealed in group:
            by_key.setdefault((mail.mailbox, mail.uidvalidity, mail.uid), (mail, sealed))
        box = (mails.c.mailbox, mails.c.uidvalidity, mails.c.uid)
        for known in self.execute(select(*box).where(tuple_(*box).in_(by_key))):
            del by_key[tuple(known)]
        if not by_key:
            return []
        first = self.draw("mails", count=len(by_key))
        rows, bodies = [], []
        for mail_id, (mail, sealed) in enumerate(by_key.values(), first):
            record = MailRecord(
                id=mail_id,
                mailbox=mail.mailbox,
                uidvalidity=mail.uidvalidity,
                uid=mail.uid,
                sha256=mail.sha256,
                arrived=mail.arrived,
                size_bytes=mail.size_bytes,
                disposition=Disposition.RECEIVED,
                headers_only=mail.headers_only,
                vouched=mail.vouched,
            )
            # a domain has a thousand addresses, and whoever owns it is vouched for at each
            sender = domain_share(mail.sender) if mail.vouched else mail.sender
            rows.append(self.row(record) | {"sender_key": self.key(sender)})
            bodies.append({"mail_id": mail_id, "sealed": sealed})
        self.execute(self._new, rows)
        self.execute(mail_bodies.insert(), bodies)
        for row in rows:
            self._call(row["id"], row["sender_key"], row["vouched"])
        return [row["id"] for row in rows]

    def save(self, record: MailRecord, reading: Submission | None = None) -> None:
        """Write the record, and the mail's reading where it was read now."""
        read = {}
        if reading is not None:
            write_words(self, searched(record, reading), mail_id=record.id)
            plain = _READING.dump_json(reading)
            read["reading"] = self.seal(mails.c.reading, plain, record.id, record.sha256)
        self.execute(self._change, self.changes(record) | read)
        if record.disposition is not Disposition.RECEIVED or not record.attempts:
            self.call_next_of_sender(record.id)

    def call_next_of_sender(self, mail_id: int) -> None:
        """Have the queue, if there is one, hold the first mail of this one's sender that waits."""
        if not self.context.announces:
            return
        first = self._first_of_sender(mail_id) or mail_id
        its = (mails.c.id == first) & (mails.c.disposition == Disposition.RECEIVED)
        query = select(mails.c.id, mails.c.sender_key, mails.c.vouched).where(its)
        for waiting in self.execute(query):
            self._call(*waiting)

    def _call(self, mail_id: int, sender_key: str | None, vouched: bool) -> None:
        self.call(mail_due(mail_id, _turn(sender_key, vouched), vouched=vouched))

    def _first_of_sender(self, mail_id: int) -> int | None:
        """The first mail that waits of the sender of this one; None where none is named."""
        return self.scalar(_FIRST_OF_SENDER, {"mail": mail_id})

    def raw(self, mail_id: int) -> bytes:
        """The bytes of a mail. Raises LookupError."""
        return self._bytes(self.get(mail_id))

    def _bytes(self, record: MailRecord) -> bytes:
        """`record`: its digest, by which the bytes are sealed, was opened with its words."""
        its = mail_bodies.c.mail_id == record.id
        sealed = self.scalar(select(mail_bodies.c.sealed).where(its))
        if sealed is None:
            raise LookupError(f"邮件 {record.id} 已清除。")
        return self.vault.open(sealed, _BODY, record.sha256)

    def waiting_since(self, before: datetime) -> list[int]:
        """All mails still RECEIVED that arrived before then, in order of arrival."""
        query = select(mails.c.id).where(_RECEIVED, mails.c.arrived < before)
        return self.scalars(query.order_by(*_ARRIVAL))

    def waiting(self, limit: int) -> list[Due]:
        """Mails still RECEIVED, fair by sender: the first of every sender, then the second …

        Each in order of arrival, few of one sender at a time (`_turn`). Vouched senders come before
        strangers, who still get every fifth place. Whoever is not vouched for is another sender,
        whatever address he writes: he keeps the one it belongs to neither waiting nor in order.
        """
        sender = (mails.c.sender_key, mails.c.vouched)
        turn = func.row_number().over(partition_by=sender, order_by=_ARRIVAL)
        turns = select(mails.c.id, turn.label("turn")).where(_RECEIVED).subquery()
        place = func.row_number().over(
            partition_by=mails.c.vouched,
            order_by=(turns.c.turn, *_ARRIVAL),
        )
        order = case((mails.c.vouched, place), else_=place * STRANGERS_WAIT_FOR)
        query = select(mails.c.id, *sender).join(turns, turns.c.id == mails.c.id)
        query = query.where(turns.c.turn <= TURNS_AT_A_TIME).order_by(order, ~mails.c.vouched)
        return [
            mail_due(mail_id, _turn(sender_key, vouched), vouched=vouched)
            for mail_id, sender_key, vouched in self.execute(query.limit(limit))
        ]

    def unjudged_of(self, sender: str) -> list[MailRecord]:
        """The mails of the address, or of its organisation, that the receiving server vouches for
        and that are still RECEIVED, or were set aside unread."""
        its = self.matches(mails.c.sender_key, domain_share(sender)) & mails.c.vouched
        set_aside = (mails.c.disposition == Disposition.QUARANTINED) & _of_index(UNREAD)
        return [mail for one in (_RECEIVED, set_aside) for mail in self.newest(one & its)]

    def unread_of(self, contact: str, case: Case) -> list[MailRecord]:
        """The proved mails at cases that a person is to read: of a contact's organisation, or at
        this case and of others than its senders. How many these write costs nothing. Papers that
        wait to be taken over have no effect."""
        key = mails.c.sender_key
        by_others = key.not_in(self._sender_keys(case.senders)) & (mails.c.case_id == case.id)
        return self.newest(
            _of_index(UNREAD),
            mails.c.authentication == AuthResult.PASS,
            mails.c.disposition != Disposition.UNPROVED,
            mails.c.case_id.is_not(None),
            key.is_(None) | key.in_(self._sender_keys([contact])) | by_others,
        )

    def _sender_keys(self, senders: Iterable[str]) -> list[str]:
        """The keys under which mails of these addresses are stored, vouched for or not."""
        keys = [self.key(one) for sender in senders for one in (sender, domain_share(sender))]
        return [key for key in keys if key]

    def backlog(self) -> Backlog:
        """The mails still RECEIVED."""
        query = select(func.count(), func.min(mails.c.arrived)).where(_RECEIVED)
        return Backlog(*self.execute(query).one())

    def of_case(
        self, case_id: int, *dispositions: Disposition, limit: int | None = 200
    ) -> list[MailRecord]:
        """The mails of a case with one of these dispositions, in order of arrival; of too many the
        request and the newest."""
        most = MOST_OF_A_CASE if limit is None else limit
        wanted = list(dispositions or Disposition)
        found = self.fetch(self._of_case, case=case_id, wanted=wanted, most=most)
        return sorted(found, key=lambda one: (one.arrived, one.id))

    def unread(
        self, limit: int, before: int | None = None, *, urgent: bool = False
    ) -> list[MailRecord]:
        """Mails that a person is to read, the newest first, from before the mail `before`; or the
        urgent ones of them alone."""
        further = [mails.c.urgent] if urgent else []
        return self.newest(_of_index(UNREAD), *further, limit=limit, before=before)

    def count_unread(self) -> int:
        return self.count_rows(mails, UNREAD)

    def newest_id(self, *, unread: bool = False) -> int:
        """The id of the newest mail, or of the newest that a person is to read; 0 without any."""
        query = select(func.max(mails.c.id))
        return self.scalar(query.where(_of_index(UNREAD)) if unread else query) or 0

    def opening(self, case_id: int) -> MailRecord:
        """The mail that opened a case."""
        of_case = self.query(case_id=case_id, disposition=Disposition.CASE)
        found = self.first(of_case.order_by(*_ARRIVAL).limit(1))
        if found is None:
            raise LookupError(f"工单 {case_id} 不存在。")
        return found

    def unsettled(self, mailbox: str, limit: int) -> list[MailRecord]:
        """Stored mails that are not settled in the mailbox yet."""
        query = self.query(_of_index(UNSETTLED), mailbox=mailbox)
        return self.fetch(query.order_by(mails.c.uidvalidity, mails.c.uid).limit(limit))

    def summaries(self, cases: Iterable[Case]) -> dict[int, CaseMails]:
        """The mail counts of each of these cases, by its id."""
        case_ids = [one.id for one in cases]
        if not case_ids:
            return {}
        its, kind = mails.c, mails.c.disposition
        counted = (
            its.unread,
            (kind == Disposition.CASE) & (its.authentication != AuthResult.PASS),
            (kind == Disposition.UNPROVED) & its.unread,
        )
        counts = (func.count().filter(one) for one in counted)
        query = select(its.case_id, *counts).where(its.case_id.in_(case_ids)).group_by(its.case_id)
        found = {row[0]: CaseMails(*row[1:]) for row in self.execute(query)}
        return {case_id: found.get(case_id, CaseMails()) for case_id in case_ids}

    def position(self, mail_id: int) -> MailPosition:
        """A mail, and where it stands among the others."""
        record = self.get(mail_id)
        its = select(mails.c.id, mails.c.disposition).where(mails.c.sha256 == record.sha256)
        same = self.execute(its.order_by(mails.c.id).limit(MOST_TWINS))
        settled = [one for one, became in same if one != mail_id and became in SETTLED]
        twin = next((one for one in settled if not self.get(one).was_blocked), None)
        return MailPosition(record, twin, self._first_of_sender(mail_id) in {mail_id, None})

    def to_read(self, mail_id: int) -> tuple[MailPosition, bytes]:
        """Like `position`, with the bytes of a mail that is still RECEIVED."""
        position = self.position(mail_id)
        waits = position.record.disposition is Disposition.RECEIVED
        return position, self._bytes(position.record) if waits else b""

    def reading(self, mail_id: int) -> Submission | None:
        query = select(mails.c.sha256, mails.c.reading).where(mails.c.id == mail_id)
        row = self.execute(query).first()
        if row is None or row.reading is None:
            return None
        plain = self.open(mails.c.reading, row.reading, mail_id, row.sha256)
        return _READING.validate_json(plain)

    def to_purge(self, arrived_before: datetime, limit: int) -> list[MailRecord]:
        """Judged mails that arrived before then and still hold personal data.

        Of no case, or of one that was purged.
        """
        old = (mails.c.arrived < arrived_before) & without_case_data(mails.c.case_id)
        judged = mails.c.disposition != Disposition.RECEIVED
        return self.oldest(old, judged, limit=limit, purged_at=None)

    def purge(self, mail_ids: Collection[int]) -> None:
        """Remove the bytes, readings, words and page images of mails. Their keys in the mailbox
        stay."""
        for record in self.oldest(id=mail_ids):
            empty = replace(record, message_id="", sender="", subject="", note="", unread=False)
            self.save(empty)
            write_words(self, (), mail_id=record.id)
        gone = {"reading": None, "sender_key": None, "purged_at": self.now}
        self.change(mails, mails.c.id.in_(mail_ids), **gone)
        self.delete(mail_bodies, mail_bodies.c.mail_id.in_(mail_ids))
        ImageRows(self.context).remove_of(mail_ids)

    def purged_in_box(self, mailbox: str, limit: int) -> list[MailRecord]:
        """Purged mails that are not deleted from the mailbox yet."""
        return self.oldest(IN_BOX, limit=limit, mailbox=mailbox)

    def row(self, record: MailRecord) -> dict[str, Any]:
        words = json.dumps({name: getattr(record, name) for name in _WORDS}).encode()
        sealed = self.seal(mails.c.sealed, words, record.id, record.sha256)
        return super().row(record) | {"sealed": sealed}

    def record(self, row: Row[Any]) -> MailRecord:
        values = row._asdict()
        words = self.open(mails.c.sealed, values.pop("sealed"), row.id, row.sha256)
        return MailRecord(**values, **json.loads(words))


def _of_box(mailbox: str, uidvalidity: int) -> ColumnElement[bool]:
    return (mails.c.mailbox == mailbox) & (mails.c.uidvalidity == uidvalidity)
