"""The Maildir mailbox: UIDs that stay, what becomes of read mails,
and a Maildir that others use too."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import MailboxError
from core.maildir import deliver, make_maildir
from mail_intake.mailboxes.maildir_mailbox import UIDLIST, MaildirMailbox
from mail_intake.mailboxes.uid_list import parse_uidlist
from tests.fixed_clock import FixedClock
from tests.mailbox.test_contract import mail, passing, read, subjects
from tests.servers.dovecot import NOW


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    path = tmp_path / "Maildir"
    make_maildir(path)
    return path


def box_of(path: Path, **changes: object) -> MaildirMailbox:
    return MaildirMailbox(path, FixedClock(NOW), **changes)


def put(path: Path, number: int, name: str = "") -> None:
    deliver(path, name or f"{1_700_000_000 + number}.M{number}.test", mail(number))


def test_uids_stay_when_mails_are_read_moved_deleted_and_added(maildir: Path) -> None:
    for number in range(4):
        put(maildir, number)
    before = {m.raw: m.uid for m in read(box_of(maildir))}
    first, second, *_ = sorted((maildir / "new").iterdir())
    first.rename(maildir / "cur" / f"{first.name}:2,RS")
    second.unlink()
    put(maildir, -5)  # an earlier name, delivered later
    after = {m.raw: m.uid for m in read(box_of(maildir))}
    assert {raw: uid for raw, uid in before.items() if raw != mail(1)}.items() <= after.items()
    assert after[mail(-5)] == 5
    assert mail(1) not in after


def test_uidvalidity_is_fixed_when_the_list_is_made(maildir: Path) -> None:
    put(maildir, 1)
    [one] = read(box_of(maildir))
    later = MaildirMailbox(maildir, FixedClock(datetime(2030, 1, 1, tzinfo=UTC)))
    assert read(later)[0].uidvalidity == one.uidvalidity == int(NOW.timestamp())


def test_a_uid_is_never_given_twice(maildir: Path) -> None:
    put(maildir, 1)
    assert [m.uid for m in read(box_of(maildir))] == [1]
    next((maildir / "new").iterdir()).unlink()
    put(maildir, 2)
    assert [m.uid for m in read(box_of(maildir))] == [2]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 64,
        b"5",
        b"[5]",
        b'{"uidvalidity": 5, "next_uid": 2, "uids": {"a": 1, "b": 7}}',
        b'{"uidvalidity": 5, "next_uid": 9, "uids": {"a": 1',
        b'{"uidvalidity": 5, "next_uid": 9, "uids": {"a": "b"}}',
        b'{"uidvalidity": 5, "next_uid": 9, "uids": null}',
        b'{"uidvalidity": null, "next_uid": 9, "uids": {}}',
        b"3 V1 N2\n1 :a\n",
    ],
)
def test_a_list_that_cannot_be_read_is_begun_anew_under_a_later_uidvalidity(
    maildir: Path, content: bytes
) -> None:
    put(maildir, 1)
    (maildir / UIDLIST).write_bytes(content)
    assert parse_uidlist(content) is None
    [one] = read(box_of(maildir))
    assert (one.uidvalidity, one.uid, one.raw) == (int(NOW.timestamp()), 1, mail(1))
    assert parse_uidlist((maildir / UIDLIST).read_bytes()) is not None


def test_two_mailboxes_on_one_maildir_give_the_same_uids(maildir: Path) -> None:
    one, other = box_of(maildir), box_of(maildir)
    for number in range(6):
        put(maildir, number)
        read(one if number % 2 else other)
    assert read(one) == read(other)
    assert len({m.uid for m in read(one)}) == 6


def test_a_stored_mail_is_removed_unless_only_its_headers_are_stored(maildir: Path) -> None:
    put(maildir, 1)
    deliver(maildir, "1700000002.M2.test", mail(2, padding=5000))
    box = box_of(maildir, remove_stored=True, max_bytes=4000)
    mails = read(box)
    assert len(list((maildir / "new").iterdir())) == 2, (
        "nothing is removed before its record is committed"
    )
    box.settle([(one.uidvalidity, one.uid) for one in mails])
    assert [path.name for path in (maildir / "new").iterdir()] == ["1700000002.M2.test"]
    put(maildir, 3)
    assert [one.uid for one in passing(box, lambda _uidvalidity: mails[-1].uid)] == [3]


def test_a_stored_mail_that_cannot_be_removed_keeps_no_other_in_the_folder(maildir: Path) -> None:
    put(maildir, 1)
    put(maildir, 2)
    first = next(path for path in sorted((maildir / "new").iterdir()))
    elsewhere = first.rename(maildir / "elsewhere")
    first.symlink_to(elsewhere)
    box = box_of(maildir, remove_stored=True)
    mails = read(box)
    elsewhere.unlink()
    box.settle([(one.uidvalidity, one.uid) for one in mails])
    assert [path.name for path in (maildir / "new").iterdir()] == [first.name]


def test_a_mail_moved_by_a_reader_in_the_middle_of_a_pass_is_found(maildir: Path) -> None:
    put(maildir, 1)
    put(maildir, 2)
    going_on = passing(box_of(maildir))
    next(going_on)
    [second] = list((maildir / "new").glob("*M2*"))
    second.rename(maildir / "cur" / f"{second.name}:2,S")
    assert subjects(list(going_on)) == [2]


def test_a_mail_deleted_in_the_middle_of_a_pass_is_passed_over(maildir: Path) -> None:
    for number in range(3):
        put(maildir, number)
    going_on = passing(box_of(maildir))
    next(going_on)
    next((maildir / "new").glob("*M1*")).unlink()
    assert subjects(list(going_on)) == [2]


def test_a_mail_copied_in_by_hand_arrived_when_its_file_was_written(maildir: Path) -> None:
    path = maildir / "new" / "解绑申请.eml"
    path.write_bytes(mail(1))
    os.utime(path, (1_750_000_000, 1_750_000_000))
    assert read(box_of(maildir))[0].arrived == datetime.fromtimestamp(1_750_000_000, UTC)


QMAIL = ["1700000000.4712_2.M1host", "1700000000.4711_0.M1host", "1700000000.4711_1.M1host"]


@pytest.mark.parametrize(
    "names",
    [
        [
            "1700000000.Vfd01Iffa2M9000.mx1",
            "1700000000.Vfd01I1c0aM21000.mx1",
            "1700000000.Vfd01I0b11M123456.mx1",
        ],  # Postfix
        [
            "1700000000.M9000P4711.mx1",
            "1700000000.M21000P4710.mx1",
            "1700000000.M123456P4709.mx1",
        ],  # Dovecot, maildrop
        [
            "1700000000.M999P7Q9.unbind",
            "1700000000.M1000P7Q10.unbind",
            "1700000000.M20000P7Q11.unbind",
        ],  # ours
        QMAIL,
    ],
)
def test_mails_of_one_second_come_in_the_order_of_their_arrival(
    maildir: Path, names: list[str]
) -> None:
    """So that no supplement overtakes its request.

    Postfix pads no M, and writes the inode before it;
    qmail writes no M: then the file's time counts.
    """
    for number, name in enumerate(names):
        put(maildir, number, name)
        later = number if names is QMAIL else -number
        written_ns = (1_700_000_000_000 + 4 * later) * 1_000_000
        os.utime(maildir / "new" / name, ns=(written_ns, written_ns))
    came = read(box_of(maildir))
    assert subjects(came) == [0, 1, 2]
    assert came == sorted(came, key=lambda one: (one.arrived, one.uid)), (
        "the records put them into the same order"
    )


def test_a_place_that_cannot_be_a_maildir_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MailboxError, match="请检查路径"):
        read(box_of(tmp_path / "file"))
