"""A release: one version everywhere, and wheels that hold every file of their packages."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from agent import VERSION
from tests.app.running import ROOT
from tests.supply.test_locks import PROJECT, make
from tests.thorough import thorough
from tools import release

ONLY_FOR_DEVELOPMENT = {"agent/pyproject.toml", "core/store/migrations/script.py.mako"}
AGENT = tomllib.loads((ROOT / "agent" / "pyproject.toml").read_text(encoding="utf-8"))


def test_desk_agent_and_changelog_bear_one_version() -> None:
    versions = re.findall(
        r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert versions[0] == "Unreleased"
    assert {PROJECT["project"]["version"], AGENT["project"]["version"], VERSION} == {VERSION}
    assert versions[1:2] in ([], [VERSION])


def test_the_wheels_hold_every_file_of_their_packages(tmp_path: Path) -> None:
    ran = make("wheels", f"WHEELS={tmp_path}")
    assert ran.returncode == 0, ran.stderr
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for wheel, packages in (
        (
            "unbind_desk",
            (
                "agent",
                "app",
                "core",
                "lock_protocol",
                "mail_intake",
                "papers",
                "scheduler",
                "templates",
                "validators",
                "web",
            ),
        ),
        ("unbind_agent", ("agent", "lock_protocol")),
    ):
        (file,) = tmp_path.glob(f"{wheel}-{VERSION}-*.whl")
        held = set(zipfile.ZipFile(file).namelist())
        assert {
            name for name in kept if name.split("/")[0] in packages
        } - held <= ONLY_FOR_DEVELOPMENT


@thorough
def test_the_source_archive_builds_the_wheel_again(tmp_path: Path) -> None:
    release.build_source(tmp_path)
    archive = tmp_path / f"unbind_desk-{VERSION}.tar.gz"
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    source = tmp_path / f"unbind_desk-{VERSION}"
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-build-isolation", "-w", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert "templates/words.toml" in zipfile.ZipFile(wheel).namelist()


@thorough
def test_a_release_has_the_sums_of_its_files_and_a_desk_that_starts(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"wheel")
    release.write_sums(tmp_path)
    ran = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert ran.returncode == 0
    assert release.start(Path(sys.executable).parent / "unbind", tmp_path) == "/health 200"
    (tmp_path / "config.yaml").unlink()
    broken = tmp_path / "unbind"
    broken.write_text("#!/bin/sh\necho broken >&2; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(SystemExit, match="broken"):
        release.start(broken, tmp_path)
