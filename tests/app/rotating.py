"""A change of the vault's key in a process of its own, to be killed at any of its steps."""

import json
import os
from pathlib import Path

from app.operations.vault_rotation import rotate
from app.settings.config import load
from app.wiring import Wiring
from core import failpoints


def run(home: Path, failpoint: str) -> None:
    """Change the key of the desk in this folder; writes how many steps it took."""
    os.environ["UNBIND_FAILPOINT"] = failpoint
    rotate(Wiring(load(home / "config.yaml")), "cli:test", lambda _done, _total: None)
    (home / "steps").write_text(json.dumps(failpoints.count("rotate")))
