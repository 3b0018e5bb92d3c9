"""Rare, southern, classical and English negations, open questions, odd separators: a refusal is never read as a yes, and nothing said is lost."""

import itertools

import pytest

from core.cases.submission import Answer, RequestForm
from mail_intake.request_text import read_request

NAME = "河北恒远市政工程有限公司"
NEVER_YES = {Answer.NO, Answer.UNREAD, Answer.AMBIGUOUS}
NEGATIONS = (
    "唔使", "唔需要", "唔要", "唔好", "唔駛", "冇必要", "毋须", "毋需", "毋庸", "無庸", "无庸", "甭", "莫", "莫要", "休", "休要", "勿", "切勿", "请勿", "勿需", "勿再", "勿要", "别", "別", "可别", "不必", "大可不必",
    "不消", "用不着", "犯不着", "没必要", "没啥必要", "无必要", "不要", "千万不要", "不准", "不许", "不劳", "不麻烦", "不想", "不打算", "不考虑", "不申请", "免", "免去", "省去", "无须", "非必要不", "未申请", "拒绝", "禁止", "谢绝",
    "婉拒", "杜绝", "严禁", "不建议", "不同意", "没有需要", "无需再", "先不", "暂不", "暂时先别", "暂缓", "跳过", "略过", "取消", "放弃", "排除", "除外", "省略", "不是要", "并非要", "哪用得着", "何必", "何须", "岂能", "咪",
    "no need to ", "do not ", "don't ", "don’t ", "dont ", "not ", "never ", "without ", "please do not ", "we do not need to ", "there is no need to ", "you needn't ", "avoid ", "skip ", "no ", "not required to ",
)
CLOSINGS = (
    "不需要", "唔使", "唔使喇", "甭了", "毋须", "毋庸", "毋庸了", "免了", "免", "算了", "就算了", "就罢了", "作罢", "省了", "省略", "略过", "跳过", "除外", "取消", "就不麻烦了", "不劳费心", "用不着", "没必要", "暂缓", "留到以后",
    "以后再说", "先放着", "大可不必", "就别了", "拉倒", " no", " not needed", " not required", " is not necessary", " unnecessary", " isn't needed", " is not needed", " never", ": no need", ": not required",
)


def read(text: str) -> RequestForm:
    return read_request("", text)


@pytest.mark.parametrize("frame", [
    "{name}申请解绑，{no}重置密码", "{name}申请解绑，密码{no}重置", "{name}申请解绑，密码就{no}重置了", "{name}，解绑，请{no}重置注册密码", "{name}申请解绑 {no}重置密码", "{name}申请解绑、{no}重置密码",
    "公司名稱：{name}，要解綁，密碼{no}重設", "{name} please unbind our CA lock, {no}reset password", "Please unbind CA lock for {name}. {no}reset the password.", "{name}申请解绑\n{no}重置密码",
])
def test_a_negation_before_the_reset_is_never_a_yes(frame):
    wrong = [no for no in NEGATIONS if read(frame.format(name=NAME, no=no)).reset_password not in NEVER_YES]
    assert wrong == []


@pytest.mark.parametrize("frame", ["{name}，重置密码，{no}解绑", "{name}申请重置密码，CA锁{no}解绑", "{name}，请{no}解绑CA锁，重置密码", "{name}: reset password, {no}unbind the lock"])
def test_a_negation_before_the_unbinding_is_never_a_yes(frame):
    wrong = [no for no in NEGATIONS if read(frame.format(name=NAME, no=no)).unbind not in NEVER_YES]
    assert wrong == []


@pytest.mark.parametrize("frame", ["{name}申请解绑，重置密码{no}", "{name}申请解绑，密码重置{no}", "{name}申请解绑，password reset{no}", "{name}申请解绑。密码重置的事{no}"])
def test_a_negation_behind_the_reset_is_never_a_yes(frame):
    wrong = [no for no in CLOSINGS if read(frame.format(name=NAME, no=no)).reset_password not in NEVER_YES]
    assert wrong == []


@pytest.mark.parametrize("frame", ["企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：{no}", "企业名称：{name}\n解绑：是\n重置密码：{no}重置"])
def test_a_negation_as_the_answer_is_never_a_yes(frame):
    wrong = [no for no in (*NEGATIONS, *CLOSINGS) if read(frame.format(name=NAME, no=no)).reset_password not in NEVER_YES]
    assert wrong == []


