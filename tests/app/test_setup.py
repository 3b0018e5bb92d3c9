"""`unbind setup` over a real IMAP server and an SMTP server that delivers into it."""

import contextlib
import os
import queue
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.operations import doctor, setup
from app.operations.setup import SERVICE, Setup, _write
from app.operations.setup_questions import INSTALLATION, MAIL, provider_of, value_at
from app.settings.config import load
from app.settings.config_template import template
from papers.opening.confinement import why_unconfined
from tests.app.running import ROOT
from tests.servers.dovecot import DovecotServer, dovecot
from tests.servers.smtp_sink import SmtpSink, smtp_sink

__all__ = ["dovecot", "smtp_sink"]

SERVER = b"mx.centre.example"
TRACE = (
    b"Authentication-Results: " + SERVER + b"; spf=pass smtp.mailfrom=centre.example\r\n"
    b"Received: from pc by " + SERVER + b"; Mon, 30 Nov 2026 09:00:00 +0800\r\n"
)


@pytest.fixture
def delivered(dovecot: DovecotServer, smtp_sink: SmtpSink) -> Iterator[None]:
    """What the SMTP server takes arrives in the mailbox, as from another server."""
    ended = threading.Event()

    def deliver() -> None:
        while not ended.is_set():
            with contextlib.suppress(queue.Empty):
                letter = smtp_sink.letters.get(timeout=0.2)
                dovecot.append(TRACE + letter.raw)  # a test may have replaced it during the wait

    thread = threading.Thread(target=deliver, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture(autouse=True)
def doctor_reads_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setup ends with the doctor, whose page for the OCR has tests of its own (test_start)."""
    others = [check for check in doctor.CHECKS if check[1] is not doctor.models]
    monkeypatch.setattr(doctor, "CHECKS", others)


@pytest.fixture
def home(dovecot: DovecotServer, smtp_sink: SmtpSink, tmp_path: Path) -> Path:
    """A folder with a config.yaml that allows mail servers without TLS on this machine."""
    (tmp_path / "config.yaml").write_text(
        "mailbox: {imap: {security: none}}\noutbox: {smtp: {security: none}}\n"
        f"cases: {{expire_days: 21}}\nstorage: {{folder: '{tmp_path}/data'}}\n"
    )
    answers = {
        "centre.name": "示例市公共资源交易中心",
        "mailbox.address": "ca@centre.example",
        "mailbox.provider": "generic",
        "mailbox.imap.host": dovecot.host,
        "mailbox.imap.user": dovecot.user,
        "mailbox.imap.port": dovecot.port,
        "outbox.smtp.host": "127.0.0.1",
        "outbox.smtp.port": smtp_sink.port,
        "outbox.smtp.user": "",
        "password": dovecot.password,
        "window.hours": ["11:00-11:30", "15:30-16:00"],
        "administrator": "张老师",
        "units": str(tmp_path / "units"),
    }
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump(answers, allow_unicode=True))
    return tmp_path


def run(home: Path, *arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(
        app, ["-c", str(home / "config.yaml"), "setup", *arguments], **options
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
@pytest.mark.parametrize(("service", "trouble"), [("nobody", "no namespace"), ("no-such-user", "")])
def test_the_user_of_the_service_is_asked_for_a_sandbox(
    monkeypatch: pytest.MonkeyPatch, service: str, trouble: str
) -> None:
    """On Ubuntu 24.04 root has one and the service none: it did not start."""
    monkeypatch.setattr(setup, "SERVICE", service)
    monkeypatch.setattr(sys, "executable", "/bin/sh")
    monkeypatch.setattr(setup, "WHY_NOT", 'test "$(id -u)" = 0 || echo "no namespace"')
    assert setup.why_no_sandbox() == trouble


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_program_that_the_service_cannot_run_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An interpreter below /root: the line was left out of config.yaml without a word."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    monkeypatch.setattr(setup, "SERVICE", "nobody")
    monkeypatch.setattr(sys, "executable", str(program))
    assert "Permission denied" in setup.why_no_sandbox()


def test_from_answers_to_a_desk(home: Path, delivered: None) -> None:
    result = run(home, "--answers", str(home / "answers.yaml"))
    settings = load(home / "config.yaml").settings
    assert "试发给自己的邮件已收到" in result.output
    assert settings.centre.name == "示例市公共资源交易中心"
    assert settings.window.hours == ("11:00-11:30", "15:30-16:00")
    assert settings.sender.authserv_ids == (SERVER.decode(),), "found in the mail to itself"
    assert settings.cases.expire_days == 21, "what is not asked for stays"
    assert (settings.documents.confine == "require") == (not why_unconfined()), (
        "as far as it works here"
    )
    assert settings.mailbox.imap.password_file
    assert settings.mailbox.imap.password_file.read_text() == "correct horse\n"
    assert settings.mailbox.imap.password_file.stat().st_mode & 0o777 == 0o600
    assert "correct horse" not in (home / "config.yaml").read_text() + result.output
    assert "张老师 的一次性密码：" in result.output
    assert "✓ 邮箱 mailbox" in result.output, "it ends with the doctor"
    backup = (home / "units" / "unbind-backup.service").read_text()
    assert f"-c {home}/config.yaml backup {home}/data/backups\n" in backup
    assert f"ReadWritePaths={home}/data\n" in backup
    assert (home / "config.yaml.bak").exists()


def test_the_address_of_the_pages_that_is_offered_has_their_port() -> None:
    """Under another name than that of `web.base_url` no page is served."""
    question = next(one for one in INSTALLATION if one.key == "web.base_url")
    assert question.default({"web": {"port": 9443}}) == "http://127.0.0.1:9443"


def test_a_result_below_a_later_server_s_line_counts(
    home: Path, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = b"Received: from mx by store.centre.example; Mon, 30 Nov 2026 09:00:01 +0800\r\n"
    monkeypatch.setattr("tests.app.test_setup.TRACE", later + TRACE)
    result = run(home, "--answers", str(home / "answers.yaml"))
    sender = load(home / "config.yaml").settings.sender
    assert (sender.authserv_ids, sender.received_above) == ((SERVER.decode(),), 1)
    assert "✓ 发件人核实 sender" in result.output
    assert "received_above: 1" in result.output, "before it is confirmed"


def test_root_s_config_is_for_the_group_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, str]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "chown", lambda path, group: given.append((path.name, group)))
    _write(tmp_path / "config.yaml", "a: b\n", 0o640)
    assert given == [("config.yaml.new", SERVICE)]
    assert (tmp_path / "config.yaml").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
def test_what_root_makes_outside_var_lib_is_the_service_s(
    home: Path, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.operations.setup.SERVICE", "nobody")
    run(home, "--answers", str(home / "answers.yaml"))
    register = str(ROOT / "tests/data/enterprises.csv")
    command = ["-c", str(home / "config.yaml"), "enterprises", "import", register]
    assert CliRunner().invoke(app, command).exit_code == 0, "a later command of root, too"
    data = home / "data"
    assert (data / "desk.lock").exists()
    owned = {path.relative_to(home): path.owner() for path in (data, *data.rglob("*"))}
    assert owned[Path("data/vault.key")] == "nobody"
    assert owned[Path("data/backups")] == "nobody", "the job of the backup writes into it"
    assert set(owned.values()) == {"nobody"}
    assert (home / "imap-password").owner() == "root", "systemd hands it over"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
def test_a_folder_of_root_that_others_use_stays_root_s(
    home: Path, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.operations.setup.SERVICE", "nobody")
    (home / "data" / "of-others").mkdir(parents=True)
    result = run(home, "--answers", str(home / "answers.yaml"))
    assert (home / "data").owner() == "root"
    assert (home / "data" / "of-others").owner() == "root"
    assert f"! {home}/data 中原有其他文件" in result.output
    assert f"chown -R nobody: {home}/data" in result.output


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
def test_the_folder_of_a_new_config_is_open_to_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.operations.setup.SERVICE", "nogroup")
    file, before = tmp_path / "etc" / "config.yaml", os.umask(0o077)
    try:
        new = Setup(file, {})
        new.answers = {"password": "", "units": ""}
        assert [*new.write()] == [file]
    finally:
        os.umask(before)
    assert (file.parent.stat().st_mode & 0o777, file.parent.group()) == (0o750, "nogroup")


def test_units_name_each_place_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path of ours may contain one of those that the units of deploy/ have."""
    monkeypatch.setattr("app.operations.setup.SERVICE", "desk")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    new = Setup(tmp_path / "etc/unbind/2026/config.yaml", {})
    new.file.parent.mkdir(parents=True)
    new.answers = {"password": "", "units": str(tmp_path)}
    assert tmp_path / "unbind-desk.service" in [*new.write()]
    unit = (tmp_path / "unbind-desk.service").read_text()
    assert f"unbind -c {new.file} serve\n" in unit
    assert f"LoadCredential=UNBIND_IMAP_PASSWORD:{new.file.parent}/imap-password\n" in unit
    assert f"WorkingDirectory={ROOT}\n" in unit
    assert "\nUser=desk\nGroup=desk\n" in unit
    assert "\nStateDirectory=unbind\n" in unit, "systemd creates the folder of the data by it"


def test_run_again_it_changes_nothing(home: Path, delivered: None) -> None:
    run(home, "--answers", str(home / "answers.yaml"))
    before = (home / "config.yaml").read_text()
    (home / "answers.yaml").write_text("password: correct horse\n")
    again = run(home, "--answers", str(home / "answers.yaml"))
    assert (home / "config.yaml").read_text() == before
    assert "一次性密码" not in again.output


def test_a_mailbox_with_a_chinese_domain(home: Path, delivered: None) -> None:
    answers = yaml.safe_load((home / "answers.yaml").read_text())
    answers["mailbox.address"] = "ca@中心.example"
    (home / "answers.yaml").write_text(yaml.safe_dump(answers, allow_unicode=True))
    result = run(home, "--answers", str(home / "answers.yaml"))
    assert "试发给自己的邮件已收到" in result.output


def test_a_misspelt_name_among_the_answers_is_told_before_anything_is_tried(home: Path) -> None:
    (home / "answers.yaml").write_text("centre.nane: 示例中心\n")
    result = run(home, "--answers", str(home / "answers.yaml"))
    told = result.output + str(result.exception)
    assert "没有这些问题：centre.nane。" in told
    assert "centre.name, " in told


def test_what_cannot_be_required_of_the_service_is_told(
    home: Path, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "why_no_sandbox", lambda: "no namespace")
    answers = yaml.safe_load((home / "answers.yaml").read_text())
    (home / "answers.yaml").write_text(yaml.safe_dump({**answers, "units": ""}))
    result = run(home, "--answers", str(home / "answers.yaml"))
    assert "! 没有写入 documents.confine: require" in result.output
    assert "：no namespace" in result.output
    assert load(home / "config.yaml").settings.documents.confine != "require"
    assert f"unbind -c {home}/config.yaml serve\n" in result.output, "there are no units"
    assert "systemctl" not in result.output


def test_units_are_written_to_a_whole_path_alone(home: Path, delivered: None) -> None:
    answers = yaml.safe_load((home / "answers.yaml").read_text())
    (home / "answers.yaml").write_text(yaml.safe_dump({**answers, "units": "张老师"}))
    result = run(home, "--answers", str(home / "answers.yaml"))
    assert "请写完整路径" in result.output + str(result.exception)


def test_a_wrong_password_writes_nothing(home: Path) -> None:
    before = (home / "config.yaml").read_text()
    answers = yaml.safe_load((home / "answers.yaml").read_text())
    (home / "answers.yaml").write_text(yaml.safe_dump({**answers, "password": "wrong"}))
    assert run(home, "--answers", str(home / "answers.yaml")).exit_code != 0
    assert (home / "config.yaml").read_text() == before
    assert not (home / "imap-password").exists()


def test_a_wrong_answer_is_asked_for_again(home: Path) -> None:
    lines = ["示例中心", "", "no-address", "ca@centre.example"]
    result = run(home, input="\n".join(lines))
    assert result.output.count("收件邮箱地址") == 2
    assert "邮箱服务商代号" in result.output


def test_a_person_types_as_a_person_does(home: Path, delivered: None) -> None:
    """Chinese punctuation, no server, a word for a port, a missing file, "-" to empty a value."""
    given = yaml.safe_load((home / "answers.yaml").read_text())
    (home / "config.yaml").write_text(
        (home / "config.yaml").read_text() + "centre: {phone: 010-88888888}\n"
    )
    lines = f"""示例中心
-
{given["mailbox.address"]}
腾讯
generic

{given["mailbox.imap.host"]}
{given["mailbox.imap.user"]}
127.0.0.1
-
abc
{given["mailbox.imap.port"]}
{given["outbox.smtp.port"]}
{given["password"]}

11：00－11：30，15：30－16：00




/nofile.pem






li@a.example、wang@a.example
张老师

"""
    result = run(home, input=f"{lines}y")
    settings = load(home / "config.yaml").settings
    print(result.output)
    assert not result.exception or isinstance(result.exception, SystemExit)
    assert settings.centre.phone == "", "a value can be emptied"
    assert settings.window.hours == ("11:00-11:30", "15:30-16:00")
    assert settings.announce.mail_to == ("li@a.example", "wang@a.example")
    assert result.output.count("IMAP 服务器 [") == 2, "a server must be named"
    assert "✗ 只能是 'qq'" in result.output, "the reason without line and file"
    assert "exmail 腾讯企业邮" in result.output
    assert "无法读取CA证书文件 /nofile.pem" in result.output
    _asked, summary = result.output.split("一次性密码")[0].rsplit("浙江CA", 1)
    assert 'hours: ["11:00-11:30", "15:30-16:00"]' in summary
    assert "monitoring:" not in summary, "what stays as it is need not be read"


def test_a_first_run_leaves_old_mail_to_people(tmp_path: Path) -> None:
    new = Setup(tmp_path / "config.yaml", {})
    new.begin()
    new.put_first_day(3)
    assert value_at(new.values, "mailbox.imap.not_before")
    (tmp_path / "config.yaml").write_text("centre: {name: 中心}\n")
    again = Setup(tmp_path / "config.yaml", {})
    again.begin()
    again.put_first_day(3)
    assert not value_at(again.values, "mailbox.imap.not_before")


@pytest.mark.parametrize(("provider", "port"), [("exchange", "587"), ("generic", "465")])
def test_the_port_offered_fits_the_provider(provider: str, port: str) -> None:
    question = next(one for one in MAIL if one.key == "outbox.smtp.port")
    assert question.default({"mailbox": {"provider": provider}}) == port


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("ca@qq.com", "qq"),
        ("ca@163.com", "163"),
        ("CA@126.COM", "126"),
        ("ca@nowhere.invalid", "generic"),
    ],
)
def test_a_provider_is_recognised_by_the_address(address: str, provider: str) -> None:
    assert provider_of(address) == provider


def test_the_template_of_written_settings_gives_the_same_settings() -> None:
    values = {"window": {"hours": ["10:00-11:00"]}, "systems": {"zonghe": {"title": "综合"}}}
    written = yaml.safe_load(template(values))
    assert written["window"]["hours"] == ["10:00-11:00"]
    assert written["systems"] == {"zonghe": {"title": "综合"}}
