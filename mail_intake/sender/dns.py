"""The port by which DKIM keys are asked for, and its adapters: a resolver, or none at all.

No answer is never an answer: whatever keeps the name service from speaking raises DnsUnavailable,
and the sender is then unknown, not false.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from core.errors import DnsUnavailable

if TYPE_CHECKING:
    import dns.resolver

CACHED_NAMES = 500


class DnsPort(Protocol):
    """Asks for TXT records."""

    def txt(self, name: str, timeout_s: float) -> bytes | None:
        """The TXT record of a name, its strings joined; None when there is surely none.

        Raises DnsUnavailable.
        """


class NoDns:
    """Where no name service may be asked."""

    def txt(self, name: str, timeout_s: float) -> bytes | None:  # noqa: ARG002 - the port's names
        raise DnsUnavailable("未配置域名解析，无法查询 DKIM 公钥。")


class ResolverDns:
    """dnspython's resolver, on given servers or on the system's.

    Nothing is read or asked before the first question.
    """

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = tuple(servers)
        self._resolver: dns.resolver.Resolver | None = None

    def txt(self, name: str, timeout_s: float) -> bytes | None:
        import dns.exception
        import dns.rdtypes.txtbase
        import dns.resolver

        try:
            answer = self._ready().resolve(
                name, "TXT", lifetime=timeout_s, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise DnsUnavailable(f"域名解析没有答复：{type(error).__name__}") from error
        records = [
            record
            for record in answer.rrset or ()
            if isinstance(record, dns.rdtypes.txtbase.TXTBase)
        ]
        return b"".join(records[0].strings) if records else None

    def _ready(self) -> "dns.resolver.Resolver":
        import dns.resolver

        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=not self._servers)
            if self._servers:
                self._resolver.nameservers = list(self._servers)
            self._resolver.cache = dns.resolver.LRUCache(CACHED_NAMES)
        return self._resolver
