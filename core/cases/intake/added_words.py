"""What a mail adds beside its text: the lines of its quote, and the subject, that neither our
letters nor the sender's earlier mails have. People answer between the lines of a letter.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from core.cases.intake.denials import disputes
from core.data.letter import LINK_PLACE, STATUS_PLACE, Letter
from core.data.mail_record import MailRecord
from core.data.submission import REPLY_MARKS, Message
from core.store.store import Transaction

MOST_QUOTED = 20
"""So many letters, and so many earlier mails of a case, are looked for in a quote."""
MOST_CHARACTERS = 20_000
"""Of a quote, and of the earlier mails together, no more is read."""
MOST_ADDED = 50
"""So many new lines are told; more make no difference."""
NOT_READ = "引用内容过长，未全部读取"
"""A line in place of the rest of a quote."""

_ADDRESS = re.compile(r"https?://[!-~]+")
_SHOWN_ADDRESS = re.compile(r"<(?:mailto|tel|https?):[^>\n]{1,500}>", re.IGNORECASE)
_WROTE = re.compile(r"(?:写道|寫道|wrote)[:：]?$", re.IGNORECASE)
_DATE_OR_ADDRESS = re.compile(r"[\d@]")
_FIELD = re.compile(
    r"\W*(发件人|寄件[人者]|发送时间|发送日期|日期|时间|收件[人者]|抄送至?|主[题旨]"
    r"|from|sent|date|to|cc|subject)[*_|]*(?:[:：|].*|.*[\d@].*|【.*)?",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\W*(?:回复的|转发的?)?(?:原始?(?:邮件|信息)|邮件(?:信息)?|(?:original|forwarded)message)\W*",
    re.IGNORECASE,
)


def added_words(
    tx: Transaction, message: Message, record: MailRecord, answered: Letter | None
) -> list[str]:
    """The new lines without white space, the subject first, then the longest. `answered`: our
    letter that the mail answers.

    Each word that was written before may stand in the quote once: typed again beside it, it is new.
    """
    letters = _letters(tx, record, answered)
    subject = REPLY_MARKS.sub("", _squeezed(message.subject))
    quote = _SHOWN_ADDRESS.sub("", _without_links(message.quoted_text[:MOST_CHARACTERS]))
    known = "".join(letters)
    quote = _ADDRESS.sub(lambda found: found[0] if found[0] in known else "", quote)
    lines = _without_introductions([_squeezed(line).strip(">＞|·") for line in quote.splitlines()])
    lines = [subject, *sorted(lines, key=len, reverse=True)]
    added = min((_beyond(letter, lines) for letter in letters), key=len)
    if added:
        added = _beyond(_earlier_mails(tx, record, answered), added)
    return [*added, NOT_READ] if len(message.quoted_text) > MOST_CHARACTERS else added


def _squeezed(text: str) -> str:
    return "".join(text.replace("\ufeff", "").split())


def _without_links(text: str) -> str:
    """The link of a letter is put in when it is sent, and is not known."""
    return text.replace(LINK_PLACE, "").replace(STATUS_PLACE, "")


def _without_introductions(lines: list[str]) -> list[str]:
    """Without what a mail program sets above a quote: 某人于某日写道, which may take two lines, and
    heads."""
    found: list[str] = []
    for line in lines:
        if not _WROTE.search(line):
            found.append(line)
        elif not _DATE_OR_ADDRESS.search(line):
            is_second = bool(found) and _DATE_OR_ADDRESS.search(found[-1])
            found = found[:-1] if is_second else [*found, line]
    groups = groupby(found, _may_be_of_head)
    return [line for its, group in groups for line in (_words_among(group) if its else group)]


def _may_be_of_head(line: str) -> bool:
    return not line or bool(_FIELD.fullmatch(line) or _RULE.fullmatch(line))


def _words_among(group: Iterable[str]) -> list[str]:
    """What of lines that may be a head is none: a head has several fields, each once. 发件人 on
    one line with 我们不认识此人 stands alone in the quote."""
    words, seen = list[str](), set[str]()
    lines = [line for line in group if line]
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:  # a rule: another head may begin
            seen.clear()
        elif len(lines) == 1 or field[1].lower() in seen or disputes(line):
            words.append(line)
        else:
            seen.add(field[1].lower())
    return words


def _beyond(known: str, lines: list[str]) -> list[str]:
    """Those of the lines that the text does not have, or not so often; the first MOST_ADDED."""
    added: list[str] = []
    for line in filter(None, lines):
        if line in known:
            known = known.replace(line, "\n", 1)
        else:
            added.append(line)
        if len(added) == MOST_ADDED:
            break
    return added


def _letters(tx: Transaction, record: MailRecord, answered: Letter | None) -> list[str]:
    """The letters that the mail may quote: the one that it answers, those to its sender, or none.
    It is compared with each alone: 异议 between the lines of one notice stands in the next."""
    letters = tx.letters.newest(recipient=record.sender, limit=MOST_QUOTED)
    unique = {one.id: one.rendered for one in (*letters, *([answered] if answered else ()))}
    shown = (f"{one.subject}\n{one.text}" for one in unique.values())
    return [*map(_squeezed, map(_without_links, shown)), ""]


def _earlier_mails(tx: Transaction, record: MailRecord, answered: Letter | None) -> str:
    """The words of the sender's earlier mails of that case, proved like this one, the newest
    first."""
    if answered is None or answered.case_id is None:
        return ""
    words = ""
    for earlier in reversed(tx.mails.of_case(answered.case_id, limit=MOST_QUOTED)):
        is_own = earlier.sender == record.sender and (earlier.proved or not record.proved)
        reading = tx.mails.reading(earlier.id) if is_own else None
        if reading:
            words += f"\n{reading.message.subject}\n{reading.message.new_text}"[:MOST_CHARACTERS]
        if len(words) >= MOST_CHARACTERS:
            break
    return _squeezed(words)
