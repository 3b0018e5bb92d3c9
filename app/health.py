"""What /health reports to a monitor: database, disk, mailbox, window, outbox. No personal data, no login."""

import shutil
from datetime import timedelta
from typing import Final

from app.wiring import Wiring
from core.cases.desk import Desk
from core.cases.letter import LetterState
from core.errors import DeskError
from web.settings import HealthLine

LEAST_FREE_BYTES: Final = 500 * 1024 * 1024
ILL: Final = ("mailbox", "window", "transport", "revocation")
LATE: Final = timedelta(minutes=30)
"""A letter that waits longer says that the outbox does not work; a parked one is a single letter's trouble and waits for a person."""
"""Kinds of alerts that mean the desk itself is not well; others are single cases for people."""


def health_lines(wiring: Wiring, desk: Desk) -> list[HealthLine]:
    """Each thing that was looked at, and whether it is well."""
    try:
        with desk.store.transaction() as tx:
            alerts = tx.alerts.find(families=ILL)
            waiting = tx.letters.find(states=[LetterState.PENDING], limit=1000)
    except DeskError:
        return [HealthLine("database", ok=False, text="数据库不可用。"), disk_line(wiring)]
    late = sum(desk.clock.now() - letter.ready_at > LATE for letter in waiting)
    ill = [alert.kind for alert in alerts]
    return [
        HealthLine("database", ok=True, text="数据库正常。"),
        disk_line(wiring),
        calendar_line(desk),
        confinement_line(wiring),
        HealthLine("alerts", ok=not ill, text="、".join(kind.split(".")[0] for kind in ill) or "办理台运行无异常提醒。"),
        HealthLine("letters", ok=not late, text=f"{late} 封回执久未发出。" if late else "无积压。"),
    ]


def calendar_line(desk: Desk) -> HealthLine:
    """The last known year is said 60 days before it ends (RULES.md section 2), and is an illness once windows are provisional."""
    now = desk.clock.now()
    year = desk.workdays.unknown_year_ahead(now)
    provisional = desk.workdays.window_for(now).provisional
    return HealthLine("calendar", ok=not provisional, text=f"工作日历缺少 {year} 年，请升级 chinesecalendar。" if year else "工作日历正常。")


def confinement_line(wiring: Wiring) -> HealthLine:
    """Worth knowing, but no illness: where it must not be, the desk does not start (documents.confine)."""
    why = wiring.why_in_the_open()
    return HealthLine("confinement", ok=True, text=f"警告：陌生文件未隔离（{why}），请运行 unbind doctor。" if why else "陌生文件在隔离中读取。")


def disk_line(wiring: Wiring) -> HealthLine:
    """Room on the disk of the storage folder."""
    free = shutil.disk_usage(wiring.config.folder).free
    return HealthLine("disk", ok=free > LEAST_FREE_BYTES, text=f"剩余 {free // 2**20:,} MiB。")
