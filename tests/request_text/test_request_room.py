"""The tables of the request reader row by row, and what hostile text costs."""

import ast
import importlib
import re
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import structlog

from app.judging import explained_words
from core.data.submission import Answer
from mail_intake.request import classes, clauses, cutting, grammar, items, read, tokens
from mail_intake.request.forms import form_reading, form_values
from mail_intake.request.grammar import rows
from mail_intake.request.names import known_names
from mail_intake.request.patterns import PatternError
from tests.thorough import THOROUGH, share

ROOM = Path(read.__file__).parent


def tokens_of(text):
    return tokens.tokens(tokens.fold(text).text, tokens.lexicon())


def clauses_of(text):
    return clauses.read_clauses(items.with_items(tokens_of(text)), "")


def of(table):
    return [pytest.param(row, id=row.why) for row in rows(table)]


def test_the_line_after_a_form_is_a_sentence_of_its_own():
    _form, left = form_reading.read_forms(
        tokens_of("企业名称：北京甲乙有限公司\n是否需要重置注册密码：否\n请尽快办理")
    )
    sentences = list(cutting.sentences(left))
    assert [
        sentence for sentence in sentences if cutting.FORM in sentence and len(sentence) > 1
    ] == []
    assert "".join(token.text for token in sentences[-1]) == "请尽快办理"


def test_no_word_stands_in_two_classes(tmp_path):
    tokens.lexicon()
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = "松锁"\n[reset]\nwords = "松锁"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="in two classes: 松锁 \\(unbind, reset\\)"):
        tokens.lexicon(own)


def test_a_choice_within_a_choice_is_refused(tmp_path):
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = "松(锁|(个|把)锁)"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"松.*no choice within a choice"):
        tokens.lexicon(own)


def test_no_word_stands_twice_in_a_class():
    classes = tomllib.loads((ROOM / "lexicon.toml").read_text(encoding="utf-8"))
    twice = [
        word
        for one in classes.values()
        for word, count in Counter(
            word for entry in tokens.entries(one["words"]) for word in tokens.spellings(entry)
        ).items()
        if count > 1
    ]
    assert twice == []


def test_an_entry_with_choices_is_a_word_for_each(tmp_path):
    own = tmp_path / "words.toml"
    own.write_text('[unbind]\nwords = """褪(一下|\n )锁(啦|) 松锁"""\n', encoding="utf-8")
    words = {word for word, code in tokens.lexicon(own).codes.items() if "褪" in word}
    assert words == {"褪锁", "褪锁啦", "褪一下锁", "褪一下锁啦"}
    assert "松锁" in tokens.lexicon(own).codes


def test_each_word_is_written_as_it_is_folded():
    """Else no text would ever meet it."""
    assert [word for word in tokens.lexicon().codes if tokens.fold(word).text != word] == []


def test_each_word_before_a_name_without_an_ending_is_one_token():
    """Else no name behind it would ever be found."""
    assert [word for word in grammar.WORDS["names"]["we_are"] if len(tokens_of(word)) > 1] == []


@pytest.mark.parametrize("row", of("clause"))
def test_rows_of_clauses(row):
    for example in row.examples:
        assert row in {fired for one in clauses_of(example) for _codes, fired in one.rows}, example


@pytest.mark.parametrize(
    ("length", "meaning"), [(100, clauses.Meaning.ASKS), (101, clauses.Meaning.DOUBTS)]
)
def test_a_clause_of_more_tokens_than_anybody_writes_is_doubt(length, meaning):
    asks = classes.codes("ask unbind").ljust(length, classes.Word.NUMBER)
    assert clauses._read_codes(asks, unsure=False)[2] == (clauses.Statement("unbind", meaning),)


BOUNDS = {
    "clauses": {"_LIST_LINES": 5},
    "cutting": {"_WRAPPED_LINE": 17, "_LAST_TOKENS": 12, "LONGEST_CLAUSE": 100},
    "desk_questions": {"_LONGEST": 60},
    "forms.form_labels": {"_SHORT_VALUE": 4, "_SPACE_BEHIND_LABEL": 8},
    "forms.form_tables": {"_LONGEST_TABLE": 20},
    "forms.remarks": {"_MOST_BREAKS": 20},
    "names.known_names": {
        "_SHORTEST_KNOWN": 4,
        "_SHORTEST_FUZZY": 8,
        "_SHORTEST_SHORT": 2,
        "_MOST_KNOWN": 40,
        "_ALIKE_PERCENT": 80,
    },
    "names.found_names": {
        "LONGEST_NAME": 120,
        "_MOST_WORDS": 2,
    },
    "read_text": {
        "_LONGEST_LEGEND": 20,
        "MOST_NAMES": 40,
        "_SHORT_NAME": 4,
        "_LONGEST_PLACE": 6,
    },
    "tokens": {"MAX_CHARACTERS": 20_000, "_LONGEST_HALF": 3},
}
"""How far the reader looks, by module: a wider bound reads what nobody meant, or takes longer."""