@pytest.mark.parametrize(("text", "unbind", "reset"), [
    ("please unbind CA lock for company {name}. No need to reset password.", Answer.YES, Answer.NO),
    ("{name}: please unbind. Do not reset the password.", Answer.YES, Answer.NO),
    ("{name}: please unbind our lock, don't reset the password", Answer.YES, Answer.NO),
    ("{name}: unbind the lock without resetting the password", Answer.YES, Answer.NO),
    ("{name}: unbind: yes, reset password: not required", Answer.YES, Answer.NO),
    ("{name}: please unbind and reset password", Answer.YES, Answer.YES),
    ("{name}: please reset the password. Don't unbind the lock.", Answer.NO, Answer.YES),
    ("公司名稱：{name}，要解綁，密碼唔使重設", Answer.YES, Answer.NO),
    ("{name}申请解绑，密码毋须重置", Answer.YES, Answer.NO),
    ("{name}申请解绑，密码就甭重置了", Answer.YES, Answer.NO),
    ("{name}申请解绑，僅解綁，勿重置密碼", Answer.YES, Answer.NO),
    ("{name}申请解绑，休要重置密码", Answer.YES, Answer.NO),
    ("因原经办人退休，{name}申请解绑，并重置密码", Answer.YES, Answer.YES),
    ("{name}原经办人退休申请解绑，重置密码", Answer.YES, Answer.YES),
])
def test_refusals_understood(text, unbind, reset):
    form = read(text.format(name=NAME))
    assert (form.unbind, form.reset_password) == (unbind, reset)


@pytest.mark.parametrize(("question", "unbind", "reset"), [
    ("解不解绑：解\n重不重置：不重", Answer.YES, Answer.NO),
    ("解不解绑：不解\n重不重置：重", Answer.NO, Answer.YES),
    ("解不解绑：解绑\n重不重置密码：不重置", Answer.YES, Answer.NO),
    ("解不解除绑定：解除\n重不重设密码：不用", Answer.YES, Answer.NO),
    ("用不用解绑：用\n用不用重置密码：不用", Answer.YES, Answer.NO),
    ("需不需解绑：需\n需不需重置密码：不需", Answer.YES, Answer.NO),
    ("解绑不解绑：解绑\n重置不重置：不重置", Answer.YES, Answer.NO),
    ("解不解绑？解。重不重置密码？不。", Answer.YES, Answer.NO),
    ("要不要解绑：要\n要不要重置密码：不要", Answer.YES, Answer.NO),
    ("有没有必要解绑：有\n有没有必要重置密码：没有", Answer.YES, Answer.NO),
    ("解绑与否：是\n重置密码与否：否", Answer.YES, Answer.NO),
])
def test_open_questions(question, unbind, reset):
    form = read(f"公司名：{NAME}\n{question}")
    assert (form.unbind, form.reset_password) == (unbind, reset)


@pytest.mark.parametrize("text", ["解不解绑", "解不解绑都行", "要解不解绑呢", "重置不重置密码都可以", "解不解绑再说"])
def test_open_questions_without_an_answer_are_no_yes(text):
    form = read(f"{NAME}，{text}")
    assert Answer.YES not in {form.unbind, form.reset_password}


@pytest.mark.parametrize("kept", [
    "密码保留原来的即可", "密码保留", "原密码保留", "密码留用", "密码照旧", "密码维持原样", "密码依旧", "密码和原来一样", "密码同原来", "密码请勿变更", "注册密码请勿变更", "密码不许改", "密码别动", "密码千万别改", "密码勿动", "密码还用老的",
    "密码我这边有", "密码还在用", "密码原样", "密码不做任何改动", "沿用旧密码", "密码无变化", "密码保管完好", "密码有效", "原密码可以登录", "口令保留",
])
def test_a_password_spoken_of_is_never_silence_nor_yes(kept):
    for text in (f"{NAME}申请解绑CA，{kept}", f"企业名称：{NAME}\n是否解绑：是\n{kept}"):
        form = read(text)
        assert form.unbind is Answer.YES
        assert form.reset_password in {Answer.NO, Answer.UNREAD}


@pytest.mark.parametrize("kept", ["密码保留原来的即可", "密码保留", "密码照旧", "密码维持原样", "密码请勿变更", "密码别动", "密码千万别改", "密码勿动", "密码无需变动"])
def test_a_password_that_stays(kept):
    assert read(f"{NAME}申请解绑CA，{kept}").reset_password is Answer.NO


@pytest.mark.parametrize(("verb", "rest"), list(itertools.product(
    ("注销", "取消", "撤销", "清除", "删除", "解除", "清空", "移除", "终止", "解开", "去除", "断开"), ("原CA锁绑定关系", "CA锁绑定", "我司账号与CA锁的绑定", "绑定"))))
def test_any_end_of_a_binding_is_unbinding(verb, rest):
    assert read(f"{NAME}申请{verb}{rest}，密码照旧").unbind is Answer.YES


