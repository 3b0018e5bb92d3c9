"""What follows from each kind of mail, at a case in each state (RULES.md sections 3 and 6)."""

from difflib import unified_diff

from tests.cases.mails_by_case import FILE, lines


def test_what_follows_from_every_mail_is_what_the_file_has():
    changed = list(unified_diff(FILE.read_text(encoding="utf-8").splitlines(), list(lines()), n=1))
    assert not changed, "\n".join((f"if this is meant: python -m {lines.__module__}", *changed))