def test_each_bound():
    modules = {name: importlib.import_module(f"mail_intake.request.{name}") for name in BOUNDS}
    assert {
        name: {bound: getattr(module, bound) for bound in BOUNDS[name]}
        for name, module in modules.items()
    } == BOUNDS


def test_a_file_of_words_names_no_unknown_class(tmp_path):
    own = tmp_path / "words.toml"
    own.write_text('[unbinds]\nwords = "松锁"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"\[unbinds\] is no class of words; is unbind"):
        tokens.lexicon(own)


@pytest.mark.parametrize("row", of("loose"))
def test_rows_of_clauses_without_a_topic(row):
    for example in row.examples:
        assert row in {fired for one in clauses_of(example) for _codes, fired in one.rows}, example


@pytest.mark.parametrize("row", of("word"))
def test_rows_of_tokens_that_are_one_word(row):
    for example in row.examples:
        found, folded = tokens_of(example), tokens.fold(example).text
        assert row.becomes in {token.code for token in found}, example
        assert [folded[token.start : token.end] for token in found] == [
            token.text for token in found
        ]


@pytest.mark.parametrize("row", of("join"))
def test_rows_of_words_of_several_tokens(row):
    for example in row.examples:
        codes = cutting.prose_codes(tokens_of(example))
        assert row in {fired for _codes, fired in clauses._joined(codes)[1]}, (
            example,
            classes.named(codes),
        )


@pytest.mark.parametrize("row", of("answer"))
def test_rows_of_answers(row):
    for example in row.examples:
        assert form_values.answer_row(tokens_of(example), "unbind") is row, example


@pytest.mark.parametrize("row", of("option"))
def test_rows_of_options_beside_an_answer(row):
    for example in row.examples:
        assert row.pattern.search(form_values.value_codes(tokens_of(example))), example


@pytest.mark.parametrize("row", of("form"))
def test_rows_of_forms(row):
    for example in row.examples:
        found, left = form_reading.read_forms(tokens_of(example["text"]))
        said = {topic: answers[-1].value for topic, answers in found.answers.items() if answers}
        assert row.pattern.search(tokens.codes_of(tokens_of(example["text"]))), example
        assert said == {key: value for key, value in example.items() if key != "text"}
        assert cutting.FORM in left


@pytest.mark.parametrize("row", of("sign"))
def test_rows_of_signs(row):
    for example in row.examples:
        codes = tokens.codes_of(
            token
            for token in tokens_of(example)
            if token.code not in classes.codes("filler weak_name_label")
        )
        assert row.pattern.search(codes), (example, classes.named(codes))


@pytest.mark.parametrize("row", of("clause_sign"))
def test_rows_of_signs_of_a_clause(row):
    for example in row.examples:
        assert any(
            row.pattern.search(one.codes) for one in clauses.read_clauses(tokens_of(example), "")
        ), example


@pytest.mark.parametrize("row", of("mail"))
def test_rows_of_mails(row):
    for example in row.examples:
        parts = read.read_parts("", example)
        named = any(not name.unsure for name in parts[1].names)
        assert read.deciding_row(read.facts_of(parts, named=named)) is row, example


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
    found, _left = form_reading.read_forms(tokens_of(text))
    assert {topic: answers[-1].value for topic, answers in found.answers.items() if answers} == {
        topic: answer for topic, answer in (("unbind", unbind), ("reset", reset)) if answer
    }


def test_nothing_of_a_table_is_left_for_prose():
    for text in (
        "是否解绑 | 是否重置密码\n是 | 否",
        "企业名称 | 是否解绑\n北京甲乙有限公司 | 是\n北京丙丁有限公司 | 是",
    ):
        _found, left = form_reading.read_forms(tokens_of(text))
        assert set(tokens.codes_of(left)) == {classes.Word.LINE_END}


@pytest.mark.parametrize("row", of("cells"))
def test_rows_of_cells(row):
    for example in row.examples:
        codes = tokens.codes_of(tokens_of(example))
        assert len(row.pattern.findall(codes)) == 2, (example, classes.named(codes))


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
    assert known_names.known_spans(tokens.fold("北京甲乙建设有限公司"), known) == spans


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
    assert bool(known_names.known_spans(tokens.fold(f"{written}请解绑"), [known])) is found


@pytest.mark.parametrize(
    ("run", "speaks"),
    [("甲", True), ("1", True), ("12", False), ("12号", True), ("——", False), ("📎", True)],
)
def test_signs_and_numbers_of_several_digits_say_nothing(run, speaks):
    assert cutting.carries_meaning(run) is speaks


NOT_OF_CLASSES = {
    "any",
    "anything",
    "except",
    "again",
    "said",
    "followed_by",
    "not_followed_by",
    "preceded_by",
    "not_preceded_by",
    "at_start",
    "at_end",
    "at_line_start",
    "at_line_end",
}


@pytest.mark.parametrize(
    ("table", "left_out"),
    [
        ("word", ""),
        ("clause", "prose"),
        ("join", "prose"),
        ("loose", "prose"),
        ("cells", "forms"),
        ("option", "forms"),
        ("answer", "forms"),
        ("form", "forms"),
    ],
)
def test_each_class_of_a_row_can_meet(table, left_out):
    """A class that the tokens of its table never have would meet nothing there."""
    absent = set(grammar.SETS[f"left_out_of_{left_out}"]) if left_out else set()
    if left_out == "prose":
        absent |= set(grammar.IN_PROSE) - set(grammar.IN_PROSE.values())
    never = {
        name: row.why
        for row in rows(table)
        for name in set(re.findall(r"[a-z_]+:?", row.written)) - NOT_OF_CLASSES
        if name in classes.CODE_OF and classes.CODE_OF[name] in absent
    }
    assert never == {}


def test_a_row_with_an_unknown_class_fails_and_says_what_to_do():
    with pytest.raises(PatternError) as raised:
        grammar.LANGUAGE.compiled("ask* refus (lock|password)* deed")
    assert (
        "`refus` in `ask* refus (lock|password)* deed` is no class, set or part. Is refuse"
        in str(raised.value)
    )
    assert "add it there, or mend the row" in str(raised.value)


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("(ask|lock", "missing ), unterminated subpattern, in `(ask|lock`; how rows are written"),
        ("ask) lock", "unbalanced parenthesis, in `ask) lock`"),
        ("except(ask lock)", "`ask lock` in `except(ask lock)` is no class, set or part"),
        ("folowed_by(ask) lock", "`folowed_by(` in `folowed_by(ask) lock` is no class, set or"),
        ("folowed_by(ask) lock", "Is followed_by( or not_followed_by( meant?"),
        ("ask & lock", "`&` in `ask & lock` is no class, set or part"),
        ("answer:yes", "`answer` in `answer:yes` is no class, set or part"),
        ("preceded_by(reset password?) lock", "look-behind requires fixed-width pattern"),
    ],
)
def test_a_row_that_is_written_wrongly_says_so(written, wrong):
    with pytest.raises(PatternError, match=re.escape(wrong)):
        grammar.LANGUAGE.compiled(written)


