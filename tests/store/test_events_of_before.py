"""Events that waited when a database was upgraded are told to whom they were to be told."""

import json

import pytest
from alembic import command
from sqlalchemy import text

from core.store.database import open_engine
from core.store.schema import _config, upgrade
from tests.servers.postgres import empty_database

BEFORE = """
INSERT INTO enterprises (id, name, name_folded, uscc, sealed)
  VALUES (1, '甲公司', '甲公司', '91119999MA0000000A', 'x');
INSERT INTO bindings (id, enterprise_id, serial, label, is_primary, system, bound_at, ended_at)
  VALUES (5, 1, 'SN1', 'BJCA', TRUE, '综合交易系统', '2026-11-25 02:00:00', '2026-11-25 03:00:00');
INSERT INTO events (id, uid, kind, enterprise_id, at, binding_id, system_id, sid) VALUES
  (1, 'evt_1', 'lock.bound', 1, '2026-11-25 02:00:00', 5, '', ''),
  (2, 'evt_2', 'lock.unbound', 1, '2026-11-25 03:00:00', 5, '', ''),
  (3, 'evt_3', 'logout', 1, NULL, NULL, 'zhengcai', 'sid of zhengcai'),
  (4, 'evt_4', 'account.locked', 1, '2026-11-25 04:00:00', NULL, '', '');
INSERT INTO event_queues (name, last_id, attempts) VALUES
  ('events zonghe', 1, 3), ('events zhengcai', 2, 0),
  ('logouts zhengcai', 0, 0), ('logouts zonghe', 0, 0);
INSERT INTO counters (name, value) VALUES ('events', 4);
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path}/desk.db" if request.param == "sqlite" else empty_database()
    engine = open_engine(url)
    yield engine
    engine.dispose()


def test_each_receiver_has_what_it_was_not_told(engine):
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0043")
        for statement in BEFORE.strip().split(";")[:-1]:
            connection.execute(text(statement))
    upgrade(engine)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, receiver, uid, kind, body FROM events ORDER BY id")
        ).all()
        receivers = connection.scalars(text("SELECT name FROM event_receivers")).all()
        last = connection.scalar(text("SELECT value FROM counters WHERE name = 'events'"))
        [subject] = connection.scalars(text("SELECT subject FROM subjects")).all()
    assert [(row.uid, row.kind) for row in rows] == [
        ("evt_2", "lock.unbound"),
        ("evt_3", "logout"),
        ("evt_4", "account.locked"),
        ("evt_4", "account.locked"),
    ]
    assert [row.receiver for row in rows[:2]] == ["events zonghe", "logouts zhengcai"]
    assert {row.receiver for row in rows[2:]} == {"events zonghe", "events zhengcai"}
    assert last == rows[-1].id
    assert set(receivers) == {
        "events zonghe",
        "events zhengcai",
        "logouts zhengcai",
        "logouts zonghe",
    }
    unbound, logout, locked, _ = (json.loads(row.body) for row in rows)
    assert logout == {"sub": subject, "sid": "sid of zhengcai"}
    assert (unbound["type"], unbound["timestamp"]) == ("lock.unbound", "2026-11-25T03:00:00+00:00")
    assert unbound["data"] == {
        "sub": subject,
        "name": "甲公司",
        "uscc": "91119999MA0000000A",
        "binding": {
            "serial": "SN1",
            "label": "BJCA",
            "primary": True,
            "system": "综合交易系统",
            "bound_at": "2026-11-25T02:00:00+00:00",
            "ended_at": "2026-11-25T03:00:00+00:00",
            "lost_at": None,
            "valid_until": None,
        },
    }
    assert "binding" not in locked["data"]
