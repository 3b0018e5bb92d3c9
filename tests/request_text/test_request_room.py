"""The room of the request reader: its tables row by row, its size, and what hostile text costs."""

import ast
import re
import textwrap
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import structlog

from app.judging import explained
from core.data.submission import Answer
from mail_intake.request import clauses, form, grammar, items, names, read, tokens
from mail_intake.request.grammar import rows

ROOM = Path(read.__file__).parent
MOST_EXPRESSIONS = 30
LONGEST_EXPRESSION = 200


def tokens_of(text):
    return tokens.tokens(tokens.fold(text).text, tokens.lexicon())


def clauses_of(text):
    return clauses.read_clauses(items.with_items(tokens_of(text)))


def of(table):
    return [pytest.param(row, id=row.why) for row in rows(table)]


def test_the_line_after_a_form_is_a_sentence_of_its_own():
    _form, left = form.read_forms(
        tokens_of("企业名称：北京甲乙有限公司\n是否需要重置注册密码：否\n请尽快办理")
    )
    sentences = list(clauses._sentences(left))
    assert [
        sentence for sentence in sentences if clauses.FORM in sentence and len(sentence) > 1
    ] == []
    assert "".join(token.text for token in sentences[-1]) == "请尽快办理"


def test_no_word_stands_in_two_classes(tmp_path):
    tokens.lexicon()
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = "松锁"\n[reset]\nwords = "松锁"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="in two classes: 松锁"):
        tokens.lexicon(own)


def test_no_word_stands_twice_in_a_class():
    classes = tomllib.loads((ROOM / "lexicon.toml").read_text(encoding="utf-8"))
    twice = [
        word
        for one in classes.values()
        for word, count in Counter(one["words"].split()).items()
        if count > 1
    ]
    assert twice == []


def test_each_word_is_written_as_it_is_folded():
    """Else no text would ever meet it."""
    assert [word for word in tokens.lexicon().letters if tokens.fold(word).text != word] == []


def test_each_word_before_a_name_without_an_ending_is_one_token():
    """Else no name behind it would ever be found."""
    assert [word for word in grammar.WORDS["names"]["we_are"] if len(tokens_of(word)) > 1] == []


@pytest.mark.parametrize("row", of("clause"))
def test_rows_of_clauses(row):
    for example in row.examples:
        assert row in {fired for one in clauses_of(example) for _letters, fired in one.rows}, (
            example
        )


@pytest.mark.parametrize(
    ("letters", "said"), [(100, clauses.Said.ASKS), (101, clauses.Said.DOUBTS)]
)
def test_a_clause_of_more_letters_than_anybody_writes_is_doubt(letters, said):
    asks = f"{tokens.Word.ASK}{tokens.Word.UNBIND}".ljust(letters, tokens.Word.NUMBER)
    assert clauses._read_letters(asks, unsure=False)[2] == (clauses.Statement("unbind", said),)


@pytest.mark.parametrize("row", of("loose"))
def test_rows_of_clauses_without_a_topic(row):
    for example in row.examples:
        assert row in {fired for one in clauses_of(example) for _letters, fired in one.rows}, (
            example
        )


@pytest.mark.parametrize("row", of("word"))
def test_rows_of_tokens_that_are_one_word(row):
    for example in row.examples:
        found, folded = tokens_of(example), tokens.fold(example).text
        assert row.becomes in {token.letter for token in found}, example
        assert [folded[token.start : token.end] for token in found] == [
            token.text for token in found
        ]


@pytest.mark.parametrize("row", of("join"))
def test_rows_of_words_of_several_tokens(row):
    for example in row.examples:
        letters = clauses._letters(tokens_of(example))
        for before in rows("join")[: rows("join").index(row)]:
            letters = before.pattern.sub(before.becomes, letters)
        assert row.pattern.search(letters), (example, letters)


@pytest.mark.parametrize("row", of("answer"))
def test_rows_of_answers(row):
    for example in row.examples:
        assert form.answer_row(tokens_of(example), "unbind") is row, example


@pytest.mark.parametrize("row", of("option"))
def test_rows_of_options_beside_an_answer(row):
    for example in row.examples:
        assert row.pattern.search(form._letters_of_value(tokens_of(example))), example