@pytest.mark.parametrize(
    ("written", "codes", "meets"),
    [
        ("ask? unbind", "unbind", True),
        ("ask? unbind", "ask unbind", True),
        ("ask? unbind", "ask ask unbind", False),
        ("unbind (and|comma) reset", "unbind comma reset", True),
        ("unbind (and|comma) reset", "unbind reset", False),
        ("except(refuse|no)+", "ask lock", True),
        ("except(refuse|no)+", "ask no", False),
        ("deed{2}", "unbind reset", True),
        ("any*", "line_end", False),
        ("anything*", "line_end", True),
        ("ask followed_by(lock) any", "ask lock", True),
        ("ask not_followed_by(lock) any", "ask lock", False),
        ("ask preceded_by(ask) lock", "ask lock", True),
        ("one:[deed] again(one)", "reset reset", True),
        ("one:[deed] again(one)", "reset unbind", False),
        (["lock unbind", "unbind"], "lock unbind", True),
    ],
)
def test_how_rows_are_written(written, codes, meets):
    assert bool(grammar.LANGUAGE.compiled(written).fullmatch(classes.codes(codes))) is meets


def test_each_row_shape_set_and_part_can_be_read():
    for name, table in grammar._DATA.items():
        if isinstance(table, list):
            rows(name)
    for name in grammar._DATA["shape"]:
        grammar.shape(name)
    for name, listed in grammar._DATA["sets"].items():
        unknown = set(listed.split()) - classes.CODE_OF.keys() - grammar._DATA["sets"].keys()
        assert not unknown, (
            f"tables/sets.toml, {name}: {unknown} is no class of lexicon.toml or sign of "
            "folding.toml"
        )


