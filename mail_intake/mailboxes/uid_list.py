"""UIDs for a box that has none: a list in a file gives them, written before any UID is given out.

A list that cannot be read is started again under a later UIDVALIDITY: the desk knows mails again by
their content. Two processes take turns.
"""

import fcntl
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from core.clock import Clock
from core.disk import put_in_place

T = TypeVar("T")


@dataclass(slots=True)
class UidList:
    """The UIDs given so far: key of a mail in its box → UID."""

    uidvalidity: int
    next_uid: int = 1
    uids: dict[str, int] = field(default_factory=dict)


def parse_uidlist(content: bytes) -> UidList | None:
    """The list, or None when it cannot be relied on."""
    try:
        found = UidList(**json.loads(content))
        is_reliable = found.uidvalidity > 0 and max(found.uids.values(), default=0) < found.next_uid
    except (ValueError, TypeError, AttributeError):
        return None
    return found if is_reliable else None


def numbered(
    path: Path,
    clock: Clock,
    present: Mapping[str, T],
    in_order: Callable[[Iterable[str]], Iterable[str]] = lambda keys: keys,
) -> tuple[int, dict[int, T]]:
    """UIDVALIDITY, and what is present by its UID, ascending, by the list in `path`. `in_order`:
    the order in which new keys get theirs. Raises OSError."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        uidlist = parse_uidlist(path.read_bytes()) if path.exists() else None
        known = uidlist or UidList(max(1, int(clock.now().timestamp())))
        fresh = list(in_order(key for key in present if key not in known.uids))
        if fresh or uidlist is None:
            known.uids = {key: uid for key, uid in known.uids.items() if key in present}
            for key in fresh:
                known.uids[key] = known.next_uid
                known.next_uid += 1
            temporary = path.with_name(f"{path.name}.tmp")
            put_in_place(path, json.dumps(asdict(known)).encode(), temporary)
    keys = {uid: key for key, uid in known.uids.items() if key in present}
    return known.uidvalidity, {uid: present[keys[uid]] for uid in sorted(keys)}
