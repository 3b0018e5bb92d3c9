"""Questions about locks that ask for nothing the desk does are left to people; whatever may be a request is not among them."""

import pytest

from core.cases.submission import Answer
from mail_intake.request_text import read_request

FOR_PEOPLE = [
    ("咨询", "请问CA锁在哪里办理？"),
    ("", "老师您好，请问CA锁驱动在哪里下载？谢谢！"),
    ("CA", "您好！\n请问你们支持哪些CA证书？\n谢谢"),
    ("请问CA锁一把多少钱", ""),
    ("", "CA数字证书办理电话是多少"),
    ("", "CA锁怎么绑定账号？"),
    ("关于CA锁的问题", "你好，请问如何绑锁？绑定要几天？"),
    ("咨询", "我们想增加一个副锁，请问如何操作"),
    ("", "请问主锁和副锁有什么区别？"),
    ("", "企业名称可以写简称吗？"),
    ("CA", "北京一证通能登录吗？能不能签章？"),
    ("", "尊敬的老师：您好！请问办理CA证书的地点在哪，周六是否上班？此致 敬礼"),
]
NOT_FOR_PEOPLE_ALONE = [
    # how to unbind or reset: the letter of return is the answer
    ("咨询", "请问如何解绑CA锁？"), ("", "请问解绑CA锁需要什么材料？"), ("CA锁解绑", "请问怎么操作？"), ("", "请问注册密码忘了怎么办？"),
    ("", "重置密码怎么弄？"), ("", "怎么解除绑定？"), ("", "如何换锁？"),
    # a lock that is lost, expired or fails: unbinding may be what is needed
    ("求助", "你好，请问CA锁丢了怎么办？"), ("", "CA锁过期了，怎么续费？"), ("", "CA锁插上没反应，是什么原因？"), ("", "CA锁登录不了怎么办？"), ("", "CA锁提示已绑定怎么办？"),
    ("", "旧CA锁还能用吗？"), ("", "原CA锁找不到了，怎么办？"),
    # something is wanted
    ("", "CA锁能帮忙处理一下吗？"), ("", "CA锁的事麻烦尽快办理，可以吗？"), ("CA锁", "请办理一下好吗"), ("", "CA锁怎么还没处理？"), ("CA锁申请", "请问收到了吗？"),
    ("", "CA锁附件这样可以吗？"),
    # an enterprise speaks of itself
    ("", "我们是北京甲乙科技有限公司，请问CA锁在哪里办理？"), ("CA锁", "企业名称：北京甲乙科技有限公司\n可以吗？"),
    # a statement stands beside the question
    ("", "我单位的CA锁由前台保管。请问在哪里办理？"), ("我单位CA锁目前由财务部门统一保管", "请问可以吗？"), ("CA锁", ""), ("CA锁", "您好，谢谢"),
    ("", "CA锁是否解绑：是\n请问可以吗？"),
]


@pytest.mark.parametrize(("subject", "text"), FOR_PEOPLE)
def test_a_pure_question_is_no_request(subject: str, text: str) -> None:
    form = read_request(subject, text)
    assert not form.has_request_words
    assert Answer.YES not in {form.unbind, form.reset_password}


@pytest.mark.parametrize("mark", ["", "谢谢！", "\n"])
@pytest.mark.parametrize(("subject", "text"), NOT_FOR_PEOPLE_ALONE)
def test_whatever_may_be_a_request_stays_one(subject: str, text: str, mark: str) -> None:
    assert read_request(subject, text + mark).has_request_words


@pytest.mark.parametrize("text", ["解绑", "申请解绑", "CA锁丢失", "请重置密码", "锁坏了", "unbind", "麻烦解一下绑"])
@pytest.mark.parametrize("question", ["请问可以吗？", "谢谢，请问在哪里办理？", "CA锁在哪里办理？"])
def test_a_question_beside_a_request_takes_nothing_away(text: str, question: str) -> None:
    assert read_request("", f"{question}{text}").has_request_words
    assert read_request(text, question).has_request_words
    assert read_request("", f"{text}\n{question}").has_request_words
