"""A child or worker that a file has taken over reaches nothing of the desk: each means is tried
from inside, in a process of the desk's own kind.

Two walls stand behind each other, and each is tried alone too: the namespaces without the filter of
calls, the filter without the namespaces.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from core.data.documents import Unopened
from core.errors import ConfigError
from papers.opening import confinement
from papers.opening.processes import Confine
from papers.opening.sandbox import PdfSandbox, RawPage
from papers.page.worker_messages import PAGE
from papers.page.workers import _Worker
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.app.running import ROOT
from tests.documents.confining import (
    ANYWHERE,
    LIMITS,
    SHUT_IN,
    TakenOver,
    TakenOverWorker,
    act,
    needs_confinement,
    nowhere,
)
from tests.documents.files import blank_pdf
from tests.documents.in_process import InProcess

__all__ = ["nowhere"]

NO_FILE, NO_CALL, NO_ROOM = "FileNotFoundError", "PermissionError", "Read-only file system"
SECRET = "not to be seen"

Does = TakenOver | TakenOverWorker


@pytest.fixture(autouse=True, scope="module")
def secret_environment() -> Iterator[None]:
    """The desk's environment holds a secret when its processes start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNBIND_IMAP_PASSWORD", SECRET)
        yield


@pytest.fixture(scope="module")
def child(secret_environment: None) -> Iterator[TakenOver]:
    needs_confinement()
    it = TakenOver(PdfSandbox(SHUT_IN, "tests.documents.taken_over_server"))
    yield it
    it.close()


@pytest.fixture(scope="module")
def unfiltered(secret_environment: None) -> Iterator[TakenOver]:
    """A child that may still ask the kernel for everything."""
    needs_confinement()
    it = TakenOver(PdfSandbox(SHUT_IN, "tests.documents.taken_over_unfiltered"))
    yield it
    it.close()


@pytest.fixture(scope="module")
def worker(secret_environment: None) -> Iterator[TakenOverWorker]:
    needs_confinement()
    it = TakenOverWorker(_Worker(SHUT_IN, "tests.documents.taken_over_worker"))
    yield it
    it.close()


@pytest.fixture(params=["child", "unfiltered", "worker"])
def inside(request: pytest.FixtureRequest) -> Does:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["child", "unfiltered"])
def inside_server(request: pytest.FixtureRequest) -> TakenOver:
    return request.getfixturevalue(request.param)


# what is the desk's cannot be read


def test_neither_the_vault_key_nor_the_storage_folder_is_there(
    inside: Does, tmp_path: Path
) -> None:
    (tmp_path / "vault.key").write_text("key", encoding="ascii")
    assert inside.does("read_path", path=str(tmp_path / "vault.key")).startswith(NO_FILE)
    assert inside.does("listed", path=str(tmp_path)).startswith(NO_FILE)


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "config.yaml",
        ROOT / ".git",
        Path("/etc/passwd"),
        Path("/root/.profile"),
        Path("/etc/ssl"),
        Path("/var/tmp"),
    ],
)
def test_neither_the_desks_folder_nor_the_machines_is_there(inside: Does, path: Path) -> None:
    for name in ("read_path", "listed"):
        assert inside.does(name, path=str(path)).startswith(NO_FILE)


def test_what_there_is_at_all(child: TakenOver) -> None:
    known = {"desk", "dev", "etc", "lib", "lib64", "lib32", "proc", "sys", "usr"}
    python = {
        Path(path).parts[1]
        for path in (*(p for p in sys.path if "site-packages" in p), confinement._interpreter())
    }
    assert set(json.loads(child.does("listed", path="/"))) <= known | python
    assert json.loads(child.does("listed", path="/desk")) == [
        "core",
        "lock_protocol",
        "papers",
        "tests",
    ]
    assert json.loads(child.does("listed", path="/proc")) == ["cpuinfo"]
    assert json.loads(child.does("listed", path="/dev")) == ["null", "urandom"]


# nor asked for


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A port and a local socket of the desk."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "s"))
        local.listen()
        yield int(server.getsockname()[1]), str(tmp_path / "s")


def test_no_port_of_the_desk_can_be_reached(inside: Does, listening: tuple[int, str]) -> None:
    port, path = listening
    for said in (
        inside.does("connected", port=port),
        inside.does("raw_connected", port=port),
        inside.does("unix_connected", path=path),
    ):
        assert said != "connected"


def test_no_socket_can_be_made(child: TakenOver, worker: TakenOverWorker) -> None:
    assert child.does("raw_connected", port=1).startswith(NO_CALL)
    assert worker.does("raw_connected", port=1).startswith(NO_CALL)


def test_the_environment_holds_no_secret(inside: Does) -> None:
    said = inside.does("environment")
    assert "PYTHONPATH" in said
    assert "UNBIND" not in said
    assert SECRET not in said


def test_no_process_shows_its_environment(inside: Does) -> None:
    assert inside.does("others_environment") == "[]"


# other processes are out of reach


