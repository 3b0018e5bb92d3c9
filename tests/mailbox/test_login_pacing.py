"""How often an account is logged in to, whatever happens."""

import pytest

from mail_intake.mailboxes.login_pacing import HOUR_S, LoginPacer, pause_s


@pytest.mark.parametrize(
    ("times", "jitter", "seconds"),
    [
        (0, 0.0, 0),
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
    assert pause_s(2, 300, times, jitter) == seconds


@pytest.mark.parametrize("per_hour", [1, 3, 5, 6, 30])
@pytest.mark.parametrize("event", ["works, then breaks", "fails", "refused"])
def test_no_hour_sees_more_logins_than_allowed(per_hour: int, event: str) -> None:
    pacer, now, logins = LoginPacer(per_hour), 0.0, []
    while now < 6 * HOUR_S:
        wait = pacer.free_in_s(now)
        assert wait < HOUR_S * 2.1
        now += max(wait, 0.5)
        logins.append(now)
        pacer.trying(now)
        if event == "fails":
            pacer.failed(now, 0.99)
        elif event == "refused":
            pacer.refused(now, 0.99)
        else:
            pacer.succeeded()
    busiest = max(sum(start <= at < start + HOUR_S for at in logins) for start in logins)
    assert busiest <= per_hour
    assert len(logins) >= (5 if event == "refused" or per_hour == 1 else 6)


def test_the_first_login_and_a_few_after_breaks_need_not_wait() -> None:
    pacer = LoginPacer(30)
    for now in range(5):
        assert pacer.free_in_s(now) == 0
        pacer.trying(now)
        pacer.succeeded()
    assert pacer.free_in_s(5) > 60


def test_success_ends_the_pause_of_failures() -> None:
    pacer = LoginPacer(30)
    pacer.trying(0)
    pacer.refused(0, 0)
    assert pacer.free_in_s(0) == 600
    pacer.succeeded()
    assert pacer.free_in_s(0) == 0
