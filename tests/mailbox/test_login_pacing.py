"""How often an account is logged in to, whatever happens."""

import pytest

from core.errors import MailboxError
from mail_intake.mailboxes.login_pacing import HOUR_S, LoginPacer


@pytest.mark.parametrize(
    ("times", "jitter", "seconds"),
    [
        (1, 0.0, 2),
        (2, 0.0, 4),
        (5, 0.0, 32),
        (8, 0.0, 256),
        (9, 0.0, 300),
        (5000, 0.0, 300),
        (3, 0.5, 6),
        (3, 1.0, 4),
    ],
)
def test_the_pause_doubles_up_to_its_limit(times: int, jitter: float, seconds: float) -> None:
    pacer = LoginPacer(30, lambda: 0.0, lambda: jitter)
    for _ in range(times):
        pacer.failed("no connection.")
    assert pacer.free_in_s() == seconds


@pytest.mark.parametrize("per_hour", [1, 3, 5, 6, 30])
@pytest.mark.parametrize("event", ["works, then breaks", "fails", "refused"])
def test_no_hour_sees_more_logins_than_allowed(per_hour: int, event: str) -> None:
    now, logins = 0.0, []
    pacer = LoginPacer(per_hour, lambda: now, lambda: 0.99)
    while now < 6 * HOUR_S:
        wait = pacer.free_in_s()
        assert wait < HOUR_S * 2.1
        now += max(wait, 0.5)
        logins.append(now)
        pacer.begin("mail.example.org")
        if event == "fails":
            pacer.failed("no connection.")
        elif event == "refused":
            pacer.refused("wrong password.")
        else:
            pacer.succeeded()
    busiest = max(sum(start <= at < start + HOUR_S for at in logins) for start in logins)
    assert busiest <= per_hour
    assert len(logins) >= (5 if event == "refused" or per_hour == 1 else 6)


def test_the_first_login_and_a_few_after_breaks_need_not_wait() -> None:
    now = 0.0
    pacer = LoginPacer(30, lambda: now)
    for second in range(5):
        now = float(second)
        assert pacer.free_in_s() == 0
        pacer.begin("mail.example.org")
        pacer.succeeded()
    now = 5
    assert pacer.free_in_s() > 60
    with pytest.raises(MailboxError, match="秒后才会再次登录"):
        pacer.begin("mail.example.org")


def test_success_ends_the_pause_of_failures() -> None:
    pacer = LoginPacer(30, lambda: 0.0, lambda: 0.0)
    pacer.begin("mail.example.org")
    pacer.refused("wrong password.")
    assert pacer.free_in_s() == 600
    with pytest.raises(MailboxError, match="wrong password"):
        pacer.begin("mail.example.org")
    pacer.succeeded()
    assert pacer.free_in_s() == 0