def test_no_name_is_both_a_class_and_a_set_or_part():
    sets, parts = grammar._DATA["sets"].keys(), grammar._DATA["parts"].keys()
    assert not classes.CODE_OF.keys() & (sets | parts)
    assert not sets & parts


def test_each_class_set_shape_and_list_that_the_code_names_is_there():
    """Python decides by named classes and sets."""
    known = {
        "Word": {name.upper() for name in classes.CODE_OF},
        "SETS": grammar.SETS.keys(),
        "SHAPES": tokens.SHAPES.keys(),
        "WORDS": grammar.WORDS.keys(),
    }
    used = set()
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "Word"
            ):
                assert node.attr in known["Word"], (file.name, node.attr)
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Name)
                and node.value.id in known
                and isinstance(node.slice, ast.Constant)
            ):
                assert node.slice.value in known[node.value.id], (file.name, node.slice.value)
                used.add((node.value.id, node.slice.value))
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "shape"
                and isinstance(node.args[0], ast.Constant)
            ):
                grammar.shape(node.args[0].value)
                used.add(("shape", node.args[0].value))
    # to FormText.past
    passed_by_name = {"note", "colon", "question_mark", "name_sign", "option_lines", "enclosures"}
    assert (
        grammar._DATA["shape"].keys()
        - {name for kind, name in used if kind == "shape"}
        - passed_by_name
        == set()
    ), "a shape that nothing looks for"
    named = Counter(re.findall(r"[a-z_]+", str(grammar._DATA)))
    idle = {name for name in grammar.SETS if ("SETS", name) not in used and named[name] < 2}
    assert idle - {"left_out_of_prose"} == set(), "a set that nothing uses"


def test_nobody_is_shown_a_code():
    text = (
        "企业名称：北京晨曦建设工程有限公司\n请解一下旧锁，密码不用重置。锁继续用\n"
        "1、解绑；2、重置。第2项不用"
    )
    shown = "\n".join(explained_words("解绑", text))
    inside = set(classes.CODE_OF.values()) - {" ", "\n"}
    assert not inside & set(shown)


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


@pytest.mark.parametrize("unit", share(HOSTILE, 3))
def test_a_long_hostile_text_is_quick(unit):
    length = tokens.MAX_CHARACTERS if THOROUGH else 5000
    text = unit * (length // len(unit) + 1)
    began = time.process_time()
    read.read_request(text[:200], text, ["北京有限公司", "北京建设工程有限公司"])
    # at most 1.7 s (0.4 s) on a quiet machine; quadratic reading took minutes (ten seconds)
    assert time.process_time() - began < 4.0, unit


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


def test_explaining_shows_the_words_that_clauses_leave_out():
    lines = list(explained_words("", "申请解绑谢谢"))
    assert "  left out: 谢谢/filler" in lines
    assert "  clause ask unbind: 申请/ask 解绑/unbind" in lines


def test_explaining_shows_tokens_rows_and_what_they_said():
    lines = "\n".join(
        explained_words(
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
        "clause password refuse reset: 密码/password 不用/refuse 重置/reset",
        "refuses (refused before)",
        "says reset refuses",
        "meets 解除旧锁的绑定: unbind (",
        "(said twice)",
        "unbind yes, reset no",
        "is a request: True (a form is filled in)",
    ):
        assert expected in lines


def rows_that_meet(text):
    """The rows of the table `word` that meet the text, one after another."""
    before = codes_without_rows(text)
    met = []
    for row in grammar.word_rows():
        found = list(row.pattern.finditer(before))
        met += [row] * len(found)
        for match in reversed(found):
            start, end = row.replaced(match)
            before = before[:start] + row.becomes + before[end:]
    return met


def codes_without_rows(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "word_rows", lambda: ())
        return tokens.codes_of(tokens_of(text))


@pytest.mark.parametrize(
    "text",
    [example for row in rows("word") for example in row.examples]
    + ["1、解绑；2、重置密码。第2项不用"],
)
def test_explaining_shows_the_rows_of_words_that_met_and_no_other(text):
    shown = Counter(
        line.strip() for line in explained_words("", text) if line.startswith("  word ")
    )
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
    assert f"  {field}" in list(explained_words("", text))
