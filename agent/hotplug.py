"""Notices that a lock was pulled out or plugged in, without PIN and without calling a driver.
A change that nobody notices causes the 主键为空 of the help page.

On Linux the kernel gives each device a new number when it is plugged in
(/sys/bus/usb/devices/*/devnum), so even a lock that was pulled out and plugged in again between two
readings is noticed. Elsewhere, and for software locks, each reading is compared with the one before
(`signing` reads again when a page sends a request).
"""

import threading
from collections.abc import Callable
from pathlib import Path

from agent.lock import Inventory

USB_DEVICES = Path("/sys/bus/usb/devices")


def usb_devices(folder: Path = USB_DEVICES) -> frozenset[tuple[str, str]]:
    """Port and device number of everything on USB; empty where there is no sysfs."""
    found = set()
    for path in folder.glob("*/devnum"):
        try:
            found.add((path.parent.name, path.read_text(encoding="ascii").strip()))
        except OSError:  # pulled out while being read
            continue
    return frozenset(found)


class HotplugWatch:
    """Counts changes of the plugged-in locks.

    `sees_usb` is False where there is no sysfs: then only readings reveal a change.
    """

    def __init__(self, devices: Callable[[], frozenset[tuple[str, str]]] = usb_devices) -> None:
        self._devices = devices
        self._guard = threading.Lock()
        self._plugged = devices()
        self._tokens: frozenset[tuple[str, str]] | None = None
        self._count_at_reading = 0
        self._count_at_list: int | None = None
        self._count = 0
        self.sees_usb = bool(self._plugged)

    def count(self) -> int:
        """How many changes there were since the agent started."""
        with self._guard:
            self._look()
            return self._count

    def note_reading(self, inventory: Inventory) -> None:
        """Compare a reading with the one before. A difference counts once, even if USB reported it
        too."""
        tokens = inventory.names()
        with self._guard:
            self._look()
            if (
                self._tokens is not None
                and tokens != self._tokens
                and self._count == self._count_at_reading
            ):
                self._count += 1
            self._tokens, self._count_at_reading = tokens, self._count

    def note_list(self) -> bool:
        """Note that a page gets the list of locks. Returns whether anything changed since the
        previous list; False for the first one."""
        with self._guard:
            changed = self._count_at_list not in {None, self._count}
            self._count_at_list = self._count
            return changed

    def _look(self) -> None:
        now = self._devices()
        if now != self._plugged:
            self._plugged = now
            self._count += 1
