"""An SMTP server that swallows letters, or fails in the ways servers fail:
`sink.next_faults.append(Fault.REFUSE_RECIPIENT)`.

Use: `from tests.servers.smtp_sink import smtp_sink`;
received letters wait in a queue (`sink.take(timeout_s)`).
"""

import asyncio
import base64
import queue
import socket
import ssl
import warnings
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import certificate

__all__ = ["Fault", "ReceivedLetter", "SmtpSink", "certificate", "smtp_sink"]

USER, PASSWORD = "support@example.org", "letter box"


class Fault(StrEnum):
    """One thing that goes wrong with the next letter."""

    GREYLIST = "greylist"  # 451 to RCPT
    REFUSE_RECIPIENT = "refuse_recipient"  # 550 to RCPT
    REFUSE_SENDER = "refuse_sender"  # 553 to MAIL
    BUSY_DATA = "busy_data"  # 452 behind the dot
    REFUSE_DATA = "refuse_data"  # 554 behind the dot
    DROP_BEFORE_DATA = "drop_before_data"  # connection closed at RCPT
    # taken, but the connection is closed before the answer
    DROP_AFTER_DATA = "drop_after_data"
    DROP_UNTAKEN = "drop_untaken"  # the same, and the letter is lost
    SHUT_DOWN = "shut_down"  # 421 to MAIL
    SILENT = "silent"  # taken, and the answer never comes


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A letter as it was taken."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    authenticated: bool
    tls: bool

    @property
    def message(self) -> EmailMessage:
        """The letter, parsed."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class SmtpSink:
    """The server.

    `connections` counts those that got as far as EHLO; `logins` holds every try to authenticate.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        starttls: bool = False,
        auth_required: bool = False,
    ) -> None:
        self.host, self.user, self.password = "127.0.0.1", USER, PASSWORD
        self.next_faults: deque[Fault] = deque()
        self.letters: queue.Queue[ReceivedLetter] = queue.Queue()
        self.connections = 0
        self.refuse_auth = self.busy_auth = False
        self.logins: list[str] = []
        self._sock = socket.create_server((self.host, 0))
        self.port = int(self._sock.getsockname()[1])
        self._controller = _SinkController(
            self._sock, self, context, starttls=starttls, auth_required=auth_required
        )

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Close everything."""
        self._controller.stop()

    def take(self, timeout_s: float = 40.0) -> ReceivedLetter:
        """The next letter; fails the test when none comes."""
        try:
            return self.letters.get(timeout=timeout_s)
        except queue.Empty:
            pytest.fail(f"no letter within {timeout_s} s")

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        login = data.login.decode() if isinstance(data, LoginPassword) else ""
        self.logins.append(login)
        good = (
            isinstance(data, LoginPassword)
            and (login, data.password.decode()) == (USER, PASSWORD)
            and not self.refuse_auth
        )
        if self.busy_auth:
            return AuthResult(success=False, handled=False, message="454 4.7.0 Try again later")
        return AuthResult(success=good, handled=False)

    # aiosmtpd's hooks
    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        self.logins.append("XOAUTH2")
        if base64.b64decode(args[1]) == f"user={USER}\1auth=Bearer {PASSWORD}\1\1".encode():
            return AuthResult(success=True, auth_data=USER)
        await server.push("334 " + base64.b64encode(b'{"status":"401"}').decode())
        await server._reader.readline()
        return AuthResult(success=False, handled=False)

    async def handle_EHLO(  # noqa: N802
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        match self._fault(Fault.REFUSE_SENDER, Fault.SHUT_DOWN):
            case Fault.REFUSE_SENDER:
                return "553 Mail from must equal authorized user"
            case Fault.SHUT_DOWN:
                asyncio.get_running_loop().call_later(0.05, _close, server)
                return "421 Service shutting down"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        match self._fault(Fault.GREYLIST, Fault.REFUSE_RECIPIENT, Fault.DROP_BEFORE_DATA):
            case Fault.GREYLIST:
                return "451 Greylisted, try again in five minutes"
            case Fault.REFUSE_RECIPIENT:
                return "550 No such user here"
            case Fault.DROP_BEFORE_DATA:
                _close(server)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
    ) -> str:
        fault = self._fault(
            Fault.BUSY_DATA,
            Fault.REFUSE_DATA,
            Fault.DROP_AFTER_DATA,
            Fault.DROP_UNTAKEN,
            Fault.SILENT,
        )
        if fault is Fault.BUSY_DATA:
            return "452 Insufficient system storage"
        if fault is Fault.REFUSE_DATA:
            return "554 Rejected as spam"
        if fault is not Fault.DROP_UNTAKEN:
            raw = bytes(envelope.original_content or b"")
            self.letters.put(
                ReceivedLetter(
                    envelope.mail_from or "",
                    tuple(envelope.rcpt_tos),
                    raw,
                    bool(session.authenticated),
                    _encrypted(server),
                )
            )
        if fault in (Fault.DROP_AFTER_DATA, Fault.DROP_UNTAKEN):
            _close(server)
        if fault is Fault.SILENT:
            await asyncio.Event().wait()
        return "250 OK"

    def _fault(self, *here: Fault) -> Fault | None:
        return (
            self.next_faults.popleft() if self.next_faults and self.next_faults[0] in here else None
        )


def _encrypted(server: SMTP) -> bool:
    return (
        server.transport is not None and server.transport.get_extra_info("ssl_object") is not None
    )


def _close(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.abort()


class _SinkController(Controller):
    def __init__(
        self,
        sock: socket.socket,
        sink: SmtpSink,
        context: ssl.SSLContext | None,
        *,
        starttls: bool,
        auth_required: bool,
    ) -> None:
        super().__init__(
            sink,
            hostname="127.0.0.1",
            port=sock.getsockname()[1],
            server_hostname="sink.example.org",
            ssl_context=None if starttls else context,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            auth_required=auth_required,
            auth_require_tls=False,
            authenticator=sink._authenticate,
        )
        self._sock = sock

    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            # authentication without TLS is what some tests are about
            warnings.simplefilter("ignore", UserWarning)
            return super().factory()

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._sock, ssl=self.ssl_context)


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A running sink without TLS and without authentication."""
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()
