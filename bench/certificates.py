"""Certificates and signatures: how near the checks come to `openssl speed`, and what a lookup
in a large revocation list costs.

Ratios carry over to other machines, absolute times do not. Rates count the CPU time of this
process, as `openssl speed` does, and each round runs beside one of its own; lookups are by the wall
clock. Goals: lookup p99 < 0.1 ms at 100,000 entries; whole SM2 certificates at 60 % of `openssl
speed`. Run: python -m bench.certificates
"""

import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace

from core.clock import FixedClock
from core.locks.certificates.parsing import parse
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from lock_protocol.signatures import SystemSignatures
from tests.certificates import pki
from tests.certificates.pki import NOW, Authority, enterprise
from tests.certificates.profiles import GENERIC

SECONDS = 1.0
ROUNDS = 3
ENTRIES = 100_000
MESSAGE = b"UNBIND-DESK LOCK 1\n" + bytes(128)
SPEED = {"rsa": "rsa2048", "p256": "ecdsap256", "sm2": "sm2"}


def openssl_verifications(kind: str) -> float:
    """Verifications a second by `openssl speed`, on one core; 0 where there is none."""
    try:
        said = subprocess.run(
            ["openssl", "speed", "-seconds", "1", SPEED[kind]],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0.0
    return float(re.split(r"\s+", said.strip().splitlines()[-1])[-1])


def rate(act: Callable[[], object]) -> float:
    """Calls a second of CPU time."""
    count, began = 0, time.process_time()
    while (passed := time.process_time() - began) < SECONDS:
        for _ in range(20):
            act()
        count += 20
    return count / passed


def beside(kind: str, measure: Callable[[], float]) -> str:
    """The median of several rounds, and its share of openssl's rate in the same round."""
    rounds = [(measure(), openssl_verifications(kind)) for _ in range(ROUNDS)]
    ours = statistics.median(own for own, _ in rounds)
    if not all(peer for _, peer in rounds):
        return f"{ours:9,.0f}/s   no openssl here"
    share = statistics.median(own / peer for own, peer in rounds)
    return (
        f"{ours:9,.0f}/s   {100 * share:5.1f} % of "
        f"{statistics.median(peer for _, peer in rounds):9,.0f}/s"
    )


def signature_rates(signatures: SystemSignatures) -> None:
    print(
        "signature checks (a lock's answer of 147 octets), one core; share of `openssl speed` in "
        "the same run"
    )
    for kind in ("rsa", "p256", "sm2"):
        key = pki.kept_key(kind, "leaf")
        signature = key.sign(key.algorithm, MESSAGE)
        assert signatures.verify(key.spki, signature, MESSAGE)

        def checks(key=key, signature=signature):
            return rate(lambda: signatures.verify(key.spki, signature, MESSAGE))

        print(f"  {kind:<5} {beside(kind, checks)}")


def chain(
    kind: str, signatures: SystemSignatures, **knobs: object
) -> tuple[Authority, CertificateVerifier]:
    root = pki.root(kind)
    issuer = pki.below(root, kind)
    profile = replace(GENERIC, issuers=(issuer.der,), **knobs)
    return issuer, CertificateVerifier([profile], signatures, FixedClock(NOW), roots=[root.der])


def path_rates(signatures: SystemSignatures) -> None:
    print(
        "whole verification of a certificate never seen before (operating CA, root); "
        "share of one bare signature; and of one seen before"
    )
    for kind in ("rsa", "p256", "sm2"):
        issuer, verifier = chain(kind, signatures)
        fresh = beside(kind, lambda issuer=issuer, verifier=verifier: never_seen(issuer, verifier))
        leaf = enterprise(issuer)
        again = rate(lambda leaf=leaf, verifier=verifier: verifier.verify(leaf, NOW, "login"))
        print(f"  {kind:<5} new {fresh}   seen {again:9,.0f}/s")


def never_seen(issuer: Authority, verifier: CertificateVerifier) -> float:
    keys = [
        pki.sm2_key() if issuer.key.kind == "sm2" else pki.kept_key(issuer.key.kind, "leaf")
        for _ in range(500)
    ]
    leaves = [enterprise(issuer, key) for key in keys]
    began = time.process_time()
    for leaf in leaves:
        verifier.verify(leaf, NOW, "login")
    return len(leaves) / (time.process_time() - began)


def revocation_lookups(signatures: SystemSignatures) -> None:
    issuer, verifier = chain("sm2", signatures, revocation="crl")
    revoked = range(0x10000000, 0x10000000 + ENTRIES)
    data = issuer.crl([(serial, 1 if serial % 2 else None) for serial in revoked])
    began = time.perf_counter()
    verifier.lists.offer(data, NOW)
    indexed_s = time.perf_counter() - began
    authority = next(one for one in verifier.issuers.trust.authorities() if one.der == issuer.der)
    asked = [
        parse(enterprise(issuer, serial=serial)) for serial in (*revoked[::500], *range(1, 801))
    ]
    times = []
    for _ in range(10):
        for certificate in asked:
            began = time.perf_counter()
            verifier.lists.standing(certificate, authority, NOW)
            times.append(time.perf_counter() - began)
    times.sort()
    print(
        f"revocation list of {ENTRIES:,} entries, {len(data) / 1e6:.1f} MB, SM2: "
        f"taken and indexed in {indexed_s * 1000:.0f} ms"
    )
    p50, p99 = statistics.median(times), times[int(0.99 * len(times))]
    print(
        f"  lookup p50 {p50 * 1e3:.4f} ms   p99 {p99 * 1e3:.4f} ms   (goal p99 < 0.1 ms)   worst "
        f"{times[-1] * 1e3:.3f} ms, {len(times):,} lookups"
    )


def main() -> None:
    signatures = desk_signatures()
    signature_rates(signatures)
    path_rates(signatures)
    revocation_lookups(signatures)


if __name__ == "__main__":
    main()
