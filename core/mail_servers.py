"""Parts that connections to mail servers share, for reading and for sending."""

import re
import socket
import ssl
from typing import Any

from core.errors import ConfigError

Reasons = tuple[tuple[Any, str], ...]
REASONS: Reasons = (
    (
        ssl.SSLError,
        "TLS 握手失败，连接已中止：请核对端口与 security（465、993、995 用 tls，其余用 starttls）",
    ),
    (socket.gaierror, "找不到主机：请检查 host 和本机 DNS"),
    (ConnectionRefusedError, "连接被拒绝：请检查主机和端口，服务器是否在运行"),
    (TimeoutError, "服务器没有及时应答：请检查网络和防火墙，稍后会自动重试"),
    ((EOFError, ConnectionError), "连接中断：稍后会自动重试"),
    (OSError, "网络错误：请检查网络，稍后会自动重试"),
    (UnicodeEncodeError, "账号或密码中有中文或全角字符，请用半角字符重新填写"),
    (
        (ValueError, LookupError, TypeError, AttributeError),
        "服务器的应答无法理解，连接已中止：稍后会自动重试",
    ),
)
"""What failures of a connection mean, and what to do."""
UNTRUSTED = "自建证书请把其 CA 文件加入本机证书库（update-ca-certificates），或写入 ca_file"
CERTIFICATE = {
    9: "证书尚未生效，请核对本机时间",
    10: "证书已过期，请邮件服务器的管理员更换；若未过期，请核对本机时间",
    62: "证书不是发给这个主机名的，请核对 host",
    64: "证书是发给主机名的，host 请写主机名而不是 IP 地址",
}
"""By OpenSSL's number of the reason."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that may be reached unencrypted."""


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Certificates and host names are always checked; `ca_file` replaces the system's authorities.

    Raises ConfigError.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ConfigError(
            f"证书文件 ca_file: {ca_file} 无法读取（{error}）：请检查路径、权限，"
            "文件应为 PEM 格式。"
        ) from error
    # Python 3.13 sets it: authorities that centres build by hand often lack a key usage
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def explained(error: BaseException, own: Reasons, otherwise: str = "") -> str:
    """A failure in words that say what to do: `own` reasons have priority."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = CERTIFICATE.get(error.verify_code, UNTRUSTED)
        reason = f"服务器证书未通过校验，连接已中止：{what}"
    else:
        known = (text for kinds, text in (*own, *REASONS) if isinstance(error, kinds))
        reason = next(known, otherwise)
    return f"{reason}（{raw_message(error)}）"


def raw_message(error: BaseException) -> str:
    """The message of a server or a library, in one line of at most 200 characters."""
    text = re.sub(r"\bb'([^']*)'", r"\1", str(error))  # of bytes
    return " ".join(text.split())[:200] or type(error).__name__
