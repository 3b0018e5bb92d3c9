"""Whether a DKIM signature (RFC 6376) of the From domain vouches for a mail, where the receiving server says nothing.

Only signatures of the sender's own organisation are looked at, a few at most. One that covers a part of the body (l=),
leaves the subject out or is made with a broken hash (RFC 8301) proves nothing. An unsigned mail is unknown, not false: most small senders sign nothing.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.errors import DnsUnavailable
from core.mail_domains import aligned
from mail_intake.message.mime_parts import Headers
from mail_intake.sender.dns import DnsPort

MAX_SIGNATURES: Final = 4
MIN_KEY_BITS: Final = 1024
_DOMAIN: Final = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]+)")


@dataclass(frozen=True, slots=True)
class SignatureFound:
    """What a signature came to. `good` None: no answer from the name service, or nothing that could be judged."""

    domain: str
    good: bool | None


def check_signatures(raw: bytes, headers: Headers, from_domain: str, dns: DnsPort, timeout_s: float) -> tuple[SignatureFound, ...]:
    """What the signatures of the From domain's organisation came to, in the mail's order; none where there is none. Never raises."""
    signed_by = [_domain(value) for value in headers.all("dkim-signature")]
    places = [place for place, domain in enumerate(signed_by) if aligned(domain, from_domain)][:MAX_SIGNATURES]
    return tuple(SignatureFound(signed_by[place], _verify(raw, place, dns, timeout_s)) for place in places)


def _domain(value: str) -> str:
    found = _DOMAIN.search(value)
    return found[1].casefold().rstrip(".") if found else ""


def _verify(raw: bytes, place: int, dns: DnsPort, timeout_s: float) -> bool | None:
    import dkim

    unanswered = False

    def ask(name: bytes, timeout: float = timeout_s) -> bytes | None:
        nonlocal unanswered
        try:
            return dns.txt(name.decode("ascii").rstrip("."), timeout)
        except DnsUnavailable as error:
            unanswered = True
            raise dkim.DnsTimeoutError(type(error).__name__) from error

    try:
        checker = dkim.DKIM(raw, minkey=MIN_KEY_BITS, timeout=timeout_s)
        fields, _, _ = checker.verify_headerprep(place)
        signed = {name.strip().lower() for name in fields[b"h"].split(b":")}
        if b"l" in fields or fields[b"a"] != b"rsa-sha256" or b"subject" not in signed:
            return None
        good = bool(checker.verify(place, dnsfunc=ask))
    except Exception:  # noqa: BLE001 - dkimpy raises many kinds on what strangers write; each means: this signature proves nothing
        return None if unanswered else False
    return None if unanswered else good
