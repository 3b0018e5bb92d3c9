"""What trading systems are told is fixed when it happens: a row for each receiver, in place of a
place in a sequence that all of them share."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None
needs_stop = True  # processes of before would write events without their bodies

NOW = datetime.now(UTC)
OLD = sa.text("""
    SELECT events.id, events.uid, events.kind, events.at, events.system_id, events.sid,
           events.binding_id, events.enterprise_id, subjects.subject, enterprises.name,
           enterprises.uscc, bindings.serial, bindings.label, bindings.is_primary, bindings.system,
           bindings.bound_at, bindings.ended_at, bindings.lost_at, bindings.valid_until
    FROM events JOIN enterprises ON enterprises.id = events.enterprise_id
    LEFT JOIN subjects ON subjects.enterprise_id = events.enterprise_id
    LEFT JOIN bindings ON bindings.id = events.binding_id
    ORDER BY events.id
""").columns(
    at=sa.DateTime(timezone=True), is_primary=sa.Boolean, bound_at=sa.DateTime(timezone=True),
    ended_at=sa.DateTime(timezone=True), lost_at=sa.DateTime(timezone=True),
    valid_until=sa.DateTime(timezone=True),
)


def upgrade() -> None:
    """Write anew what waits, as far as can be known by now."""
    connection = op.get_bind()
    receivers = connection.execute(sa.text('SELECT name, last_id FROM event_queues')).all()
    rows = connection.execute(OLD).all()
    subjects = _subjects(connection, rows)
    op.drop_table('events')
    op.drop_table('event_queues')
    events = op.create_table(
        'events',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('uid', sa.String(40), nullable=False),
        sa.Column('receiver', sa.String(60), nullable=False),
        sa.Column('kind', sa.String(24), nullable=False),
        sa.Column('body', sa.Text, nullable=False),
        sa.Column('attempts', sa.Integer, nullable=False),
        sa.Column('next_try_at', sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_events')),
    )
    op.create_index('ix_events_receiver', 'events', ['receiver', 'id'])
    known = op.create_table(
        'event_receivers',
        sa.Column('name', sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_event_receivers')),
    )
    if receivers:
        op.bulk_insert(known, [{'name': one.name} for one in receivers])
    waiting = [*_waiting(rows, receivers, subjects)]
    if waiting:
        op.bulk_insert(events, [{'id': place, **one} for place, one in enumerate(waiting, 1)])
    last = sa.text("UPDATE counters SET value = :value WHERE name = 'events'")
    connection.execute(last, {'value': len(waiting)})


def _subjects(connection: sa.Connection, rows: Any) -> dict[int, str]:
    """The subjects of those who are told about; one that has none yet gets it."""
    subjects = {row.enterprise_id: row.subject for row in rows}
    fresh = sa.text('INSERT INTO subjects (enterprise_id, subject) VALUES (:id, :subject)')
    for enterprise_id in [one for one, subject in subjects.items() if subject is None]:
        subjects[enterprise_id] = secrets.token_hex(16)
        connection.execute(fresh, {'id': enterprise_id, 'subject': subjects[enterprise_id]})
    return subjects


def _waiting(rows: Any, receivers: Any, subjects: dict[int, str]) -> Iterator[dict[str, Any]]:
    for row in rows:
        to = f'logouts {row.system_id}' if row.kind == 'logout' else 'events '
        body = _logout(row, subjects) if row.kind == 'logout' else _event(row, subjects)
        for one in receivers:
            told = one.name == to if row.kind == 'logout' else one.name.startswith(to)
            if told and row.id > one.last_id:
                text = json.dumps(body, ensure_ascii=False)
                yield {
                    'uid': row.uid, 'receiver': one.name, 'kind': row.kind, 'body': text,
                    'attempts': 0, 'next_try_at': None,
                }


def _logout(row: Any, subjects: dict[int, str]) -> dict[str, Any]:
    return {'sub': subjects[row.enterprise_id], 'sid': row.sid}


def _event(row: Any, subjects: dict[int, str]) -> dict[str, Any]:
    data = {'sub': subjects[row.enterprise_id], 'name': row.name, 'uscc': row.uscc}
    if row.binding_id is not None:
        data['binding'] = {
            'serial': row.serial, 'label': row.label, 'primary': row.is_primary,
            'system': row.system, 'bound_at': _iso(row.bound_at), 'ended_at': _iso(row.ended_at),
            'lost_at': _iso(row.lost_at), 'valid_until': _iso(row.valid_until),
        }  # fmt: skip
    return {'type': row.kind, 'timestamp': _iso(row.at or NOW), 'data': data}


def _iso(at: datetime | None) -> str | None:
    """SQLite keeps instants of UTC without saying so."""
    if at is None:
        return None
    return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
