"""Which mails become cases, and which are answered by a rejection: the real intake over a folder.

`python -m bench.talk FOLDER` reads every .eml file of the folder with the page reader and an empty
desk. `truth.json` in the folder gives each file's truth, alone or as {"truth": …, "kind": …}:
"none" for a mail that asks for nothing, "request" for one that does, and any other word for a class
of its own. Without it, all are "none".
`python -m bench.talk` builds 300 requests instead: the texts of tests/request_text with the sample
papers, papers without words, files that cannot be read, photos, and replies in a case's thread.
`--list` prints each mail that got another end than its truth.
"""

import contextlib
import functools
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated

import typer

from bench.databases import make_desk
from bench.program import run
from core.cases.desk import CaseSettings, Desk
from core.data.letter import LetterKind
from core.data.mail_record import Disposition, NewMail
from mail_intake.intake import Intake
from mail_intake.message.opening import sender_from_header
from papers.paper_reading import DocumentReader, DocumentSettings, Reading
from tests.drawing.sample_mails import locked, papers, picture
from tests.request_text.example_files import Example, load

OURS = "support@example.org"
REQUESTS, REPLIES, SEED = 300, 12, 20261130
ARRIVED = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
NOT_A_REQUEST, REQUEST = "none", "request"
ENDS = (Disposition.CASE, Disposition.CONVERSATION, Disposition.UNPROVED)
"""A reply in a case's thread is kept there, be it for a person to verify."""
UNLIMITED = CaseSettings(letters_per_hour=10**6, unproved_letters_per_hour=10**6)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the bench. `answers`: it answers the letter that the mail before it got."""

    name: str
    truth: str
    raw: bytes
    kind: str = ""
    answers: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The result for a mail, and whether a rejection answers it."""

    mail: Mail
    disposition: Disposition
    rejected: bool
    unread: bool
    note: str

    @property
    def right(self) -> bool:
        return (self.disposition in ENDS) == (self.mail.truth == REQUEST)


class EachFileOnce:
    """Reads a group of files that came before from memory."""

    def __init__(self, reader: DocumentReader) -> None:
        self._read = functools.cache(reader.read)

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        return self._read(tuple(files))


def of_folder(folder: Path) -> Iterator[Mail]:
    """The mails of a folder with their truths."""
    file = folder / "truth.json"
    truths = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for path in sorted(folder.glob("*.eml")):
        given = truths.get(path.name, NOT_A_REQUEST)
        given = given if isinstance(given, dict) else {"truth": given}
        yield Mail(path.name, given["truth"], path.read_bytes(), given.get("kind", ""))


def built(
    number: int, subject: str, text: str, files: Mapping[str, bytes], *, html: bool = False
) -> bytes:
    """A mail of one sender of its own."""
    message = EmailMessage()
    message["From"], message["To"] = f"handler{number}@example.com", OURS
    message["Subject"] = subject
    message["Date"] = format_datetime(ARRIVED)
    message.set_content(text, subtype="html" if html else "plain")
    for name, content in files.items():
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return message.as_bytes()


