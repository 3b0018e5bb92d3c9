"""What is read is marked or moved as far as the server allows it;
folders are found by their names."""

from dataclasses import replace

import pytest

from core.data.mail_record import NewMail
from core.errors import MailboxError
from tests.mailbox.test_contract import mail, read, subjects
from tests.mailbox.test_imap_providers import Make, box_of, fill, read_on
from tests.servers.scripted_imap import NETEASE, PLAIN, Provider, scripted

__all__ = ["scripted"]


NOT_ALLOWED: list[tuple[Provider, str]] = [
    (Provider(read_only=True), "seen"),
    (Provider(read_only=True), "keyword"),
    (Provider(permanent_flags="\\Seen \\Deleted"), "keyword"),
    (Provider(permanent_flags=""), "seen"),
]


@pytest.mark.parametrize(
    ("provider", "after"),
    NOT_ALLOWED,
    ids=["read-only seen", "read-only keyword", "no keywords", "no flags"],
)
def test_a_mark_that_is_not_allowed_costs_neither_a_mail_nor_the_connection(
    scripted: Make, provider: Provider, after: str
) -> None:
    server = scripted(provider)
    box = box_of(server, after_reading=after)
    stored: list[NewMail] = []
    for uid in range(1, 41):
        fill(server, uid)
        read_on(box, stored)
        box.settle([(stored[-1].uidvalidity, stored[-1].uid)])
    assert subjects(stored) == list(range(1, 41))
    assert server.logins == 1
    assert server.verbs().count("UID STORE") <= 1, "what was refused once is not asked for again"
    assert all(not one.flags for one in server.mails.values())
    box.close()


def test_a_keyword_that_is_allowed_is_set(scripted: Make) -> None:
    server = scripted(Provider(permanent_flags="\\Seen \\*"))
    fill(server, 1)
    box = box_of(server, after_reading="keyword")
    [first] = read(box)
    assert box.settle([(first.uidvalidity, 1)])
    assert server.mails[1].flags == {"UnbindDesk"}
    box.stop()
    assert not box.settle([(first.uidvalidity, 1)])
    box.close()


def test_settling_without_a_server_fails_in_silence(scripted: Make) -> None:
    server = scripted(PLAIN)
    fill(server, 1)
    box = box_of(server, after_reading="seen")
    [first] = read(box)
    box.close()
    server.stop()
    again = box_of(server, after_reading="seen")
    assert not again.settle([(first.uidvalidity, 1)])
    again.close()


def test_nothing_is_copied_out_of_a_folder_that_may_only_be_read(scripted: Make) -> None:
    server = scripted(Provider(read_only=True))
    fill(server, 1)
    box = box_of(server, after_reading="move:已办理")
    [first] = read(box)
    for _ in range(3):
        assert box.settle([(first.uidvalidity, 1)]), "as far as the box allows"
    assert list(server.mails) == [1]
    assert server.logins == 1
    box.close()


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 UIDPLUS", "IMAP4rev1 MOVE"])
def test_mails_are_moved_whatever_the_server_can(scripted: Make, capabilities: str) -> None:
    """Without UIDPLUS the rest stays, marked as deleted:
    an EXPUNGE of everything could take mails that other people deleted."""
    server = scripted(Provider(after_login=capabilities))
    fill(server, 1, 2)
    server.mails[2].flags.add("\\Deleted")
    box = box_of(server, after_reading="move:已办理")
    first, _ = read(box)
    box.settle([(first.uidvalidity, 1)])
    assert "&XfJSnnQG-" in server.provider.folders
    assert [one.raw for one in server.mails.values() if one.folder == "&XfJSnnQG-"] == [mail(1)]
    assert 2 in server.mails, "what another program marked as deleted is left alone"
    assert "EXPUNGE" not in server.verbs()
    box.close()


def test_a_chinese_folder_is_read(scripted: Make) -> None:
    server = scripted(replace(NETEASE, folders=("INBOX", "&ieN+0XUzi,c-")))
    fill(server, 1, 2)
    server.mails[2].folder = "&ieN+0XUzi,c-"
    box = box_of(server, folder="解绑申请")
    assert subjects(read(box)) == [2]
    box.close()


def test_a_folder_that_is_not_there_is_told(scripted: Make) -> None:
    box = box_of(scripted(PLAIN), folder="解绑")
    with pytest.raises(MailboxError, match="请检查文件夹名称"):
        read(box)
    box.close()
