"""Full facts for a letter, and the letters of an invented centre."""

import re
from datetime import date, datetime

import pytest

from core.cases.letters.letter_content import OTHERS_ASK
from core.check_digits import id_check_digit
from core.clock import LOCAL
from core.data.case import State
from core.data.letter import LINK_PLACE, Centre, LetterFacts, LetterKind
from core.data.workday import DAILY, Window
from core.outgoing.letter_templates import JinjaLetters

NUMBER = "20261125-0007"
NAME = "京南晴川建设有限公司"
DAY = date(2026, 11, 25)
WINDOW = "2026年11月25日（星期三）11:00—11:30"
CENTRE = Centre(
    name="晴川市公共资源交易中心",
    mailbox="desk@example.org",
    phone="010-55550000",
    qq="100000001",
    portal_url="https://portal.example.org/portal",
)
LETTERS = JinjaLetters(CENTRE)
ID_NUMBER = "11999919900101123" + id_check_digit("11999919900101123")

ONLY_WITH_LINK = {
    LetterKind.CONTACT_NOTICE,
    LetterKind.RESET_LINK,
    LetterKind.CONTACT_CONFIRM,
    LetterKind.CONTACT_CHANGED,
    LetterKind.ACCOUNT_NOTICE,
    LetterKind.LOSS_LINK,
}
FULL = LetterFacts(
    case_number=NUMBER,
    enterprise_name=NAME,
    understood=(("企业名称", NAME), ("是否解绑", "是"), ("是否需要重置注册密码", "否")),
    window=Window(DAY, *(datetime.combine(DAY, at, LOCAL) for at in DAILY[0]), provisional=True),
    reasons=("附件中没有营业执照，请补充。", "没有写明是否需要重置注册密码，请写明。"),
    fine=("企业名称", "经办人身份证"),
    reason="公章与营业执照不一致。\n请核对后重新申请。",
    done=("已解除全部 CA 锁的绑定。", "已开放账号密码登录。"),
    unbound=True,
    reset=True,
    state=State.QUEUED,
    others=OTHERS_ASK,
    sender_masked="zh***@example.com",
    handler_masked="张*",
    address_masked="ne***@example.net",
    link=LINK_PLACE,
    link_hours=24,
    reply_days=30,
    until="2027年1月5日",
    enclosed=("驱动说明.pdf",),
    copies=("li@example.org",),
    copied=("发件人：zhang@example.com", "锁丢了，怎么挂失？"),
)


def words(text: str) -> str:
    """The words alone: without white space and the bullets that text and HTML draw differently."""
    return re.sub(r"[\s·*]", "", text)


every_kind = pytest.mark.parametrize("kind", LetterKind)
