"""A mailbox on an IMAP server: one kept connection, read by UID,
woken by IDLE with a poll as fallback.

It never asks for what it does not need, keeps to few logins (`login_pacing`), and leaves the box as
it was until `settle`. After any error the connection is dropped, the caller gets a MailboxError
that says what to do, and `wait` does not return before the next login is allowed, so that no loop
around it can hammer the server. Quirks of providers: `imap_reading` and `imap_connection`.
"""

import contextlib
import math
import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from core.clock import Clock, SystemClock
from core.errors import ConfigError, LoginRefused, MailboxError, NotAllowed, SecretUnavailable
from core.mail_servers import in_brief
from mail_intake.mailboxes import imap_reading
from mail_intake.mailboxes.imap_connection import (
    CONNECTION_ERRORS,
    ImapSettings,
    abandon,
    connect,
    explained,
    log_out,
)
from mail_intake.mailboxes.imap_idle import await_news
from mail_intake.mailboxes.imap_suspects import Suspects
from mail_intake.mailboxes.login_pacing import LoginPacer
from mail_intake.mailboxes.mailbox import AfterReading, IncomingMail
from mail_intake.mailboxes.wakeup import Wakeup

log: Any = structlog.get_logger(__name__)

IDLE_RENEW_S: Final = 25 * 60.0
"""RFC 2177: a server may log a client out after 30 minutes of IDLE, so it is renewed before 29."""
HEADS_AT_ONCE: Final = 256
MOVE_ADVICE: Final = "请在邮箱中建立该文件夹，或改正 mailbox.imap.after_reading，然后重新启动"
SETTLE_AGAIN_S: Final = 1800.0
"""After a connection that was lost over marks: a server may lose it over each,
and reading goes before."""


