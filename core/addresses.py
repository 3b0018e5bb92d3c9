"""Internet addresses as limits count them: one spelling for each, IPv6 by its network, and whether
one lies in networks that config.yaml names."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
SITE_BITS = 64
"""An IPv6 customer holds a /64 at least (RFC 6177), so its single addresses say nothing."""


def plain_address(text: str) -> str:
    """The address in its shortest form, one mapped into IPv6 as IPv4; what is no address gives
    `unknown`, so that nobody makes up sources."""
    address = _parsed(text)
    return str(address) if address else UNKNOWN


def prefix_of(address: str) -> str:
    """The key that a limit counts by: an IPv4 address, the /64 of an IPv6 address
    (`2001:db8::/64`), or any other text, unchanged."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, SITE_BITS), strict=False))
    return str(parsed) if parsed else address


def lies_in(address: str, networks: Iterable[str]) -> bool:
    """Whether the address is one of these addresses or networks."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in ip_network(network) for network in networks)


@lru_cache(1024)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
