import socket
from contextlib import closing

from core.listening import bound_socket


def test_an_accepted_connection_answers_at_once():
    """Small answers are not held back for the acknowledgement of the ones before (40 ms a page)."""
    with (
        closing(bound_socket("127.0.0.1", 0, "web.")) as listening,
        socket.create_connection(listening.getsockname()),
    ):
        accepted, _ = listening.accept()
        with closing(accepted):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
