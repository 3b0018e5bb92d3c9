"""An operator's own words for the request reader: named in config.yaml, shown by `check --explain`
and `replay`; a bad file is refused with its reason."""

import csv
import json

import pytest

from tests.app.running import inside

MAIL = (
    "Received: from a by b; Tue, 24 Nov 2026 11:29:59 +0800\r\nFrom: a@example.com\r\n"
    "To: support@example.org\r\nSubject: CA\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n企业名称：北京甲乙科技有限公司\r\n"
    "请松个锁，密码不用重置\r\n"
).encode()


@pytest.fixture
def home(tmp_path):
    (tmp_path / "a.eml").write_bytes(MAIL)
    return tmp_path


def configure(home, words):
    (home / "config.yaml").write_text("rules: {words_file: words.toml}\n", encoding="utf-8")
    (home / "words.toml").write_text(words, encoding="utf-8")


def unbind_said(ran):
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["request"]["unbind"]


def test_a_word_of_ones_own_is_read(home):
    assert unbind_said(inside("check", "a.eml", "--json", cwd=home)) is None
    configure(home, '[unbind]\nwords = "松个鎖"\n')  # folded as the text is: 鎖 is 锁
    ran = inside("check", "a.eml", "--json", "--explain", cwd=home)
    assert unbind_said(ran) is True
    assert "松个锁/unbind" in ran.err
    assert "says reset refuses" in ran.err
    assert "自定词表：unbind unread → yes" in inside("check", "a.eml", cwd=home).out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ('[unbind]\nwords = "松锁"\n[reset]\nwords = "松锁"\n', "two classes"),
        ('[unlock]\nwords = "松个锁"\n', "unlock"),
        ("[unbind\n", ""),
        ("[unbind]\n", "words"),
        ("unbind = 3\n", ""),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(home, words, reason):
    configure(home, words)
    ran = inside("check", "a.eml", "--json", cwd=home)
    assert ran.code != 0
    assert "rules.words_file" in ran.err
    assert "读不了词表" in ran.err
    assert reason in ran.err


def test_replay_shows_what_ones_own_words_change(home):
    configure(home, '[unbind]\nwords = "松个锁"\n')
    ran = inside("replay", "a.eml", "--table", home / "t.csv", cwd=home)
    assert ran.code == 0, ran.err
    assert "自定词表改变了 1 封邮件的读法" in ran.out
    with (home / "t.csv").open(encoding="utf-8-sig") as file:
        row = next(csv.DictReader(file))
    assert row["own_words"] == "unbind unread → yes"
