"""What judging costs whoever opens a page: a flood is judged in another process, on SQLite, while
pages are opened and steps wait for their turn.

Pages only look, so they take no turn: what they lose is the processor.
Run: python -m bench.pages_wait [MAILS]
"""

import multiprocessing
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import quantiles

from fastapi.testclient import TestClient

from bench.desk import make_desk
from bench.flood import ADDRESS, HONEST, Box, flood_mail, other_names
from bench.judging import Unread
from bench.quiet import hush
from core.accounts.administrators import administrator_login, personnel
from core.accounts.console_desk import ConsoleDesk
from core.cases.desk import Desk
from core.data.tries import LoginSource
from mail_intake.intake import Intake
from web.application import create_app
from web.common.cookies import SESSION, cookie_name
from web.common.page_settings import WebSettings

MAILS, ALONE, WARMING, PAUSE_S = 1_500, 100, 5, 0.005


def judge(folder: Path, key: bytes, begun: Event) -> None:
    """What the judging process does: everything that waits."""
    hush()
    intake = Intake(make_desk(folder, key=key), Unread(), [ADDRESS])
    begun.set()
    while intake.judge_waiting():
        pass


def visitor(desk: Desk) -> TestClient:
    """An administrator's browser."""
    settings, source = (
        WebSettings(secure_cookies=False, base_url="http://testserver"),
        LoginSource("192.0.2.9"),
    )
    console = ConsoleDesk(desk.store, desk.passwords, desk.clock)
    once = personnel.create(console, "bench", "wang")
    typed = administrator_login.NewPassword(once, "correct horse 7", "correct horse 7")
    entry = administrator_login.change_password(console, "wang", typed, source)
    return TestClient(
        create_app(desk, settings), cookies={cookie_name(settings, SESSION): entry.token}
    )


def told(name: str, took_s: Sequence[float]) -> str:
    cuts = quantiles(took_s, n=20)
    return (
        f"{name} p50 {cuts[9] * 1000:.1f} · p95 {cuts[18] * 1000:.1f} · most "
        f"{max(took_s) * 1000:.1f} ms"
    )


def opened(
    desk: Desk, browser: TestClient, pages: Sequence[str], more: Callable[[int], bool]
) -> Iterator[tuple[str, float]]:
    """What was waited for, and its seconds, round after round:
    the turn of a step, and each page."""
    rounds = 0
    while more(rounds):
        began = time.perf_counter()
        with desk.store.transaction():
            waited_s = time.perf_counter() - began
        yield "the turn of a step", waited_s
        for page in pages:
            began = time.perf_counter()
            assert browser.get(page).status_code == 200
            yield page, time.perf_counter() - began
        time.sleep(PAUSE_S)
        rounds += 1


def main() -> None:
    hush()
    key, count = secrets.token_bytes(32), int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    with tempfile.TemporaryDirectory() as name:
        desk = make_desk(Path(name), key=key)
        intake, honest = (
            Intake(desk, Unread(), [ADDRESS]),
            flood_mail(1, "北京晨曦诚信有限公司", HONEST),
        )
        intake.collect(Box([honest]))
        intake.judge_waiting()
        with desk.store.transaction() as tx:
            [case] = tx.cases.find()
        intake.collect(Box([honest, *other_names(count)]))
        browser, pages = visitor(desk), ["/", "/today", f"/cases/{case.number}", "/mails"]
        here = multiprocessing.get_context("spawn")
        judging = here.Process(target=judge, args=(Path(name), key, begun := here.Event()))
        dict(opened(desk, browser, pages, lambda rounds: rounds < WARMING))
        for when, more in (
            ("nothing is judged", lambda rounds: rounds < ALONE),
            ("a flood is judged", lambda _: judging.is_alive()),
        ):
            if when.startswith("a flood"):
                judging.start()
                begun.wait()
            took: dict[str, list[float]] = {}
            for what, seconds in opened(desk, browser, pages, more):
                took.setdefault("a page" if what in pages else what, []).append(seconds)
            print(
                f"{when}: "
                + "; ".join(told(what, times) for what, times in took.items())
                + f" ({len(took['a page'])} pages)"
            )
        judging.join()
        desk.store.close()


if __name__ == "__main__":
    main()
