"""Two processes that work on one PostgreSQL database and one mailbox: every mail one disposition,
every letter sent once, every case carried out once."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest

from core.cases.upkeep.reconcile import reconcile
from core.data.case import State
from core.data.letter import LetterState
from tests.flows.kill import patiently
from tests.flows.walker import Post, approve_queued
from tests.flows.workers import Worker, desk_over, mail_of, register
from tests.servers.databases import postgres_database
from tests.servers.dovecot import dovecot
from tests.servers.processes import PROCESSES
from tests.servers.smtp_sink import smtp_sink

__all__ = ["dovecot", "smtp_sink"]

MAILS, TWICE = 80, 10
PATIENCE_S = 240.0


@pytest.fixture
def url():
    return postgres_database()


@pytest.fixture
def desk(url):
    desk = desk_over(url)
    with desk.store.transaction() as tx:
        register(tx, MAILS)
    yield desk
    desk.store.close()


@pytest.fixture
def start(url, desk, dovecot, smtp_sink):
    """Start a worker; all are ended in the end."""
    post, running = Post(dovecot.port, dovecot.user, dovecot.password, "INBOX", smtp_sink.port), []

    def start():
        running.append(PROCESSES.Process(target=Worker(url, post), daemon=True))
        running[-1].start()
        return running[-1]

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.join(60)


def write_mails(dovecot, numbers):
    """The mails of these numbers; that of a number which comes twice a second
    time in the same bytes."""
    mails = {number: mail_of(number) for number in numbers}
    with dovecot.client() as client:
        for number in numbers:
            # the workers' clock: an old one would be told of as late
            client.append("INBOX", mails[number], (), datetime.now(UTC))


def at_rest(desk, mails, twice=0):
    approve_queued(desk)
    with desk.store.transaction() as tx:
        if (
            tx.cases.count() != {State.COMPLETED: mails}
            or tx.mails.waiting(1)
            or tx.letters.newest(state=[LetterState.PENDING], limit=1)
        ):
            return False
        return len(tx.mails.newest(limit=2 * MAILS)) == mails + twice


def until(done, workers):
    for _ in range(int(PATIENCE_S / 0.4)):
        if done():
            return
        workers[0].join(0.4)
        assert all(process.is_alive() for process in workers)
    pytest.fail("the workers do not come to rest")


def everything_once(desk, smtp_sink, mails):
    with desk.store.transaction() as tx:
        letters = tx.letters.newest(limit=4 * MAILS)
        assert Counter(letter.kind.value for letter in letters) == {
            "received": mails,
            "completed": mails,
        }
        assert set(Counter(letter.case_id for letter in letters).values()) == {2}
        done = [
            entry
            for entry in tx.audit.entries(limit=20 * MAILS)
            if entry.action == "case.completed"
        ]
        assert Counter(entry.detail["bindings_ended"] for entry in done) == {"1": mails}
        assert not any(tx.bindings.of_enterprise(number + 1) for number in range(mails))
        assert tx.alerts.find() == []
    assert reconcile(desk) == []
    taken = Counter(
        smtp_sink.letters.get().message["Message-ID"] for _ in range(smtp_sink.letters.qsize())
    )
    assert set(taken) == {letter.message_id for letter in letters}
    return taken


@pytest.mark.dovecot
def test_two_workers_do_everything_once(desk, dovecot, smtp_sink, start):
    workers = [start(), start()]
    patiently(partial(write_mails, dovecot, [*range(MAILS), *range(TWICE)]))
    until(lambda: at_rest(desk, MAILS, TWICE), workers)
    with desk.store.transaction() as tx:
        assert Counter(mail.disposition.value for mail in tx.mails.newest(limit=2 * MAILS)) == {
            "case": MAILS,
            "duplicate": TWICE,
        }
    assert set(everything_once(desk, smtp_sink, MAILS).values()) == {1}


@pytest.mark.dovecot
def test_another_goes_on_where_one_is_killed(desk, dovecot, smtp_sink, start):
    first = start()
    patiently(partial(write_mails, dovecot, range(TWICE)))
    until(lambda: stored(desk) > 0, [first])
    second = start()
    first.kill()
    patiently(partial(write_mails, dovecot, range(TWICE, 2 * TWICE)))
    until(lambda: at_rest(desk, 2 * TWICE), [second])
    everything_once(desk, smtp_sink, 2 * TWICE)


def stored(desk):
    with desk.store.transaction() as tx:
        return len(tx.mails.newest())
