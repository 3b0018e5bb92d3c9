"""The verdict on the DKIM signatures (RFC 6376) of the From domain, and how much of the mail they
cover.

Only signatures of the sender's own organisation are looked at, where they are verified here a few
at most. What would take the verifier minutes, such as a key of 64 KiB, proves nothing, nor does a
signature with a broken hash (RFC 8301). An unsigned mail is unknown, not false: most small senders
sign nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.errors import DnsUnavailable
from core.mail_domains import aligned
from mail_intake.message.mime_parts import Headers
from mail_intake.message.opening import instant_of
from mail_intake.sender.dns import ResolverDns

MAX_SIGNATURES = 4
MIN_KEY_BITS = 1024
LONGEST_KEY = 1500
"""Characters of its record; an RSA key of 8192 bits has 1,400."""
LONGEST_SIGNATURE = 4096
"""Characters of a field that is verified here: each name in h= is looked for among all fields."""
MAX_AGE = timedelta(days=7)
"""Mail servers give up after five days."""
MAX_AHEAD = timedelta(days=1)
"""A later date would keep a copied mail young for ever; clocks and time zones are off by less."""
COVERED = frozenset({"from", "subject"})
"""Fields that every large provider signs; QQ leaves Message-ID and Content-Type out."""
_SECONDS = re.compile(r"\d{1,11}")
_SPACES = re.compile(rb"[ \t]+")
Tags = Mapping[str, str]


def signatures_of(headers: Headers, from_domain: str) -> dict[int, Tags]:
    """The tags of the signatures of the From domain's organisation, by their place among all
    signatures of the mail. White space in one makes it longer and is not signed."""
    found = enumerate(map(_tags, headers.all("dkim-signature")))
    return {place: tags for place, tags in found if aligned(tags.get("d", ""), from_domain)}


def out_of_reach(tags: Tags, headers: Headers, arrived: datetime) -> str:
    """Why a signature that fits may yet not vouch for the mail as it stands and for its age, in
    words, or "".

    The age is known by what is signed alone: the signature's own time (t=), and Date where the
    signature covers it.
    """
    signed = {name.strip().lower() for name in tags.get("h", "").split(":")}
    if "l" in tags or headers.names() & COVERED - signed:
        return "DKIM 签名未覆盖发件人、主题或全部正文，可能被人添加"
    now = arrived.timestamp()
    date = instant_of(headers.raw("date") if "date" in signed else "")
    written = [at for at in (_seconds(tags, "t"), date.timestamp() if date else 0) if at]
    oldest, expires = min(written, default=0), _seconds(tags, "x") or now
    if oldest < now - MAX_AGE.total_seconds() or expires < now:
        return f"DKIM 签名不含日期、已过期或早于 {MAX_AGE.days} 天，可能是旧邮件被重发"
    if oldest > now + MAX_AHEAD.total_seconds():
        return "DKIM 签名的日期晚于收到邮件的时间，可能是旧邮件被重发"
    return ""


def _tags(value: str) -> Tags:
    pairs = (piece.partition("=") for piece in value.split(";"))
    return {name.strip(): content.strip().lower().rstrip(".") for name, _, content in pairs}


def _seconds(tags: Tags, name: str) -> int:
    return int(tags[name]) if _SECONDS.fullmatch(tags.get(name, "")) else 0


def fits(
    raw: bytes, place: int, from_domain: str, dns: ResolverDns, timeout_s: float
) -> bool | None:
    """Whether the signature at this place fits and is the From domain's, as the verifier reads it;
    None: no answer from the name service, or nothing that could be judged. Never raises."""
    import dkim

    unanswered = False

    def ask(name: bytes, timeout: float = timeout_s) -> bytes | None:
        nonlocal unanswered
        try:
            key = dns.txt(name.decode("ascii").rstrip("."), timeout)
        except DnsUnavailable as error:
            unanswered = True
            raise dkim.DnsTimeoutError(type(error).__name__) from error
        return key if key and len(key) <= LONGEST_KEY else None

    try:
        checker = dkim.DKIM(raw, minkey=MIN_KEY_BITS, timeout=timeout_s)
        fields, _, _ = checker.verify_headerprep(place)
        if fields[b"a"] != b"rsa-sha256":
            return None
        if not aligned(fields[b"d"].decode("ascii"), from_domain):
            return False
        if fields.get(b"c", b"").endswith(b"/relaxed"):  # as the verifier does, in linear time
            checker.body = _SPACES.sub(b" ", checker.body)
        good = bool(checker.verify(place, dnsfunc=ask))
    except Exception:  # noqa: BLE001
        # dkimpy raises many kinds on what strangers write;
        # each means: this signature proves nothing
        return None if unanswered else False
    return None if unanswered else good
