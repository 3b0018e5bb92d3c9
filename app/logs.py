"""Structured logs: one JSON object a line.

They carry ids and states, never ID numbers, addresses, secrets or mail text.

An exception is logged by its type and place only, because its text may quote a mail; the text of
our own errors (`DeskError`) is safe.
Libraries log from warnings on, without their tracebacks; of the arguments of their lines, numbers
are written, and of all others the type.
"""

import contextlib
import logging
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from app.settings.desk_settings import LoggingZone
from core.errors import ConfigError, DeskError, raised_at

OURS = ("app", "core", "mail_intake", "papers", "scheduler", "validators", "web", "__main__")
"""Whose lines the level is about; `__main__` is a process of ours (`python -m …`)."""
_Events = MutableMapping[str, Any]


def start_logging(settings: LoggingZone) -> None:
    """Send all log lines of this process to the file, or to standard error.

    Raises ConfigError for a file that cannot be written.
    """
    handler = logging.StreamHandler(_stream(settings.file))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=[*_shared(), _library_line],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    # an event that cannot be written, as on a full disk, is dropped without a traceback
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers = [handler]
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root.setLevel(max(level, logging.WARNING))
    for package in OURS:
        logging.getLogger(package).setLevel(level)
    # aiosmtpd warns of each unknown command: a stranger could fill the disk
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _stream(file: Path | None) -> TextIO:
    if file is None:
        return sys.stderr
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise ConfigError(
            f"logging.file：无法写入 {file}（{error.strerror or error}），请检查路径和权限。"
        ) from error


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper("iso", utc=True),
        _place_of_exception,
    ]


def _place_of_exception(_logger: Any, _method: str, event: _Events) -> _Events:
    """An exception's type and place instead of its words; ours may be read."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.setdefault("error", type(error).__name__)
        event.setdefault("at", raised_at(error))
    if isinstance(error, DeskError):
        event.setdefault("text", str(error))
    return event


def _library_line(_logger: Any, _method: str, event: _Events) -> _Events:
    """A library's own line: its placeholders filled with numbers, and the types of all else."""
    arguments = event.pop("positional_args")
    named = isinstance(arguments, Mapping)
    values = tuple(
        each if isinstance(each, int | float) else f"<{type(each).__name__}>"
        for each in (arguments.values() if named else arguments)
    )
    with contextlib.suppress(TypeError, ValueError, KeyError):  # nothing to fill, or its mistake
        event["event"] %= dict(zip(arguments, values, strict=True)) if named else values
    return event
