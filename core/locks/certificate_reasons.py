"""Every reason for which a certificate, or a list about it, is refused:
a stable code and what to do, in Chinese.

The codes are kept in records and read by other systems: they are added to, never renamed. A message
says what is wrong in words of the person who holds the lock, then the next step. `{detail}` is
filled by the place that refuses, with facts of the certificate only.
"""

from core.errors import DeskError
from core.locks.lock_certificate import LockCertificate

_BROKEN = "请重新插拔CA锁后再试；仍然如此，请联系发锁的CA机构检查或更换证书。"
_RENEW = "请联系发锁的CA机构更新（续期）此锁的证书后再使用。"
_ADMIN = "请联系系统管理员。"
_ORDINARY = "请使用CA机构发放的企业锁（签名证书）。"

REASONS: dict[str, str] = {
    # the bytes
    "certificate.too_large": f"证书大得不合常理，未予读取。{_BROKEN}",
    "certificate.malformed": f"证书内容不完整或格式有误。{_BROKEN}",
    "certificate.trailing_bytes": f"证书后面带有多余的数据，未予接受。{_BROKEN}",
    "certificate.too_many_names": f"证书主体的项目过多（{{detail}}），未予接受。{_BROKEN}",
    "certificate.control_character": f"证书的名称中含有不可见的控制字符，未予接受。{_BROKEN}",
    "certificate.text_unreadable": f"证书的文字无法辨认（{{detail}}）。{_BROKEN}",
    "certificate.duplicate_extension": (
        f"证书中同一扩展项出现两次（{{detail}}），未予接受。{_BROKEN}"
    ),
    # the key
    "key.malformed": f"证书中的公钥格式有误。{_BROKEN}",
    "key.unsupported": (
        f"不支持此证书的密钥类型（{{detail}}）。支持RSA（2048位以上）、SM2和P-256。{_RENEW}"
    ),
    "key.too_small": f"证书的RSA密钥只有{{detail}}位，强度不足（要求2048位以上）。{_RENEW}",
    "key.off_curve": f"证书中的公钥不是有效的曲线点，不能使用。{_BROKEN}",
    # who issued it
    "issuer.unknown": (
        "颁发此证书的机构（{detail}）不在本中心支持的范围内。"
        f"请在“办事指南—支持数字证书类型”中核对；如属支持的机构，{_ADMIN}"
    ),
    "issuer.not_ca": f"颁发此证书的上级证书（{{detail}}）不是CA证书，不能颁发证书。{_ADMIN}",
    "issuer.path_too_long": f"证书的颁发层级超出了上级CA的限制（{{detail}}）。{_ADMIN}",
    "issuer.expired": f"颁发此证书的CA证书（{{detail}}）已过期。{_ADMIN}",
    "issuer.not_yet_valid": f"颁发此证书的CA证书（{{detail}}）尚未生效。{_ADMIN}",
    "issuer.weak_key": f"颁发此证书的CA证书（{{detail}}）密钥强度不足或不受支持。{_RENEW}",
    "issuer.revoked": f"颁发此证书的CA证书（{{detail}}）已被上级CA吊销，不能使用。{_ADMIN}",
    "issuer.revocation_unknown": (
        f"暂时无法确认颁发此证书的CA证书（{{detail}}）是否已被吊销，为安全起见未予通过。{_ADMIN}"
    ),
    "issuer.no_profile": f"本系统还没有登记此CA机构（{{detail}}）证书的读取方式。{_ADMIN}",
    # its signature
    "signature.weak_hash": f"此证书用已不安全的算法（{{detail}}）签发。{_RENEW}",
    "signature.algorithm": f"不支持签发此证书所用的算法（{{detail}}）。{_RENEW}",
    "signature.not_der": f"证书的签名编码不规范（应为DER，不应为r‖s或带有多余数据）。{_BROKEN}",
    "signature.invalid": f"证书的签名与颁发机构不符，证书可能被改动过，不能使用。{_BROKEN}",
    # what it allows
    "extension.unknown_critical": (
        f"证书含有本系统不认识的关键扩展项（{{detail}}），不能判断其限制。{_ADMIN}"
    ),
    "extension.malformed": f"证书的扩展项（{{detail}}）格式有误。{_BROKEN}",
    "usage.no_signature": f"这是加密证书或未注明可用于数字签名，不能用于登录和绑定。{_ORDINARY}",
    "usage.other_purpose": (
        f"此证书只用于服务器、代码签名等其他用途，不能用于登录和绑定。{_ORDINARY}"
    ),
    "usage.is_ca": f"这是CA机构自己的证书，不是锁内的证书。{_ORDINARY}",
    # when
    "validity.expired": (
        "证书已于{detail}过期。请到CA机构续期；续期后如不能登录，"
        "请按“解除绑定”的说明发送邮件申请解绑，再绑定新锁。"
    ),
    "validity.not_yet": (
        "证书自{detail}起才有效。请核对电脑时间；时间无误的，请等到生效后再用，或联系发锁的CA机构。"
    ),
    # whether it was taken back
    "revocation.revoked": (
        "证书已被CA机构吊销（{detail}），不能再使用。"
        "请到CA机构重新办理，再按“解除绑定”的说明申请解绑并绑定新锁。"
    ),
    "revocation.on_hold": (
        "证书已在CA机构挂失（暂停使用）（{detail}）。找回锁的，请先到CA机构解除挂失；"
        "否则请重新办理后申请解绑。"
    ),
    "revocation.unknown": (
        f"暂时无法确认证书是否已被吊销，为安全起见未予通过。请稍后再试；仍然如此，{_ADMIN}"
    ),
    # whose it is
    "holder.person": (
        "这是个人锁。系统目前仅支持企业锁，请插入企业锁后重试。"
        "如确认是企业锁（例如更新、续期后显示为个人姓名），"
        "请联系系统管理员对账号进行解绑后重新绑定。"
    ),
    "holder.unknown": (
        f"从证书上看不出这是哪家企业的锁，未予接受，已请管理员查看。如确认是企业锁，{_ADMIN}"
    ),
    "holder.no_name": f"证书上没有可读取的企业名称，未予接受，已请管理员查看。{_ADMIN}",
    # lists of revoked certificates, for operators
    "crl.malformed": "吊销列表无法读取（{detail}）。请从CA机构重新下载。",
    "crl.issuer_unknown": (
        "吊销列表的签发者（{detail}）不在已配置的CA之中。请核对文件，或先配置该CA的证书。"
    ),
    "crl.signature": (
        "吊销列表的签名不正确或算法不受支持（{detail}），未予采用。请从CA机构重新下载。"
    ),
    "crl.not_yet_valid": "吊销列表的签发时间（{detail}）在将来，未予采用。请核对本机时间。",
    "crl.stale": "吊销列表已过下次更新时间（{detail}）。请下载新的列表。",
    "crl.older": "吊销列表比已采用的更旧（{detail}），未予采用。请下载新的列表。",
    "crl.unsupported": "不支持这种吊销列表（{detail}）。请下载完整的列表。",
    # this machine
    "engine.sm2_unavailable": (
        f"服务器暂时不能验证SM2证书（{{detail}}）。可先用同一把锁的RSA证书登录；{_ADMIN}"
    ),
}


class CertificateRefused(DeskError):
    """A certificate that the desk does not accept.

    `reason_code` is stable (a key of REASONS); the text is for people.

    `certificate`: what was read before it was refused, where reading got so far, else None.
    """

    def __init__(
        self, reason_code: str, message: str, certificate: LockCertificate | None = None
    ) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message
        self.certificate = certificate


def title_of(code: str) -> str:
    """A reason in a few words, without the facts of one certificate."""
    return (
        REASONS[code].replace("{detail}", "…").partition("。")[0] if code in REASONS else "其他原因"
    )


def refusal(code: str, detail: str = "") -> CertificateRefused:
    """The error to raise for a reason. `detail` fills the message's place for facts."""
    return CertificateRefused(code, REASONS[code].replace("{detail}", detail))
