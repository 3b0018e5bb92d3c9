"""Thanks need no reader; anything else does."""

import time

import pytest

from core.cases.intake.courtesy import confirms, is_courtesy


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
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢，不过锁还是登不上",
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
    assert not is_courtesy(text)


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
    ],
)
def test_a_confirmation(text):
    assert confirms(text)
    assert not is_courtesy(text)


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
    ],
)
def test_no_confirmation(text):
    assert not confirms(text)


@pytest.mark.parametrize("unit", ["是我公司", "请", "同意", "确认", "\n"])
def test_a_long_one_is_quick(unit):
    begin = time.process_time()
    assert not confirms(unit * 40_000 + "撤")
    assert time.process_time() - begin < 1.0
