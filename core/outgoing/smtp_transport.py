"""Sending letters through an SMTP server (RFC 5321): one connection kept for a batch,
encrypted or not made at all.

The server's first digit tells what may be tried again. Refused credentials and unreachable servers
are no fault of the letter, so they never park it; they close the transport for a while instead, so
that a full outbox does not knock a hundred times. Where the connection is lost after the final dot,
the letter may have been accepted all the same: it goes again under its Message-ID.
"""

import contextlib
import smtplib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn

from core.data.letter import OutgoingLetter
from core.errors import PermanentFailure, SecretUnavailable, TemporaryFailure
from core.mail_servers import Reasons, explained, tls_context
from core.outgoing.composing import address, compose
from core.settings import setting

PAUSE_UNREACHABLE_S = 20.0
PAUSE_REFUSED_S = 600.0
_TROUBLE = (OSError, smtplib.SMTPException, ValueError, SecretUnavailable)


@dataclass(frozen=True)
class SmtpSettings:
    """How to reach the SMTP server (config.yaml, section `outbox.smtp`).

    `login_advice`: what to do at this provider when it refuses the login.

    `data_timeout_s`: how long to wait for the answer after the final dot (RFC 5321
    section 4.5.3.2.6 asks for ten minutes).
    """

    host: str = setting("", '"" = the provider\'s', example="smtp.exmail.qq.com")
    port: int = setting(465, "TCP port. null = 465 for tls, 587 for starttls", ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = setting(
        "tls", "tls | starttls | none (this machine only)"
    )
    user: str = setting(
        "", 'the account. "" = that of mailbox.imap where a provider is named, else no login'
    )
    ca_file: str = setting(
        "", "a PEM file of your own authority in place of the system's", kind="file"
    )
    timeout_s: float = 30.0
    data_timeout_s: float = 600.0
    auth: Literal["password", "xoauth2"] = setting(
        "password",
        "password (or authorisation code) | xoauth2 (the password is then an access token)",
    )
    login_advice: str = ""


class SmtpTransport:
    """The Transport over SMTP. `password` may be a function, asked at every login.

    `monotonic` is there for tests.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        password: str | Callable[[], str] = "",
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._password = password
        self._monotonic = monotonic
        self._context = tls_context(settings.ca_file)
        self._smtp: smtplib.SMTP | None = None
        self._closed_until = float("-inf")
        self._closed_because = ""

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport."""
        raw = compose(letter)
        sender = address(letter.sender)
        recipient = address(letter.recipient)
        smtp = self._connection()
        assert smtp.sock is not None
        try:
            self._require(smtp.mail(sender), "发件人", ours=True)
            self._require(smtp.rcpt(recipient), "收件人")
            smtp.sock.settimeout(self.settings.data_timeout_s)
            self._require(smtp.data(raw), "信件")
            smtp.sock.settimeout(self.settings.timeout_s)
        except smtplib.SMTPDataError as error:
            self._drop()
            text = error.smtp_error
            refusal = text if isinstance(text, bytes) else text.encode()
            self._refuse(error.smtp_code, refusal, "信件")  # a 250, too: the letter was not sent
        except _TROUBLE as error:
            self._drop()
            why = f"{explained(error, _REASONS)}，将以同一 Message-ID 再次发送。"
            raise TemporaryFailure(f"发信服务器 {self.settings.host}：{why}") from error

    def reach(self) -> None:
        """Connect and log in as before a letter, for a check. Raises as `send` does."""
        self._connection()

    def forget(self, now: datetime) -> None:
        """See Transport: nothing is kept here."""

    def close(self) -> None:
        """See Transport."""
        if self._smtp is not None:
            with contextlib.suppress(*_TROUBLE):
                self._smtp.quit()
            self._drop()

    def _connection(self) -> smtplib.SMTP:
        """The kept connection, if it still answers; else a new one."""
        if self._smtp is not None:
            with contextlib.suppress(*_TROUBLE):
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            self._drop()
        if self._monotonic() < self._closed_until:
            raise TemporaryFailure(self._closed_because, unusable=True)
        s = self.settings
        helo = socket.gethostname() or "localhost"  # not getfqdn, which may wait for DNS
        try:
            if s.security == "tls":
                self._smtp = smtplib.SMTP_SSL(
                    s.host, s.port, helo, timeout=s.timeout_s, context=self._context
                )
            else:
                self._smtp = smtplib.SMTP(s.host, s.port, helo, timeout=s.timeout_s)
            if s.security == "starttls":
                self._smtp.starttls(context=self._context)
            self._smtp.ehlo_or_helo_if_needed()
            if s.user:
                log_in(
                    self._smtp, s, self._password() if callable(self._password) else self._password
                )
        except _TROUBLE as error:
            refused = isinstance(error, smtplib.SMTPAuthenticationError)
            advice = f"。{s.login_advice}" if refused and s.login_advice else ""
            why = f"{s.host}:{s.port}：{explained(error, _REASONS)}{advice}"
            self._shut(f"发信服务器 {why}", refused=refused)
        return self._smtp

    def _require(self, answer: tuple[int, bytes], what: str, *, ours: bool = False) -> None:
        """Raise for a refusal of the server. `ours`: the refused command is the same for every
        letter, so it is the account's trouble and parks none.
        """
        code, text = answer
        if not 200 <= code < 300:
            self._refuse(code, text, what, ours=ours)

    def _refuse(self, code: int, text: bytes, what: str, *, ours: bool = False) -> NoReturn:
        server, reply = (
            self.settings.host,
            f"{code} {' '.join(text.decode('utf-8', 'replace').split())[:200]}",
        )
        if ours and code != 421:
            why = f"（{reply}）：请检查 mailbox.address 和账号状态，稍后会自动重试。"
            self._shut(f"发信服务器 {server} 不接受{what}{why}", refused=code >= 500)
        if code == 421:
            self._drop()
        if 500 <= code < 600:
            why = f"（{reply}）：请按应答内容核对后再决定是否重发。"
            raise PermanentFailure(f"发信服务器 {server} 拒绝了{what}{why}")
        why = f"（{reply}）：稍后会自动重试。"
        raise TemporaryFailure(f"发信服务器 {server} 暂时不接受{what}{why}")

    def _shut(self, because: str, *, refused: bool) -> NoReturn:
        """Close the transport for a while and tell why."""
        self._drop()
        pause_s = PAUSE_REFUSED_S if refused else PAUSE_UNREACHABLE_S
        self._closed_until, self._closed_because = self._monotonic() + pause_s, because
        raise TemporaryFailure(because, unusable=True)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def log_in(smtp: smtplib.SMTP, settings: SmtpSettings, password: str) -> None:
    """AUTH with the password, or with a token. Raises what smtplib raises."""
    try:
        if settings.auth == "xoauth2":
            words = f"user={settings.user}\1auth=Bearer {password}\1\1"
            # A refusal is explained in a challenge that wants an empty answer
            # before the server says 535.
            smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else words)
        else:
            smtp.login(settings.user, password)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:  # busy: that says nothing about the credentials
            raise smtplib.SMTPResponseException(*error.args) from error
        raise


_REASONS: Reasons = (
    (SecretUnavailable, "取不到密码，稍后会自动重试"),
    (
        smtplib.SMTPAuthenticationError,
        "拒绝登录，请检查用户名和授权码；为避免账号被封，十分钟内不再尝试",
    ),
    (
        smtplib.SMTPNotSupportedError,
        "不支持 STARTTLS 或登录，连接已中止，不会退回明文：请改用 smtp.security: tls",
    ),
    (smtplib.SMTPServerDisconnected, "连接中断，稍后会自动重试"),
    (smtplib.SMTPResponseException, "拒绝了连接，请核对端口，稍后会自动重试"),
)
