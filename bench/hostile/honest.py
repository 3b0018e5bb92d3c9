"""The honest side: enterprises, each with one request of its own from a sender of its own,
and the answer that it must get.

Papers are one page each (ID card, licence, seal), drawn by the generator before the clock starts
and kept in var/bench, since drawing takes longer than reading. Half of the senders are the
registered contact, half a handler with another address, so that contacts are notified too.
"""

import csv
import functools
import io
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.drawing.generate import PARTS, Enterprise, Person, request_pdf
from tests.drawing.people import invent_enterprise, invent_person
from tests.flows.walker import request_mail

FIRST_SEED = 31_000
KEPT = Path(__file__).parents[2] / "var" / "bench" / "papers"


@dataclass(frozen=True, slots=True)
class Sort:
    """One way of asking, and what must come of it: `codes` of the reject findings,
    none where the request is complete."""

    parts: Sequence[str] = PARTS
    sealed: bool = True
    says_reset: bool = True
    codes: frozenset[str] = frozenset()


COMPLETE = Sort()
FAULTY = (
    Sort(parts=("id_front", "id_back"), codes=frozenset({"document.licence.missing"})),
    Sort(parts=(), codes=frozenset({"attachment.none"})),
    Sort(says_reset=False, codes=frozenset({"request.reset_password.missing"})),
    Sort(sealed=False, codes=frozenset({"document.seal.missing"})),
)


def sort_of(number: int) -> Sort:
    """Six of ten are complete."""
    return FAULTY[number % 10 // 2 - 1] if number % 10 in {2, 4, 6, 8} else COMPLETE


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


@functools.cache
def enterprise_of(number: int) -> Enterprise:
    """Of a name that no other one has: invented names repeat now and then."""
    found = replace(invent_enterprise(FIRST_SEED + number), valid_until="long-term")
    in_words = "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in f"{number:03d}")
    head = found.name.removesuffix("有限公司")
    return found if head == found.name else replace(found, name=f"{head}{in_words}有限公司")


def person_of(number: int) -> Person:
    """One whose card has no end, so that the requests age well."""
    people = map(invent_person, itertools.count(FIRST_SEED + number, 1000))
    return next(one for one in people if one.valid_until == "long-term")


def papers(number: int) -> Path:
    """The file of a request's papers, drawn if it was not kept."""
    sort, path = sort_of(number), KEPT / f"{FIRST_SEED + number}.pdf"
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
    with ProcessPoolExecutor(2) as drawing:
        list(drawing.map(papers, [number for number in numbers if sort_of(number).parts]))
    return [_request(number) for number in numbers]


def _request(number: int) -> Request:
    enterprise, sort = enterprise_of(number), sort_of(number)
    contact = f"contact@firm{number}.example"
    sender = contact if number % 2 else f"handler@firm{number}.example"
    raw = request_mail(
        sender,
        f"honest{number}@firm{number}.example",
        [papers(number).read_bytes()] if sort.parts else [],
        name=enterprise.name,
        words="" if sort.says_reset else f"企业名称：{enterprise.name}\n是否解绑：是\n",
    )
    return Request(number, enterprise, sort, sender, contact, raw)


def register(requests_: Sequence[Request]) -> str:
    """The table that `unbind enterprises import` takes."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(
        ("企业名称", "统一社会信用代码", "联系人", "联系邮箱", "注册日期", "锁序列号", "锁类型")
    )
    for one in requests_:
        firm, person = one.enterprise, person_of(one.number)
        serial = f"HB{one.number:06d}"
        rows.writerow(
            (firm.name, firm.uscc, person.name, one.contact, "2023-05-15", serial, "北京CA")
        )
    return out.getvalue()
