"""A flood: thousands of mails of one sender, and one honest mail after them all.

How long does it wait, how many letters go out, what does it cost?

Two floods: each mail names another enterprise (a case each), and all name the same one (all
supplements of one case). Pages are left unread, so that the figure is that of the desk alone. Run:
python -m bench.flood [MAILS]
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.desk import make_desk
from bench.judging import Unread
from bench.quiet import hush
from core.cases.letters.outbox import admit_waiting
from core.clock import SystemClock
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from mail_intake.intake import Intake
from mail_intake.mailboxes.mailbox import IncomingMail

MAILS = 5_000
ADDRESS, FLOODER, HONEST = "support@example.org", "flood@example.net", "honest@example.com"


def flood_mail(number: int, name: str, sender: str = FLOODER) -> bytes:
    """A small request with a PDF of its own, written byte by byte as programs
    do that send thousands."""
    return (
        f"From: {sender}\r\nTo: {ADDRESS}\r\nSubject: 解绑申请 {number}\r\n"
        f"Message-ID: <{number}@{sender.partition('@')[2]}>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n企业名称：{name}\r\n"
        "是否解绑：是\r\n是否需要重置注册密码：否\r\n"
        f'--b\r\nContent-Type: application/pdf; name="{number}.pdf"\r\n\r\n'
        f"%PDF-1.4 {number}\r\n--b--\r\n"
    ).encode()


def other_names(count: int) -> Iterator[bytes]:
    yield from (flood_mail(number, f"北京第{number}量测有限公司") for number in range(count))


def one_name(count: int) -> Iterator[bytes]:
    yield from (flood_mail(number, "北京量测有限公司") for number in range(count))


class Box:
    """A mailbox that holds the given mails."""

    name = "flood"

    def __init__(self, raws: list[bytes]) -> None:
        self._raws = raws

    def listed(self, after):
        return 1, range(after(1) + 1, len(self._raws) + 1)

    def fetch(self, _uidvalidity, uids):
        now = SystemClock().now()
        for uid in uids:
            yield IncomingMail(
                self.name, 1, uid, now, len(self._raws[uid - 1]), self._raws[uid - 1]
            )

    def settle(self, _mails) -> bool:
        return True


def flooded(folder: Path, flood: Iterator[bytes]) -> dict[str, float]:
    """Take a flood and an honest mail in; seconds and counts."""
    desk = make_desk(folder)
    intake = Intake(desk, Unread(), [ADDRESS])
    raws = [*flood, flood_mail(1, "北京晨曦诚信有限公司", HONEST)]
    began = time.perf_counter()
    intake.collect(Box(raws))
    collected = time.perf_counter()
    honest_s = 0.0
    slowest_s = 0.0
    while True:
        look = time.perf_counter()
        if not intake.judge_waiting():
            break
        slowest_s = max(slowest_s, time.perf_counter() - look)
        honest_s = honest_s or (
            time.perf_counter() - collected if _judged(desk, len(raws)) else 0.0
        )
    took = time.perf_counter() - collected
    admit_waiting(desk)
    with desk.store.transaction() as tx:
        letters = [
            letter
            for letter in tx.letters.find(limit=100_000)
            if letter.state is LetterState.PENDING
        ]
    return {
        "collected": collected - began,
        "honest": honest_s,
        "slowest": slowest_s,
        "took": took,
        "to_flooder": sum(letter.recipient == FLOODER for letter in letters),
        "to_honest": sum(letter.recipient == HONEST for letter in letters),
    }


def _judged(desk, last_id: int) -> bool:
    with desk.store.transaction() as tx:
        return tx.mails.get(last_id).disposition is not Disposition.RECEIVED


def main() -> None:
    hush()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    print(f"flood: {count} mails of one sender, one honest mail last, pages unread, SQLite")
    for kind, flood in (("another enterprise each", other_names), ("one enterprise", one_name)):
        with tempfile.TemporaryDirectory() as name:
            told = flooded(Path(name), flood(count))
        print(
            f"  {kind:<24} stored {told['collected']:6.1f} s   honest mail judged after "
            f"{told['honest']:6.3f} s   slowest look {told['slowest']:.2f} s   "
            f"all judged {told['took']:7.1f} s   letters: {told['to_flooder']:.0f} to the "
            f"flooder, {told['to_honest']:.0f} to the honest sender"
        )
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
