"""What follows from each kind of mail, and from each act, at a case in each state (RULES.md)."""

from difflib import unified_diff

import pytest

from tests.cases import acts_by_case, mails_by_case


@pytest.mark.parametrize("table", [mails_by_case, acts_by_case])
def test_what_follows_is_what_the_file_has(table):
    known = table.FILE.read_text(encoding="utf-8").splitlines()
    changed = list(unified_diff(known, list(table.lines()), n=1))
    assert not changed, "\n".join((f"if this is meant: python -m {table.__name__}", *changed))
