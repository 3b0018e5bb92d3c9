"""A mailbox on a POP3 server (RFC 1939): each look is a session of its own, because a session shows
the box as it was at its login.

POP3 has names for mails (UIDL) but no UIDs and no times: a list on the disk gives the UIDs
(`uid_list`), and a mail arrived when the receiving server says so in the topmost Received line,
which it adds over everything that came. Nothing is deleted unless `after_reading` says so.
"""

import poplib
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import structlog

from core.clock import Clock
from core.data.mail_record import NewMail
from core.errors import ConfigError, MailboxError
from core.mail_servers import tls_context
from core.settings import setting
from mail_intake.mailboxes.mailbox import MAX_MAIL_BYTES, MailKeys, Position, from_start
from mail_intake.mailboxes.server_mailbox import (
    Password,
    ServerMailbox,
    login_refused,
)
from mail_intake.mailboxes.suspects import Head
from mail_intake.mailboxes.uid_list import numbered

log: Any = structlog.get_logger(__name__)

poplib._MAXLINE = 2**30  # type: ignore[attr-defined]  # noqa: SLF001
"""The library refuses lines over 2 KiB, and whoever sends a longer one would stop the mailbox."""
LOGIN_ADVICE = "多数服务商要求先开启 POP3 服务，并填授权码而不是登录密码"
PASSING = re.compile(r"\[(IN-USE|LOGIN-DELAY|SYS/TEMP)\]", re.IGNORECASE)
"""Response codes (RFC 2449, 3206) of a refused login that do not speak of the credentials."""


@dataclass(frozen=True)
class Pop3Settings:
    """How to reach a POP3 account (config.yaml, section `mailbox.pop3`). The password is given
    separately."""

    host: str = setting("", "the server", example="pop.exmail.qq.com")
    user: str = setting("", "the account", example="ca@ggzy.example.cn")
    port: int = setting(995, "TCP port of POP3 over TLS", ge=1, le=65535)
    security: Literal["tls", "none"] = setting("tls", "tls | none (this machine only)")
    ca_file: str = setting(
        "", "a PEM file of your own authority in place of the system's", kind="file"
    )
    after_reading: Literal["keep", "delete"] = setting(
        "keep", "what becomes of a stored mail on the server: keep (nothing) | delete"
    )
    poll_interval_s: float = setting(
        120.0, "seconds between two looks; each is a login, since POP3 reports nothing", ge=1
    )
    logins_per_hour: int = setting(
        60, "logins in an hour: providers block accounts that log in too often", ge=1, le=3600
    )
    max_bytes: int = MAX_MAIL_BYTES
    timeout_s: float = 60.0


