"""A mailbox on an IMAP server: one kept connection, read by UID,
woken by IDLE with a poll as fallback.

It never asks for what it does not need, keeps to few logins (`login_pacing`), and leaves the box as
it was until `settle`. After any error the connection is dropped, the caller gets a MailboxError
that says what to do, and `wait` does not return before the next login is allowed, so that no loop
around it can hammer the server. Quirks of providers: `imap_reading` and `imap_connection`.
"""

import contextlib
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from core.clock import Clock
from core.data.mail_record import NewMail
from core.errors import ConfigError, MailboxError, NotAllowed
from core.mail_servers import raw_message
from mail_intake.mailboxes import imap_reading
from mail_intake.mailboxes.imap_connection import (
    CONNECTION_ERRORS,
    REASONS,
    ImapSettings,
    abandon,
    connect,
)
from mail_intake.mailboxes.imap_idle import await_news
from mail_intake.mailboxes.mailbox import AfterReading, MailKeys, Position, from_start
from mail_intake.mailboxes.server_mailbox import Password, ServerMailbox
from mail_intake.mailboxes.suspects import Head, Suspects

log: Any = structlog.get_logger(__name__)

IDLE_RENEW_S = 25 * 60.0
"""RFC 2177: a server may log a client out after 30 minutes of IDLE, so it is renewed before 29."""
HEADS_AT_ONCE = 256
MOVE_ADVICE = "请在邮箱中建立该文件夹，或改正 mailbox.imap.after_reading，然后重新启动"
SETTLE_AGAIN_S = 1800.0
"""After a connection that was lost over marks: a server may lose it over each,
and reading goes before."""


