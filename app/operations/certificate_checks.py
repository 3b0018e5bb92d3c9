"""Whether locks can be judged: the certificates of the CAs that config.yaml names, and the
revocation lists that are relied on. Checks of `unbind doctor`."""

from collections.abc import Iterator
from datetime import timedelta

from app.diagnosis import Line, broken, warning, well
from app.wiring import Wiring
from core.clock import local
from core.locks.certificates.crl_watch import Age, watched

RENEWED_BEFORE = timedelta(days=60)
"""An operator needs so long to get the next certificate of a CA."""


def authorities(wiring: Wiring) -> Iterator[Line]:
    """Each CA certificate that is out of its time, or soon will be: it vouches for no lock then."""
    now = wiring.clock.now()
    remedy = (
        "请先核对系统时间；无误的，向该CA索取有效的证书，写入 config.yaml 的 "
        "certificates（issuers 或 roots）后重启"
    )
    for one in wiring.verifier().trust.authorities():
        span = f"{local(one.not_before):%Y-%m-%d} 至 {local(one.not_after):%Y-%m-%d}"
        if not one.not_before <= now <= one.not_after:
            yield broken(f"{one.subject}：不在有效期内（{span}），其CA锁都不能使用", remedy)
        elif now > one.not_after - RENEWED_BEFORE:
            yield warning(f"{one.subject}：即将过期（{span}），届时其CA锁都不能使用", remedy)


def revocation(wiring: Wiring) -> Iterator[Line]:
    """Whether the locks of each CA can be judged: how its revocation is judged,
    and how old its lists are."""
    profiles = wiring.settings.certificates.profiles
    named = {key: one for key, one in profiles.items() if one.issuers}
    if not named:
        yield warning(
            "没有写明任何CA的证书，CA锁都不能使用",
            "启用CA登录的，在 config.yaml 的 certificates.profiles 写明 issuers",
        )
    for key, one in named.items():
        if one.revocation == "none":
            yield warning(
                f"{one.title}：不查吊销，被吊销和挂失的锁也能登录",
                f"把 certificates.profiles.{key}.revocation 改回 auto",
            )
    remedy = (
        "在 certificates.profiles 写明 crl_urls，启动后自动获取；"
        f"或把列表文件（.crl）放入 {wiring.config.crl_folder}"
    )
    for line in watched(wiring.verifier(), wiring.clock.now()):
        if line.age is Age.FRESH:
            yield well(line.text)
        else:
            yield (warning if line.age is Age.AGEING else broken)(line.text, remedy)
