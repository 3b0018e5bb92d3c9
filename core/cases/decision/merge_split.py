"""Two open cases of one enterprise become one; a case that speaks for two enterprises becomes two.

Mails and papers move as they came, each with its own proof of its sender; then the rules judge
again, and no approval, confirmation or chosen account of before remains. Evidence of somebody else
never joins a case that the registered contact or a known sender vouches for: such a case may only
be merged into the other, for which nobody vouches (`Case.joined`).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from core.cases.decision.answering import MOST_NOTES
from core.cases.decision.seen_case import on_seen_case, require_state, seen_case
from core.cases.desk import DeskStep
from core.cases.intake.hand_in import take_for_another
from core.cases.intake.merge import changes, merge
from core.cases.intake.related_case import MOST_NUMBERS, NUMBER
from core.cases.intake.request_case import judge_again, open_case, submission_of
from core.cases.intake.unread import clear_alerts
from core.cases.letters.outbox import cancel_waiting
from core.cases.requester import Requester, requester_of
from core.data.case import ASIDE, OPEN, Case, Step, advance
from core.data.letter import LetterKind
from core.data.mail_record import Disposition, MailRecord, NewMail
from core.data.submission import Submission
from core.enterprise_names import fold_name
from core.errors import NotAllowed
from core.store.store import Transaction

_NAMES = ("enterprise_id", "uscc", "enterprise_name")
"""The fields of a case that name its enterprise."""
SPLIT_BOX = "split"
"""The box of a mail's copy. No mailbox can have this name (core.cases.intake.hand_in)."""
Pages = Mapping[int, Collection[int]]
"""Pages by the id of their mail, each by its place; none names a mail without pages as a whole."""


@on_seen_case
def merge_cases(tx: DeskStep, case: Case, actor: str, other_id: int, other_version: int) -> Case:
    """Merge the other case into this one; returns this one. Raises Conflict, NotAllowed."""
    other = seen_case(tx, other_id, other_version)
    same = _require_mergeable(tx, case, other)
    earlier, later = submission_of(tx, case), submission_of(tx, other)
    contradictions = changes(earlier, later) if earlier and later else ()
    reason = f"已并入工单 {case.number}。"
    ended = advance(other, Step.MERGE, tx.now, merged_into=case.id, reason=reason, approved_by="")
    tx.write_case(actor, "case.merged", ended, number=case.number)
    cancel_waiting(tx, other, reason)
    for mail in tx.mails.of_case(other.id, limit=None):
        tx.mails.save(replace(mail, case_id=case.id))
    for letter in tx.letters.newest(case_id=other.id):
        # the first notice of a sender's request is the one that counts
        if not (same and letter.kind is LetterKind.CONTACT_NOTICE):
            tx.letters.save(replace(letter, case_id=case.id))
    clear_alerts(tx, other)
    joined = _joined(case, other)
    case = judge_again(tx, joined, actor, contradictions, told=case if same else None)
    if other.state in ASIDE:
        case = advance(case, Step.HOLD, tx.now, reason=f"{case.reason} {other.reason}".strip())
        tx.cases.save(case)
    tx.audit.write(actor, "case.joined", case, number=other.number)
    return case


@on_seen_case
def split_case(tx: DeskStep, case: Case, actor: str, leaving: Pages, staying: Pages) -> Case:
    """Open a case of its own for the pages that leave; returns it. `staying`: those that leave and
    stay as well, as a handler's card does for two enterprises. Raises Conflict, NotAllowed.
    """
    require_state(case, OPEN, "拆分")
    take_for_another(tx, case)
    moved = [
        _parted(tx, record, leaving[record.id], staying.get(record.id, ()))
        for record in tx.mails.of_case(case.id, Disposition.CASE, limit=None)
        if record.id in leaving
    ]
    left = tx.mails.of_case(case.id, Disposition.CASE, limit=None)
    if not moved or not left:
        raise NotAllowed("请选择分出的页面，并为原工单至少留下一页。")
    senders = [mail.sender for mail in left]
    sender = case.sender if case.sender in senders else senders[0]
    joined = tuple(one for one in case.joined if one in senders and one != sender)
    unnamed: dict[str, Any] = dict.fromkeys(("enterprise_name", "uscc", "enterprise_id"))
    told = case if sender == case.sender else None
    case = replace(case, sender=sender, joined=joined, account_chosen_by="", **unnamed)
    case = judge_again(tx, case, actor, told=told)
    first, others = moved[0][0], {record.sender for record, _ in moved[1:]}
    opened = open_case(tx, first, merge([reading for _, reading in moved]))
    for record, _ in moved:
        tx.mails.save(replace(tx.mails.get(record.id), case_id=opened.id))
    if strangers := others - {first.sender}:
        opened = replace(opened, joined=tuple(sorted(strangers)), version=opened.version + 1)
        tx.cases.save(opened)
    tx.audit.write(actor, "case.split", case, number=opened.number)
    return opened


def named_by(tx: DeskStep, case: Case) -> list[Case]:
    """The open cases whose numbers are in the words of this one's sender, and of which it names no
    other enterprise: papers that somebody sends for them from another address. A person decides
    whether it is so.
    """
    read = submission_of(tx, case)
    words = f"{read.message.subject}\n{read.message.new_text}" if read else ""
    numbers = list(dict.fromkeys(NUMBER.findall(words)))[:MOST_NUMBERS]
    found = [tx.cases.current(one) for one in tx.cases.newest(number=numbers)]
    return [
        one
        for one in found
        if one.state in OPEN and one.id != case.id and False not in _agreement(case, one, *_NAMES)
    ]


