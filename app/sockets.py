"""The socket that the pages listen on, bound before anything else starts, so that a busy port is reported at once; and files for its connections."""

import errno
import resource
import socket
from typing import Final

from core.errors import ConfigError

OWN_FILES: Final = 256
"""Files that the desk itself opens at most: database, log, mailbox, pipes to its children, mails in hand. Counted on a busy desk: under 100."""


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError that says what to do about a busy or forbidden port."""
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512)
    except (OSError, OverflowError) as error:
        advice = {
            errno.EADDRINUSE: "端口已被占用：可能已有一个解绑办理台在运行；请停止占用它的程序，或修改 web.port（the port is in use）",
            errno.EACCES: "没有权限使用该端口：请改用 1024 以上的端口，或在前面放一个反向代理（no permission for this port）",
            errno.EADDRNOTAVAIL: "本机没有这个地址：请修改 web.host（no such address on this machine）",
        }.get((error.errno if isinstance(error, OSError) else None) or 0, f"无法监听（{error}），请检查 web.host 和 web.port")
        raise ConfigError(f"网页 {host}:{port}：{advice}。") from error
    # asyncio does so only for sockets that name their protocol; without it each answer waits 40 ms for the browser's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def require_files(connections: int) -> None:
    """See that so many connections leave files for the desk itself; the process's own limit is raised as far as it may. Raises ConfigError."""
    needed = connections + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if needed > hard != resource.RLIM_INFINITY:
        raise ConfigError(f"web.max_connections：本进程最多可打开 {hard} 个文件，不够 {connections} 个连接使用，请减小它，或调高 ulimit -n（LimitNOFILE）。")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
