"""A small form of bench/hostile: a running desk under every kind of attack answers the honest
requests beside it, whose pages the real models read."""

import subprocess
import sys

from tests.app.running import ROOT, environment
from tests.thorough import thorough


@thorough
def test_honest_requests_beside_an_attack_are_answered_rightly() -> None:
    command = [
        sys.executable,
        "-m",
        "bench.hostile",
        "--scale",
        "1/50",
        "--minutes",
        "0.25",
        "--quiet",
        "0",
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "PASS  honest answered rightly 4 of 4" in done.stdout, done.stdout + done.stderr
    assert "PASS  processes" in done.stdout, done.stdout + done.stderr
