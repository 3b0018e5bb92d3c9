"""Files for the connections of the pages."""

import resource

from core.errors import ConfigError

OWN_FILES = 256
"""Files that the desk itself opens at most: database, log, mailbox, pipes to its children, mails in
hand. Counted on a busy desk: under 100."""


def require_files(connections: int) -> None:
    """Check that so many connections leave files for the desk itself; raise the limit of this
    process where needed. Raises ConfigError where the system allows no more."""
    needed = connections + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if needed > hard != resource.RLIM_INFINITY:
        raise ConfigError(
            f"web.max_connections：本进程最多可打开 {hard} 个文件，不够 {connections} 个连接使用，"
            "请减小它，或调高 ulimit -n（LimitNOFILE）。"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
