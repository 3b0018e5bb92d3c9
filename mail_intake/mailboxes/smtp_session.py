"""One SMTP connection, bounded: commands, recipients, seconds, bytes.

What aiosmtpd leaves open is closed here.

aiosmtpd keeps a mail as a list of its lines, so 40 MB of empty lines take gigabytes, and a line
that never ends is kept beyond every limit. Here the message is one run of bytes up to its final dot
(RFC 5321 section 4.1.1.4), and what is over the limit is read and forgotten. Lines may have any
length: programs do send more than the 998 bytes of RFC 5322, and refusing them would lose requests.
Memory of all connections together is bounded by closing the one that has kept the receiver waiting
longest.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from aiosmtpd.smtp import SMTP, syntax

from core.listening import Connections

END: Final = b"\r\n.\r\n"
EVERYTHING: Final = 2**30
PROGRESS_BYTES: Final = 64 * 1024
"""So much of a mail counts as a sign of life; single bytes do not."""


@dataclass(frozen=True, slots=True)
class SmtpBounds:
    """What one client may do. At least 100 recipients: RFC 5321 section 4.5.3.1.8.

    The receiver serves its own machine, so seconds may be few.

    `command_s`: from one command to the next; `data_s`: for one mail; `session_s`: for all.
    `commands`: of one kind in a session. `held_mails`: mails of the largest size that all
    connections together may hold in memory.
    """

    connections: int = 32
    command_s: float = 60.0
    data_s: float = 300.0
    session_s: float = 1800.0
    commands: int = 1000
    recipients: int = 100
    held_mails: int = 4


USUAL: Final = SmtpBounds()


class Held:
    """Bytes of unfinished mails, of all connections of a receiver;
    in the order of their last sign of life."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._sizes: dict[BoundedSmtp, int] = {}

    def tell(self, session: "BoundedSmtp", size: int, *, alive: bool = False) -> None:
        """How much of a mail the connection holds now.

        Where all hold too much together, the one goes that gave no sign for longest.
        """
        if alive or not size:
            self._sizes.pop(session, None)
        if size and not session.leaving:
            self._sizes[session] = size
        while sum(self._sizes.values()) > self._most_bytes:
            idle_longest = next(iter(self._sizes))
            del self._sizes[idle_longest]
            idle_longest.leave()


class BoundedSmtp(SMTP):
    """aiosmtpd's session with bounds."""

    line_length_limit = PROGRESS_BYTES

    def __init__(
        self, bounds: SmtpBounds, connections: Connections, held: Held, **aiosmtpds: Any
    ) -> None:
        super().__init__(timeout=bounds.command_s, command_call_limit=bounds.commands, **aiosmtpds)
        self._bounds, self._connections, self._held = bounds, connections, held
        self._session_end: asyncio.TimerHandle | None = None
        self._bytes_to_progress = PROGRESS_BYTES
        self.leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._session_end = self.loop.call_later(self._bounds.session_s, self._timeout_cb)

    def connection_lost(self, error: Exception | None) -> None:
        if self._session_end:
            self._session_end.cancel()
        super().connection_lost(error)

    def _timeout_cb(self) -> None:
        self.leave()

    def leave(self) -> None:
        """End the connection at once: a client that does not read would keep one
        that is closed politely."""
        self.leaving = True
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    @syntax("RCPT TO: <address>")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        assert self.envelope is not None
        if len(self.envelope.rcpt_tos) >= self._bounds.recipients:
            await self.push("452 4.5.3 Too many recipients")
            return
        await super().smtp_RCPT(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(self._bounds.data_s)
        content = await self._message()
        status = "552 5.3.4 Message too big" if content is None else await self._taken(content)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        self._reset_timeout()
        await self.push(status)

    async def _taken(self, content: bytes) -> str:
        """What the handler says to the mail; the connection is not closed meanwhile."""
        assert self.envelope is not None
        assert self.session is not None
        self.envelope.content = self.envelope.original_content = content
        self._connections.works(self.session.peer)
        try:
            return str(await self._call_handler_hook("DATA"))
        finally:
            self._connections.waits(self.session.peer)

    async def _message(self) -> bytes | None:
        """The mail without the dots of transparency (section 4.5.2); None when it was too large."""
        assert self.data_size_limit is not None
        # the end of the line DATA begins a mail that has no line
        raw, searched, too_large = bytearray(b"\r\n"), 0, False
        try:
            while (end := raw.find(END, searched)) < 0:
                if len(raw) > self.data_size_limit:
                    too_large = True
                    del raw[: -len(END)]
                searched = max(len(raw) - len(END) + 1, 0)
                piece = await self._reader.read(EVERYTHING)
                raw += piece
                self._held.tell(self, len(raw), alive=self._is_alive(len(piece)))
            # commands that came with it; the reader is empty now
            self._reader.feed_data(bytes(raw[end + len(END) :]))
            del raw[end + 2 :]
            return (
                None
                if too_large or end > self.data_size_limit
                else bytes(memoryview(raw.replace(b"\r\n.", b"\r\n"))[2:])
            )
        finally:
            self._held.tell(self, 0)

    def _is_alive(self, received: int) -> bool:
        """Whether enough has come since the last sign of life for another one."""
        assert self.session is not None
        self._bytes_to_progress -= received
        if self._bytes_to_progress > 0:
            return False
        self._bytes_to_progress = PROGRESS_BYTES
        self._connections.waits(self.session.peer)
        return True
