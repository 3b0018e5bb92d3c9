"""`make release`: everything that goes with a tag, in build/release, and the proof that it starts.

The wheels of desk and lock agent, the source archive, the bill of materials, the licences,
the lock files, the container where buildah is there, the agent's zip for Windows where ORIGIN names
the desk, and SHA256SUMS over all of them. The wheel is then installed with requirements.lock into a
new environment, apart from this checkout, and a desk is started by it.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from agent import VERSION

ROOT = Path(__file__).resolve().parents[1]
START_S = 120.0
SDIST = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds and tries a release.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--origin", default="", help="of the desk, for the agent's zip")
    parser.add_argument("--buildah", default="", help="more options of buildah bud")
    options = parser.parse_args()
    if problems := unready():
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    folder = options.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build(folder)
    build_container(folder, options.buildah.split())
    if options.origin:
        archive = folder / f"unbind-agent-{VERSION}-windows.zip"
        python_here("-m", "tools.agent_windows", "--origin", options.origin, "--out", archive)
    else:
        print("The agent's zip for Windows names its desk: make release ORIGIN=https://…")
    write_sums(folder)
    try_installation(folder)
    print(f"{folder}: version {VERSION}, next: git tag -a v{VERSION}")
    return 0


def unready() -> list[str]:
    """What forbids the release: a version without its heading, changes that no commit has."""
    headings = re.findall(
        r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    changed = run("git", "status", "--porcelain", "--untracked-files=no")
    problems = []
    if VERSION not in headings[:2]:
        problems.append(f"CHANGELOG.md has no heading of {VERSION}")
    if changed:
        problems.append(f"not committed:\n{changed}")
    return problems


def run(*command: object, cwd: Path = ROOT, env: Mapping[str, str] = {}) -> str:
    """What a command prints. Raises SystemExit where it fails."""
    words = [*map(str, command)]
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def python_here(*arguments: object, cwd: Path = ROOT) -> None:
    run(sys.executable, *arguments, cwd=cwd)


def build(folder: Path) -> None:
    run(
        "make", "wheels", "sbom", "licences",
        f"WHEELS={folder}",
        f"SBOM={folder / f'unbind-desk-{VERSION}.cdx.json'}",
        f"LICENCES={folder / 'licences.md'}",
        f"VENV={sys.prefix}",
    )  # fmt: skip
    build_source(folder)
    for name in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, folder)


def build_source(folder: Path) -> None:
    """The source archive of the desk, from the files of the commit alone."""
    with tempfile.TemporaryDirectory() as tree:
        run("sh", "-c", f"git archive HEAD | tar -x -C {tree}")
        python_here("-c", SDIST, folder, cwd=Path(tree))


def build_container(folder: Path, options: list[str]) -> None:
    if not shutil.which("buildah"):
        print("buildah is not installed: no container (apt-get install buildah)")
        return
    name, archive = f"unbind-desk:{VERSION}", folder / f"unbind-desk-{VERSION}-image.tar"
    run("buildah", "bud", *options, "--format", "docker", "-f", "Containerfile", "-t", name, ".")
    run("buildah", "push", name, f"docker-archive:{archive}:{name}")


def write_sums(folder: Path) -> None:
    lines = []
    for file in sorted(folder.iterdir()):
        with file.open("rb") as content:
            lines.append(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {file.name}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))


def try_installation(folder: Path) -> None:
    """Install the wheel as a stranger would, and start a desk by it."""
    (wheel,) = folder.glob("unbind_desk-*.whl")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environment = home / "venv"
        run(
            "sh", ROOT / "tools" / "make_env.sh", sys.executable, environment, "requirements.lock",
            env={"PROJECT": str(wheel)},
        )  # fmt: skip
        unbind = environment / "bin" / "unbind"
        version = run(unbind, "--version", cwd=home).strip()
        assert version == f"unbind-desk {VERSION}", version
        print(f"installed anew, {start(unbind, home)}")


def start(unbind: Path, home: Path) -> str:
    """Start a desk in the folder; what /health says of it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "storage": {"folder": "data"},
        "web": {"port": port},
        "mailbox": {"maildir": {"smtp_receiver": False}},
    }
    (home / "config.yaml").write_text(json.dumps(settings))
    with (home / "log").open("wb") as log:
        desk = subprocess.Popen([unbind, "serve"], cwd=home, stdout=log, stderr=log)
    try:
        return await_health(port, desk, home / "log")
    finally:
        desk.terminate()
        desk.wait(60)


def await_health(port: int, desk: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until and desk.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
                return f"/health {answer.status}"
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"the desk does not start:\n{log.read_text(errors='replace')[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
