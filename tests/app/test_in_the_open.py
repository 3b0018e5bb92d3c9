"""A machine that cannot confine the programs that open strangers' files: check, doctor and health
report it, and the desk does not start where config.yaml requires it."""

import contextlib
import json
from pathlib import Path

import pytest

from app.operations.doctor import diagnose
from app.operations.health import DeskHealth
from app.service import serve
from app.settings.config import Config, load
from app.wiring import Wiring
from core.errors import ConfigError
from tests.app.parsing import settings_of
from tests.app.running import ROOT, inside, unbind
from tests.documents.confining import nowhere

__all__ = ["nowhere"]

MAIL = ROOT / "tests" / "data" / "03-no-attachment.eml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(
        "storage: {folder: data}\ndocuments: {confine: require}\n", encoding="utf-8"
    )
    return tmp_path


def test_check_answers_and_warns_beside_its_answer(tmp_path: Path) -> None:
    ran = unbind("check", MAIL, "--json", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert (ran.code, json.loads(ran.out)["decision"]) == (0, "reject")
    assert "无法隔离陌生文件" in ran.err


def test_check_refuses_where_it_is_required(nowhere: None, home: Path) -> None:
    ran = inside("check", MAIL, "--json", cwd=home)
    assert (ran.code, ran.out) == (1, "")
    assert "apt-get install bubblewrap" in ran.err


def test_the_desk_does_not_start_where_it_is_required(nowhere: None, home: Path) -> None:
    with pytest.raises(ConfigError, match="bubblewrap"):
        serve(Wiring(load(home / "config.yaml"), {}))


@pytest.mark.parametrize(("mode", "ok"), [("require", False), ("if_possible", None)])
def test_doctor_says_what_to_do(nowhere: None, tmp_path: Path, mode: str, ok: bool | None) -> None:
    (tmp_path / "config.yaml").write_text(
        f"storage: {{folder: data}}\ndocuments: {{confine: {mode}}}\n", encoding="utf-8"
    )
    line = next(line for line in diagnose(tmp_path / "config.yaml") if line.name == "隔离 confine")
    assert line.ok is ok
    assert "apt-get install bubblewrap" in line.remedy


def test_health_reports_it_and_stays_well(nowhere: None, tmp_path: Path) -> None:
    wiring = Wiring(Config(settings_of({"storage": {"folder": tmp_path}}), tmp_path), {})
    with contextlib.closing(wiring.store()) as store:
        line = next(
            line
            for line in DeskHealth(wiring, wiring.desk(store), wiring.clock.now()).lines()
            if line.name == "confinement"
        )
    assert line.ok
    assert "未隔离" in line.text