def test_other_processes_cannot_be_seen(secret_environment: None) -> None:
    """Only bubblewrap's own, the server and the child itself. In a server of its own: the child
    of an earlier test answers before it ends, and may still be there.
    """
    needs_confinement()
    with closing(PdfSandbox(SHUT_IN, "tests.documents.taken_over_unfiltered")) as sandbox:
        assert len(json.loads(TakenOver(sandbox).does("processes"))) <= 3


def test_no_process_can_be_signalled_traced_or_limited(
    child: TakenOver, worker: TakenOverWorker
) -> None:
    for pid in (1, 2, os.getpid()):
        for name in ("signalled", "traced", "limited"):
            assert child.does(name, pid=pid).startswith(NO_CALL)
            assert worker.does(name, pid=pid).startswith(NO_CALL)


def test_the_desk_cannot_be_signalled_or_traced_without_the_filter(unfiltered: TakenOver) -> None:
    assert unfiltered.does("signalled", pid=os.getpid()).startswith("ProcessLookupError")
    assert unfiltered.does("traced", pid=os.getpid()).startswith("ProcessLookupError")


def test_no_process_can_be_made(child: TakenOver, worker: TakenOverWorker) -> None:
    for means in (child, worker):
        assert means.does("forked").startswith(NO_CALL)
        assert means.does("run", command=[str(confinement._interpreter()), "-c", ""]).startswith(
            NO_CALL
        )
        assert means.does("new_namespace").startswith(NO_CALL)


def test_there_is_no_shell(unfiltered: TakenOver) -> None:
    assert unfiltered.does("run", command=["/bin/sh", "-c", "true"]).startswith(NO_FILE)


def test_no_capability_is_left(inside: Does) -> None:
    assert inside.does("capabilities") == "0"


# nothing can be written or taken beyond the limits


@pytest.mark.parametrize(
    "path", ["/x", "/tmp/x", "/dev/x", "/desk/x", "/desk/core/errors.py", "/usr/lib/x", "/proc/x"]
)
def test_there_is_no_place_to_write(inside: Does, path: str) -> None:
    said = inside.does("written", path=path)
    assert said.startswith(NO_FILE) or NO_ROOM in said or "Permission denied" in said, said


def test_the_installed_packages_cannot_be_changed(inside: Does) -> None:
    assert NO_ROOM in inside.does("written", path=psutil.__file__)


def test_no_device_can_be_made(inside: Does) -> None:
    assert inside.does("devices") != "made"


@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE"])
def test_no_limit_can_be_raised(inside: Does, limit: str) -> None:
    assert "not allowed to raise maximum limit" in inside.does("raised_limit", limit=limit)


def test_memory_is_bounded(inside: Does) -> None:
    assert inside.does("filled", mebibytes=5000).startswith("MemoryError")
    assert inside.does("filled", mebibytes=100) == f"filled {100 * 2**20}"


# the desk has the last word on time and size


def children_of(sandbox: PdfSandbox) -> list[psutil.Process]:
    """The fork server's children of this moment: bubblewrap,
    its first process and the server stand above them."""
    assert sandbox._server is not None
    below = psutil.Process(sandbox._server.pid).children(recursive=True)
    server = next(
        process
        for process in below
        if "taken_over" in " ".join(process.cmdline()) and process.name() != "bwrap"
    )
    return server.children(recursive=True)