class Pop3Mailbox(ServerMailbox[poplib.POP3]):
    """The Mailbox on a POP3 server. `folder`: of the list of UIDs."""

    settings: Pop3Settings
    troubles = (OSError, poplib.error_proto, EOFError, ValueError)

    def __init__(
        self,
        settings: Pop3Settings,
        password: Password,
        folder: Path,
        clock: Clock,
    ) -> None:
        name = f"pop3:{settings.user}@{settings.host}"
        super().__init__(name, settings, password, clock)
        self._uid_list = folder / "pop3-uids.json"
        self._uidvalidity = 0
        self._numbers: dict[int, int] = {}
        self._heads: dict[int, Head] = {}

    def listed(self, after: Position = from_start) -> tuple[int, Sequence[int]]:
        """See Mailbox. Raises MailboxError, LoginRefused, ConfigError."""
        self.log_out()
        self._open()
        last = after(self._uidvalidity)
        return self._uidvalidity, [uid for uid in self._heads if uid > last]

    def fetch(self, uidvalidity: int, uids: Collection[int]) -> Iterator[NewMail]:
        """See Mailbox. Raises MailboxError."""
        if self._wakeup.stopped:
            return
        self._open()
        if self._uidvalidity != uidvalidity:
            return
        batches = [[head] for uid, head in self._heads.items() if uid in uids]
        yield from self._mails(uidvalidity, batches, self._bodies)

    def headers(self, count: int) -> tuple[int, list[bytes]]:
        """How many mails there are, and the header sections of the newest. Raises MailboxError."""
        self._open()
        with self._session() as client:
            newest = sorted(self._numbers.values())[-count:]
            return len(self._numbers), [_bytes(client.top(number, 0)[1]) for number in newest]

    def settle(self, mails: MailKeys) -> bool:
        """See Mailbox: with `after_reading: delete` they are deleted, but none that did not come
        whole."""
        if self.settings.after_reading == "keep" or not mails:
            return True
        try:
            self._delete(mails, self._came_whole)
        except (MailboxError, ConfigError) as error:
            log.warning("mailbox.settle_failed", host=self._host, error=str(error))
            return False
        return True

    def remove(self, mails: MailKeys) -> None:
        """See Mailbox."""
        self._delete(mails, lambda _head: True)

    def _delete(self, mails: MailKeys, may_go: Callable[[Head], bool]) -> None:
        """The server deletes them at the end of the session."""
        self._open()
        with self._session() as client:
            for uidvalidity, uid in mails:
                head = self._heads.get(uid)
                if head and uidvalidity == self._uidvalidity and may_go(head):
                    client.dele(self._numbers[uid])
            client.quit()
            self._client = None

    def wait(self, timeout_s: float) -> None:
        """See Mailbox. No session is open meanwhile: most servers lock the box for it."""
        self.log_out()
        pause_s = max(self.settings.poll_interval_s, self.pacer.free_in_s())
        self._wakeup.wait(min(timeout_s, pause_s))

    def _open(self) -> None:
        """Begin a session, with what it shows, unless there is one."""
        if self._client is not None:
            return
        self._log_in()
        with self._session() as client:
            lines = (line.decode("ascii", "replace").split() for line in client.uidl()[1])
            numbers = {name: int(number) for number, name in lines}
            rows = (line.split() for line in client.list()[1])
            sizes = {int(number): int(size) for number, size, *_ in rows}
        self.pacer.succeeded()
        try:
            self._uidvalidity, self._numbers = numbered(self._uid_list, self._clock, numbers)
        except OSError as error:
            self._drop()  # no act may go by the numbers of the session before
            raise MailboxError(
                f"邮件编号无法写入数据目录（{error}）：请检查磁盘和权限。"
            ) from error
        self._heads = {uid: Head(uid, sizes[number]) for uid, number in self._numbers.items()}

    def _bodies(self, batch: Sequence[Head]) -> dict[int, bytes]:
        """The mail of a batch, of a large one its headers."""
        [head] = batch
        number, is_large = self._numbers[head.uid], head.size_bytes > self.settings.max_bytes
        with self._session() as client:
            answer = client.top(number, 0) if is_large else client.retr(number)
        return {head.uid: _bytes(answer[1])}

    def _came_whole(self, head: Head) -> bool:
        is_large = head.size_bytes > self.settings.max_bytes
        return not is_large and head.uid not in self._suspects[self._uidvalidity].proved

    def _connected(self, password: str) -> poplib.POP3:
        settings = self.settings
        where, timeout_s = (settings.host, settings.port), settings.timeout_s
        client: poplib.POP3 = (
            poplib.POP3_SSL(*where, timeout=timeout_s, context=tls_context(settings.ca_file))
            if settings.security == "tls"
            else poplib.POP3(*where, timeout=timeout_s)
        )
        try:
            client.user(settings.user)
            client.pass_(password)
        except BaseException as error:
            client.close()
            if isinstance(error, poplib.error_proto) and not PASSING.search(str(error)):
                raise login_refused(settings.host, error, LOGIN_ADVICE) from error
            raise
        return client

    def _leave(self, client: poplib.POP3) -> None:
        client.quit()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


def _bytes(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)