def requests() -> Iterator[Mail]:
    """REQUESTS mails that ask, by the kinds of the list, in turn."""
    whole, half = papers(501), papers(506, "id_front", "id_back")
    photo, secret = picture(504), locked(papers(505, "licence"))
    with_words: Sequence[tuple[str, dict[str, bytes]]] = (
        ("papers", {"解绑材料.pdf": whole}),
        ("no attachment", {}),
        ("half of the papers", {"材料.pdf": half}),
        ("encrypted", {"材料.pdf": secret}),
        ("damaged", {"材料.pdf": whole[: len(whole) // 3]}),
        ("empty file", {"材料.pdf": b""}),
        ("photo", {"微信图片.jpg": photo}),
        ("no PDF", {"材料.pdf": b"PK\x03\x04 nothing"}),
    )
    without_words = (
        ("papers, no words", "", "", {"扫描件.pdf": whole}),
        ("papers, a greeting", "材料", "老师您好，材料见附件，请查收，谢谢！", {"1.pdf": half}),
        ("encrypted, named by its file", "", "", {"CA锁解绑申请.pdf": secret}),
        ("damaged, the subject asks", "CA锁解绑", "", {"材料.pdf": whole[:900]}),
        ("empty file, the subject asks", "申请解绑ca锁", "见附件", {"材料.pdf": b""}),
        ("photo, the subject asks", "解绑", "", {"IMG_0001.jpg": photo}),
    )
    examples = random.Random(SEED).sample(asking(), REQUESTS)
    for number in range(REQUESTS):
        if number % 3 == 2:
            kind, subject, text, files = without_words[number // 3 % len(without_words)]
        else:
            kind, files = with_words[number % len(with_words)]
            subject, text = examples[number].subject, examples[number].text
        html = examples[number].kind == "html"
        raw = built(number, subject, text, files, html=html)
        yield Mail(f"{number:03}", REQUEST, raw, kind)
        if number % REPLIES == 0:
            content = (whole, secret, whole[:900], photo)[number // REPLIES % 4]
            raw = built(number, "Re: 补件", "", {"补件": content})
            yield Mail(f"{number:03} reply", REQUEST, raw, "reply in a case's thread", answers=True)


def asking() -> list[Example]:
    """The examples that are requests by their truth."""
    files = ("everyday", "fresh", "unseen", "wordings", "kinds")
    return [
        example
        for file in files
        for group in load(file)[1]
        for example in group.examples
        if "yes" in example.truth.get("unbind", ()) + example.truth.get("reset", ())
    ]


def ends(desk: Desk, intake: Intake, mails: Iterable[Mail]) -> Iterator[End]:
    """Each mail through the intake, one after the other."""
    thread = b""
    for number, mail in enumerate(mails, 1):
        raw = thread + mail.raw if mail.answers else mail.raw
        arrived, sender = ARRIVED + timedelta(seconds=number), sender_from_header(raw)
        new = NewMail("bench", 1, number, arrived, len(raw), raw, sender=sender)
        with desk.store.transaction() as tx:
            mail_id = tx.mails.add(new)
        assert mail_id is not None, "its number is new"
        intake.judge(mail_id)
        with desk.store.view() as tx:
            record, letters = tx.mails.get(mail_id), tx.letters.newest(mail_id=mail_id)
        thread = b"".join(b"In-Reply-To: %b\n" % one.message_id.encode() for one in letters)
        rejected = any(letter.kind is LetterKind.RETURNED for letter in letters)
        yield End(mail, record.disposition, rejected, record.unread, record.note)


def report(found: Sequence[End], *, listed: bool) -> None:
    """The counts by truth, and the ends that were not as they should be."""
    for truth in sorted({end.mail.truth for end in found}):
        group = [end for end in found if end.mail.truth == truth]
        count, total = Counter(str(end.disposition) for end in group), len(group)
        rejected, unread = sum(end.rejected for end in group), sum(end.unread for end in group)
        print(
            f"{truth}: {total} mails   answered by a rejection {rejected} ({rejected / total:.1%})"
            f"   {dict(count)}   to be read by a person {unread}"
        )
    wrong = [end for end in found if end.mail.truth in (NOT_A_REQUEST, REQUEST) and not end.right]
    kinds = Counter(f"{end.mail.truth} {end.mail.kind}: {end.disposition}" for end in wrong)
    for kind, times in kinds.most_common():
        print(f"  {times:4} {kind}")
    for end in wrong if listed else ():
        print(f"  {end.mail.truth}: {end.disposition} {end.mail.name} {end.note}")


def main(
    folder: Annotated[Path | None, typer.Argument()] = None,
    *,
    listed: Annotated[bool, typer.Option("--list")] = False,
) -> None:
    mails = of_folder(folder) if folder else requests()
    with (
        tempfile.TemporaryDirectory() as home,
        contextlib.closing(DocumentReader(DocumentSettings())) as reader,
    ):
        desk = make_desk(Path(home), UNLIMITED)
        intake = Intake(desk, EachFileOnce(reader), ())
        report(list(ends(desk, intake, mails)), listed=listed)


if __name__ == "__main__":
    run(main)
