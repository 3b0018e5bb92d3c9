"""Waiting in IDLE (RFC 2177) until the server speaks of a mail, the time is over,
or the wait is called off.

IMAPClient's own `idle_check` looks at the socket only and reads without waiting: what the server
said in the same packet as its "+ idling" would be noticed by the next poll, and a line that comes
in two packets would end the connection. So imaplib's buffer is looked at first, and a line that has
begun is read to its end.
"""

import re
import time

from imapclient import IMAPClient

from mail_intake.mailboxes.wakeup import Wakeup

_NEWS = re.compile(rb"\* (\d+ (EXISTS|RECENT)|BYE)\b", re.IGNORECASE)
"""Words that end the wait; "* OK Still here" and expunged mails do not."""


def await_news(client: IMAPClient, wakeup: Wakeup, timeout_s: float) -> None:
    """IDLE until there is news, at most `timeout_s`. Raises what a broken connection raises."""
    client.idle()
    if not _peek(client):
        _listen(client, wakeup, timeout_s)
    client.idle_done()


def _listen(client: IMAPClient, wakeup: Wakeup, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    while wakeup.wait(until - time.monotonic(), client.socket()):
        arrived = _peek(client)
        if arrived == b"":
            return  # readable and empty: the end of the connection, which DONE will meet
        while arrived:
            if _NEWS.match(client._imap._get_line()):  # noqa: SLF001 - see above
                return
            arrived = _peek(client)


def _peek(client: IMAPClient) -> bytes | None:
    """The bytes that can be read without waiting: b"" where there are none, None where TLS
    has none yet."""
    sock = client.socket()
    patience_s = sock.gettimeout()
    sock.settimeout(0)
    try:
        # IMAPClient offers no way to its buffer
        return bytes(client._imap.file.peek(1))  # noqa: SLF001
    except OSError:
        return None
    finally:
        sock.settimeout(patience_s)