class ImapMailbox:
    """The Mailbox on an IMAP server.

    `password` may be a function, asked at every login: tokens run out, files are corrected.

    `monotonic` and `jitter` are there for tests.
    """

    def __init__(
        self,
        settings: ImapSettings,
        password: str | Callable[[], str],
        *,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self.name = settings.name or f"{settings.user}@{settings.host}/{settings.folder}"
        self._password = password
        self._after = AfterReading.parse(settings.after_reading)
        self._clock = clock or SystemClock()
        self._monotonic, self._jitter = monotonic, jitter
        self._pacer = LoginPacer(settings.logins_per_hour)
        self._wakeup = Wakeup()
        self._client: IMAPClient | None = None
        self._folder: imap_reading.Folder | None = None
        self._idle_works = settings.use_idle
        self._last_trouble = ""
        self._left_alone: dict[int, set[int]] = {}
        self._suspects, self._headless = Suspects(), Suspects()
        self._marks_refused, self._settle_from = False, -math.inf

    def listed(
        self, after: Callable[[int], int] = lambda _uidvalidity: 0
    ) -> tuple[int, Sequence[int]]:
        """See Mailbox.

        Raises MailboxError (without a login while the next one is not yet allowed),
        LoginRefused, ConfigError.
        """
        folder = self._open()
        left_alone = self._left_alone.get(folder.uidvalidity, set())
        with self._session() as client:
            uids = imap_reading.uids_after(client, folder, after(folder.uidvalidity))
        return folder.uidvalidity, [uid for uid in uids if uid not in left_alone]

    def fetch(self, uidvalidity: int, uids: Collection[int]) -> Iterator[IncomingMail]:
        """See Mailbox."""
        if self._folder is None and not self._wakeup.stopped:
            self._open()
        if self._folder is None or self._folder.uidvalidity != uidvalidity:
            return
        ascending = sorted(uids)
        for start in range(0, len(ascending), HEADS_AT_ONCE):
            yield from self._read(uidvalidity, ascending[start : start + HEADS_AT_ONCE])
        if not self._wakeup.stopped:
            self._pacer.succeeded()
            self._last_trouble = ""

    def _read(self, uidvalidity: int, uids: Sequence[int]) -> Iterator[IncomingMail]:
        found = self._wanted(uidvalidity, self._heads(uidvalidity, uids))
        batches = imap_reading.batches(found, self.settings.max_bytes)
        behind: list[imap_reading.Head] = []
        for batch in self._suspects.split_off(uidvalidity, batches):
            if self._wakeup.stopped:
                return
            if self._suspects.doubtful(uidvalidity, batch):
                behind += batch
                continue
            mails = self._bodies(uidvalidity, batch)
            mails[:0] = [
                body
                for head in behind
                for body in self._bodies(uidvalidity, [head], line_is_good=True)
            ]
            behind.clear()
            # popped one by one, so that what was taken over can be freed
            while mails and not self._wakeup.stopped:
                yield self._incoming(uidvalidity, mails.pop(0))
        for head in behind:
            for body in self._bodies(uidvalidity, [head]):
                yield self._incoming(uidvalidity, body)

    def _heads(self, uidvalidity: int, uids: Sequence[int]) -> list[imap_reading.Head]:
        """Sizes and dates.

        Of a mail that breaks the connection even over these nothing is known,
        and its body is tried all the same.
        """
        found: list[imap_reading.Head] = []
        for batch in self._headless.split_off(
            uidvalidity, [[imap_reading.Head(uid, 0, None) for uid in uids]]
        ):
            if self._headless.doubtful(uidvalidity, batch):
                found += batch
                continue
            with self._headless.watching(uidvalidity, batch), self._session(uidvalidity) as client:
                found += imap_reading.heads(client, [head.uid for head in batch])
        return found

    def _bodies(
        self, uidvalidity: int, batch: Sequence[imap_reading.Head], *, line_is_good: bool = False
    ) -> list[imap_reading.Body]:
        """The mails of a batch.

        One that was proved to break the connection is not asked for again
        and comes without its bytes.
        """
        if len(batch) == 1 and self._suspects.proved(uidvalidity, batch[0]):
            return [imap_reading.Body(batch[0], b"", headers_only=True)]
        with (
            self._suspects.watching(uidvalidity, batch, line_is_good=line_is_good),
            self._session(uidvalidity) as client,
        ):
            return imap_reading.bodies(client, batch, self.settings.max_bytes)

    def _wanted(
        self, uidvalidity: int, found: Sequence[imap_reading.Head]
    ) -> Iterator[imap_reading.Head]:
        """Leaves out what arrived before `not_before`, and remembers not to ask for it again while
        nothing later is stored."""
        for head in found:
            if (
                self.settings.not_before
                and head.arrived
                and head.arrived < self.settings.not_before
            ):
                self._left_alone.setdefault(uidvalidity, set()).add(head.uid)
            else:
                yield head

    def _incoming(self, uidvalidity: int, body: imap_reading.Body) -> IncomingMail:
        head = body.head
        arrived = head.arrived or self._clock.now()
        return IncomingMail(
            self.name,
            uidvalidity,
            head.uid,
            arrived,
            head.size_bytes or len(body.raw),
            body.raw,
            body.headers_only,
        )

    def settle(self, mails: Sequence[tuple[int, int]]) -> bool:
        """See Mailbox.

        Connects when needed; mails of another UIDVALIDITY than the folder has now are passed over.

        Raises NotAllowed, once, where mails cannot be moved into their folder.
        """
        if self._after.act == "keep" or not mails or self._marks_refused:
            return True
        if self._wakeup.stopped or self._monotonic() < self._settle_from:
            return False
        try:
            folder = self._folder or self._open()
            if uids := sorted(
                uid for uidvalidity, uid in mails if uidvalidity == folder.uidvalidity
            ):
                with self._session() as client:
                    self._mark(client, folder, uids)
        except (MailboxError, ConfigError) as error:
            log.warning(
                "mailbox.settle_failed", host=self.settings.host, mails=len(mails), error=str(error)
            )
            self._settle_from = self._monotonic() + SETTLE_AGAIN_S
            return False
        return True

    def remove(self, mails: Sequence[tuple[int, int]]) -> None:
        """See Mailbox. Raises MailboxError.

        Without UIDPLUS they are only marked as deleted: an EXPUNGE would take what others marked.
        """
        self._open()
        with self._session() as client:
            folder = imap_reading.select(client, self.settings.folder, readonly=False)
            if folder.readonly:
                raise MailboxError(
                    f"邮箱 {self.settings.host} 的文件夹 {self.settings.folder} 是只读的，"
                    "到期邮件无法删除：请向服务商要写权限。"
                )
            if uids := sorted(
                uid for uidvalidity, uid in mails if uidvalidity == folder.uidvalidity
            ):
                delete(client, uids)

    def _mark(self, client: IMAPClient, folder: imap_reading.Folder, uids: list[int]) -> None:
        """Carry out `after_reading`.

        A server that does not allow it is not asked again: the records alone say what was read.
        """
        try:
            if folder.readonly:
                self._refuse_marks("folder is read-only")
            elif self._after.act == "move":
                move(client, uids, self._after.folder)
            elif folder.keeps(
                flag := r"\Seen" if self._after.act == "seen" else self.settings.keyword
            ):
                client.add_flags(uids, [flag], silent=True)
            else:
                self._refuse_marks("flag not kept")
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            self._refuse_marks(str(error))
            if self._after.folder:
                why = f"已读邮件移不到文件夹“{self._after.folder}”（{in_brief(error)}）"
                raise NotAllowed(f"{why}，留在原处，不影响办理。{MOVE_ADVICE}。") from error

    def _refuse_marks(self, why: str) -> None:
        self._marks_refused = True
        log.warning(
            "mailbox.marks_refused",
            host=self.settings.host,
            after_reading=self._after.act,
            error=why,
        )

    def wait(self, timeout_s: float) -> None:
        """See Mailbox. Without a connection it returns when the next login is allowed."""
        if self._client is None:
            self._wakeup.wait(min(timeout_s, self._pacer.free_in_s(self._monotonic())))
            return
        period_s = min(timeout_s, self.settings.poll_interval_s, IDLE_RENEW_S)
        try:
            if (
                self._idle_works
                and self._folder is not None
                and self._client.has_capability("IDLE")
            ):
                await_news(self._client, self._wakeup, period_s)
            else:
                self._wakeup.wait(period_s)
        except CONNECTION_ERRORS as error:
            if isinstance(error, IMAPClientError) and not isinstance(error, IMAPClientAbortError):
                self._idle_works = False  # offered and then refused: from now on the poll alone
            log.info(
                "mailbox.connection_lost",
                host=self.settings.host,
                error=str(explained(error, self.settings)),
            )
            self._drop()

    def stop(self) -> None:
        """See Mailbox."""
        self._wakeup.stop()

    def log_out(self) -> None:
        client, self._client = self._client, None
        log_out(client)

    def close(self) -> None:
        """Log out and give the sockets back."""
        self.log_out()
        self._wakeup.close()

    def _open(self) -> imap_reading.Folder:
        """The folder, selected again; a kept connection that died
        meanwhile is opened again once."""
        if self._client is not None:
            try:
                return self._select(self._client)
            except CONNECTION_ERRORS as error:
                log.info(
                    "mailbox.connection_lost",
                    host=self.settings.host,
                    error=str(explained(error, self.settings)),
                )
                self._drop()
        self._connect()
        with self._session() as client:
            return self._select(client)

    def _select(self, client: IMAPClient) -> imap_reading.Folder:
        self._folder = imap_reading.select(
            client, self.settings.folder, readonly=self._after.act == "keep"
        )
        return self._folder

    def _connect(self) -> None:
        now = self._monotonic()
        if (free_in_s := self._pacer.free_in_s(now)) > 0:
            raise MailboxError(
                f"{self._last_trouble or f'邮箱 {self.settings.host}：'}为避免账号被封，"
                f"{free_in_s:.0f} 秒后才会再次登录。"
            )
        self._pacer.trying(now)
        with self._translated_failures():
            self._client = connect(
                self.settings, self._password() if callable(self._password) else self._password
            )

    @contextlib.contextmanager
    def _session(self, uidvalidity: int | None = None) -> Iterator[IMAPClient]:
        """The connection for one command or a few, about UIDs of `uidvalidity`.

        It is not opened again in the middle of a pass.
        """
        now = self._folder.uidvalidity if self._folder else None
        if self._client is None or (uidvalidity is not None and uidvalidity != now):
            raise MailboxError(f"邮箱 {self.settings.host}：连接已断开，稍后会自动重试。")
        with self._translated_failures():
            yield self._client

    @contextlib.contextmanager
    def _translated_failures(self) -> Iterator[None]:
        try:
            yield
        except SecretUnavailable as error:
            self._pacer.failed(self._monotonic(), self._jitter())
            self._last_trouble = f"邮箱 {self.settings.host}：{error}"
            raise MailboxError(self._last_trouble) from error
        except LoginRefused as error:
            self._drop()
            self._pacer.refused(self._monotonic(), self._jitter())
            self._last_trouble = str(error)
            raise
        except CONNECTION_ERRORS as error:
            self._drop()
            self._pacer.failed(self._monotonic(), self._jitter())
            explanation = explained(error, self.settings)
            self._last_trouble = f"{explanation}。"
            raise explanation from error

    def _drop(self) -> None:
        if self._client is not None:
            abandon(self._client)
        self._client = self._folder = None


def provided(client: IMAPClient, folder: str) -> str:
    """The folder's full name; it is made where it is not there and the server allows."""
    name = imap_reading.full_name(client, folder)
    if not client.folder_exists(name):
        with contextlib.suppress(IMAPClientError):
            client.create_folder(name)
    return name


def move(client: IMAPClient, uids: list[int], folder: str) -> None:
    """Move mails, by MOVE where the server has it; else copy them and mark them deleted, and
    expunge exactly them where UIDPLUS allows."""
    folder = provided(client, folder)
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    delete(client, uids)


def delete(client: IMAPClient, uids: list[int]) -> None:
    """Mark mails as deleted, and expunge exactly them where UIDPLUS allows."""
    client.add_flags(uids, [rb"\Deleted"], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)
