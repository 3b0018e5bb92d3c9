"""Thanks need no reader; anything else does."""

import pytest

from core.cases.courtesy import is_courtesy


@pytest.mark.parametrize("text", ["", " \n", "谢谢", "收到，谢谢老师！", "好的，辛苦了。", "您好：\n\n非常感谢！\n祝工作顺利", "OK, thank you", "收到，谢谢老师！\n \n\n顾秀\n演示有限公司\n电话：010-55550000"])
def test_thanks(text):
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    ["谢谢，不过锁还是登不上", "这不是我们公司申请的！", "好的，那什么时候可以投标？", "请不要办理", "你们太慢了，我要投诉", "收到，我们没有申请", "行不行啊", "您好：\n\n锁还是登不上", "谢谢！\n\n我们没有申请过"],
)
def test_words_to_read(text):
    assert not is_courtesy(text)
