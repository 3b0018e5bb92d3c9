"""The IMAP mailbox against a real server: encryption, what becomes of read mails, folders,
UIDVALIDITY, lost connections."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.mail_checks import Inspected, _limits, check_imap
from core.cases.letters import words
from core.clock import SystemClock
from core.errors import ConfigError, LoginRefused, MailboxError
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_connection import ImapSettings
from mail_intake.mailboxes.imap_mailbox import ImapMailbox
from mail_intake.mailboxes.imap_reading import Folder
from mail_intake.mailboxes.login_pacing import LoginPacer
from mail_intake.mailboxes.mailbox import AfterReading
from tests.flows.walker import CannedReader, make_desk
from tests.mailbox.test_contract import mail, passing, read, subjects
from tests.servers.certificates import certificate, wrong_certificate
from tests.servers.databases import sqlite_database
from tests.servers.dovecot import (
    NOW,
    DovecotServer,
    dovecot,
    dovecot_version,
    free_port,
    tls_dovecot,
)

__all__ = ["certificate", "dovecot", "tls_dovecot", "wrong_certificate"]

pytestmark = pytest.mark.dovecot


def plain(server: DovecotServer, **changes: object) -> ImapMailbox:
    return ImapMailbox(
        replace(ImapSettings(server.host, server.user, server.port, "none"), **changes),
        lambda: server.password,
        SystemClock(),
    )


@pytest.fixture
def encrypted(
    tls_dovecot: DovecotServer, request: pytest.FixtureRequest
) -> tuple[DovecotServer, ImapSettings]:
    port = tls_dovecot.tls_port if request.param == "tls" else tls_dovecot.port
    assert tls_dovecot.certificate is not None
    return tls_dovecot, ImapSettings(
        tls_dovecot.host,
        tls_dovecot.user,
        port,
        request.param,
        str(tls_dovecot.certificate.ca_file),
    )


@pytest.mark.parametrize("encrypted", ["tls", "starttls"], indirect=True)
def test_mails_come_over_tls_and_idle_wakes(encrypted: tuple[DovecotServer, ImapSettings]) -> None:
    server, settings = encrypted
    server.append(mail(1))
    box = ImapMailbox(replace(settings, poll_interval_s=60), lambda: server.password, SystemClock())
    assert subjects(read(box)) == [1]
    done = threading.Event()

    def wait_for_it() -> None:
        box.wait(60)
        done.set()

    threading.Thread(target=wait_for_it, daemon=True).start()
    server.append(mail(2))
    assert done.wait(40)
    assert subjects(read(box, 1)) == [2]
    box.close()
    server.await_log("TLS")


@pytest.mark.parametrize("encrypted", ["tls", "starttls"], indirect=True)
def test_a_certificate_of_an_unknown_authority_ends_the_attempt(
    encrypted: tuple[DovecotServer, ImapSettings],
) -> None:
    server, settings = encrypted
    box = ImapMailbox(replace(settings, ca_file=""), lambda: server.password, SystemClock())
    with pytest.raises(MailboxError, match="ca_file"):
        read(box)
    box.close()
    server.uids()
    assert server.await_log("Logged in", times=2) == 2, (
        "the fixture's own, and the one on the line above"
    )


def test_starttls_that_is_not_offered_never_falls_back_to_clear_text(
    dovecot: DovecotServer,
) -> None:
    box = plain(dovecot, security="starttls")
    with pytest.raises(MailboxError, match="不会退回明文"):
        read(box)
    box.close()
    dovecot.uids()
    assert dovecot.await_log("Logged in", times=2) == 2, (
        "the fixture's own, and the one on the line above"
    )


def test_a_wrong_password_is_told_and_not_tried_again(dovecot: DovecotServer) -> None:
    now = [0.0]
    settings = ImapSettings(dovecot.host, dovecot.user, dovecot.port, "none")
    box = ImapMailbox(settings, lambda: "wrong", SystemClock())
    box.pacer = LoginPacer(30, lambda: now[0], jitter=lambda: 0.0)
    with pytest.raises(LoginRefused, match="授权码"):
        read(box)
    for _ in range(50):
        with pytest.raises(MailboxError, match="秒后才会再次登录"):
            read(box)
    now[0] = 601
    with pytest.raises(LoginRefused):
        read(box)
    box.close()


def test_a_password_in_full_width_letters_is_named(dovecot: DovecotServer) -> None:
    box = plain(dovecot)
    box._password = lambda: "ｃｏｄｅ"
    with pytest.raises(MailboxError, match="全角字符"):
        read(box)
    box.close()


@pytest.mark.parametrize(
    ("after", "flags"), [("keep", set()), ("seen", {"\\Seen"}), ("keyword", {"UnbindDesk"})]
)
def test_a_read_mail_is_marked_as_the_setting_says(
    dovecot: DovecotServer, after: str, flags: set[str]
) -> None:
    uid = dovecot.append(mail(1))
    other = dovecot.append(mail(2))
    box = plain(dovecot, after_reading=after)
    mails = read(box)
    assert dovecot.flags(uid) - {"\\Recent"} == set(), (
        "nothing is marked before its record is committed"
    )
    box.settle([(mails[0].uidvalidity, uid)])
    assert dovecot.flags(uid) - {"\\Recent"} == flags
    assert dovecot.flags(other) - {"\\Recent"} == set()
    box.close()


@pytest.mark.parametrize("hidden", ["", "MOVE", "MOVE UIDPLUS"])
def test_a_read_mail_is_moved_into_a_chinese_folder(
    dovecot: DovecotServer, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = dovecot.append(mail(1)), dovecot.append(mail(2))
    box = plain(dovecot, after_reading="move:已处理/解绑".replace("/", "."))
    mails = read(box)
    assert box._client is not None
    known = box._client.has_capability
    monkeypatch.setattr(
        box._client, "has_capability", lambda name: name not in hidden.split() and known(name)
    )
    box.settle([(m.uidvalidity, m.uid) for m in mails if m.uid == first])
    assert len(dovecot.uids("已处理.解绑")) == 1
    if hidden == "MOVE UIDPLUS":
        assert "\\Deleted" in dovecot.flags(first), (
            "without UIDPLUS an expunge would take other people's mails along"
        )
    else:
        assert dovecot.uids() == [second]
    box.close()


def test_a_folder_with_a_chinese_name_is_read(dovecot: DovecotServer) -> None:
    with dovecot.client() as client:
        client.create_folder("解绑申请 & 其他")
    dovecot.append(mail(3), folder="解绑申请 & 其他")
    box = plain(dovecot, folder="解绑申请 & 其他")
    assert subjects(read(box)) == [3]
    box.close()


BELOW_INBOX = "namespace inbox {\n  prefix = INBOX.\n  separator = .\n}\n"
"""As Courier has it: every folder has its name below INBOX, and none can be made beside it."""


@pytest.fixture
def below_inbox(tmp_path: Path) -> Iterator[DovecotServer]:
    server = DovecotServer(tmp_path / "dovecot", extra=BELOW_INBOX)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("named", ["已处理", "INBOX.已处理"])
def test_a_folder_is_found_and_made_with_or_without_the_prefix_of_its_server(
    below_inbox: DovecotServer, named: str
) -> None:
    below_inbox.append(mail(1))
    box = plain(below_inbox, after_reading=f"move:{named}")
    [one] = read(box)
    assert box.settle([(one.uidvalidity, one.uid)])
    box.close()
    assert below_inbox.uids() == []
    archive = plain(below_inbox, folder=named)
    assert subjects(read(archive)) == [1]
    archive.close()


@pytest.mark.parametrize("named", ["已处理", "INBOX.已处理"])
def test_doctor_makes_the_folder_that_read_mails_go_to(
    below_inbox: DovecotServer, named: str
) -> None:
    with below_inbox.client() as client:
        assert list(_limits(client, Folder(1, 0), AfterReading("move", named), "")) == []
        assert client.folder_exists("INBOX.已处理")


IMPOSSIBLE = "x" * 400


def test_a_folder_that_cannot_be_made_is_told_by_doctor_and_an_alert(
    dovecot: DovecotServer, tmp_path: Path
) -> None:
    with dovecot.client() as client:
        [line] = _limits(client, Folder(1, 0), AfterReading("move", IMPOSSIBLE), "")
        assert (line.ok, IMPOSSIBLE in line.text) == (False, True)
    uid = dovecot.append(mail(1))
    box = plain(dovecot, after_reading=f"move:{IMPOSSIBLE}")
    sqlite_database(tmp_path / "desk.db")
    desk = make_desk(tmp_path)
    with closing(desk.store), closing(box):
        intake = Intake(desk, CannedReader(), ())
        assert [intake.collect(box), intake.collect(box)] == [1, 0]
        with desk.store.view() as tx:
            [alert] = tx.alerts.find()
    assert (words.alert(alert.kind), IMPOSSIBLE in alert.text) == ("邮箱移信", True)
    assert dovecot.uids() == [uid]


def test_a_folder_that_is_not_there_is_told(dovecot: DovecotServer) -> None:
    box = plain(dovecot, folder="Nowhere")
    with pytest.raises(MailboxError, match="请检查文件夹名称"):
        read(box)
    box.close()


def test_a_new_uidvalidity_is_asked_for_and_all_is_read_again(dovecot: DovecotServer) -> None:
    with dovecot.client() as client:
        client.create_folder("Box")
    dovecot.append(mail(1), folder="Box")
    box = plain(dovecot, folder="Box")
    [old] = read(box)
    with dovecot.client() as client:
        client.delete_folder("Box")
        client.create_folder("Box")
    dovecot.append(mail(2), folder="Box")
    stored = {old.uidvalidity: old.uid}
    [new] = list(passing(box, lambda uidvalidity: stored.get(uidvalidity, 0)))
    assert new.uidvalidity != old.uidvalidity
    assert subjects([new]) == [2]
    box.close()


def test_a_server_that_was_restarted_is_found_again_without_an_error(
    dovecot: DovecotServer,
) -> None:
    box = plain(dovecot)
    assert read(box) == []
    dovecot.stop()
    dovecot.start()
    dovecot.append(mail(1))
    assert subjects(read(box)) == [1]
    box.close()


def test_a_connection_lost_in_idle_ends_the_wait(dovecot: DovecotServer) -> None:
    box = plain(dovecot, poll_interval_s=60)
    read(box)
    done = threading.Event()

    def wait_for_it() -> None:
        box.wait(60)
        done.set()

    threading.Thread(target=wait_for_it, daemon=True).start()
    dovecot.kill()
    assert done.wait(40)
    with pytest.raises(MailboxError, match="请检查主机和端口"):
        read(box)
    box.close()


def test_mails_from_before_the_desk_was_switched_on_are_left_alone(dovecot: DovecotServer) -> None:
    for number in range(3):
        dovecot.append(mail(number), when=NOW - timedelta(days=300))
    box = plain(dovecot, not_before=NOW)
    assert read(box) == []
    uid = dovecot.append(mail(9), when=NOW)
    assert subjects(read(box)) == [9]
    uidvalidity, held = box.listed()
    assert list(held) == [uid], "nor does reconciliation ask for them again and again"
    dovecot.append(mail(10), when=NOW - timedelta(days=300))
    missed = dovecot.append(mail(11), when=NOW)
    dovecot.append(mail(12), when=NOW - timedelta(days=300))
    assert subjects(read(box, uid)) == [11]
    assert subjects(list(box.fetch(uidvalidity, [missed]))) == [11], (
        "what lies between them is still found"
    )
    box.close()


def test_many_mails_come_in_batches(dovecot: DovecotServer) -> None:
    with dovecot.client() as client:
        for number in range(300):
            client.append("INBOX", mail(number), (), NOW)
    box = plain(dovecot)
    assert subjects(read(box)) == list(range(300))
    box.close()


def test_nobody_listening_is_told() -> None:
    settings = ImapSettings("127.0.0.1", "support", free_port(), "none")
    box = ImapMailbox(settings, lambda: "x", SystemClock())
    with pytest.raises(MailboxError, match="请检查主机和端口"):
        read(box)
    box.close()


def test_settings_that_cannot_work_are_refused() -> None:
    settings = ImapSettings("imap.example.org", "support", ca_file="/nowhere/ca.pem")
    box = ImapMailbox(settings, lambda: "x", SystemClock())
    with pytest.raises(ConfigError):
        read(box)
    box.close()


@pytest.mark.parametrize("text", ["", "delete", "move:", "move:\n", "move: ", "Seen"])
def test_an_unknown_treatment_of_read_mails_is_refused(text: str) -> None:
    settings = ImapSettings("imap.example.org", "support", after_reading=text)
    with pytest.raises(ConfigError, match="after_reading"):
        ImapMailbox(settings, lambda: "x", SystemClock())


QUOTA = """
mail_plugins {
  quota = yes
}
protocol imap {
  mail_plugins {
    imap_quota = yes
  }
}
quota user {
  driver = count
  quota_storage_size = 100K
}
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[DovecotServer]:
    """A Dovecot whose account may use 100 KiB."""
    if dovecot_version() < (2, 4):
        pytest.skip("the settings of quotas are those of Dovecot 2.4")
    server = DovecotServer(tmp_path / "dovecot", extra=QUOTA)
    server.start()
    yield server
    server.stop()


