"""A certificate explained line by line, for administrators and for `unbind certificate inspect`.

Lists its names, dates and what the extensions of its CA say, how it was read, and what the desk
would decide now and why. Shows what it can of a certificate that is refused, even of octets that
are none. A citizen's ID number is shown with its middle hidden; controls and marks that turn the
writing round are left out.
"""

import hashlib
from collections.abc import Iterator

from core.clock import moment
from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.parsing import parse
from core.locks.certificates.texts import extension_texts
from core.locks.lock_certificate import KIND_TITLES, LockCertificate
from core.masking import hide_numbers
from lock_protocol.characters import visible

_LONGEST_LINE = 300
_MOST_LINES = 200
_NO_TEXTS = ("2.5.29.", "1.3.6.1.5.5.7.")
"""Beginnings of the OIDs of RFC 5280's own extensions; those of CAs hold texts."""


def lines(
    der: bytes, lock: LockCertificate | None, refused: CertificateRefused | None
) -> Iterator[str]:
    """Everything worth saying.

    `lock`: what was read by its profile, if reading got so far;
    `refused`: the verdict, None when accepted.
    """
    found = [
        *_of_the_bytes(der),
        *(_of_the_holder(lock) if lock else ["读取方式：未能按任何已配置的CA读取"]),
    ]
    yield from (cleaned(line) for line in found[:_MOST_LINES])
    yield cleaned(
        f"结论：不可使用［{refused.reason_code}］{refused.message}"
        if refused
        else "结论：可以用于登录和绑定"
    )


def cleaned(text: str) -> str:
    """Fit for a screen: one line, no marks that hide or turn writing, no whole ID number."""
    clean = hide_numbers(visible(text))
    return clean if len(clean) <= _LONGEST_LINE else clean[:_LONGEST_LINE] + "…"


def _of_the_bytes(der: bytes) -> Iterator[str]:
    try:
        certificate = parse(der)
    except CertificateRefused:
        yield f"文件：{len(der)}字节，不能作为证书读取"
        yield f"文件指纹（SHA-256）：{hashlib.sha256(der).hexdigest()}"
        return
    yield from (f"主体：{line}" for line in certificate.subject.lines())
    yield f"颁发者：{'，'.join(certificate.issuer.lines())}"
    yield f"序列号：{certificate.serial:X}"
    yield f"有效期：{moment(certificate.not_before)}至{moment(certificate.not_after)}"
    for oid, extension in certificate.extensions.items():
        text = "" if oid.startswith(_NO_TEXTS) else f"={_texts(extension.value)}"
        yield f"扩展项：{oid}{'，关键' if extension.critical else ''}{text}"
    yield f"证书指纹（SHA-256）：{certificate.sha256}"


def _texts(value: bytes) -> str:
    try:
        return "、".join(extension_texts(value)) or "（空）"
    except (CertificateRefused, ValueError):
        return "（无法辨认）"


def _of_the_holder(lock: LockCertificate) -> Iterator[str]:
    yield f"读取方式：{lock.issuer_title}（{lock.issuer_profile}）"
    yield f"种类：{KIND_TITLES[lock.kind]}"
    yield f"企业名称：{lock.enterprise_name or '（没有）'}"
    yield f"统一社会信用代码：{lock.uscc or '（没有）'}"
    yield f"组织机构代码：{lock.organisation_code or '（没有）'}"
    yield f"CA唯一标识：{lock.ca_unique_id or '（没有）'}"
