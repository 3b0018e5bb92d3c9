"""The intake loop: stored before anything else, one bad mail never stops the next,
killers are set aside, duplicates are one."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from core.data.letter import LetterKind
from core.data.mail_record import Disposition, NewMail
from core.errors import Conflict, MailboxError, StorageFull
from mail_intake.intake import MAX_ATTEMPTS, Intake
from mail_intake.mail_reading import read_submission
from papers.paper_reading import Reading
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, CannedReader, request_mail
from tests.validators.builders import ARRIVED


def mail(
    number=1, papers=(LICENCE, IDENTITY), subject="CA锁解绑申请", sender="handler@example.com"
) -> bytes:
    return request_mail(sender, f"{number}@example.com", papers, subject=subject)


class Box:
    """A mailbox that yields what it holds beyond the position,
    and notes what it was told to settle."""

    name = "box"

    def __init__(self, *raws, sizes=None):
        self.raws = list(raws)
        self.settled, self.removed = [], []
        self.refuses, self.asked_to_remove = "", 0
        self.stored_when_settled = []
        self.lets_settle = True
        self.used = 0.0
        self.sizes = sizes or {}
        self.store = None

    def listed(self, after=lambda _uidvalidity: 0):
        return 1, range(after(1) + 1, len(self.raws) + 1)

    def fetch(self, uidvalidity, uids):
        for uid, raw in enumerate(self.raws, 1):
            if uid in uids:
                size = self.sizes.get(uid, len(raw))
                yield NewMail(self.name, 1, uid, ARRIVED, size, raw, headers_only=uid in self.sizes)

    def used_share(self):
        return self.used

    def settle(self, mails):
        with self.store.transaction() as tx:
            self.stored_when_settled.append(tx.mails.last_uid(self.name, 1))
        self.settled += [uid for _, uid in mails]
        return self.lets_settle

    def remove(self, mails):
        self.asked_to_remove += 1
        if self.refuses:
            raise MailboxError(self.refuses)
        self.removed += [uid for _, uid in mails]


@pytest.fixture
def intake(harness):
    return Intake(harness.desk, CannedReader(), [ADDRESS])


def box(harness, *raws, **more):
    made = Box(*raws, **more)
    made.store = harness.desk.store
    return made


def dispositions(harness):
    with harness.tx() as tx:
        return [record.disposition.value for record in reversed(tx.mails.newest())]


def test_mails_are_stored_first_and_settled_only_then(harness, intake):
    held = box(harness, mail(1), mail(2))
    assert intake.collect(held) == 2
    assert held.settled == [1, 2]
    assert held.stored_when_settled == [2]
    assert intake.collect(held) == 0
    assert held.settled == [1, 2], "nothing is settled twice"
    held.raws.append(mail(3))
    for held.lets_settle in (False, True):
        intake.collect(held)
    assert held.settled == [1, 2, 3, 3], "but what could not be settled"


def test_what_was_purged_is_deleted_in_the_mailbox_once(harness, intake):
    held = box(harness, mail(1), mail(2))
    intake.collect(held)
    with harness.tx() as tx:
        tx.mails.purge([tx.mails.newest()[-1].id])
    intake.collect(held)
    intake.collect(held)
    assert held.removed == [1]


def test_what_was_purged_stays_in_the_mailbox_where_the_setting_says_so(harness):
    settings = replace(
        harness.desk.settings,
        retention=replace(harness.desk.settings.retention, remove_from_mailbox=False),
    )
    intake = Intake(replace(harness.desk, settings=settings), CannedReader(), [ADDRESS])
    held = box(harness, mail(1))
    intake.collect(held)
    with harness.tx() as tx:
        tx.mails.purge([tx.mails.newest()[0].id])
    intake.collect(held)
    assert held.removed == []


def test_a_mailbox_that_lets_nothing_be_deleted_is_read_all_the_same(harness, intake):
    """A folder may be read-only: people are told, and it is asked again no sooner than mailbox and
    records are next held against each other."""
    held = box(harness, mail(1))
    intake.collect(held)
    with harness.tx() as tx:
        tx.mails.purge([tx.mails.newest()[0].id])
    held.refuses = "只读"
    for number in (2, 3):
        held.raws.append(mail(number))
        assert intake.collect(held) == 1
    assert held.asked_to_remove == 1
    with harness.tx() as tx:
        assert [(alert.kind, "只读" in alert.text) for alert in tx.alerts.find()] == [
            ("removal.box", True)
        ]
    held.refuses = ""
    assert intake.recover(held) == 0
    intake.collect(held)
    assert held.removed == [1]
    assert harness.alerts() == {}


def test_every_mail_gets_one_disposition(harness, intake):
    intake.collect(
        box(harness, mail(1), mail(2, papers=(), subject="您好"), b"\x00\xff not a mail")
    )
    while intake.judge_waiting():
        pass
    assert dispositions(harness)[0] == "case"
    assert "received" not in dispositions(harness)


def test_a_mail_that_breaks_the_reading_is_set_aside_and_the_next_is_taken(harness):
    class BreakingReader(CannedReader):
        def read(self, files):
            if any(content == b"%PDF-1.4 poison" for _, content in files):
                raise RuntimeError("words of the mail")
            return super().read(files)

    intake = Intake(harness.desk, BreakingReader(), [ADDRESS])
    intake.collect(box(harness, mail(1, papers=[b"%PDF-1.4 poison"]), mail(2)))
    while intake.judge_waiting():
        pass
    assert dispositions(harness) == ["quarantined", "case"]
    with harness.tx() as tx:
        quarantined = tx.mails.newest(disposition=Disposition.QUARANTINED)[0]
        assert "RuntimeError" in quarantined.note
        assert "words of the mail" not in quarantined.note
        assert [alert.kind for alert in tx.alerts.find()] == [f"mail.{quarantined.id}"]


class Died(BaseException):
    """The process dies: nothing of the step is kept."""


class DeadlyReader(CannedReader):
    """Dies over a deadly paper, as often as it is told."""

    def __init__(self, deaths):
        self.deaths = deaths

    def read(self, files):
        if self.deaths and any(content.startswith(b"%PDF-1.4 deadly") for _, content in files):
            self.deaths -= 1
            raise Died
        return super().read(files)


def judge_all(intake, died=lambda _mail: None):
    """Judge until nothing waits; `died` is called with the mail of each death.

    How many there were.
    """
    begun, deaths = [], 0

    def judge(mail_id):
        begun.append(mail_id)
        return intake.judge(mail_id)

    while True:
        try:
            if not intake.judge_waiting(lambda mail_ids: [judge(one) for one in mail_ids]):
                return deaths
        except Died:
            deaths += 1
            died(begun[-1])


def test_a_mail_that_ends_the_process_again_and_again_is_set_aside_alone(harness):
    intake = Intake(harness.desk, DeadlyReader(100), [ADDRESS])
    intake.collect(
        box(harness, mail(1, papers=[b"%PDF-1.4 deadly"]), mail(2), mail(3, papers=[IDENTITY]))
    )
    assert (
        judge_all(intake, lambda mail_id: intake.interrupted(mail_id, overran=False))
        == MAX_ATTEMPTS
    )
    assert dispositions(harness) == ["quarantined", "case", "case"]


def test_the_end_of_the_whole_desk_counts_against_no_mail(harness):
    """Killed seven times while mails were read: it was no mail's doing."""
    intake = Intake(harness.desk, DeadlyReader(7), [ADDRESS])
    intake.collect(
        box(
            harness,
            *(mail(n, papers=[b"%PDF-1.4 deadly"], sender=f"s{n}@example.com") for n in range(3)),
        )
    )
    assert judge_all(intake) == 7
    assert dispositions(harness) == ["case"] * 3
    with harness.tx() as tx:
        assert [record.attempts for record in tx.mails.newest()] == [0] * 3


