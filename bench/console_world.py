"""A desk after years of work, for measuring its pages: 100,000 cases and 1,000,000 rows of audit of
invented enterprises, written by bulk.

It is made once and kept (`kept`), as an SQLite file and as a dump of PostgreSQL; it is made anew
when the schema or this file changes. The rows are what the use cases would have written, sealed
under the desk's own key and chained; only mails' bytes are left out, and readings of all but the
newest mails.
"""

import hashlib
import json
import random
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

import psycopg
from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, func, select

from core.clock import local
from core.data.case import ENDED, Case, State
from core.data.finding import Finding, Severity
from core.data.letter import Letter, LetterKind, LetterState, Rendered
from core.data.mail_record import Disposition, MailRecord
from core.data.submission import Submission
from core.keys.audit_chain import Link, next_link
from core.keys.vault import Vault
from core.store import tables
from core.store.database import closing_engine
from core.store.repositories.store_records import CURSOR
from core.store.repositories.store_words import FIELDS, folded
from core.store.schema import upgrade
from core.store.store import Store, Transaction
from core.store.tables.case_tables import (
    case_figures,
    cases,
    finding_figures,
    letters,
    mails,
    search_words,
)
from core.store.tables.desk_tables import alerts, audit, counters
from core.store.tables.enterprise_tables import bindings, enterprises
from tests.drawing.people import Enterprise as Invented
from tests.drawing.people import invent_enterprise, invent_person
from tests.fixed_clock import FixedClock
from tests.servers.databases import libpq
from tests.servers.postgres import empty_database
from tests.validators.builders import enterprise
from tests.web.harness import request

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai, an hour before a window."""
CASES, AUDIT_ROWS, ENTERPRISES, DAYS = 100_000, 1_000_000, 100_000, 365
OPEN = (
    (State.QUEUED, 2000),
    (State.INCOMPLETE, 2000),
    (State.HELD, 200),
    (State.APPROVED, 100),
)
ENDINGS = (*[State.COMPLETED] * 17, State.DECLINED, State.WITHDRAWN, State.EXPIRED)
CODES = (
    "document.seal.unsure",
    "match.seal",
    "id.expired",
    "document.unreadable",
    "sender.unregistered",
)
LONG_TEXT = (
    "贵单位发来的CA锁解绑申请已经收到。\n\n"
    + "申请材料已逐项核对，办理结果将以邮件告知经办人，请留意查收。\n" * 12
)
KEY = bytes(range(32))
STEPS = {
    "case.opened": "desk",
    "case.queued": "desk",
    "letter.queued": "desk",
    "letter.sent": "desk",
    "mail.revealed": "li",
    "case.approved": "wang",
    "case.held": "li",
    "case.released": "li",
    "case.completed": "desk",
    "mail.downloaded": "zhao",
}
"""What the audit has of each case, and who did it."""
_REQUEST = (
    "尊敬的老师：您好！我单位{name}（统一社会信用代码{code}）因经办人离职，原 CA 锁已遗失，"
    "无法登录系统投标，现申请解除原 CA 锁的绑定，并重置注册密码。经办人{person}，"
    "联系电话 028-8765 4321。附件为经办人身份证和营业执照的扫描件，均已加盖公章，请审核。"
    "如有问题请及时与我单位联系，谢谢！此致敬礼。"
)
_TALK = (
    "老师您好，{name}的申请已于昨天发出，请问现在办理到哪一步了？比较着急，麻烦尽快，谢谢。{person}"
)
BESIDE = {
    0: Disposition.CONVERSATION,
    2: Disposition.OTHER,
    4: Disposition.IGNORED,
    6: Disposition.DUPLICATE,
    8: Disposition.CONVERSATION,
}
"""By the last figure of a case: the mail beside its own."""
OF_CASES = (Disposition.CASE, Disposition.CONVERSATION)
READ = 8000
"""The newest mails, which keep their reading."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the measured searches look for: a case, and the enterprise that it is of."""

    case: Case
    serial: str