def ends(process: psutil.Process) -> None:
    psutil.wait_procs([process], timeout=40)
    assert not process.is_running()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def one_child(sandbox: PdfSandbox) -> psutil.Process:
    """The child, as soon as there is one."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if found := children_of(sandbox):
            return found[0]
    raise AssertionError("No child was started.")


def test_a_child_that_lifts_its_clock_ends_at_the_desks(child: TakenOver) -> None:
    child.does("environment")  # the server is there
    began, results = time.monotonic(), []
    reading = in_thread(
        lambda: results.append(child.reads(act("sleeps"), LIMITS | {"wall_s": 1.0}))
    )
    process = one_child(child.sandbox)
    reading.join(60)
    assert 3 < time.monotonic() - began < 40
    assert [one.unopened for one in results] == [Unopened.LIMIT]
    ends(process)
    assert child.does("environment")


def test_a_child_that_stays_when_all_seems_done_is_ended(inside_server: TakenOver) -> None:
    read = inside_server.reads(act("stays"))
    assert read.unopened is None
    for process in children_of(inside_server.sandbox):
        ends(process)


def test_a_child_that_talks_slowly_for_ever_is_cut_off_in_time(child: TakenOver) -> None:
    began = time.monotonic()
    read = child.reads(act("talks", size=1, pause_s=0.1), LIMITS | {"wall_s": 1.0})
    assert time.monotonic() - began < 40
    assert [page.picture for page in read.pages.values()] == [b"a page", b"\0"]


@pytest.mark.parametrize("size", [LIMITS["max_pixels"] * 3 + 1, LIMITS["max_pixels"] * 2])
def test_an_answer_over_its_size_or_sum_is_cut_and_told_as_doubt(
    child: TakenOver, size: int
) -> None:
    read = child.reads(act("talks", size=size))
    assert read.unopened is Unopened.LIMIT
    assert read.pages[1].picture == b"a page"


def test_a_huge_answer_takes_no_memory_of_the_desk(child: TakenOver) -> None:
    before = psutil.Process().memory_info().rss
    child.reads(act("talks", size=2**30 - 1))
    assert psutil.Process().memory_info().rss - before < 50 * 2**20


def test_a_worker_that_does_not_answer_is_ended() -> None:
    needs_confinement()
    worker = _Worker(SHUT_IN, "tests.documents.taken_over_worker")
    below = psutil.Process(worker.process.pid).children(recursive=True)
    with pytest.raises(TimeoutError):
        worker.exchange("page", PAGE.dump_json(("a.pdf", RawPage(1, act("sleeps")))), 0.5)
    worker.kill()
    _, alive = psutil.wait_procs(below, timeout=40)
    assert not alive


# all of it ends with the desk, and only with it

DESK = """
import sys, time, os
from papers.opening.processes import Confine
from papers.paper_reading import DocumentReader, DocumentSettings
reader = DocumentReader(DocumentSettings(confine=Confine.REQUIRE))
from tests.documents.files import blank_pdf
reader.read([("a.pdf", blank_pdf())])
print("ready", flush=True)
time.sleep(600)
"""


def test_all_processes_end_with_a_desk_that_is_killed() -> None:
    needs_confinement()
    with subprocess.Popen([sys.executable, "-c", DESK], cwd=ROOT, stdout=subprocess.PIPE) as desk:
        assert desk.stdout is not None
        assert desk.stdout.readline() == b"ready\n"
        below = psutil.Process(desk.pid).children(recursive=True)
        assert len(below) >= 6
        desk.kill()
    _, alive = psutil.wait_procs(below, timeout=40)
    assert not alive


def test_a_server_outlives_the_thread_that_started_it() -> None:
    needs_confinement()
    sandbox = PdfSandbox(SHUT_IN, "tests.documents.taken_over_server")
    in_thread(lambda: TakenOver(sandbox).does("environment")).join(60)
    server = sandbox._server
    assert server is not None
    for _ in range(3):
        assert TakenOver(sandbox).does("environment")
    assert sandbox._server is server
    assert server.poll() is None
    sandbox.close()


# where nothing can be shut in


def test_a_desk_that_must_shut_in_does_not_start_without(nowhere: None) -> None:
    with pytest.raises(ConfigError, match="bubblewrap"):
        DocumentReader(DocumentSettings(confine=Confine.REQUIRE))


def test_a_file_is_not_opened_in_the_open_when_bubblewrap_vanishes(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    needs_confinement()
    reader = DocumentReader(DocumentSettings(confine=Confine.REQUIRE), InProcess())
    request.getfixturevalue("nowhere")
    assert reader.read([("a.pdf", blank_pdf())]).documents.unopened == {"a.pdf": Unopened.LIMIT}
    reader.close()


def test_without_bubblewrap_the_filter_still_holds_and_no_secret_is_inherited(
    nowhere: None, listening: tuple[int, str]
) -> None:
    means = TakenOver(PdfSandbox(ANYWHERE, "tests.documents.taken_over_server"))
    assert means.does("raw_connected", port=listening[0]).startswith(NO_CALL)
    assert means.does("signalled", pid=os.getpid()).startswith(NO_CALL)
    assert means.does("traced", pid=os.getpid()).startswith(NO_CALL)
    assert means.does("forked").startswith(NO_CALL)
    assert "UNBIND" not in means.does("environment")
    assert means.reads(act("sleeps"), LIMITS | {"wall_s": 0.5}).unopened is Unopened.LIMIT
    means.close()


def test_a_reader_without_bubblewrap_still_reads(nowhere: None) -> None:
    reader = DocumentReader(DocumentSettings(), InProcess())
    assert len(reader.read([("a.pdf", blank_pdf())]).documents.pages) == 1
    reader.close()


ORDINARY = """
import os, socket, sys
from papers.opening.confinement import confined_command
inner = "import os, sys; listed = sorted(os.listdir('/desk'));"
inner += "print(os.getuid(), listed, os.path.exists(sys.argv[1]))"
command = confined_command(["-c", inner, sys.argv[1]])
os.execvp(command[0], command)
"""


def test_an_ordinary_user_can_shut_in_too() -> None:
    needs_confinement()
    if os.getuid() != 0:
        pytest.skip("The other tests of this file have just been run as an ordinary user.")
    python = "/usr/bin/python3"  # which anybody may run: this one may lie in root's home
    # which anybody may enter, unlike the folders that pytest gives
    with tempfile.TemporaryDirectory() as shown:
        for name in confinement.PACKAGES:
            shutil.copytree(ROOT / name, Path(shown) / name)
        Path(shown).chmod(0o755)
        ran = subprocess.run(
            [python, "-c", ORDINARY, shown],
            env={"PYTHONPATH": shown, "PATH": "/usr/bin:/bin"},
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd="/",
        )
    assert ran.stdout == "65534 ['core', 'lock_protocol', 'papers'] False\n", ran.stderr
