"""The service killed (kill -9) right behind each commit of a whole case."""

import pytest

from tests.flows.kill import kill_at_every


@pytest.mark.dovecot
def test_a_kill_after_each_commit_loses_nothing_and_does_nothing_twice(tmp_path):
    assert kill_at_every("commit.after", tmp_path) > 10