@pytest.mark.parametrize("words", ["把旧锁从系统里解掉", "申请CA锁脱绑", "旧锁退绑", "申请销绑", "把绑着的锁清掉", "取消一下之前绑的那个CA", "原锁绑定作废", "将绑定的锁剔除", "拆绑", "锁和账号分开，不再绑定", "申请解锁绑"])
def test_any_word_about_a_binding_is_heard(words):
    form = read(f"{NAME}，{words}，密码照旧")
    assert form.unbind is not Answer.MISSING


@pytest.mark.parametrize(("text", "unbind", "reset"), [
    ("1、企业名称 {name} 2、解绑 3、否", Answer.YES, Answer.NO),
    ("1.{name} 2.是 3.否", Answer.YES, Answer.NO),
    ("1、{name}；2、解绑；3、不重置", Answer.YES, Answer.NO),
    ("①{name}②解绑③否", Answer.YES, Answer.NO),
    ("（1）{name}（2）需要（3）不需要", Answer.YES, Answer.NO),
    ("一、{name}二、解绑三、不需要", Answer.YES, Answer.NO),
    ("1）{name} 2）是 3）是", Answer.YES, Answer.YES),
    ("1、企业名称：{name}，2、是，3、否。", Answer.YES, Answer.NO),
    ("1.企业名称{name} 2.不解绑 3.重置", Answer.NO, Answer.YES),
    ("企业名称：_{name}_\n是否解绑：__是__\n是否需要重置注册密码：__否__", Answer.YES, Answer.NO),
    ("企业名称：{name}\n是否解绑：*是*\n是否需要重置注册密码：*否*", Answer.YES, Answer.NO),
    ("企业名称：{name}\n是否解绑：____是____\n是否需要重置注册密码：_______", Answer.YES, Answer.MISSING),
    ("{name}\n解绑——是\n重置密码——否", Answer.YES, Answer.NO),
    ("{name}\n解绑-是\n重置密码-否", Answer.YES, Answer.NO),
    ("{name}\n解绑→是\n重置密码→否", Answer.YES, Answer.NO),
    ("{name}\n解绑……是\n重置密码……否", Answer.YES, Answer.NO),
    ("企业名称: {name}\n是否解绑: 麻烦解绑一下\n是否需要重置注册密码: 麻烦重置一下", Answer.YES, Answer.YES),
    ("企业名称: {name}\n是否解绑: 请帮忙解绑\n是否需要重置注册密码: 请不要重置", Answer.YES, Answer.NO),
    ("企业名称: {name}\n是否解绑: 希望解绑，谢谢\n是否需要重置注册密码: 麻烦不要动", Answer.YES, Answer.NO),
    ("企業:{name}/解绑:Y/重置密码:N", Answer.YES, Answer.NO),
    ("企业:{name}/解绑:是/重置密码:否", Answer.YES, Answer.NO),
    ("主体名称：{name}\n事项一：解绑原北京CA锁\n事项二：重置密码  不办理", Answer.YES, Answer.NO),
    ("主体名称：{name}\n事项1：解绑CA锁\n事项2：重置密码", Answer.YES, Answer.YES),
    ("{name}，解绑丢失的CA锁，不重置密码", Answer.YES, Answer.NO),
    ("我们公司{name}换锁了 登不上去了 提示此锁未绑定任何企业 麻烦解绑 密码还记得", Answer.YES, Answer.NO),
    ("{name}登录提示“此锁未绑定任何企业”，申请解绑，不重置密码", Answer.YES, Answer.NO),
    ("{name}显示证书未绑定，请绑定账号后登陆，申请解绑，不重置密码", Answer.YES, Answer.NO),
    ("{name}申请解绑，登录密码忘了，也请给重新设置一下", Answer.YES, Answer.YES),
])
def test_odd_layouts(text, unbind, reset):
    form = read(text.format(name=NAME))
    assert form.enterprise_names == (NAME,)
    assert (form.unbind, form.reset_password) == (unbind, reset)


@pytest.mark.parametrize("text", ["1、{name} 2、营业执照 3、身份证", "1.打开邮箱 2.是 3.见附件"])
def test_numbered_lists_of_other_things_give_no_answers(text):
    form = read(text.format(name=NAME))
    assert Answer.YES not in {form.unbind, form.reset_password}
    assert Answer.NO not in {form.unbind, form.reset_password}


@pytest.mark.parametrize("text", ["以下业务不需要办理：\n1.重置密码\n2.变更法人", "不需要办理的：\n重置密码", "以下不办理：\n重置密码"])
def test_a_refusal_over_a_list_reaches_the_list(text):
    assert read(f"{NAME}申请解绑。\n{text}").reset_password in NEVER_YES


