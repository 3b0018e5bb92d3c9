"""The name service that is asked for DKIM keys.

A missing answer is not a negative one: whatever prevents an answer raises DnsUnavailable, and the
sender is then unknown, not false.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from core.errors import DnsUnavailable

if TYPE_CHECKING:
    import dns.resolver

CACHED_NAMES = 500


class ResolverDns:
    """dnspython's resolver, on given servers or on the system's.

    Nothing is read or asked before the first question.
    """

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = list(servers)

    def txt(self, name: str, timeout_s: float) -> bytes | None:
        """The TXT record of a name, its strings joined; None when there is surely none.

        Raises DnsUnavailable.
        """
        import dns.exception
        import dns.rdtypes.txtbase
        import dns.resolver

        try:
            answer = self._resolver.resolve(
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

    @cached_property
    def _resolver(self) -> "dns.resolver.Resolver":
        import dns.resolver

        resolver = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = self._servers
        resolver.cache = dns.resolver.LRUCache(CACHED_NAMES)
        return resolver
