"""The words of mails and of letters that a person wrote, for the search (web.common.word_index).

Each write gets a new id, so that whoever read up to an id reads only what is new behind it. Words
that were removed leave an empty row, which removes them from the memory of a search, too. ID
numbers are hidden: a search must not disclose one digit by digit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import normalize

from core.data.mail_record import MailRecord
from core.data.submission import Submission
from core.masking import hide_numbers
from core.store.repositories.store_context import Rows
from core.store.repositories.store_rows import Records
from core.store.tables.case_tables import search_words

FIELDS = "\n"
"""Between the fields of a text; no search matches across it."""
MOST_CHARACTERS = 2000
_OF_NUMBERS = "0123456789０１２３４５６７８９ -"


@dataclass(frozen=True)
class SearchText:
    """The folded words of a mail or of a letter; "" where they were removed."""

    id: int
    text: str
    mail_id: int | None = None
    letter_id: int | None = None


def folded(text: str) -> str:
    """The text for comparing: width, case and spaces make no difference."""
    return "".join(normalize("NFKC", text).casefold().split())


def _bounded(text: str) -> str:
    """The beginning of a text, its ID numbers hidden, and no part of one where it is cut."""
    hidden = hide_numbers(text[:MOST_CHARACTERS])
    return hidden if len(text) <= MOST_CHARACTERS else hidden.rstrip(_OF_NUMBERS)


class WordRows(Records[SearchText]):
    """The words of a search in a transaction."""

    table = search_words


def write_words(rows: Rows, fields: Iterable[str], **owner: int) -> None:
    """Replace the words of a mail or letter (`mail_id`, `letter_id`); no fields remove them."""
    words = WordRows(rows.context)
    words.remove(**owner)
    parts = (folded(_bounded(field)) for field in fields)
    text = FIELDS.join(parts)[:MOST_CHARACTERS]
    words.insert_numbered(SearchText(0, text.encode("utf-8", "replace").decode(), **owner))


def searched(record: MailRecord, reading: Submission) -> Iterator[str]:
    """The words by which a mail is found; the desk reads no more of it."""
    message = reading.message
    yield from (record.sender, message.sender_name, record.subject)
    yield from (attachment.name for attachment in message.attachments)
    yield message.new_text
