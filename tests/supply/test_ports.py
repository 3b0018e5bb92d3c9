"""The tests' own ports."""

from tests.servers.ports import free_port


def test_a_port_is_returned_once() -> None:
    """A server with two ports binds them later: Dovecot does not start when both are the same."""
    ports = [free_port() for _ in range(400)]
    assert len(set(ports)) == len(ports)