@pytest.mark.parametrize("told", [True, False], ids=["the judging process dies", "the desk dies"])
def test_an_interrupted_request_is_judged_before_what_its_sender_wrote_later_and_before_fresh_mails(
    harness, told, monkeypatch
):
    # a round ends by its deaths, on however slow a machine
    monkeypatch.setattr("mail_intake.intake.ROUND_S", 600.0)
    intake = Intake(harness.desk, DeadlyReader(3), [ADDRESS])
    senders = [f"s{n}@example.com" for n in range(10)]
    intake.collect(
        box(
            harness,
            *(
                mail(n, papers=[b"%PDF-1.4 deadly"], sender=sender)
                for n, sender in enumerate(senders * 2)
            ),
        )
    )
    fresh = []

    def died(mail_id):
        if told:
            intake.interrupted(mail_id, overran=False)
        fresh.append(
            mail(100 + len(fresh), papers=[IDENTITY], sender=f"fresh{len(fresh)}@example.com")
        )
        with harness.tx() as tx:
            tx.mails.add(
                NewMail(
                    "other",
                    1,
                    len(fresh),
                    ARRIVED + timedelta(minutes=1),
                    1,
                    fresh[-1],
                    sender=f"fresh{len(fresh)}@example.com",
                )
            )

    assert judge_all(intake, died) == 3
    with harness.tx() as tx:
        judged = [case.sender for case in sorted(tx.cases.find(), key=lambda case: case.id)]
    assert judged[:10] == senders
    assert sorted(judged[10:13]) == [
        "fresh0@example.com",
        "fresh1@example.com",
        "fresh2@example.com",
    ]
    assert judged[13:] == senders


