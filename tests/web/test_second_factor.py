"""The second factor of administrators: set-up, login, clear refusals, limits of tries, loss."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from core.accounts.administrators import administrator_login, personnel, second_factor_login
from core.accounts.administrators.second_factor_login import (
    RECOVERY_CODES,
    How,
    add_passkey,
    begin_totp,
    factors_of,
    has_factor,
    new_recovery_codes,
    passkey_options,
    passkeys_of,
    remove,
    try_code,
    try_passkey,
)
from core.accounts.console_desk import FactorPolicy, PasskeySite
from core.data.administrator import Passkey
from core.data.roles import Role
from core.data.tries import Audience, LoginSource
from core.errors import EntryRefused, NotAllowed
from core.tokens import digest
from tests.web.conftest import Visitor
from tests.web.harness import PASSWORD, Harness
from web.common.cookies import cookie_name
from web.common.page_settings import WebSettings

DEVICE = cookie_name(WebSettings(secure_cookies=False), f"device-{Audience.ADMINISTRATOR}")


def code(harness, secret, steps=0):
    return pyotp.TOTP(secret).at(harness.clock.now() + timedelta(seconds=30 * steps))


@pytest.fixture
def secret(harness, admin):
    """The secret of an administrator who set one-time codes up, two steps of the clock ago."""
    admin.see("/second-factor")
    secret = new_secret(admin)
    done = admin.submit("/second-factor/totp/confirm", code=code(harness, secret))
    harness.recovery = re.findall(r'<li><code class="code">([^<]+)<', done.text)
    harness.clock.at += timedelta(seconds=60)
    return secret


def new_secret(visitor):
    page = visitor.submit("/second-factor/totp", password=PASSWORD).text
    return re.search(r"密钥：<code[^>]*>(\w+)<", page)[1]


@pytest.fixture
def waiting(harness, secret):
    """A browser in which the password was typed."""
    return begun(harness)


def begun(harness, **options):
    """A browser in which the password was typed, and that waits for the second factor."""
    visitor = Visitor(harness.app, **options)
    visitor.see("/login")
    answer = visitor.submit("/login", name="wang", password=PASSWORD, next="/mails")
    assert answer.headers["location"] == "/login/second-factor?next=%2Fmails"
    visitor.see("/login/second-factor")
    return visitor


def log_in(harness, code):
    """The answer to password and code in a new browser."""
    return begun(harness).submit("/login/second-factor", code=code)


def test_the_code_of_now_completes_the_login_and_ends_the_former_session(harness, admin, secret):
    visitor = begun(harness)
    before = visitor.cookies["unbind"]
    assert admin.get("/mails").status_code == 200, "a password alone ends nobody's session"
    answer = visitor.submit("/login/second-factor", code=code(harness, secret), next="/mails")
    assert answer.headers["location"] == "/mails"
    assert visitor.cookies["unbind"] != before
    assert visitor.get("/mails").status_code == 200
    assert admin.get("/mails").headers["location"].startswith("/login")
    with harness.tx() as tx:
        assert tx.audit.entries(limit=1)[0].detail == {"by": "totp"}


def test_behind_the_password_alone_nothing_is_open(waiting):
    for path in ("/", "/mails", "/password", "/second-factor", "/people"):
        assert waiting.get(path).headers["location"].startswith("/login")
    assert waiting.submit("/approve").status_code == 401
    assert waiting.submit("/second-factor/remove", password=PASSWORD).status_code == 401
    assert DEVICE not in waiting.cookies


@pytest.mark.parametrize(
    ("steps", "problem"), [(-3, "已过期"), (-10, "已过期"), (-11, "不正确"), (2, "不正确")]
)
def test_an_old_code_is_refused_in_clear_words(harness, secret, steps, problem):
    harness.clock.at += timedelta(minutes=10)
    answer = log_in(harness, code(harness, secret, steps))
    assert answer.status_code == 401
    assert problem in answer.text
    assert "还可尝试 4 次" in answer.text


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_off_by_a_step(harness, secret, steps):
    harness.clock.at += timedelta(minutes=10)
    assert log_in(harness, code(harness, secret, steps)).status_code == 303


def test_spaces_in_a_code_mean_nothing(harness, secret):
    digits = code(harness, secret)
    assert log_in(harness, f" {digits[:3]} {digits[3:]}").status_code == 303


def test_a_code_is_good_once_and_none_of_before_it_is_good_afterwards(harness, secret):
    harness.clock.at += timedelta(minutes=10)
    assert log_in(harness, code(harness, secret)).status_code == 303
    for steps in (0, -1):
        again = log_in(harness, code(harness, secret, steps))
        assert (again.status_code, "已使用过" in again.text) == (401, True)
    assert log_in(harness, code(harness, secret, 1)).status_code == 303


def test_a_code_confirms_no_secret_that_is_in_use(harness, admin, secret):
    admin.see("/second-factor")
    answer = admin.submit("/second-factor/totp/confirm", code=code(harness, secret))
    assert (answer.status_code, "请重新开始" in answer.text) == (409, True)


def test_a_recovery_code_is_good_once(harness, secret):
    assert len(set(harness.recovery)) == 10
    typed = harness.recovery[3].upper().replace("-", " ")
    assert log_in(harness, typed).status_code == 303
    assert log_in(harness, typed).status_code == 401
    with harness.tx() as tx:
        assert tx.recovery_codes.left(1) == 9


def test_wrong_codes_lock_and_a_right_password_does_not_clear_their_count(harness, secret):
    for left in (4, 3, 2, 1):
        assert f"还可尝试 {left} 次" in log_in(harness, "000000").text
    visitor = begun(harness)
    with harness.tx() as tx:
        assert not tx.tries.any_to_notify()
    assert "1 分钟后再试" in visitor.submit("/login/second-factor", code="000000").text
    assert visitor.submit("/login/second-factor", code=code(harness, secret)).status_code == 401
    with harness.tx() as tx:
        assert "密码已经泄露" in tx.alerts.by(kind="login.second_factor.1").text
    harness.clock.at += timedelta(minutes=1)
    assert log_in(harness, code(harness, secret)).status_code == 303


def test_a_stranger_counts_no_wrong_codes_by_a_name_with_a_line_end(harness, secret):
    """Who knows no password reaches no count but those of names."""
    for number in range(70):
        bot = Visitor(harness.app, client=(f"198.51.100.{number}", 1))
        bot.log_in("wang\nsecond factor", "wrong password")
    assert log_in(harness, code(harness, secret)).status_code == 303


def test_wrong_codes_of_many_sources_tell_that_the_password_is_known(harness, secret):
    for number in range(5):
        thief = begun(harness, client=(f"198.51.100.{number}", 1))
        assert "还可尝试 4 次" in thief.submit("/login/second-factor", code="000000").text
        with harness.tx() as tx:
            assert bool(tx.alerts.by(kind="login.second_factor.1")) == (number == 4)
        harness.clock.at += timedelta(hours=1)
    assert log_in(harness, code(harness, secret)).status_code == 303, "it locks nobody out"


def test_a_right_code_ends_the_row_of_wrong_ones(harness, secret):
    for _ in range(4):
        log_in(harness, "000000")
    log_in(harness, code(harness, secret))
    assert "还可尝试 4 次" in log_in(harness, "000000").text


def test_a_login_waits_five_minutes(harness, waiting, secret):
    harness.clock.at += timedelta(minutes=5)
    assert waiting.submit("/login/second-factor", code=code(harness, secret)).status_code == 401
    assert waiting.get("/login/second-factor").headers["location"].startswith("/login")


def test_the_waiting_form_wants_its_own_token(harness, waiting, secret):
    right = code(harness, secret)
    for path in ("", "/options", "/passkey"):
        address = f"/login/second-factor{path}"
        wrong = waiting.post(address, data={"csrf": "x", "code": right})
        foreign = waiting.post(
            address,
            data={"csrf": waiting.csrf, "code": right},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert (wrong.status_code, foreign.status_code) == (403, 403)


@pytest.mark.parametrize("path", ["totp", "recovery", "remove", "passkey/options"])
def test_setting_up_takes_the_password(harness, admin, path):
    admin.see("/second-factor")
    answer = admin.submit(f"/second-factor/{path}", password="wrong")
    text = answer.json()["problem"] if "options" in path else answer.text
    assert (answer.status_code, "当前密码不正确" in text) == (409, True)


def test_the_secret_counts_only_once_a_code_of_it_was_typed(harness, admin):
    admin.see("/second-factor")
    assert "请重新开始" in admin.submit("/second-factor/totp/confirm", code="000000").text
    page = admin.submit("/second-factor/totp", password=PASSWORD).text
    assert "<svg" in page
    assert " style=" not in page
    [secret] = re.findall(r"密钥：<code[^>]*>(\w+)<", page)
    wrong = admin.submit("/second-factor/totp/confirm", code="000000")
    assert wrong.status_code == 409
    assert 'action="/second-factor/totp/confirm"' in wrong.text
    for text in (wrong.text, admin.see("/second-factor").text):
        assert not any(shown in text for shown in (secret, "<svg")), "it was shown once"
    assert Visitor(harness.app).log_in().headers["location"] == "/today"


def test_secret_and_recovery_codes_lie_nowhere_in_the_clear(harness, secret):
    from tests.web.test_login import _files

    everything = "".join(path.read_bytes().decode("latin1") for path in _files(harness))
    bare = [one.replace("-", "") for one in harness.recovery]
    assert "wang" in everything
    assert [word for word in (secret, *harness.recovery, *bare) if word in everything] == []


def test_without_a_factor_the_password_is_enough_and_off_is_off(harness, tmp_path, visitor):
    harness.administrator()
    assert visitor.log_in().headers["location"] == "/today"
    (tmp_path / "off").mkdir()
    off = Harness(tmp_path / "off", second_factor=None)
    off.administrator()
    without = Visitor(off.app)
    without.log_in()
    assert without.get("/second-factor").status_code == 404
    off.store.close()


def test_where_it_is_required_nothing_is_open_without_it(tmp_path):
    harness = Harness(tmp_path, second_factor=FactorPolicy.REQUIRED)
    harness.administrator()
    visitor = Visitor(harness.app)
    visitor.log_in()
    assert visitor.get("/mails").headers["location"] == "/second-factor"
    assert visitor.submit("/approve").headers["location"] == "/second-factor"
    assert "请先设置" in visitor.see("/second-factor").text
    secret = new_secret(visitor)
    visitor.submit("/second-factor/totp/confirm", code=code(harness, secret))
    assert visitor.get("/mails").status_code == 200
    refused = visitor.submit("/second-factor/remove", password=PASSWORD)
    assert (refused.status_code, "至少保留一种" in refused.text) == (409, True)
    assert visitor.get("/mails").status_code == 200
    harness.store.close()


def test_who_lost_it_is_helped_by_a_colleague_not_by_himself(harness, admin, secret):
    admin.see("/people")
    assert admin.submit("/people/1/factor").status_code == 409
    harness.administrator("zhao")
    with harness.tx() as tx:
        tx.administrators.save(
            replace(tx.administrators.by(name="zhao"), roles=frozenset({Role.SYSTEM}))
        )
    zhao = Visitor(harness.app)
    zhao.log_in("zhao")
    zhao.see("/people")
    assert zhao.submit("/people/1/factor").headers["location"] == "/people"
    assert admin.get("/mails").headers["location"].startswith("/login")
    assert admin.log_in().headers["location"] == "/today"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"id": 1}',
        '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}',
        "x" * 9000,
    ],
)
def test_what_is_no_answer_of_a_passkey_is_refused(harness, admin, waiting, answer):
    assert waiting.submit("/login/second-factor/passkey", answer=answer).status_code in {400, 401}
    admin.see("/second-factor")
    assert admin.submit("/second-factor/passkey", answer=answer).status_code in {400, 409}
    with harness.tx() as tx:
        assert tx.passkeys.of(1) == []


class FakePasskeys:
    """A passkey's answer is its id when it is created, and the challenge when it signs."""

    def created(self, answer, challenge):
        return Passkey(0, answer, "BBBB", 0)

    def creation_options(self, name, user_id, known, challenge):
        return f"new {len(known)} {challenge}"

    def login_options(self, known, challenge):
        return f"login {len(known)} {challenge}"

    def used(self, answer, known, challenge):
        if answer != challenge:
            raise NotAllowed("通行密钥验证未通过。")
        return replace(known[0], count=7)


