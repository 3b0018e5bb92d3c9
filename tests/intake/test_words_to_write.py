"""What letters and pages tell people to write, sent as people send it, gets what was promised: from
the mail's bytes to the letter."""

import re
from dataclasses import replace
from email.message import EmailMessage
from itertools import product
from pathlib import Path

import pytest

from core.cases.intake.request_case import WITHDRAWAL_REASON
from core.cases.letters.words import QUESTIONS
from core.data.case import State
from core.data.letter import LetterKind
from core.data.mail_record import Disposition
from core.data.submission import Answer
from mail_intake.request.read import read_request
from tests.letters.facts import FULL, LETTERS
from tests.sender.conftest import HANDLER, PASS, post  # noqa: F401  a fixture

TEMPLATES = Path(__file__).parents[2] / "templates"
TO_WRITE = re.compile(r"(?:回复(?:本邮件)?|写明|写上|注明|发送)\s*[“「『]([^”」』]+)[”」』]")
SIGNED = "\n\n张三\n北京晨曦建设工程有限公司 综合办公室\n电话：13900000000\n"


def told():
    """The words that letters, prepared answers and pages tell people to write."""
    facts = (
        replace(FULL, reset=reset, state=state) for reset, state in product((True, False), State)
    )
    texts = [LETTERS.render(kind, one).text for one in facts for kind in LetterKind]
    texts += [
        file.read_text(encoding="utf-8")
        for folder in ("answers", "web")
        for file in sorted((TEMPLATES / folder).rglob("*.*"))
    ]
    return {word for text in texts for word in TO_WRITE.findall(text)}


def quoted(letter):
    """The letter below the words, as 企业微信邮箱 and its like put it there."""
    head = (
        f"\n\n------------------ 原始邮件 ------------------\n主题: {letter.rendered.subject}\n\n"
    )
    return head + "\n".join(f"> {line}" for line in letter.rendered.text.splitlines())


def queued(post):  # noqa: F811
    """A complete case and its receipt."""
    case = post.case(post.sends(HANDLER, PASS))
    post.harness.send_letters()
    return case, post.harness.letter("received")


def answered_with_progress(post, case, record):  # noqa: F811
    assert (record.disposition, record.case_id, record.unread) == (
        Disposition.CONVERSATION,
        case.id,
        False,
    )
    assert post.harness.letters(case).count("progress") == 1
    assert "待审核" in post.harness.letter("progress").rendered.text


def set_aside_as_withdrawn(post, case, record):  # noqa: F811
    assert (record.disposition, record.case_id) == (Disposition.CONVERSATION, case.id)
    now = post.harness.again(case)
    assert (now.state, now.reason) == (State.HELD, WITHDRAWAL_REASON)


PROMISED = {"进度": answered_with_progress, "撤回": set_aside_as_withdrawn}
"""In answer to a receipt. The other words that are told are those of a request of its own."""
OF_A_REQUEST = {f"{QUESTIONS['reset_password']}：是"}


def test_each_word_that_people_are_told_to_write_is_tried_here():
    assert told() == PROMISED.keys() | OF_A_REQUEST


@pytest.mark.parametrize("words", sorted(OF_A_REQUEST))
def test_a_word_of_a_request_is_read_as_its_answer(words):
    form = read_request("", words)
    assert (form.unbind, form.reset_password) == (Answer.MISSING, Answer.YES)


FRAMES = [
    "{}",
    "{}。",
    "“{}”",
    "{}\n",
    "您好，{}",
    "请{}",
    "{}，谢谢",
    "老师好：\n    {}\n谢谢！",
    "{signed}",
]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("word", PROMISED)
@pytest.mark.parametrize("quotes", [True, False])
def test_a_reply_gets_what_was_promised(post, word, frame, quotes):  # noqa: F811
    case, letter = queued(post)
    words = (f"{word}{SIGNED}" if frame == "{signed}" else frame.format(word)) + (
        quoted(letter) if quotes else ""
    )
    record = post.sends(
        HANDLER,
        PASS,
        papers=(),
        subject=f"回复：{letter.rendered.subject}",
        words=words,
        answers=letter.message_id,
    )
    PROMISED[word](post, case, record)


@pytest.mark.parametrize(
    "words",
    [
        "查询进度",
        "查询进度。",
        "请问进度",
        "进度？",
        "查进度",
        "进度查询",
        "查一下进度",
        "麻烦查询一下我单位的进度，谢谢",
        "请问现在什么进度了？",
        "想问下申请的进度",
        "進度",
    ],
)
def test_a_question_for_progress_in_other_words(post, words):  # noqa: F811
    case, letter = queued(post)
    answered_with_progress(
        post,
        case,
        post.sends(
            HANDLER,
            PASS,
            papers=(),
            subject="Re: CA锁解绑申请",
            words=words + SIGNED,
            answers=letter.message_id,
        ),
    )


@pytest.mark.parametrize("word", PROMISED)
@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: 【已受理】CA锁解绑申请 工单号 {number}", "{word}"),
        ("{word} {number}", "{word}"),
        ("{word} {number}", "谢谢"),
        ("{word} 工单号 {number}", "谢谢"),
        ("工单号 {number} {word}", "谢谢"),
        ("工单{number}", "{word}"),
        ("你好", "{word} {number}"),
        ("你好", "工单号 {number}，{word}"),
    ],
)
def test_a_mail_of_its_own_that_names_the_case(post, word, subject, words):  # noqa: F811
    case, _letter = queued(post)
    named = {"number": case.number, "word": word}
    PROMISED[word](
        post,
        case,
        post.sends(
            HANDLER, PASS, papers=(), subject=subject.format(**named), words=words.format(**named)
        ),
    )


@pytest.mark.parametrize("word", PROMISED)
def test_a_reply_in_html_below_which_the_letter_stands(post, word):  # noqa: F811
    case, letter = queued(post)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"], mail["In-Reply-To"] = (
        HANDLER,
        "support@example.org",
        "<h@x.example>",
        letter.message_id,
    )
    mail["Subject"] = f"Re: {letter.rendered.subject}"
    mail.set_content(
        f"<div>{word}</div><div><br></div><blockquote type='cite'><pre>{letter.rendered.text}"
        "</pre></blockquote>",
        subtype="html",
    )
    on_top = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n"
    PROMISED[word](
        post,
        case,
        post.arrives(
            on_top
            + b"Received: from x by mx.desk.example; Wed, 25 Nov 2026 10:00:00 +0800\r\n"
            + mail.as_bytes()
        ),
    )


@pytest.mark.parametrize(
    ("text", "asks", "withdraws"),
    [
        ("CA锁丢了影响投标进度，申请解绑，不重置密码", False, False),
        ("为不耽误工程进度，请尽快解绑", False, False),
        ("锁丢失，注销，换新锁", False, False),
        ("收到回复“进度”的说明", False, False),
        ("施工进度管理系统用不了", False, False),
        ("不撤回", False, False),
        ("请勿撤回", False, False),
    ],
)
def test_the_words_within_others_promise_nothing(text, asks, withdraws):
    form = read_request("", text)
    assert (form.asks_progress, form.withdraws) == (asks, withdraws)
