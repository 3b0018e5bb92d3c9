"""The lexicon and the table of clauses: no word in two classes, each row met by its own examples, an operator's own words."""

import re
import tomllib

import pytest

from core.cases.submission import Answer
from mail_intake.request import clauses, form, names, read, tokens
from mail_intake.request.clauses import ROWS, told

MOST_ROWS = 40
LONGEST_EXPRESSION = 200


def test_no_word_stands_in_two_classes():
    tokens.lexicon_of(tomllib.loads(tokens.LEXICON.read_text(encoding="utf-8")))
    with pytest.raises(ValueError, match="two classes"):
        tokens.lexicon_of({"a": {"letter": "A", "words": "解绑"}, "b": {"letter": "B", "words": "解绑"}})


@pytest.mark.parametrize("row", ROWS, ids=[row.why for row in ROWS])
def test_each_row_says_what_its_examples_say(row):
    for example in row.examples:
        found = tokens.tokens(tokens.fold(example).text, tokens.lexicon())
        assert row in {fired for one in told(found) for _letters, fired in one.rows}, example


def test_the_table_stays_small():
    assert len(ROWS) <= MOST_ROWS
    assert max(len(row.pattern) for row in ROWS) <= LONGEST_EXPRESSION
    expressions = [value for module in (clauses, form, names, read, tokens) for value in vars(module).values() if isinstance(value, re.Pattern)]
    assert max(len(one.pattern) for one in expressions) <= LONGEST_EXPRESSION


def test_an_operator_adds_words(tmp_path):
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = "松锁"\n', encoding="utf-8")
    assert read.read_request("", "请松锁").unbind is Answer.MISSING
    assert read.read_request("", "请松锁", (), own).unbind is Answer.YES