@pytest.fixture
def fake_passkeys(monkeypatch):
    monkeypatch.setattr(second_factor_login, "passkeys_of", lambda _console: FakePasskeys())


@pytest.mark.usefixtures("fake_passkeys")
def test_a_passkey_is_taken_into_use_once_under_a_short_name(harness, admin):
    console = harness.console
    with harness.tx() as tx:
        me = tx.administrators.by(name="wang")
    assert len(add_passkey(console, me, "token", "AAAA", f" {'名' * 41}")) == RECOVERY_CODES
    assert add_passkey(console, me, "token", "CCCC", " ") == ()
    with pytest.raises(NotAllowed):
        add_passkey(console, me, "token", "AAAA", "另一个")
    with harness.tx() as tx:
        assert [one.name for one in tx.passkeys.of(1)] == ["名" * 40, "通行密钥"]


def test_the_browser_gets_the_name_for_the_new_passkey(admin):
    admin.see("/second-factor")
    options = json.loads(admin.submit("/second-factor/passkey/options", password=PASSWORD).text)
    assert (options["rp"]["id"], options["user"]["name"], len(options["challenge"])) == (
        "testserver",
        "wang",
        43,
    )


HERE = LoginSource("192.0.2.1")


@pytest.fixture
def keyed(harness, fake_passkeys):
    """The console of an administrator with a passkey, the administrator, and recovery codes."""
    harness.administrator()
    console = harness.console
    with harness.tx() as tx:
        me = tx.administrators.by(name="wang")
    return console, me, add_passkey(console, me, "token", "AAAA", "办公室")


