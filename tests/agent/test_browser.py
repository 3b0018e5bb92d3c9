"""From Chromium: a listed page gets its signature; another origin, a null origin, a rebinding host
and a page that sends a PIN are refused."""

import base64
import http.server
import json
import os
import subprocess
import sys
import threading

import pytest

from lock_protocol import signed_bytes
from tests.agent.conftest import ROOT, running
from tests.agent.fakes import TypingPrompt, is_right
from tests.agent.windows import pin_window, xdotool

pytestmark = pytest.mark.browser
NONCE = bytes(range(32))
ASK = """async ([address, method, body, more]) => {
  try {
    const sent = body === null ? {} : {body: JSON.stringify(body)};
    const init = {method, headers: {'Content-Type': 'application/json'}, ...sent, ...more};
    const answer = await fetch(address, init);
    return {status: answer.status, said: await answer.json()};
  } catch (error) { return {status: 0, said: {error: String(error)}}; }
}"""


class Blank(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>page</title>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pages():
    """A web server: http://localhost:PORT is the listed page,
    every other name of it is another origin."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(40)


@pytest.fixture
def tab(browser):
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def prompt():
    return TypingPrompt()


@pytest.fixture
def agent(demo, pages, prompt):
    with running(demo.locks(), prompt, {f"http://localhost:{pages}"}) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def ask(tab, address, method, body=None):
    return tab.evaluate(ASK, [address, method, body, {}])


def wish(sha256, **more):
    nonce = base64.urlsafe_b64encode(NONCE).decode().rstrip("=")
    return {"nonce": nonce, "purpose": "login", "account": "", "certificate_sha256": sha256} | more


def listed(tab, agent, label):
    """The digest of a certificate, as the page finds it in the agent's list."""
    listing = ask(tab, f"{agent}/certificates", "POST", {})["said"]
    return next(
        one["sha256"] for one in listing["tokens"][0]["certificates"] if one["label"] == label
    )


@pytest.fixture
def right_wish(demo):
    """A request that only its sender's origin makes wrong."""
    return wish(
        next(
            one.sha256
            for one in demo.locks().inventory().tokens[0].certificates
            if one.label == "ECCP256"
        )
    )


def assert_refused(tab, agent, prompt, right_wish):
    """Neither read nor asked: the page sees a network error, no window opened."""
    for path, method, body in (
        ("/status", "GET", None),
        ("/certificates", "POST", {}),
        ("/sign", "POST", right_wish),
    ):
        answer = ask(tab, agent + path, method, body)
        assert answer["status"] == 0
        assert "Failed to fetch" in answer["said"]["error"]
    assert prompt.shown == []


def test_a_listed_page_lists_and_signs(tab, agent, pages, prompt):
    tab.goto(f"http://localhost:{pages}/")
    assert ask(tab, f"{agent}/status", "GET")["said"]["agent"] == "unbind-agent"
    answer = ask(tab, f"{agent}/sign", "POST", wish(listed(tab, agent, "ECCP256")))
    assert answer["status"] == 200
    message = signed_bytes(f"http://localhost:{pages}", "login", NONCE, "")
    assert is_right(
        base64.b64decode(answer["said"]["certificate"]),
        message,
        base64.b64decode(answer["said"]["signature"]),
    )
    assert prompt.shown[0].origin == f"http://localhost:{pages}"


def test_another_origin_is_refused(tab, agent, pages, prompt, right_wish):
    for host in ("127.0.0.1", "evil.example.org", "localhost.example.org"):
        tab.goto(f"http://{host}:{pages}/")
        assert_refused(tab, agent, prompt, right_wish)
    for headers in ({}, {"Content-Type": "text/plain"}):
        tab.evaluate(
            ASK, [f"{agent}/sign", "POST", right_wish, {"mode": "no-cors", "headers": headers}]
        )
    assert prompt.shown == [], "nor does a request without CORS reach anything"


def test_a_null_origin_is_refused(tab, agent, pages, prompt, right_wish):
    tab.goto(f"http://localhost:{pages}/")
    tab.set_content("<iframe sandbox='allow-scripts' srcdoc='<p>framed</p>'></iframe>")
    frame = tab.wait_for_selector("iframe").content_frame()
    frame.wait_for_selector("p")
    assert frame.evaluate("self.origin") == "null"
    assert_refused(frame, agent, prompt, right_wish)


def test_a_rebinding_host_is_refused(tab, agent, prompt):
    port = agent.rpartition(":")[2]
    answer = tab.goto(f"http://rebind.example.org:{port}/status")
    assert answer.status == 421
    same_origin = ask(tab, f"http://rebind.example.org:{port}/certificates", "POST", {})
    assert (same_origin["status"], same_origin["said"]["error"]) == (421, "host")
    assert prompt.shown == []


def test_a_page_that_sends_a_pin_is_refused_loudly(tab, agent, pages, prompt):
    tab.goto(f"http://localhost:{pages}/")
    answer = ask(tab, f"{agent}/sign", "POST", wish(listed(tab, agent, "ECCP256"), pin="123456"))
    assert (answer["status"], answer["said"]["error"]) == (400, "pin_in_request")
    assert "修改PIN码" in answer["said"]["remedy"]
    assert prompt.shown == []


@pytest.fixture
def whole_agent(demo, pages, screen):
    """The installed command with its real window."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "agent.cli",
            "serve",
            "--config",
            str(demo.config(f"http://localhost:{pages}")),
        ],
        cwd=ROOT,
        env=os.environ | {"DISPLAY": screen},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    yield line.split()[1].rstrip("等待：") if line else ""
    process.terminate()
    process.wait(40)
    for pipe in (process.stdout, process.stderr):
        pipe.close()


def test_browser_agent_window_and_lock_together(tab, whole_agent, pages, screen):
    tab.goto(f"http://localhost:{pages}/")
    order = wish(listed(tab, whole_agent, "ECCASM2"))
    tab.evaluate(
        f"arguments => {{ window.pending = ({ASK})(arguments) }}",
        [f"{whole_agent}/sign", "POST", order, {}],
    )
    window = pin_window(screen)
    xdotool(screen, "windowfocus", "--sync", window)
    xdotool(screen, "type", "--delay", "20", "123456")
    xdotool(screen, "key", "Return")
    answer = tab.evaluate("() => window.pending")
    assert answer["status"] == 200, json.dumps(answer, ensure_ascii=False)
    message = signed_bytes(f"http://localhost:{pages}", "login", NONCE, "")
    assert is_right(
        base64.b64decode(answer["said"]["certificate"]),
        message,
        base64.b64decode(answer["said"]["signature"]),
    )
