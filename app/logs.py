"""Structured logs: one JSON object a line, or lines for eyes. They carry ids and states, never ID numbers, addresses, secrets or mail text.

An exception is logged by its type and place only, because its words (and those of libraries' own log lines with arguments) may quote what a
mail says. Libraries log from warnings on, and without their tracebacks.
"""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

from core.errors import ConfigError, raised_at

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_Events = MutableMapping[str, Any]


def start_logging(level: str, form: str, file: Path | None) -> None:
    """Send all log lines of this process to the file, or to standard error. Raises ConfigError for a file that cannot be written."""
    stream = _stream(file)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form, stream)],
        foreign_pre_chain=[*_shared(), _library_without_text],
    ))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(LEVELS[level])
    for noisy in ("imapclient", "asyncio", "procrastinate", "psycopg", "uvicorn", "pdfminer", "multipart", "python_multipart", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of each unknown command: a stranger could fill the disk
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=True,
    )


def _stream(file: Path | None) -> TextIO:
    if file is None:
        return sys.stderr
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise ConfigError(f"logging.file：无法写入 {file}（{error.strerror or error}），请检查路径和权限。") from error


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper("iso", utc=True), _place_of_exception,
    ]


def _renderer(form: str, stream: TextIO) -> Any:
    if form == "console":
        return structlog.dev.ConsoleRenderer(colors=stream.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _place_of_exception(_logger: Any, _method: str, event: _Events) -> _Events:
    """An exception's type and place instead of its words."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.setdefault("error", type(error).__name__)
        event.setdefault("at", raised_at(error))
    return event


def _library_without_text(_logger: Any, _method: str, event: _Events) -> _Events:
    """A library's own line without its arguments, which could hold anything: `event` becomes the unformatted text."""
    record = event.get("_record")
    if record is not None:
        event["event"] = str(record.msg)
    return event
