"""What a mail and a case cost: statements and transactions, which are counted,
since seconds depend on the machine."""

from contextlib import contextmanager

from sqlalchemy import event

from bench.window import fill
from core.cases.intake.receive import receive
from core.cases.window.process import AT_ONCE, run_window
from core.data.mail_record import NewMail
from tests.validators.builders import complete_submission

CASES = 2 * AT_ONCE


@contextmanager
def counted(store):
    """Statements and transactions of a block, and the text of its updates."""
    seen = {"statements": 0, "transactions": 0, "updates": []}

    def statement(_connection, _cursor, text, *_):
        seen["statements"] += 1
        if text.startswith("UPDATE"):
            seen["updates"].append(text)

    def commit(_):
        seen["transactions"] += 1

    event.listen(store.engine, "before_cursor_execute", statement)
    event.listen(store.engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", statement)
        event.remove(store.engine, "commit", commit)


def test_a_mail_that_opens_a_case_costs_few_statements(harness):
    with harness.tx() as tx:
        mail_id = tx.mails.add(NewMail("box", 1, 1, harness.clock.now(), 3, b"one"))
    with counted(harness.desk.store) as seen:
        receive(harness.desk, mail_id, complete_submission(), {})
    assert seen["transactions"] == 1
    # three store the words for the search, one asks for blocks, one for a nameless request
    assert seen["statements"] <= 21


def test_cases_of_a_window_share_transactions_and_cost_few_statements_each(harness):
    fill(harness.desk.store, CASES)
    harness.clock.at = harness.clock.at.replace(hour=3)
    with counted(harness.desk.store) as seen:
        report = run_window(harness.desk)
    assert len(report.completed) == CASES
    assert seen["transactions"] == 1 + CASES // AT_ONCE
    # one asks for words of the contact that wait to be read
    assert seen["statements"] / CASES <= 15


def test_no_update_writes_a_key(harness):
    """SQLite would look for all rows that refer to it: of 10,000 cases each took three times as
    long."""
    fill(harness.desk.store, 1)
    harness.clock.at = harness.clock.at.replace(hour=3)
    with counted(harness.desk.store) as seen:
        run_window(harness.desk)
    assert {text.split()[1] for text in seen["updates"]} >= {"cases", "bindings"}
    assert not [text for text in seen["updates"] if "SET id=" in text]
