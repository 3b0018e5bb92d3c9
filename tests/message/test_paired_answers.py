"""Answers below or behind the desk's questions take their question; nothing else does."""

import pytest

from core.data.submission import Answer
from mail_intake.request.read import read_request
from tests.message.mails import new_text

NAME = "北京晨曦建设工程有限公司"
REPLY = b"In-Reply-To: <0@example.com>"
UNCLEAR = {Answer.UNREAD, Answer.AMBIGUOUS, Answer.MISSING}


def answers(text: str) -> tuple[Answer, Answer]:
    form = read_request("回复：请补充", new_text(f"{text}\n{NAME}", REPLY))
    return form.unbind, form.reset_password


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("> 2. 是否解绑\n是\n> 3. 是否需要重置注册密码\n是", "yes yes"),
        (">> 2）解除CA绑定（是/否）：\n  是\n>> 3）重置注册密码（是/否）：\n  否", "yes no"),
        ("> 请说明是否需要解除绑定。\n要，锁摔断了。\n> 密码呢？\n这个不用，我们有。", "yes no"),
        ("一、是否解绑 >>> 解\n二、是否重置注册密码 >>> 不", "yes no"),
        ("【您问】解绑还是不解绑？——【我答】不解绑\n【您问】重置与否？——【我答】重置。", "no yes"),
        (
            "来信第1点问：锁还在用吗？答：在用，所以不解绑。\n第2点问：办什么？答：重设密码",
            "no yes",
        ),
        ("Q1 办什么？ A：解绑CA\nQ2 密码呢？ A：照旧，别重置", "yes no"),
        ("问题1：是否解绑？答案：需要\n问题2：是否重置密码？您的选择：不需要", "yes no"),
        ("问：是否解绑？\n答：解\n问：是否重置密码？\n答：不重置", "yes no"),
        ("> 您好，请问是解绑还是重置密码，还是都要？\n都要，谢谢", "yes yes"),
        ("> 您要解绑还是要重置密码？\n两项都不要", "no no"),
        ("> 是否解绑、是否重置密码？\n都要，锁丢了，密码也忘了", "yes yes"),
        ("> 是否解绑、是否重置密码？\n都办，密码以后再说", "yes unread"),
        ("> 是否解绑、是否重置密码？\n都要（密码除外）", "yes unread"),
        ("> 是否解绑、是否重置密码？\n都要，先别弄", "unread unread"),
        ("> 是否解绑、是否重置密码？\n都要保留", "unread unread"),
        (
            "> 2. 是否解绑（旧锁不能再登录）\n是的\n> 3. 是否重置密码（恢复初始密码）\n不了",
            "yes no",
        ),
    ],
)
def test_an_answer_takes_the_question_above_or_before_it(text, right):
    assert [one.value for one in answers(text)] == right.split()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("> 是否不解绑？\n是", id="a question that denies"),
        pytest.param("> 是否已解绑？\n是的", id="a question about what was done"),
        pytest.param("> 旧锁是否保留，暂不解绑？\n是", id="a question of the contrary"),
        pytest.param("> 请问您是要解绑，还是仅重置密码？\n是的", id="a yes to either of two"),
        pytest.param("> 是否解绑：\n> 是否重置密码：\n是", id="two questions, one answer"),
        pytest.param("> 是否解绑：是\n否则无法投标", id="a question that is answered"),
        pytest.param("> 为什么要解绑？\n要投标", id="a question for the reason"),
        pytest.param("> 在税务平台是否解绑？\n是", id="a question about another system"),
        pytest.param("> 是否解绑（不解绑填是）\n是", id="a remark that turns the answer"),
        pytest.param("> 是否解绑（原CA锁继续使用填需要）\n需要", id="another one"),
        pytest.param("> 是否解绑？\n是否可以先不办？", id="a question as answer"),
        pytest.param("他们问：解绑吗？\n我们说是", id="what others said"),
    ],
)
def test_other_lines_answer_nothing(text):
    assert set(answers(text)) <= UNCLEAR
