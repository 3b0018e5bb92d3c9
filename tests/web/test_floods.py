"""Clients that send too slowly, too much, contradictions or nothing, on real sockets and without a
proxy: a page beside them is served. What the proxy cuts off is in test_proxies."""

import socket
import threading
from contextlib import ExitStack, contextmanager

import pytest

from tests.servers.pages import in_loop, listening, serving
from tests.servers.sockets import until_closed
from tests.web.harness import Harness
from web import http_bounds, request_gate

SOON_S = 0.3
LATE_S = 40.0
"""A deadline in a test is SOON_S; what has not happened after LATE_S does not happen."""
FEW = 20
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


class Served:
    """A site with few places, and raw connections to it."""

    def __init__(self, app, bound, server) -> None:
        self.app, self.connections = app, server.server_state.connections
        self.at = bound
        self.host = f"127.0.0.1:{bound[1]}".encode()

    def connect(self, source="127.0.0.1"):
        return socket.create_connection(self.at, timeout=LATE_S, source_address=(source, 0))

    def head(self, first, *lines):
        return first + b" HTTP/1.1\r\nHost: " + self.host + b"\r\n" + b"".join(lines) + b"\r\n"

    def page(self, source="127.0.0.1"):
        """The status of a page that an honest client asks for."""
        with self.connect(source) as client:
            client.sendall(self.head(b"GET /login", b"Connection: close\r\n"))
            return status(client)


def status(client) -> int:
    answer = until_closed(client)
    return int(answer.split(b" ", 2)[1]) if answer else 0


@contextmanager
def site(folder, places=FEW, **settings):
    bound, address = listening()
    at = bound.getsockname()
    harness = Harness(folder, base_url=address, **settings)
    with serving(harness.app, bound, places) as server:
        yield Served(harness.app, at, server)
    harness.store.close()


@pytest.fixture
def served(tmp_path):
    with site(tmp_path) as one:
        yield one


@pytest.fixture
def short(monkeypatch):
    """The deadline of bodies is short."""
    monkeypatch.setattr(request_gate, "BODY_S", SOON_S)


def test_a_body_that_never_ends_is_cut_off_at_its_deadline(short, served):
    with served.connect() as slow:
        slow.sendall(served.head(b"POST /login", FORM, b"Content-Length: 1000\r\n") + b"name=")
        assert status(slow) == 408


def test_a_byte_now_and_then_does_not_move_the_deadline(short, served):
    stop = threading.Event()
    with served.connect() as slow:
        slow.sendall(served.head(b"POST /login", FORM, b"Content-Length: 1000\r\n"))

        def drip():
            while not stop.wait(0.05):
                try:
                    slow.sendall(b"x")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert status(slow) == 408
        stop.set()
        dripping.join()


def test_a_file_has_as_much_more_time_as_comes_of_it(short, served, monkeypatch):
    monkeypatch.setattr(request_gate, "BODY_BYTES_PER_S", 4_000)
    late = threading.Event()
    lines = (FORM, b"Content-Length: 200000\r\n", b"Connection: close\r\n")
    with served.connect() as slow:
        slow.sendall(served.head(b"POST /login", *lines) + b"x" * 100_000)
        late.wait(SOON_S * 2)  # a form would be cut off by now
        slow.sendall(b"x" * 100_000)
        assert status(slow) == 403


def test_a_length_that_is_only_claimed_gains_no_time(short, served):
    with served.connect() as silent:
        silent.sendall(
            served.head(b"POST /portal/check", FORM, b"Content-Length: 20000000\r\n") + b"x" * 1000
        )
        assert status(silent) == 408


def test_a_file_that_is_refused_and_never_ends_is_cut_off_too(short, served):
    with served.connect() as silent:
        silent.sendall(served.head(b"POST /portal/check", FORM, b"Content-Length: 400000000\r\n"))
        assert status(silent) == 408


def test_where_too_many_bodies_are_on_their_way_the_oldest_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(request_gate, "MOST_BODIES", 4)
    monkeypatch.setattr(request_gate, "BODIES_OF_ONE_SOURCE", 2)
    with site(tmp_path) as served, ExitStack() as stack:
        head = served.head(b"POST /login", FORM, b"Content-Length: 1000\r\n")

        def slow(number):
            one = stack.enter_context(served.connect(f"127.0.0.{number}"))
            one.sendall(head)
            return one

        first, second, third = slow(2), slow(2), slow(2)
        assert status(first) == 408, "one too many of its source"
        slow(3), slow(3)
        slow(4)
        assert status(second) == 408, "one too many of all"
        third.sendall(b"x" * 1000)
        assert third.recv(100).startswith(b"HTTP/1.1 403")


def test_files_that_never_come_shut_out_none_that_does(served):
    """Two of each of six sources, which say that a file comes, send more than a form, and no
    more."""
    head = served.head(
        b"POST /portal/check",
        b"Content-Type: multipart/form-data; boundary=b\r\n",
        b"Content-Length: 20000000\r\n",
    )
    with ExitStack() as silent:
        for number in range(12):
            one = silent.enter_context(served.connect(f"127.0.0.{number // 2 + 2}"))
            one.sendall(head + b"x" * 300_000)
        with served.connect() as honest:
            body = (
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
                + b"x" * 2**20
                + b"\r\n--b--\r\n"
            )
            length = f"Content-Length: {len(body)}\r\nConnection: close\r\n".encode()
            honest.sendall(
                served.head(
                    b"POST /portal/check",
                    b"Content-Type: multipart/form-data; boundary=b\r\n",
                    length,
                )
                + body
            )
            assert status(honest) == 404, "read whole; this site only looks at no files"


