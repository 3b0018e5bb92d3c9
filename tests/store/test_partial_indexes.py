"""What waits for people is found by its index: SQLite takes a partial one only where
the question says the same words."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from core.data.case_query import CaseQuery, Only
from core.keys.vault import Vault
from core.store.store import Store
from tests.servers.databases import sqlite_database
from web.console.listing import OPEN

NOW = datetime(2026, 11, 25, tzinfo=UTC)
QUESTIONS = {
    "ix_mails_unread": lambda tx: (
        tx.mails.count_unread(),
        tx.mails.unread(10),
        tx.cases.find(CaseQuery(only=[Only.UNREAD])),
    ),
    "ix_mails_unsettled": lambda tx: tx.mails.unsettled("box", 10),
    "ix_mails_purged": lambda tx: tx.mails.purged_in_box("box", 10),
    "ix_letters_waiting": lambda tx: tx.letters.waiting_to("li@example.com", 1),
    "ix_letters_mail_id": lambda tx: tx.letters.newest(mail_id=1),
    "ix_cases_by_hand": lambda tx: tx.cases.find(CaseQuery(OPEN, by_hand=True)),
    "ix_cases_from_stranger": lambda tx: tx.cases.find(
        CaseQuery(only=[Only.STRANGER], newest=True)
    ),
    "ix_audit_actor_action_at": lambda tx: tx.audit.search(9, actor="li", action="case.held"),
    "ix_cases_changed_at": lambda tx: tx.cases.changed_since(NOW),
}


@pytest.mark.parametrize("index", QUESTIONS)
def test_a_question_goes_by_its_index(tmp_path, index):
    store, asked = Store(sqlite_database(tmp_path / "desk.db"), Vault(bytes(32))), []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, values, *_: asked.append((statement, values)),
    )
    with store.transaction() as tx:
        QUESTIONS[index](tx)
        for statement, values in [one for one in asked if one[0].startswith("SELECT")]:
            plan = " ".join(
                row[3]
                for row in tx.connection.connection.driver_connection.execute(
                    f"EXPLAIN QUERY PLAN {statement}", values
                )
            )
            assert index in plan
    store.close()