def test_what_a_full_account_does_not_take_is_moved_when_there_is_room(
    small: DovecotServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, large = small.append(mail(1)), small.append(mail(2) + b"x" * 60_000)
    box = plain(small, after_reading="move:已处理")
    assert 0.5 < box.used_share() < 0.9
    small.append(mail(3) + b"x" * 38_000)
    assert box.used_share() > 0.9
    of_box = [(one.uidvalidity, one.uid) for one in read(box)]
    assert box._client is not None
    monkeypatch.setattr(box._client, "has_capability", lambda name: name == "UIDPLUS")
    assert not box.settle(of_box), "a copy needs space: they are to be settled again"
    with small.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([large])
        client.expunge()
    monkeypatch.setattr(box, "_settle_from", 0.0)
    read(box)
    assert box.settle(of_box[:1])
    assert first not in small.uids()
    assert len(small.uids("已处理")) == 1
    box.close()


def test_a_server_without_quota_does_not_say_how_full_it_is(dovecot: DovecotServer) -> None:
    box = plain(dovecot)
    assert box.used_share() == 0
    box.close()


def test_doctor_warns_of_a_full_account(small: DovecotServer) -> None:
    small.append(mail(1) + b"x" * 95_000)
    lines = [*check_imap(plain(small), Inspected())]
    assert [line.ok for line in lines] == [True, None]
    assert "新来信会被退回" in lines[1].text
