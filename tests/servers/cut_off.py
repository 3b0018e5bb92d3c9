"""A host of its own for one process: a network namespace whose only way out is a link that a test
takes down. It needs root and iproute2. The other end of the link is in a namespace too: a browser
of another test gives up its request when an interface of this machine changes."""

import ctypes
import os
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

NAMESPACES = Path("/run/netns")


def enter(name: str) -> None:
    """Move this thread into the namespace; threads and sockets that it makes from then on are there
    (setns(2); the os module has it from Python 3.12 on)."""
    with (NAMESPACES / name).open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


class Host:
    """Reaches the stream socket `path` of this machine at `address`:`port`, until it is cut off."""

    def __init__(self, path: str) -> None:
        if os.geteuid() != 0:
            pytest.skip("network namespaces need root")
        self.name, net = f"desk{os.getpid()}", f"10.213.{os.getpid() % 256}"
        self.address, self._path, self._near = f"{net}.1", path, f"{self.name}near"
        for name in (self.name, self._near):
            _ip("netns", "add", name)
        self._link("add", "in", "type", "veth", "peer", "name", "out", "netns", self.name)
        _ip("-n", self._near, "addr", "add", f"{self.address}/24", "dev", "in")
        _ip("-n", self.name, "addr", "add", f"{net}.2/24", "dev", "out")
        _ip("-n", self.name, "link", "set", "out", "up")
        self.join()
        listening = threading.Event()
        threading.Thread(target=self._accept, args=[listening], daemon=True).start()
        assert listening.wait(40)

    def _link(self, *words: str) -> None:
        _ip("-n", self._near, "link", *words)

    def join(self) -> None:
        self._link("set", "in", "up")

    def cut_off(self) -> None:
        """From now on packets are lost in both ways; no connection is told of it."""
        self._link("set", "in", "down")

    def close(self) -> None:
        self._listener.close()
        for name in (self.name, self._near):
            _ip("netns", "del", name)

    def _accept(self, listening: threading.Event) -> None:
        enter(self._near)
        self._listener = socket.create_server((self.address, 0))
        self.port = self._listener.getsockname()[1]
        listening.set()
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._path)
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
