"""The configuration: judged as a whole, in plain words."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.credentials import DATABASE, IMAP, VAULT, mailbox_password
from app.operations.config_report import report
from app.settings.config import Config, Installation, load
from app.settings.config_file import read
from app.settings.config_template import template
from app.settings.desk_settings import Settings
from app.settings.setting_kinds import KINDS, Declared, declared
from app.start_checks import require_for_service
from app.wiring import Wiring
from core.data.finding import Severity
from core.errors import ConfigError
from tests.app.parsing import parse, settings_of
from web.common.page_settings import PER_MINUTE

ROOT = Path(__file__).parents[2]


def problems_of(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        parse(text)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("cases: {objection_days: 14}", "cases.objection_days"),
        ("cases: {unproved_letters_per_hour: 60}", "cases.unproved_letters_per_hour"),
        ("outbox: {maildir_keep_days: 0}", "outbox.maildir_keep_days"),
        ("logging: {format: console}", "logging.format"),
    ],
)
def test_a_setting_that_was_removed_is_no_misspelt_one(text: str, key: str) -> None:
    """Who renamed objection_days to objection_hours would have changed another rule."""
    told = problems_of(text)
    assert f"{key}：此设置已取消，请删去这一行" in told
    assert "是不是" not in told


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("window: {hours: [eleven]}", "window.hours.0"),
        ("systems: {zonghe: secret}", "systems.zonghe"),
        ("announce: {robots: {wecom: 1}}", "announce.robots.wecom"),
        ("certificates: {profiles: {gdca: gmt0015}}", "certificates.profiles.gdca"),
        ("certificates: {profiles: {bjca: {name: ['']}}}", "certificates.profiles.bjca.name.0"),
    ],
)
def test_what_has_the_wrong_form_is_refused_in_words(text: str, key: str) -> None:
    """None of them ends the program with a traceback, and none is passed over; a text in place of a
    section may be a secret, which is not repeated."""
    told = problems_of(text)
    assert f"第 1 行 {key}：" in told
    assert "secret" not in told


def test_the_committed_file_is_the_template_and_decides_nothing() -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert text == template(), "unbind config template > config.yaml"
    assert len(text.splitlines()) < 240, "an operator reads it whole"
    assert load(ROOT / "config.yaml").settings == Settings()


def test_each_line_of_the_committed_file_can_be_taken_up_and_none_is_a_default() -> None:
    text, taken = re.subn(
        r"^( *)#(?=\w+: )",
        r"\1",
        (ROOT / "config.yaml").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    written = read(text)
    shown = {
        one.key: one for one in report(Config(parse(text), ROOT, ROOT / "config.yaml", written))
    }
    inner = {path for path in written.lines if any(other[:-1] == path for other in written.lines)}
    taken_up = [shown[path] for path in written.lines.keys() - inner if path in shown]
    assert taken > 60
    same = [one.name for one in taken_up if not one.changed]
    assert same == [], "an `example` that is the default"


def test_every_setting_says_what_it_is_for_and_a_number_its_unit() -> None:
    units = (
        r"\b(seconds|minutes|hours|days|bytes|pages|files|processes|connections|port|passwords"
        r"|logins|letters|notices|number)\b"
    )

    def settings(section: type, path: str) -> Iterator[tuple[str, Declared]]:
        for name, setting in declared(section).items():
            yield f"{path}{name}", setting
            if setting.section:
                yield from settings(setting.section, f"{path}{name}.")

    every = dict(settings(Settings, ""))
    assert len(every) > 130
    assert [name for name, one in every.items() if not one.why] == [], "the text of `setting`"
    assert [
        name
        for name, setting in every.items()
        if type(setting.default) in {int, float} and not re.search(units, setting.why)
    ] == []
    assert {setting.kind for setting in every.values()} <= {"", "file", *KINDS}


def test_what_the_code_takes_besides_is_no_setting() -> None:
    for text in (
        "cases: {retention: {}}",
        "documents: {cpu_s: 5}",
        "mailbox: {imap: {login_advice: x}}",
        "web: {refusal_takes_s: 0}",
    ):
        assert "没有这个设置" in problems_of(text)


def test_an_empty_file_and_empty_sections_mean_the_defaults() -> None:
    assert (
        parse("")
        == parse(
            "window:\ncases:\nmailbox:\n  imap:\n  maildir:\n"
            "certificates:\n  profiles:\n    bjca:\n"
        )
        == Settings()
    )


def test_a_place_that_is_left_to_the_provider_keeps_the_default() -> None:
    assert (
        parse(
            "mailbox:\n  imap: {port: null, poll_interval_s: null, logins_per_hour: "
            "null, send_id: null}\n"
        )
        == Settings()
    )


def test_no_file_means_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load().settings == Settings()
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        load(Path("nowhere.yaml"))


def test_five_mistakes_are_told_at_once_each_with_its_line_and_remedy() -> None:
    told = problems_of(
        "window:\n  hours: [25:00-26:00]\nmailbox:\n  imap:\n    prot: 993\n    use_idle: maybe\n"
        "documents:\n  max_pages: 0\noutbox:\n  kind: pigeon\n",
    )
    assert "5 处问题" in told
    for line, words in (
        (2, "window.hours"),
        (5, "是不是 port"),
        (6, "true 或 false"),
        (8, "不能小于 1"),
        (10, "'maildir' 或 'smtp'"),
    ):
        assert any(f"第 {line} 行" in row and words in row for row in told.splitlines()), (
            line,
            words,
            told,
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mailbox:\n  imap:\n    password: abc\n", "UNBIND_IMAP_PASSWORD"),
        ("outbox:\n  smtp:\n    授权码: abc\n", "不能写在这里"),
        (
            "storage:\n  database_url: postgresql://me:secret@host/desk\n",
            "UNBIND_DATABASE_PASSWORD",
        ),
    ],
)
def test_a_secret_is_refused_and_not_repeated(text: str, words: str) -> None:
    told = problems_of(text)
    assert words in told
    assert "abc" not in told
    assert "secret@" not in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("window: [", "不是合法的 YAML"),
        ("window:\n\thours: 1", "第 2 行"),
        ("- a\n- b\n", "最外层"),
        ("window:\n  hours: [11:00-12:00]\n  hours: [12:00-13:00]\n", "写了两次"),
        ("window:\n  hours: [11:30-11:00]\n", "须晚于开始时刻"),
        ("window:\n  hours: []\n", "至少写一个时段"),
        ("window:\n  hours: [15:30-16:00, 11:00-11:30]\n", "按先后排列"),
        ("window:\n  hours: [11:00-11:30, 11:30-12:00]\n", "互不相接"),
        ("window:\n  hours: [20:00-24:00, 22:00-23:00]\n", "按先后排列"),
        ("window:\n  office_opens: '11:30'\n  office_closes: '11:00'\n", "须晚于 office_opens"),
        ("window:\n  overrides: {soon: true}\n", "应是日期"),
        ("rules:\n  severities:\n    document.seal.absent: review\n", "document.seal.absent"),
        ("rules:\n  severities:\n    document.unreadable: reject\n", "最高只能写 review"),
        ("mailbox: {imap: {host: mail.example.org, security: none}}\n", "只允许用于本机"),
        ("mailbox: {pop3: {host: mail.example.org, security: none}}\n", "只允许用于本机"),
        ("outbox: {smtp: {host: mail.example.org, security: none}}\n", "只允许用于本机"),
        (
            "mailbox: {provider: qq, kind: imap, imap: {security: none}, address: a@qq.com}\n",
            "只允许用于本机",
        ),
        ("mailbox:\n  imap:\n    after_reading: delete\n", "move:文件夹名"),
        ("mailbox:\n  imap:\n    not_before: 2026-11-25\n", "2026-11-25T09:00:00+08:00"),
        ("mailbox:\n  address: nobody\n", "不是邮箱地址"),
        ("web:\n  port: 70000\n", "65535"),
        ("web:\n  per_minute: {tokens: 900}\n", "tokens"),
        ("web:\n  per_minute: {token: 0}\n", "1 至 99999"),
        ("web:\n  base_url: desk.example.org\n", "https://"),
        ("web: 8321\n", "名称: 值"),
        ("web:\n  trusted_proxies: [proxy.example.org]\n", "10.0.0.0/24"),
        ("web:\n  trusted_proxies: [0.0.0.0/0]\n", "不能是全部地址"),
        ("web:\n  host: 0.0.0.0\n  base_url: https://ca.example.org\n", "web.trusted_proxies"),
        ("storage:\n  database_url: mysql://host/desk\n", "不支持的数据库"),
    ],
)
def test_one_mistake(text: str, words: str) -> None:
    assert words in problems_of(text)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "portal.example.org",
        'https://x.example.org/"><b>',
        "https://x.example.org/a b",
        "",
        "ftp://x.example.org",
    ],
)
def test_portal_url_must_be_http(url: str) -> None:
    """It stands in every letter."""
    assert "centre.portal_url：" in problems_of(json.dumps({"centre": {"portal_url": url}}))


def test_times_dates_and_severities_are_read_as_written() -> None:
    settings = parse(
        "window:\n  hours: [9:30-11:00, 15:30 - 24:00]\n  overrides:\n    2026-10-10: "
        "true\n    2027-01-04: false\n"
        "rules:\n  severities:\n    document.id_back.missing: reject\n",
    )
    assert settings.window.hours == ("09:30-11:00", "15:30-00:00")
    assert settings.window.overrides == {date(2026, 10, 10): True, date(2027, 1, 4): False}
    assert settings.rules.severities["document.id_back.missing"] is Severity.REJECT
    assert settings.rules.severities["attachment.none"] is Severity.REJECT, (
        "what is not named keeps its default"
    )


def test_each_limit_of_a_minute_is_a_setting_and_the_others_keep_theirs() -> None:
    limits = parse("web:\n  per_minute: {token: 1200, login: 40}\n").web.per_minute
    assert limits == {**PER_MINUTE, "token": 1200, "login": 40}


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(
        "storage:\n  folder: data\n  vault_key_file: /keys/vault.key\n", encoding="utf-8-sig"
    )
    config = load(file)
    assert config.folder == tmp_path / "data"
    assert config.maildir == tmp_path / "data" / "mailbox"
    assert config.settings.storage.vault_key_file == Path("/keys/vault.key")


def imap_config(base: Path, **imap: str) -> Config:
    return Config(settings_of({"mailbox": {"kind": "imap", "imap": imap}}, base), base)


def test_the_service_says_everything_that_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        require_for_service(Installation(imap_config(tmp_path), {}))
    for words in ("mailbox.imap.host", "mailbox.imap.user", IMAP):
        assert words in str(raised.value)


def test_what_the_service_lacks_has_its_line_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("window: {}\nmailbox: {kind: imap}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"第 2 行 mailbox\.imap\.host"):
        require_for_service(Installation(load(tmp_path / "config.yaml"), {}))


def test_files_as_an_editor_of_windows_saves_them_are_read(tmp_path: Path) -> None:
    """With a byte order mark and its line ends."""
    lines = "mailbox:\r\n  kind: imap\r\n  imap: {password_file: code.txt}  # 授权码\r\n"
    (tmp_path / "config.yaml").write_text(lines, encoding="utf-8-sig", newline="")
    (tmp_path / "code.txt").write_text("secret\r\n", encoding="utf-8-sig", newline="")
    assert mailbox_password(Installation(load(tmp_path / "config.yaml"), {})) == "secret"


def test_a_password_comes_from_the_environment_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("from-file\nmore\n", encoding="utf-8")
    config = imap_config(tmp_path, host="imap.example.org", user="me", password_file="code.txt")
    require_for_service(Installation(config, {}))
    assert mailbox_password(Installation(config, {})) == "from-file"
    assert mailbox_password(Installation(config, {IMAP: "from-environment"})) == "from-environment"


def test_a_credential_of_systemd_stands_between_environment_and_file(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("from-file\n", encoding="utf-8")
    (tmp_path / IMAP).write_text("from-credential\n", encoding="utf-8")
    config = imap_config(tmp_path, host="imap.example.org", user="me", password_file="code.txt")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert mailbox_password(Installation(config, environ)) == "from-credential"
    assert (
        mailbox_password(Installation(config, {**environ, IMAP: "from-environment"}))
        == "from-environment"
    )


def test_the_keys_of_vault_and_database_may_be_credentials(tmp_path: Path) -> None:
    (tmp_path / VAULT).write_text("A" * 43 + "=", encoding="utf-8")
    (tmp_path / DATABASE).write_text("secret", encoding="utf-8")
    settings = parse("storage: {folder: data, database_url: 'postgresql://me@host/desk'}\n")
    wiring = Wiring(Config(settings, tmp_path), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    wiring.vault()
    assert not (tmp_path / "data").exists()
    assert "me:secret@host" in wiring.database_url()


@pytest.mark.parametrize(
    ("address", "domain"),
    [("ca@ggzy.example.cn", "ggzy.example.cn"), ("ca@示例.中国", "xn--fsq092h.xn--fiqs8s")],
)
def test_our_message_ids_end_in_the_domain_of_our_address(
    address: str, domain: str, tmp_path: Path
) -> None:
    wiring = Wiring(Config(parse(f"mailbox: {{address: {address}}}"), tmp_path), {})
    assert wiring.case_settings().own_domain == domain


@pytest.mark.parametrize(
    "origin", ["https://a.example.org/x", "a.example.org", "ftp://a.example.org"]
)
def test_an_origin_is_scheme_and_host_only(origin):
    with pytest.raises(ConfigError, match="来源"):
        parse(f"web: {{base_url: '{origin}'}}")


def test_an_origin_ends_without_a_slash():
    settings = parse("web: {base_url: 'https://a.example.org/'}")
    assert settings.web.base_url == "https://a.example.org"


def test_links_lead_to_the_port_that_was_chosen():
    assert parse("web: {port: 8399}").web.base_url == "http://127.0.0.1:8399"
    assert (
        parse("web: {port: 8399, base_url: 'https://desk.example.org'}").web.base_url
        == "https://desk.example.org"
    )
    assert Settings().web.base_url == "http://127.0.0.1:8321"
