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

    def dump(self) -> bytes:
        """The bytes on the disk."""
        return json.dumps(asdict(self)).encode()


def parse_uidlist(content: bytes) -> UidList | None:
    """The list, or None when it cannot be relied on."""
    try:
        found = UidList(**json.loads(content))
        is_reliable = found.uidvalidity > 0 and max(found.uids.values(), default=0) < found.next_uid
    except (ValueError, TypeError, AttributeError):
        return None
    return found if is_reliable else None


class UidFile:
    """The list in `path`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def numbered(
        self,
        present: Mapping[str, T],
        in_order: Callable[[Iterable[str]], Iterable[str]] = lambda keys: keys,
    ) -> tuple[int, dict[int, T]]:
        """UIDVALIDITY, and what is present by its UID, ascending, as it is on the disk. `in_order`:
        the order in which new keys get theirs. Raises OSError."""
        with self._path.with_name(f"{self._path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            uidlist = self.load()
            known = uidlist or UidList(max(1, int(self._clock.now().timestamp())))
            fresh = list(in_order(key for key in present if key not in known.uids))
            if fresh or uidlist is None:
                known.uids = {key: uid for key, uid in known.uids.items() if key in present}
                for key in fresh:
                    known.uids[key] = known.next_uid
                    known.next_uid += 1
                self._save(known)
        keys = {uid: key for key, uid in known.uids.items() if key in present}
        return known.uidvalidity, {uid: present[keys[uid]] for uid in sorted(keys)}

    def load(self) -> UidList | None:
        """The list, None where there is none. Raises OSError."""
        return parse_uidlist(self._path.read_bytes()) if self._path.exists() else None

    def _save(self, uidlist: UidList) -> None:
        temporary = self._path.with_name(f"{self._path.name}.tmp")
        put_in_place(self._path, uidlist.dump(), temporary)
