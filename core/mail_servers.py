"""Parts that connections to mail servers share, for reading and for sending."""

import ssl

from core.errors import ConfigError

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


def in_brief(error: BaseException) -> str:
    """The message of a server or a library, in one line of at most 200 characters."""
    return " ".join(str(error).split())[:200] or type(error).__name__
