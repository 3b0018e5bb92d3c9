"""How the desk starts the processes that read for it, and ends them."""

import enum
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from core.errors import ConfigError
from papers.opening.confinement import (
    PACKAGES,
    bare_environment,
    confined_command,
    require_confinement,
)

CONFINED = "confined"
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="starter")
"""One thread that lives as long as this process: the parent whose death ends a process is, to the
kernel, the thread that started it."""


class Confine(enum.StrEnum):
    """Whether attachments may be read where there is no sandbox."""

    REQUIRE = "require"
    IF_POSSIBLE = "if_possible"


@dataclass(frozen=True)
class Confinement:
    """Starts the processes that read strangers' files.

    `packages`: those of ours that they may import. `nice`: by how much they stand back
    for other work of the machine.
    """

    mode: Confine
    packages: Sequence[str] = PACKAGES
    nice: int = 0

    def check(self) -> None:
        """Raises ConfigError where a sandbox is required and does not work."""
        if self.mode is Confine.REQUIRE:
            try:
                require_confinement()
            except OSError as error:
                raise ConfigError(
                    f"documents.confine 为 require，但这台机器上无法隔离陌生文件（{error}）。"
                    "请安装 bubblewrap（apt-get install bubblewrap）并允许用户命名空间，"
                    "见 docs/OPERATIONS.md；或改为 if_possible。"
                ) from error

    def start(self, module: str, sock: socket.socket) -> subprocess.Popen[bytes]:
        """A Python process that runs one of our modules with a socket, in the sandbox.

        Raises OSError where it is required and does not work.
        """
        arguments = ["-m", module, str(sock.fileno())]
        try:
            require_confinement()
        except OSError:
            if self.mode is Confine.REQUIRE:
                raise
            command, environment = [sys.executable, *arguments], bare_environment()
        else:
            command = confined_command([*arguments, CONFINED], self.packages)
            environment = {"PATH": os.environ.get("PATH", os.defpath)}
        command = ["nice", "-n", str(self.nice), *command] if self.nice else command
        return _STARTER.submit(_started, command, sock, environment).result()


def module_process(module: str, sock: socket.socket) -> subprocess.Popen[bytes]:
    """A Python process of the desk itself, with all that it may do: it runs one of our modules with
    a socket, and ends when the socket does."""
    environment = {**os.environ, **bare_environment()}
    return _started([sys.executable, "-m", module, str(sock.fileno())], sock, environment)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Waits a moment for the process to end by itself, then kills it."""
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _started(
    command: Sequence[str], sock: socket.socket, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """The process, in a group of its own, so that Ctrl-C in a terminal ends only its parent."""
    return subprocess.Popen(
        command,
        pass_fds=[sock.fileno()],
        env=environment,
        process_group=0,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
