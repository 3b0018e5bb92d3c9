"""Each kind of page of `bench.console` opens on a small desk of its world, so that the bench still
runs when somebody wants its figures."""

from bench import console, console_world
from core.data.case import State


def test_each_kind_of_page_opens(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(console, "ROUNDS", 2)
    for module in (console, console_world):
        monkeypatch.setattr(module, "CASES", 120)
    small = {"ENTERPRISES": 60, "AUDIT_ROWS": 1200, "READ": 20, "OPEN": [(State.QUEUED, 20)]}
    for name, value in small.items():
        monkeypatch.setattr(console_world, name, value)
    url = f"sqlite:///{tmp_path}/desk.db"
    console_world.make(url)
    console.measure("SQLite", url, "")
    assert capsys.readouterr().out.count("processor p95") > len(console.KINDS) + 30
