"""THE FLOW: one mail in, one disposition out.

`collect` stores the mails of a mailbox, in groups of one commit, before anything is changed on the
server. `take_in` reads one stored mail and passes it to the case layer. `judge` handles every
exception: a mail that breaks the reading is set aside, and the next one is read; only errors of the
database stop it, because then nothing can be stored.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import zip_longest
from pathlib import Path

import structlog

from core.cases.desk import Desk
from core.cases.intake.account_named import account_named
from core.cases.intake.hand_in import PORTAL_BOX, PROVED_BY
from core.cases.intake.receive import quarantine, receive, receive_duplicate
from core.cases.letters.words import DISPOSITIONS
from core.data.documents import Unopened
from core.data.due import STRANGERS_WAIT_FOR, Due
from core.data.finding import Decision
from core.data.mail_record import AuthResult, Disposition, MailRecord, NewMail
from core.data.submission import Attachment, AttachmentKind, Submission
from core.errors import Conflict, MailboxError, NotAllowed, StoreError, UnreadableMessage
from mail_intake.mail_reading import Reader, read_submission
from mail_intake.mailboxes.mailbox import Mailbox
from mail_intake.message.opening import sender_from_header
from mail_intake.sender.authentication import Authenticator

GROUP_MAX_MAILS = 50
GROUP_MAX_BYTES = 32 * 2**20
JUDGED_TOGETHER = STRANGERS_WAIT_FOR + 1
"""Mails that are handed to the judging process at once."""
ROUND_S = 1.0
"""Seconds after which a round of judging ends, so that the order of those
that wait is computed again."""
HIDDEN, FULL = "mailbox.hidden", "mailbox.full"
NEARLY_FULL = 0.9
NO_SPACE = "邮箱空间已用 {:.0%}，满后新来信会被退回：请在网页邮箱中清理，或请管理员扩容"
REMOVAL, MOVING = "removal", "moving"
MAX_ATTEMPTS = 5
"""A mail whose reading ended the process this often is set aside."""

log = structlog.get_logger(__name__)

JudgeEach = Callable[[Sequence[int]], list[bool]]
"""Whether each mail has its disposition now, in order, up to the first that has none."""


class Intake:
    """Takes mails in, from a mailbox to their dispositions."""

    def __init__(
        self,
        desk: Desk,
        reader: Reader,
        own_addresses: Collection[str],
        *,
        allow_images: bool = False,
        senders: Authenticator | None = None,
        own_words: Path | None = None,
    ) -> None:
        self._desk = desk
        self._senders = senders
        self._read = partial(
            read_submission,
            own_addresses=own_addresses,
            reader=reader,
            allow_images=allow_images,
            senders=senders,
            own_words=own_words,
            registered=self._names_of,
            account=self._name_of_account,
        )
        self._keep_all: set[str] = set()  # names of mailboxes that let nothing be deleted

    def collect(
        self, mailbox: Mailbox, came: Callable[[datetime], None] = lambda _arrived: None
    ) -> int:
        """Store every mail of the mailbox that is not stored yet, then let the mailbox settle
        them. Returns how many were new.

        `came` is called after each group, with the arrival of its newest mail, so that judging
        begins while the rest is being fetched.
        """

        def last_stored(uidvalidity: int) -> int:
            with self._desk.view() as tx:
                return tx.mails.last_uid(mailbox.name, uidvalidity)

        stored = 0
        uidvalidity, uids = mailbox.listed(last_stored)
        for group in _groups(mailbox.fetch(uidvalidity, uids)):
            stored += self._desk.store.add_mails(map(self.with_sender, group))
            came(max(mail.arrived for mail in group))
            self._settle(mailbox)
        if not stored:
            # mails that could not be settled before; reading has priority
            self._settle(mailbox)
        self._remove_purged(mailbox)
        return stored

    def recover(self, mailbox: Mailbox) -> int:
        """Store mails of the mailbox that have no record, wherever among the others. An alert
        reports those that `collect` had missed: a mail after all stored ones may have just arrived.

        Returns how many there were.
        """
        self._keep_all.discard(mailbox.name)
        uidvalidity, present = mailbox.listed()
        with self._desk.view() as tx:
            last = tx.mails.last_uid(mailbox.name, uidvalidity)
            unknown = set(present) - tx.mails.known_uids(mailbox.name, uidvalidity)
        stored = [
            mail.uid
            for mail in mailbox.fetch(uidvalidity, unknown)
            if self._desk.store.add_mails([self.with_sender(mail)])
        ]
        hidden = sum(uid < last for uid in stored)
        if hidden:
            words = f"对账时在邮箱 {mailbox.name} 中找到 {hidden} 封此前未收到的邮件，已补收处理。"
            self._alert(HIDDEN, words)
        self._look_for_space(mailbox)
        return len(stored)

    def _look_for_space(self, mailbox: Mailbox) -> None:
        used = mailbox.used_share()
        if used > NEARLY_FULL:
            self._alert(FULL, f"{mailbox.name}：{NO_SPACE.format(used)}。")
            return
        with self._desk.step() as tx:
            tx.alerts.clear(FULL)

    def judge_waiting(self, judge_each: JudgeEach | None = None) -> int:
        """A round: take in the mails that wait, those of one sender in order of arrival.

        Returns how many were judged, or tried. `judge_each`: judges them in another process. The
        round ends when a mail cannot be judged now; and after ROUND_S, once a mail of a stranger
        was judged, because a mail that arrived meanwhile may come before the rest.
        """
        began_s, looked = time.monotonic(), 0
        with self._desk.view() as tx:
            waiting = tx.mails.waiting(GROUP_MAX_MAILS)
        for batch in _batches(waiting):
            outcomes = (judge_each or self.judge_each)([int(mail.about) for mail in batch])
            looked += len(outcomes)
            late = time.monotonic() - began_s > ROUND_S
            if not all(outcomes) or (late and batch[-1].by_stranger):
                break
        return looked

    def judge_each(self, mail_ids: Sequence[int]) -> list[bool]:
        """`judge` in order, up to the first that could not be judged now."""
        outcomes: list[bool] = []
        for mail_id in mail_ids:
            outcomes.append(self.judge(mail_id))
            if not outcomes[-1]:
                break
        return outcomes

    def judge(self, mail_id: int) -> bool:
        """Take one mail in, or set it aside if it breaks the reading.

        Returns whether it has its disposition now. Raises StoreError.
        """
        try:
            disposition = self.take_in(mail_id)
        except StoreError:
            raise
        except Conflict:
            # its case was changed at this moment, or an earlier mail of its sender arrived:
            # it is judged in a later round
            log.info("mail.conflict", mail=mail_id)
            return False
        except UnreadableMessage as error:
            quarantine(self._desk, mail_id, str(error))
        except Exception as error:
            # one of the two loops that handle everything: one mail must not stop the next
            log.error("mail.quarantined", mail=mail_id, exc_info=error)
            quarantine(self._desk, mail_id, f"读取时出错：{type(error).__name__}")
        else:
            text = f"来信 {mail_id} 已读：{DISPOSITIONS[disposition]}"
            log.info("mail.taken_in", mail=mail_id, disposition=disposition.value, text=text)
        return True

    def interrupted(self, mail_id: int, overran: bool) -> None:
        """Record that the judging process ended while it judged a mail. A mail that overran its
        deadline, or ended the process MAX_ATTEMPTS times, is set aside.

        Only this counts against a mail. Until then it remains in its place, because what its
        sender wrote later must not be judged before it.
        """
        with self._desk.step() as tx:
            record = tx.mails.get(mail_id)
            record = replace(record, attempts=record.attempts + 1)
            tx.mails.save(record)
        if overran:
            quarantine(self._desk, mail_id, "读取超过时限仍未完成，已中止")
        elif record.attempts >= MAX_ATTEMPTS:
            quarantine(self._desk, mail_id, f"读取 {MAX_ATTEMPTS} 次均使程序中断")

    def take_in(self, mail_id: int) -> Disposition:
        """Read one stored mail and give it its disposition, unless it has one."""
        with self._desk.view() as tx:
            position, raw = tx.mails.to_read(mail_id)
        record = position.record
        if record.disposition is not Disposition.RECEIVED:
            return record.disposition
        if record.headers_only and not raw:
            raise UnreadableMessage("服务器列出这封邮件但不交出内容")
        if position.twin:
            receive_duplicate(self._desk, record, position.twin)
            return Disposition.DUPLICATE
        read = self._read(raw, record.arrived)
        if record.mailbox == PORTAL_BOX and self._is_request_of(
            record.uidvalidity, read.submission
        ):
            read = replace(read, submission=_proved_by_session(read.submission))
        if any(
            defect.startswith("message.unreadable") for defect in read.submission.message.defects
        ):
            raise UnreadableMessage("邮件无法解析")
        submission = (
            _over_limit(read.submission, record) if record.headers_only else read.submission
        )
        message, of_contact = submission.message, bool(self._names_of(submission.message.sender))
        is_no_request = self._desk.judge.course(submission).ends_as is Decision.OTHER
        if message.words_cut and is_no_request and not of_contact:
            # what was read is no request, what was not may be one; a contact's may be an objection
            raise UnreadableMessage("邮件正文超出可读范围")
        return receive(self._desk, record.id, submission, read.images)

    def _is_request_of(self, enterprise_id: int, submission: Submission) -> bool:
        with self._desk.view() as tx:
            matched = account_named(tx, submission).matched
        return matched is not None and matched.id == enterprise_id

    def _name_of_account(self, uscc: str) -> str:
        with self._desk.view() as tx:
            enterprise = tx.accounts.by_uscc(uscc)
        return enterprise.name if enterprise else ""

    def _names_of(self, sender: str) -> list[str]:
        with self._desk.view() as tx:
            return tx.accounts.names_of_contact(sender)

    def _alert(self, kind: str, words: str) -> None:
        with self._desk.step() as tx:
            tx.alerts.add(kind, words)

    def with_sender(self, mail: NewMail) -> NewMail:
        """The mail with its sender, as far as its headers alone show it."""
        sender = sender_from_header(mail.raw)
        vouched = self._senders is not None and self._senders.by_header_alone(mail.raw, sender)
        return replace(mail, sender=sender, vouched=vouched)

    def _remove_purged(self, mailbox: Mailbox) -> None:
        """Let the mailbox delete mails whose retention has ended.

        A mailbox that refuses is read as before, and is tried again after the next `recover`.
        """
        if mailbox.name in self._keep_all or not self._desk.settings.retention.remove_from_mailbox:
            return
        with self._desk.view() as tx:
            purged = tx.mails.purged_in_box(mailbox.name, GROUP_MAX_MAILS * 4)
        if not purged:
            return
        try:
            mailbox.remove([(record.uidvalidity, record.uid) for record in purged])
        except MailboxError as error:
            self._keep_all.add(mailbox.name)
            self._alert(
                f"{REMOVAL}.{mailbox.name}", f"邮箱 {mailbox.name} 中到期的邮件未能删除：{error}"
            )
            return
        with self._desk.step() as tx:
            tx.mails.set_columns([record.id for record in purged], removed=True)
            tx.alerts.clear(f"{REMOVAL}.{mailbox.name}")

    def _settle(self, mailbox: Mailbox) -> None:
        """Give the mailbox the keys of stored mails; it may flag or move only these."""
        with self._desk.view() as tx:
            stored = tx.mails.unsettled(mailbox.name, GROUP_MAX_MAILS * 4)
        try:
            settled = stored and mailbox.settle([(one.uidvalidity, one.uid) for one in stored])
        except NotAllowed as error:
            self._alert(f"{MOVING}.{mailbox.name}", str(error))
            return
        if settled:
            with self._desk.step() as tx:
                tx.mails.set_columns([one.id for one in stored], settled=True)


def _proved_by_session(submission: Submission) -> Submission:
    """A request that an enterprise handed in at the portal for itself, logged in there."""
    message = replace(
        submission.message, authentication=AuthResult.PASS, authenticated_by=PROVED_BY
    )
    return replace(submission, message=message)


def _over_limit(submission: Submission, record: MailRecord) -> Submission:
    """A mail over the size limit, of which only the headers were fetched:
    the sender is notified that it is too large."""
    whole = Attachment("整封邮件", AttachmentKind.PDF, record.size_bytes, record.sha256)
    documents = replace(submission.documents, unopened={whole.name: Unopened.TOO_LARGE})
    return replace(
        submission, message=replace(submission.message, attachments=(whole,)), documents=documents
    )


def _batches(waiting: Sequence[Due]) -> Iterator[list[Due]]:
    """Mails that are judged together, in their order. A batch ends behind a stranger's mail that
    others follow: a round may end there.
    """
    batch: list[Due] = []
    for mail, following in zip_longest(waiting, waiting[1:]):
        batch.append(mail)
        stranger_had_its_place = mail.by_stranger and following and not following.by_stranger
        if stranger_had_its_place or len(batch) == JUDGED_TOGETHER or not following:
            yield batch
            batch = []


def _groups(mails: Iterable[NewMail]) -> Iterator[list[NewMail]]:
    """Mails in groups that are committed together, bounded in number and bytes."""
    group: list[NewMail] = []
    for mail in mails:
        group.append(mail)
        if len(group) >= GROUP_MAX_MAILS or sum(len(m.raw) for m in group) >= GROUP_MAX_BYTES:
            yield group
            group = []
    if group:
        yield group
