"""Databases of released states with mails, cases, letters, a register and an administrator, made by
the programs of then (5e8b540a^ and 0.2.0) from mails of tests/data, are carried over whole."""

import lzma
from pathlib import Path

import pytest

from tests.app.running import administrators, inside
from tests.servers.databases import libpq
from tests.servers.ports import free_port
from tests.servers.postgres import empty_database

RELEASED = Path(__file__).parent / "released"
KEYS = {
    "0001": "v2:dfyZ1qgzmssky9HuuIuw9LSQpQyBbyLhGKIJIyV0TrM=",
    "0002": "v2:LKRS3V3O5EM4AGrDY6Mp9XOsbgkqUk7qtfBjFaTN/aw=",
}


@pytest.fixture(params=KEYS)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the database of a revision as `old.sqlite3`, and its key."""
    packed = (RELEASED / f"desk-{request.param}.sqlite3.xz").read_bytes()
    (tmp_path / "old.sqlite3").write_bytes(lzma.decompress(packed))
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "vault.key").write_text(KEYS[request.param])
    (tmp_path / "data" / "vault.key").chmod(0o600)
    configured(tmp_path)
    return tmp_path


def configured(home: Path, database_url: str = "") -> None:
    (home / "config.yaml").write_text(
        f"storage: {{folder: data, database_url: '{database_url}'}}\n"
        f"web: {{port: {free_port()}}}\nsender: {{accept_unauthenticated: true}}\n"
    )


def is_whole(home: Path) -> None:
    queue = inside("queue", cwd=home)
    assert "待补正 2" in queue.out, queue.err
    number = queue.out.split("@")[0]
    shown = inside("show", number, "--letters", cwd=home)
    assert "【需要补正】" in shown.out, "a letter of then opens"
    assert administrators(home) == ["张老师"]
    assert "账实相符" in inside("reconcile", cwd=home).out
    assert "审计记录完好" in inside("audit", "verify", cwd=home).out


def test_an_upgrade_carries_everything_over(released: Path) -> None:
    (released / "old.sqlite3").rename(released / "data" / "desk.sqlite3")
    upgraded = inside("db", "upgrade", cwd=released)
    assert upgraded.code == 0, upgraded.err
    is_whole(released)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_of_before_is_restored_on_another_machine(released: Path, kind: str) -> None:
    if kind == "postgresql":
        configured(released, libpq(empty_database()))
    restored = inside("restore", "old.sqlite3", "--yes", cwd=released)
    assert restored.code == 0, restored.err
    is_whole(released)
