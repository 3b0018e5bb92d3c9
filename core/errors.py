"""The one exception hierarchy of the desk.

    DeskError                    everything we raise on purpose; its text says what to do
    ├── ConfigError              config.yaml or the environment is wrong (all problems in one text)
    │   └── SecretUnavailable    the program that gives a password or token fails now: it may give it later
    ├── StoreError               the database cannot be used as it is
    │   ├── SchemaOutdated       an older migration: run `unbind db upgrade`
    │   └── StorageFull          the disk is full; nothing of the step was kept
    ├── IllegalTransition        a step that the case's state does not allow
    ├── WorkFailed               what runs in a process of its own failed there; its log says where
    ├── Busy                     too many at it at this moment: come back in a minute
    ├── Conflict                 the case changed since the administrator saw it; carries what changed
    ├── NotAllowed               a rule forbids this act (approval without an account, a used link …)
    │   └── EntryRefused         a login, registration or binding is refused; `code` selects the remedy that the page shows
    ├── MailboxError             the mailbox cannot be reached or refuses us
    │   └── LoginRefused         wrong password or authorisation code: waits long, never hammers
    ├── TransportError           a letter was not accepted
    │   ├── TemporaryFailure     4xx or a lost connection: try again later
    │   └── PermanentFailure     5xx: park it and show it
    ├── CertificateRefused       a lock's certificate, or a list or answer about it, that the desk does not accept; carries a reason code
    ├── ListUnavailable          a revocation list could not be fetched: the one in use stays
    ├── DnsUnavailable           the name service gave no answer: proves nothing
    ├── UnauditedStep            a step that changed something and has no audit row: a defect of ours, nothing of it was kept
    ├── NotAView                 what should only look at the store wrote to it: a defect of ours, nothing of it was kept
    ├── UnreadableMessage        bytes that are no mail at all
    └── VaultError               ciphertext that does not open (wrong key, changed bytes)

A defect in a submission is a Finding (`core.cases.finding`), never an exception.
"""

import traceback


class DeskError(Exception):
    """Base of all errors that the desk raises on purpose."""


class ConfigError(DeskError):
    """The configuration cannot be used. The text lists every problem with its remedy."""


class SecretUnavailable(ConfigError):
    """A password or token cannot be had now from where the settings say."""


class StoreError(DeskError):
    """The database cannot be used."""


class SchemaOutdated(StoreError):
    """The database is at an older migration than the program."""


class StorageFull(StoreError):
    """The disk is full; the transaction was rolled back."""


class WorkFailed(DeskError):
    """Work in a process of its own failed there, or the process did not start."""


class Busy(DeskError):
    """There is no capacity for this at the moment."""

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
    """A rule of RULES.md forbids this act."""


class EntryRefused(NotAllowed):
    """A login, registration or binding is refused. `code` is stable; the text is for the enterprise."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class MailboxError(DeskError):
    """The mailbox cannot be used now."""


class LoginRefused(MailboxError):
    """The mailbox refused our credentials."""


class TransportError(DeskError):
    """A letter was not accepted by the transport."""


class TemporaryFailure(TransportError):
    """Trying again later may succeed. `outcome_unknown`: lost after the letter was handed over, so it may have been accepted. `unusable`: the way out
    takes no letter at all now (no connection, login or sender refused), so nothing is said of this one.
    """

    def __init__(self, message: str, *, outcome_unknown: bool = False, unusable: bool = False) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown
        self.unusable = unusable


class PermanentFailure(TransportError):
    """Trying again will not help."""


class ListUnavailable(DeskError):
    """A revocation list could not be fetched. The text names the host and what went wrong."""


class DnsUnavailable(DeskError):
    """No answer from the name service, or none is configured."""


class UnreadableMessage(DeskError):
    """The bytes cannot be parsed as a mail."""


class UnauditedStep(DeskError):
    """A transaction changed what must never change without an audit row, and has none."""


class NotAView(DeskError):
    """What should only look at the store wrote to it."""


class VaultError(DeskError):
    """Stored ciphertext does not open with our key."""


def raised_at(error: BaseException) -> str:
    """Where an error was raised, as file:line of our log: a traceback's text could hold what a mail says."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in reversed(frames[-4:]))
