r"""The folder in which a mail provider keeps copies of what was sent, asked whether a letter is
among them; never written to.

Searches are not believed: QQ ignores them and others answer what they like. A hit counts when the
mail's own Message-ID says so; without one, the newest mails are gone through by UID, ascending
sets, until they are older than the letter. The folder is the one that is named, else the one that
the server marks as \Sent (RFC 6154), else one of the usual names. A server without such a folder
holds nothing.
"""

import contextlib
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from core.errors import DeskError, LoginRefused, MailboxError, raised_at
from mail_intake.mailboxes import imap_reading
from mail_intake.mailboxes.imap_connection import (
    CONNECTION_ERRORS,
    ImapSettings,
    abandon,
    connect,
    explained,
    log_out,
)
from mail_intake.mailboxes.login_pacing import LoginPacer

log: Any = structlog.get_logger(__name__)

USUAL_NAMES: Final = (
    "sent",
    "sent messages",
    "sent items",
    "sent mail",
    "已发送",
    "已发送邮件",
    "已发邮件",
    "已发送的邮件",
)
STEP: Final = 200
MOST: Final = 4000
"""Newest mails that are gone through at most."""
SLACK: Final = timedelta(hours=1)
"""By how much the server's clock may be slow against ours."""
_HEADER: Final = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
_MESSAGE_ID: Final = re.compile(rb"^message-id:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
# counts as new: it is looked at, and ends no search
_UNDATED: Final = datetime.max.replace(tzinfo=UTC)


class ImapSentFolder:
    """The SentFolder (core.cases.letters.transport_port) on an IMAP server.

    `settings.folder` "": whichever the server has. May be asked by any thread.
    """

    def __init__(
        self,
        settings: ImapSettings,
        password: str | Callable[[], str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self._password = password
        self._monotonic, self._jitter = monotonic, jitter
        self._pacer = LoginPacer(settings.logins_per_hour)
        self._turn = threading.Lock()
        self._client: IMAPClient | None = None
        self._name: str | None = None

    def holds(self, message_id: str, since: datetime) -> bool | None:
        """See SentFolder."""
        wanted = message_id.encode("ascii", "replace")
        with self._turn, self._asked() as answers:
            client, folder = self._open()
            answers.append(
                folder is not None
                and (
                    _searched(client, wanted)
                    or any(wanted == found for _, found in _newest(client, folder, since - SLACK))
                )
            )
        return answers[0] if answers else None

    def message_ids_since(self, since: datetime) -> set[str] | None:
        """See SentFolder."""
        with self._turn, self._asked() as answers:
            client, folder = self._open()
            if folder is not None:
                answers.append(
                    {
                        found.decode("ascii", "replace")
                        for arrived, found in _newest(client, folder, since)
                        if arrived >= since
                    }
                )
        return answers[0] if answers else None

    def close(self) -> None:
        """See SentFolder."""
        with self._turn:
            client, self._client = self._client, None
            log_out(client)

    @contextlib.contextmanager
    def _asked(self) -> Iterator[list[Any]]:
        """Collects the answer; whatever prevents one is logged.

        A server that cannot be understood must not keep letters from leaving.
        """
        try:
            yield []
        except DeskError as error:
            log.warning("sent_folder.unreachable", host=self.settings.host, error=str(error))
        except CONNECTION_ERRORS as error:
            self._failed(error)
            log.warning(
                "sent_folder.unreachable",
                host=self.settings.host,
                error=str(explained(error, self.settings)),
            )
        except Exception as error:  # noqa: BLE001  whatever a library makes of what a server says
            self._failed(error)
            log.warning(
                "sent_folder.not_understood",
                host=self.settings.host,
                error=type(error).__name__,
                at=raised_at(error),
            )

    def _failed(self, error: BaseException) -> None:
        refused = isinstance(error, LoginRefused)
        (self._pacer.refused if refused else self._pacer.failed)(self._monotonic(), self._jitter())
        self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            abandon(self._client)
        self._client = self._name = None

    def _open(self) -> tuple[IMAPClient, imap_reading.Folder | None]:
        """The connection, opened again when it died meanwhile, with the folder selected;
        None where the server has none."""
        if self._client is not None:
            try:
                return self._client, self._selected(self._client)
            except CONNECTION_ERRORS:
                self._drop()
        now = self._monotonic()
        if (free_in_s := self._pacer.free_in_s(now)) > 0:
            raise MailboxError(
                f"邮箱 {self.settings.host}：为避免账号被封，{free_in_s:.0f} 秒后才会再次登录。"
            )
        self._pacer.trying(now)
        try:
            self._client = connect(
                self.settings, self._password() if callable(self._password) else self._password
            )
        except LoginRefused as error:
            self._failed(error)
            raise
        folder = self._selected(self._client)
        self._pacer.succeeded()
        return self._client, folder

    def _selected(self, client: IMAPClient) -> imap_reading.Folder | None:
        self._name = self._name or sent_folder_of(
            [(flags, name) for flags, _, name in client.list_folders()], self.settings.folder
        )
        if self._name is None and self.settings.folder:
            raise MailboxError(
                f"邮箱 {self.settings.host}：没有名为 {self.settings.folder} 的文件夹，"
                "请检查 mailbox.imap.sent_folder。"
            )
        return imap_reading.select(client, self._name, readonly=True) if self._name else None


def sent_folder_of(folders: Sequence[tuple[Sequence[bytes], str]], named: str) -> str | None:
    r"""Which of these folders (flags, name) holds sent mail: the named one, the one marked \Sent,
    or one of the usual names."""
    by_name = {name.casefold(): name for _, name in folders}
    if named and named.casefold() in by_name:
        return by_name[named.casefold()]
    marked = next(
        (name for flags, name in folders if b"\\sent" in {flag.lower() for flag in flags}), None
    )
    beneath = {re.split(r"[/.]", name)[-1].casefold(): name for _, name in folders}
    wanted = [named.casefold()] if named else []
    return marked or next(
        (beneath[usual] for usual in (*wanted, *USUAL_NAMES) if usual in beneath), None
    )


def _searched(client: IMAPClient, message_id: bytes) -> bool:
    """Whether a search finds the mail, and the mail says so itself."""
    try:
        found = client.search(["HEADER", "MESSAGE-ID", message_id.decode("ascii", "replace")])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return False
    return 0 < len(found) <= STEP and any(
        message_id == held for _, held in _read(client, sorted(found))
    )


def _newest(
    client: IMAPClient, folder: imap_reading.Folder, since: datetime
) -> Iterator[tuple[datetime, bytes]]:
    """Arrival and Message-ID of the newest mails, a step at a time,
    until a whole step is older than `since`."""
    uids = imap_reading.uids_after(client, folder, 0)[-MOST:]
    for end in range(len(uids), 0, -STEP):
        step = _read(client, uids[max(0, end - STEP) : end])
        yield from step
        if step and all(arrived < since for arrived, _ in step):
            return


def _read(client: IMAPClient, uids: Sequence[int]) -> list[tuple[datetime, bytes]]:
    """Arrival and Message-ID of these mails; the whole header is asked for where a server does
    not give one field of it."""
    answers = dict(client.fetch(uids, ["INTERNALDATE", _HEADER]))
    if answers and not any(_header(answer) for answer in answers.values()):
        answers = dict(client.fetch(uids, ["INTERNALDATE", "BODY.PEEK[HEADER]"]))
    found = (
        (answer.get(b"INTERNALDATE"), _MESSAGE_ID.search(_header(answer)))
        for answer in answers.values()
    )
    return [
        (imap_reading.in_utc(arrived) if isinstance(arrived, datetime) else _UNDATED, match[1])
        for arrived, match in found
        if match
    ]


def _header(answer: dict[bytes, Any]) -> bytes:
    return next(
        (
            value
            for key, value in answer.items()
            if key.startswith(b"BODY[HEADER") and isinstance(value, bytes)
        ),
        b"",
    )
