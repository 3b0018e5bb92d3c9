"""The rules of config.yaml that join two settings."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from typing import Any

from app.settings.config_problems import Problem
from app.settings.desk_settings import Settings
from app.settings.mail_settings import GENERIC, PRESETS_FILL, accounts
from app.settings.setting_kinds import is_secure
from core.data.workday import parse_hours
from core.mail_servers import LOOPBACK
from validators.check import override_problem


def conflicts(settings: Settings) -> Iterator[Problem]:
    """Contradictions between two settings, each reported at the second one."""
    mailbox = settings.mailbox
    yield from _of_window(settings)
    for zone in ("mailbox", "outbox"):
        for section, account in accounts(getattr(settings, zone)):
            yield from _of_account((zone, section), account)
    if mailbox.imap.after_reading == f"move:{mailbox.imap.folder}":
        yield Problem(
            ("mailbox", "imap", "after_reading"), "不能移到收件的同一文件夹，请写另一个文件夹"
        )
    if mailbox.provider != GENERIC and mailbox.kind != PRESETS_FILL:
        text = f"mailbox.provider 写了 {mailbox.provider}，此处须写 {PRESETS_FILL}"
        yield Problem(("mailbox", "kind"), text)
    # base64 makes three bytes four, and adds line ends
    if mailbox.max_mail_bytes < settings.documents.max_bytes * 1.37:
        yield Problem(
            ("documents",),
            "max_bytes 的附件放不进 mailbox.max_mail_bytes 的邮件：请把后者改为至少它的 1.4 倍",
        )
    for code, severity in settings.rules.severities.items():
        if problem := override_problem(code, severity):
            yield Problem(("rules", "severities", code), problem)
    if settings.web.host not in LOOPBACK and not settings.web.trusted_proxies:
        yield Problem(
            ("web", "host"),
            "不是本机地址：网页前须有 HTTPS 反向代理（见 deploy/），请在 web.trusted_proxies 写明"
            "它的地址，或改回 127.0.0.1",
        )
    yield from _of_systems(settings)


def _of_window(settings: Settings) -> Iterator[Problem]:
    window = settings.window
    if window.office_closes != time(0, 0) and window.office_closes <= window.office_opens:
        yield Problem(("window", "office_closes"), "须晚于 office_opens")
    hours = [parse_hours(one) for one in window.hours]
    if not hours or any(
        closes == time(0, 0) or later <= closes for (_, closes), (later, _) in pairwise(hours)
    ):
        yield Problem(("window", "hours"), "至少写一个时段，按先后排列，互不相接")


def _of_account(where: tuple[str, ...], account: Any) -> Iterator[Problem]:
    if account.security == "none" and account.host not in ("", *LOOPBACK):
        yield Problem((*where, "security"), "不加密只允许用于本机，请用 tls 或 starttls")
    if account.password_command and account.password_file:
        yield Problem((*where, "password_command"), "与 password_file 只能写一个，请删去其一")


def _of_systems(settings: Settings) -> Iterator[Problem]:
    """A system that lacks something."""
    if settings.systems and not is_secure(settings.web.base_url):
        yield Problem(("systems",), "web.base_url 须为 https：登录凭据不得明文传输")
    for name, system in settings.systems.items():
        if not system.title or not (system.redirect_uris or system.scopes):
            yield Problem(
                ("systems", name), "须填写 title，以及 redirect_uris（登录）或 scopes（接口）"
            )
