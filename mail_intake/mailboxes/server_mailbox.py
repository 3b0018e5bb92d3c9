"""The part that mailboxes on mail servers share: one connection, logged in to at its pace, and
failures in words that say what to do."""

import contextlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from core.clock import Clock
from core.data.mail_record import NewMail
from core.errors import LoginRefused, MailboxError, SecretUnavailable
from core.mail_servers import Reasons, explained, raw_message
from mail_intake.mailboxes.login_pacing import LoginPacer
from mail_intake.mailboxes.suspects import Fetch, Head, Suspects
from mail_intake.mailboxes.wakeup import Wakeup
from mail_intake.message.mime_parts import headers_of
from mail_intake.message.opening import received_at

Client = TypeVar("Client")
Password = Callable[[], str]
REFUSED = (
    "服务器拒绝了请求：请检查文件夹名称和账号权限；"
    "称 Unsafe Login 的，请在网页邮箱中开启 IMAP 并使用授权码"
)


class ServerMailbox(ABC, Generic[Client]):
    """`password` is called at every login: tokens run out, files are corrected."""

    settings: Any
    troubles: tuple[type[BaseException], ...]
    """The errors of the library and of the network."""
    reasons: Reasons = ()
    """Words for errors of the library."""

    def __init__(
        self,
        name: str,
        settings: Any,
        password: Password,
        clock: Clock,
    ) -> None:
        self.name, self.settings, self._host = name, settings, settings.host
        self._password, self._clock = password, clock
        self.pacer = LoginPacer(settings.logins_per_hour)
        self._wakeup = Wakeup()
        self._suspects = defaultdict[int, Suspects](Suspects)  # by UIDVALIDITY
        self._client: Client | None = None

    @abstractmethod
    def _connected(self, password: str) -> Client:
        """A new connection, logged in. Raises ConfigError, LoginRefused, `troubles`."""

    @abstractmethod
    def _leave(self, client: Client) -> None:
        """End the session as the protocol wants it. Raises `troubles`."""

    @abstractmethod
    def _drop(self) -> None:
        """Close the connection, whatever state it is in."""

    def used_share(self) -> float:
        """See Mailbox."""
        return 0.0

    def stop(self) -> None:
        """See Mailbox."""
        self._wakeup.stop()

    def log_out(self) -> None:
        """See Mailbox."""
        if self._client is not None:
            with contextlib.suppress(*self.troubles):
                self._leave(self._client)
        self._drop()

    def close(self) -> None:
        """Log out and give the sockets back."""
        self.log_out()
        self._wakeup.close()

    def _log_in(self) -> None:
        """Connect, unless the next login is not allowed yet. Raises MailboxError, ConfigError."""
        self.pacer.begin(self._host)
        with self._failures():
            self._client = self._connected(self._password())

    @contextlib.contextmanager
    def _session(self, *, still: bool = True) -> Iterator[Client]:
        """The connection for one command or a few. It is not opened again in the middle of a pass.

        `still`: whether the box is as it was when the pass began. Raises MailboxError.
        """
        if self._client is None or not still:
            raise MailboxError(f"邮箱 {self._host}：连接已断开，稍后会自动重试。")
        with self._failures():
            yield self._client

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except SecretUnavailable as error:
            trouble = f"邮箱 {self._host}：{error}"
            self.pacer.failed(trouble)
            raise MailboxError(trouble) from error
        except LoginRefused as error:
            self._drop()
            self.pacer.refused(str(error))
            raise
        except self.troubles as error:
            self._drop()
            explanation = self._explained(error)
            self.pacer.failed(f"{explanation}。")
            raise explanation from error

    def _explained(self, error: BaseException) -> MailboxError:
        """The error in words that say what to do."""
        why = explained(error, self.reasons, REFUSED)
        return MailboxError(f"邮箱 {self._host}:{self.settings.port}：{why}")

    def _mails(
        self, uidvalidity: int, batches: Iterable[list[Head]], fetch: Fetch
    ) -> Iterator[NewMail]:
        """The mails of the batches, until stopped. `fetch` gives the bytes of each mail of a batch
        that is there: of one over the limit its headers, b"" for one that is not handed out."""
        for head, raw in self._suspects[uidvalidity].bodies(batches, fetch):
            yield NewMail(
                self.name,
                uidvalidity,
                head.uid,
                head.arrived or arrival(raw, self._clock.now()),
                head.size_bytes or len(raw),
                raw,
                headers_only=not raw or head.size_bytes > self.settings.max_bytes,
            )
            if self._wakeup.stopped:
                return


def arrival(raw: bytes, now: datetime) -> datetime:
    """The time at which the server received a mail; `now` where it does not say, or a later
    one."""
    return min(received_at(headers_of(raw)) or now, now)


def login_refused(host: str, error: Exception, advice: str) -> LoginRefused:
    """The words for a server that speaks of the credentials."""
    return LoginRefused(
        f"邮箱 {host} 拒绝登录（{raw_message(error)}）：请检查用户名和密码。{advice}。"
        "为避免账号被封，较长时间后才会再试；要立即再试，或密码写在环境变量里的，改好后请重新启动。"
    )
