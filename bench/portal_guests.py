"""Enterprises that come to the portal of the console's world, and the addresses that each opens."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from bench.console_world import Sample
from core.accounts.enterprises.enterprise_login import open_session
from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Binding, Paper
from core.data.link import LinkPurpose
from core.data.trading_systems import System, SystemsSettings
from core.store.store import Transaction
from tests.world import SYSTEM

ISSUER = "http://testserver"
TRADING = System("bench", SYSTEM, ("s" * 32,), (f"{ISSUER}/back",))
PAST_LOCKS = 8
"""Bindings that ended, of each enterprise that comes."""


@dataclass(frozen=True, slots=True)
class Guest:
    """An enterprise that is logged in. `addresses`: of pages that are its own."""

    session: str
    addresses: dict[str, str]


def door() -> SystemsSettings:
    """The door of one trading system, which brings enterprises for unbinding."""
    return SystemsSettings(ISSUER, {TRADING.id: TRADING}, frozenset())


def guest(tx: Transaction, front: FrontDesk, one: Sample) -> Guest:
    """The enterprise of a sample, with papers, past locks and a link."""
    now, enterprise_id = front.clock.now(), one.case.enterprise_id or 1
    for past in range(PAST_LOCKS):
        serial = f"SN{one.case.id}-past{past}"
        lock = Binding(0, enterprise_id, serial, "BJCA", True, SYSTEM, now, ended_at=now)
        tx.bindings.add(lock)
    [primary] = [lock for lock in tx.bindings.of_enterprise(enterprise_id) if lock.primary]
    paper = Paper(0, enterprise_id, "licence", "pdf", 3, now, was_read=True, pictured=True)
    paper_id = tx.papers.add(paper, b"pdf", secrets.token_bytes(80_000)).id
    link = tx.links.add(LinkPurpose.LOSS, enterprise_id, None, now + timedelta(days=1))
    return Guest(
        open_session(tx, front, enterprise_id, primary.id),
        {
            "/portal/unbinding": f"/portal/unbinding?client_id=bench&redirect_uri={ISSUER}/back",
            "/portal/papers/…": f"/portal/papers/{paper_id}",
            "/link/…": f"/link/{tx.links.token(link.id)}",
            "/status/…": f"/status/{one.case.number}/{tx.cases.status_token(one.case.number)}",
        },
    )
