"""A certificate explained line by line, for administrators and for `unbind certificate inspect`.

Lists its fields, how it was read, and what the desk would decide now and why. Shows what it
can of a certificate that is refused, even of octets that are none. A citizen's ID number is shown
with its middle hidden; controls and marks that turn the writing round are left out.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime

from core.clock import local
from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.extensions import Uses, uses_of
from core.locks.certificates.parsing import Certificate, parse
from core.locks.certificates.profiles import Issuers
from core.locks.certificates.texts import extension_texts
from core.locks.lock_certificate import KEY_TITLES, KIND_TITLES, LockCertificate
from lock_protocol.public_keys import BadKey, read_key
from lock_protocol.signatures import ALGORITHMS, WEAK

_LONGEST_LINE = 300
_MOST_LINES = 200
_ID_NUMBER = re.compile(r"(?<![0-9])([0-9]{6})[0-9]{8}([0-9]{3}[0-9Xx])(?![0-9])")
_USAGES = (
    "数字签名",
    "不可否认",
    "密钥加密",
    "数据加密",
    "密钥协商",
    "签发证书",
    "签发吊销列表",
    "仅加密",
    "仅解密",
)
_TEXT_EXTENSIONS = {
    "1.2.156.10260.4.1.1": "个人身份标识",
    "1.2.156.10260.4.1.2": "个人社会保险号",
    "1.2.156.10260.4.1.3": "企业工商注册号",
    "1.2.156.10260.4.1.4": "企业组织机构代码/统一社会信用代码",
    "1.2.156.10260.4.1.5": "企业税号",
    "1.2.156.10260.4.4": "统一社会信用代码",
    "1.2.86.11.7.1": "个人身份标识（旧）",
    "1.2.86.11.7.3": "企业工商注册号（旧）",
    "1.2.86.11.7.4": "企业组织机构代码（旧）",
    "1.2.86.11.7.5": "企业税号（旧）",
    "1.2.156.112562.2.1.1.1": "北京CA唯一标识",
    "1.2.156.112562.2.1.1.24": "北京CA唯一标识（SM2）",
    "2.16.840.1.113732.2": "北京CA唯一标识（RSA）",
    "1.2.156.1.8888.148": "上海CA唯一标识",
}
_ALGORITHM_TITLES = {
    "1.2.840.113549.1.1.11": "RSA+SHA-256",
    "1.2.840.113549.1.1.12": "RSA+SHA-384",
    "1.2.840.113549.1.1.13": "RSA+SHA-512",
    "1.2.840.10045.4.3.2": "ECDSA+SHA-256",
    "1.2.840.10045.4.3.3": "ECDSA+SHA-384",
    "1.2.840.10045.4.3.4": "ECDSA+SHA-512",
    "1.2.156.10197.1.501": "SM2+SM3",
}


def lines(
    der: bytes,
    now: datetime,
    lock: LockCertificate | None,
    refused: CertificateRefused | None,
    issuers: Issuers,
) -> Iterator[str]:
    """Everything worth saying.

    `lock`: what was read by its profile, if reading got so far;
    `refused`: the verdict, None when accepted.
    """
    found = [
        *_of_the_bytes(der, now, issuers),
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
    clean = "".join(
        character
        for character in text
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    clean = _ID_NUMBER.sub(r"\1********\2", clean)
    return clean if len(clean) <= _LONGEST_LINE else clean[:_LONGEST_LINE] + "…"


def _of_the_bytes(der: bytes, now: datetime, issuers: Issuers) -> Iterator[str]:
    try:
        certificate = parse(der)
    except CertificateRefused:
        yield f"文件：{len(der)}字节，不能作为证书读取"
        yield f"文件指纹（SHA-256）：{hashlib.sha256(der).hexdigest()}"
        return
    yield from (f"主体：{line}" for line in certificate.subject.lines())
    yield f"颁发者：{'，'.join(certificate.issuer.lines())}"
    yield f"序列号：{certificate.serial:X}"
    yield (
        f"有效期：{_moment(certificate.not_before)}至{_moment(certificate.not_after)}（"
        f"{_remaining(certificate, now)}）"
    )
    yield f"密钥：{_key(certificate)}"
    yield f"签名算法：{_algorithm(certificate.signature_oid)}"
    yield from _of_the_uses(certificate)
    yield from _of_the_extensions(certificate)
    yield from _of_the_path(certificate, issuers)
    yield f"证书指纹（SHA-256）：{certificate.sha256}"
    yield f"公钥指纹（SHA-256）：{certificate.spki_sha256}"


def _of_the_holder(lock: LockCertificate) -> Iterator[str]:
    yield f"读取方式：{lock.issuer_title}（{lock.issuer_profile}）"
    yield f"种类：{KIND_TITLES[lock.kind]}"
    yield f"企业名称：{lock.enterprise_name or '（没有）'}"
    yield f"统一社会信用代码：{lock.uscc or '（没有）'}"
    yield f"组织机构代码：{lock.organisation_code or '（没有）'}"
    yield f"CA唯一标识：{lock.ca_unique_id or '（没有）'}"
    yield f"电子标签章：{'支持' if lock.can_sign_bids else '不支持'}"


def _moment(instant: datetime) -> str:
    """On the clocks of Shanghai; 9999-12-31 (RFC 5280: no end)
    has no such moment and stays as it is."""
    try:
        return f"{local(instant):%Y-%m-%d %H:%M}"
    except OverflowError:
        return f"{instant:%Y-%m-%d}"


def _remaining(certificate: Certificate, now: datetime) -> str:
    if now > certificate.not_after:
        return "已过期"
    return (
        "尚未生效"
        if now < certificate.not_before
        else f"还有{(certificate.not_after - now).days}天"
    )


def _key(certificate: Certificate) -> str:
    try:
        key = read_key(certificate.spki)
    except BadKey as error:
        return f"不可使用（{error.code}，{error.detail}）"
    return f"{KEY_TITLES[key.kind]}，{key.bits}位"


def _algorithm(oid: str) -> str:
    if oid in WEAK:
        return f"{WEAK[oid]}（已不安全）"
    return _ALGORITHM_TITLES.get(oid, oid) if oid in ALGORITHMS else f"{oid}（不支持）"


def _of_the_uses(certificate: Certificate) -> Iterator[str]:
    try:
        uses = uses_of(certificate)
    except CertificateRefused as error:
        yield f"用途：{error.message}"
        return
    yield f"用途：{_usage(uses)}"
    if uses.is_ca:
        yield "CA证书：是"


def _usage(uses: Uses) -> str:
    if uses.key_usage is None:
        return "（证书未注明）"
    return (
        "、".join(_USAGES[bit] for bit in sorted(uses.key_usage) if bit < len(_USAGES)) or "（空）"
    )


def _of_the_extensions(certificate: Certificate) -> Iterator[str]:
    for oid, extension in certificate.extensions.items():
        critical = "，关键" if extension.critical else ""
        if oid not in _TEXT_EXTENSIONS:
            yield f"扩展项：{oid}{critical}"
            continue
        try:
            text = "、".join(extension_texts(extension.value)) or "（空）"
        except (CertificateRefused, ValueError):
            text = "（无法辨认）"
        yield f"扩展项：{_TEXT_EXTENSIONS[oid]}（{oid}{critical}）={text}"


def _of_the_path(certificate: Certificate, issuers: Issuers) -> Iterator[str]:
    try:
        path = issuers.trust.paths(certificate)[0]
    except CertificateRefused as error:
        yield f"颁发路径：不成立［{error.reason_code}］"
        return
    yield "颁发路径：" + " → ".join(str(link.subject) for link in path[1:])
