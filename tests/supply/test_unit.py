"""The units for systemd: exposed little by systemd's own count, and open to what shuts strangers' files in."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app import credentials
from tests.app.running import ROOT

DESK, WORKER = ROOT / "deploy" / "unbind-desk.service", ROOT / "deploy" / "unbind-worker.service"


@pytest.mark.parametrize("unit", [DESK, WORKER])
def test_a_unit_is_exposed_little(unit: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("SYSTEMD-ANALYZE IS NOT INSTALLED: the units are not scored. Run: apt-get install systemd")
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", ran.stdout)
    assert score, ran.stderr
    assert float(score.group(1)) < 3.0


def test_credentials_bear_the_names_that_the_desk_reads() -> None:
    known = {credentials.IMAP, credentials.SMTP, credentials.DATABASE, credentials.VAULT}
    assert set(re.findall(r"^LoadCredential=(\w+):", DESK.read_text(encoding="utf-8"), re.MULTILINE)) <= known


def test_the_worker_is_shut_in_as_the_desk_is() -> None:
    def settings(unit: Path) -> list[str]:
        lines = unit.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith(("#", "Description=", "ExecStart="))]

    assert settings(DESK) == settings(WORKER)