@pytest.mark.parametrize("row", of("form"))
def test_rows_of_forms(row):
    for example in row.examples:
        found, left = form.read_forms(tokens_of(example["text"]))
        said = {topic: answers[-1].value for topic, answers in found.answers.items() if answers}
        assert row.pattern.search(tokens.letters_of(tokens_of(example["text"]))), example
        assert said == {key: value for key, value in example.items() if key != "text"}
        assert clauses.FORM in left


@pytest.mark.parametrize("row", of("sign"))
def test_rows_of_signs(row):
    for example in row.examples:
        letters = tokens.letters_of(
            token for token in tokens_of(example) if token.letter not in "fj"
        )
        assert row.pattern.search(letters), (example, letters)


@pytest.mark.parametrize("row", of("clause_sign"))
def test_rows_of_signs_of_a_clause(row):
    for example in row.examples:
        assert any(
            row.pattern.search(one.letters) for one in clauses.read_clauses(tokens_of(example))
        ), example


@pytest.mark.parametrize("row", of("mail"))
def test_rows_of_mails(row):
    for example in row.examples:
        parts = read.read_parts("", example)
        assert (
            read.deciding_row(parts, named=any(not name.unsure for name in parts[1].names)) is row
        ), example


@pytest.mark.parametrize(
    ("text", "unbind", "reset"),
    [
        ("是否解绑：是\n是否重置密码：否", "yes", "no"),  # labelled lines
        ("是否解绑\n是\n是否重置密码\n否", "yes", "no"),  # the value below its label
        (
            "是否解绑：是，因为锁丢了\n是否重置密码：不用，记得",
            "yes",
            "no",
        ),  # the longest run that is an answer
        ("是否解绑：是，看情况\n是否重置密码：否", "unread", "no"),  # a doubt behind an answer
        ("是否解绑：是（否）", "unread", None),  # its opposite behind it
        ("是否解绑 | 是否重置密码\n是 | 否", "yes", "no"),  # a table
        ("☑解绑 ☐重置密码", "yes", "unread"),
        ("解绑√ 重置密码×", "yes", "no"),  # ticks
        ("解绑：\n重置密码：", "missing", "missing"),
    ],
)
def test_shapes_of_forms(text, unbind, reset):
    found, _left = form.read_forms(tokens_of(text))
    assert {topic: answers[-1].value for topic, answers in found.answers.items() if answers} == {
        topic: answer for topic, answer in (("unbind", unbind), ("reset", reset)) if answer
    }


def test_nothing_of_a_table_is_left_for_prose():
    for text in (
        "是否解绑 | 是否重置密码\n是 | 否",
        "企业名称 | 是否解绑\n北京甲乙有限公司 | 是\n北京丙丁有限公司 | 是",
    ):
        _found, left = form.read_forms(tokens_of(text))
        assert set(tokens.letters_of(left)) == {"\n"}


@pytest.mark.parametrize("row", of("cells"))
def test_rows_of_cells(row):
    for example in row.examples:
        letters = tokens.letters_of(tokens_of(example))
        assert len(row.pattern.findall(letters)) == 2, (example, letters)


@pytest.mark.parametrize(
    ("known", "spans"),
    [
        (
            ["北京甲乙建设有限公司", "甲乙建设有限公司", "北京甲乙建设"],
            [(0, 10)],
        ),  # the longest of those that overlap
        (["北京丙乙建设有限公司"], [(0, 10)]),  # one wrong character
        (["北京丙丁建设有限公司"], []),  # two
    ],
)
def test_where_known_names_stand(known, spans):
    assert names.known_spans(tokens.fold("北京甲乙建设有限公司"), known) == spans


@pytest.mark.parametrize(
    ("known", "written", "found"),
    [
        ("百利达", "百利达", False),
        ("百利达行", "百利达行", True),  # three characters may be any word
        ("张记粮油经营店", "张纪粮油经营店", False),
        ("张记粮油经营小店", "张纪粮油经营小店", True),  # a slip in a short name makes another
    ],
)
def test_names_too_short_are_not_looked_for(known, written, found):
    assert bool(names.known_spans(tokens.fold(f"{written}请解绑"), [known])) is found


SYNTAX = re.compile(r"\(\?P<\w+>|\(\?(?:[:=!]|<[=!])|\\.|\{\d*,?\d*\}|[\[\](){}^$*+?|\-,_:;&/ ]")


