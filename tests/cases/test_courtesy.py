"""Thanks need no reader; anything else does."""

import time

import pytest

from core.cases.intake.courtesy import confirms, is_courtesy, is_greeting, only_asks_progress

NAMES = ("顾秀", "演示有限公司", "上海某某科技有限公司", "王梅")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "谢谢",
        "收到，谢谢老师！",
        "好的，辛苦了。",
        "收到，谢谢老师！辛苦啦[玫瑰][玫瑰]",
        "您好：\n\n非常感谢！\n祝工作顺利",
        "OK, thank you",
        "收到，谢谢老师！\n \n\n顾秀\n演示有限公司\n电话：010-55550000",
        "谢谢\n\n发自我的iPhone",
        "好的，谢谢！\n\n上海某某科技有限公司 综合部\n地址：上海市某路1号\n2026年11月25日",
    ],
)
def test_thanks(text):
    assert is_courtesy(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢，不过锁还是登不上",
        "密码已设置，还是不能登录",
        "已经登录上了吗？谢谢",
        "都绑好了，谢谢老师",
        "可以登录，谢谢",
        "这不是我们公司申请的！",
        "好的，那什么时候可以投标？",
        "请不要办理",
        "你们太慢了，我要投诉",
        "收到，我们没有申请",
        "行不行啊",
        "您好：\n\n锁还是登不上",
        "谢谢！\n\n我们没有申请过",
        "您好：\n\n有人冒用我公司名义",
        "老师您好\n\n锁还登录失败",
        "收到\n\n此人已离职",
        "您好\n\n错了",
        "谢谢\n\n锁坏了",
        "收到\n\n我公司公章被盗，此人系冒名，已报警",
        "您好\n\n已投诉到市监局",
    ],
)
def test_words_to_read(text):
    assert not is_courtesy(text, NAMES)


@pytest.mark.parametrize("words", ["我反对", "已报警", "有诈", "暂缓", "锁找到了", "是对手公司"])
@pytest.mark.parametrize("above", ["您好：", "收到，谢谢", "是的"])
def test_a_line_below_is_a_signature_by_a_known_name_alone(above, words):
    """Any two to four characters were one."""
    text = f"{above}\n\n{words}"
    kinds = (is_courtesy, is_greeting, confirms, only_asks_progress)
    assert not any(kind(text, NAMES) for kind in kinds)


def test_a_name_alone_is_an_answer():
    assert not is_courtesy("演示有限公司", NAMES)
    assert is_courtesy("收到，谢谢！\n顾 秀", NAMES)


@pytest.mark.parametrize("text", ["", "您好！", "各位领导，您好：\n\n顾秀"])
def test_a_greeting_says_nothing(text):
    assert is_greeting(text, NAMES)
    assert not is_greeting(f"收到。{text}", NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "进度",
        "请问办理进度如何？",
        "您好，请问我司的申请现在到哪一步了？",
        "请告知办理进度，谢谢！\n\n顾秀",
        "请问演示有限公司的解绑申请什么时候能办好？",
        "请问CA锁什么时候能办好",
        "CA锁办理进度",
        "请问锁解绑了吗",
        "我们今天提交的申请，请问进度",
        "JB20261125-0001 进度查询",
    ],
)
def test_a_question_about_progress(text):
    assert only_asks_progress(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "请问现在到哪一步了？我们已经报警。",
        "请问进度，经办人已离职",
        "请问进度？属于他人恶意行为",
        "请问我们什么时候申请的？",
        "什么申请？什么进度？",
        "已申请了？进度",
        "请问办理进度？我司要求保留原绑定。",
        "请问进度，锁还在使用中",
        "请问是谁申请的，进度如何",
        "请问进度？我的锁目前正常绑定",
        "请问进度？我公司现在需要CA锁",
        "请问我们什么时候申请解绑",
        "请问进度，这是什么时候的申请",
        "请问进度，我们会申请解绑",
    ],
)
def test_one_with_more_words_is_none(text):
    assert not only_asks_progress(text, NAMES)


@pytest.mark.parametrize(
    "unit", ["谢谢", "好的", "你们", "真是", "thank you ", "thanks ", "\n", " \n", "，"]
)
def test_repetition_is_quick(unit):
    """谢谢 twenty times over before another word took a minute,
    inside the transaction that every other mail waits for."""
    begin = time.process_time()
    assert not is_courtesy("谢" + unit * 20_000 + "撤回")
    assert time.process_time() - begin < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "经确认，是我公司申请的",
        "核对无误",
        "以上情况属实。",
        "同意。请贵中心尽快办理，谢谢！",
        "本单位已知悉，同意办理\n\n王会计\n13800000000",
        "Yes",
        "是本人申请的，好滴",
        "经核实，是我司申请",
        "属实，是我公司员工申请解绑CA锁",
        "CA锁解绑是我们申请的",
        "信息核对无误，请办理解绑",
    ],
)
def test_a_confirmation(text):
    assert confirms(text, NAMES)
    assert not is_courtesy(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "谢谢",
        "不同意",
        "情况不属实",
        "是不是我们申请的",
        "请核实是否我公司申请",
        "请贵单位确认属实",
        "同意，但请先等一等",
        "是我公司前员工",
        "该申请并非我公司提出",
        "同意撤销",
        "同意\n\n停止办理",
        "锁是我们的",
        "确认，锁由我公司正常绑定",
        "没问题，锁正常",
        "我们的锁没有问题",
        "麻烦核实是我公司申请",
        "核实该申请是我公司提交",
    ],
)
def test_no_confirmation(text):
    assert not confirms(text)


@pytest.mark.parametrize("unit", ["是我公司", "请", "同意", "确认", "\n"])
def test_a_long_one_is_quick(unit):
    begin = time.process_time()
    assert not confirms(unit * 40_000 + "撤")
    assert time.process_time() - begin < 1.0
