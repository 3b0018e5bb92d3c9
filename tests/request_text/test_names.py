"""Enterprise names of every build in every manner of naming: found whole, as written, and alone."""

import itertools
import random

import pytest

from core.cases.submission import Answer
from mail_intake.request_text import read_request

PLACES = ("北京", "北京市", "河北", "中铁", "", "大兴区", "深圳市", "内蒙古", "涿州市", "北京经济技术开发区")
STEMS = ("晨曦", "鑫源盛达", "华宇", "启明星", "恒信", "博雅", "天和", "美的", "有为", "同仁", "新时代", "九州", "A1", "云上", "非凡", "为民", "对外", "因特", "密云", "申通", "原点", "𬭩科")
TRADES = ("建设", "工程", "建筑装饰", "信息技术", "商贸", "物业管理", "招标代理", "检测技术", "餐饮管理", "文化传播", "锁具", "密码技术", "人力资源")
ENDINGS = (
    "有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "（集团）有限公司", "有限公司北京分公司", "有限公司第一分公司", "（北京）有限公司", "经营部", "商行", "合伙企业（有限合伙）", "工作室")
OTHERS = (
    "北京市大兴区第一中学", "北京市大兴区亦庄镇人民政府", "北京市大兴区中医医院", "北京大兴新城幼儿园", "北京市汇源律师事务所", "北京中天会计师事务所有限公司", "中国科学院软件研究所",
    "北京市大兴区疾病预防控制中心", "北京市大兴区青云店镇东店村民委员会", "北京市大兴区融媒体中心", "北京大兴国际机场临空经济区管理委员会", "北京市自来水集团有限责任公司大兴分公司",
    "首都医科大学附属北京安贞医院", "大兴区采育镇卫生院", "北京市大兴区城市管理委员会")
LABELLED = ("企业名称：{n}\n是否解绑：是\n是否重置密码：否", "企业名称：{n}，是否解绑：是，是否重置密码：否", "单位名称:{n} 是否解绑:是 是否重置密码:否", "企业名称\t{n}\n是否解绑\t是\n是否重置密码\t否")
PROSE = (
    "我是{n}的张三，申请解绑，不重置密码", "我们是{n}，CA锁丢了，申请解绑，不重置密码", "{n}申请解绑，不需要重置密码", "您好，{n}CA锁损坏，需要解绑，无需重置密码", "请给{n}解绑，不重置密码",
    "请将{n}的CA锁解绑，密码不重置", "我单位{n}因CA到期，申请解绑，不重置密码", "申请解绑，不重置密码\n{n}\n2026年3月1日", "关于{n}解绑的申请：请予解绑，不重置密码", "我公司（{n}）申请解绑，不重置密码",
    "兹有{n}申请解绑，不重置密码", "公司名称为{n}，申请解绑，不重置密码", "老师好，我这边是{n}，麻烦解绑，密码不用重置")


def share_read(templates, count):
    chance = random.Random(11)
    made = ["".join(parts) for parts in itertools.product(PLACES, STEMS, TRADES, ENDINGS)]
    names = chance.sample(made, count) + list(OTHERS)
    wrong = []
    for name in names:
        form = read_request("", chance.choice(templates).format(n=name))
        if (form.enterprise_names, form.unbind, form.reset_password) != ((name,), Answer.YES, Answer.NO):
            wrong.append((name, form))
    return 1 - len(wrong) / len(names), wrong[:5]


SERVING = ("喀什市公共资源交易服务中心", "某县政府采购中心", "北京市公共资源交易服务有限公司", "合肥公共资源交易有限责任公司", "北京数字认证股份有限公司")


@pytest.mark.parametrize("name", SERVING)
def test_houses_like_the_centre_or_the_makers_of_locks_bid_too(name):
    for text in (f"企业名称：{name}\n是否解绑：是\n是否重置密码：否", f"{name}申请解绑CA锁，不重置密码", f"{name}因锁丢失，申请解绑，密码不重置"):
        form = read_request("解绑申请", text)
        assert (form.enterprise_names, form.unbind, form.reset_password) == ((name,), Answer.YES, Answer.NO), text
    assert read_request("", f"单位：{name}\n解绑：是\n重置密码：否").enterprise_names in {(name,), ()}


@pytest.mark.parametrize("text", [
    "尊敬的北京市公共资源交易中心：\n我司申请解绑，不重置密码", "请北京市公共资源交易中心解绑我司CA锁，不重置密码", "致：大兴区公共资源交易中心\n申请解绑，密码不重置",
    "我公司在北京市公共资源交易中心申请解绑，不重置", "北京数字认证股份有限公司的锁需要解绑", "向北京市公共资源交易中心申请解绑"])
def test_whoever_is_only_written_to_is_not_named(text):
    assert read_request("解绑", text).enterprise_names == ()


def test_a_centre_beside_the_one_that_asks_stands_aside():
    form = read_request("解绑", "北京市公共资源交易中心 申请解绑 甲乙丙建设有限公司 不重置密码")
    assert form.enterprise_names == ("甲乙丙建设有限公司",)


@pytest.mark.parametrize("name", ["昌平区绿源苗圃场", "怀柔区鲜花商行总汇", "密云县种子站试验基地"])
def test_a_name_that_goes_on_behind_a_name_is_kept_whole(name):
    assert read_request("", f"企业名称：{name}\n是否解绑：是\n是否重置密码：否").enterprise_names == (name,)


def test_a_label_before_a_system_is_doubt_and_no_absence():
    assert read_request("", "企业名称：公共资源交易系统\n是否解绑：是\n是否重置密码：否").name_unread


def test_labelled_names():
    share, wrong = share_read(LABELLED, 1500)
    assert share >= 0.998, wrong


def test_names_in_sentences():
    share, wrong = share_read(PROSE, 2000)
    assert share >= 0.985, wrong
