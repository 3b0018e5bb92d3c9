"""The honest side: enterprises, each with one request of its own from a sender of its own,
and the answer that it must get.

Papers are one page each (ID card, licence, seal), drawn by the generator before the clock starts
and kept in var/bench, since drawing takes longer than reading. Half of the senders are the
registered contact, half a handler with another address, so that contacts are notified too.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from core.data.letter import LetterKind
from tests.drawing.generate import PARTS, Enterprise, Person, request_pdf
from tests.drawing.people import invent_enterprise, invent_person

DESK: Final = "support@example.org"
FIRST_SEED: Final = 31_000
KEPT: Final = Path(__file__).parents[2] / "var" / "bench" / "papers"


@dataclass(frozen=True, slots=True)
class Sort:
    """One way of asking, and what must come of it: `codes` of the reject findings,
    none where the request is complete."""

    parts: Sequence[str] = PARTS
    sealed: bool = True
    says_reset: bool = True
    codes: frozenset[str] = frozenset()

    @property
    def letter(self) -> LetterKind:
        return LetterKind.RETURNED if self.codes else LetterKind.RECEIVED


COMPLETE: Final = Sort()
SORTS: Final = (
    COMPLETE,
    COMPLETE,
    Sort(parts=("id_front", "id_back"), codes=frozenset({"document.licence.missing"})),
    COMPLETE,
    Sort(parts=(), codes=frozenset({"attachment.none"})),
    COMPLETE,
    Sort(says_reset=False, codes=frozenset({"request.reset_password.missing"})),
    COMPLETE,
    Sort(sealed=False, codes=frozenset({"document.seal.missing"})),
    COMPLETE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One honest mail. `contact`: the registered contact of its enterprise."""

    number: int
    enterprise: Enterprise
    sort: Sort
    sender: str
    contact: str
    raw: bytes

    @property
    def message_id(self) -> str:
        return f"<honest{self.number}@firm{self.number}.example>"


def enterprise_of(number: int) -> Enterprise:
    """Of a name that no other one has: invented names repeat now and then."""
    found = replace(invent_enterprise(FIRST_SEED + number), valid_until="long-term")
    return (
        replace(found, name=f"{found.name.removesuffix('有限公司')}{_in_words(number)}有限公司")
        if found.name.endswith("有限公司")
        else found
    )


def _in_words(number: int) -> str:
    return "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in f"{number:03d}")


def person_of(number: int) -> Person:
    return replace(invent_person(FIRST_SEED + number), valid_until="long-term")


def papers(number: int) -> Path:
    """The file of a request's papers, drawn if it was not kept."""
    sort = SORTS[number % len(SORTS)]
    path = KEPT / f"{FIRST_SEED + number}.pdf"
    if not path.exists():
        pdf = request_pdf(
            enterprise_of(number),
            person_of(number),
            parts=sort.parts or PARTS,
            sealed=sort.sealed,
            one_page=True,
            seed=FIRST_SEED + number,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = path.with_suffix(".new")
        drawn.write_bytes(pdf)
        drawn.replace(path)
    return path


def requests(numbers: range) -> list[Request]:
    """The requests of these numbers; any papers that are missing are drawn by two processes."""
    with_papers = [number for number in numbers if SORTS[number % len(SORTS)].parts]
    with ProcessPoolExecutor(2) as drawing:
        list(drawing.map(papers, with_papers))
    return [_request(number) for number in numbers]


def _request(number: int) -> Request:
    enterprise, person, sort = enterprise_of(number), person_of(number), SORTS[number % len(SORTS)]
    contact = f"contact@firm{number}.example"
    sender = contact if number % 2 else f"handler@firm{number}.example"
    request = Request(number, enterprise, sort, sender, contact, b"")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        sender,
        DESK,
        "CA锁解绑申请",
        request.message_id,
    )
    reset = "是否需要重置注册密码：否\n" if sort.says_reset else ""
    mail.set_content(
        f"您好：\n企业名称：{enterprise.name}\n是否解绑：是\n{reset}经办人：{person.name}\n"
    )
    if sort.parts:
        mail.add_attachment(
            papers(number).read_bytes(),
            maintype="application",
            subtype="pdf",
            filename="解绑材料.pdf",
        )
    return replace(request, raw=mail.as_bytes())


def register(requests_: Sequence[Request]) -> str:
    """The table that `unbind enterprises import` takes."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(
        ("企业名称", "统一社会信用代码", "联系人", "联系邮箱", "注册日期", "锁序列号", "锁类型")
    )
    rows.writerows(_rows(requests_))
    return out.getvalue()


def _rows(requests_: Sequence[Request]) -> Iterator[tuple[str, ...]]:
    for one in requests_:
        yield (
            one.enterprise.name,
            one.enterprise.uscc,
            person_of(one.number).name,
            one.contact,
            "2023-05-15",
            f"HB{one.number:06d}",
            "北京CA（法人一证通）",
        )
