"""Whether the sender of a mail is who its From says (RULES.md sections 4 and 6).

The word of the trusted receiving server goes first: its topmost Authentication-Results header (RFC
8601), believed only under exactly the configured name and only where that server puts it, above
what the sender wrote, since anybody can write such a header into a mail. DMARC's result counts,
else SPF or DKIM aligned with From (RFC 7489). Where that server says nothing, DKIM is checked here.
No answer is no verdict: unknown is never called a failure.

A signature outlives its mail: it still fits when a second Subject is put above the signed one (RFC
6376 section 8.15), and when the mail is sent again months later. So a pass is doubted where a field
that decides how the mail is read or dated stands twice. Where only a signature vouches, whoever
verified it, the pass is doubted also for what the signature does not reach
(mail_intake.sender.dkim), and where the mail was written to somebody else, who may send it on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic

from core.data.mail_record import AuthResult
from core.data.submission import Mark, Message
from core.mail_domains import aligned, domain_share
from core.settings import setting
from mail_intake.message.mime_parts import Headers, headers_of
from mail_intake.message.opening import HEAD_BYTES, SEVERAL_SENDERS
from mail_intake.sender.dkim import (
    LONGEST_SIGNATURE,
    MAX_SIGNATURES,
    fits,
    out_of_reach,
    signatures_of,
)
from mail_intake.sender.dns import ResolverDns
from mail_intake.sender.results import MethodResult, results_in

ONCE = (
    "date",
    "subject",
    "sender",
    "reply-to",
    "to",
    "cc",
    "message-id",
    "in-reply-to",
    "references",
    "content-type",
    "content-transfer-encoding",
)
"""Fields of RFC 5322 section 3.6 and RFC 2045 that a mail has at most once, and that are read; From
is looked at first."""
RESENT = frozenset({"resent-from", "resent-to", "resent-cc", "resent-bcc"})
"""Fields by which anybody sends a mail on that was written to him (RFC 5322 section 3.6.6)."""
_NOT_READ_WHOLE = {"header.too_long", "header.too_many"}
_NO_ANSWER = frozenset({"temperror", "permerror"})
_NOTHING = frozenset({"none", "neutral", "policy", "discard"})


@dataclass(frozen=True)
class Authentication:
    """The result, and how it is known, in words for administrators."""

    result: AuthResult
    how: str = ""


_passed = partial(Authentication, AuthResult.PASS)
_failed = partial(Authentication, AuthResult.FAIL)
_unknown = partial(Authentication, AuthResult.UNKNOWN)


@dataclass(frozen=True)
class SenderAuthSettings:
    """Settings of config.yaml, section `sender`.

    `dns_timeout_s`: seconds for all questions about one mail.
    """

    authserv_ids: tuple[str, ...] = setting(
        (),
        "exact names under which YOUR receiving server writes Authentication-Results (`unbind "
        "doctor` finds them). [] = none",
        example="[mx.ggzy.example.cn]",
    )
    received_above: int = setting(
        0,
        "number of Received lines that YOUR later servers put above that header. "
        'Above 0 the line of the named server itself ("by mx.ggzy.example.cn") '
        "must stand below it, and nobody else may reach the later servers",
        ge=0,
        le=10,
    )
    dns_timeout_s: float = 3.0


class Authenticator:
    """Judges senders. `dns`: without it no signature can be checked."""

    def __init__(self, settings: SenderAuthSettings, dns: ResolverDns | None = None) -> None:
        self._settings = settings
        self._dns = dns

    def __call__(self, raw: bytes, message: Message) -> Authentication:
        """The verdict on the sender of `message`, whose bytes are `raw`. Never raises."""
        domain = _domain_of(message.sender)
        if not domain:
            return _unknown("没有发件地址")
        if SEVERAL_SENDERS in message.defects:
            return _failed("From 不是单一的发件地址")
        headers = headers_of(raw)
        method_results = _server_results(headers, self._settings)
        found = _by_results(method_results, message.sender)
        if not found and _NOT_READ_WHOLE.intersection(message.defects):
            return _unknown("邮件头过长，DKIM 签名未能核对")
        found = found or self._by_signature(raw, headers, domain)
        doubt = _doubt(headers, message, method_results) if found.result is AuthResult.PASS else ""
        return _failed(f"{found.how}，但{doubt}") if doubt else found

    def by_header_alone(self, raw: bytes, sender: str) -> bool:
        """Whether the receiving server's own result, in the mail's headers, vouches for `sender`.

        Uses no DNS and verifies no signature. Never raises.
        """
        try:
            headers = headers_of(raw[:HEAD_BYTES])
            method_results = _server_results(headers, self._settings)
        except Exception:  # noqa: BLE001 - as in open_mail
            return False
        found = _by_results(method_results, sender) if sender else None
        return found is not None and found.result is AuthResult.PASS

    def _by_signature(self, raw: bytes, headers: Headers, domain: str) -> Authentication:
        written, found_at = headers.all("dkim-signature"), signatures_of(headers, domain)
        short = [place for place in found_at if len(written[place]) <= LONGEST_SIGNATURE]
        places = short[:MAX_SIGNATURES]
        if not places:
            return _unknown("没有发件域名的 DKIM 签名")
        if self._dns is None:
            return _unknown("未配置域名解析，DKIM 签名未能核对")
        until = monotonic() + self._settings.dns_timeout_s
        found: list[bool | None] = []
        for place in places:
            left = until - monotonic()
            found.append(fits(raw, place, domain, self._dns, left) if left > 0 else None)
        if any(found):
            return _passed("DKIM 签名有效，域名一致")
        if None in found:
            return _unknown("DKIM 签名未能核对")
        return _failed("DKIM 签名无效")


def _doubt(headers: Headers, message: Message, method_results: Sequence[MethodResult]) -> str:
    """Why a mail that passes may yet not be what its sender sent, in words, or ""."""
    twice = [name for name in ONCE if len(headers.all(name)) > 1]
    if twice:
        return f"邮件头 {twice[0]} 重复，可能被人添加"
    if _NOT_READ_WHOLE.intersection(message.defects):
        return "邮件头过长，未能读全"
    if _by_envelope(method_results, message.sender):
        return ""
    if Mark.NOT_ADDRESSED in message.marks or headers.names() & RESENT:
        return "邮件不是直接写给本邮箱的，可能由他人转投"
    signatures = signatures_of(headers, _domain_of(message.sender)).values()
    if not signatures and all(r.method != "dmarc" for r in method_results):
        return "邮件中没有所说的签名"
    doubts = [out_of_reach(tags, headers, message.arrived) for tags in signatures]
    return max(doubts, default="") or _doubt_of_envelope(method_results, message.sender)


def _doubt_of_envelope(results: Sequence[MethodResult], sender: str) -> str:
    """The same where DMARC passes and the server confirms no signature, whatever field the mail
    has: the envelope vouches, at a provider by the very mailbox, since the domain is that of all
    its customers."""
    envelopes = {_named_by(r) for r in results if r.method == "spf"} - {sender}
    is_of_provider = domain_share(sender) == sender and any("@" in one for one in envelopes)
    if is_of_provider and not _is_signed(results, sender):
        return "寄出邮件的是同一服务商的另一个邮箱"
    return ""


def _is_signed(results: Sequence[MethodResult], sender: str) -> bool:
    """Whether the server confirms a signature of the sender's domain."""
    passed = (_named_by(r) for r in results if (r.method, r.result) == ("dkim", "pass"))
    return any(aligned(_domain_of(one), _domain_of(sender)) for one in passed)


