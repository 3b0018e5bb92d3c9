"""The centre's receiving mail server: it verifies by real look-ups, writes Authentication-Results
on top, and delivers into the Maildir."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from email.utils import formatdate, parseaddr
from pathlib import Path

import dkim
import dns.exception
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.maildir import deliver, make_maildir
from tests.security.names import HOST, NameServer

SERVER = "mx.centre.example"


class Exchanger:
    """aiosmtpd's handler.

    SPF knows `ip4:`, `all` and their qualifiers; what else a record says
    is a permanent error (RFC 7208).
    """

    def __init__(self, names: NameServer, maildir: Path) -> None:
        self._names, self._maildir = names, maildir
        self._count = itertools.count(1)
        self.port = 0

    async def handle_DATA(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
    ) -> str:
        raw = bytes(envelope.original_content or b"")
        trace = f"Received: from somewhere by {SERVER} with ESMTP; {formatdate()}\r\n"
        header = (
            f"Authentication-Results: {SERVER};\r\n"
            f"\t{self.results(raw, envelope.mail_from or '')}\r\n"
        )
        deliver(
            self._maildir,
            f"{int(time.time())}.M{next(self._count):06d}P1.exchanger",
            f"{header}{trace}".encode() + raw,
        )
        return "250 2.0.0 delivered"

    def results(self, raw: bytes, mail_from: str) -> str:
        """What the header says of the mail."""
        message = BytesHeaderParser().parsebytes(raw)
        author = parseaddr(str(message["From"]))[1].partition("@")[2]
        envelope_domain = mail_from.partition("@")[2]
        signatures = [
            self._dkim(raw, at, str(value))
            for at, value in enumerate(message.get_all("DKIM-Signature", []))
        ]
        found = [
            f"spf={self._spf(envelope_domain)} smtp.mailfrom={mail_from}",
            *(signatures or ["dkim=none"]),
        ]
        policy = self._looked_up(f"_dmarc.{author}")
        return ";\r\n\t".join(
            [*found, f"dmarc={'none' if policy is None else 'pass'} header.from={author}"]
        )

    def _spf(self, domain: str) -> str:
        try:
            record = self._names.txt(domain.encode())
        except dns.exception.DNSException:
            return "temperror"
        if record is None:
            return "none"
        for term in record.decode().split()[1:]:
            result = {"-": "fail", "~": "softfail", "?": "neutral"}.get(term[0], "pass")
            match term.lstrip("+-~?"):
                case "all":
                    return result
                case mechanism if mechanism == f"ip4:{HOST}":
                    return result
                case mechanism if not mechanism.startswith("ip4:"):
                    return "permerror"
        return "neutral"

    def _dkim(self, raw: bytes, at: int, header: str) -> str:
        tags = dict(
            tag.strip().split("=", 1)
            for tag in header.replace("\n", "").replace("\r", "").split(";")
            if "=" in tag
        )
        return f"dkim={self._verified(raw, at)} header.d={tags['d']} header.s={tags['s']}"

    def _verified(self, raw: bytes, at: int) -> str:
        try:
            return "pass" if dkim.DKIM(raw).verify(at, dnsfunc=self._names.txt) else "fail"
        except dns.exception.DNSException:
            return "temperror"
        except dkim.DKIMException:
            return "permerror"

    def _looked_up(self, name: str) -> bytes | None:
        try:
            return self._names.txt(name.encode())
        except dns.exception.DNSException:
            return None

    @contextmanager
    def running(self) -> Iterator["Exchanger"]:
        """Takes mail while the block runs."""
        make_maildir(self._maildir)
        sock = socket.create_server((HOST, 0))
        self.port = sock.getsockname()[1]
        controller = _OnSocket(self, sock)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


class _OnSocket(Controller):
    """On a port that is its own from the start."""

    def __init__(self, handler: Exchanger, sock: socket.socket) -> None:
        super().__init__(handler, hostname=HOST, port=sock.getsockname()[1])
        self._sock = sock

    def _create_server(self) -> object:
        return self.loop.create_server(self._factory_invoker, sock=self._sock)
