"""The presets of mail providers: what they fill, what goes before them,
and what `unbind doctor` says to do at the provider."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.credentials import IMAP, SMTP, mailbox_password, smtp_password
from app.diagnosis import Line
from app.mail_checks import SENDER
from app.operations.doctor import mailbox, outbox
from app.settings.config import Config, Installation
from app.settings.mail_providers import PRESETS
from app.start_checks import require_for_service
from app.wiring import Wiring
from core.data.mail_record import NewMail
from core.errors import ConfigError, SecretUnavailable
from core.outgoing.smtp_transport import SmtpTransport
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from tests.app.parsing import parse
from tests.mailbox.test_contract import read, subjects
from tests.mailbox.test_imap_providers import fill
from tests.servers.scripted_imap import (
    NETEASE,
    PASSWORD,
    PLAIN,
    TENCENT,
    Mail,
    Provider,
    ScriptedImap,
    scripted,
)
from tests.servers.smtp_sink import SmtpSink, smtp_sink

__all__ = ["scripted", "smtp_sink"]

Make = Callable[..., ScriptedImap]

FILLED = [  # provider, IMAP host, SMTP host, is ID sent unasked
    ("qq", "imap.qq.com", "smtp.qq.com", False),
    ("exmail", "imap.exmail.qq.com", "smtp.exmail.qq.com", False),
    ("163", "imap.163.com", "smtp.163.com", True),
    ("126", "imap.126.com", "smtp.126.com", True),
    ("aliyun", "imap.qiye.aliyun.com", "smtp.qiye.aliyun.com", False),
]
OWN = [  # provider, is ID sent unasked, how SMTP is encrypted, its port
    ("exchange", False, "starttls", 587),
    ("coremail", True, "tls", 465),
]


def wiring(text: str, base: Path = Path(), **environ: str) -> Wiring:
    return Wiring(Config(parse(text, base=base), base), environ)


@pytest.mark.parametrize(("provider", "imap_host", "smtp_host", "sends_id"), FILLED)
def test_a_provider_and_an_address_are_enough(
    provider: str, imap_host: str, smtp_host: str, sends_id: bool
) -> None:
    text = (
        f"mailbox: {{provider: {provider}, kind: imap, address: support@example.org}}\n"
        "outbox: {kind: smtp}\n"
    )
    made = wiring(text, **{IMAP: "the code"})
    require_for_service(made)
    mailbox, smtp = made.mailbox(), made.transport()
    assert isinstance(mailbox, ImapMailbox)
    imap = mailbox.settings
    assert isinstance(smtp, SmtpTransport)
    assert (imap.host, imap.port, imap.security, imap.user) == (
        imap_host,
        993,
        "tls",
        "support@example.org",
    )
    assert (smtp.settings.host, smtp.settings.port, smtp.settings.security, smtp.settings.user) == (
        smtp_host,
        465,
        "tls",
        "support@example.org",
    )
    assert imap.send_id is sends_id
    assert imap.logins_per_hour <= 30
    assert 5 <= imap.poll_interval_s <= 60
    assert imap.max_bytes == 40 * 1024 * 1024
    assert "授权码" in imap.login_advice
    assert smtp.settings.login_advice == imap.login_advice
    assert smtp_password(made) == "the code", "one code for both"
    assert (
        smtp_password(Installation(made.config, {IMAP: "the code", SMTP: "another"})) == "another"
    )


@pytest.mark.parametrize(("provider", "sends_id", "security", "port"), OWN)
def test_a_server_of_the_centre_s_own_needs_its_names(
    provider: str, sends_id: bool, security: str, port: int
) -> None:
    text = (
        f"mailbox: {{provider: {provider}, kind: imap, address: ca@ggzy.example.cn, "
        "imap: {host: mail.ggzy.example.cn}}\n"
        "outbox: {kind: smtp, smtp: {host: mail.ggzy.example.cn}}\n"
    )
    settings = wiring(text, **{IMAP: "the code"}).config.settings
    imap, smtp = settings.mailbox.imap, settings.outbox.smtp
    assert (imap.port, imap.security, imap.user, imap.send_id) == (
        993,
        "tls",
        "ca@ggzy.example.cn",
        sends_id,
    )
    assert (smtp.port, smtp.security, smtp.user) == (port, security, "ca@ggzy.example.cn")
    with pytest.raises(ConfigError, match="3 处问题") as told:
        nameless = wiring(
            f"mailbox: {{provider: {provider}, kind: imap}}\noutbox: {{kind: smtp}}\n",
            **{IMAP: "the code"},
        )
        require_for_service(nameless)
    assert "mailbox.imap.host" in str(told.value)


def test_one_password_is_enough_for_one_account_at_a_server_of_ones_own() -> None:
    text = (
        "mailbox: {{provider: generic, kind: imap, address: ca@ggzy.example.cn, "
        "imap: {{host: mail.ggzy.example.cn, user: ca}}}}\n"
        "outbox: {{kind: smtp, smtp: {{host: mail.ggzy.example.cn, user: {}}}}}\n"
    )
    shared = wiring(text.format("ca"), **{IMAP: "the code"})
    require_for_service(shared)
    assert smtp_password(shared) == "the code"
    other = wiring(text.format("bulk"), **{IMAP: "the code"})
    assert smtp_password(other) == ""
    with pytest.raises(ConfigError, match="UNBIND_SMTP_PASSWORD"):
        require_for_service(other)


def test_what_is_written_goes_before_the_preset() -> None:
    settings = parse(
        "mailbox:\n  provider: qq\n  kind: imap\n  address: a@example.org\n  max_mail_bytes: "
        "50000000\n  imap: {host: imap.example.org, port: 143, security: starttls, "
        "user: b, poll_interval_s: 9, logins_per_hour: 3, send_id: true}\n"
        "outbox:\n  kind: smtp\n  smtp: {host: smtp.example.org, port: "
        "25, security: starttls, user: c}\n",
    )
    imap, smtp = settings.mailbox.imap, settings.outbox.smtp
    assert (imap.host, imap.port, imap.security, imap.user) == (
        "imap.example.org",
        143,
        "starttls",
        "b",
    )
    assert (imap.poll_interval_s, imap.logins_per_hour, imap.send_id) == (9, 3, True)
    assert (smtp.host, smtp.port, smtp.security, smtp.user) == (
        "smtp.example.org",
        25,
        "starttls",
        "c",
    )
    assert settings.mailbox.max_mail_bytes == 50_000_000


def test_the_outgoing_name_follows_that_of_the_mailbox() -> None:
    settings = parse(
        "mailbox: {provider: exmail, kind: imap, address: a@example.org, imap: {user: "
        "b@example.org}}\n"
    )
    assert settings.outbox.smtp.user == "b@example.org"


@pytest.mark.parametrize(
    ("security", "ports"), [("tls", (993, 465)), ("starttls", (143, 587)), ("none", (143, 25))]
)
def test_the_usual_ports_follow_the_encryption(security: str, ports: tuple[int, int]) -> None:
    settings = parse(
        f"mailbox: {{imap: {{security: {security}, port: null}}}}\n"
        f"outbox: {{smtp: {{security: {security}}}}}\n"
    )
    assert (settings.mailbox.imap.port, settings.outbox.smtp.port) == ports
    assert settings.outbox.smtp.user == "", "no login unless a name is given"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mailbox: {provider: gmail}", "只能是 'qq'"),
        ("mailbox: {provider: qq, kind: maildir}", "此处须写 imap"),
        ("mailbox: {provider: qq, kind: imap, imap: {logins_per_hour: 0}}", "不能小于 1"),
        ("mailbox: {imap: {keyword: 已读}}", "英文字母"),
        ("mailbox: {imap: {after_reading: 'move:INBOX'}}", "同一文件夹"),
        ("mailbox: {imap: {password_file: a, password_command: [b]}}", "只能写一个"),
        ("mailbox: {max_mail_bytes: 2000000}", "放不进"),
        ("mailbox: {imap: 5}", "名称: 值"),
        ("outbox: {smtp: {auth: oauth}}", "'password' 或 'xoauth2'"),
    ],
)
def test_one_mistake(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match="1 处问题") as told:
        parse(text)
    assert words in str(told.value)


def test_mistakes_about_the_mailbox_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        parse(
            "mailbox:\n  provider: 139\n  address: nobody\n  imap:\n    port: 0\n    keyword: "
            "已读\n    folder: 3\noutbox:\n  smtp:\n    port: -1\n"
        )
    assert "6 处问题" in str(told.value)
    for line in (2, 3, 5, 6, 7, 10):
        assert f"第 {line} 行" in str(told.value)


def test_every_preset_says_what_to_do() -> None:
    for preset in PRESETS.values():
        assert "授权码" in preset.code
        assert len(preset.steps) >= 2
        assert preset.advice.startswith("1. ")
        assert f"{len(preset.steps)}. " in preset.advice
        assert "IMAP" in preset.advice


# where the password or token comes from


def script(folder: Path, text: str) -> str:
    file = folder / "token.py"
    file.write_text(text, encoding="utf-8")
    return f"[{sys.executable}, {file}]"


def test_a_program_gives_the_token_at_each_login(tmp_path: Path, scripted: Make) -> None:
    server = scripted(PLAIN)
    fill(server, 1)
    (tmp_path / "token").write_text(PASSWORD, encoding="utf-8")
    command = script(tmp_path, f"print(open({str(tmp_path / 'token')!r}).read(), end='')")
    made = wiring(_imap(server, f"auth: xoauth2, password_command: {command}"), tmp_path)
    require_for_service(made)
    box = made.mailbox()
    assert subjects(read(box)) == [1]
    server.password = "the next token"
    (tmp_path / "token").write_text("the next token\n", encoding="utf-8")
    server.hang_up()
    assert subjects(read(box)) == [1], "logged in anew with the token of now"
    assert server.logins == 2
    box.close()


def test_a_file_is_read_again_at_each_login(tmp_path: Path, scripted: Make) -> None:
    server = scripted(PLAIN)
    (tmp_path / "code").write_text(f"{PASSWORD}\n", encoding="utf-8")
    box = wiring(_imap(server, "password_file: code"), tmp_path).mailbox()
    read(box)
    server.password = "the new code"
    (tmp_path / "code").write_text("the new code", encoding="utf-8")
    server.hang_up()
    read(box)
    assert server.logins == 2
    box.close()


@pytest.mark.parametrize(
    "text", ["raise SystemExit('my very secret')", "print()", "import sys; sys.exit(3)"]
)
def test_a_program_that_gives_nothing_is_told_and_its_words_are_not(
    tmp_path: Path, scripted: Make, text: str
) -> None:
    server = scripted(PLAIN)
    made = wiring(_imap(server, f"password_command: {script(tmp_path, text)}"), tmp_path)
    with pytest.raises(SecretUnavailable) as told:
        mailbox_password(made)
    assert "secret" not in str(told.value)
    (line,) = about_the_box(made)
    assert (line.ok, "password_command" in line.text) == (False, True)
    assert server.logins == 0


@pytest.mark.parametrize(
    ("mailbox_part", "smtp_part", "told"),
    [
        ("provider: qq", "", ""),
        ("provider: generic", "user: b", "outbox.smtp"),
        ("provider: generic", "user: a", ""),
        ("provider: generic", "", ""),
        ("provider: generic", "user: a, password_command: [b]", ""),
        ("provider: qq", "auth: xoauth2", "outbox.smtp"),
    ],
)
def test_a_missing_password_is_told_at_the_start(
    mailbox_part: str, smtp_part: str, told: str
) -> None:
    imap = "imap: {host: imap.example.org, user: a, password_command: [/nowhere/token]}"
    made = wiring(
        f"mailbox: {{{mailbox_part}, kind: imap, {imap}}}\n"
        f"outbox: {{kind: smtp, smtp: {{host: smtp.example.org, {smtp_part}}}}}\n"
    )
    if not told:
        require_for_service(made)
        return
    with pytest.raises(ConfigError, match="1 处问题") as raised:
        require_for_service(made)
    assert f"{told}.password_file" in str(raised.value)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    made = wiring("mailbox: {kind: imap, imap: {password_command: [/nowhere/token]}}", tmp_path)
    with pytest.raises(SecretUnavailable, match="/nowhere/token"):
        mailbox_password(Installation(made.config, {}))
    assert mailbox_password(Installation(made.config, {IMAP: "given"})) == "given"


@pytest.mark.parametrize(("token", "ok"), [("letter box", True), ("expired", False)])
def test_letters_leave_by_a_token(
    tmp_path: Path, smtp_sink: SmtpSink, token: str, ok: bool
) -> None:
    (tmp_path / "token").write_text(token, encoding="utf-8")
    smtp = (
        f"host: 127.0.0.1, port: {smtp_sink.port}, security: none, user: {smtp_sink.user}, auth: "
        "xoauth2, password_file: token"
    )
    (line,) = outbox(wiring(f"outbox: {{kind: smtp, smtp: {{{smtp}}}}}", tmp_path))
    assert (line.ok, smtp_sink.logins) == (ok, ["XOAUTH2"])


# doctor


def _imap(server: ScriptedImap, more: str = "", provider: str = "generic") -> str:
    where = f"host: {server.host}, port: {server.port}, security: none, user: {server.user}"
    return (
        f"mailbox: {{provider: {provider}, kind: imap, imap: {{{where}, "
        f"{more or 'use_idle: true'}}}}}"
    )


def doctor(
    folder: Path,
    server: ScriptedImap,
    password: str = PASSWORD,
    more: str = "",
    provider: str = "generic",
) -> Iterator[Line]:
    return about_the_box(wiring(_imap(server, more, provider), folder, **{IMAP: password}))


def about_the_box(made: Wiring) -> Iterator[Line]:
    """Without the line on who vouches for senders, which has tests of its own."""
    return (line for line in mailbox(made) if line.name != SENDER)


def test_doctor_names_the_preset(tmp_path: Path, scripted: Make) -> None:
    server = scripted(NETEASE)
    fill(server, 1, 2)
    first, *rest = doctor(
        tmp_path,
        server,
        provider="163",
        more="after_reading: seen, not_before: 2026-11-25T09:00:00+08:00",
    )
    assert (first.ok, rest) == (True, [])
    for words in (
        "网易163邮箱",
        "mailbox.provider: 163",
        "2 封",
        "无 IDLE，每 30 秒",
        "每小时至多登录 20 次",
    ):
        assert words in first.text
    assert server.logins == 1


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("qq", "16位“授权码”"),
        ("exmail", "客户端专用密码"),
        ("163", "授权密码"),
        ("aliyun", "三方客户端"),
    ],
)
def test_doctor_says_what_to_do_at_the_provider(
    tmp_path: Path, scripted: Make, provider: str, words: str
) -> None:
    (line,) = doctor(tmp_path, scripted(TENCENT), "the login password", provider=provider)
    assert line.ok is False
    assert "拒绝登录" in line.text
    assert "the login password" not in line.text
    assert words in line.remedy
    assert "1. " in line.remedy
    assert words not in line.text, "said once"


def test_doctor_speaks_of_no_password_where_the_server_cannot_be_reached(
    tmp_path: Path, scripted: Make
) -> None:
    server = scripted(PLAIN)
    server.stop()
    [line] = mailbox(wiring(_imap(server), tmp_path, **{IMAP: PASSWORD}))
    assert "连接被拒绝：请检查主机和端口" in line.text
    assert line.remedy == "", "nor of senders, whose mails it has not seen"


def test_doctor_learns_who_vouches_for_senders_from_the_mailbox(
    tmp_path: Path, scripted: Make
) -> None:
    server = scripted(PLAIN)
    fill(server, *range(1, 60))
    for mail in server.mails.values():
        mail.raw = (
            b"Received: from a by b\r\nAuthentication-Results: mx.own.example; spf=none\r\n"
            b"Received: from c by mx.own.example\r\n"
        ) + mail.raw
    made = wiring(_imap(server), tmp_path, **{IMAP: PASSWORD})
    (line,) = (line for line in mailbox(made) if line.name == SENDER)
    assert (line.ok, "最近 40 封" in line.text) == (False, True)
    assert 'sender: {authserv_ids: ["mx.own.example"], received_above: 1}' in line.remedy
    assert not any("RFC822" in command or "STORE" in command for command in server.commands), (
        "headers only, and nothing is marked"
    )


LIMITS = [
    (Provider(permanent_flags="\\Seen \\Deleted"), "after_reading: keyword", "不接受自定义标记"),
    (Provider(permanent_flags="\\Seen \\*"), "after_reading: keyword", ""),
    (Provider(permanent_flags="\\Seen UnbindDesk"), "after_reading: keyword", ""),
    (Provider(permanent_flags="\\Seen"), "after_reading: seen", ""),
    (Provider(read_only=True), "after_reading: seen", "只读"),
    (Provider(read_only=True), "after_reading: keep", ""),
    (Provider(folders=("INBOX",)), "after_reading: 'move:已办理'", ""),
    (Provider(folders=("INBOX", "&XfJSnnQG-")), "after_reading: 'move:已办理'", ""),
]


@pytest.mark.parametrize(("provider", "more", "words"), LIMITS)
def test_doctor_tells_what_the_server_will_not_do(
    tmp_path: Path, scripted: Make, provider: Provider, more: str, words: str
) -> None:
    first, *rest = doctor(tmp_path, scripted(provider), more=more)
    assert first.ok is True
    assert [(line.ok, words in line.text) for line in rest] == ([(None, True)] if words else [])


def test_doctor_warns_of_old_mails_before_the_first_start_only(
    tmp_path: Path, scripted: Make
) -> None:
    server = scripted(PLAIN)
    trial = "From: 解绑办理台 <support@example.org>\r\nSubject: trial\r\n\r\n"
    server.mails[4] = Mail(trial.encode())
    made = wiring(_imap(server, "after_reading: seen"), tmp_path, **{IMAP: PASSWORD})
    assert [line.ok for line in about_the_box(made)] == [True], "setup wrote it itself"
    fill(server, 1, 2, 3)
    _, warning = about_the_box(made)
    assert warning.ok is None
    assert "3 封" in warning.text
    assert "not_before" in warning.remedy
    made.vault()
    store, box = made.store(), made.mailbox()
    with store.transaction() as tx:
        for one in read(box):
            tx.mails.add(
                NewMail(box.name, one.uidvalidity, one.uid, one.arrived, one.size_bytes, one.raw)
            )
    store.close()
    box.close()
    assert [line.ok for line in about_the_box(made)] == [True]
