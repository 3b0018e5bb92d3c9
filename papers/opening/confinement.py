"""The sandbox of a process that reads attachments: bubblewrap shows it the interpreter, its
packages, fonts and models, read-only, and nothing else.

It has namespaces of its own (user, processes, network, IPC, host name, mounts), no capability, an
empty environment and no place to write: neither /tmp nor /proc, so the desk's key, database, ports
and processes do not exist there. It ends with whoever started it. What it may still ask of the
kernel is narrowed by `call_filter`, its memory and files by limits that it sets itself at its
start; its time is the desk's to bound (`sandbox`, `workers`).

Paths are computed, because the interpreter may be Debian's, pyenv's or a virtual environment's. Our
own packages are shown one by one under /desk: their folder may hold config.yaml and the storage
folder.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

# this package and what it imports
PACKAGES = ("core", "lock_protocol", __name__.partition(".")[0])
_PROGRAM = "bwrap"
_SHUT_IN = """
    --unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts --uid 65534 --gid 65534
    --cap-drop ALL --new-session --die-with-parent --clearenv
"""
_OURS = Path("/desk")
_SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib32",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/X11/fonts",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",  # onnxruntime chooses its kernels by them
)
_MERGED = ("lib", "lib64", "lib32")  # links into /usr where the system has merged them
_DEVICES = ("/dev/null", "/dev/urandom")
_PROBE = "from papers.opening.call_filter import CallFilter; CallFilter().load()"
_PROBE_S = 30.0
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def confined_command(arguments: Sequence[str], packages: Sequence[str] = PACKAGES) -> list[str]:
    """The command that runs Python with these arguments, in the sandbox.

    `packages`: those of ours that it may import.
    """
    sites = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    environment = {"PYTHONPATH": os.pathsep.join((str(_OURS), *sites)), **_THREADS}
    variables = [word for pair in environment.items() for word in ("--setenv", *pair)]
    return [
        _PROGRAM,
        *_SHUT_IN.split(),
        *variables,
        *_binds(sites, packages),
        *("--remount-ro", "/", "--chdir", "/", "--"),
        *(str(_interpreter()), "-P", "-s", "-S"),
        *arguments,
    ]


def bare_environment() -> dict[str, str]:
    """The environment where there is no confinement: no secret of the desk."""
    passed_on = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return {
        **passed_on,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        **_THREADS,
    }


@functools.cache
def require_confinement() -> None:
    """Tries it once, with the interpreter and the filter of calls.

    Raises OSError with the reason; a failure is tried again the next time.
    """
    if shutil.which(_PROGRAM) is None:
        raise FileNotFoundError(f"{_PROGRAM}: not installed")
    try:
        tried = subprocess.run(
            confined_command(["-c", _PROBE]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROBE_S,
            check=False,
        )
    except subprocess.SubprocessError as error:
        raise TimeoutError(f"{_PROGRAM}: {error}") from error
    if tried.returncode != 0:
        raise PermissionError(
            tried.stderr.strip().rpartition("\n")[2] or f"{_PROGRAM}: exit code {tried.returncode}"
        )


@functools.cache
def why_unconfined() -> str:
    """Why the sandbox did not work on this machine when that was first asked, or ""."""
    try:
        require_confinement()
    except OSError as error:
        return str(error)
    return ""


def _interpreter() -> Path:
    """The interpreter itself, with the links of a virtual environment resolved."""
    return Path(sys.executable).resolve()


def _binds(sites: Sequence[str], packages: Sequence[str]) -> Iterator[str]:
    """The mounts: visible paths, read-only and under their own names, and our packages under
    /desk."""
    for path in _SYSTEM:
        yield from ("--ro-bind-try", path, path)
    for name in _MERGED:
        root = Path("/", name)
        if root.is_symlink():
            yield from ("--symlink", str(root.readlink()), str(root))
        elif root.is_dir():
            yield from ("--ro-bind", str(root), str(root))
    python = _interpreter()
    yield from ("--ro-bind", str(python), str(python))
    for path in (*(str(python.parent.parent / name) for name in ("lib", "lib64")), *sites):
        yield from ("--ro-bind-try", path, path)
    for name in packages:
        yield from ("--ro-bind", os.path.realpath(str(files(name))), str(_OURS / name))
    for device in _DEVICES:
        yield from ("--dev-bind", device, device)
