"""Where drivers (PKCS#11 modules) may lie on this PC: what agent.toml names comes first, then the
well-known places of the platform.

Linux: the files that p11-kit lists, and the folders where OpenSC and makers of locks install.
Windows: the folders where makers install. Modules are known by the words that such files carry in
their names. Refuses p11-kit's own proxy (it shows every token twice) and files for trust or
software stores. SoftHSM is taken only when agent.toml names it: an empty software token would look
like a lock.
"""

import fnmatch
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from agent import PLATFORM
from agent.pkcs11_lock import Module

log = logging.getLogger("unbind-agent")
ROOT = Path("/")
NAMES = (
    "*pkcs11*",
    "*_p11.*",
    "*csp11*",
    "ngp11*",
    "wdpkcs*",
    "libcastle*",
    "libeps2003*",
    "libshuttle*",
    "*gm3000*p11*",
)
"""Names that makers give their modules (OpenSC, Feitian ePass, Watchdata, Longmai GM3000).

A wider net is safe: each is loaded in a child process.
"""
LEFT_OUT = (
    "p11-kit-proxy*",
    "*trust*",
    "*softhsm*",
    "*gnome-keyring*",
    "*pkcs11-spy*",
    "*pkcs11-register*",
    "*engine*",
    "*provider*",
)
FOLDERS = {
    "linux": (
        "root/usr/lib",
        "root/usr/lib64",
        "root/usr/local/lib",
        "root/usr/lib/x86_64-linux-gnu",
        "root/usr/lib/aarch64-linux-gnu",
        "root/usr/lib/*-linux-gnu/pkcs11",
        "root/usr/lib/pkcs11",
        "root/usr/lib64/pkcs11",
        "root/opt/*",
        "root/opt/*/lib",
        "root/opt/apps/*/files",
        "root/opt/apps/*/files/lib",
        "root/opt/apps/*/files/lib64",
    ),
    "win32": (
        "SystemRoot/System32",
        "ProgramFiles/*",
        "ProgramFiles/*/*",
        "ProgramFiles(x86)/*",
        "ProgramFiles(x86)/*/*",
    ),
}
"""By platform. Windows names the first step in its environment; `root` is /."""
P11_KIT_FOLDERS = ("usr/share/p11-kit/modules", "etc/pkcs11/modules")


def found(configured: Iterable[Module]) -> tuple[Module, ...]:
    """The configured modules and every other one in the well-known places,
    each file once (links followed)."""
    chosen = {real(Path(module.path)): module for module in configured}
    for path in well_known():
        chosen.setdefault(real(path), Module(str(path)))
    return tuple(chosen.values())


def well_known() -> Iterator[Path]:
    if PLATFORM == "linux":
        yield from from_p11_kit()
    for folder in folders():
        yield from modules_in(folder, ".dll" if PLATFORM == "win32" else ".so")


def folders() -> Iterator[Path]:
    """The folders that exist."""
    for pattern in FOLDERS.get(PLATFORM, FOLDERS["linux"]):
        start, _, rest = pattern.partition("/")
        with suppress(KeyError, OSError):  # not on this PC, or not for this user
            # looked up in os.environ itself: a copy has no name on Windows but in capitals
            place = ROOT if start == "root" else Path(os.environ[start])
            yield from sorted(place.glob(rest))


def modules_in(folder: Path, suffix: str) -> Iterator[Path]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError:
        return
    for name in names:
        low = name.lower()
        if low.endswith(suffix) and matches(low, NAMES) and not matches(low, LEFT_OUT):
            yield folder / name


def matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def from_p11_kit() -> Iterator[Path]:
    """`module: PATH` in p11-kit's *.module files; a bare name lies in the pkcs11 folder
    of the library folder."""
    for folder in P11_KIT_FOLDERS:
        for listing in sorted((ROOT / folder).glob("*.module")):
            try:
                yield from list(named_in(listing))
            except OSError as error:  # of another user, or a folder
                log.warning("未能读取 %s，已跳过：%s", listing, error.strerror)


def named_in(listing: Path) -> Iterator[Path]:
    for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        name = value.strip()
        if key.strip() != "module" or not name or matches(Path(name).name.lower(), LEFT_OUT):
            continue
        places = (
            [ROOT / name.lstrip("/")]
            if name.startswith("/")
            else sorted(ROOT.glob(f"usr/lib*/**/pkcs11/{name}"))
        )
        yield from (place for place in places if place.is_file())


def real(path: Path) -> str:
    return os.path.normcase(path.resolve())
