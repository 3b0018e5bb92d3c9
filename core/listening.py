"""Listening sockets, with advice where one cannot be opened."""

import errno
import socket

from core.errors import ConfigError, PortBusy


def bound_socket(host: str, port: int, settings: str) -> socket.socket:
    """A listening socket. Callers bind it before anything else starts, so that a busy port is
    reported at once.

    `settings`: the prefix of the settings `host` and `port`, such as "web.". Raises PortBusy for a
    busy port, ConfigError for any other reason.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", 0)  # OverflowError, for a port above 65535, has none
        advice = {
            errno.EADDRINUSE: (
                "端口已被占用（the port is in use），可能已有一个解绑办理台在运行："
                f"请停止占用它的程序，或换一个端口（{settings}port）"
            ),
            errno.EACCES: (
                "没有权限使用该端口：请改用 1024 以上的端口，或在前面放一个反向代理"
                "（no permission for this port）"
            ),
            errno.EADDRNOTAVAIL: (
                f"本机没有这个地址：请修改 {settings}host（no such address on this machine）"
            ),
        }.get(code, f"无法监听（{error}），请检查 {settings}host 和 {settings}port")
        error_type = PortBusy if code == errno.EADDRINUSE else ConfigError
        raise error_type(f"{host}:{port}：{advice}。") from error
    # asyncio disables Nagle's algorithm only on sockets created with a protocol number; without
    # this, each answer waits 40 ms for the acknowledgement of the one before
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
