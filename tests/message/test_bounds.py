"""Hostile mail within bounded time and bounded memory, in a process that may not grow
beyond its bound (RLIMIT_AS)."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOM_MB = 400
"""What the reader may take beyond the mail itself and an idle process."""
FAR_TOO_LONG_S = 10
"""Seconds of a processor: ten times what the costliest takes,
so that only code worse than linear reaches it."""
SHAPES = {
    "attachments": "1,000 attachments",
    "nested": "MIME nested 1,000 deep",
    "forwards": "1,000 mails one in the other",
    "header of 50 MiB": "one header of 50 MiB",
    "many headers": "300,000 headers",
    "delimiters": "200,000 parts",
    "folds": "100,000 folds",
    "bad qp": "broken encodings",
    "long line": "a line of 3 MB",
}
CHILD = """
import json, resource, sys, time
from tests.message.mails import opened
from tests.message.test_open_mail import HOSTILE
told = {}
for shape in sys.argv[2:]:
    raw = HOSTILE[shape]
    now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[1]) * 2**20, -1))
    began = time.process_time()
    found = opened(raw, own_addresses=["desk@example.com"]).message
    took = time.process_time() - began
    unreadable = [d for d in found.defects if d.startswith("message.unreadable")]
    told[shape] = (took, len(found.attachments), unreadable)
print(json.dumps(told))
"""


def test_within_time_and_within_memory():
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(ROOM_MB), *SHAPES],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert child.returncode == 0, child.stderr[-2000:]
    told = json.loads(child.stdout)
    assert told.keys() == SHAPES.keys()
    assert {shape: took for shape, (took, _, _) in told.items() if took >= FAR_TOO_LONG_S} == {}
    assert {shape: broke for shape, (_, _, broke) in told.items() if broke} == {}
    assert max(count for _, count, _ in told.values()) <= 1500
