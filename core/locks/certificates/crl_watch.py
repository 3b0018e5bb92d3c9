"""How old the lists are that the desk relies on: for each CA whose certificates are checked by
lists, before and after the lists run out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from core.clock import local
from core.locks.certificates.crl import RevocationList
from core.locks.certificates.parsing import Certificate
from core.locks.certificates.verifier import CertificateVerifier

LAST_PART = 10
"""A list is reported as ageing in the last tenth of its life: CAs publish the next one before,
be the life a day or a quarter."""


class Age(StrEnum):
    """The age of a list."""

    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"
    MISSING = "missing"
    UNREAD = "unread"


@dataclass(frozen=True)
class ListLine:
    """One list that is relied on. `id`: names it in alerts; `text`: for people."""

    id: str
    age: Age
    text: str


def watched(verifier: CertificateVerifier, now: datetime) -> list[ListLine]:
    """A line for each list of each CA that must have one, and for each file that cannot be read.

    A CA without any list has one line, `missing`: its certificates are all refused.
    """
    lines: dict[str, ListLine] = {}
    for issuer in _relied_on(verifier):
        lists = [one for one in verifier.lists.in_use() if one.issuer_spki == issuer.spki]
        found = [_line(one, now) for one in lists] or [
            ListLine(
                sha256(issuer.spki).hexdigest()[:16], Age.MISSING, f"{issuer.subject}：没有吊销列表"
            )
        ]
        lines |= {line.id: line for line in found}
    unread = [
        ListLine(sha256(text.encode()).hexdigest()[:16], Age.UNREAD, text)
        for text in verifier.lists.unread
    ]
    return [*lines.values(), *unread]


def _relied_on(verifier: CertificateVerifier) -> list[Certificate]:
    """The CAs that issue locks under profiles with lists,
    and those above them that issued their certificates."""
    trust = verifier.trust
    listed = [
        one
        for one in trust.authorities()
        if (profile := trust.profile_at(one)) and profile.revocation != "none"
    ]
    above = [upper for one in listed for path in trust.ways_up(one) for upper in path[1:]]
    return list({one.der: one for one in (*listed, *above)}.values())


def _line(one: RevocationList, now: datetime) -> ListLine:
    last_part = one.next_update - (one.next_update - one.this_update) / LAST_PART
    age = Age.STALE if now > one.next_update else Age.AGEING if now > last_part else Age.FRESH
    words = {Age.STALE: "已过期", Age.AGEING: "即将过期"}.get(age, "有效")
    return ListLine(
        one.key[:16],
        age,
        f"{one.issuer}：吊销列表{words}，下次更新 {local(one.next_update):%Y-%m-%d %H:%M}",
    )
