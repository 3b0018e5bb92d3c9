"""The units for systemd: exposed little by systemd's own count,
and open to what shuts strangers' files in."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import credentials
from tests.app.running import ROOT
from tests.documents.confining import needs_confinement

BACKUP = ROOT / "deploy" / "unbind-backup.service"
DESK, WORKER = ROOT / "deploy" / "unbind-desk.service", ROOT / "deploy" / "unbind-worker.service"


def analyzed(*arguments: str) -> str:
    if shutil.which("systemd-analyze") is None:
        pytest.skip(
            "SYSTEMD-ANALYZE IS NOT INSTALLED: the units are not scored. "
            "Run: apt-get install systemd"
        )
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stdout


@pytest.mark.parametrize("unit", [DESK, WORKER])
def test_a_unit_is_exposed_little(unit: Path) -> None:
    score = re.search(
        r"Overall exposure level for \S+: ([\d.]+)",
        analyzed("security", "--offline=true", str(unit)),
    )
    assert score
    assert float(score.group(1)) < 3.0


def calls_of(group: str) -> set[str]:
    """The calls that a group of systemd names, groups within it included."""
    words = [line.strip() for line in analyzed("syscall-filter", group).splitlines()[1:]]
    return {
        call
        for word in words
        if word and not word.startswith("#")
        for call in (calls_of(word) if word.startswith("@") else {word})
    }


def test_files_can_be_shut_in_under_the_units_filter_of_calls() -> None:
    needs_confinement()
    allowed = calls_of("@default")
    for written in re.findall(
        r"^SystemCallFilter=(.+)$", DESK.read_text(encoding="utf-8"), re.MULTILINE
    ):
        calls = set().union(*map(calls_of, written.lstrip("~").split()))
        allowed = allowed - calls if written.startswith("~") else allowed | calls
    if "\nRestrictSUIDSGID=true" in DESK.read_text(encoding="utf-8"):
        allowed.discard("openat2")  # its flags lie in memory, so systemd refuses it whole
    command = [
        sys.executable,
        "-m",
        "tests.supply.under_the_units_filter",
        ",".join(sorted(allowed)),
    ]
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout == "1\n", ran.stderr


def test_credentials_bear_the_names_that_the_desk_reads() -> None:
    known = {credentials.IMAP, credentials.SMTP, credentials.DATABASE, credentials.VAULT}
    assert (
        set(re.findall(r"^LoadCredential=(\w+):", DESK.read_text(encoding="utf-8"), re.MULTILINE))
        <= known
    )


def test_the_worker_is_shut_in_as_the_desk_is() -> None:
    def settings(unit: Path) -> list[str]:
        lines = unit.read_text(encoding="utf-8").splitlines()
        return [
            line
            for line in lines
            if line and not line.startswith(("#", "Description=", "ExecStart="))
        ]

    assert settings(DESK) == settings(WORKER)


def test_the_backup_needs_no_more_folders_than_its_unit_lets_it_write(tmp_path: Path) -> None:
    needs_confinement()
    data, config = tmp_path / "unbind", tmp_path / "config.yaml"
    (data / "backups").mkdir(parents=True)
    config.write_text(f"storage: {{folder: '{data}'}}\n", encoding="utf-8")
    [named] = re.findall(r"^StateDirectory=(.+)$", BACKUP.read_text("utf-8"), re.MULTILINE)
    writable = [f"--bind {tmp_path / one} {tmp_path / one}" for one in named.split()]
    strict = f"bwrap --dev-bind / / --ro-bind {tmp_path} {tmp_path} {' '.join(writable)}"
    unbind = f"{sys.executable} -m app.cli.main -c {config}"
    for command in (f"{unbind} db upgrade", f"{strict} {unbind} backup {data / 'backups'}"):
        ran = subprocess.run(
            command.split(), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stderr
    assert len(list((data / "backups").glob("desk-*.sqlite3"))) == 1