def _server_results(headers: Headers, settings: SenderAuthSettings) -> tuple[MethodResult, ...]:
    """The results of the topmost header of the trusted server; none where a sender could have
    written it."""
    trusted = {name.strip().lower() for name in settings.authserv_ids if name.strip()}
    for header in results_in(headers):
        if header.server in trusted:
            near = header.received_above <= settings.received_above
            return header.results if near and not header.is_forgeable else ()
    return ()


def _by_results(results: Sequence[MethodResult], sender: str) -> Authentication | None:
    """The verdict of the server's results; None when it did not check the sender at all."""
    domain = _domain_of(sender)
    dmarc = [r for r in results if r.method == "dmarc"]
    if any(r.result == "fail" for r in dmarc):
        return _failed("收件服务器：DMARC 未通过")
    if any(r.result == "pass" for r in dmarc):
        return _by_dmarc(dmarc, domain)
    looked = [r for r in results if r.method in {"spf", "dkim", "dmarc"}]
    if not looked:
        return None
    if _by_envelope(looked, sender):
        return _passed("收件服务器：SPF 通过，域名一致")
    if _is_signed(looked, sender):
        return _passed("收件服务器：DKIM 通过，域名一致")
    return _without_pass(looked)


def _by_dmarc(dmarc: Sequence[MethodResult], domain: str) -> Authentication:
    judged = {
        _domain_of(r.properties.get("header.from", domain)).lower().rstrip(".") for r in dmarc
    }
    if judged == {domain} and all(r.result == "pass" for r in dmarc):
        return _passed("收件服务器：DMARC 通过")
    return _failed("收件服务器：DMARC 结果针对的不是此发件域名")


def _without_pass(looked: Sequence[MethodResult]) -> Authentication:
    methods = "、".join(dict.fromkeys(f"{r.method.upper()} {r.result}" for r in looked))[:200]
    outcomes = {r.result for r in looked}
    if outcomes <= _NOTHING:
        return Authentication(AuthResult.NONE, f"收件服务器：{methods}")
    if outcomes & _NO_ANSWER and not outcomes & {"fail", "softfail", "hardfail"}:
        return _unknown(f"收件服务器：{methods}")
    return _failed(f"收件服务器：{methods}，且无与发件域名一致的通过项")


def _by_envelope(results: Sequence[MethodResult], sender: str) -> bool:
    """Whether SPF vouches: the sender's own server handed the mail over just now, with the very
    address in the envelope, or with a domain that is no provider's. Of two verdicts one may be the
    sender's own writing."""
    spf = {(r.result, _named_by(r)) for r in results if r.method == "spf" and _named_by(r)}
    if [result for result, _ in spf] != ["pass"]:
        return False
    [(_, envelope)] = spf
    if "@" in envelope or domain_share(sender) == sender:
        return envelope == sender
    return aligned(envelope, _domain_of(sender))


def _named_by(result: MethodResult) -> str:
    """The address or domain that a result is about."""
    keys = ("smtp.mailfrom", "smtp.mail") if result.method == "spf" else ("header.d", "header.i")
    value = next((result.properties[key] for key in keys if result.properties.get(key)), "")
    return value.strip("<>. ").lower()


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]
