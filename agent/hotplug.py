"""Notices that a lock was pulled out or plugged in, without PIN and without asking a driver: the
主键为空 of the help page comes from not noticing.

On Linux the kernel gives each device a new number when it is plugged in
(/sys/bus/usb/devices/*/devnum), so even the same lock, out and in again between two readings,
shows. Elsewhere, and for software locks, what was read is held against what was read before
(`signing` reads again while a page asks).
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
    """Counts the changes that were seen.

    `sees_usb` is False where only polling shows changes (no sysfs).
    """

    def __init__(self, devices: Callable[[], frozenset[tuple[str, str]]] = usb_devices) -> None:
        self._devices = devices
        self._guard = threading.Lock()
        self._plugged = devices()
        self._tokens: frozenset[tuple[str, str]] | None = None
        self._at_last_reading = 0
        self._at_last_listing: int | None = None
        self._count = 0
        self.sees_usb = bool(self._plugged)

    def count(self) -> int:
        """How often something was plugged in or out since the agent started."""
        with self._guard:
            self._look()
            return self._count

    def saw(self, inventory: Inventory) -> None:
        """Notes a reading.

        What differs from the one before counts once, even if USB reported it too.
        """
        tokens = inventory.names()
        with self._guard:
            self._look()
            if (
                self._tokens is not None
                and tokens != self._tokens
                and self._count == self._at_last_reading
            ):
                self._count += 1
            self._tokens, self._at_last_reading = tokens, self._count

    def listed(self) -> bool:
        """Notes that a page was given the list; True when something changed since the list before
        (never for the first)."""
        with self._guard:
            changed = self._at_last_listing not in {None, self._count}
            self._at_last_listing = self._count
            return changed

    def _look(self) -> None:
        now = self._devices()
        if now != self._plugged:
            self._plugged = now
            self._count += 1