@pytest.mark.parametrize("text", [
    "请问{name}的解绑办到哪一步了？", "想问一下{name}的解绑办好了没有", "咨询一下{name}解绑进度", "查询{name}的解绑结果", "{name}委托北京代办科技有限公司办理CA锁解绑，不重置密码",
    "{name}授权北京代办科技有限公司代办解绑，不重置密码", "企业名称：{name}（曾用名河北恒达市政工程有限公司）\n是否解绑：是\n是否重置密码：否", "{name}，曾用名为河北恒达市政工程有限公司，申请解绑，不重置密码",
    "企业名称：{name}(原名：河北恒达市政工程有限公司)\n是否解绑：是\n是否重置密码：否", "企业名称：{name}（原名称河北恒达市政工程有限公司）\n是否解绑：是\n是否重置密码：否",
    "企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：否\n-- \n北京某某科技有限公司 行政部 刘洋\n地址：北京市",
])
def test_names_among_others(text):
    assert read(text.format(name=NAME)).enterprise_names == (NAME,)


def test_the_signature_names_the_enterprise_where_nothing_else_does():
    assert read(f"申请解绑，不重置密码\n--\n{NAME} 李工").enterprise_names == (NAME,)


@pytest.mark.parametrize(("text", "unbind", "reset"), [
    ("{name}，要把旧的锁从系统里解掉，密码不用管", Answer.YES, Answer.NO),
    ("单位：{name}\n解绑否：是\n重置密码否：否", Answer.YES, Answer.NO),
    ("1.企业名称：{name}2.是否解绑：是3.是否需要重置注册密码：否", Answer.YES, Answer.NO),
    ("一、企业名称：{name}二、是否解绑：是三、是否需要重置注册密码：是", Answer.YES, Answer.YES),
    ("{name}解绑，密码重置的话不需要", Answer.YES, Answer.NO),
    ("{name}解绑，密码重置的话看你们", Answer.YES, Answer.UNREAD),
    ("{name}解绑，如果要重置的话不用问我", Answer.YES, Answer.UNREAD),
    ("{name}: unbind only, password reset not needed", Answer.YES, Answer.NO),
    ("{name}解绑即可，密码方面没有重置需求", Answer.YES, Answer.NO),
    ("{name}解绑，暂无重置密码的需要", Answer.YES, Answer.NO),
    ("代{name}申请解绑，密码不重置", Answer.YES, Answer.NO),
    ("公司：个体工商户{name}，解绑，不重置密码", Answer.YES, Answer.NO),
    ("{name}解绑。重置密码。不需要。", Answer.YES, Answer.AMBIGUOUS),
    ("{name}解绑。请重置密码。", Answer.YES, Answer.YES),
])
def test_found_by_fresh_wordings(text, unbind, reset):
    form = read(text.format(name=NAME))
    assert form.enterprise_names == (NAME,)
    assert (form.unbind, form.reset_password) == (unbind, reset)


@pytest.mark.parametrize(("text", "unbind", "reset"), [
    ("{name}解绑，至于重置密码，大可不必", Answer.YES, Answer.NO),
    ("{name}解绑，重置密码，没这个必要", Answer.YES, Answer.NO),
    ("{name}解绑，重置密码，就算了吧", Answer.YES, Answer.NO),
    ("{name}: kindly unbind our CA token; leave the password as it is", Answer.YES, Answer.NO),
    ("{name}: please unbind. Password: unchanged", Answer.YES, Answer.NO),
    ("{name}: please unbind. About the password we will call you", Answer.YES, Answer.UNREAD),
    ("名称 {name}\n解绑 Y\n重置 N", Answer.YES, Answer.NO),
    ("{name}，请解除与账号的关联，密码照常使用", Answer.YES, Answer.NO),
    ("{name}的绑定信息有误，绑到了别的公司账号上，请核查", Answer.UNREAD, Answer.MISSING),
])
def test_found_by_a_second_set(text, unbind, reset):
    form = read(text.format(name=NAME))
    assert form.enterprise_names == (NAME,)
    assert (form.unbind, form.reset_password) == (unbind, reset)


@pytest.mark.parametrize("name", ["?志（成都）??派遣集?有限公司", "北京??工程有限公司", "北京晨?建设有限公司", "河北恒\ufffd市政工程有限公司"])
@pytest.mark.parametrize("label", ["企业名称：", "企業名?："])
def test_a_damaged_name_is_unread(label, name):
    form = read(f"{label}{name}\n是否解绑：是\n是否重置密码：否")
    assert form.enterprise_names == ()
    assert form.name_unread
