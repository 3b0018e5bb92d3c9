"""`unbind support`: one archive for technical support outside the centre, without personal data:
versions, settings, doctor's report, figures, schema, audit, the end of the log.

COVERED replaces the centre's own words (names, addresses, paths of its settings) wherever they
occur, and all that looks like an address or a long number. No mail, page or letter is read.
"""

import contextlib
import io
import platform
import re
import ssl
import tarfile
from collections import deque
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from app.operations.config_report import report
from app.operations.doctor import diagnose
from app.operations.health import DeskHealth
from app.settings.config import Config
from app.wiring import Wiring
from core.errors import DeskError
from core.store.audit_verifying import verify_audit
from core.store.copying import rows
from core.store.schema import revisions
from core.store.store import Store

COVERED = "…"
LOG_LINES = 5_000
_SHORTEST_BYTES = 4
"""In UTF-8. Shorter words of the settings (a folder "in") would cover half the text; two Chinese
characters may be a name."""
_PERSONAL = (
    r"[^\s\"'<>]+@[\w.-]+"
    r"|(?<![0-9A-Za-z_])(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z_]|\.\d)"
    r"|(?:[0-9a-fA-F]{0,4}:){3,}[0-9a-fA-F:]*"
    r"|(?<![0-9A-Za-z.-])(?!JB\d{8}-\d{4}|\d{4}-\d\d-\d\d)(?=[A-Za-z-]*\d)[0-9A-Za-z-]{9,}"
)
"""Mail addresses, network addresses, and numbers of nine characters and more: of persons,
telephones, locks, enterprises. Numbers of cases and times stay. Chinese words touch numbers, so
that `\\w` is no border of one."""


def pack(config_file: Path | None, wiring: Wiring, archive: Path, log: Path | None) -> list[str]:
    """Write the archive, and return the names of its files. `log`: another log than logging.file.

    Raises OSError.
    """
    covered = _covered(wiring.config)
    texts = {
        "versions.txt": _versions(),
        "settings.txt": _settings(wiring.config),
        "doctor.txt": (f"{line.ok} {line.name} {line.text}" for line in diagnose(config_file)),
        "figures.txt": _figures(wiring),
        "log.txt": _log_end(log or wiring.settings.logging.file),
    }
    contents = {
        name: "".join(f"{covered.sub(COVERED, line)}\n" for line in lines).encode()
        for name, lines in texts.items()
    }
    with tarfile.open(archive, "x:gz") as packed:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"unbind-support/{name}")
            entry.size, entry.mode = len(content), 0o600
            packed.addfile(entry, io.BytesIO(content))
    return [*contents]


def _covered(config: Config) -> re.Pattern[str]:
    """Matches the centre's words, with names of colleagues as keys, and what looks personal."""
    words = {
        word
        for setting in report(config)
        if setting.changed and not setting.is_choice
        for word in (*_words(setting.value), *(name for name in setting.key if not name.isascii()))
        if len(word.encode()) >= _SHORTEST_BYTES
    }
    found = map(re.escape, sorted(words, key=len, reverse=True))
    return re.compile("|".join((*found, _PERSONAL)))


def _words(value: Any) -> Iterator[str]:
    """All texts in the value of a setting."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (word for part in value for word in _words(part))


def _versions() -> Iterator[str]:
    yield f"{platform.platform()}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}"
    yield from sorted(f"{each.name} {each.version}" for each in distributions())


def _settings(config: Config) -> Iterator[str]:
    """The settings that are not the default; of those with the centre's words the names alone."""
    for setting in report(config):
        if not setting.changed:
            continue
        if setting.is_choice or not [*_words(setting.value)]:
            yield f"{setting.name}: {setting.value}"
        else:
            yield f"{'.'.join(setting.key[:2])}: {COVERED}"


def _figures(wiring: Wiring) -> Iterator[str]:
    """Schema, rows by table, the metrics and the problems of the audit's chain, or why the database
    cannot be used."""
    try:
        with contextlib.closing(wiring.store(check_schema=False)) as store:
            yield from _figures_of(wiring, store)
    except DeskError as error:
        yield str(error)


def _figures_of(wiring: Wiring, store: Store) -> Iterator[str]:
    there, wanted = revisions(store.engine)
    yield f"{store.engine.dialect.name}: schema {there}, this program's {wanted}"
    if there != wanted:
        return
    with store.view() as tx:
        yield from [f"{name}: {count} rows" for name, count in rows(tx.connection).items()]
    desk = wiring.desk(store)
    yield from DeskHealth(wiring, desk, desk.now()).metrics().decode().splitlines()
    yield from verify_audit(store, whole=True) or ["The audit's chain is whole."]


def _log_end(log: Path | None) -> Iterator[str]:
    if log is None:
        yield "No logging.file: journalctl -u unbind-desk -o cat > FILE, then --log FILE."
        return
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            yield from (line.rstrip("\n") for line in deque(lines, LOG_LINES))
    except OSError as error:
        yield f"The log cannot be read: {error.strerror}"
