"""A small SMTP server on loopback that delivers into the desk's own Maildir (the embedded default:
a newcomer can send it a mail).

It is no mail server for the open internet: no relaying, no authentication, no TLS, and it refuses
to listen anywhere but on loopback. A mail is accepted (250) only when it lies synced in the Maildir
(RFC 5321 section 4.2.5); a full disk is answered 452, so that the sender tries again. Return-Path
and Received are put on top as at any final delivery (RFC 5321 section 4.4). What a client may cost
is bounded in smtp_session.
"""

import asyncio
import itertools
import os
import re
import socket
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.clock import Clock
from core.errors import ConfigError
from core.listening import ACCEPTED_AT_ONCE, ConnectionLimits, Connections, Listening, bound_socket
from core.maildir import deliver, make_maildir
from mail_intake.mailboxes.smtp_session import USUAL, BoundedSmtp, Held, SmtpBounds

log: Any = structlog.get_logger(__name__)


class SmtpReceiver:
    """Listens after `start` until `stop`. `port` 0 takes any free one; `port` has it afterwards."""

    def __init__(
        self,
        host: str,
        port: int,
        maildir: Path,
        max_bytes: int,
        clock: Clock,
        *,
        bounds: SmtpBounds = USUAL,
    ) -> None:
        self.host, self.port = host, port
        self._bounds = bounds
        self._maildir, self._max_bytes, self._clock = maildir, max_bytes, clock
        self._controller: _BoundController | None = None

    def start(self) -> None:
        """Listen.

        Raises ConfigError for a busy or forbidden port, a remote address,
        or a Maildir that cannot be made.
        """
        if not is_loopback(self.host):
            raise ConfigError(
                f"mailbox.maildir.smtp_host: {self.host} 不是本机地址：内置收信服务只在本机监听，"
                "请改为 127.0.0.1。"
            )
        try:
            make_maildir(self._maildir)
        except OSError as error:
            raise ConfigError(
                f"邮件目录 {self._maildir} 无法建立（{error.strerror}）：请检查路径和权限。"
            ) from error
        sock = bound_socket(self.host, self.port, "mailbox.maildir.smtp_")
        self.port = sock.getsockname()[1]
        self._controller = _BoundController(
            sock, _Delivery(self._maildir, self._clock), self._max_bytes, self._bounds
        )
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; connections that are open are closed."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


def is_loopback(host: str) -> bool:
    """Whether `host` is an address of this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _BoundController(Controller):
    """A Controller on a socket that is bound already,
    so that a busy port is reported before a thread starts."""

    def __init__(
        self, sock: socket.socket, handler: "_Delivery", max_bytes: int, bounds: SmtpBounds
    ) -> None:
        host, port = sock.getsockname()[:2]
        super().__init__(
            handler,
            hostname=host,
            port=port,
            data_size_limit=max_bytes,
            server_hostname="localhost",
            ident="Unbind Desk",
        )
        self._bounds = bounds
        self._connections = Connections(ConnectionLimits(bounds.connections, bounds.connections))
        self._unfinished = Held(bounds.held_mails * max_bytes)
        self._sock = Listening(sock, self._connections)

    def factory(self) -> SMTP:
        return BoundedSmtp(
            self._bounds,
            self._connections,
            self._unfinished,
            handler=self.handler,
            **self.SMTP_kwargs,
        )

    def _create_server(self) -> Any:
        return self.loop.create_server(
            self._factory_invoker, sock=self._sock, backlog=ACCEPTED_AT_ONCE
        )


class _Delivery:
    """aiosmtpd's handler: one accepted message is one file."""

    def __init__(self, maildir: Path, clock: Clock) -> None:
        self._maildir, self._clock = maildir, clock
        self._counter = itertools.count(1)

    async def handle_exception(self, error: Exception) -> str:
        """The client learns nothing of what broke; the sender tries again."""
        log.error("receiver.failed", exc_info=error)
        return "451 4.3.0 Local error, try again later"

    # aiosmtpd's name
    async def handle_DATA(  # noqa: N802
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
    ) -> str:
        now = self._clock.now()
        name = (
            f"{int(now.timestamp())}.M{now.microsecond}P{os.getpid()}Q{next(self._counter)}.unbind"
        )
        raw = trace_headers(session, envelope, format_datetime(now), name) + bytes(
            envelope.original_content or b""
        )
        try:
            await asyncio.to_thread(deliver, self._maildir, name, raw)
        except OSError as error:
            log.exception("receiver.delivery_failed", error=error.strerror)
            return "452 4.3.1 Insufficient system storage, try again later"
        return "250 2.0.0 Message accepted"


def trace_headers(session: Session, envelope: Envelope, date: str, name: str) -> bytes:
    """Return-Path and Received.

    What the client said of itself is cut down to harmless characters.
    """
    helo = _sanitised(session.host_name or "unknown")
    peer = _sanitised(str(session.peer[0]) if session.peer else "unknown")
    return (
        f"Return-Path: <{_sanitised(envelope.mail_from or '')}>\r\n"
        f"Received: from {helo} ([{peer}])\r\n"
        f"\tby localhost (Unbind Desk) with ESMTP id {name};\r\n\t{date}\r\n"
    ).encode("utf-8", "replace")


def _sanitised(text: str) -> str:
    return re.sub(r"[\x00-\x20\x7f<>()\[\];]", "", text)[:320]
