"""The one exception hierarchy of the desk: everything that we raise on purpose,
with a text that says what to do.

A defect in a submission is a Finding (`core.data.finding`), never an exception.
"""

import traceback


class DeskError(Exception):
    """Base of all errors that the desk raises on purpose."""


class ConfigError(DeskError):
    """The configuration cannot be used. The text lists every problem with its remedy."""


class PortBusy(ConfigError):
    """Another program listens on the port."""


class SecretUnavailable(ConfigError):
    """The program that gives a password or token fails now; it may give it later."""


class StoreError(DeskError):
    """The database cannot be used."""


class SchemaOutdated(StoreError):
    """The database is at an older migration than the program: run `unbind db upgrade`."""


class StorageFull(StoreError):
    """The disk is full; the transaction was rolled back."""


class Unstorable(DeskError):
    """A text has a character that the database holds in no column: nobody types it."""


class WorkFailed(DeskError):
    """Work in a process of its own failed there, or the process did not start;
    its log says where."""


class Busy(DeskError):
    """There is no capacity for this at the moment: come back in a minute."""

    def __init__(self, message: str = "当前登录请求过多，请稍后再试。") -> None:
        super().__init__(message)


class IllegalTransition(DeskError):
    """The case's state does not allow this step."""


class Conflict(DeskError):
    """The case is not at the version that was seen. `changes` says what is different now."""

    def __init__(self, message: str, changes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.changes = changes


class NotAllowed(DeskError):
    """A rule of RULES.md forbids this act (approval without an account, a used link …)."""


class LinkUnusable(NotAllowed):
    """A link that is unknown, used, expired or void, or whose case or account has changed: the same
    words for each, so that nothing can be learned by trying."""

    def __init__(self) -> None:
        super().__init__(
            "此链接已失效：可能已使用、已过期，或账号情况已有变化。如需帮助请联系中心。"
        )


class EntryRefused(NotAllowed):
    """A login, registration or binding is refused.

    `code` is stable and selects the remedy that the page shows; the text is for the enterprise.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class MailboxError(DeskError):
    """The mailbox cannot be used now."""


class LoginRefused(MailboxError):
    """Wrong password or authorisation code: the mailbox is left alone for long."""


class TransportError(DeskError):
    """A letter was not accepted by the transport."""


class TemporaryFailure(TransportError):
    """Trying again later may succeed. `unusable`: the transport takes no letter at all now (no
    connection, login or sender refused), so this one is not to blame.
    """

    def __init__(self, message: str, *, unusable: bool = False) -> None:
        super().__init__(message)
        self.unusable = unusable


class PermanentFailure(TransportError):
    """Trying again will not help: the letter is parked and shown."""


class ListUnavailable(DeskError):
    """A revocation list could not be fetched; the one in use stays.

    The text names the host and what went wrong.
    """


class DnsUnavailable(DeskError):
    """No answer from the name service, or none is configured: it proves nothing."""


class UnreadableMessage(DeskError):
    """The bytes cannot be parsed as a mail."""


class UnauditedStep(DeskError):
    """A transaction changed what must never change without an audit row, and has none: a defect of
    ours, nothing of it was kept."""


class NotAView(DeskError):
    """A view of the store was written to. This is a defect of the program; nothing was stored."""


class VaultError(DeskError):
    """Stored ciphertext does not open with our key: wrong key, or changed bytes."""


def raised_at(error: BaseException) -> str:
    """Where an error was raised, as file:line of our log:
    a traceback's text could contain a mail's text."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(
        f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in reversed(frames[-4:])
    )
