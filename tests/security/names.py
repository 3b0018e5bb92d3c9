"""A name server on loopback: the one that the desk and the centre's receiving server ask
for DKIM keys and SPF records."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.exception
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

HOST = "127.0.0.1"
PIECE_BYTES = 255
"""A character string of a TXT record holds no more (RFC 1035 section 3.3)."""


class NameServer:
    """`texts`: TXT records by name.

    Whatever lies below a domain of `broken` is answered SERVFAIL; any other name does not exist.
    """

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}
        self.broken: set[str] = set()
        self.port = 0

    def txt(self, name: bytes, timeout: float = 5.0) -> bytes | None:
        """As dkimpy asks for a key. Raises DNSException where there is no answer."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [HOST], self.port
        try:
            answer = resolver.resolve(name.decode(), "TXT", lifetime=timeout)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        return b"".join(answer[0].strings)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        if any(name == domain or name.endswith(f".{domain}") for domain in self.broken):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.texts:
            text = self.texts[name].decode()
            pieces = [text[at : at + PIECE_BYTES] for at in range(0, len(text), PIECE_BYTES)]
            strings = " ".join(f'"{piece}"' for piece in pieces)
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", strings))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    @contextmanager
    def running(self) -> Iterator["NameServer"]:
        """Answers while the block runs."""
        answer = self._answer

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                raw, sock = self.request
                sock.sendto(answer(dns.message.from_wire(raw)).to_wire(), self.client_address)

        with socketserver.ThreadingUDPServer((HOST, 0), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()
