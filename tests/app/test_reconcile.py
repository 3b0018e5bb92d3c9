"""`unbind reconcile`: the exit code says whether there was a difference."""

import shutil
from pathlib import Path

from tests.app.running import ROOT, inside


def test_a_mail_without_a_record_is_stored_and_reported_once(tmp_path: Path) -> None:
    ran = inside("reconcile", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "账实相符。\n")
    [box] = tmp_path.rglob("new")
    shutil.copy(ROOT / "tests/data/13-a-question.eml", box)
    ran = inside("reconcile", cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "在邮箱中补收 1 封此前未收到的邮件\n")
    assert inside("reconcile", cwd=tmp_path).code == 0
