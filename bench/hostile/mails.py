"""Hostile mails of all kinds that strangers can send, each with bytes of its own, as the centre's
receiving server hands them on.

That server (mx.example.org) writes on top what it found of the sender: nothing for most, failure
for forged ones, and a pass for an attacker who owns a domain. The shapes are those of the tests:
mails that cost more than their size, malformed mails, hostile files.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from functools import cache, partial
from itertools import islice

from bench.hostile.honest import enterprise_of
from tests.documents import hostile as files
from tests.flows.walker import ADDRESS
from tests.message import malformed
from tests.message.costly import SHAPES

SERVER = "mx.example.org"
SIZES = (10_000, 50_000, 100_000, 350_000)
DOMAINS = 40
"""That an attacker owns: their mails pass."""
HUGE = (
    "nested mails, 1,000 deep",
    "1,000 attachments",
    "5,000 parts of nothing",
    "html of 50,000 tables",
    "pdf of 20 MB",
    "one line of 10 MB",
)
AUTOMATIC = (
    [("Auto-Submitted", "auto-replied")],
    [("Precedence", "bulk")],
    [("List-Id", "<x.example.net>")],
    [("X-Auto-Response-Suppress", "All")],
    [("Return-Path", "<>"), ("Auto-Submitted", "auto-generated")],
)
Maker = Callable[[int, random.Random], bytes]


def handed_on(raw: bytes, result: str = "none") -> bytes:
    """The mail as the receiving server passes it to the desk:
    its results and its own Received line on top. `result`: of DMARC."""
    return (
        f"Authentication-Results: {SERVER}; dmarc={result}\r\n"
        f"Received: from out.example.net by {SERVER}; Thu, 26 Nov 2026 10:00:00 +0800\r\n"
    ).encode() + raw


def vouched(raw: bytes, domain: str) -> bytes:
    return handed_on(raw, f"pass header.from={domain}")


def built(
    number: int,
    sender: str,
    words: str,
    subject: str = "CA锁解绑申请",
    headers: Sequence[tuple[str, str]] = (),
    pdf: bytes = b"",
) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ADDRESS, subject
    mail["Message-ID"] = f"<{number}@hostile.example>"
    for name, value in headers:
        mail[name] = value
    mail.set_content(f"{words}\n\n{number}\n")
    if pdf:
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="材料.pdf")
    return mail.as_bytes()


def asking(name: str) -> str:
    return f"企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：是"


def costly(number: int, dice: random.Random) -> bytes:
    """HTML bombs, quadratic texts, headers, nested MIME, broken and crowded archives, winmail."""
    group = dice.choice([*SHAPES, "html", "text"])
    raw = _shape(group, dice.choice([*SHAPES[group]]), dice.choices(SIZES, (4, 3, 2, 1))[0])
    return handed_on(_numbered(number, raw))


@cache
def _shape(group: str, name: str, size: int) -> bytes:
    return SHAPES[group][name](size)


def _numbered(number: int, raw: bytes) -> bytes:
    """With bytes of its own, since the same bytes twice are one mail and cost nothing, and to our
    address, since else nobody is answered."""
    return f"X-Number: {number}\r\nDelivered-To: {ADDRESS}\r\n".encode() + raw.replace(
        b"desk@example.com", ADDRESS.encode(), 1
    )


@cache
def _malformed() -> list[bytes]:
    few = len(list(malformed.damaged_headers())) + 700
    return [raw for _, raw in islice(malformed.every(), few) if len(raw) < 200_000]


def broken(number: int, dice: random.Random) -> bytes:
    """A mail that breaks one thing."""
    return handed_on(_numbered(number, dice.choice(_malformed())))


@cache
def _files() -> list[bytes]:
    makers = (
        files.hundred_megapixels,
        files.thousand_pictures,
        files.xref_loop,
        files.object_stream_loop,
        files.dynamic_form,
        files.missing_font,
        files.chinese_without_its_font,
        files.locked_to_a_certificate,
        partial(files.layered, shown=False),
        partial(files.enclosing, bytes(100_000)),
        files.sixteen_bit,
    )
    half = (files.jpeg_2000, files.fax, files.jbig2, files.cut_flate, files.cut_jpeg)
    return [make() for make in makers] + [make(0.5) for make in half]


def bombs(number: int, dice: random.Random) -> bytes:
    """A request with a PDF that is a bomb, a loop or a riddle."""
    sender = f"h{number}@bomb{number % 97}.example"
    pdf = dice.choice(_files()) + b"\n%%%d\n" % number
    return handed_on(built(number, sender, asking("北京炸弹有限公司"), pdf=pdf))


def forged(number: int, dice: random.Random) -> bytes:
    """In the name of an honest enterprise's contact or handler, with a case number guessed:
    requests, withdrawals, objections, questions."""
    victim = dice.randrange(200)
    name, sender = (
        enterprise_of(victim).name,
        f"{dice.choice(['contact', 'handler'])}@firm{victim}.example",
    )
    guess = f"JB20261126-{dice.randrange(1, 400):04d}"
    words, subject = dice.choice(
        [
            (asking(name), f"Re: 工单 {guess}"),
            (f"我们撤回工单 {guess} 的申请", f"撤回 {guess}"),
            ("我们没有申请解绑，请立即停止！", f"Re: {guess}"),
            ("请问办理进度如何？", f"进度 {guess}"),
            (asking(name), "CA锁解绑申请"),
        ]
    )
    answered = [("In-Reply-To", f"<honest{victim}@firm{victim}.example>")]
    raw = built(number, sender, words, subject, answered if dice.random() < 0.5 else [])
    return handed_on(raw, dice.choice(["fail header.from=firm.example", "none"]))


def many_senders(number: int, dice: random.Random) -> bytes:
    """A request from an address that was never seen; some from domains that the attacker owns,
    so that they are proved."""
    domain = f"owned{dice.randrange(DOMAINS)}.example"
    raw = built(number, f"x{number}@{domain}", asking(f"北京第{number}虚构有限公司"))
    return vouched(raw, domain) if dice.random() < 0.2 else handed_on(raw)


def one_sender(number: int, dice: random.Random) -> bytes:
    """A flood of one address."""
    name = "北京洪水有限公司" if dice.random() < 0.5 else f"北京第{number}洪水有限公司"
    pdf = b"%%PDF-1.4 %d" % number
    return handed_on(built(number, "flood@flood.example", asking(name), pdf=pdf))


def automatic(number: int, dice: random.Random) -> bytes:
    """Automatic answers, bounces of letters that were never sent, lists, loops."""
    bounce = f"550 5.1.1 <contact@firm{dice.randrange(200)}.example> user unknown"
    words = dice.choice(["我正在休假。", bounce, "Undelivered Mail Returned to Sender"])
    senders = [f"mailer-daemon@bounce{number}.example", f"auto{number}@auto.example", ADDRESS]
    return handed_on(built(number, dice.choice(senders), words, "自动回复", dice.choice(AUTOMATIC)))


def huge(number: int, dice: random.Random) -> bytes:
    """What is too much of something; made anew each time, since it is large."""
    wanted = dice.choice(HUGE)
    raw = next(raw for name, raw in malformed.large() if name == wanted)
    return handed_on(_numbered(number, raw))


KINDS: dict[str, tuple[Maker, int]] = {
    "costly to read": (costly, 1500),
    "malformed": (broken, 1200),
    "hostile PDFs": (bombs, 100),
    "forged senders": (forged, 1000),
    "a sender each": (many_senders, 700),
    "one sender": (one_sender, 700),
    "automatic answers": (automatic, 600),
    "huge": (huge, 10),
}
"""Each kind, and how many of it in the whole form."""


def prepare() -> None:
    """Make what is made once, before the clock starts."""
    _malformed()
    _files()
    for victim in range(200):
        enterprise_of(victim)


def mails(scale: float) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Kind and maker of each mail; the same ones at each run."""
    dice, number = random.Random(20261126), 0
    for kind, (maker, count) in KINDS.items():
        for _ in range(round(count * scale) or 1):
            number += 1
            yield kind, partial(maker, number, random.Random(dice.random()))
