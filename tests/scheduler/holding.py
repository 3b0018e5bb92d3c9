"""A process of its own that takes what there is and stands still in the middle of its first mail.

It lies apart from the tests so that it loads no more.
"""

import threading
from pathlib import Path

from mail_intake.intake import Intake
from scheduler.engines.procrastinate import ProcrastinateEngine
from scheduler.work import Pace, Work
from tests.flows.walker import ADDRESS, CannedReader
from tests.flows.workers import desk_over
from tests.scheduler.test_engine import FROM, Post, WaitingBox
from tests.servers.cut_off import enter
from tests.servers.databases import libpq


def hold(url: str, take_over_s: float, folder: Path, namespace: str | None = None) -> None:
    """Until the end of the process; goes on when the folder says so.

    An Event of multiprocessing hangs with a process that is killed.
    """
    if namespace:
        enter(namespace)
    desk, box, watched = desk_over(url), WaitingBox(), threading.Event()
    box.store, box.name, box.log_out = desk.store, "INBOX", watched.clear
    box.wait = lambda timeout_s: watched.set() or box.wake.wait(timeout_s)
    intake = Intake(desk, CannedReader(), [ADDRESS])

    def judge(mail_id: int) -> bool:
        watched.wait()
        (folder / "reached").touch()
        while not (folder / "go on").exists():
            watched.wait(0.05)
        return intake.judge(mail_id)

    work = Work(
        desk,
        intake,
        box,
        Post(),
        FROM,
        Pace(1, 1, 60, 60, 60),
        judge_each=lambda mail_ids: [judge(mail_id) for mail_id in mail_ids],
    )
    ProcrastinateEngine(work, desk.store, libpq(url), take_over_s=take_over_s).start()
    threading.Event().wait()