def kept(folder: Path) -> tuple[Path, Path]:
    """The SQLite file and the dump of PostgreSQL, made where they
    are missing or of another version."""
    sources = [Path(__file__), *sorted(Path(tables.__file__).parent.glob("*.py"))]
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    files = folder / version / "desk.db", folder / version / "desk.dump"
    if not all(file.exists() for file in files):
        shutil.rmtree(folder, ignore_errors=True)
        files[0].parent.mkdir(parents=True)
        make(f"sqlite:///{files[0]}")
        url = empty_database()
        make(url)
        subprocess.run(["pg_dump", "-Fc", "-Z1", "-f", files[1], libpq(url)], check=True)
    return files


def make(url: str) -> None:
    """Fill an empty database."""
    with closing_engine(url) as engine:
        upgrade(engine)
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # rows are made for longer than it allows
                connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
            fill(connection)
            connection.exec_driver_sql("ANALYZE")


def sqlite_world(kept_file: Path, folder: Path) -> str:
    """The URL of a copy that may be written to."""
    shutil.copyfile(kept_file, folder / "desk.db")
    return f"sqlite:///{folder}/desk.db"


def postgres_world(dump: Path) -> str:
    """The URL of a database restored from the dump."""
    url = empty_database()
    subprocess.run(["pg_restore", "-j", "2", "--no-owner", "-d", libpq(url), dump], check=True)
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return url