def _agreement(case: Case, other: Case, *names: str) -> set[bool]:
    """Whether they agree in each of these that both name."""
    pairs = [(getattr(case, name), getattr(other, name)) for name in names]
    return {fold_name(str(own)) == fold_name(str(its)) for own, its in pairs if own and its}


def _require_mergeable(tx: DeskStep, case: Case, other: Case) -> bool:
    """Whether the same sender sent both. Raises NotAllowed."""
    for one in (case, other):
        require_state(one, OPEN, "合并")
    is_same = (
        case.id != other.id
        and True in _agreement(case, other, *_NAMES)
        and False not in _agreement(case, other, "enterprise_id", "uscc")
    )
    both = {case.id, other.id}
    if not (is_same or both & {one.id for its in (case, other) for one in named_by(tx, its)}):
        raise NotAllowed(f"工单 {case.number} 与 {other.number} 不是同一企业的申请，不能合并。")
    mails = tx.mails.summaries([case, other])
    own, its = mails[case.id], mails[other.id]
    enterprise = tx.accounts.optional(case.enterprise_id)
    vouched = enterprise and requester_of(tx, case, enterprise, own) != Requester.STRANGER
    if vouched and (other.sender != case.sender or its.unproved or other.joined):
        raise NotAllowed(
            f"工单 {case.number} 的发件人已经证实，不能并入他人的或未经证实的材料。"
            f"可以反过来，将其并入工单 {other.number}；合并后须与企业核实。"
        )
    return case.senders >= other.senders and bool(own.unproved) == bool(its.unproved)


def _joined(case: Case, other: Case) -> Case:
    """The case with what a person wrote to the other, and with its senders."""
    notes = sorted((*case.notes, *other.notes), key=lambda note: note.at)
    return replace(
        case.joined_by(*other.senders),
        notes=tuple(notes[-MOST_NOTES:]),
        objected_at=case.objected_at or other.objected_at,
    )


def _parted(
    tx: Transaction, record: MailRecord, leaving: Collection[int], staying: Collection[int]
) -> tuple[MailRecord, Submission]:
    """The mail of the pages that leave, of no case yet, and what it contains: the mail itself where
    nothing stays, else a copy of it, without the Message-ID by which answers find the first case.
    """
    reading = tx.mails.reading(record.id)
    places = range(len(reading.documents.pages)) if reading else range(0)
    stay = {place for place in places if place not in leaving or place in staying}
    if reading is None or not set(leaving) <= set(places) or (places and not leaving):
        raise NotAllowed(f"邮件 {record.id} 没有所选的页面。")
    if not stay:
        tx.mails.save(replace(record, case_id=None))
        return record, reading
    taken, left = _with_pages(reading, leaving, stay), _with_pages(reading, stay, leaving)
    uid, raw = tx.mails.last_uid(SPLIT_BOX, record.id) + 1, tx.mails.raw(record.id)
    box = (SPLIT_BOX, record.id, uid)
    copy_id = tx.mails.add(NewMail(*box, record.arrived, len(raw), raw, sender=record.sender))
    assert copy_id is not None, "its number is new"
    copy = replace(
        tx.mails.get(copy_id),
        disposition=Disposition.CASE,
        sender=record.sender,
        subject=record.subject,
        authentication=record.authentication,
        settled=True,
        note=f"分自邮件 {record.id}",
    )
    for one, its in ((record, left), (copy, taken)):
        tx.mails.save(one, its)
        tx.images.assign(one.id, _pictures(its))
    return replace(copy, message_id=record.message_id), taken


def _with_pages(
    reading: Submission, places: Collection[int], others: Collection[int]
) -> Submission:
    """What was read of these pages, for the enterprise that their licences name. `others`: the
    pages of the other case. A file without pages counts for both.
    """
    documents, request = reading.documents, reading.request
    own = {documents.pages[place].spot for place in places}
    theirs = {documents.pages[place].spot for place in others}
    gone = {name for name, _ in theirs} - {name for name, _ in own}
    licences = documents.licences
    named, foreign = (
        {fold_name(one.fields.get("enterprise_name", "")) for one in licences if one.spot in shown}
        for shown in (own, theirs)
    )
    names = request.enterprise_names
    mine = [one for one in names if fold_name(one) in named]
    mine = mine or [one for one in names if fold_name(one) not in foreign]
    files = [one for one in reading.message.attachments if one.name not in gone]
    return Submission(
        replace(reading.message, attachments=tuple(files)),
        replace(request, enterprise_names=tuple(mine)),
        replace(
            documents.only(lambda one: one.spot in own),
            signatures=tuple(one for one in documents.signatures if one.attachment not in gone),
        ),
    )


def _pictures(reading: Submission) -> set[str]:
    documents = reading.documents
    pages = {sha for one in documents.pages for sha in (one.image_sha256, one.covered_sha256)}
    seals = {sha for one in documents.seals for sha in (one.crop_sha256, one.unrolled_sha256)}
    return pages | seals | {one.crop_sha256 for one in documents.parts}
