"""Children and workers of the desk's own kind, taken over by what they read; skipped with a visible
reason where nothing can be shut in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from papers.opening import confinement
from papers.opening.processes import Confine, Confinement
from papers.opening.sandbox import PdfSandbox, RawFile, RawPage
from papers.opening.socket_frames import send_frame
from papers.page.worker_messages import PAGE
from papers.page.workers import _Worker

LIMITS = {
    "max_pages": 3,
    "max_pixels": 100_000,
    "wall_s": 20.0,
    "cpu_s": 10.0,
    "memory_bytes": 1536 * 2**20,
    "answer_bytes": 10_000_000,
    "image": False,
}
PACKAGES = (*confinement.PACKAGES, "tests")
ANYWHERE = Confinement(Confine.IF_POSSIBLE, PACKAGES)
SHUT_IN = Confinement(Confine.REQUIRE, PACKAGES)


def needs_confinement() -> None:
    why = confinement.why_unconfined()
    assert "No module named" not in why, "The sandbox lacks a package of ours: PACKAGES."
    if why:
        pytest.skip(
            f"NOTHING CAN BE SHUT IN ON THIS MACHINE ({why}): the confinement is not tested. "
            "Run: apt-get install bubblewrap"
        )


def act(name: str, **arguments: object) -> bytes:
    return json.dumps({"act": name, **arguments}).encode()


def words_of(read: RawFile) -> str:
    """What the act came to."""
    return "".join(one.signer for one in read.signatures)


class TakenOver:
    """A fork server whose children do what their file says."""

    def __init__(self, sandbox: PdfSandbox) -> None:
        self.sandbox = sandbox

    def does(self, name: str, **arguments: object) -> str:
        return words_of(self.reads(act(name, **arguments)))

    def reads(self, data: bytes, limits: Mapping[str, Any] = LIMITS) -> RawFile:
        return self.sandbox.read(data, limits)

    def close(self) -> None:
        self.sandbox.close()


class TakenOverWorker:
    """A reading worker that does what its page says."""

    def __init__(self, worker: _Worker) -> None:
        self.worker = worker

    def does(self, name: str, **arguments: object) -> str:
        page = RawPage(1, act(name, **arguments))
        send_frame(self.worker.socket, "page", PAGE.dump_json(("a", page)))
        answer = self.worker._answer(20.0)
        assert answer is not None
        return str(answer[0]["failed"]).partition(" at ")[0]

    def close(self) -> None:
        self.worker.kill()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without bubblewrap."""
    monkeypatch.setattr(confinement, "_PROGRAM", "no-such-program")
    confinement.require_confinement.cache_clear()
    confinement.why_unconfined.cache_clear()
    yield
    monkeypatch.undo()
    confinement.require_confinement.cache_clear()
    confinement.why_unconfined.cache_clear()
