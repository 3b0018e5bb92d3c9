"""What leaves the desk without a login: log lines and /health.

Ids and states, nothing of what people wrote.
"""

import contextlib
import json
import logging
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import event

from app.logs import OURS, start_logging
from app.operations.health import JOBS, MAILBOX, DeskHealth
from app.settings.config import Config
from app.settings.desk_settings import LoggingZone
from app.wiring import Wiring
from core.cases.letters.deliver import decide_letter, deliver
from core.data.letter import Lane, Letter, LetterKind, LetterState, Rendered
from core.data.mail_record import NewMail
from tests.app.parsing import settings_of
from tests.app.running import ROOT, logging_restored
from tests.fixed_clock import FixedClock
from tests.servers.smtp_sink import Fault, SmtpSink, certificate, smtp_sink
from tests.unaudited import unaudited

__all__ = ["certificate", "smtp_sink"]

SECRET = "居民身份证号 119999199001011234 someone@example.com"
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
STARTED = NOW - timedelta(days=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log file that this process writes to while the test runs."""
    root, file = logging.getLogger(), tmp_path / "deep" / "desk.log"
    with logging_restored():
        start_logging(LoggingZone(file=file))
        # else a logger that is used here writes into this file for good
        structlog.configure(cache_logger_on_first_use=False)
        yield file
        for handler in root.handlers:
            handler.close()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_a_line_is_one_json_object_with_its_time(log: Path) -> None:
    structlog.get_logger("scheduler.work").info("case.completed", case=7, state="completed")
    (line,) = lines(log)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "case.completed",
        "case": 7,
        "state": "completed",
        "level": "info",
        "logger": "scheduler.work",
    }


def test_an_exception_is_logged_by_type_and_place_never_by_its_words(log: Path) -> None:
    try:
        raise ValueError(SECRET)  # noqa: TRY301  # to be caught here
    except ValueError:
        structlog.get_logger("mail_intake.intake").exception("mail.failed", mail=3)
        logging.getLogger("somelibrary").exception("it broke")
    ours, theirs = lines(log)
    assert (ours["error"], ours["mail"]) == ("ValueError", 3)
    assert "test_logs_and_health.py" in ours["at"]
    assert theirs["error"] == "ValueError"
    assert "119999" not in log.read_text(encoding="utf-8")


def test_a_full_disk_drops_lines_and_prints_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_restored():
        start_logging(LoggingZone(file=Path("/dev/full")))
        logging.getLogger("somelibrary").warning("it broke", exc_info=ValueError(SECRET))
        for handler in logging.getLogger().handlers:
            handler.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "arguments", "written"),
    [
        ("could not read %s", (SECRET,), "could not read <str>"),
        (
            'Execution of job "%s" skipped: maximum number of running instances reached (%d)',
            (SECRET, 1),
            'Execution of job "<str>" skipped: maximum number of running instances reached (1)',
        ),
        ("%(what)s took %(s).1f s", ({"what": SECRET, "s": 2.04},), "<str> took 2.0 s"),
        ("100 %", (), "100 %"),
    ],
)
def test_a_librarys_line_is_filled_without_what_its_arguments_say(
    log: Path,
    text: str,
    arguments: tuple[object, ...],
    written: str,
) -> None:
    logging.getLogger("somelibrary").warning(text, *arguments)
    (line,) = lines(log)
    assert line["event"] == written
    assert line.keys() == {"event", "level", "logger", "timestamp"}
    assert "example.com" not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_log_from_warnings_on_whatever_the_level(tmp_path: Path, level: str) -> None:
    with logging_restored():
        start_logging(LoggingZone(level=level, file=tmp_path / "desk.log"))
        for name in ("procrastinate.worker", "imapclient", "a library that nobody knows"):
            logging.getLogger(name).info("Running job %s", SECRET)
        logging.getLogger("web.pages").info("ours")
        assert [line["event"] for line in lines(tmp_path / "desk.log")] == ["ours"]


def test_every_package_of_ours_logs_at_the_level() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    without_logs = {"agent", "lock_protocol"}
    packages = project["tool"]["importlinter"]["root_packages"]
    assert {*packages} - without_logs == {*OURS} - {"__main__"}


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    return Wiring(
        Config(settings_of({"storage": {"folder": tmp_path}}), tmp_path), {}, FixedClock(NOW)
    )


def health(wiring: Wiring, *letters: Letter, alert: str = "", late: str = "") -> dict[str, bool]:
    """Which lines are well; all jobs went well a moment ago, but for the one that is `late`."""
    with contextlib.closing(wiring.store()) as store:
        with store.transaction() as tx:
            tx.now = NOW - timedelta(seconds=90)
            for job in JOBS:
                if job != late:
                    tx.ticks.note(f"{job}.maildir" if job == MAILBOX else job)
            tx.now = NOW
            for letter in letters:
                tx.letters.add(letter)
            if alert:
                tx.alerts.add(alert, "…")
        return {
            line.name: line.ok for line in DeskHealth(wiring, wiring.desk(store), STARTED).lines()
        }


def letter(state: LetterState, age: timedelta) -> Letter:
    return Letter(
        0,
        LetterKind.RECEIVED,
        "a@example.com",
        Rendered("s", "t", "h"),
        f"<{state}{age}@x>",
        NOW - age,
        state=state,
        next_try_at=NOW,
    )


@pytest.mark.parametrize(
    ("letters", "alert", "ill"),
    [
        ((), "", set()),
        ((letter(LetterState.PENDING, timedelta(minutes=5)),), "", set()),
        ((letter(LetterState.PENDING, timedelta(hours=1)),), "", {"letters"}),
        ((letter(LetterState.PARKED, timedelta(minutes=1)),), "letters.stuck", {"refused"}),
        ((letter(LetterState.CANCELLED, timedelta(days=1)),), "letters.stuck", set()),
        ((), "mailbox.maildir", {"alerts"}),
        ((), "window.missed", {"alerts"}),
        ((), "case.JB20261125-0001", set()),
    ],
)
def test_health_tells_an_ill_desk_from_a_single_case(
    wiring: Wiring, letters: tuple[Letter, ...], alert: str, ill: set[str]
) -> None:
    assert {name for name, ok in health(wiring, *letters, alert=alert).items() if not ok} == ill


def test_health_and_metrics_speak_of_a_letter_that_a_server_refused_until_a_person_sees_to_it(
    tmp_path: Path, smtp_sink: SmtpSink
) -> None:
    smtp = {"host": "127.0.0.1", "port": smtp_sink.port, "security": "none"}
    config = {"storage": {"folder": tmp_path}, "outbox": {"kind": "smtp", "smtp": smtp}}
    wiring = Wiring(Config(settings_of(config), tmp_path), {}, FixedClock(NOW))
    smtp_sink.next_faults.append(Fault.REFUSE_RECIPIENT)
    with (
        contextlib.closing(wiring.store()) as store,
        contextlib.closing(wiring.transport()) as transport,
    ):
        desk = wiring.desk(store)

        def seen() -> tuple[bool, str]:
            line = next(
                line for line in DeskHealth(wiring, desk, NOW).lines() if line.name == "refused"
            )
            found = re.search(
                rb"^unbind_letters_refused (.*)",
                DeskHealth(wiring, desk, NOW).metrics(),
                re.MULTILINE,
            )
            assert found
            return line.ok, found[1].decode()

        with unaudited(store) as tx:
            letter_id = tx.letters.add(letter(LetterState.PENDING, timedelta(0)))
            forged = replace(letter(LetterState.PARKED, timedelta(0)), lane=Lane.UNPROVED)
            tx.letters.add(forged)
        assert seen() == (True, "0.0"), "a forged sender that nobody reaches is no illness"
        deliver(desk, transport, wiring.sender())
        assert seen() == (False, "1.0")
        decide_letter(desk, letter_id, "li", sends=True)
        deliver(desk, transport, wiring.sender())
        assert seen() == (True, "0.0")


@pytest.mark.parametrize("job", JOBS)
def test_health_speaks_of_a_job_that_never_went_well(wiring: Wiring, job: str) -> None:
    assert not health(wiring, late=job)["jobs"]


def test_a_desk_that_just_started_is_healthy(wiring: Wiring) -> None:
    with contextlib.closing(wiring.store()) as store:
        assert all(line.ok for line in DeskHealth(wiring, wiring.desk(store), NOW).lines())


@pytest.mark.parametrize("job", JOBS)
def test_health_speaks_of_a_job_that_stopped(wiring: Wiring, job: str) -> None:
    assert health(wiring)["jobs"]
    wiring.clock.at = NOW + timedelta(hours=4)  # type: ignore[attr-defined]
    with contextlib.closing(wiring.store()) as store:
        with store.transaction() as tx:
            for other in JOBS:
                if other != job:
                    tx.ticks.note(other)
        lines = {
            line.name: line.text
            for line in DeskHealth(wiring, wiring.desk(store), STARTED).lines()
            if not line.ok
        }
    assert lines == {"jobs": f"{JOBS[job][0]}最近一次成功是 4 小时前"}


def test_health_speaks_of_a_mail_that_waits_for_long(wiring: Wiring) -> None:
    with contextlib.closing(wiring.store()) as store, store.transaction() as tx:
        tx.mails.add(NewMail("INBOX", 1, 1, NOW - timedelta(minutes=31), 1, b"x"))
    assert not health(wiring)["mails"]


def test_a_database_that_takes_no_writes_is_not_healthy(wiring: Wiring) -> None:
    assert health(wiring)["database"]
    wiring.clock.at = NOW + timedelta(minutes=1)  # type: ignore[attr-defined]
    with contextlib.closing(wiring.store()) as store:
        event.listen(
            store.engine,
            "connect",
            lambda connection, _record: connection.execute("PRAGMA query_only=ON"),
        )
        store.engine.dispose()
        lines = {
            line.name: line.ok for line in DeskHealth(wiring, wiring.desk(store), STARTED).lines()
        }
    assert lines == {"database": False, "disk": True}


@pytest.mark.parametrize(
    ("now", "ok"),
    [
        (datetime(2026, 11, 25, tzinfo=UTC), True),
        (datetime(2099, 3, 2, tzinfo=UTC), False),
    ],
)
def test_health_speaks_of_a_calendar_that_ends(wiring: Wiring, now: datetime, ok: bool) -> None:
    wiring.clock.at = now  # type: ignore[attr-defined]
    with contextlib.closing(wiring.store()) as store:
        line = next(
            line
            for line in DeskHealth(wiring, wiring.desk(store), STARTED).lines()
            if line.name == "calendar"
        )
    assert line.ok is ok
    assert "chinesecalendar" in line.text
