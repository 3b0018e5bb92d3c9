"""The questions of `unbind setup`: the settings that a centre decides, each with its default."""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dns import resolver
from dns.exception import DNSException

from app.settings.certificate_settings import shipped
from app.settings.mail_providers import PRESETS, SMTP_PORTS, Preset
from app.settings.mail_settings import GENERIC
from core.clock import SystemClock, local
from core.data.workday import DAILY_TEXT

Values = dict[str, Any]
UNITS_FOLDER = "/etc/systemd/system"
SYSTEMD_RUNS = Path("/run/systemd/system")
"""Exists where systemd has started the machine."""
PROVIDER_OF_DOMAIN = {
    "qq.com": "qq",
    "foxmail.com": "qq",
    "163.com": "163",
    "126.com": "126",
}
PROVIDER_OF_SERVER = {
    "exmail.qq.com": "exmail",
    "mxbiz1.qq.com": "exmail",
    "mxbiz2.qq.com": "exmail",
    "qiye.aliyun.com": "aliyun",
    "mxhichina.com": "aliyun",
}
"""By the end of the name of the server that receives a domain's mail (its MX record)."""


@dataclass(frozen=True)
class Question:
    """A question.

    `key`: the setting; a key without a dot is no setting. `is_list`: several values, separated by
    commas. `default`, `when` (whether the question applies): by the values so far.
    """

    key: str
    text: str
    default: Callable[[Values], str] = lambda _values: ""
    is_list: bool = False
    is_secret: bool = False
    is_required: bool = False
    when: Callable[[Values], bool] = lambda _values: True


def value_at(values: Mapping[str, Any], key: str) -> Any:
    """The value of a setting by its dotted name, None where it is not written."""
    found: Any = values
    for name in key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def provider_of(address: str) -> str:
    """The provider of a mail address: by its domain, else by the domain's MX records."""
    domain = address.rpartition("@")[2].casefold()
    if domain in PROVIDER_OF_DOMAIN:
        return PROVIDER_OF_DOMAIN[domain]
    with contextlib.suppress(DNSException):
        for record in resolver.resolve(domain, "MX", lifetime=5):
            host = str(record.exchange).rstrip(".").casefold()
            for end, provider in PROVIDER_OF_SERVER.items():
                if host.endswith(end):
                    return provider
    return GENERIC


def _has_own_servers(values: Values) -> bool:
    """Whether no preset names the mail servers, so that the centre must."""
    return not _preset(values).imap_host


def _preset(values: Values) -> Preset:
    return PRESETS.get(str(value_at(values, "mailbox.provider")), PRESETS[GENERIC])


def _portal_url(values: Values) -> str:
    base_url = str(value_at(values, "web.base_url") or "")
    return f"{base_url.rstrip('/')}/portal"


MAIL = (
    Question("mailbox.address", "收件邮箱地址", is_required=True),
    Question(
        "mailbox.provider",
        f"邮箱服务商代号（{'、'.join(f'{key} {one.title}' for key, one in PRESETS.items())}）",
        lambda values: provider_of(str(value_at(values, "mailbox.address"))),
    ),
    Question("mailbox.imap.host", "IMAP 服务器", when=_has_own_servers, is_required=True),
    Question(
        "mailbox.imap.user",
        "邮箱账号",
        lambda values: str(value_at(values, "mailbox.address")),
        when=_has_own_servers,
    ),
    Question(
        "outbox.smtp.host",
        "SMTP 服务器",
        lambda values: str(value_at(values, "mailbox.imap.host") or ""),
        when=_has_own_servers,
        is_required=True,
    ),
    Question(
        "outbox.smtp.user",
        "SMTP 账号（空 = 不登录）",
        lambda values: str(value_at(values, "mailbox.imap.user") or ""),
        when=_has_own_servers,
    ),
    Question("mailbox.imap.port", "IMAP 端口", lambda _values: "993", when=_has_own_servers),
    Question(
        "outbox.smtp.port",
        "SMTP 端口",
        lambda values: str(SMTP_PORTS[_preset(values).smtp_security]),
        when=_has_own_servers,
    ),
    Question("password", "邮箱密码或授权码（输入时不显示；已填过的，留空不变）", is_secret=True),
)
CENTRE = (
    Question("centre.name", "中心名称"),
    Question("centre.phone", "回信中的联系电话（可空）"),
)
INSTALLATION = (
    Question(
        "window.hours",
        "每个工作日的办理时段，多个用逗号隔开",
        lambda _values: DAILY_TEXT,
        is_list=True,
    ),
    Question("storage.folder", "数据目录", lambda _values: "/var/lib/unbind"),
    Question(
        "storage.database_url",
        "数据库（空 = SQLite；或 postgresql://用户@主机/库名，密码先写入 ~/.pgpass）",
    ),
    Question(
        "web.base_url",
        "网页的对外地址（也是回信中链接的开头，企业要能打开）",
        lambda values: f"http://127.0.0.1:{value_at(values, 'web.port') or 8321}",
    ),
    Question("centre.portal_url", "企业登录页的地址", _portal_url),
    *(
        Question(
            f"certificates.profiles.{name}.issuers",
            f"{profile.title} 的 CA 证书文件，多个用逗号隔开（空 = 不接受）",
            is_list=True,
        )
        for name, profile in shipped().items()
    ),
    Question("announce.mail_to", "接收提醒的管理员邮箱，多个用逗号隔开（可空）", is_list=True),
    Question("administrator", "首位管理员姓名（已有管理员的留空）"),
    Question(
        "units",
        "systemd 单元写到哪个目录（空 = 不写）",
        lambda _values: UNITS_FOLDER if os.geteuid() == 0 and SYSTEMD_RUNS.exists() else "",
    ),
)
VERIFYING_SERVERS = Question(
    "sender.authserv_ids",
    "核验来信的收信服务器名，多个用逗号隔开（空 = 没有，来信逐封人工核实）",
    is_list=True,
)
"""This question comes after the trial mail, whose headers propose the default."""
FIRST_DAY = Question(
    "mailbox.imap.not_before",
    "从何时起的来信由办理台处理，更早的留给人工（- = 全部旧邮件逐封处理并回信）",
    lambda _values: local(SystemClock().now()).isoformat(timespec="seconds"),
)