def _write(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows by the thousand: one by one they take half an hour."""
    waiting = iter(rows)
    while some := list(islice(waiting, 5000)):
        connection.execute(table.insert(), some)


def fill(connection: Connection) -> None:
    """Write the desk into an empty database."""
    vault = Vault(KEY)
    tx = Transaction(connection, vault, FixedClock(AT))
    firms = _firms()
    _write(
        connection,
        enterprises,
        _enterprise_rows(tx, firms),
    )
    _write(connection, bindings, _binding_rows())
    all_cases = list(_cases(firms))
    _write(connection, cases, map(tx.cases.row, all_cases))
    _write(connection, mails, _mail_rows(tx, all_cases))
    _write(connection, search_words, _word_rows(tx, all_cases))
    _write(connection, letters, _letter_rows(tx, all_cases))
    _write(connection, audit, _audit_rows(vault, all_cases))
    _write(connection, case_figures, (_figure_row(case) for case in all_cases))
    _write(connection, finding_figures, _finding_rows())
    alert = {"at": AT, "text": "请查看。", "times": 1}
    _write(connection, alerts, [alert | {"kind": f"bench.{n}", "id": n} for n in range(1, 4)])
    _note_drawn(connection, cases, mails, search_words, letters, enterprises, bindings)
    _write(connection, counters, [{"name": CURSOR, "value": AUDIT_ROWS}])


def _note_drawn(connection: Connection, *drawn: Table) -> None:
    """The ids of these tables go on behind the rows that were written."""
    last = {table.name: connection.scalar(select(func.max(table.c.id))) for table in drawn}
    _write(connection, counters, ({"name": name, "value": value} for name, value in last.items()))


def _firms() -> list[Invented]:
    """Enterprises of different names and codes."""
    by_name = {firm.name: firm for firm in map(invent_enterprise, range(2 * ENTERPRISES))}
    by_code = {firm.uscc: firm for firm in by_name.values()}
    return list(by_code.values())[:ENTERPRISES]


def _enterprise_rows(tx: Transaction, firms: list[Invented]) -> Iterator[dict[str, Any]]:
    for number, firm in enumerate(firms, 1):
        contact = f"contact{number}@example.org"
        one = enterprise(id=number, name=firm.name, uscc=firm.uscc, contact_email=contact)
        yield tx.accounts.row(one)


def _serial(enterprise_id: int, lock: int) -> str:
    return hashlib.sha256(f"{enterprise_id} {lock}".encode()).hexdigest()[:20].upper()


def _binding_rows() -> Iterator[dict[str, Any]]:
    """Two locks of each enterprise."""
    for number in range(2 * ENTERPRISES):
        enterprise_id, lock = number // 2 + 1, number % 2
        yield {
            "id": number + 1,
            "enterprise_id": enterprise_id,
            "serial": _serial(enterprise_id, lock),
            "label": "BJCA 企业锁",
            "primary": lock == 0,
            "system": "综合交易系统",
            "bound_at": AT - timedelta(days=700),
        }


def _cases(firms: list[Invented]) -> Iterator[Case]:
    rng = random.Random("console")
    open_states = [state for state, count in OPEN for _ in range(count)]
    rng.shuffle(open_states)
    people = [invent_person(seed).name for seed in range(20_000)]
    of_day: dict[str, int] = {}
    for number in range(1, CASES + 1):
        opened = (
            AT
            - timedelta(days=DAYS) * (1 - number / CASES)
            - timedelta(minutes=rng.randrange(1, 200))
        )
        behind = number - (CASES - len(open_states))
        state = open_states[behind - 1] if behind > 0 else rng.choice(ENDINGS)
        firm, day = rng.randrange(ENTERPRISES), f"{local(opened):%Y%m%d}"
        of_day[day] = of_day.get(day, 0) + 1
        codes = rng.sample(CODES, rng.choice((0, 0, 0, 1, 2)))
        unknown = rng.random() < 0.03
        yield Case(
            number,
            f"JB{day}-{of_day[day]:04d}",
            rng.choice((2, 3, 4)),
            state,
            f"handler{rng.randrange(60_000)}@"
            f"{rng.choice(('example.com', 'example.org', 'mail.example.net'))}",
            firms[firm].name,
            firms[firm].uscc,
            True,
            True,
            opened,
            opened + timedelta(hours=rng.randrange(1, 30)) if state in ENDED else opened,
            findings=tuple(
                Finding(code, Severity.NOTE if code.startswith("sender") else Severity.REVIEW)
                for code in codes
            ),
            window_opens_at=None if state is State.INCOMPLETE else opened,
            complete_at=opened,
            enterprise_id=None if unknown else firm + 1,
            binding_ids=None if unknown else (2 * firm + 1, 2 * firm + 2),
            by_hand=rng.random() < 0.01,
            handler=rng.choice(people),
            completed_at=opened + timedelta(hours=5) if state is State.COMPLETED else None,
            approved_by="wang" if state is State.COMPLETED else "",
        )


def _mail_rows(tx: Transaction, all_cases: list[Case]) -> Iterator[dict[str, Any]]:
    """One for each case, and half as many beside: talk of every tenth case, and mail of no case."""
    submission = TypeAdapter(Submission).dump_json(request(1, AT)[0])
    for mail_id, case, kind in _mails(all_cases):
        record = MailRecord(
            mail_id,
            "box",
            1,
            mail_id,
            hashlib.sha256(str(mail_id).encode()).hexdigest(),
            case.opened_at,
            482_113,
            kind,
            message_id=f"<{mail_id}@example.com>",
            sender=case.sender,
            subject="CA锁解绑申请",
            case_id=case.id if kind in OF_CASES else None,
            settled=True,
            authentication="pass",
            unread=kind is Disposition.CONVERSATION and case.id > CASES - 2000,
            vouched=True,
        )
        yield tx.mails.row(record) | {
            "reading": tx.mails.seal(mails.c.reading, submission, mail_id, record.sha256)
            if case.id > CASES - READ and kind is Disposition.CASE
            else None,
            "sender_key": tx.mails.key(case.sender),
            "message_key": tx.mails.key(record.message_id),
            "removed": False,
        }


def _mails(all_cases: list[Case]) -> Iterator[tuple[int, Case, Disposition]]:
    """Each mail's id, the case beside which it came, and its disposition."""
    mail_id = 0
    for case in all_cases:
        odd = Disposition.QUARANTINED if case.id % 1000 == 5 else None
        for kind in filter(None, (Disposition.CASE, BESIDE.get(case.id % 10), odd)):
            mail_id += 1
            yield mail_id, case, kind


def _word_rows(tx: Transaction, all_cases: list[Case]) -> Iterator[dict[str, Any]]:
    """The words of the mails: a request of about 200 characters, then the talk beside it."""
    texts = ((case, text) for case in all_cases for text in (_REQUEST, _TALK)[: 2 - case.id % 2])
    for mail_id, (case, text) in enumerate(texts, 1):
        said = text.format(name=case.enterprise_name, person=case.handler, code=case.uscc)
        words = FIELDS.join([folded(case.sender), "CA锁解绑申请", folded(said)])
        sealed = tx.vault.seal(words.encode(), "search_words.sealed", mail_id)
        yield {"id": mail_id, "mail_id": mail_id, "text": sealed}


def _letter_rows(tx: Transaction, all_cases: list[Case]) -> Iterator[dict[str, Any]]:
    rendered = Rendered("已收到您的申请", LONG_TEXT, f"<p>{LONG_TEXT}</p>")
    answered = {case.id: mail for mail, case, kind in _mails(all_cases) if kind is Disposition.CASE}
    for case in all_cases:
        is_done = case.state is State.COMPLETED
        second = LetterKind.COMPLETED if is_done else LetterKind.RETURNED
        for number, kind in ((2 * case.id - 1, LetterKind.RECEIVED), (2 * case.id, second)):
            states = {5000: LetterState.PARKED, 3000: LetterState.CANCELLED, 1: LetterState.SENT}
            letter = Letter(
                number,
                kind,
                case.sender,
                rendered,
                f"<letter{number}@example.org>",
                case.opened_at,
                case_id=case.id,
                mail_id=answered[case.id] if kind is LetterKind.RECEIVED else None,
                state=next(state for every, state in states.items() if number % every == 0),
                sent_at=case.opened_at,
            )
            yield tx.letters.row(letter)


def _audit_rows(vault: Vault, all_cases: list[Case]) -> Iterator[dict[str, Any]]:
    link, number = Link(), 0
    for case in all_cases:
        detail = json.dumps({"mail": str(case.id), "version": str(case.version)})
        for place, (action, actor) in enumerate(STEPS.items()):
            number += 1
            row = {
                "id": number,
                "at": case.opened_at + timedelta(seconds=20 * place),
                "actor": actor,
                "action": action,
                "case_id": case.id,
                "state": case.state.value,
                "detail": detail,
            }
            link = next_link(vault, link, row)
            yield row | {"mac": link.mac}


def _figure_row(case: Case) -> dict[str, Any]:
    done = case.state is State.COMPLETED
    return {
        "case_id": case.id,
        "day": local(case.opened_at).date(),
        "arrived": case.opened_at,
        "opened_at": case.opened_at,
        "first_try": case.id % 3 > 0,
        "returned": int(case.id % 3 == 0),
        "outcome": case.state.value if case.state in ENDED else "",
        "answer_s": 2 + case.id * 7919 % 90,
        "complete_min": 30 + case.id * 7919 % 2880 if done else None,
        "answer_letter": 2 * case.id - 1,
        "codes": " ".join(one.code for one in case.findings),
    }


def _finding_rows() -> Iterator[dict[str, Any]]:
    for ago, code in product(range(DAYS), CODES):
        day = (AT - timedelta(days=ago)).date()
        yield {"day": day, "code": code, "told": 50, "returned": 20, "overruled": 5}


def sample(store: Store, case_id: int) -> Sample:
    """A case with the serial of a lock of its enterprise."""
    with store.transaction() as tx:
        case = tx.cases.get(case_id)
    return Sample(case, _serial((case.enterprise_id or 1), 0))
