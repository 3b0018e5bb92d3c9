"""The demonstration in a newcomer's hands: Ctrl-C, a port that is busy."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.running import ROOT, eventually, inside, started
from tests.servers.ports import free_port
from tests.thorough import thorough

SAMPLES = len(list((ROOT / "tests" / "data").glob("*.eml")))


def taken_in(home: Path) -> int:
    """How many mails the log tells of; none is said to have broken anything."""
    log = home / "demo" / "desk.log"
    *lines, _unfinished = log.read_bytes().split(b"\n") if log.exists() else [b""]
    events = [json.loads(line)["event"] for line in lines]
    assert not {"judging.died", "judging.overran", "judging.failed"} & set(events)
    return events.count("mail.taken_in")


def test_ctrl_c_is_answered_at_once_and_waits_for_no_mail(tmp_path: Path) -> None:
    with started(
        "demo",
        "--folder",
        "demo",
        "--port",
        str(free_port()),
        "--smtp-port",
        str(free_port()),
        cwd=tmp_path,
    ) as process:
        eventually(lambda: taken_in(tmp_path))
        process.send_signal(signal.SIGINT)
        words = process.communicate(timeout=60)[0]
    assert process.returncode == 0, words
    assert words.index("正在停止") < words.index("演示已停止")
    assert words.count("stopping") == 1
    assert "Traceback" not in words
    assert taken_in(tmp_path) < SAMPLES, "the others are read at the next start"


@thorough
def test_ctrl_c_before_the_page_is_there_is_answered_too(tmp_path: Path) -> None:
    with started(
        "demo",
        "--folder",
        "demo",
        "--port",
        str(free_port()),
        "--smtp-port",
        str(free_port()),
        cwd=tmp_path,
    ) as process:
        eventually((tmp_path / "demo" / "desk.lock").exists)
        process.send_signal(signal.SIGINT)
        words = process.communicate(timeout=60)[0]
    assert process.returncode == 0, words
    assert words.count("正在停止") == 1


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize("option", ["--port", "--smtp-port"])
def test_a_busy_port_is_one_line_that_names_the_option(
    tmp_path: Path, taken: int, option: str
) -> None:
    ports = {"--port": free_port(), "--smtp-port": free_port()} | {option: taken}
    ran = inside(
        "demo",
        "--folder",
        "demo",
        *(str(word) for pair in ports.items() for word in pair),
        cwd=tmp_path,
    )
    assert (ran.code, ran.out) == (1, "")
    [line] = ran.err.splitlines()
    for words in (
        f"127.0.0.1:{taken}",
        "端口已被占用",
        'make run DEMO="--port ',
        "unbind demo --port ",
        option,
    ):
        assert words in line
