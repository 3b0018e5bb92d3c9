"""Fetching revocation lists: which addresses, and one address within bounds.

Only addresses that config.yaml names, or that are distribution points on the configured CAs'
own certificates, are fetched; those on the certificates of locks are not trusted and are
not followed, nor is any redirection. http and https only: a list is signed, so the way it came by
proves nothing.
"""

import http.client
from urllib.parse import urlsplit

from core.errors import ListUnavailable
from core.http_connection import connected
from core.locks.certificates.crl import MOST_OCTETS
from core.locks.certificates.extensions import crl_points
from core.locks.certificates.path import Trust
from lock_protocol import der

_URI = b"\x86"


def is_list_url(url: str) -> bool:
    """Whether an address is one that a list may be fetched from."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.username is None
            and url.isascii()
            and url.isprintable()
            and parts.port != 0
        )
    except ValueError:
        return False


def list_urls(trust: Trust) -> tuple[str, ...]:
    """Every address to ask, each once: the profiles' own, then those on the configured CA
    certificates that are no anchors."""
    judged = [profile for profile in trust.profiles() if profile.revocation != "none"]
    named = [url for profile in judged for url in profile.crl_urls]
    names = [
        der.one(name)
        for authority in trust.authorities()
        if judged and not trust.is_anchor(authority)
        for name in sorted(crl_points(authority))
    ]
    points = [bytes(name.data).decode("latin-1") for name in names if name.tag_bytes == _URI]
    return tuple(dict.fromkeys([*named, *filter(is_list_url, points)]))


def fetch(url: str, timeout_s: float, max_bytes: int = MOST_OCTETS) -> bytes:
    """The content at the address, fetched within `timeout_s` as a whole.

    Raises ListUnavailable, also for more than `max_bytes` and for a redirection.
    """
    if not is_list_url(url):
        raise ListUnavailable("不是 http 或 https 地址")
    headers = {"User-Agent": "unbind-desk", "Accept": "application/pkix-crl, */*"}
    with connected(url, timeout_s, ListUnavailable) as (connection, target):
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise ListUnavailable(f"{connection.host}：HTTP {answer.status}")
        data = answer.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise ListUnavailable(f"{connection.host}：超过 {max_bytes // 2**20} MiB")
        if answer.length:  # cut short: by the sender, or by the deadline
            raise ListUnavailable(f"{connection.host}：传输中断或超时")
        return data
