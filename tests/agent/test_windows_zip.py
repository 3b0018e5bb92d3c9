"""The zip for Windows: what lies in it, and that what does not need Windows runs from it.

The Python for Windows is a stand-in here, and no libraries are fetched; nothing of cmd.exe is run.
"""

import os
import subprocess
import sys
import zipfile

import pytest

from agent import agent_config
from tools.agent_windows import __main__ as build

PAGE = "https://ggzy.example.cn"


@pytest.fixture
def python(tmp_path):
    folder = tmp_path / "python"
    (folder / "Lib" / "tkinter").mkdir(parents=True)
    for name in ("python.exe", "pythonw.exe", "Lib/tkinter/__init__.py"):
        (folder / name).touch()
    return folder


@pytest.fixture
def unpacked(tmp_path, python, monkeypatch):
    monkeypatch.setattr(build, "install_libraries", lambda *_: None)
    out = tmp_path / "agent.zip"
    assert build.main(["--origin", PAGE, "--python", str(python), "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_a_clerk_sees_one_program_and_one_text(unpacked):
    names = {path.name for path in unpacked.iterdir()}
    assert names == {"安装锁助手.cmd", "先看这里.txt", "program"}
    inside = {path.name for path in (unpacked / "program").iterdir()}
    assert {"检查CA锁.cmd", "卸载锁助手.cmd", "stop.cmd", "agent.toml", "python"} == inside


def test_the_desk_stands_in_it_so_that_nobody_writes_a_file(unpacked):
    settings = agent_config.load(unpacked / "program" / "agent.toml")
    assert settings.origins == (PAGE,)


def test_programs_are_in_the_code_page_of_chinese_windows(unpacked):
    for place in build.SCRIPTS.values():
        raw = (unpacked / place).read_bytes()
        text = raw.decode("gbk")
        assert text.count("\r\n") == text.count("\n")
        assert "{version}" not in text
        assert "{page}" not in text
    start = (unpacked / "安装锁助手.cmd").read_bytes().decode("gbk")
    assert f"{PAGE}/portal/login" in start
    assert "agent.cli serve" in start


def test_the_agent_runs_from_it(unpacked):
    packages = unpacked / "program" / "python" / "Lib" / "site-packages"
    assert not list(packages.rglob("__pycache__"))
    where = [sys.executable, "-c", "import agent, agent.child, agent.cli; print(agent.__file__)"]
    environment = os.environ | {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(
        where, cwd=unpacked, env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip().startswith(str(packages))


def test_the_libraries_are_those_of_the_lock_with_their_digests():
    entries = list(build.locked())
    assert [entry.split("==")[0] for entry in entries] == list(build.LIBRARIES)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_a_python_without_a_window_is_refused(tmp_path, python, monkeypatch):
    (python / "Lib" / "tkinter" / "__init__.py").unlink()
    monkeypatch.setattr(build, "install_libraries", lambda *_: None)
    with pytest.raises(build.ConfigError, match="tkinter"):
        build.main(["--origin", PAGE, "--python", str(python), "--out", str(tmp_path / "a.zip")])


@pytest.mark.parametrize("origin", [f"{PAGE}/", "http://ggzy.example.cn:80", "*"])
def test_an_address_that_no_browser_sends_is_refused(tmp_path, python, origin, capsys):
    arguments = ["--origin", origin, "--python", str(python), "--out", str(tmp_path / "a.zip")]
    assert build.main(arguments) == 2
    assert "origins" in capsys.readouterr().err