def test_a_full_disk_stops_the_loop_and_keeps_the_mail_for_later(harness, intake):
    class FullStore:
        def __init__(self, store):
            self.store, self.full, self.clock = store, False, store.clock

        def step(self, kind):
            if self.full:
                raise StorageFull("磁盘已满")
            return self.store.step(kind)

        def look(self, kind):
            return self.store.look(kind)

        def add_mails(self, group):
            if self.full:
                raise StorageFull("磁盘已满")
            return self.store.add_mails(group)

    store = FullStore(harness.desk.store)
    intake = Intake(replace(harness.desk, store=store), CannedReader(), [ADDRESS])
    mailbox = box(harness, mail(1))
    store.full = True
    with pytest.raises(StorageFull):
        intake.collect(mailbox)
    assert dispositions(harness) == []
    store.full = False
    intake.collect(mailbox)
    store.full = True
    with pytest.raises(StorageFull):
        intake.judge_waiting()
    assert dispositions(harness) == ["received"]
    store.full = False
    assert intake.judge_waiting() == 1
    assert dispositions(harness) == ["case"]


def test_a_disk_too_full_for_the_pages_only_does_not_set_the_mail_aside(
    harness, intake, monkeypatch
):
    def full(*_):
        raise StorageFull("磁盘已满")

    intake.collect(box(harness, mail(1)))
    with monkeypatch.context() as patched:
        patched.setattr("core.store.repositories.store_images.ImageRows.save", full)
        for _ in range(MAX_ATTEMPTS + 2):
            with pytest.raises(StorageFull):
                intake.judge_waiting()
    assert intake.judge_waiting() == 1
    assert dispositions(harness) == ["case"]


def test_a_mail_whose_case_is_changed_at_that_moment_comes_again(harness, intake, monkeypatch):
    def changed(*_):
        raise Conflict("工单刚刚被改动")

    intake.collect(box(harness, mail(1), mail(2, papers=[IDENTITY])))
    with monkeypatch.context() as patched:
        patched.setattr("mail_intake.intake.receive", changed)
        assert intake.judge_waiting() == 1, "nor is what its sender wrote later judged"
    assert dispositions(harness) == ["received"] * 2
    intake.judge_waiting()
    assert dispositions(harness) == ["case"] * 2


def test_the_same_bytes_under_another_uid_are_a_duplicate_without_reading_or_letter(
    harness, intake
):
    same = mail(1)
    intake.collect(box(harness, same, same))
    while intake.judge_waiting():
        pass
    assert dispositions(harness) == ["case", "duplicate"]
    assert harness.letters() == ["received"]


def test_mails_that_share_a_message_id_but_differ_are_different_mails(harness, intake):
    intake.collect(box(harness, mail(1, papers=[IDENTITY]), mail(1, papers=[LICENCE])))
    while intake.judge_waiting():
        pass
    assert dispositions(harness) == ["case", "unproved"], (
        "read both; whether the second one, of the same sender, says more is for a person"
    )


def test_a_mail_over_the_limit_is_told_that_it_is_too_large(harness, intake):
    intake.collect(box(harness, mail(1, papers=()), sizes={1: 99_000_000}))
    intake.judge_waiting()
    assert harness.letters() == ["returned"]
    with harness.tx() as tx:
        codes = {f.code for f in tx.cases.find()[0].findings}
    assert "attachment.too_large" in codes
    assert "document.licence.missing" not in codes


