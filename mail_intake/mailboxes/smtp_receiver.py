"""A small SMTP server on loopback that delivers into the desk's own Maildir (the embedded default:
a newcomer can send it a mail).

It is no mail server for the open internet: no relaying, no authentication, no TLS, and it refuses
to listen anywhere but on loopback, behind a real mail server. A mail is accepted (250) only when it
lies synced in the Maildir (RFC 5321 section 4.2.5); a full disk is answered 452, so that the sender
tries again. Return-Path and Received are put on top as at any final delivery (RFC 5321 section
4.4).
"""

import asyncio
import itertools
import os
import re
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from core.clock import Clock
from core.errors import ConfigError
from core.listening import bound_socket
from core.maildir import deliver, make_maildir

log: Any = structlog.get_logger(__name__)

ACCEPTED_AT_ONCE = 8
"""Connections in one turn of the loop: fewer than sessions, so that none ends before it is read."""
END = b"\r\n.\r\n"
EVERYTHING = 2**30
"""Bytes: all that has come, so that the reader is empty afterwards."""


CONNECTIONS = 16
"""Each holds one mail in memory at most."""
COMMAND_S = 60.0
"""From one command to the next."""
DATA_S = 300.0
"""For one mail."""
COMMANDS = 1000
"""Of one kind in a session."""


class SmtpReceiver(Controller):
    """Listens after `start` until `stop`, and delivers: one accepted message is one file. `port` 0
    takes any free one; `port` has it afterwards.

    The socket is bound before a thread starts, so that a busy port is reported.
    """

    def __init__(
        self,
        port: int,
        maildir: Path,
        max_bytes: int,
        clock: Clock,
    ) -> None:
        self.maildir, self._clock = maildir, clock
        self._counter = itertools.count(1)
        self.sessions: dict[BoundedSmtp, None] = {}
        super().__init__(
            self,
            hostname="127.0.0.1",
            port=port,
            data_size_limit=max_bytes,
            server_hostname="localhost",
            ident="Unbind Desk",
        )

    def start(self) -> None:
        """Listen.

        Raises ConfigError for a busy or forbidden port, or a Maildir that cannot be made.
        """
        try:
            make_maildir(self.maildir)
        except OSError as error:
            raise ConfigError(
                f"邮件目录 {self.maildir} 无法建立（{error.strerror}）：请检查路径和权限。"
            ) from error
        self._sock = bound_socket(self.hostname, self.port, "mailbox.maildir.smtp_")
        self.port = self._sock.getsockname()[1]
        super().start()

    def stop(self, no_assert: bool = False) -> None:
        """Stop listening; connections that are open are closed."""
        if self._thread is not None:
            super().stop(no_assert)

    def factory(self) -> SMTP:
        return BoundedSmtp(self, timeout=COMMAND_S, command_call_limit=COMMANDS, **self.SMTP_kwargs)

    def _create_server(self) -> Any:
        return self.loop.create_server(
            self._factory_invoker, sock=self._sock, backlog=ACCEPTED_AT_ONCE
        )

    async def handle_exception(self, error: Exception) -> str:
        """The client learns nothing of what broke; the sender tries again."""
        log.error("receiver.failed", exc_info=error)
        return "451 4.3.0 Local error, try again later"

    async def delivered(self, session: Session, envelope: Envelope, content: bytes) -> str:
        """The answer to a client whose message has come whole."""
        now = self._clock.now()
        name = (
            f"{int(now.timestamp())}.M{now.microsecond}P{os.getpid()}Q{next(self._counter)}.unbind"
        )
        raw = trace_headers(session, envelope, format_datetime(now), name) + content
        try:
            await asyncio.to_thread(deliver, self.maildir, name, raw)
        except OSError as error:
            log.exception("receiver.delivery_failed", error=error.strerror)
            return "452 4.3.1 Insufficient system storage, try again later"
        return "250 2.0.0 Message accepted"


class BoundedSmtp(SMTP):
    """aiosmtpd's session, except for DATA: a mail costs its bytes and has `data_s` to arrive.

    aiosmtpd keeps a mail as a list of its lines, so that 40 MB of empty lines take gigabytes, and
    it refuses long lines, which programs do send. Here the message is one run of bytes up to its
    final dot (RFC 5321 section 4.1.1.4), and what is over the limit is read and forgotten.
    """

    line_length_limit = 2**16

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The oldest session makes room for this one."""
        super().connection_made(transport)
        sessions = self.event_handler.sessions
        if len(sessions) >= CONNECTIONS:
            oldest = next(iter(sessions))
            del sessions[oldest]
            oldest.end()
        sessions[self] = None

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.sessions.pop(self, None)
        super().connection_lost(error)

    def _timeout_cb(self) -> None:
        self.end()

    def end(self) -> None:
        """End the connection at once: a client that does not read would keep one
        that is closed politely."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        assert self.session is not None
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(DATA_S)
        content = await self._message()
        self._reset_timeout()
        status = "552 5.3.4 Message too big"
        if content is not None:
            status = await self.event_handler.delivered(self.session, self.envelope, content)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _message(self) -> bytes | None:
        """The mail without the dots of transparency (section 4.5.2); None when it was too large."""
        assert self.data_size_limit is not None
        raw = bytearray(b"\r\n")  # the end of the line DATA begins a mail that has no line
        searched, too_large = 0, False
        while (end := raw.find(END, searched)) < 0:
            if len(raw) > self.data_size_limit:
                too_large = True
                del raw[: -len(END)]
            searched = max(len(raw) - len(END) + 1, 0)
            raw += await self._reader.read(EVERYTHING)
        following = bytes(raw[end + len(END) :])
        self._reader.feed_data(following)  # commands that came with it
        if too_large or end > self.data_size_limit:
            return None
        return bytes(raw[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]


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