def passkeys(harness):
    with harness.tx() as tx:
        return tx.passkeys.of(1)


def test_a_passkey_signs_the_challenge_of_its_session_once(harness, keyed):
    console, me, _ = keyed
    session = digest(administrator_login.log_in(console, "wang", PASSWORD, HERE).token)
    options = {new: passkey_options(console, me, session, new=new) for new in (True, False)}
    with harness.tx() as tx:
        challenge = tx.sessions.by_id(session).challenge
    assert [words.split()[:2] for words in options.values()] == [["new", "1"], ["login", "1"]]
    assert options[False].split()[2] == challenge
    assert try_passkey(console, me, session, challenge, HERE) is How.PASSKEY
    [used] = passkeys(harness)
    assert (used.count, used.used_at) == (7, harness.clock.now())
    for again in (challenge, ""):
        with pytest.raises(EntryRefused, match="还可尝试"):
            try_passkey(console, me, session, again, HERE)


def test_a_code_by_the_clock_is_none_where_only_a_passkey_is_set_up(keyed):
    console, me, codes = keyed
    with pytest.raises(EntryRefused, match="动态口令或恢复码不正确"):
        try_code(console, me, "000000", HERE)
    assert try_code(console, me, codes[0], HERE) is How.RECOVERY


def test_new_recovery_codes_take_the_place_of_the_former(keyed):
    console, me, codes = keyed
    fresh = new_recovery_codes(console, me)
    assert (len(fresh), set(fresh) & set(codes)) == (RECOVERY_CODES, set())
    with pytest.raises(EntryRefused):
        try_code(console, me, codes[0], HERE)
    assert try_code(console, me, fresh[0], HERE) is How.RECOVERY


