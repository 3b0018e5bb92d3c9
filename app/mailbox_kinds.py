"""The abilities of each kind of mailbox, one row a kind. Credentials, clock check, doctor, report,
restoration and wiring read the rows.

A new kind is a module in mail_intake/mailboxes, its section in app/settings/mail_settings.py, a row
here, and its tests (docs/EXTENDING.md, section 5). What a row leaves out has the strict value:
senders must be vouched for, its arrival times prove nothing about the clock, nothing is left in the
box.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from app.credentials import mailbox_password
from app.diagnosis import Line, well
from app.mail_checks import RECENT, Inspected, check_imap, writable
from app.settings.config import Installation
from app.settings.mail_settings import MailboxZone
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from mail_intake.mailboxes.mailbox import Mailbox
from mail_intake.mailboxes.maildir_mailbox import MaildirMailbox
from mail_intake.mailboxes.pop3_mailbox import Pop3Mailbox
from mail_intake.mailboxes.smtp_receiver import SmtpReceiver


@dataclass(frozen=True)
class MailboxKind:
    """A row of MAILBOXES; its key is `mailbox.kind` and the name of its section.

    `open`: creates the mailbox, without connecting. `check`: the lines of `unbind doctor`; fills
    the `Inspected`. `required`: settings without which the service does not start. `receiver`:
    creates the server on this machine that puts mails into the box.
    """

    open: Callable[[Installation], Mailbox]
    check: Callable[[Installation, Inspected], Iterator[Line]]
    # mails come from another machine, which must vouch for their senders
    is_remote: bool = True
    stamps_arrival: bool = False  # another machine's clock says when a mail came
    # mails stay there once they are stored
    keeps_mails: Callable[[MailboxZone], bool] = lambda _zone: False
    required: tuple[str, ...] = ()
    receiver: Callable[[Installation], SmtpReceiver | None] = lambda _here: None


def _maildir(here: Installation) -> Mailbox:
    zone = here.settings.mailbox
    return MaildirMailbox(
        here.config.maildir,
        here.clock,
        max_bytes=zone.max_mail_bytes,
        poll_s=zone.maildir.poll_interval_s,
        remove_stored=not zone.maildir.keep_files,
    )


def _maildir_receiver(here: Installation) -> SmtpReceiver | None:
    zone = here.settings.mailbox
    if not zone.maildir.smtp_receiver:
        return None
    return SmtpReceiver(
        zone.maildir.smtp_port,
        here.config.maildir,
        zone.max_mail_bytes,
        here.clock,
    )


def _imap(here: Installation) -> ImapMailbox:
    zone = here.settings.mailbox
    settings = replace(
        zone.imap, max_bytes=zone.max_mail_bytes, login_advice=here.config.provider.advice
    )
    return ImapMailbox(settings, partial(mailbox_password, here), clock=here.clock)


def _pop3(here: Installation) -> Pop3Mailbox:
    zone = here.settings.mailbox
    settings = replace(zone.pop3, max_bytes=zone.max_mail_bytes)
    return Pop3Mailbox(settings, partial(mailbox_password, here), here.config.folder, here.clock)


def _check_pop3(here: Installation, inspected: Inspected) -> Iterator[Line]:
    with contextlib.closing(_pop3(here)) as box:
        count, headers = box.headers(RECENT)
    inspected.headers += headers
    yield well(f"{box.settings.host}：{count} 封，每 {box.settings.poll_interval_s:.0f} 秒查看一次")


MAILBOXES: Mapping[str, MailboxKind] = {
    "maildir": MailboxKind(
        _maildir,
        lambda here, _inspected: iter([writable(here.config.maildir)]),
        is_remote=False,
        keeps_mails=lambda zone: zone.maildir.keep_files,
        receiver=_maildir_receiver,
    ),
    "imap": MailboxKind(
        _imap,
        lambda here, inspected: check_imap(_imap(here), inspected),
        stamps_arrival=True,
        keeps_mails=lambda _zone: True,
        required=("host", "user"),
    ),
    "pop3": MailboxKind(
        _pop3,
        _check_pop3,
        keeps_mails=lambda zone: zone.pop3.after_reading == "keep",
        required=("host", "user"),
    ),
}
