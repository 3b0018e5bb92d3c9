from datetime import timedelta

import pytest
from sqlalchemy import event

from core.data.case_ports import OBJECTIONS
from core.errors import StoreError
from core.store.repositories.store_records import MOST_OF_A_FAMILY
from tests.store.test_store import AT, new_case

HOUR = timedelta(hours=1)


def test_audit_rows_are_read_newest_first_also_in_the_transaction_that_writes_them(store):
    with store.transaction() as tx:
        case = tx.cases.add(new_case())
        tx.audit.write("desk", "case.opened", case, mail="1")
        tx.now = AT + HOUR
        tx.audit.write("wang", "account.frozen", enterprise="7", version="of the detail")
        frozen, opened = tx.audit.entries()
        assert (opened.actor, opened.case_id, opened.state, opened.detail) == (
            "desk",
            case.id,
            case.state,
            {"mail": "1", "version": "1"},
        )
        assert (frozen.action, frozen.case_id, frozen.state, frozen.detail) == (
            "account.frozen",
            None,
            "",
            {"enterprise": "7", "version": "of the detail"},
        )
        assert tx.audit.entries(case.id) == [opened]
        assert tx.audit.entries(limit=1) == [frozen]
        assert tx.audit.of_action("case.opened", AT) == [opened]
        assert tx.audit.of_action("case.opened", AT + HOUR) == []
        assert tx.audit.numbers("account.frozen", "enterprise", AT) == [7]
        assert (
            tx.audit.count_of_action("case.opened", AT),
            tx.audit.count_of_action("case.opened", AT + HOUR),
        ) == (1, 0)


def test_an_alert_is_renewed_not_raised_twice(store):
    with store.transaction() as tx:
        for number, kind in enumerate(("mail.1", "disk", "mail.1")):
            tx.now = AT + number * HOUR
            tx.alerts.add(kind, f"text {number}")
        assert [(alert.kind, alert.text, alert.times) for alert in tx.alerts.find()] == [
            ("mail.1", "text 2", 1),
            ("disk", "text 1", 1),
        ]
        assert [alert.kind for alert in tx.alerts.find(families=["mail"])] == ["mail.1"]
        assert (
            tx.alerts.count(),
            tx.alerts.by(kind="disk").text,
            tx.alerts.by(kind="nothing"),
        ) == (2, "text 1", None)
        tx.alerts.clear("disk")
        assert [alert.kind for alert in tx.alerts.find()] == ["mail.1"]


def test_beyond_a_number_the_alerts_of_a_family_become_one(store):
    with store.transaction() as tx:
        for number in range(MOST_OF_A_FAMILY + 3):
            tx.alerts.add(f"mail.{number}", f"text {number}")
        collected = tx.alerts.by(kind="mail.more")
        assert (tx.alerts.count(), collected.times, collected.text) == (
            MOST_OF_A_FAMILY + 1,
            3,
            f"text {MOST_OF_A_FAMILY + 2}",
        )


def test_many_other_alerts_of_contacts_do_not_hide_an_objection(store):
    with store.transaction() as tx:
        for number in range(MOST_OF_A_FAMILY + 1):
            tx.alerts.add(f"contact.proposed.{number}", "")
        tx.alerts.add("contact.objected.7", "")
        assert [alert.kind for alert in tx.alerts.find(families=OBJECTIONS)] == [
            "contact.objected.7"
        ]


def test_a_tick_is_noted_once_in_a_while(store):
    with store.transaction() as tx:
        tx.now = AT
        tx.ticks.note("window", HOUR)
        tx.ticks.note("mailbox.a", HOUR)
        tx.now = AT + HOUR
        tx.ticks.note("window", HOUR)
        assert tx.ticks.all() == {"window": AT, "mailbox.a": AT}
        tx.now = AT + 2 * HOUR
        tx.ticks.note("window", HOUR)
        assert tx.ticks.all()["window"] == AT + 2 * HOUR


def test_a_database_that_became_read_only_is_a_trouble_of_the_store(store):
    statement = (
        "PRAGMA query_only=ON"
        if store.engine.dialect.name == "sqlite"
        else "SET default_transaction_read_only = on"
    )

    @event.listens_for(store.engine, "connect")
    def read_only(connection, _record):
        connection.execute(statement)
        connection.commit()

    store.engine.dispose()
    with pytest.raises(StoreError), store.transaction() as tx:
        tx.ticks.note("window")