def test_the_recovery_codes_go_with_the_last_factor(harness, keyed):
    console, me, _ = keyed
    add_passkey(console, me, "token", "CCCC", "家")
    for passkey, left in zip(passkeys(harness), (RECOVERY_CODES, 0), strict=True):
        remove(console, me, passkey.id)
        with harness.tx() as tx:
            assert (tx.recovery_codes.left(1), has_factor(tx, 1)) == (left, left > 0)
            assert tx.audit.entries(limit=1)[0].detail == {"kind": "passkey"}


def test_codes_by_the_clock_are_taken_out_of_use(harness, secret):
    with harness.tx() as tx:
        me = tx.administrators.by(name="wang")
    with pytest.raises(NotAllowed, match="已经启用"):
        begin_totp(harness.console, me)
    remove(harness.console, me, None)
    with harness.tx() as tx:
        assert not has_factor(tx, me.id)
        assert tx.audit.entries(limit=1)[0].detail == {"kind": "totp"}


def test_a_colleague_takes_passkeys_away_too(harness, keyed):
    console, me, _ = keyed
    personnel.clear_second_factor(console, "zhao", "wang")
    with harness.tx() as tx:
        assert (tx.passkeys.of(me.id), tx.recovery_codes.left(me.id)) == ([], 0)


def test_a_site_without_factors_or_a_name_says_so(harness):
    with pytest.raises(LookupError, match="没有启用双因素登录"):
        factors_of(replace(harness.console, factors=None))
    unnamed = replace(harness.console.factors, site=PasskeySite("https://192.0.2.1", ""))
    with pytest.raises(LookupError, match="不能使用通行密钥"):
        passkeys_of(replace(harness.console, factors=unnamed))


@pytest.mark.parametrize(
    ("address", "has"),
    [
        ("https://desk.example", True),
        ("http://localhost:8080", True),
        ("http://desk.example", False),
        ("https://192.0.2.1", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_browsers_create_passkeys_for_names_over_https_alone(address, has):
    assert PasskeySite(address, "").has_passkeys() is has
