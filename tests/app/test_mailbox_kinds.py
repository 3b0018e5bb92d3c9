"""What a kind of mailbox or outbox can is asked of its row, and a kind that says nothing
of itself is treated strictly."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from app.cli import database_commands
from app.diagnosis import well
from app.mail_checks import SENDER
from app.mailbox_kinds import MAILBOXES, MailboxKind
from app.operations.doctor import mailbox
from app.settings.config import Config, Installation
from app.settings.mail_settings import Account, MailboxZone, OutboxZone
from app.settings.setting_kinds import declared
from app.start_checks import require_for_service, require_named_server
from app.ways_out import OUTBOXES, Outbox
from app.wiring import Wiring
from core.cases.intake.hand_in import PORTAL_BOX
from core.errors import ConfigError
from mail_intake.mailboxes.maildir_mailbox import MaildirMailbox
from tests.app.parsing import parse
from tests.app.test_logs_and_health import NOW
from tests.fixed_clock import FixedClock

NEW = "new"
BARE = MailboxKind(
    lambda here: MaildirMailbox(here.config.maildir, here.clock),
    lambda _here, _inspected: iter([well("0 封")]),
)
"""A kind whose row says no more than it must."""


@pytest.mark.parametrize(
    ("zone", "rows"), [(MailboxZone, MAILBOXES), (OutboxZone, OUTBOXES)], ids=["mailbox", "outbox"]
)
def test_each_kind_has_its_row_and_its_section_what_the_row_requires(
    zone: type, rows: Mapping[str, MailboxKind | Outbox]
) -> None:
    kinds = get_args(get_type_hints(zone)["kind"])
    assert set(kinds) == rows.keys(), f"kinds of {zone.__name__} and rows of its table"
    sections = declared(zone)
    for kind, row in rows.items():
        section = sections[kind].section if kind in sections else None
        assert set(row.required) <= (declared(section).keys() if section else set()), kind
        logs_in = "user" in row.required
        assert not logs_in or (section and issubclass(section, Account)), f"{kind}: an Account"


def test_the_mails_of_each_kind_have_a_box_of_their_own_in_the_records(tmp_path: Path) -> None:
    server = "host: mail.example.org, user: desk"
    config = Config(parse(f"mailbox: {{imap: {{{server}}}, pop3: {{{server}}}}}"), tmp_path)
    names = {kind: row.open(Installation(config, {})).name for kind, row in MAILBOXES.items()}
    assert len({PORTAL_BOX, *names.values()}) == len(names) + 1, names


@pytest.fixture
def of_a_new_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    monkeypatch.setitem(MAILBOXES, NEW, BARE)  # type: ignore[misc]
    settings = parse("", base=tmp_path)
    zone = replace(settings.mailbox, kind=NEW)  # type: ignore[arg-type]
    return Wiring(Config(replace(settings, mailbox=zone), tmp_path), {}, FixedClock(NOW))


def test_a_new_kind_does_not_start_while_nobody_vouches_for_senders(of_a_new_kind: Wiring) -> None:
    with pytest.raises(ConfigError, match="authserv_ids"):
        require_named_server(of_a_new_kind)


def test_doctor_asks_who_vouches_for_the_senders_of_a_new_kind(of_a_new_kind: Wiring) -> None:
    checked, senders = mailbox(of_a_new_kind)
    assert checked == well("0 封")
    assert (senders.name, senders.ok) == (SENDER, False)


def test_the_arrival_of_its_mails_proves_nothing_about_the_clock(of_a_new_kind: Wiring) -> None:
    with closing(of_a_new_kind.store()) as store:
        assert not of_a_new_kind.clock_check(of_a_new_kind.desk(store))._mails_tell


def test_nothing_is_promised_of_its_mails_after_a_restoration(of_a_new_kind: Wiring) -> None:
    assert "请企业重新发送" in database_commands.refetched(of_a_new_kind)


def test_a_kind_with_a_password_needs_it_and_all_that_its_row_requires(
    of_a_new_kind: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        MAILBOXES,
        "imap",
        replace(MAILBOXES["imap"], required=("host", "user", "folder")),
    )  # type: ignore[misc]
    config = Config(parse("mailbox: {kind: imap, imap: {folder: ''}}"), Path())
    with pytest.raises(ConfigError) as refused:
        require_for_service(Installation(config, {}))
    for words in (
        "mailbox.imap.host",
        "mailbox.imap.user",
        "mailbox.imap.folder",
        "UNBIND_IMAP_PASSWORD",
    ):
        assert words in str(refused.value)