@pytest.mark.parametrize(
    ("table", "left_out"),
    [
        ("word", ""),
        ("clause", "prose"),
        ("join", "prose"),
        ("loose", "prose"),
        ("cells", "no_form"),
        ("option", "no_form"),
        ("answer", "no_form"),
        ("form", "no_form"),
    ],
)
def test_each_letter_of_a_row_can_meet(table, left_out):
    """A row of a table whose text lacks a letter would never meet there."""
    names = grammar.LETTERS
    letters = set("".join(vars(tokens.Word).values())) | set(tokens.SIGNS.values())
    letters -= (
        set(names["left_out"] + names["prose_from"])
        if left_out == "prose"
        else set(names.get(left_out, ""))
    )
    letters |= set(names["prose_to"])
    assert {
        row.pattern.pattern: wrong
        for row in rows(table)
        if (wrong := set(SYNTAX.sub("", row.pattern.pattern)) - letters)
    } == {}


def classes():
    """The letter of each class, sign and mark, as the head of grammar.toml lists them."""
    lexicon = tomllib.loads(ROOM.joinpath("lexicon.toml").read_text(encoding="utf-8"))
    names = [
        f"{table['letter']}={name}"
        for name, table in lexicon.items()
        if len(table["letter"]) == 1 and table["letter"] not in ".1"
    ]
    names += [
        "%=name",
        "¶=listed",
        ".=unknown",
        "#=number",
        "1=tick",
        "2=cross",
        "3=crossed_box",
        "4=empty_box",
    ]
    return textwrap.wrap(
        " ".join(sorted(names, key=str.lower)), 150, initial_indent="#   ", subsequent_indent="#   "
    )


def test_the_head_of_the_grammar_lists_the_letters():
    assert "\n".join(classes()) in grammar.GRAMMAR.read_text(encoding="utf-8"), "\n".join(classes())


def expressions():
    """Every call of `re` in the room that takes an expression,
    with the expression where it stands written."""
    for file in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr != "escape"
            ):
                yield file.name, node.lineno


def test_few_expressions_stand_in_the_code():
    in_tables = [(file, line) for file, line in expressions() if file == "grammar.py"]
    assert len(in_tables) == 1, "the tables are compiled in one place"
    assert len(list(expressions())) - len(in_tables) <= MOST_EXPRESSIONS, list(expressions())


def test_each_class_that_the_code_names_is_in_the_lexicon():
    named = {
        node.attr
        for file in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Word"
    }
    assert named <= vars(tokens.Word).keys()


