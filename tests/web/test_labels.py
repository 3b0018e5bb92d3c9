"""Every word that the reading may put before an administrator has its Chinese label."""

import re
from pathlib import Path

import papers
from core.cases.letters import words
from core.data.case import State
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from web.common import page_words
from web.console.listing import ANY, BY_HAND

PUT = re.compile(r"""\.put\(\s*"([a-z_]+)\"""")


def test_every_field_that_can_be_read_has_a_label():
    folder = Path(papers.__file__).parent
    fields = {
        name
        for file in folder.rglob("*.py")
        for name in PUT.findall(file.read_text(encoding="utf-8"))
    }
    assert {"id_number", "enterprise_name"} <= fields
    assert fields <= set(words.FIELDS)


def test_every_list_says_what_comes_next_where_it_is_empty():
    empty = page_words.LABELS["empty"]
    assert set(empty["cases"]) == {*State, BY_HAND, ANY}
    assert set(empty["mails"]) == {*Disposition, "waiting", "all"}
    assert set(empty["letters"]) == set(LetterState)
