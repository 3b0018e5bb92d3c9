"""From where the console is reached, how long a login lasts, and which passwords it takes."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.data.tries import Audience
from core.errors import Busy
from core.keys.passwords import Argon2Passwords
from tests.web.conftest import Visitor
from tests.web.harness import PASSWORD, Harness, PlainPasswords
from web.common.cookies import cookie_name
from web.common.page_limits import OwnThreads
from web.common.page_settings import WebSettings

CONSOLE = (
    "/",
    "/login",
    "/password",
    "/cases/JB20261125-0001",
    "/mails",
    "/letters",
    "/alerts",
    "/enterprises",
    "/enterprises/1",
    "/certificates",
    "/people",
    "/second-factor",
    "/login/second-factor",
    "/calendar",
    "/audit",
    "/statistics",
)
DEVICE = cookie_name(WebSettings(secure_cookies=False), f"device-{Audience.ADMINISTRATOR}")


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("10.20.30.40", True),
        ("2001:db8:1::7", True),
        ("::ffff:10.1.2.3", True),
        ("192.0.2.1", False),
        ("2001:db8:2::7", False),
        ("no address", False),
    ],
)
def test_the_console_is_there_for_its_networks_only(tmp_path, source, inside):
    harness = Harness(tmp_path, administrators_from=("10.0.0.0/8", "2001:db8:1::/48"))
    harness.administrator()
    visitor = Visitor(harness.app, client=(source, 1234))
    assert [visitor.get(path).status_code == 404 for path in CONSOLE] == [not inside] * len(CONSOLE)
    assert visitor.get("/health").status_code == 200
    assert visitor.get("/link/unknown-token-of-a-letter").status_code == 410
    answer = visitor.post("/login", data={"name": "wang", "password": PASSWORD})
    assert answer.status_code == (403 if inside else 404), "without the form's token"
    harness.store.close()


def test_a_session_that_nobody_uses_ends(harness, admin):
    harness.clock.at += timedelta(minutes=29)
    assert admin.get("/").status_code == 200
    harness.clock.at += timedelta(minutes=29)
    assert admin.get("/").status_code == 200
    harness.clock.at += timedelta(minutes=30)
    assert admin.get("/").headers["location"] == "/login"


def test_a_one_time_password_is_good_for_a_day(harness, visitor):
    once = harness.one_time("li")
    harness.clock.at += timedelta(hours=24, seconds=-1)
    assert visitor.log_in("li", once).headers["location"] == "/password"
    harness.clock.at += timedelta(seconds=1)
    late = visitor.log_in("li", once)
    assert (late.status_code, "超过 24 小时" in late.text) == (401, True)
    assert "超过 24 小时" not in visitor.log_in("li", "wrong password").text


@pytest.mark.parametrize(
    "password",
    [
        "Password123456",
        "P@ssw0rd2026",
        "a123456789",
        "qq123456789",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "woaini1314520",
        "iloveyou2026",
        "Abc1234567",
        "admin888888",
        "wangwang2026",
        "aaaabbbbcccc",
        "20261125",
        "x7Kp" * 40,
    ],
)
def test_what_guessers_try_first_is_known(password):
    assert Argon2Passwords().guessable(password, ("wang",))


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "another horse 8",
        "lvse-2026-Chuan",
        "blauwe-fiets-92",
        "q8fk-w2mz-t6xn-pc4h",
        "晴川历历汉阳树-7",
        "q8fk-w2mz" + "x" * 119,
    ],
)
def test_what_takes_long_to_guess_is_taken(password):
    assert not Argon2Passwords().guessable(password, ("wang",))


def test_a_login_makes_the_browser_known_and_strangers_do_not_shut_it_out(harness, admin):
    admin.log_in()
    cookie = next(c for c in admin.cookies.jar if c.name == DEVICE)
    assert cookie.has_nonstandard_attr("HttpOnly")
    stranger = Visitor(harness.app)
    for _ in range(8):
        stranger.log_in(password="wrong")
    assert stranger.log_in().status_code == 401
    assert admin.log_in().status_code == 303


def test_a_changed_password_makes_known_browsers_strangers(harness, admin):
    admin.log_in()
    held = admin.cookies[DEVICE]
    assert (
        admin.submit(
            "/password", old=PASSWORD, new="another horse 8", again="another horse 8"
        ).status_code
        == 303
    )
    thief = Visitor(harness.app)
    for _ in range(5):
        thief.log_in(password="wrong")
    thief.cookies.set(DEVICE, held, domain="testserver.local", path="/")
    assert thief.log_in(password="another horse 8").status_code == 401
    assert admin.log_in(password="another horse 8").status_code == 303


class HeldPasswords(PlainPasswords):
    """Verifies only when it is let."""

    def __init__(self):
        self.let_go, self.waiting = threading.Event(), threading.Semaphore(0)

    def verify(self, password_hash, password):
        self.waiting.release()
        self.let_go.wait(60)
        return super().verify(password_hash, password)


def test_a_flood_of_logins_stops_no_page(tmp_path):
    """More logins than the pages have threads wait for the hasher: a page is answered meanwhile,
    and who finds no place is told at once."""
    held = HeldPasswords()
    harness = Harness(tmp_path, held, per_minute={"login": 1000})

    def flood(number):
        visitor = Visitor(harness.app, client=(f"192.0.2.{number}", 1))
        return visitor.log_in(f"nobody{number}", "wrong").status_code

    with Visitor(harness.app) as bystander, ThreadPoolExecutor(60) as pool:
        answers = [pool.submit(flood, number) for number in range(60)]
        for _ in range(4):
            assert held.waiting.acquire(timeout=40)
        assert bystander.get("/login").status_code == 200
        assert not held.waiting.acquire(blocking=False), (
            "four at once, the others wait in their places"
        )
        held.let_go.set()
        codes = [answer.result(60) for answer in answers]
    assert set(codes) <= {401, 503}
    assert codes.count(401) >= 32
    harness.store.close()


def test_who_finds_no_place_is_refused_and_places_are_given_back():
    async def scene():
        threads, let_go = OwnThreads(at_once=1, places=2), threading.Event()
        held = [asyncio.ensure_future(threads.run(lambda: let_go.wait(40))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await threads.run(lambda: True)
        let_go.set()
        assert await asyncio.gather(*held) == [True, True]
        assert await threads.run(lambda: True)

    # a browser test before this one leaves its loop running in the main thread
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, scene()).result(60)
