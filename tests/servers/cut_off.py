"""A host of its own for one process: a network namespace whose only way out is a link that a test
takes down. It needs root and iproute2."""

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
    """Move this process into the namespace, before it has threads or sockets (setns(2); the os
    module has it from Python 3.12 on)."""
    with (NAMESPACES / name).open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


class Host:
    """Reaches the stream socket `path` of this machine at `address`:`port`, until it is cut off."""

    def __init__(self, path: str) -> None:
        if os.geteuid() != 0:
            pytest.skip("network namespaces need root")
        self.name, net = f"desk{os.getpid()}", f"10.213.{os.getpid() % 256}"
        self.address, self._path = f"{net}.1", path
        _ip("netns", "add", self.name)
        _ip("link", "add", self._link, "type", "veth", "peer", "name", "out", "netns", self.name)
        _ip("addr", "add", f"{self.address}/24", "dev", self._link)
        _ip("-n", self.name, "addr", "add", f"{net}.2/24", "dev", "out")
        _ip("-n", self.name, "link", "set", "out", "up")
        self.join()
        self._listener = socket.create_server((self.address, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def _link(self) -> str:
        return self.name[-15:]

    def join(self) -> None:
        _ip("link", "set", self._link, "up")

    def cut_off(self) -> None:
        """From now on packets are lost in both ways; no connection is told of it."""
        _ip("link", "set", self._link, "down")

    def close(self) -> None:
        self._listener.close()
        _ip("netns", "del", self.name)

    def _accept(self) -> None:
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