def test_two_attachments_of_one_name_are_told_apart():
    seen = []

    class NotingReader(CannedReader):
        def read(self, files):
            seen.extend(name for name, _ in files)
            return super().read(files)

    read = read_submission(mail(), ARRIVED, [ADDRESS], NotingReader())
    assert seen == ["扫描件.pdf", "扫描件.pdf (2)"]
    assert {page.attachment for page in read.submission.documents.pages} == {
        a.name for a in read.submission.message.attachments
    }


def test_pictures_are_read_only_where_config_allows_them():
    png = b"\x89PNG\r\n\x1a\n" + bytes(60_000)
    message = EmailMessage()
    message["From"], message["To"] = "a@example.com", ADDRESS
    message.set_content("申请解绑")
    message.add_attachment(png, maintype="image", subtype="png", filename="执照.png")
    seen = []

    class NotingReader:
        def read(self, files):
            seen.append([name for name, _ in files])
            return Reading(CannedReader().read([]).documents)

    for allowed in (False, True):
        read_submission(
            message.as_bytes(), ARRIVED, [ADDRESS], NotingReader(), allow_images=allowed
        )
    assert seen == [[], ["执照.png"]]


def test_the_oldest_mail_is_judged_first(harness, intake):
    with harness.tx() as tx:
        for uid, minutes in ((1, 5), (2, 0)):
            raw = mail(uid, papers=[IDENTITY], sender=f"h{uid}@example.com")
            tx.mails.add(
                NewMail("box", 1, uid, ARRIVED + timedelta(minutes=minutes), len(raw), raw)
            )
    intake.judge_waiting()
    with harness.tx() as tx:
        assert [case.sender for case in sorted(tx.cases.find(), key=lambda c: c.id)] == [
            "h2@example.com",
            "h1@example.com",
        ]


def test_a_mail_hidden_below_what_is_stored_is_found_and_told(harness, intake):
    held = box(harness, mail(1), mail(2, papers=[IDENTITY]), mail(3, papers=[IDENTITY]))
    with harness.tx() as tx:
        tx.mails.add(NewMail("box", 1, 3, ARRIVED, 9, held.raws[2]))
    assert intake.collect(held) == 0, "the position is behind the hidden ones"
    assert intake.recover(held) == 2
    assert intake.recover(held) == 0
    with harness.tx() as tx:
        assert [alert.kind for alert in tx.alerts.find()] == ["mailbox.hidden"]
        assert tx.mails.known_uids("box", 1) == {1, 2, 3}


def test_a_box_that_is_nearly_full_is_an_alert_until_there_is_room(harness, intake):
    held = box(harness)
    for held.used, kinds in ((0.89, []), (0.91, ["mailbox.full"]), (0.5, [])):
        intake.recover(held)
        with harness.tx() as tx:
            assert [alert.kind for alert in tx.alerts.find()] == kinds


def test_a_mail_that_the_search_for_new_ones_does_not_show_is_taken_in_without_an_alert(
    harness, intake
):
    held = box(harness, mail(1), mail(2, papers=[IDENTITY]))
    intake.collect(held)
    held.raws.append(mail(3, papers=[IDENTITY]))
    listed, held.listed = held.listed, lambda _after: (1, [])
    assert intake.collect(held) == 0
    held.listed = listed
    assert intake.recover(held) == 1
    with harness.tx() as tx:
        assert (tx.mails.known_uids("box", 1), tx.alerts.find()) == ({1, 2, 3}, [])


@pytest.mark.parametrize(
    ("text", "disposition"),
    [
        ("谢谢。" * 10_000, "quarantined"),
        ("企业名称：甲乙丙有限公司\n是否解绑：是\n" + "谢谢。" * 10_000, "case"),
        ("谢谢。" * 100, "other"),
    ],
)
def test_a_mail_with_more_words_than_are_read_goes_to_people(harness, intake, text, disposition):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Message-ID"] = (
        "a@example.com",
        ADDRESS,
        "您好",
        "<1@example.com>",
    )
    message.set_content(text)
    intake.collect(box(harness, message.as_bytes()))
    while intake.judge_waiting():
        pass
    assert dispositions(harness) == [disposition]
    with harness.tx() as tx:
        assert bool(tx.alerts.find()) == (disposition == "quarantined")
        assert all(
            mail.note == "邮件正文超出可读范围"
            for mail in tx.mails.newest(disposition=Disposition.QUARANTINED)
        )
        assert {letter.kind for letter in tx.letters.newest()} <= {LetterKind.RETURNED}, (
            "no papers came, however long the words are"
        )
