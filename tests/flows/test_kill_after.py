"""The service killed (kill -9) right behind every sixth commit of a whole case: between two of
those before which test_kill_before kills it."""

import pytest

from tests.flows.kill import kill_at_each


@pytest.mark.dovecot
def test_a_kill_after_a_commit_loses_nothing_and_does_nothing_twice(tmp_path):
    assert kill_at_each("commit.after", tmp_path, step=6) > 2
