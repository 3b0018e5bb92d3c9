"""A connection to an IMAP server that is logged in and has introduced itself,
or an error that says what to do.

Sources: RFC 9051 and 2595 (a STARTTLS that fails ends the attempt: clear text is never the
fallback), RFC 2971 (ID; 163 and 126 refuse SELECT as "Unsafe Login" unless it comes after LOGIN and
before SELECT). Capabilities are asked after the login, because what a server says before it is
often not what it can do.
"""

import contextlib
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from core.mail_servers import Reasons, tls_context
from core.settings import setting
from mail_intake.mailboxes.mailbox import MAX_MAIL_BYTES
from mail_intake.mailboxes.server_mailbox import login_refused

log: Any = structlog.get_logger(__name__)

CONNECTION_ERRORS = (
    OSError,
    IMAPClientError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
"""The errors of IMAPClient, imaplib, ssl and the socket (ssl.SSLError and TimeoutError are
OSErrors); the last four for an answer that is no IMAP."""

REASONS: Reasons = (
    (
        CapabilityError,
        (
            "服务器不支持所要求的功能（例如 STARTTLS），连接已中止，不会退回明文："
            "请改用 security: tls"
        ),
    ),
    (IMAPClientAbortError, "连接中断：请核对端口，稍后会自动重试"),
)

IDENTITY = '("name" "unbind-desk" "version" "1" "vendor" "unbind-desk")'
NOT_OUR_FAULT = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
"""Response codes (RFC 5530) of a refused login that do not speak of the credentials."""


@dataclass(frozen=True)
class ImapSettings:
    """How to reach and treat one IMAP folder (config.yaml, section `mailbox.imap`).

    The password is given separately.

    `login_advice`: what to do at this provider, for the words of a refused login.
    """

    host: str = setting("", '"" = the provider\'s', example="imap.exmail.qq.com")
    user: str = setting(
        "",
        'the account. "" = mailbox.address, where a provider is named',
        example="ca@ggzy.example.cn",
    )
    port: int = setting(993, "TCP port. null = 993 for tls, 143 for starttls", ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = setting(
        "tls", "tls | starttls (a failed STARTTLS ends the attempt) | none (this machine only)"
    )
    ca_file: str = setting(
        "", "a PEM file of your own authority in place of the system's", kind="file"
    )
    folder: str = setting(
        "INBOX", "the folder that is read, in its readable name", example="解绑申请"
    )
    auth: Literal["password", "xoauth2"] = setting(
        "password",
        "password (or authorisation code) | xoauth2 (the password is then an access token)",
    )
    after_reading: str = "keep"
    keyword: str = setting(
        "UnbindDesk", "the keyword's name; two desks that read one mailbox need two", kind="flag"
    )
    max_bytes: int = MAX_MAIL_BYTES
    use_idle: bool = setting(True, "be notified of new mail at once where the server can")
    poll_interval_s: float = setting(
        30.0,
        "seconds between two looks beside IDLE; the only looks where a server has no IDLE (163)",
        ge=1,
        le=3600,
    )
    connect_timeout_s: float = 20.0
    read_timeout_s: float = 60.0
    logins_per_hour: int = setting(
        30,
        "logins in an hour: providers block accounts that log in too often. "
        "null = 20 at a named provider",
        example="10",
        ge=1,
        le=600,
    )
    not_before: datetime | None = setting(
        None,
        "mail that arrived before this instant is left alone: "
        "for a mailbox worked by hand until then",
        example="2027-01-04T09:00:00+08:00",
        kind="instant",
    )
    send_id: bool = setting(
        False,
        "true: introduce the desk after the login even where the server does not offer ID (163, "
        "126); false: only where it does. null = the "
        "provider's",
    )
    login_advice: str = ""


def connect(settings: ImapSettings, password: str) -> IMAPClient:
    """A logged-in connection.

    Raises ConfigError and CONNECTION_ERRORS.
    """
    context = tls_context(settings.ca_file)
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=settings.security == "tls",
        ssl_context=context,
        timeout=SocketTimeout(settings.connect_timeout_s, settings.read_timeout_s),
    )
    client.normalise_times = False
    # IMAPClient has imaplib write every answer out for its log, mails and password among them: no
    # log may hold those, and it takes five sixths of the time of fetching a mail.
    client._imap.debug = 0  # noqa: SLF001 - there is no public switch
    try:
        # IMAPClient sends a SEARCH in two writes; with Nagle's algorithm the second waits for a
        # delayed ACK, 40 ms each time.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.security == "starttls":
            client.starttls(context)
        log_in(client, settings, password)
        identify(client, required=settings.send_id)
    except BaseException:
        abandon(client)
        raise
    return client


def log_in(client: IMAPClient, settings: ImapSettings, password: str) -> None:
    """LOGIN, or XOAUTH2. Raises LoginRefused when the server speaks of our credentials."""
    try:
        if settings.auth == "xoauth2":
            token_login(client, settings.user, password)
        else:
            client.login(settings.user, password)
    except LoginError as error:
        # IMAPClient also wraps a connection that broke during LOGIN;
        # that says nothing about the password.
        if isinstance(error.__context__, IMAPClientAbortError) or any(
            code in str(error).upper() for code in NOT_OUR_FAULT
        ):
            raise IMAPClientAbortError(str(error)) from error
        raise login_refused(settings.host, error, settings.login_advice or _LOGIN_ADVICE) from error


def token_login(client: IMAPClient, user: str, token: str) -> None:
    """XOAUTH2.

    A server explains a refusal in a challenge, which wants an empty answer before it says NO;
    IMAPClient would send the token again.
    """
    words = f"user={user}\1auth=Bearer {token}\1\1".encode()
    answers = iter((words,))
    try:
        # see above
        client._imap.authenticate("XOAUTH2", lambda _challenge: next(answers, b""))  # noqa: SLF001
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        raise LoginError(str(error)) from None


def identify(client: IMAPClient, *, required: bool) -> None:
    """Send ID where the server knows it, or where its provider is known to want it.

    One that still refuses is not asked twice.
    """
    if not (required or client.has_capability("ID")):
        return
    try:
        # id_ refuses where ID is not offered
        client._imap._simple_command("ID", IDENTITY)  # noqa: SLF001
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        log.info("mailbox.id_refused")


def abandon(client: IMAPClient) -> None:
    """Close the socket, whatever state it is in."""
    with contextlib.suppress(*CONNECTION_ERRORS):
        client.shutdown()


_LOGIN_ADVICE = "QQ、腾讯企业邮、163 等须使用授权码而不是登录密码，并先在网页邮箱中开启 IMAP 服务"
