"""One software lock and one screen for the session; everything else is a test's own."""

import os
import select
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import agent_config
from agent.agent_server import AgentServer
from agent.children import LocksInChildren
from agent.signing import Signing
from tests.servers.ports import free_port
from tools.demo_lock import demo_token

ROOT = Path(__file__).resolve().parents[2]


def run_agent(*arguments, program="agent.cli", **environment):
    return subprocess.run(
        [sys.executable, "-m", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=60,
        check=False,
    )


def run_demo(*arguments):
    return run_agent(*arguments, program="tools.demo_lock")


class DemoFolder:
    """A folder of software locks, made by the command that people use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config_file = folder / "agent.toml"

    def add(self, label, *more):
        run = run_demo(self.folder, "--label", label, *more)
        assert run.returncode == 0, run.stderr
        return demo_token.locks(self.folder)[label]

    def config(self, origin, port=0):
        """An agent.toml for one page, on a free port or this one."""
        lines = self.config_file.read_text(encoding="utf-8").splitlines()[1:]
        head = [f'origins = ["{origin}"]', f"port = {port or free_port()}"]
        file = self.folder / "other.toml"
        file.write_text("\n".join([*head, *lines]), encoding="utf-8")
        return file

    def locks(self):
        return LocksInChildren(agent_config.load(self.config_file).modules)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    folder = DemoFolder(tmp_path_factory.mktemp("demo"))
    folder.add("主锁")
    return folder


@pytest.fixture(scope="session")
def screen():
    """A DISPLAY of its own."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1024x768x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    assert select.select([reader], [], [], 60)[0], "Xvfb did not start"
    yield ":" + os.read(reader, 16).decode().strip()
    server.terminate()
    server.wait(40)
    os.close(reader)


@contextmanager
def running(lock, prompt, origins):
    """An agent on a free port, in a thread."""
    server = AgentServer(0, frozenset(origins), Signing(lock, prompt))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(40)
