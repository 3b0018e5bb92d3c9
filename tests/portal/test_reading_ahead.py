"""The small reader of the pages gives its memory back when nobody used it for a while."""

import threading

from app.reading_ahead import Resting

AT_ONCE_S, NEVER_S, LONGEST_S = 0.0, 3600.0, 20.0


def test_it_ends_after_the_last_use():
    ended = threading.Event()
    resting = Resting(ended.set, AT_ONCE_S)
    with resting.used():
        pass
    assert ended.wait(LONGEST_S)


def test_it_does_not_end_while_it_is_used():
    ended = threading.Event()
    resting = Resting(ended.set, NEVER_S)
    with resting.used():
        with resting.used():
            pass
        resting._rest()  # a timer of before that comes late
        assert not ended.is_set()
    resting._rest()
    assert ended.is_set()


def test_the_end_of_the_desk_waits_for_no_timer():
    ended = []
    resting = Resting(lambda: ended.append(1), NEVER_S)
    with resting.used():
        pass
    resting.close()
    assert (ended, resting._timer) == ([1], None)
