"""A release: one version everywhere, and wheels that hold every file of their packages."""

import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

from agent import VERSION
from tests.app.running import ROOT
from tests.supply.test_locks import PROJECT, make

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
