"""Mails in the store: the record, the sealed bytes, the reading and the page images.

A mail's bytes are sealed before its row has an id; they name their SHA-256 instead, and what is
sealed in the row names its id and that digest.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    TextClause,
    bindparam,
    case,
    func,
    literal_column,
    select,
)

from core.data.case_ports import Backlog
from core.data.due import STRANGERS_WAIT_FOR, Due, mail_due
from core.data.mail_record import (
    SETTLED,
    AuthResult,
    CaseMails,
    Disposition,
    InBox,
    MailRecord,
    NewMail,
    Standing,
)
from core.data.submission import Submission
from core.keys.vault import Vault
from core.store.repositories.store_rows import Rows, one_of
from core.store.rows import Sealed, only
from core.store.tables.mail_tables import UNREAD, UNSETTLED, images, mail_bodies, mails, page_images

_words = Sealed(dict[str, str], "mails.sealed")
_reading = Sealed(Submission, "mails.reading")
_BODY = "mail_bodies.sealed"
_IMAGE = "images.sealed"
MOST_TWINS = 20
"""Mails of the same bytes that are looked at, the first ones."""
TURNS_AT_A_TIME = 5
"""Mails of one sender that are handed out together:
so long does an honest mail wait for a flood that came first."""

_RECORD = [c for c in mails.c if c.name != "reading"]

# Written once, since SQLAlchemy takes five times as long over a statement
# that is built anew for each mail.
_THIS = mails.c.id == bindparam("mail")
_OF_BOX = (mails.c.mailbox == bindparam("mailbox")) & (
    mails.c.uidvalidity == bindparam("uidvalidity")
)
_KNOWN = select(mails.c.uid).where(_OF_BOX, mails.c.uid.in_(bindparam("uids", expanding=True)))
_ADD, _ADD_BODY = mails.insert(), mail_bodies.insert()
_BY_ID = select(*_RECORD).where(_THIS)
_SAVE = mails.update().where(_THIS)
_RAW = (
    select(mails.c.id, mails.c.sha256, mails.c.sealed, mail_bodies.c.sealed.label("body"))
    .join(mail_bodies)
    .where(_THIS)
)
_READING = select(mails.c.id, mails.c.sha256, mails.c.reading).where(_THIS)
_ITSELF = mails.alias()
_BACKLOG = select(func.count(), func.min(mails.c.arrived)).where(
    mails.c.disposition == literal_column(f"'{Disposition.RECEIVED.value}'")
)
_SAME = mails.alias()
_SHA256_OF_THIS = select(mails.c.sha256).where(_THIS).correlate(None).scalar_subquery()
_FIRST_TWINS = (
    select(_SAME.c.id, _SAME.c.disposition)
    .where(_SAME.c.sha256 == _SHA256_OF_THIS)
    .order_by(_SAME.c.id)
    .limit(MOST_TWINS)
    .subquery()
)
_FIRST_SETTLED_TWIN = (
    select(func.min(_FIRST_TWINS.c.id))
    .where(
        _FIRST_TWINS.c.id != bindparam("mail"),
        one_of(_FIRST_TWINS.c.disposition, sorted(d.value for d in SETTLED)),
    )
    .scalar_subquery()
)
_FIRST_OF_SENDER = (
    select(mails.c.id)
    .join(_ITSELF, _ITSELF.c.id == bindparam("mail"))
    .where(
        mails.c.disposition
        == literal_column(
            f"'{Disposition.RECEIVED.value}'"
        ),  # as the index of those that wait says it
        (mails.c.sender_key == _ITSELF.c.sender_key) & (mails.c.vouched == _ITSELF.c.vouched),
    )
    .order_by(mails.c.arrived, mails.c.id)
    .limit(1)
    .correlate(None)
)
_NEXT_OF_SENDER = select(mails.c.id, mails.c.sender_key, mails.c.vouched).where(
    mails.c.id == func.coalesce(_FIRST_OF_SENDER.scalar_subquery(), bindparam("mail")),
    mails.c.disposition == Disposition.RECEIVED.value,
)
_PLACE = (_FIRST_SETTLED_TWIN.label("twin"), _FIRST_OF_SENDER.scalar_subquery().label("first"))
_STANDING = select(*_RECORD, *_PLACE).where(_THIS)
_TO_READ = (
    select(*_RECORD, *_PLACE, mail_bodies.c.sealed.label("body"))
    .select_from(mails.outerjoin(mail_bodies))
    .where(_THIS)
)


def sealed_bodies(vault: Vault, group: Iterable[NewMail]) -> list[tuple[NewMail, bytes]]:
    """Mails with their bytes as `add_sealed` takes them.

    Sealing needs no transaction, and others would wait for their turn meanwhile.
    """
    return [(mail, vault.seal(mail.raw, _BODY, mail.sha256)) for mail in group]


def _turn(sender_key: str | None, vouched: bool) -> str:
    """Whose mails go in order.

    Whoever is not vouched for is another sender, whatever address he writes.
    """
    return f"{sender_key} {vouched:d}" if sender_key else ""


@cache
def _finding(
    dispositions: frozenset[Disposition], *, of_case: bool, bounded: bool, onward: bool
) -> Select[Any]:
    """Written once for each kind of question."""
    query = select(*_RECORD)
    query = query.limit(bindparam("most", type_=Integer)) if bounded else query
    if dispositions:
        query = query.where(one_of(mails.c.disposition, sorted(d.value for d in dispositions)))
    query = query.where(mails.c.id < bindparam("before")) if onward else query
    if not of_case:
        return query.order_by(mails.c.id.desc())
    return query.where(mails.c.case_id == bindparam("case")).order_by(
        mails.c.arrived.desc(), mails.c.id.desc()
    )


def _of_index(condition: TextClause) -> ColumnElement[bool]:
    """The mails that a partial index holds, read from it alone: SQLite would rather go through all
    of them in the wanted order."""
    return mails.c.id.in_(select(mails.c.id).where(condition).correlate(None))


def _before(query: Select[Any], mail_id: int | None) -> Select[Any]:
    return query if mail_id is None else query.where(mails.c.id < mail_id)


_UNSETTLED = select(mails.c.id, mails.c.uidvalidity, mails.c.uid).where(
    mails.c.mailbox == bindparam("mailbox"), _of_index(UNSETTLED)
)
_UNSETTLED = _UNSETTLED.order_by(mails.c.uidvalidity, mails.c.uid).limit(
    bindparam("most", type_=Integer)
)


class MailRows(Rows):
    """The mails in a transaction."""

    def last_uid(self, mailbox: str, uidvalidity: int) -> int:
        query = select(func.max(mails.c.uid)).where(
            mails.c.mailbox == mailbox, mails.c.uidvalidity == uidvalidity
        )
        return self.connection.scalar(query) or 0

    def known_uids(self, mailbox: str, uidvalidity: int) -> set[int]:
        query = select(mails.c.uid).where(
            mails.c.mailbox == mailbox, mails.c.uidvalidity == uidvalidity
        )
        return set(self.connection.scalars(query))

    def add(self, mail: NewMail) -> int | None:
        return next(iter(self.add_sealed(sealed_bodies(self.vault, [mail]))), None)

    def add_sealed(
        self, group: Iterable[tuple[NewMail, bytes]], first: int | None = None
    ) -> list[int]:
        """Store mails with their sealed bytes.

        The ids of the new ones; of a key that is known, or comes again, nothing more is kept.
        `first`: of as many ids as there are mails, which were drawn before.
        """
        by_key: dict[tuple[str, int, int], tuple[NewMail, bytes]] = {}
        for mail, sealed in group:
            by_key.setdefault((mail.mailbox, mail.uidvalidity, mail.uid), (mail, sealed))
        known = self._known(by_key)
        new = [one for key, one in by_key.items() if key not in known]
        if not new:
            return []
        if first is None:
            [first] = self.draw("mails", count=len(new))
        ids = list(range(first, first + len(new)))
        self.connection.send(
            _ADD,
            [self._new_row(mail_id, mail) for mail_id, (mail, _) in zip(ids, new, strict=True)],
        )
        self.connection.send(
            _ADD_BODY,
            [
                {"mail_id": mail_id, "sealed": sealed}
                for mail_id, (_, sealed) in zip(ids, new, strict=True)
            ],
        )
        for mail_id, (mail, _) in zip(ids, new, strict=True):
            self.call(
                mail_due(mail_id, _turn(self.key(mail.sender), mail.vouched), vouched=mail.vouched)
            )
        return ids

    def _known(self, keys: Collection[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
        boxes = {(mailbox, uidvalidity) for mailbox, uidvalidity, _ in keys}
        return {
            (*box, uid)
            for box in boxes
            for uid in self.connection.scalars(
                _KNOWN,
                {
                    "mailbox": box[0],
                    "uidvalidity": box[1],
                    "uids": [key[2] for key in keys if key[:2] == box],
                },
            )
        }

    def _new_row(self, mail_id: int, mail: NewMail) -> dict[str, Any]:
        return {
            "id": mail_id,
            "mailbox": mail.mailbox,
            "uidvalidity": mail.uidvalidity,
            "uid": mail.uid,
            "sha256": mail.sha256,
            "arrived": mail.arrived,
            "size_bytes": mail.size_bytes,
            "disposition": Disposition.RECEIVED.value,
            "headers_only": mail.headers_only,
            "attempts": 0,
            "settled": False,
            "sender_key": self.key(mail.sender),
            "vouched": mail.vouched,
            "sealed": _words.seal(self.vault, {}, mail_id, mail.sha256),
        }

    def get(self, mail_id: int) -> MailRecord:
        row = self.connection.execute(_BY_ID, {"mail": mail_id}).mappings().first()
        return self._record(only(row, "邮件", mail_id))

    def save(self, record: MailRecord, reading: Submission | None = None) -> None:
        words = {
            "message_id": record.message_id,
            "sender": record.sender,
            "subject": record.subject,
            "note": record.note,
        }
        values = {
            "mail": record.id,
            "disposition": record.disposition.value,
            "message_key": self.key(record.message_id),
            "case_id": record.case_id,
            "attempts": record.attempts,
            "settled": record.settled,
            "authentication": record.authentication,
            "unread": record.unread,
            "sealed": _words.seal(self.vault, words, record.id, record.sha256),
        }
        if reading is not None:
            values["reading"] = _reading.seal(self.vault, reading, record.id, record.sha256)
        self.connection.send(_SAVE, values)
        if record.disposition is not Disposition.RECEIVED or not record.attempts:
            self.call_next_of_sender(record.id)

    def call_next_of_sender(self, mail_id: int) -> None:
        if not self.context.announces:
            return
        waiting = self.connection.execute(_NEXT_OF_SENDER, {"mail": mail_id}).first()
        if waiting:
            self.call(
                mail_due(
                    waiting.id, _turn(waiting.sender_key, waiting.vouched), vouched=waiting.vouched
                )
            )

    def raw(self, mail_id: int) -> bytes:
        row = only(self.connection.execute(_RAW, {"mail": mail_id}).first(), "邮件", mail_id)
        _words.open(self.vault, row.sealed, row.id, row.sha256)  # the digest is this row's
        return self.vault.open(row.body, _BODY, row.sha256)

    def waiting_since(self, before: datetime) -> list[int]:
        waiting = (mails.c.disposition == Disposition.RECEIVED.value) & (mails.c.arrived < before)
        return list(
            self.connection.scalars(
                select(mails.c.id).where(waiting).order_by(mails.c.arrived, mails.c.id)
            )
        )

    def waiting(self, limit: int) -> list[Due]:
        """Fair by sender, each in order of arrival; vouched senders before strangers, who still get
        every fifth place. Whoever is not vouched for is another sender, whatever address he writes:
        he keeps the one it belongs to neither waiting nor in order."""
        arrival = (mails.c.arrived, mails.c.id)
        turn = (
            func.row_number()
            .over(partition_by=(mails.c.sender_key, mails.c.vouched), order_by=arrival)
            .label("turn")
        )
        waiting = (
            select(mails.c.id, turn)
            .where(mails.c.disposition == Disposition.RECEIVED.value)
            .subquery()
        )
        place = func.row_number().over(
            partition_by=mails.c.vouched, order_by=(waiting.c.turn, *arrival)
        )
        query = (
            select(mails.c.id, mails.c.sender_key, mails.c.vouched)
            .join(waiting, waiting.c.id == mails.c.id)
            .where(waiting.c.turn <= TURNS_AT_A_TIME)
        )
        order = (case((mails.c.vouched, place), else_=place * STRANGERS_WAIT_FOR), ~mails.c.vouched)
        found = self.connection.execute(query.order_by(*order).limit(limit))
        return [
            mail_due(row.id, _turn(row.sender_key, row.vouched), vouched=row.vouched)
            for row in found
        ]

    def backlog(self) -> Backlog:
        return Backlog(*self.connection.execute(_BACKLOG).one())

    def find(
        self,
        dispositions: Collection[Disposition] = (),
        case_id: int | None = None,
        limit: int | None = 200,
        before: int | None = None,
    ) -> list[MailRecord]:
        query = _finding(
            frozenset(dispositions),
            of_case=case_id is not None,
            bounded=limit is not None,
            onward=before is not None,
        )
        found = self._records(query, {"case": case_id, "most": limit, "before": before})
        return found if case_id is None else found[::-1]

    def unread(self, limit: int, before: int | None = None) -> list[MailRecord]:
        return self._records(
            _before(
                select(*_RECORD).where(_of_index(UNREAD)).order_by(mails.c.id.desc()).limit(limit),
                before,
            )
        )

    def count_unread(self) -> int:
        return self.connection.scalar(select(func.count()).select_from(mails).where(UNREAD)) or 0

    def opening(self, case_id: int) -> MailRecord:
        of_case = (mails.c.case_id == case_id) & (mails.c.disposition == Disposition.CASE.value)
        row = (
            self.connection.execute(
                select(*_RECORD).where(of_case).order_by(mails.c.arrived, mails.c.id).limit(1)
            )
            .mappings()
            .first()
        )
        return self._record(only(row, "工单", case_id))

    def _mails_where(self, condition: ColumnElement[bool], limit: int) -> list[MailRecord]:
        return self._records(select(*_RECORD).where(condition).order_by(mails.c.id).limit(limit))

    def unsettled(self, mailbox: str, limit: int) -> list[InBox]:
        rows = self.connection.execute(_UNSETTLED, {"mailbox": mailbox, "most": limit})
        return [InBox(*row) for row in rows]

    def summaries(self, case_ids: Collection[int]) -> dict[int, CaseMails]:
        if not case_ids:
            return {}
        unproved = (mails.c.disposition == Disposition.CASE.value) & (
            mails.c.authentication != AuthResult.PASS
        )
        waiting = mails.c.unread & (mails.c.disposition == Disposition.UNPROVED.value)
        conditions = (mails.c.unread, unproved, waiting)
        counted = [func.sum(case((condition, 1), else_=0)) for condition in conditions]
        query = (
            select(mails.c.case_id, *counted)
            .where(mails.c.case_id.in_(case_ids))
            .group_by(mails.c.case_id)
        )
        rows = self.connection.execute(query)
        return {case_id: CaseMails(*map(int, counts)) for case_id, *counts in rows}

    def mark_settled(self, mail_ids: Collection[int]) -> None:
        self.connection.execute(mails.update().where(mails.c.id.in_(mail_ids)).values(settled=True))

    def standing(self, mail_id: int) -> Standing:
        return self._standing(
            only(
                self.connection.execute(_STANDING, {"mail": mail_id}).mappings().first(),
                "邮件",
                mail_id,
            )
        )

    def to_read(self, mail_id: int) -> tuple[Standing, bytes]:
        row = only(
            self.connection.execute(_TO_READ, {"mail": mail_id}).mappings().first(), "邮件", mail_id
        )
        standing = self._standing(row)
        raw = (
            self.vault.open(row["body"], _BODY, standing.record.sha256)
            if standing.record.disposition is Disposition.RECEIVED
            else b""
        )
        return standing, raw

    def save_images(self, mail_id: int, pages: Mapping[str, bytes]) -> None:
        for sha256, image in pages.items():
            self._add_image(sha256, image)
        if pages:
            self.connection.execute(
                page_images.insert(), [{"mail_id": mail_id, "sha256": sha256} for sha256 in pages]
            )

    def reading(self, mail_id: int) -> Submission | None:
        row = self.connection.execute(_READING, {"mail": mail_id}).first()
        return (
            _reading.open(self.vault, row.reading, row.id, row.sha256)
            if row and row.reading
            else None
        )

    def image(self, sha256: str) -> bytes | None:
        sealed = self.connection.scalar(select(images.c.sealed).where(images.c.sha256 == sha256))
        return self.vault.open(sealed, _IMAGE, sha256) if sealed else None

    def _add_image(self, sha256: str, image: bytes) -> None:
        if self.connection.scalar(select(images.c.sha256).where(images.c.sha256 == sha256)) is None:
            self.connection.execute(
                images.insert().values(sha256=sha256, sealed=self.vault.seal(image, _IMAGE, sha256))
            )

    def _records(self, query: Any, values: Mapping[str, Any] | None = None) -> list[MailRecord]:
        return [self._record(row) for row in self.connection.execute(query, values).mappings()]

    def _standing(self, row: RowMapping) -> Standing:
        return Standing(self._record(row), row["twin"], row["first"] in {row["id"], None})

    def _record(self, row: RowMapping) -> MailRecord:
        words = _words.open(self.vault, row["sealed"], row["id"], row["sha256"])
        return MailRecord(
            id=row["id"],
            mailbox=row["mailbox"],
            uidvalidity=row["uidvalidity"],
            uid=row["uid"],
            sha256=row["sha256"],
            arrived=row["arrived"],
            size_bytes=row["size_bytes"],
            disposition=Disposition(row["disposition"]),
            headers_only=row["headers_only"],
            case_id=row["case_id"],
            attempts=row["attempts"],
            settled=row["settled"],
            authentication=row["authentication"],
            unread=row["unread"],
            purged_at=row["purged_at"],
            vouched=row["vouched"],
            sender_key=_turn(row["sender_key"], row["vouched"]),
            **words,
        )
