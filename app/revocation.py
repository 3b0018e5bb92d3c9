"""Updates the certificate revocation lists (CRL) of a desk that serves pages: fetches them by a
timer, loads those in the folder, and raises alerts about old ones.

It runs in each process that serves pages, because these verify locks; they share the folder. A list
that cannot be fetched is tried again soon, and the present one is used until it expires. After that
the desk refuses the locks of that CA, so an alert comes earlier.
"""

import threading

import structlog

from core.cases.desk import Desk
from core.errors import ListUnavailable
from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.crl_fetch import fetch, list_urls
from core.locks.certificates.crl_watch import Age, ListLine, watched
from core.locks.certificates.verifier import CertificateVerifier

ALERT = "revocation"
SOON = "revocation-soon"
FILE = "revocation-file"
EVERY_S = 3600.0
AGAIN_S = 300.0
"""After a round that failed."""
LIST_TIMEOUT_S = 60.0
"""For the download of one revocation list."""

log = structlog.get_logger(__name__)


class RevocationKeeper:
    """The thread that updates the lists."""

    def __init__(self, verifier: CertificateVerifier, desk: Desk) -> None:
        self._verifier, self._desk = verifier, desk
        self._urls = list_urls(verifier.trust)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="revocation lists", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Tell the thread to end. Does not wait for it."""
        self._stopping.set()

    def round(self) -> list[str]:
        """Load the folder, fetch every list once, and update the alerts.

        Returns one message for each failure, without personal data.
        """
        self._verifier.lists.look_again()
        failed = [*self._verifier.lists.unread]
        for url in self._urls:
            try:
                self._verifier.lists.offer(fetch(url, LIST_TIMEOUT_S), self._desk.now())
            except (CertificateRefused, ListUnavailable) as error:
                failed.append(f"{url}：{error}")
        for message in failed:
            log.warning("revocation.not_taken", what=message)
        lines = watched(self._verifier, self._desk.now())
        why = f"最近一次未能采用：{'；'.join(failed[:3])}" if failed else ""
        wanted = dict(_alert(line, why) for line in lines if line.age is not Age.FRESH)
        with self._desk.step() as tx:
            for alert in tx.alerts.find(families=(ALERT, SOON, FILE)):
                if alert.kind not in wanted:
                    tx.alerts.clear(alert.kind)
            for kind, text in wanted.items():
                tx.alerts.add(kind, text)
        return failed

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            try:
                pause_s = AGAIN_S if self.round() else EVERY_S
            except Exception as error:
                # the thread must go on as long as the desk runs
                log.error("revocation.failed", exc_info=error)
                pause_s = AGAIN_S


def _alert(line: ListLine, why: str) -> tuple[str, str]:
    """Kind and text of the alert about a list that is old or cannot be read."""
    if line.age is Age.AGEING:
        return f"{SOON}.{line.id}", f"{line.text}。过期后此CA的锁将不能登录。{why}"
    if line.age is Age.UNREAD:
        return f"{FILE}.{line.id}", line.text
    return (
        f"{ALERT}.{line.id}",
        (
            f"{line.text}：此CA的锁现在不能登录和绑定。"
            f"请核对 crl_urls 与网络，或把列表文件（.crl）放入 crl_folder。{why}"
        ),
    )
