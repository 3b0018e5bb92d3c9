"""The small reader of the pages gives its memory back when nobody used it for a while."""

import threading

from app.reading_ahead import EndWhenIdle

AT_ONCE_S, NEVER_S, LONGEST_S = 0.0, 3600.0, 40.0


def test_it_ends_after_the_last_use():
    ended = threading.Event()
    end_when_idle = EndWhenIdle(ended.set, AT_ONCE_S)
    with end_when_idle.used():
        pass
    assert ended.wait(LONGEST_S)


def test_it_does_not_end_while_it_is_used():
    ended = threading.Event()
    end_when_idle = EndWhenIdle(ended.set, NEVER_S)
    with end_when_idle.used():
        # a timer of before that comes late
        late = threading.Thread(target=end_when_idle._end_in_turn, daemon=True)
        late.start()
        assert not ended.wait(0.2)
    assert ended.wait(LONGEST_S)


def test_the_end_of_the_desk_waits_for_no_timer():
    ended = []
    end_when_idle = EndWhenIdle(lambda: ended.append(1), NEVER_S)
    with end_when_idle.used():
        pass
    end_when_idle.close()
    assert (ended, end_when_idle._timer.finished.is_set()) == ([1], True)
