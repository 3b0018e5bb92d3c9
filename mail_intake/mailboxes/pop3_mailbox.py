"""A mailbox on a POP3 server (RFC 1939): each look is a session of its own, because a session shows
the box as it was at its login.

POP3 has names for mails (UIDL) but no UIDs and no times: a list on the disk gives the UIDs
(`uid_list`), and a mail arrived when the receiving server says so in the topmost Received line,
which it adds over everything that came. Nothing is deleted unless `after_reading` says so.
"""

import contextlib
import email
import poplib
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Literal

import structlog

from core.clock import Clock, SystemClock
from core.errors import ConfigError, LoginRefused, MailboxError, SecretUnavailable
from core.mail_servers import LOOPBACK, in_brief, tls_context
from core.settings import setting
from mail_intake.mailboxes.login_pacing import LoginPacer
from mail_intake.mailboxes.mailbox import MAX_MAIL_BYTES, IncomingMail
from mail_intake.mailboxes.uid_list import UidFile
from mail_intake.mailboxes.wakeup import Wakeup

log: Any = structlog.get_logger(__name__)

poplib._MAXLINE = 2**30  # type: ignore[attr-defined]  # noqa: SLF001
"""The library refuses lines over 2 KiB, and whoever sends a longer one would stop the mailbox."""
TROUBLE: Final = (OSError, poplib.error_proto, EOFError, ValueError)
REFUSALS: Final = 2
"""A mail that the server refuses so often comes without its bytes, so that it stops no other."""
NOT_OUR_FAULT: Final = re.compile(rb"\[(IN-USE|LOGIN-DELAY|SYS/TEMP)\]", re.IGNORECASE)
"""Response codes (RFC 2449, 3206) of a refused login that do not speak of the credentials."""


@dataclass(frozen=True, slots=True)
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


