"""Waiting in IDLE (RFC 2177) until the server speaks of a mail, the time is over, or the wait is called off.

IMAPClient's own `idle_check` looks at the socket only. What the server said in the same packet as its "+ idling" lies in imaplib's buffer
by then, and a mail announced there would be noticed only by the next poll; so that buffer is looked at first.
"""

import contextlib
import time
from typing import Any

from imapclient import IMAPClient

from mail_intake.wakeup import Wakeup


def await_news(client: IMAPClient, wakeup: Wakeup, timeout_s: float) -> None:
    """IDLE until there is news, at most `timeout_s`. Raises what a broken connection raises."""
    client.idle()
    if not _buffered(client):
        _listen(client, wakeup, timeout_s)
    client.idle_done()


def _listen(client: IMAPClient, wakeup: Wakeup, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    while wakeup.wait(until - time.monotonic(), client.socket()):
        # Nothing to read from a readable socket is its end, which DONE will meet; news ends the wait; "* OK Still here" does not.
        lines = client.idle_check(timeout=0)
        if not lines or any(_is_news(line) for line in lines):
            return


def _is_news(line: tuple[Any, ...]) -> bool:
    return any(word in (b"EXISTS", b"RECENT", b"BYE") for word in line[:2])


def _buffered(client: IMAPClient) -> bool:
    """Whether bytes that came already wait to be read. Reads from the socket only what is there, without waiting."""
    sock = client.socket()
    patience_s = sock.gettimeout()
    sock.settimeout(0)
    try:
        with contextlib.suppress(OSError):  # nothing there, as TLS says it
            return bool(client._imap.file.peek(1))  # noqa: SLF001 - IMAPClient offers no way to its buffer
        return False
    finally:
        sock.settimeout(patience_s)
