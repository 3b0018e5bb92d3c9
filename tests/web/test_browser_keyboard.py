"""A queue of mixed cases, judged by keyboard alone."""

import pytest

from tests.servers.pages import listening, serving
from tests.web.harness import Harness
from tests.web.keyboard import arrive, judge, log_in, wrong

pytestmark = pytest.mark.browser


def test_a_mixed_queue_is_judged_by_keyboard_alone(browser, tmp_path):
    bound, address = listening()
    harness = Harness(tmp_path, base_url=address)
    harness.administrator()
    made = arrive(harness, 8)
    with serving(harness.app, bound):
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 720})
        page = context.new_page()
        log_in(page)
        sorts = judge(page, made)
        context.close()
    assert wrong(harness, made) == []
    assert set(sorts["clean"].acts) == {2}
    assert max(sorts["doubtful"].acts + sorts["unknown"].acts) <= 4
    assert max(sorts["lacking"].acts) <= 12
    harness.store.close()
