"""What mail servers add to a mail says nothing; what the sender writes beside it counts."""

import pytest

from mail_intake.request.read import read_request
from tests.message.mails import new_text

REQUEST = "北京晨曦建设工程有限公司申请解绑CA锁。\n张三 Bidding Dept. / 投标部"
DISCLAIMERS = """\
This e-mail may contain confidential information. If you are not the intended recipient, please\
 delete it.
如果您错收了本邮件，请立即删除本邮件并通知发件人，不得复制或转发。
本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。禁止任何其他人以任何形式\
使用本邮件中的信息。如果您错收了本邮件，请您立即电话通知发件人并删除本邮件！
CONFIDENTIALITY NOTICE: This message is intended only for the use of the addressee. Any review\
 or copying is prohibited. If received in error, destroy all copies and cancel any action.
【本邮件由嵩桥集团邮件系统发出，内容仅供收件人阅读，如误收请删除并通知发件人】
免责声明：本邮件仅代表发件人个人意见。如非指定收件人，请勿使用，并请作废处理。
CAUTION: This email originated from outside of the organization. Do not click links or provide\
 your password unless you recognize the sender.
【外部邮件】此邮件来自公司外部，请勿轻易点击链接或提供密码。
請在列印前考慮環境。Please consider the environment before printing this e-mail.
若閣下並非本郵件之收件人，請勿披露其內容，並請即時銷毀及取消。
该邮件可能含有商业秘密，若您不是预期接收者，请撤销一切使用并彻底清除。
The information in this transmission is privileged. Unauthorized use is forbidden; if you received\
 it by mistake, withdraw from reading and remove it from your system.
此邮件及附件可能包含机密资料，倘若阁下误收此邮件，请即时通知寄件人，并将其收回或作废。
保密提示：邮件内容只发给指定的收件人。其他人收到的，不得使用，请取消转发并清空。
""".splitlines()


@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
@pytest.mark.parametrize("form", ["{request}\n{disclaimer}", "{disclaimer}\n\n{request}"])
def test_a_disclaimer_says_nothing(disclaimer, form):
    said = new_text(form.format(request=REQUEST, disclaimer=disclaimer))
    assert "张三 Bidding Dept. / 投标部" in said
    assert read_request("", said) == read_request("", REQUEST)


@pytest.mark.parametrize(
    "text",
    [
        "北京晨曦建设工程有限公司申请解绑，如误收请转技术支持。",
        "如果你们误收了我们的解绑申请，请撤回。",
        "之前的邮件是误发的，请删除。",
        "This email replaces my previous message, which was sent in error. Please delete it.",
        "本邮件仅供参考",
        "锁丢了，收件人：张三。如有问题请联系",
        "材料为保密文件，请勿外传。",
        "若非必要，密码不用改。接收人员已换。",
        "请取消我们的申请，发错了",
        "本邮件为误发，请收件人删除，不用办。",
        "这封邮件如果是误发的请删掉，我们再商量。",
        "本邮件仅供收件人存档，无需处理。",
        "如误收请忽略，以上不作数。",
        "该邮件不是我公司发的，一切责任由发件人承担！",
        "此邮件非我司发出，收件人请核实，我司不承担任何责任。",
        "本邮件系冒充我公司发送，请作废。",
        "如果这封邮件是误发，我们不知情。",
        "If this mail reached you in error, we never asked for it.",
    ],
)
def test_words_of_the_sender_stay(text):
    assert new_text(text) == text


def test_words_before_and_behind_a_disclaimer_stay():
    text = "收到，如非收件人请勿使用。\n\n本邮件含保密信息，误收请删除。\n撤回我司的申请。"
    assert new_text(text) == "收到，\n\n撤回我司的申请。"


def test_a_wrapped_disclaimer_is_read_whole():
    disclaimer = (
        "This message may be read by the person named above alone; if you are not the intended\n"
    )
    assert new_text(f"{REQUEST}\n\n{disclaimer}recipient, please delete it.") == REQUEST
