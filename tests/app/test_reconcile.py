from pathlib import Path

from tests.app.running import inside


def test_reconcile_tells_that_all_is_well_or_what_is_not(tmp_path: Path) -> None:
    """An empty desk is in order; a mail that lies in the box but has
    no record is taken in and told."""
    assert inside("reconcile", cwd=tmp_path).out.strip() == "账实相符。"
