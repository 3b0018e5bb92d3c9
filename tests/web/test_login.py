"""Who gets in, what is kept of it, and what a guesser learns: nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.administrators import administrator_login, personnel
from core.data.tries import LoginSource
from core.errors import EntryRefused, NotAllowed
from core.tokens import digest
from tests.web.conftest import Visitor
from tests.web.harness import PASSWORD, Harness, PlainPasswords

COOKIE = "unbind"


def test_a_login_sets_a_cookie_that_no_script_and_no_other_site_gets(harness, visitor):
    harness.administrator()
    cookie = visitor.log_in().headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


def test_over_https_the_cookie_is_bound_to_host_and_https(tmp_path):
    harness = Harness(tmp_path, secure_cookies=True)
    harness.administrator()
    visitor = Visitor(harness.app, base_url="https://testserver")
    answer = visitor.log_in()
    assert answer.headers["set-cookie"].startswith("__Host-unbind=")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert visitor.get("/").status_code == 200
    harness.store.close()


def test_only_the_digest_of_the_cookie_is_stored(harness, admin):
    token = admin.cookies[COOKIE]
    with harness.tx() as tx:
        assert tx.sessions.by_id(token) is None
        assert tx.sessions.by_id(digest(token)) is not None
    everything = "".join(path.read_bytes().decode("latin1") for path in _files(harness))
    assert token not in everything


def _files(harness):
    from pathlib import Path

    return sorted(Path(harness.store.engine.url.database).parent.glob("desk.db*"))


@pytest.mark.parametrize("name", ["wang", "nobody", "", "wang\x00", "王" * 300, "' or 1=1 --"])
def test_a_wrong_login_has_one_answer(harness, visitor, name):
    harness.administrator()
    answer = visitor.log_in(name, "wrong password")
    assert answer.status_code == 401
    assert "账号或密码不正确。还可尝试 4 次。" in answer.text
    assert COOKIE not in visitor.cookies


def test_five_wrong_tries_lock_for_a_minute_and_then_longer(harness, visitor):
    harness.administrator()
    for _ in range(4):
        assert "还可尝试" in visitor.log_in(password="wrong").text
    for minutes in (1, 2, 4, 8, 15, 15):
        assert f"{minutes} 分钟后自动恢复" in visitor.log_in(password="wrong").text
        harness.clock.at += timedelta(minutes=minutes) - timedelta(seconds=1)
        assert (visitor.log_in().status_code, "1 分钟后自动恢复" in visitor.log_in().text) == (
            401,
            True,
        ), "the right one does not open a lock"
        harness.clock.at += timedelta(seconds=1)
    assert visitor.log_in().status_code == 303


def test_a_right_login_clears_the_count(harness, visitor):
    harness.administrator()
    for _ in range(3):
        for _ in range(4):
            visitor.log_in(password="wrong")
        assert visitor.log_in().status_code == 303


def test_one_address_gets_so_many_tries_a_minute(tmp_path):
    harness = Harness(tmp_path, per_minute={"login": 3})
    visitor = Visitor(harness.app)
    assert [visitor.log_in("nobody", "x").status_code for _ in range(4)] == [401, 401, 401, 429]
    harness.clock.at += timedelta(minutes=1)
    harness.administrator()
    assert [visitor.log_in().status_code for _ in range(5)] == [303] * 5, (
        "one that succeeds does not count"
    )
    assert [visitor.log_in("nobody", "x").status_code for _ in range(4)] == [401, 401, 401, 429]
    harness.store.close()


def test_a_one_time_password_opens_only_the_page_that_replaces_it(harness, visitor):
    once = harness.one_time("li")
    assert visitor.log_in("li", once).headers["location"] == "/password"
    assert visitor.get("/").headers["location"] == "/password"
    assert visitor.submit("/approve").headers["location"] == "/password"
    visitor.see("/password")
    assert (
        visitor.submit("/password", old=once, new=PASSWORD, again=PASSWORD).headers["location"]
        == "/today"
    )
    assert visitor.get("/").status_code == 200
    assert visitor.log_in("li", once).status_code == 401


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("longer password 1", "other password 1", "不一致"),
        ("short", "short", "至"),
        ("1234567890123", "1234567890123", "字母和数字"),
        ("aaaaaaaaaaa1", "aaaaaaaaaaa1", "重复"),
        ("wang-and-more-1", "wang-and-more-1", "账号名"),
        (PASSWORD, PASSWORD, "原密码"),
        ("Password123456", "Password123456", "过于常见"),
    ],
)
def test_a_new_password_keeps_the_rules(admin, new, again, said):
    answer = admin.submit("/password", old=PASSWORD, new=new, again=again)
    assert answer.status_code == 422
    assert said in answer.text
    assert new not in answer.text


def test_a_login_ends_the_former_session(harness, admin):
    other = Visitor(harness.app)
    other.log_in()
    assert other.get("/").status_code == 200
    assert admin.get("/").headers["location"] == "/login"


def test_a_changed_password_ends_all_other_sessions(harness, admin):
    other = Visitor(harness.app)
    other.cookies.set(COOKIE, admin.cookies[COOKIE])
    assert other.get("/").status_code == 200
    assert (
        admin.submit(
            "/password", old=PASSWORD, new="another horse 8", again="another horse 8"
        ).status_code
        == 303
    )
    assert other.get("/").status_code == 303
    assert admin.get("/").status_code == 200


def test_the_old_password_must_be_right_and_counts_as_a_try(harness, admin):
    for left in (4, 3, 2, 1):
        answer = admin.submit(
            "/password", old="wrong", new="another horse 8", again="another horse 8"
        )
        assert (answer.status_code, f"当前密码不正确。还可尝试 {left} 次。" in answer.text) == (
            422,
            True,
        )
    assert (
        "账号被锁定"
        in admin.submit(
            "/password", old="wrong", new="another horse 8", again="another horse 8"
        ).text
    )
    assert admin.log_in().status_code == 401


def test_a_session_ends_by_time_logout_or_disabling(harness, admin):
    admin.submit("/logout")
    assert admin.get("/").status_code == 303
    admin.log_in()
    for _ in range(int(harness.settings.rules.session_hours * 3)):
        assert admin.get("/").status_code == 200
        harness.clock.at += timedelta(minutes=20)
    assert admin.get("/").status_code == 303
    admin.log_in()
    assert admin.get("/").status_code == 200
    personnel.disable(harness.console, "operator", "wang")
    assert admin.get("/").status_code == 303
    assert admin.log_in().status_code == 401


def test_the_use_of_a_session_is_written_down_once_in_a_while(harness, admin):
    """A view writes nothing, so that it waits for no other step."""
    written = []
    for moved in (timedelta(seconds=59), timedelta(seconds=1), timedelta(seconds=1)):
        harness.clock.at += moved
        admin.get("/mails")
        with harness.tx() as tx:
            seen_at = tx.sessions.by_id(digest(admin.cookies[COOKIE])).seen_at
        written.append(seen_at == harness.clock.at)
    assert written == [False, True, False]


def test_logout_forgets_the_session_on_the_server(admin, harness):
    token = admin.cookies[COOKIE]
    admin.submit("/logout")
    admin.cookies.set(COOKIE, token)
    assert admin.get("/").status_code == 303


def test_a_reset_gives_a_new_one_time_password_and_opens_a_lock(harness, visitor):
    harness.administrator()
    for _ in range(5):
        visitor.log_in(password="wrong")
    once = personnel.reset(harness.console, "test", "wang")
    assert visitor.log_in().status_code == 401
    assert visitor.log_in("wang", once).headers["location"] == "/password"


@pytest.mark.parametrize("name", ["", "  ", "a" * 41, "a\nb"])
def test_unusable_names_are_refused(harness, name):
    with pytest.raises(Exception, match="管理员名"):
        harness.one_time(name)


def test_a_name_is_taken_once(harness):
    harness.one_time("li")
    with pytest.raises(Exception, match="已存在"):
        harness.one_time("li")


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/cases/JB1?x=1", "/cases/JB1?x=1"),
        ("https://evil.example.com", "/today"),
        ("//evil.example.com", "/today"),
        ("/\\evil.example.com", "/today"),
        ("", "/today"),
        ("/a\nb", "/today"),
    ],
)
def test_after_the_login_one_stays_on_this_site(harness, visitor, wanted, goes):
    harness.administrator()
    visitor.see("/login")
    assert (
        visitor.submit("/login", name="wang", password=PASSWORD, next=wanted).headers["location"]
        == goes
    )


def test_tries_at_the_same_moment_are_counted_too(harness):
    harness.administrator()
    verified = []

    class Counting(PlainPasswords):
        def verify(self, password_hash, password):
            verified.append(password_hash is not None)
            return super().verify(password_hash, password)

    def guess(_number):
        with suppress(NotAllowed):
            administrator_login.log_in(console, "wang", "wrong", LoginSource("192.0.2.1"))

    console = replace(harness.console, passwords=Counting())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(24)))
    assert (len(verified), sum(verified)) == (24, 5)


@pytest.mark.parametrize("replaced_by", ["a horse 8", "z horse 8"])
def test_a_password_that_is_replaced_while_it_is_verified_opens_nothing(harness, replaced_by):
    harness.administrator()

    class Replaced(PlainPasswords):
        def verify(self, password_hash, password):
            with harness.tx() as tx:
                wang = tx.administrators.by(name="wang")
                tx.administrators.save(replace(wang, password_hash=self.hash(replaced_by)))
            return super().verify(password_hash, password)

    console = replace(harness.console, passwords=Replaced())
    with pytest.raises(EntryRefused, match="账号或密码不正确"):
        administrator_login.log_in(console, "wang", PASSWORD, LoginSource("192.0.2.1"))


def test_every_refusal_takes_its_time(tmp_path):
    harness = Harness(tmp_path, refusal_takes_s=0.15)
    visitor = Visitor(harness.app)
    visitor.see("/login")
    started = time.monotonic()
    visitor.submit("/login", name="nobody", password="x")
    assert time.monotonic() - started >= 0.15
    harness.store.close()


def test_who_is_not_there_is_named(harness):
    with pytest.raises(NotAllowed, match="没有名为 li 的管理员"):
        personnel.reset(harness.console, "test", " li ")


def test_a_name_of_an_administrator_has_at_most_40_characters(harness):
    assert personnel.create(harness.console, "test", "名" * 40)
    with pytest.raises(NotAllowed, match="1 至 40"):
        personnel.create(harness.console, "test", "姓" * 41)
