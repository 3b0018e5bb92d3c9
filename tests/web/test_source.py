"""Where a request came from: a stranger's word counts nothing, a named proxy's does."""

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from core.addresses import prefix_of
from tests.web.harness import Harness
from web.common.page_settings import WebSettings
from web.common.source import source_of

STRANGER = "203.0.113.9"
PROXY = "10.0.0.5"


@pytest.fixture
def told(tmp_path):
    """What the site takes for source and scheme of a request, for a peer and headers."""
    harness = Harness(tmp_path, trusted_proxies=(PROXY, "10.1.0.0/16", "2001:db8:1::/48"))

    @harness.app.get("/source")
    def source(request: Request) -> str:
        return f"{source_of(request)} {request.url.scheme}"

    def ask(peer, *hops, scheme="https"):
        headers = [("X-Forwarded-For", hop) for hop in hops] + [("X-Forwarded-Proto", scheme)]
        return TestClient(harness.app, client=(peer, 5000)).get("/source", headers=headers).json()

    yield ask
    harness.store.close()


def test_nobody_is_believed_by_default():
    assert WebSettings().trusted_proxies == ()


@pytest.mark.parametrize(
    ("peer", "hops", "source"),
    [
        (STRANGER, [], f"{STRANGER} http"),
        (STRANGER, ["127.0.0.1"], f"{STRANGER} http"),
        ("127.0.0.1", [STRANGER], "127.0.0.1 http"),  # loopback is nobody special
        (PROXY, [STRANGER], f"{STRANGER} https"),
        (
            PROXY,
            ["127.0.0.1, 198.51.100.1, " + STRANGER],
            f"{STRANGER} https",
        ),  # the stranger wrote what stands before it
        (
            PROXY,
            ["198.51.100.1", STRANGER],
            f"{STRANGER} https",
        ),  # a second line goes after the first
        (
            PROXY,
            [f"{STRANGER}, 10.1.2.3, 10.0.0.5"],
            f"{STRANGER} https",
        ),  # two proxies of ours in a row
        ("2001:db8:1::7", ["2001:0DB8:0002:0::1"], "2001:db8:2::1 https"),
        (PROXY, ["::ffff:203.0.113.9"], f"{STRANGER} https"),
        (PROXY, ["everybody"], "unknown https"),
        (PROXY, [], f"{PROXY} https"),
    ],
)
def test_the_source_is_the_last_hop_that_is_no_proxy_of_ours(told, peer, hops, source):
    assert told(peer, *hops) == source


def test_a_scheme_that_is_none_is_ignored(told):
    assert told(PROXY, STRANGER, scheme="javascript") == f"{STRANGER} http"


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_limit_counts_an_ipv6_network_as_one(address, prefix):
    assert prefix_of(address) == prefix


def test_tries_of_links_are_counted_by_the_network_behind_the_proxy(tmp_path):
    harness = Harness(tmp_path, trusted_proxies=(PROXY,), per_minute={"link": 1})
    client = TestClient(harness.app, client=(PROXY, 5000))
    hops = (STRANGER, STRANGER, "203.0.113.10", "2001:db8::1", "2001:db8::2")
    statuses = [
        client.get("/link/" + "x" * 43, headers={"X-Forwarded-For": hop}).status_code
        for hop in hops
    ]
    assert statuses == [410, 429, 410, 410, 429]
    harness.store.close()