class Pop3Mailbox:
    """The Mailbox on a POP3 server.

    `folder`: of the list of UIDs. `password`: called at every login. `monotonic` and `jitter` are
    there for tests.
    """

    def __init__(
        self,
        settings: Pop3Settings,
        password: Callable[[], str],
        folder: Path,
        clock: Clock | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self.name = f"pop3:{settings.user}@{settings.host}"
        self._password, self._clock = password, clock or SystemClock()
        self._monotonic, self._jitter = monotonic, jitter
        self._uids = UidFile(folder / "pop3-uids.json", self._clock)
        self._pacer = LoginPacer(settings.logins_per_hour)
        self._wakeup = Wakeup()
        self._client: poplib.POP3 | None = None
        self._numbers: Mapping[str, int] = {}
        self._sizes: Mapping[int, int] = {}
        self._refused = Counter[str]()
        self._trouble = ""

    def listed(
        self, after: Callable[[int], int] = lambda _uidvalidity: 0
    ) -> tuple[int, Sequence[int]]:
        """See Mailbox. Raises MailboxError, LoginRefused, ConfigError."""
        self.log_out()
        self._open()
        uidvalidity, names = self._names()
        last = after(uidvalidity)
        return uidvalidity, [uid for uid in names if uid > last]

    def fetch(self, uidvalidity: int, uids: Collection[int]) -> Iterator[IncomingMail]:
        """See Mailbox. Raises MailboxError."""
        if self._wakeup.stopped:
            return
        self._open()
        valid, names = self._names()
        for uid in sorted(set(uids) & names.keys()) if valid == uidvalidity else ():
            if self._wakeup.stopped:
                return
            yield self._incoming(uidvalidity, uid, names[uid])

    def headers(self, count: int) -> tuple[int, list[bytes]]:
        """How many mails there are, and the header sections of the newest. Raises MailboxError."""
        self._open()
        with self._translated_failures() as client:
            newest = sorted(self._numbers.values())[-count:]
            return len(self._numbers), [_bytes(client.top(number, 0)[1]) for number in newest]

    def settle(self, mails: Sequence[tuple[int, int]]) -> bool:
        """See Mailbox: with `after_reading: delete` they are deleted, but none that did not come
        whole."""
        if self.settings.after_reading == "keep" or not mails:
            return True
        try:
            self._delete(mails, self._came_whole)
        except (MailboxError, ConfigError) as error:
            log.warning("mailbox.settle_failed", host=self.settings.host, error=str(error))
            return False
        return True

    def remove(self, mails: Sequence[tuple[int, int]]) -> None:
        """See Mailbox."""
        self._delete(mails, lambda _name: True)

    def _delete(self, mails: Sequence[tuple[int, int]], may_go: Callable[[str], bool]) -> None:
        """The server deletes them at the end of the session."""
        self._open()
        uidvalidity, names = self._names()
        with self._translated_failures() as client:
            for valid, uid in mails:
                if valid == uidvalidity and uid in names and may_go(names[uid]):
                    client.dele(self._numbers[names[uid]])
            client.quit()
            self._client = None

    def wait(self, timeout_s: float) -> None:
        """See Mailbox. No session is open meanwhile: most servers lock the box for it."""
        self.log_out()
        pause_s = max(self.settings.poll_interval_s, self._pacer.free_in_s(self._monotonic()))
        self._wakeup.wait(min(timeout_s, pause_s))

    def stop(self) -> None:
        """See Mailbox."""
        self._wakeup.stop()

    def log_out(self) -> None:
        """See Mailbox."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*TROUBLE):
                client.quit()
            client.close()

    def close(self) -> None:
        self.log_out()
        self._wakeup.close()

    def _names(self) -> tuple[int, dict[int, str]]:
        """UIDVALIDITY, and the server's name of each mail by its UID."""
        try:
            uidlist = self._uids.numbered(self._numbers)
        except OSError as error:
            raise MailboxError(
                f"邮件编号无法写入数据目录（{error}）：请检查磁盘和权限。"
            ) from error
        found = {uid: name for name, uid in uidlist.uids.items() if name in self._numbers}
        return uidlist.uidvalidity, dict(sorted(found.items()))

    def _open(self) -> None:
        if self._client is not None:
            return
        now = self._monotonic()
        if (free_in_s := self._pacer.free_in_s(now)) > 0:
            raise MailboxError(
                f"{self._trouble or f'邮箱 {self.settings.host}：'}为避免账号被封，"
                f"{free_in_s:.0f} 秒后才会再次登录。"
            )
        self._pacer.trying(now)
        try:
            self._client = connect(self.settings, self._password())
        except (LoginRefused, SecretUnavailable) as error:
            self._pacer.refused(now, self._jitter())
            self._trouble = str(error)
            raise
        except TROUBLE as error:
            raise self._failed(error) from error
        with self._translated_failures() as client:
            lines = (line.decode("ascii", "replace").split() for line in client.uidl()[1])
            self._numbers = {name: int(number) for number, name in lines}
            sizes = (line.split() for line in client.list()[1])
            self._sizes = {int(number): int(size) for number, size, *_ in sizes}
        self._pacer.succeeded()
        self._trouble = ""

    def _incoming(self, uidvalidity: int, uid: int, name: str) -> IncomingMail:
        size_bytes = self._sizes[self._numbers[name]]
        with self._translated_failures() as client:
            raw = self._raw(client, name)
        whole = self._came_whole(name)
        arrived = received_at(raw) or self._clock.now()
        return IncomingMail(
            self.name, uidvalidity, uid, min(arrived, self._clock.now()), size_bytes, raw, not whole
        )

    def _raw(self, client: poplib.POP3, name: str) -> bytes:
        """The bytes of a mail, of a large one its headers; none where the server refuses it for
        the last time. Raises TROUBLE."""
        number = self._numbers[name]
        large = self._sizes[number] > self.settings.max_bytes
        if self._refused[name] >= REFUSALS:
            return b""
        try:
            return _bytes((client.top(number, 0) if large else client.retr(number))[1])
        except poplib.error_proto as error:
            answer = error.args[0]
            if isinstance(answer, bytes) and not NOT_OUR_FAULT.search(answer):
                self._refused[name] += 1
            raise

    def _came_whole(self, name: str) -> bool:
        large = self._sizes[self._numbers[name]] > self.settings.max_bytes
        return not large and self._refused[name] < REFUSALS

    @contextlib.contextmanager
    def _translated_failures(self) -> Iterator[poplib.POP3]:
        if self._client is None:
            raise MailboxError(f"邮箱 {self.settings.host}：连接已断开，稍后会自动重试。")
        try:
            yield self._client
        except TROUBLE as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> MailboxError:
        if self._client is not None:
            self._client.close()
        self._client = None
        self._pacer.failed(self._monotonic(), self._jitter())
        self._trouble = (
            f"邮箱 {self.settings.host}:{self.settings.port}：{in_brief(error)}。请检查 "
            "mailbox.pop3 的主机、端口、security 和网络；稍后会自动重试。"
        )
        return MailboxError(self._trouble)


def connect(settings: Pop3Settings, password: str) -> poplib.POP3:
    """A session. Raises ConfigError, LoginRefused, TROUBLE."""
    if settings.security == "none" and settings.host not in LOOPBACK:
        raise ConfigError("mailbox.pop3.security: none 只允许用于本机：请改为 tls。")
    where = settings.host, settings.port
    client: poplib.POP3 = (
        poplib.POP3_SSL(*where, timeout=settings.timeout_s, context=tls_context(settings.ca_file))
        if settings.security == "tls"
        else poplib.POP3(*where, timeout=settings.timeout_s)
    )
    try:
        client.user(settings.user)
        client.pass_(password)
    except poplib.error_proto as error:
        client.close()
        if NOT_OUR_FAULT.search(str(error).encode()):
            raise
        raise LoginRefused(
            f"邮箱 {settings.host} 拒绝登录（{in_brief(error)}）：请检查用户名和密码；"
            "多数服务商要求先开启 POP3 服务，并填授权码而不是登录密码。"
            "为避免账号被封，较长时间后才会再试；改好后请重新启动。"
        ) from error
    except BaseException:
        client.close()
        raise
    return client


def received_at(raw: bytes) -> datetime | None:
    """The time in the topmost Received line (RFC 5321, section 4.4), in UTC."""
    header = email.message_from_bytes(raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n")
    line = str(header.get("Received", ""))
    try:
        return parsedate_to_datetime(line.rpartition(";")[2].strip()).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _bytes(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)
