"""A person answers a mail from the desk, or forwards it to a colleague: through the outbox, in
words of the person's own.

The letter is shown before it is sent and waits `undo_s` seconds, in which it can be taken back; it
is the answer of a person, so that it goes where no automatic letter may (RULES.md section 3). It
goes to the mail's own sender, in its thread and under its subject, and holds the link of the case
only where that is the case's sender. Each address of a copy gets a letter of its own, without that
link. A forwarded mail hides ID numbers and has no file. One form is one letter to each, however
often it is sent.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from core.accounts.enterprises.administration import require_reason
from core.cases.desk import Desk, DeskStep, one_step
from core.cases.intake.unread import clear_alerts
from core.cases.letters.outbox import rendered, write_letter
from core.clock import A_DAY, moment
from core.data.case import Case
from core.data.contact import is_address
from core.data.letter import (
    BY_PERSON,
    LetterFacts,
    LetterFile,
    LetterKind,
    Rendered,
)
from core.data.mail_record import Disposition, MailRecord
from core.errors import NotAllowed
from core.masking import hide_numbers

MOST_LINES = 20
LONGEST_LINE = 400
MOST_COPIED_LINES = 200
MOST_COPIES = 3
TO_FILL = "____"
"""In the place of a blank of a ready text that nothing is known for."""
MOST_FILES = 5
MOST_FILE_BYTES = 10 * 2**20
_UNANSWERED = frozenset({Disposition.IGNORED, Disposition.RECEIVED, Disposition.QUARANTINED})
_REPLIED = re.compile(r"^(?:\s*(?:re|fwd?|回复|答复|转发)\s*[:：])+\s*", re.IGNORECASE)
MOST_A_DAY = 10
"""Answers to one address in a day, whoever writes them:
more are a slip, or somebody who is better called."""


@dataclass(frozen=True)
class Enclosed:
    """Addresses that get a copy of an answer, and the files that go with it to its recipient."""

    copies: tuple[str, ...] = ()
    files: tuple[LetterFile, ...] = ()

    def require_bounded(self) -> None:
        """Raise NotAllowed for too many or too large ones, and for what is no address."""
        wrong = [one for one in self.copies if not is_address(one)]
        if wrong or len(self.copies) > MOST_COPIES:
            raise NotAllowed(f"抄送最多 {MOST_COPIES} 个邮箱，用逗号隔开。请核对：{self.copies}")
        size = sum(len(file.content) for file in self.files)
        if len(self.files) > MOST_FILES or size > MOST_FILE_BYTES:
            most = f"{MOST_FILES} 个、共 {MOST_FILE_BYTES >> 20} MB"
            raise NotAllowed(f"附件最多 {most}，请减少后再发。")


def draft(desk: Desk, mail_id: int, words: str, enclosed: Enclosed = Enclosed()) -> Rendered:
    """The letter as it would go, which nothing is changed by. Raises as `send`, LookupError."""
    with desk.view() as tx:
        record, case, with_status = _answered(tx, mail_id)
        facts = _facts(record, case, words, enclosed)
        return rendered(desk, LetterKind.ANSWER, facts, case if with_status else None)


@one_step
def send(
    tx: DeskStep,
    mail_id: int,
    actor: str,
    words: str,
    once: str,
    enclosed: Enclosed = Enclosed(),
) -> int:
    """Write the answer into the outbox, and mark the mail as read. `once`: the form's own token.

    Raises NotAllowed, LookupError.
    """
    record, case, with_status = _answered(tx, mail_id)
    writing = _Writing(tx, record, case, once)
    facts = _facts(record, case, words, enclosed)
    answer = writing.write(LetterKind.ANSWER, facts, record.sender, with_status)
    if answer is None:
        return writing.known(record.sender)
    tx.letters.add_files(answer, enclosed.files)
    for address in enclosed.copies:
        writing.write(LetterKind.ANSWER, replace(facts, enclosed=()), address)
    if record.unread and record.disposition is not Disposition.UNPROVED:
        tx.mails.save(replace(record, unread=False))
    tx.audit.write(actor, "mail.answered", case, mail=mail_id, letter=answer)
    if case:
        clear_alerts(tx, case)
    return answer


@one_step
def forward(
    tx: DeskStep, mail_id: int, actor: str, addresses: Collection[str], words: str, once: str
) -> None:
    """Write the words of a mail to colleagues. Raises NotAllowed, LookupError."""
    record = tx.mails.get(mail_id)
    reading = tx.mails.reading(mail_id)
    if reading is None or not addresses:
        raise NotAllowed("请选择同事；已删除或未能读取的邮件不能转发。")
    case = tx.cases.optional(record.case_id)
    head = (f"发件人：{record.sender or '不明'}", f"到达：{moment(record.arrived)}")
    text = hide_numbers(reading.message.new_text).splitlines()
    lines = [line.strip() for line in text if line.strip()][:MOST_COPIED_LINES]
    facts = LetterFacts(
        case_number=case.number if case else "",
        subject=hide_numbers(record.subject),
        reason="\n".join(_lines(words)),
        copied=(*head, *lines),
    )
    writing = _Writing(tx, record, case, once)
    for address in addresses:
        letter_id = writing.write(LetterKind.FORWARD, facts, address)
        tx.audit.write(actor, "mail.forwarded", case, mail=mail_id, letter=str(letter_id))


@one_step
def take_back(tx: DeskStep, letter_id: int, actor: str) -> None:
    """Take an answer back while it waits. Raises NotAllowed afterwards, LookupError."""
    letter = tx.letters.get(letter_id)
    if letter.kind not in BY_PERSON:
        raise LookupError(f"答复 {letter_id} 不存在。")
    until = letter.next_try_at if letter.is_untried else None
    if until is None or tx.now >= until:
        raise NotAllowed("已过可撤销的时间，答复已经或即将发出。")
    tx.letters.save(letter.cancelled("已由办理人撤销"))
    case = tx.cases.optional(letter.case_id)
    tx.audit.write(actor, "mail.answer_undone", case, letter=letter_id)


@dataclass(frozen=True)
class _Writing:
    """The letters that one form writes about a mail."""

    tx: DeskStep
    record: MailRecord
    case: Case | None
    once: str

    def write(
        self, kind: LetterKind, facts: LetterFacts, address: str, with_status: bool = False
    ) -> int | None:
        """One letter; None where this form wrote it before. Raises NotAllowed for too many."""
        if self.known(address):
            return None
        written = self.tx.letters.count_since(self.tx.now - A_DAY, [kind], MOST_A_DAY, address)
        if written >= MOST_A_DAY:
            raise NotAllowed(
                f"一天内已向 {address} 发出 {MOST_A_DAY} 封，未再发送。请改用电话联系。"
            )
        return write_letter(
            self.tx,
            kind,
            facts,
            address,
            case=self.case,
            reply_to=self.record,
            not_before=self.tx.now + timedelta(seconds=self.tx.settings.undo_s),
            with_status=with_status,
            message_id=self._own_id(address),
        )

    def known(self, address: str) -> int:
        """The id of the letter that this form wrote to an address, or 0."""
        own_id = f"<{self._own_id(address)}@{self.tx.settings.own_domain}>"
        letter = self.tx.letters.by_message_id([own_id])
        return letter.id if letter else 0

    def _own_id(self, address: str) -> str:
        whole = f"{self.record.id} {self.once} {address}"
        return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _answered(tx: DeskStep, mail_id: int) -> tuple[MailRecord, Case | None, bool]:
    """The mail, its case, and whether the recipient may have the link of the case."""
    record = tx.mails.get(mail_id)
    if not record.sender or record.disposition in _UNANSWERED or record.purged_at:
        raise NotAllowed("这封邮件没有可以答复的发件人，或不能答复。")
    case = tx.cases.optional(record.case_id)
    return record, case, case is not None and case.sender == record.sender


def _facts(record: MailRecord, case: Case | None, words: str, enclosed: Enclosed) -> LetterFacts:
    """The content of the letter. The subject of a mail whose sender is not proved is not repeated:
    the answer may go to whom it forged. Raises NotAllowed for no words, or too many.
    """
    require_reason(words)
    enclosed.require_bounded()
    subject = _REPLIED.sub("", hide_numbers(record.subject)).strip()
    return LetterFacts(
        case_number=case.number if case else "",
        reason="\n".join(_lines(words)),
        subject=subject if record.proved else "",
        enclosed=tuple(file.name for file in enclosed.files),
        copies=enclosed.copies,
    )


def _lines(words: str) -> list[str]:
    if TO_FILL in words:
        raise NotAllowed(f"文中还有没有填写的空白 {TO_FILL}，请填写或删去。")
    lines = [line.strip() for line in words.strip().splitlines() if line.strip()]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise NotAllowed(f"答复最多 {MOST_LINES} 行、每行 {LONGEST_LINE} 字，请缩短。")
    return lines
