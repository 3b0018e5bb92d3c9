"""What a mail's own signature fields may do to the doubt of a pass by the receiving server: nothing
in a sender's hand makes it smaller."""

import pytest

from core.data.mail_record import AuthResult
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.message.mails import ARRIVED, mail, opened

MONTHS_AGO = int(ARRIVED.timestamp()) - 90 * 86_400
FRESH = int(ARRIVED.timestamp())


def found(domain, says, *signatures):
    head = f"Authentication-Results: mx.desk.example; {says}\r\n" + "".join(signatures)
    raw = head.encode() + mail(f"From: zhang@{domain}".encode())
    judge = Authenticator(SenderAuthSettings(authserv_ids=("mx.desk.example",)))
    return judge(raw, opened(raw).message).result


def signature(domain, at, padding=""):
    tags = f"v=1; a=rsa-sha256; d={domain}; s=s1; t={at}; h=from:to:subject; bh=x; b=x{padding}"
    return f"DKIM-Signature: {tags}\r\n"


@pytest.mark.parametrize("padding", ["", " " * 5000 + "x"])
@pytest.mark.parametrize("beside", [(), (signature("firm.example", FRESH),)])
def test_an_old_signature_that_is_blown_up_is_as_old_as_before(padding, beside):
    """White space within b= is not signed: the server's verifier takes it as ever."""
    says = (
        "dkim=pass header.d=firm.example; spf=fail smtp.mailfrom=x@rival.example; "
        "dmarc=pass header.from=firm.example"
    )
    old = signature("firm.example", MONTHS_AGO, padding)
    assert found("firm.example", says, old, *beside) is AuthResult.FAIL


@pytest.mark.parametrize("domain", ["qq.com", "petalmail.com", "dingtalk.com", "yahoo.co.jp"])
@pytest.mark.parametrize("is_signed", [False, True])
def test_an_idle_signature_makes_no_other_mailbox_of_a_provider_the_contacts(domain, is_signed):
    says = (
        f"dkim=fail header.d={domain}; spf=pass smtp.mailfrom=rival@{domain}; "
        f"dmarc=pass header.from={domain}"
    )
    signatures = (signature(domain, FRESH),) if is_signed else ()
    assert found(domain, says, *signatures) is AuthResult.FAIL
