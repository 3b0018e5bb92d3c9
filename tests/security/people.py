"""Who writes to the desk: enterprises with their contacts and papers,
and rivals with domains and keys of their own."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import dkim

from tests.drawing.generate import request_pdf
from tests.drawing.people import Enterprise, Person, invent_enterprise, invent_person
from tests.security.names import NameServer

DESK = "support@example.org"
SIGNED = ("From", "To", "Subject", "Date", "Message-ID")
"""Header fields that the signatures of most providers cover, each once."""


class Signer:
    """A mail domain whose server signs what it sends,
    with the key of the provider that hosts it."""

    def __init__(
        self,
        names: NameServer,
        domain: str,
        key: tuple[bytes, bytes],
        spf: bytes = b"v=spf1 ip4:127.0.0.1 -all",
    ) -> None:
        self.domain = domain
        self._private, record = key
        names.texts[f"s1._domainkey.{domain}"] = record
        names.texts[domain] = spf

    def sign(self, mail: bytes) -> bytes:
        covered = [name.lower().encode() for name in SIGNED]
        return (
            dkim.sign(
                mail,
                b"s1",
                self.domain.encode(),
                self._private,
                include_headers=covered,
                canonicalize=(b"relaxed", b"relaxed"),
            )
            + mail
        )


@dataclass(frozen=True)
class Victim:
    """A registered enterprise, invented from `seed`.

    `contact`: its registered address; `lock`: the serial number of its only lock.
    """

    seed: int
    enterprise: Enterprise
    contact: str
    lock: str

    @property
    def domain(self) -> str:
        return self.contact.partition("@")[2]

    @property
    def name(self) -> str:
        return self.enterprise.name

    def row(self) -> str:
        """The enterprise in the register."""
        e = self.enterprise
        return (
            f"{e.name},{e.uscc},{e.legal_representative},{self.contact},010-55500000,2023-07-15,"
            f"{self.lock},颐信CA,主锁,2024-07-20"
        )


def victim(seed: int) -> Victim:
    return Victim(
        seed, invent_enterprise(seed), f"contact@enterprise{seed}.example", f"LOCK{seed:08d}"
    )


@functools.cache
def papers(seed: int, handler: int) -> bytes:
    """A licence as everybody can have it, an ID card of the person `handler`, and a seal drawn with
    the enterprise's name: one page."""
    person: Person = invent_person(handler)
    return request_pdf(invent_enterprise(seed), person, one_page=True, wear="clean", seed=seed)


def letter(
    sender: str, subject: str, words: str, paper: bytes | None = None, *, sent: float | None = None
) -> bytes:
    """A mail to the desk, with the ends of lines that SMTP wants.

    `sent`: seconds since 1970, by default now.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, DESK, subject
    mail["Date"] = formatdate(sent)
    mail["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    mail.set_content(words)
    if paper:
        mail.add_attachment(paper, maintype="application", subtype="pdf", filename="扫描件.pdf")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def request(sender: str, name: str, paper: bytes | None) -> bytes:
    """A request as the centre's rule asks for it."""
    return letter(
        sender, "CA锁解绑申请", f"企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：否\n", paper
    )


def below(header: str, mail: bytes) -> bytes:
    """The mail with one more header field on top."""
    return header.encode() + b"\r\n" + mail


def rows(victims: Sequence[Victim]) -> str:
    heads = (
        "企业名称,统一社会信用代码,联系人,联系邮箱,联系电话,注册日期,锁序列号,"
        "锁类型,主副锁,绑定日期"
    )
    return "\n".join([heads, *(one.row() for one in victims)]) + "\n"
