"""The container: built by buildah on a base from mmdebstrap, without any registry, started by
podman and runc with a read-only root, and a mail answered inside. Prints the size of the image, and
whether the sandbox for attachments works. As root on Debian, some minutes.
Packages: buildah podman runc mmdebstrap netavark uidmap. Run: python -m bench.container [FOLDER]"""

import contextlib
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bench import program

ROOT = Path(__file__).parents[1]
LIMITS = ["--ulimit", "nofile=20000:20000", "--ulimit", "nproc=90000:90000"]
"""Without them neither program starts where the limits of the session are lower (RLIMIT)."""
PIP_FILES = ("/etc/xdg/pip", "/opt/wheels")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
LARGEST_MB = 800
CONFIG = """\
storage: {folder: /var/lib/unbind}
web: {port: 18321}
mailbox: {maildir: {smtp_port: 12525, poll_interval_s: 0.3}}
sender: {accept_unauthenticated: true}
window: {hours: ["00:00-24:00"], every_day: true}
"""


def main(folder: Annotated[Path | None, typer.Argument()] = None) -> None:
    folder = folder or Path(tempfile.mkdtemp(prefix="container"))
    folder.mkdir(exist_ok=True)
    storage = ["--storage-driver", "vfs", "--root", folder / "root", "--runroot", folder / "run"]
    if not (folder / "base.tar").exists():
        run("mmdebstrap", "--variant=minbase", "trixie", folder / "base.tar")
    run("podman", *storage, "import", folder / "base.tar", "localhost/base:latest")
    build(storage, folder)
    print_size(storage)
    with started(storage, folder):
        answered_in_s = send_and_await_answer(folder / "data")
        print(f"a mail is answered after {answered_in_s:.1f} s")
        print(run("podman", *storage, "exec", "desk", *UNBIND, "doctor", may_fail=True))


UNBIND = ("/srv/unbind/.venv/bin/unbind", "-c", "/etc/unbind/config.yaml")


def run(*command: object, may_fail: bool = False) -> str:
    """What a command prints. Raises CalledProcessError."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n")
        done.check_returncode()
    return done.stdout


def build(storage: list[object], folder: Path) -> None:
    """The image, with this machine's settings of pip for the time of the build."""
    (folder / "pip.conf").write_text("[global]\ncert = /opt/ca.crt\nfind-links = /opt/wheels\n")
    shutil.copyfile(CERTIFICATES, folder / "ca.crt")
    mounts = [(folder / "pip.conf", "/etc/pip.conf"), (folder / "ca.crt", "/opt/ca.crt")]
    mounts += [(Path(path), path) for path in PIP_FILES if Path(path).exists()]
    volumes = [part for here, there in mounts for part in ("--volume", f"{here}:{there}:ro")]
    base = ("--build-arg", "BASE=localhost/base:latest")
    begun = time.monotonic()
    run(
        "buildah", *storage, "bud", "--format", "docker", "--isolation", "chroot", *LIMITS,
        *volumes, *base, "-f", ROOT / "Containerfile", "-t", "unbind-desk", ROOT,
    )  # fmt: skip
    print(f"built in {time.monotonic() - begun:.0f} s")


def print_size(storage: list[object]) -> None:
    """The image's size against LARGEST_MB."""
    size = "{{.Size}}"
    whole = int(run("podman", *storage, "image", "inspect", "--format", size, "unbind-desk"))
    verdict = "PASS" if whole <= LARGEST_MB * 1e6 else "FAIL"
    print(f"image {whole / 1e6:.0f} MB (limit {LARGEST_MB}): {verdict}")


@contextlib.contextmanager
def started(storage: list[object], folder: Path) -> Iterator[None]:
    """The desk in its container, which ends with the block."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    shutil.chown(data, 10001, 10001)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "config.yaml").chmod(0o644)
    run(
        "podman", *storage, "run", "--detach", "--rm", "--name", "desk", "--runtime", "runc",
        "--pull", "never", "--network=host", "--read-only", "--tmpfs", "/tmp", *LIMITS,
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--security-opt", "seccomp=unconfined", "--volume", f"{data}:/var/lib/unbind",
        "--volume", f"{folder / 'config.yaml'}:/etc/unbind/config.yaml:ro", "unbind-desk",
    )  # fmt: skip
    try:
        yield
    finally:
        run("podman", *storage, "stop", "desk", may_fail=True)


def send_and_await_answer(data: Path) -> float:
    """Seconds from a mail to the letter that answers it."""
    mail = (ROOT / "tests" / "data" / "03-no-attachment.eml").read_bytes()
    until = time.monotonic() + 120
    while True:
        with (
            contextlib.suppress(OSError, smtplib.SMTPException),
            smtplib.SMTP("127.0.0.1", 12525) as smtp,
        ):
            smtp.sendmail("me@example.com", ["support@example.org"], mail)
            break
        if time.monotonic() > until:
            raise TimeoutError("the container takes no mail")
        time.sleep(0.5)
    begun = time.monotonic()
    while not [*data.glob("sent/new/*")]:
        if time.monotonic() > until:
            raise TimeoutError("no letter")
        time.sleep(0.2)
    return time.monotonic() - begun


if __name__ == "__main__":
    program.run(main)
