"""How letters leave: one row a way of `outbox.kind`, which credentials, doctor, report and wiring
ask. A new way is a module in core/outgoing, its settings in app/settings/mail_settings.py, a row
here, and its tests (docs/EXTENDING.md, section 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from app.credentials import smtp_password
from app.diagnosis import Line
from app.mail_checks import check_smtp, letters_folder
from app.settings.config import Installation
from core.data.letter import Transport
from core.outgoing.maildir_transport import MaildirTransport
from core.outgoing.smtp_transport import SmtpTransport


@dataclass(frozen=True)
class Outbox:
    """A row of OUTBOXES; its key is `outbox.kind` and the name of its section.

    `open`: creates the transport, without connecting. `check`: its line of `unbind doctor`.
    `required`: as for a mailbox (app/mailbox_kinds.py).
    """

    open: Callable[[Installation], Transport]
    check: Callable[[Installation], Line]
    required: tuple[str, ...] = ()


def _maildir(here: Installation) -> Transport:
    return MaildirTransport(here.config.sent_folder)


def _smtp(here: Installation) -> SmtpTransport:
    return SmtpTransport(
        replace(here.settings.outbox.smtp, login_advice=here.config.provider.advice),
        partial(smtp_password, here),
    )


OUTBOXES: Mapping[str, Outbox] = {
    "maildir": Outbox(_maildir, letters_folder),
    "smtp": Outbox(_smtp, lambda here: check_smtp(_smtp(here)), required=("host",)),
}
