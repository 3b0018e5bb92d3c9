"""`unbind config show`: what is in force, where it comes from, and no secret."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo import begin, write_config
from app.operations.config_report import as_yaml, report, secrets
from app.operations.doctor import configuration
from app.settings.config import Config, Installation, load
from app.settings.desk_settings import Settings
from app.wiring import Wiring
from tests.app.parsing import parse
from tests.app.running import inside

FILE = """\
mailbox:
  provider: qq
  kind: imap
  address: desk@example.org
  imap:
    password_command: [/usr/local/bin/token, hidden-argument]
    logins_per_hour: 5
outbox: {kind: smtp, smtp: {password_file: code.txt}}
web:
  port: 8400
window:
  hours: [11:00-24:00]
  overrides: {2026-12-31: false}
rules:
  severities:
    document.id_back.missing: reject
certificates:
  profiles:
    newca:
      title: "新: CA"
      like: zjca_old
      unique_id: ['extension 1.2.3 a#(.+)']
    sheca:
      issuers: [sheca.cer]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "code.txt").write_text("hidden-code\n", encoding="utf-8")
    return tmp_path


def origins(home: Path) -> dict[str, str]:
    return {one.name: one.origin for one in report(load(home / "config.yaml"))}


def test_without_a_file_everything_is_the_default() -> None:
    settings = list(report(Config(Settings(), Path())))
    assert not [one for one in settings if one.changed]
    assert {one.origin for one in settings} == {"default"}


@pytest.mark.parametrize("text", ["", FILE])
def test_what_is_shown_can_be_read_as_a_config_that_says_the_same(text: str, home: Path) -> None:
    config = load(home / "config.yaml") if text else Config(Settings(), home)
    shown = "\n".join(as_yaml(report(config)))
    read = parse(shown.replace("…", "hidden-argument"), base=config.base)
    assert Config(read, config.base).folder == config.folder
    differs = "the default of a path is None, and Config says where it then is"
    assert replace(read, storage=config.settings.storage) == config.settings, differs


def test_each_value_names_its_origin(home: Path) -> None:
    found = origins(home)
    assert found["mailbox.provider"] == "config.yaml:2"
    assert found["mailbox.imap.logins_per_hour"] == "config.yaml:7"
    assert found["mailbox.imap.host"] == found["outbox.smtp.user"] == "follows mailbox.provider"
    assert found["web.base_url"] == "follows web.port"
    assert found["window.overrides.2026-12-31"] == "config.yaml:13"
    assert found["rules.severities.document.id_back.missing"] == "config.yaml:16"
    assert found["cases.expire_days"] == "default"


def test_a_source_names_the_line_that_says_it(home: Path) -> None:
    found = origins(home)
    profiles = "certificates.profiles."
    assert found[f"{profiles}sheca.issuers"] == "config.yaml:24"
    assert found[f"{profiles}newca.unique_id"] == "config.yaml:22"
    assert found[f"{profiles}newca.like"] == "config.yaml:21"
    assert found[f"{profiles}newca.name"] == "follows certificates.yaml"
    assert found[f"{profiles}sheca.title"] == "default"


def test_secrets_are_named_and_never_shown(home: Path) -> None:
    given = {"UNBIND_IMAP_PASSWORD": "hidden-word", "CREDENTIALS_DIRECTORY": str(home)}
    (home / "UNBIND_DATABASE_PASSWORD").write_text("hidden-credential", encoding="utf-8")
    for options in ([], ["--changed"]):
        shown = inside("config", "show", *options, cwd=home, env=given)
        assert shown.code == 0
        assert "hidden" not in shown.out + shown.err
    assert [line for line in shown.out.splitlines() if line.startswith("# UNBIND_")] == [
        "# UNBIND_IMAP_PASSWORD: ****** [environment]",
        f"# UNBIND_SMTP_PASSWORD: ****** [file {home / 'code.txt'}]",
        "# UNBIND_DATABASE_PASSWORD: ****** [systemd credential]",
        "# UNBIND_VAULT_KEY: 未提供",
    ]


def test_secrets_of_systems_and_robots_have_the_names_of_their_sections(home: Path) -> None:
    (home / "config.yaml").write_text(
        "systems: {zonghe: {title: 综合, scopes: [accounts:read], secret_file: code.txt}}\n"
        "announce: {robots: {duty: {kind: wecom}}}\n",
        encoding="utf-8",
    )
    given = {"UNBIND_ROBOT_DUTY_URL": "https://example.org/hidden"}
    found = dict(secrets(Installation(load(home / "config.yaml"), given)))
    assert {name: origin for name, origin in found.items() if "DUTY" in name or "ZONG" in name} == {
        "UNBIND_ROBOT_DUTY_URL": "environment",
        "UNBIND_ROBOT_DUTY_SECRET": "",
        "UNBIND_SYSTEM_ZONGHE_SECRET": f"file {home / 'code.txt'}",
        "UNBIND_SYSTEM_ZONGHE_EVENTS": "",
    }


def test_only_what_is_changed(home: Path) -> None:
    shown = inside("config", "show", "--changed", cwd=home).out
    assert "port: 8400" in shown
    assert "expire_days" not in shown
    assert "gmt0015:" not in shown
    assert inside("config", "show", "--changed", cwd=home.parent).out.count("[") == 0


def test_doctor_says_how_much_is_changed(home: Path) -> None:
    config = load(home / "config.yaml")
    [line] = configuration(Wiring(config))
    assert line.ok
    assert f"{sum(one.changed for one in report(config))} 项与默认不同" in line.text


def test_one_section_or_setting_alone(home: Path) -> None:
    shown = inside("config", "show", "web.port", "window", cwd=home).out
    assert re.findall(r"^ +(\S+):", shown, re.MULTILINE) == [
        "hours",
        "office_opens",
        "office_closes",
        "every_day",
        "overrides",
        "2026-12-31",
        "port",
    ]
    assert re.search(r"port: 8400 +# \[config.yaml:10\] \(default 8321\) TCP port", shown)
    wrong = inside("config", "show", "web.prot", cwd=home)
    assert (wrong.code, "相近的有：web.port" in wrong.err) == (1, True)


def test_of_the_demonstration_as_a_person_asks_for_it(tmp_path: Path) -> None:
    begin(tmp_path / "demo", fresh=False)
    write_config(tmp_path / "demo", 8321, 2525)
    shown = inside("-c", "demo/config.yaml", "config", "show", "--changed", cwd=tmp_path)
    assert shown.code == 0, shown.err
    assert 'name: "演示公共资源交易中心"' in shown.out
    assert '[config.yaml:3] (default "公共资源交易中心")' in shown.out
    assert not (tmp_path / "demo" / "vault.key").exists(), "showing makes nothing"


def test_a_template_to_begin_with(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        inside("config", "template", cwd=tmp_path).out, encoding="utf-8"
    )
    assert load(tmp_path / "config.yaml").settings == Settings()
