"""The service killed (kill -9) right before every third commit of a whole case (`python -m
bench.kills`: before and behind each)."""

import pytest

from tests.flows.kill import kill_at_each


@pytest.mark.dovecot
def test_a_kill_before_a_commit_loses_nothing_and_does_nothing_twice(tmp_path):
    assert kill_at_each("commit.before", tmp_path, step=3) > 6
