"""A desk behind a receiving server (mx.desk.example),
which writes on top of each mail what it found of the sender."""

import pytest

from core.data.mail_record import NewMail
from mail_intake.intake import Intake
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.cases.conftest import harness  # noqa: F401  a fixture
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, CannedReader, request_mail
from tests.validators.builders import NAME

HANDLER, STRANGER = "handler@example.com", "stranger@example.net"
PASS, FAIL, NONE = (
    "dmarc=pass header.from={domain}",
    "dmarc=fail header.from={domain}",
    "spf=none; dkim=none; dmarc=none",
)
SILENT = ""


class Post:
    """A desk behind a receiving server that says of each mail what the test lets it."""

    def __init__(self, harness):  # noqa: F811
        self.harness, self.desk = harness, harness.desk
        self.intake = Intake(
            self.desk,
            CannedReader(),
            [ADDRESS],
            senders=Authenticator(SenderAuthSettings(authserv_ids=("mx.desk.example",))),
        )
        self.uid = 0

    def sends(
        self,
        sender,
        says,
        papers=(LICENCE, IDENTITY),
        subject="CA锁解绑申请",
        name=NAME,
        answers="",
        words="",
        forged=b"",
        display="",
    ):
        """A mail arrives and is taken in; returns its record."""
        self.uid += 1
        shown = f'"{display}" <{sender}>' if display else sender
        mail = request_mail(
            shown,
            f"{self.uid}@x.example",
            papers,
            name=name,
            subject=subject,
            answers=answers,
            words=words,
        )
        on_top = (
            (
                "Authentication-Results: mx.desk.example; "
                f"{says.format(domain=sender.rpartition('@')[2])}\r\n"
            ).encode()
            if says
            else b""
        )
        return self.arrives(
            on_top
            + b"Received: from x by mx.desk.example; Wed, 25 Nov 2026 10:00:00 +0800\r\n"
            + forged
            + mail
        )

    def arrives(self, raw):
        """The bytes of a mail are stored and taken in; returns its record."""
        self.uid += 1
        new = NewMail("box", 1, self.uid, self.harness.clock.now(), len(raw), raw)
        with self.harness.tx() as tx:
            mail_id = tx.mails.add(self.intake.with_sender(new))
        self.intake.take_in(mail_id)
        with self.harness.tx() as tx:
            return tx.mails.get(mail_id)

    def case(self, record):
        return self.harness.case(record)

    def codes(self, record):
        return {f.code for f in self.case(record).findings}


@pytest.fixture
def post(harness):  # noqa: F811
    harness.register()
    return Post(harness)