def test_while_the_site_works_there_is_no_deadline(short, served):
    from fastapi.responses import PlainTextResponse

    going = threading.Event()

    def slow_page():
        going.wait(SOON_S * 4)
        return PlainTextResponse("done")

    served.app.get("/slow")(slow_page)
    with served.connect() as client:
        client.sendall(served.head(b"GET /slow", b"Connection: close\r\n"))
        assert until_closed(client).endswith(b"done")


def test_a_full_server_makes_room_by_its_longest_idle_connection(served):
    with ExitStack() as stack:
        silent = [
            stack.enter_context(served.connect(f"127.0.1.{number}")) for number in range(1, 61)
        ]
        for one in silent:
            one.sendall(b"GET / HTTP/1.1\r\n")
        assert served.page("127.0.0.2") == 200
        assert until_closed(silent[0]) == b""
        assert len(served.connections) <= 20


def test_a_connection_that_is_being_answered_is_never_closed_to_make_room(tmp_path):
    from fastapi.responses import PlainTextResponse

    going, begun = threading.Event(), threading.Semaphore(0)

    def slow_page():
        begun.release()
        going.wait(LATE_S)
        return PlainTextResponse("done")

    with site(tmp_path, 4) as served, ExitStack() as stack:
        served.app.get("/slow")(slow_page)
        working = [stack.enter_context(served.connect()) for _ in range(4)]
        for one in working:
            one.sendall(served.head(b"GET /slow", b"Connection: close\r\n"))
            assert begun.acquire(timeout=LATE_S)
        with served.connect() as late:
            assert until_closed(late) == b""
        going.set()
        assert all(until_closed(one).endswith(b"done") for one in working)
        assert served.page() == 200


def test_only_this_machine_and_the_proxy_are_answered(tmp_path, monkeypatch):
    monkeypatch.setattr(http_bounds, "LOOPBACK", ("127.0.0.1",))
    bound, address = listening()
    at = bound.getsockname()
    harness = Harness(tmp_path, base_url=address)
    with serving(harness.app, bound, FEW, ("127.0.0.9",)) as server:
        served = Served(harness.app, at, server)
        assert [served.page(f"127.0.0.{number}") for number in (1, 8, 9)] == [200, 0, 200]
    harness.store.close()


def test_a_stranger_cannot_pass_the_limit_with_two_lengths(served):
    with served.connect() as both:
        both.sendall(
            served.head(
                b"POST /login", FORM, b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"
            )
        )
        answer = until_closed(both)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    ("method", "lines", "expected"),
    [
        (b"POST", [b"Transfer-Encoding: chunked\r\n"], 411),
        (b"GET", [b"Transfer-Encoding: chunked\r\n"], 411),
        (b"DELETE", [b"Content-Length: 400000000\r\n"], 413),
        (b"POST", [b"Content-Length: 400000000\r\n"], 413),
        (b"POST", [], 411),
        (b"POST", [b"Content-Length: 5\r\n", b"Content-Length: 6\r\n"], 400),
    ],
)
def test_a_body_without_one_length_within_the_limit_is_refused_unread(
    served, method, lines, expected
):
    with served.connect() as client:
        client.sendall(served.head(method + b" /login", *lines))
        assert status(client) == expected


def test_a_body_is_counted_as_it_comes_whatever_its_header_says():
    from starlette.requests import Request

    from web.common.page_settings import WebSettings
    from web.request_gate import Gate, TooLarge

    given = 0

    async def endless():
        nonlocal given
        given += 1000
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    headers = [(b"host", b"testserver"), (b"content-length", b"7")]
    scope = {"type": "http", "method": "POST", "path": "/login", "headers": headers}
    gate = Gate(WebSettings(base_url="http://testserver", max_form_bytes=5000))
    with pytest.raises(TooLarge):
        in_loop(gate.body(Request(scope, endless), ExitStack()))
    assert given == 6000


def test_a_header_that_is_too_long_is_refused(served):
    with served.connect() as client:
        client.sendall(b"GET /login HTTP/1.1\r\nX: " + b"x" * 20_000)
        assert status(client) == 400


@pytest.mark.parametrize(
    "host",
    [b"evil.example.org", b"127.0.0.1", b"127.0.0.1:1", b"desk.example.org", b"", b"LOCALHOST."],
)
def test_another_name_is_not_answered(served, host):
    with served.connect() as client:
        client.sendall(b"GET /login HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n")
        answer = until_closed(client)
    assert answer.startswith(b"HTTP/1.1 421")
    assert b"set-cookie" not in answer.lower()


def test_loopback_goes_by_each_of_its_names(served):
    port = served.host.partition(b":")[2]
    for name in (b"localhost:", b"LocalHost:", b"[::1]:"):
        with served.connect() as client:
            client.sendall(
                b"GET /login HTTP/1.1\r\nConnection: close\r\nHost: " + name + port + b"\r\n\r\n"
            )
            assert status(client) == 200


def test_a_monitor_asks_for_health_under_any_name(served):
    with served.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\nConnection: close\r\nHost: 10.0.0.7:8321\r\n\r\n")
        assert status(client) == 200


@pytest.mark.parametrize(
    ("base_url", "hosts"),
    [
        ("https://desk.example.org", {"desk.example.org", "desk.example.org:443"}),
        ("https://Desk.example.org:443/x", {"desk.example.org", "desk.example.org:443"}),
        ("https://desk.example.org:8443", {"desk.example.org:8443"}),
        ("http://[2001:db8::1]:8321", {"[2001:db8::1]:8321"}),
        (
            "http://127.0.0.1",
            {"127.0.0.1", "127.0.0.1:80", "localhost", "localhost:80", "[::1]", "[::1]:80"},
        ),
    ],
)
def test_the_names_of_a_site_are_those_of_its_address(base_url, hosts):
    from web.request_gate import hosts_of

    assert hosts_of(base_url) == hosts
