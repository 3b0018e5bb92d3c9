"""What README tells a person to type works as written, in a checkout of the tracked files alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.running import ROOT, environment

ALONE = (
    "bwrap",
    "--dev-bind",
    "/",
    "/",
    "--unshare-net",
    "--unshare-pid",
    "--proc",
    "/proc",
    "--die-with-parent",
)
"""A machine of its own as far as the network goes: README's ports are free there."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The tracked files, and the environment in use in place of what `make run` would install."""
    folder = tmp_path / "unbind-desk"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    python = subprocess.run(
        ["sh", "tools/find_python.sh"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    (folder / ".venv" / f".runs-{python.strip()}").touch()
    return folder


@pytest.mark.parametrize("title", ["Run it for a centre", "正式使用"])
def test_a_centre_reads_twelve_lines_at_most(title: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("README*"))
    section = text.partition(f"## {title}\n")[2]
    assert 0 < sum(map(bool, section.partition("\n## ")[0].splitlines())) <= 12


@pytest.mark.browser
def test_readme_lets_an_enterprise_in(checkout: Path) -> None:
    command = [*ALONE, sys.executable, "-m", "tests.docs.following_readme", str(checkout)]
    theirs = {
        name: value
        for name, value in environment().items()
        if not name.startswith(("MAKE", "MFLAGS"))
    }
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=theirs | {"PYTHONPATH": f"{checkout}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
