"""The service killed (kill -9) right before each commit of a whole case."""

import pytest

from tests.flows.kill import kill_at_each


@pytest.mark.dovecot
def test_a_kill_before_each_commit_loses_nothing_and_does_nothing_twice(tmp_path):
    assert kill_at_each("commit.before", tmp_path) > 10