def test_no_expression_is_long():
    tables = [
        key
        for key, value in tomllib.loads(grammar.GRAMMAR.read_text(encoding="utf-8")).items()
        if isinstance(value, list)
    ]
    written = [row.pattern for table in tables for row in rows(table)]
    written += [
        value
        for module in (clauses, form, grammar, names, read, tokens)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert max(len(one.pattern) for one in written) <= LONGEST_EXPRESSION


HOSTILE = [
    "是否",
    "需要",
    "解绑",
    "不",
    "企业名称：",
    "不需要",
    "的",
    "公司",
    "□是",
    "（",
    "(",
    ")",
    "（）",
    "北京有限公司",
    "请",
    "CA锁",
    "密码",
    "是",
    " ",
    "\t",
    "|",
    "1.",
    "①",
    "企 业 ",
    "重新设置",
    "解除",
    "取消绑",
    "申请的",
    "原旧老",
    "在",
    "和",
    "\n",
    "：",
    "重置：",
    "√解绑",
    "√ ",
    "☑☐",
    "其他不密码√解绑",
    "是否解绑：",
    "是否解绑：是 ",
    "解绑 ",
    "解绑（",
    "是否解绑 ，",
    "1",
    "12345678",
    "a",
    "ab ",
    "'",
    "\u200b",
    "𠮷",
    "企业名称\n",
    "企业名称 是否解绑\n",
    "、解绑",
    "解绑和",
    "和北京有限公司",
    "北京（北京）有限公司",
    "受北京建设有限公司和",
    "详见附件",
    "附件：",
    "联系人：解绑 ",
    "？",
    "?",
    "-- \n",
    "\n电话 ",
    "的话",
    "再",
    "E解除",
    "如果",
    "就",
    "如果就",
    "如果解绑；的",
    "还没a",
    "PIN已请",
    "锁请",
    "锁解一下",
    "去掉锁",
    "锁从账号上",
    "绑定请",
    "密码本子，不用改，",
    "公司 1是 ",
    "解绑（是",
    "锁。请清掉",
    "1、解绑；",
    "1解绑2",
    "第1、2项",
    "只办1 ",
    "2不用",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_100_kb_of_hostile_text_is_quick(unit):
    text = unit * (100_000 // len(unit.encode()) + 1)
    began = time.process_time()
    read.read_request(text[:200], text, ["北京有限公司", "北京建设工程有限公司"])
    # 1 s on a quiet machine; quadratic reading takes minutes
    assert time.process_time() - began < 3.0, unit


def test_a_long_line_below_heads_of_columns_is_quick():
    text = "事项 办 不办\n" * 6 + "解绑" * 9900
    began = time.process_time()
    read.read_request("", text)
    # 0.2 s; the expression that finds the heads took 3 s when it was quadratic
    assert time.process_time() - began < 1.5


def test_an_operator_adds_words(tmp_path):
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = "松锁"\n', encoding="utf-8")
    assert read.read_request("", "请松锁").unbind is Answer.UNREAD
    assert read.read_request("", "请松锁", (), own).unbind is Answer.YES
    assert read.read_request("", "请松\n锁", (), own).unbind is Answer.YES, "broken by a line end"


def test_an_operators_word_wins_over_the_lexicon(tmp_path):
    """A release may put a word of theirs into another class."""
    own = tmp_path / "words.toml"
    own.write_text('[refuse]\nwords = "麻烦"\n', encoding="utf-8")
    with structlog.testing.capture_logs() as logs:
        assert read.read_request("", "麻烦解绑", (), own).unbind is Answer.NO
    assert [(one["event"], one["words"]) for one in logs] == [("words_file.moves", ["麻烦"])]


def test_an_operators_word_is_read_in_a_labelled_name(tmp_path):
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = "松锁"\n', encoding="utf-8")
    assert read.read_request("", "企业名称：北京甲乙松锁丙丁").enterprise_names == (
        "北京甲乙松锁丙丁",
    )
    assert read.read_request("", "企业名称：北京甲乙松锁丙丁", (), own).name_unread


def test_explaining_shows_tokens_rows_and_what_they_said():
    lines = "\n".join(
        explained(
            "回复：解绑",
            "企业名称：北京晨曦建设工程有限公司\n是否解绑：是\n"
            "密码不用重置，请解除旧锁的绑定，解绑解绑",
            ["北京晨曦建设工程有限公司"],
        )
    )
    for expected in (
        "names on the papers: 北京晨曦建设工程有限公司",
        "label name: '北京晨曦建设工程有限公司'",
        "label unbind: '是' says yes (consent, perhaps behind or before the options)",
        "clause PNR: 密码/P 不用/N 重置/R",
        "refuses (refused before)",
        "says reset refuses",
        "meets 解除旧锁的绑定: U (",
        "(said twice)",
        "unbind yes, reset no",
        "is a request: True (a form is filled in)",
    ):
        assert expected in lines


def rows_that_meet(text):
    """The rows of the table `word` that meet the text, one after another."""
    words = tokens.lexicon()
    before = tokens_without_rows(text, words)
    met = []
    for row in rows("word"):
        found = [match.span(match.lastindex or 0) for match in row.pattern.finditer(before)]
        met += [row] * len(found)
        for start, end in reversed(found):
            before = before[:start] + row.becomes + before[end:]
    return met


def tokens_without_rows(text, words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "rows", lambda table: ())
        return tokens.letters_of(tokens.tokens(tokens.fold(text).text, words))


@pytest.mark.parametrize(
    "text",
    [example for row in rows("word") for example in row.examples]
    + ["1、解绑；2、重置密码。第2项不用"],
)
def test_explaining_shows_the_rows_of_words_that_met_and_no_other(text):
    shown = Counter(line.strip() for line in explained("", text) if line.startswith("  word "))
    met = Counter(f"({row.why})" for row in rows_that_meet(text))
    assert Counter(re.search(r"\([^()]*\)$", line)[0] for line in shown.elements()) == met


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("☑解绑 ☐重置密码", "tick reset: '☐重置密码' says unread"),  # no row of `answer` says so
        ("是否解绑：是（否）", "label unbind: '是' says unread"),  # its opposite stands behind it
        (
            "是否解绑：是",
            "label unbind: '是' says yes (consent, perhaps behind or before the options)",
        ),
    ],
)
def test_explaining_gives_the_row_of_an_answer_only_where_it_decides(text, field):
    assert f"  {field}" in list(explained("", text))
