"""agent.toml: what it takes, and that everything wrong with it is told at once."""

from pathlib import Path

import pytest

from agent.agent_config import AgentConfig, default_path, load
from agent.agent_errors import ConfigError
from agent.pkcs11_lock import Module

GOOD = """
port = 17600
origins = ["https://ggzy.example.org", "http://127.0.0.1:8321", "https://[::1]:8443"]
search_well_known = false
[[modules]]
path = "/opt/vendor/lib.so"
sm2 = "0x80000b01"
environment = { VENDOR_HOME = "/opt/vendor" }
"""


def written(folder, text):
    file = folder / "agent.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting(tmp_path):
    file = written(tmp_path, GOOD)
    assert load(file) == AgentConfig(
        port=17600,
        origins=("https://ggzy.example.org", "http://127.0.0.1:8321", "https://[::1]:8443"),
        search_well_known=False,
        modules=(Module("/opt/vendor/lib.so", (("VENDOR_HOME", "/opt/vendor"),), "0x80000b01"),),
        source=file,
    )


def test_no_file_means_the_defaults_but_a_named_one_must_be_there(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load() == AgentConfig()
    with pytest.raises(ConfigError, match="读不到"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("address = '0.0.0.0'", "没有这个设置"),
        ("prompt_timeout_s = 50", "prompt_timeout_s：此设置已取消，请删去这一行"),
        ("window_python = ''", "window_python：此设置已取消，请删去这一行"),
        ("port = '1'", "port：应为 int"),
        ("port = true", "port：应为 int"),
        ("port = 80", "1024"),
        ("origins = 'x'", "应为 list"),
        ("modules = [1]", "path"),
        ("[[modules]]\npath = ''", "path"),
        ("[[modules]]\npath = 'a'\npin = '1'", "没有 pin"),
        ("[[modules]]\npath = 'a'\nsm2 = 'yes'", "sm2"),
        ("[[modules]]\npath = 'a'\nenvironment = {A = 1}", "environment"),
        ("port = ", "TOML"),
        *[
            (f"origins = ['{origin}']", "origins")
            for origin in (
                "*",
                "null",
                "https://ggzy.example.org/",
                "https://GGZY.example.org",
                "ggzy.example.org",
                "https://ggzy.example.org:443",
                "http://a:80",
                "file://x",
                "https://*.example.org",
                "https://user@ggzy.example.org",
                "",
            )
        ],
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        load(written(tmp_path, text))


def test_all_problems_at_once(tmp_path):
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, "port = 1\nx = 2\norigins = ['*', 'null']\n[[modules]]\ny = 1"))
    assert len(refused.value.message.splitlines()) == 5


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/home/a/.config"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming"),
        ("win32", {}, "/home/a/AppData/Roaming"),
    ],
)
def test_each_platform_keeps_it_in_its_own_place(monkeypatch, platform, environment, folder):
    monkeypatch.setattr("agent.agent_config.PLATFORM", platform)
    monkeypatch.setenv("HOME", "/home/a")
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, environment.get(name, ""))
    assert default_path() == Path(folder) / "unbind-agent" / "agent.toml"
