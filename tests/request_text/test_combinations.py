"""Ways to ask and to refuse, joined in every manner: the reader may doubt a few, but must never turn a no into a yes, nor lose what was said."""

import itertools
import random

from core.cases.submission import Answer
from mail_intake.request_text import read_request

NAME = "北京晨曦建设工程有限公司"
UNBIND = ["申请解绑", "需要解绑", "请解绑CA锁", "是否解绑：是", "解绑：是", "请解除CA锁绑定", "麻烦解绑一下", "需解绑", "我要解绑", "CA锁需要解绑", "请将原CA锁解绑", "请予以解绑", "请协助解除原锁的绑定", "希望解绑", "解绑CA锁", "CA锁解绑", "需要办理解绑", "特申请解除绑定", "是否解绑：☑是 □否", "是否解绑：需要", "解绑", "请把旧锁解绑掉", "要解绑的", "现需对CA锁进行解绑操作", "申请更换主锁"]
KEEP = ["不解绑", "不需要解绑", "无需解绑", "不用解绑", "是否解绑：否", "CA锁不用解绑", "暂不解绑", "不申请解绑", "解绑：不需要", "锁不解绑", "解绑就不用了", "没有必要解绑"]
RESET = ["需要重置密码", "请重置密码", "是否重置密码：是", "密码需要重置", "密码请重置", "重置注册密码", "密码也要重置", "同时重置密码", "并重置密码", "密码忘了，请重置", "密码重置：是", "还要重置密码", "请帮忙重置登录密码", "要求重置密码", "申请密码初始化", "密码重置一下", "也请把密码重置", "密码麻烦也重置下"]
NO_RESET = ["不需要重置密码", "无需重置密码", "密码不用重置", "不重置密码", "是否重置密码：否", "密码不变", "密码无需重置", "密码还记得", "重置密码不需要", "密码重置：否", "密码就不用重置了", "不用重置", "密码不重置", "密码无须重置", "保留原密码", "密码不需要动", "不必重置注册密码", "密码暂不重置", "密码不用改", "不要重置密码", "不需要重置", "不涉及密码重置", "密码记得无需重置"]
SEPARATORS = ("，", "；", "\n", "。", " ", "，另外", "。\n")
PLACES = (f"{NAME}，{{}}", f"{{}}\n{NAME}", f"{NAME}{{}}", f"我公司{NAME}，{{}}，谢谢！")


def combinations():
    for (unbind, says_unbind), (reset, says_reset) in itertools.product(
        [(one, Answer.YES) for one in UNBIND] + [(one, Answer.NO) for one in KEEP],
        [(one, Answer.YES) for one in RESET] + [(one, Answer.NO) for one in NO_RESET],
    ):
        for pair, separator, place in itertools.product(((unbind, reset), (reset, unbind)), SEPARATORS, PLACES):
            yield place.format(separator.join(pair)), says_unbind, says_reset


def test_combinations():
    sample = random.Random(7).sample(list(combinations()), 4000)
    doubted = 0
    for text, *expected in sample:
        form = read_request("", text)
        assert form.enterprise_names == (NAME,), text
        for wanted, got in zip(expected, (form.unbind, form.reset_password), strict=True):
            assert got in {wanted, Answer.UNREAD, Answer.AMBIGUOUS}, (text, got)
            doubted += got is not wanted
    assert doubted < 0.02 * len(sample)
