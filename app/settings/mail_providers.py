"""The settings of each mail provider, as one table: `mailbox.provider` fills in values that
config.yaml leaves empty; a written value has priority.

Hosts, ports and folder names are those of the providers' own help pages; `steps` has what an
account holder must do there, for the message of a refused login and for `unbind doctor`. The login
limits are ours: providers publish none and block accounts that log in too often; a desk with one
connection needs far fewer. `generic` is any other server: it fills the usual ports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.settings.mail_settings import GENERIC

IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}
SECURITY = dict.fromkeys(("993", "465"), "tls") | dict.fromkeys(("143", "587", "25"), "starttls")
"""The encryption that is usual on a port."""


@dataclass(frozen=True)
class Preset:
    """One provider. `code`: what it calls the password that programs use.

    `sends_id`: introduce ourselves even where ID is not offered. An empty host is the centre's own.
    `logins_per_hour`: None = the setting's default.
    Every provider here takes mails of 50 MB, so none narrows `max_mail_bytes`.
    """

    title: str
    imap_host: str = ""
    smtp_host: str = ""
    smtp_security: str = "tls"
    logins_per_hour: int | None = 20
    sends_id: bool = False
    code: str = "授权码"
    steps: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """The steps to take at the provider, in one line: 1. … 2. …"""
        return " ".join(f"{number}. {step}；" for number, step in enumerate(self.steps, 1)).rstrip(
            "；"
        )


_NETEASE_STEPS = (
    "登录网页邮箱，“设置”→“POP3/SMTP/IMAP”，开启“IMAP/SMTP服务”",
    "按提示用手机验证，新增“授权密码”（授权码），填入它而不是登录密码",
    "授权码有有效期，到期前请在同一页面换新并更新办理台的密码",
)

PRESETS: Mapping[str, Preset] = {
    # It writes Authentication-Results below its own Received line (a raw mail of October 2024 that
    # several public repositories quote), where a sender's would stand if it were silent once. So
    # none is believed; `sender.dns_servers: []` has DKIM checked here instead.
    "qq": Preset(
        "QQ邮箱",
        "imap.qq.com",
        "smtp.qq.com",
        steps=(
            "登录网页邮箱，“设置”→“账号与安全”→“安全设置”，开启“POP3/IMAP/SMTP服务”",
            "按提示用密保手机验证，得到16位“授权码”，填入它而不是QQ密码",
            "更改QQ密码后授权码失效，须重新生成",
        ),
    ),
    # No raw mail was at hand: what it writes is for `unbind doctor` to find.
    "exmail": Preset(
        "腾讯企业邮",
        "imap.exmail.qq.com",
        "smtp.exmail.qq.com",
        code="客户端专用密码（授权码）",
        steps=(
            "请企业邮管理员在管理后台允许该成员使用IMAP/SMTP",
            "登录网页邮箱，“设置”→“收发信设置”，开启“IMAP/SMTP服务”",
            (
                "“设置”→“邮箱绑定”，开启“安全登录”，生成“客户端专用密码”（授权码），"
                "填入它而不是登录密码"
            ),
        ),
    ),
    # Coremail writes its header below the sender's own fields and under the short name of one of
    # its hosts (mx19; a raw mail of 2020 to 126.com): a forged one stands above it. As with qq.
    "163": Preset(
        "网易163邮箱", "imap.163.com", "smtp.163.com", sends_id=True, steps=_NETEASE_STEPS
    ),
    "126": Preset(
        "网易126邮箱", "imap.126.com", "smtp.126.com", sends_id=True, steps=_NETEASE_STEPS
    ),
    # No raw mail was at hand, as with exmail.
    "aliyun": Preset(
        "阿里企业邮",
        "imap.qiye.aliyun.com",
        "smtp.qiye.aliyun.com",
        code="三方客户端安全密码（授权码）",
        steps=(
            "请邮箱管理员在管理后台允许该账号使用三方客户端（IMAP/SMTP）",
            (
                "登录网页邮箱，“设置”→“账户与安全”，生成“三方客户端安全密码”（授权码），填入它；"
                "未启用安全密码时才用登录密码"
            ),
        ),
    ),
    # Its IMAP service builds each mail anew from what it stores, so that signatures no longer fit,
    # and keeps no keywords of others. Clients send by the connector of port 587.
    "exchange": Preset(
        "Exchange（自建）",
        smtp_security="starttls",
        code="域账号的密码（Exchange没有授权码）",
        steps=(
            (
                "请Exchange管理员启动“Microsoft Exchange IMAP4”及其“Backend”两项服务（默认停用）"
                "并设为自动启动，对该邮箱启用IMAP"
            ),
            "账号写完整邮箱地址或“域\\用户名”，并请管理员设定其密码不过期，否则到期后收发都会停止",
            "发信用587端口（STARTTLS），发件地址须是该账号自己的",
            (
                "服务器证书由单位自己的CA签发时，把该CA的证书写入mailbox.imap.ca_file和"
                "outbox.smtp.ca_file"
            ),
        ),
    ),
    # It writes its header where 163's does: a forged one stands above it.
    "coremail": Preset(
        "Coremail（自建）",
        sends_id=True,
        code="客户端专用密码（授权码）",
        steps=(
            "请邮箱管理员在管理后台对该账号开启IMAP、SMTP服务，并把办理台的地址列入登录白名单",
            (
                "登录网页邮箱，在“设置”的安全设置中生成“客户端专用密码”（授权码），填入它；"
                "没有这一项的版本才用登录密码"
            ),
            "密码无误仍被拒绝时，请管理员查看登录日志：多次失败的来源会被封禁一段时间",
        ),
    ),
    GENERIC: Preset(
        "其他邮箱",
        logins_per_hour=None,
        code="密码或授权码",
        steps=(
            "向邮箱服务商或管理员确认IMAP、SMTP服务已对该账号开启",
            (
                "QQ、腾讯企业邮、163、126、阿里企业邮须使用授权码而不是登录密码，"
                "并请设置 mailbox.provider"
            ),
        ),
    ),
}


def filled(written: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of config.yaml, with the values of the provider's preset where a setting is left
    out, null or "".

    Anything else in the place of a section remains, so that the settings refuse it.
    """
    mailbox, outbox = written.get("mailbox") or {}, written.get("outbox") or {}
    if not (isinstance(mailbox, Mapping) and isinstance(outbox, Mapping)):
        return dict(written)
    name = str(mailbox.get("provider") or GENERIC)  # 163 and 126 are numbers to YAML
    preset, is_named = PRESETS.get(name, PRESETS[GENERIC]), name != GENERIC
    imap = {
        "host": preset.imap_host,
        "security": "tls",
        "user": mailbox.get("address") if is_named else "",
        "poll_interval_s": None,
        "logins_per_hour": preset.logins_per_hour,
        "send_id": preset.sends_id,
    }
    account = _over(imap, IMAP_PORTS, mailbox.get("imap"))
    smtp = {
        "host": preset.smtp_host,
        "security": preset.smtp_security,
        "user": account.get("user") if is_named and isinstance(account, Mapping) else "",
    }
    mailbox = {**mailbox, "provider": name, "imap": account}
    return {
        **written,
        "mailbox": mailbox,
        "outbox": {**outbox, "smtp": _over(smtp, SMTP_PORTS, outbox.get("smtp"))},
    }


def _over(preset: Mapping[str, Any], ports: Mapping[str, int], section: Any) -> Any:
    """A section with its preset; written values have priority, and of port and encryption
    the one that is left out follows the other: `ports`, by encryption.

    A place that is empty in both is left to the setting's default.
    """
    if section is not None and not isinstance(section, Mapping):
        return section
    places = {**preset, "port": None}
    written = {
        key: value
        for key, value in (section or {}).items()
        if key not in places or value not in (None, "")
    }
    merged = {**places, **written}
    if "security" not in written:
        merged["security"] = SECURITY.get(str(merged["port"]), merged["security"])
    if merged["port"] is None:
        merged["port"] = ports.get(str(merged["security"]))
    return {key: value for key, value in merged.items() if value is not None or key not in places}