class ImapMailbox(ServerMailbox[IMAPClient]):
    """The Mailbox on an IMAP server."""

    settings: ImapSettings
    troubles, reasons = CONNECTION_ERRORS, REASONS

    def __init__(
        self,
        settings: ImapSettings,
        password: Password,
        clock: Clock,
    ) -> None:
        name = f"{settings.user}@{settings.host}/{settings.folder}"
        super().__init__(name, settings, password, clock)
        self._after = AfterReading.parse(settings.after_reading)
        self._folder: imap_reading.Folder | None = None
        self._idle_works = settings.use_idle
        self._left_alone: set[tuple[int, int]] = set()
        self._headless = defaultdict[int, Suspects](Suspects)
        self._marks_refused, self._settle_from = False, -math.inf

    def listed(self, after: Position = from_start) -> tuple[int, Sequence[int]]:
        """See Mailbox.

        Raises MailboxError (without a login while the next one is not yet allowed),
        LoginRefused, ConfigError.
        """
        with self.opened() as (client, folder):
            uids = imap_reading.uids_after(client, folder, after(folder.uidvalidity))
        uidvalidity = folder.uidvalidity
        return uidvalidity, [uid for uid in uids if (uidvalidity, uid) not in self._left_alone]

    def fetch(self, uidvalidity: int, uids: Collection[int]) -> Iterator[NewMail]:
        """See Mailbox."""
        if self._folder is None and not self._wakeup.stopped:
            self._open()
        if self._wakeup.stopped or not self._is_at(uidvalidity):
            return
        ascending = sorted(uids)
        for start in range(0, len(ascending), HEADS_AT_ONCE):
            heads = self._heads(uidvalidity, ascending[start : start + HEADS_AT_ONCE])
            batches = imap_reading.batches(
                self._wanted(uidvalidity, heads), self.settings.max_bytes
            )
            yield from self._mails(uidvalidity, batches, partial(self._bodies, uidvalidity))
            if self._wakeup.stopped:
                return
        self.pacer.succeeded()

    def _is_at(self, uidvalidity: int) -> bool:
        return self._folder is not None and self._folder.uidvalidity == uidvalidity

    def _heads(self, uidvalidity: int, uids: Sequence[int]) -> list[Head]:
        """Sizes and dates.

        Of a mail that breaks the connection even over these nothing is known,
        and its body is tried all the same.
        """
        found: list[Head] = []
        suspects = self._headless[uidvalidity]
        for batch in suspects.split_off([[Head(uid, 0) for uid in uids]]):
            if suspects.doubtful(batch):
                found += batch
                continue
            with (
                suspects.watching(batch),
                self._session(still=self._is_at(uidvalidity)) as client,
            ):
                found += imap_reading.heads(client, [head.uid for head in batch])
        return found

    def _bodies(self, uidvalidity: int, batch: Sequence[Head]) -> dict[int, bytes]:
        with self._session(still=self._is_at(uidvalidity)) as client:
            return imap_reading.bodies(client, batch, self.settings.max_bytes)

    def _wanted(self, uidvalidity: int, found: Sequence[Head]) -> Iterator[Head]:
        """Leaves out what arrived before `not_before`, and remembers not to ask for it again while
        nothing later is stored."""
        for head in found:
            if (
                self.settings.not_before
                and head.arrived
                and head.arrived < self.settings.not_before
            ):
                self._left_alone.add((uidvalidity, head.uid))
            else:
                yield head

    def used_share(self) -> float:
        """See Mailbox."""
        with self.opened() as (client, _folder):
            return imap_reading.used_share(client, self.settings.folder)

    def settle(self, mails: MailKeys) -> bool:
        """See Mailbox.

        Connects when needed; mails of another UIDVALIDITY than the folder has now are passed over.

        Raises NotAllowed, once, where mails cannot be moved into their folder.
        """
        if self._after.act == "keep" or not mails or self._marks_refused:
            return True
        if self._wakeup.stopped or self.pacer.monotonic() < self._settle_from:
            return False
        try:
            folder = self._folder or self._open()
            if uids := folder.uids_of(mails):
                with self._session() as client:
                    self._mark(client, folder, uids)
        except (MailboxError, ConfigError) as error:
            log.warning(
                "mailbox.settle_failed", host=self._host, mails=len(mails), error=str(error)
            )
            self._settle_from = self.pacer.monotonic() + SETTLE_AGAIN_S
            return False
        return True

    def remove(self, mails: MailKeys) -> None:
        """See Mailbox. Raises MailboxError.

        Without UIDPLUS they are only marked as deleted: an EXPUNGE would take what others marked.
        """
        with self.opened() as (client, _folder):
            folder = imap_reading.select(client, self.settings.folder, readonly=False)
            if folder.readonly:
                raise MailboxError(
                    f"邮箱 {self._host} 的文件夹 {self.settings.folder} 是只读的，"
                    "到期邮件无法删除：请向服务商要写权限。"
                )
            if uids := folder.uids_of(mails):
                delete(client, uids)

    def _mark(self, client: IMAPClient, folder: imap_reading.Folder, uids: list[int]) -> None:
        """Carry out `after_reading`.

        A server that does not allow it is not asked again: the records alone say what was read. One
        whose space is used up is.
        """
        flag = r"\Seen" if self._after.act == "seen" else self.settings.keyword
        try:
            if folder.readonly:
                self._refuse_marks("folder is read-only")
            elif self._after.act == "move":
                move(client, uids, self._after.folder)
            elif folder.stores(flag):
                client.add_flags(uids, [flag], silent=True)
            else:
                self._refuse_marks("flag not kept")
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if "OVERQUOTA" in str(error):
                raise MailboxError(raw_message(error)) from error  # the connection is well
            self._refuse_marks(str(error))
            if self._after.folder:
                why = f"已读邮件移不到文件夹“{self._after.folder}”（{raw_message(error)}）"
                raise NotAllowed(f"{why}，留在原处，不影响办理。{MOVE_ADVICE}。") from error

    def _refuse_marks(self, why: str) -> None:
        self._marks_refused = True
        log.warning(
            "mailbox.marks_refused",
            host=self._host,
            after_reading=self._after.act,
            error=why,
        )

    def wait(self, timeout_s: float) -> None:
        """See Mailbox. Without a connection it returns when the next login is allowed."""
        if self._client is None:
            self._wakeup.wait(min(timeout_s, self.pacer.free_in_s()))
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
            self._lost(error)

    def _lost(self, error: BaseException) -> None:
        log.info("mailbox.connection_lost", host=self._host, error=str(self._explained(error)))
        self._drop()

    @contextlib.contextmanager
    def opened(self) -> Iterator[tuple[IMAPClient, imap_reading.Folder]]:
        """The connection, and the folder as it is now. Raises as `listed`."""
        folder = self._open()
        with self._session() as client:
            yield client, folder

    def _open(self) -> imap_reading.Folder:
        """The folder, selected again; a kept connection that died
        meanwhile is opened again once."""
        if self._client is not None:
            try:
                return self._select(self._client)
            except CONNECTION_ERRORS as error:
                self._lost(error)
        self._log_in()
        with self._session() as client:
            return self._select(client)

    def _select(self, client: IMAPClient) -> imap_reading.Folder:
        self._folder = imap_reading.select(
            client, self.settings.folder, readonly=self._after.act == "keep"
        )
        return self._folder

    def _connected(self, password: str) -> IMAPClient:
        return connect(self.settings, password)

    def _leave(self, client: IMAPClient) -> None:
        client.logout()

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
