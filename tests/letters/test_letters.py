"""Every letter by what must and must not be in it, with full and with sparse facts."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from inscriptis import get_text

from core.cases.intake.plain_request import FREE_QUESTIONS
from core.cases.letters.words import NEXT_STEP, STATES
from core.data.case import ENDED, State
from core.data.letter import (
    CASE_WORD,
    LETTER_MARK_END,
    LINK_PLACE,
    STATUS_PLACE,
    UNSETTLED,
    WITH_STATUS,
    LetterFacts,
    LetterKind,
    Rendered,
)
from mail_intake.request.read_text import read_parts
from tests.letters.facts import (
    CENTRE,
    FULL,
    LETTERS,
    NAME,
    NUMBER,
    ONLY_WITH_LINK,
    WINDOW,
    every_kind,
    words,
)

OF_ACCOUNTS = {
    LetterKind.LOGIN_LOCKED,
    LetterKind.CERTIFICATE_ENDS,
    LetterKind.INFORMATION_ACCEPTED,
    LetterKind.INFORMATION_RETURNED,
}
TO_DESK = {LetterKind.DIGEST, LetterKind.ALERT, LetterKind.FORWARD}
TO_SENDER = set(LetterKind) - ONLY_WITH_LINK - OF_ACCOUNTS - TO_DESK
WITH_FORM = {LetterKind.RETURNED, LetterKind.DECLINED, LetterKind.EXPIRED, LetterKind.WITHDRAWN}

PROVISIONAL = "尚未公布"
REASONS = ("1. 附件中没有营业执照，请补充。", "2. 没有写明是否需要重置注册密码，请写明。")
UNDERSTOOD = (f"· 企业名称：{NAME}", "· 是否解绑：是", "· 是否需要重置注册密码：否")
FORM = (
    "企业名称：\n",
    "是否解绑：是/否\n",
    "是否需要重置注册密码：是/否\n",
    "经办人身份证（正面和反面）",
    "营业执照",
    "加盖单位公章，合并为一个 PDF",
)

MUST = {
    LetterKind.RECEIVED: (
        WINDOW,
        PROVISIONAL,
        "以实际为准",
        "审核通过后，在上述时间内办理",
        "直接回复本邮件",
        "进度",
        "撤回",
        *UNDERSTOOD,
    ),
    LetterKind.RETURNED: (
        *REASONS,
        "已符合要求、无需再发的：企业名称；经办人身份证。",
        "请直接回复本邮件，只补充下面所缺的内容",
        "30 日内",
        *FORM[:3],
    ),
    LetterKind.SUPPLEMENT_RECEIVED: (WINDOW, PROVISIONAL, "已并入本工单", "重新审核", *UNDERSTOOD),
    LetterKind.POSTPONED: (WINDOW, PROVISIONAL, "改在以下时间办理", "无需重新发送"),
    LetterKind.COMPLETED: (
        "1. 已解除全部 CA 锁的绑定。",
        "2. 已开放账号密码登录。",
        "切换到账号登录",
        "在系统内的企业名称",
        "CA管理",
        "切换到CA登录",
        "另发一封邮件至贵单位登记的联系邮箱",
        "只能使用一次",
        CENTRE.portal_url,
        "个人锁不能绑定",
    ),
    LetterKind.RESET_LINK: (
        LINK_PLACE,
        "登记联系人",
        "24 小时内有效，只能使用一次",
        "只显示表单",
        "账号此前没有密码的",
        "如果贵单位没有申请过",
        "提出异议",
        CENTRE.phone,
    ),
    LetterKind.DECLINED: (
        "【原因】\n\n公章与营业执照不一致。\n请核对后重新申请。",
        "未予办理",
        "另写一封新邮件",
        CENTRE.mailbox,
        *FORM,
    ),
    LetterKind.EXPIRED: (*REASONS, "30 日内未收到", "已自动关闭", *FORM),
    LetterKind.WITHDRAWN: (
        "已撤回",
        "原因：公章与营业执照不一致。",
        "未作任何变更",
        "不是您本意",
        *FORM,
    ),
    LetterKind.REVERSED: (
        "该次办理现已撤销",
        "【撤销的内容】",
        "1. 已解除全部 CA 锁的绑定。",
        "【原因】",
        "公章与营业执照不一致。",
        "可以照常登录",
        "另行申请重置",
        "人工核实",
    ),
    LetterKind.DIGEST: ("管理员", WINDOW, "· 已解除全部 CA 锁的绑定。", "请登录解绑办理台处理"),
    LetterKind.ALERT: ("管理员", "· 已解除全部 CA 锁的绑定。", "“提醒”页"),
    LetterKind.PROGRESS: ("目前状态：待审核", "管理员审核通过后", WINDOW, PROVISIONAL, *REASONS),
    LetterKind.POINTER: (CENTRE.phone, f"{CENTRE.portal_url}/lost", "优先阅读"),
    LetterKind.ANSWER: ("公章与营业执照不一致。", "请核对后重新申请。", "直接回复本邮件"),
    LetterKind.FORWARD: ("【来信内容】\n\n发件人：zhang＠example．com\n", "证件号码已隐去"),
    LetterKind.CONTACT_NOTICE: (
        "登记联系人",
        "zh***＠example．com",
        "张*",
        *UNDERSTOOD,
        WINDOW,
        LINK_PLACE,
        "24 小时内有效",
        "是我单位申请的",
        "如果不是贵单位的申请",
        "停止办理",
    ),
    LetterKind.CONTACT_CONFIRM: (
        LINK_PLACE,
        "24 小时内有效，只能使用一次",
        "只显示页面",
        "如果不是您申请的",
        "不会登记",
    ),
    LetterKind.CONTACT_CHANGED: (
        "登记联系人",
        "ne***＠example．net",
        LINK_PLACE,
        "24 小时内有效",
        "如果不是贵单位的申请",
        "恢复为本邮箱",
        "冻结",
    ),
    LetterKind.ACCOUNT_NOTICE: (
        "登记联系人",
        "· 已解除全部 CA 锁的绑定。",
        LINK_PLACE,
        "24 小时内有效",
        "如果不是贵单位办理的",
        "冻结",
        "解除挂失",
    ),
    LetterKind.LOSS_LINK: (
        "登记联系人",
        LINK_PLACE,
        "24 小时内有效，只能使用一次",
        "只显示页面",
        "没有丢失",
    ),
    LetterKind.CERTIFICATE_ENDS: (
        "登记联系人",
        "将于 2027年1月5日 到期",
        "· 已解除全部 CA 锁的绑定。",
        "续期换锁",
        CENTRE.portal_url,
        "60 天、30 天、7 天",
    ),
    LetterKind.INFORMATION_ACCEPTED: ("登记联系人", "核对无误", "CA管理", CENTRE.portal_url),
    LetterKind.INFORMATION_RETURNED: (
        "登记联系人",
        "【原因】\n\n公章与营业执照不一致。\n请核对后重新申请。",
        "不能用于交易",
        "“企业信息”",
        "不要把材料发到邮箱",
        CENTRE.portal_url,
    ),
    LetterKind.LOGIN_LOCKED: (
        "登记联系人",
        "没有登录成功",
        "稍后自动恢复",
        "使用 CA 锁登录",
        "每天最多一封",
        CENTRE.phone,
    ),
}
MUST_NOT = {
    LetterKind.RECEIVED: ("退回", "链接", "附件中没有"),
    LetterKind.RETURNED: (WINDOW, "张*", "zh***", "受理", FORM[3]),
    LetterKind.SUPPLEMENT_RECEIVED: ("退回", "参考格式"),
    LetterKind.POSTPONED: ("参考格式", "退回", "公章与"),
    LetterKind.COMPLETED: ("注册时设置的密码", "忘记密码", "参考格式", WINDOW),
    LetterKind.RESET_LINK: (WINDOW, "企业名称：", "附件中没有", "zh***"),
    LetterKind.DECLINED: (WINDOW, "附件中没有"),
    LetterKind.EXPIRED: (WINDOW,),
    LetterKind.WITHDRAWN: (WINDOW, "附件中没有"),
    LetterKind.REVERSED: (WINDOW, "参考格式", "zh***"),
    LetterKind.DIGEST: ("参考格式", "zh***", "张*", LINK_PLACE),
    LetterKind.ALERT: ("参考格式", "zh***", "张*", LINK_PLACE, WINDOW),
    LetterKind.PROGRESS: ("zh***", "参考格式", "对结果有疑问"),
    LetterKind.POINTER: ("参考格式", WINDOW, "zh***", LINK_PLACE, "退回"),
    LetterKind.ANSWER: ("参考格式", WINDOW, "zh***"),
    LetterKind.FORWARD: ("参考格式", WINDOW, "zh***", LINK_PLACE),
    LetterKind.CONTACT_NOTICE: ("参考格式", "附件中没有", "公章与营业执照"),
    LetterKind.CONTACT_CONFIRM: ("参考格式", WINDOW, "zh***"),
    LetterKind.CONTACT_CHANGED: ("参考格式", WINDOW, "zh***"),
    LetterKind.ACCOUNT_NOTICE: ("参考格式", WINDOW, "zh***"),
    LetterKind.LOSS_LINK: ("参考格式", WINDOW, "zh***", "冻结"),
    LetterKind.CERTIFICATE_ENDS: ("参考格式", WINDOW, "zh***", LINK_PLACE),
    LetterKind.INFORMATION_ACCEPTED: (
        "参考格式",
        WINDOW,
        "zh***",
        LINK_PLACE,
        "退回",
        "公章与营业执照",
    ),
    LetterKind.INFORMATION_RETURNED: ("参考格式", WINDOW, "zh***", LINK_PLACE, "直接回复"),
    LetterKind.LOGIN_LOCKED: ("参考格式", "附件中没有", LINK_PLACE, WINDOW, "zh***", "退回"),
}
SUBJECTS = {
    LetterKind.RECEIVED: "【已受理】{} CA锁解绑申请",
    LetterKind.RETURNED: "【退回补正】{} CA锁解绑申请",
    LetterKind.SUPPLEMENT_RECEIVED: "【补件收到】{} CA锁解绑申请",
    LetterKind.POSTPONED: "【办理顺延】{} CA锁解绑申请",
    LetterKind.COMPLETED: "【办理完毕】{} CA锁解绑申请",
    LetterKind.RESET_LINK: "【重置密码】{} 设置新密码的链接",
    LetterKind.DECLINED: "【未予办理】{} CA锁解绑申请",
    LetterKind.EXPIRED: "【逾期关闭】{} CA锁解绑申请",
    LetterKind.WITHDRAWN: "【已撤回】{} CA锁解绑申请",
    LetterKind.DIGEST: "【窗口前简报】解绑申请",
    LetterKind.ALERT: "【提醒】解绑办理台",
    LetterKind.REVERSED: "【撤销办理】{} CA锁解绑申请",
    LetterKind.PROGRESS: "【办理进度】{} CA锁解绑申请",
    LetterKind.CONTACT_NOTICE: "【请核对】有人为{0}申请CA锁解绑",
    LetterKind.CONTACT_CONFIRM: "【确认邮箱】请确认本邮箱为账号的联系邮箱",
    LetterKind.CONTACT_CHANGED: "【请核对】{} 账号的联系邮箱正在更改",
    LetterKind.ACCOUNT_NOTICE: "【请核对】{0}账号有变动",
    LetterKind.LOSS_LINK: "【CA锁挂失】{} 挂失CA锁的链接",
    LetterKind.CERTIFICATE_ENDS: "【证书到期提醒】{} CA锁的证书即将到期",
    LetterKind.LOGIN_LOCKED: "【安全提醒】{0}账号的密码被连续输错",
    LetterKind.POINTER: "【答复】您的来信：时间紧迫请直接电话联系",
    LetterKind.ANSWER: "【答复】您的来信",
    LetterKind.INFORMATION_ACCEPTED: "【注册审核】{} 企业信息核对无误",
    LetterKind.INFORMATION_RETURNED: "【注册审核】{} 企业信息已退回，请改正后重新提交",
    LetterKind.FORWARD: "【转发】来信",
}


def sparse(kind: LetterKind) -> LetterFacts:
    return LetterFacts(link=LINK_PLACE if kind in ONLY_WITH_LINK else "")


def both(kind: LetterKind) -> list[Rendered]:
    return [LETTERS.render(kind, FULL), LETTERS.render(kind, sparse(kind))]


def test_every_kind_stands_in_the_lists_of_this_file_and_in_the_document() -> None:
    document = (Path(__file__).parents[2] / "docs" / "LETTERS.md").read_text(encoding="utf-8")
    table = " ".join(re.findall(r"^\| ([a-z_· ]+) \|", document, re.MULTILINE)).split()
    known = {"MUST": MUST, "MUST_NOT": MUST_NOT, "SUBJECTS": SUBJECTS, "docs/LETTERS.md": table}
    missing = {name: set(LetterKind) - set(rows) for name, rows in known.items()}
    assert not any(missing.values()), f"add them: {missing}"


@every_kind
def test_full_letter_says_what_it_must(kind: LetterKind) -> None:
    text = LETTERS.render(kind, FULL).text
    assert [phrase for phrase in MUST[kind] if phrase not in text] == []
    assert [phrase for phrase in MUST_NOT[kind] if phrase in text] == []


@every_kind
def test_subject(kind: LetterKind) -> None:
    subject = SUBJECTS[kind]
    assert LETTERS.render(kind, FULL).subject == f"{subject.format(NAME)} 工单号 {NUMBER}"
    bare = subject.replace("{} ", "").format("贵单位")
    assert LETTERS.render(kind, sparse(kind)).subject == bare
    for own in (subject.format(NAME), bare):
        of_a_reply = "" if kind in TO_DESK else f"回复：{own}"
        assert not read_parts(of_a_reply, "")[0].tokens, (
            "a reply would repeat our subject as the sender's: add it to `our_subject` of "
            "mail_intake/request/folding.toml"
        )


@every_kind
def test_a_letter_is_one_screen(kind: LetterKind) -> None:
    """Lines as a mail program of 84 columns breaks them."""
    text = LETTERS.render(kind, replace(FULL, status=STATUS_PLACE)).text
    broken = [max(1, -(-_columns(line) // 84)) for line in text.rstrip().splitlines()]
    assert sum(broken) <= 36, text
    assert len(broken) <= 32 + len(FREE_QUESTIONS), text


def _columns(line: str) -> int:
    return sum(2 if character > "\u2000" else 1 for character in line)


@every_kind
def test_sparse_letter_has_no_holes(kind: LetterKind) -> None:
    text = LETTERS.render(kind, sparse(kind)).text
    assert not re.search(r"None|\{|\}|「」|（）|undefined|\[\]|\(\)", text)
    assert not re.search(r"【[^】]*】\n\n【", text), "a heading without a paragraph"
    assert not re.search(r"^[，。；：、]", text, re.MULTILINE), (
        "a line that begins with a mark: the word before it is missing"
    )
    assert not re.search(r"^· ?\S*：$|^[0-9]+\. ?$", text, re.MULTILINE)
    assert (LINK_PLACE in text) == (kind in ONLY_WITH_LINK)
    assert CASE_WORD not in text


@pytest.mark.parametrize("kind", sorted(WITH_STATUS))
def test_an_answer_has_the_link_of_its_case(kind: LetterKind) -> None:
    rendered = LETTERS.render(kind, replace(FULL, status=STATUS_PLACE))
    assert rendered.text.split("\n")[1] == f"查看进度、撤回申请：{STATUS_PLACE}"
    assert f'<a href="{STATUS_PLACE}">{STATUS_PLACE}</a>' in rendered.html
    assert words(get_text(rendered.html)) == words(rendered.text)


@every_kind
def test_frame_by_which_letters_are_known_again(kind: LetterKind) -> None:
    for rendered in both(kind):
        lines = rendered.text.rstrip("\n").split("\n")
        assert lines[-1] == LETTER_MARK_END
        assert f">{LETTER_MARK_END}</p>" in rendered.html
        assert not re.search(r"\n\n\n|[ \t]\n", rendered.text)
        assert not re.search(r"[^\n]\n【[^】\n]*】\n|\n【[^】\n]*】\n[^\n]", rendered.text), (
            "a heading stands alone, else it is none in HTML"
        )
        assert CENTRE.phone in rendered.text
        assert CENTRE.mailbox in rendered.text
        assert "100000001" in rendered.text
    assert LETTERS.render(kind, FULL).text.split("\n")[0] == f"{CASE_WORD}：{NUMBER}"


@every_kind
def test_html_says_the_same_words(kind: LetterKind) -> None:
    for rendered in both(kind):
        assert words(get_text(rendered.html)) == words(rendered.text)


@every_kind
def test_html_links_only_the_portal_and_the_place_of_the_link(kind: LetterKind) -> None:
    html = LETTERS.render(kind, FULL).html
    links = re.findall(r'<a href="([^"]*)">([^<]*)</a>', html)
    assert len(links) == html.count("<a ") == html.count("href")
    assert set(links) == {(CENTRE.portal_url, CENTRE.portal_url)} | (
        {(LINK_PLACE, LINK_PLACE)} if kind in ONLY_WITH_LINK else set()
    )


@every_kind
def test_link_place_stands_alone_and_only_where_a_link_belongs(kind: LetterKind) -> None:
    rendered = LETTERS.render(kind, FULL)
    assert (
        rendered.text.split("\n").count(LINK_PLACE)
        == rendered.text.count(LINK_PLACE)
        == (1 if kind in ONLY_WITH_LINK else 0)
    )
    assert rendered.html.count(LINK_PLACE) == (2 if kind in ONLY_WITH_LINK else 0)
    assert LINK_PLACE not in rendered.subject


@pytest.mark.parametrize("kind", sorted(TO_SENDER))
def test_letters_to_senders_tell_nothing_of_the_registry(kind: LetterKind) -> None:
    text = LETTERS.render(kind, replace(FULL, done=())).text
    assert [
        word
        for word in (
            "zh***",
            "张*",
            "未注册",
            "账号不存在",
            "没有绑定",
            "已绑定",
            "未登记",
            LINK_PLACE,
        )
        if word in text
    ] == []


@pytest.mark.parametrize("kind", LetterKind)
def test_the_form_comes_only_where_it_helps(kind: LetterKind) -> None:
    assert ("【参考格式】" in LETTERS.render(kind, FULL).text) == (kind in WITH_FORM)


def test_numbered_reasons_become_an_ordered_list() -> None:
    html = LETTERS.render(LetterKind.RETURNED, FULL).html
    listed = re.search(r"<ol[^>]*>(.*?)</ol>", html, re.DOTALL)
    assert listed
    assert re.findall(r"<li[^>]*>([^<]*)</li>", listed[1]) == list(FULL.reasons)


COMPLETED_WAYS = [
    # unbound, reset, must, must not
    (True, False, ("注册时设置的密码", "忘记密码", "插入新的 CA 锁"), ("设置新密码", "链接")),
    (
        True,
        True,
        ("【设置新密码】", "密码填写新设置的密码", "插入新的 CA 锁"),
        ("注册时设置的密码",),
    ),
    (False, True, ("【设置新密码】", "账号仍绑定 CA 锁的"), ("插入新的 CA 锁", "注册时设置的密码")),
    (False, False, ("已办理完毕",), ("链接", "切换到账号登录")),
]


@pytest.mark.parametrize(("unbound", "reset", "must", "must_not"), COMPLETED_WAYS)
def test_completed_tells_the_way_that_fits(
    unbound: bool, reset: bool, must: tuple[str, ...], must_not: tuple[str, ...]
) -> None:
    text = LETTERS.render(LetterKind.COMPLETED, replace(FULL, unbound=unbound, reset=reset)).text
    assert all(phrase in text for phrase in must)
    assert not any(phrase in text for phrase in must_not)


@pytest.mark.parametrize(
    "kind",
    [
        LetterKind.RECEIVED,
        LetterKind.SUPPLEMENT_RECEIVED,
        LetterKind.POSTPONED,
        LetterKind.PROGRESS,
        LetterKind.CONTACT_NOTICE,
    ],
)
def test_a_certain_window_is_not_called_provisional(kind: LetterKind) -> None:
    text = LETTERS.render(kind, replace(FULL, window=replace(FULL.window, provisional=False))).text
    assert WINDOW in text
    assert "以实际为准" not in text


@pytest.mark.parametrize("kind", [LetterKind.RECEIVED, LetterKind.SUPPLEMENT_RECEIVED])
def test_a_value_that_could_not_be_read_is_asked_for(kind: LetterKind) -> None:
    asked, all_given = "请直接回复本邮件写明", "所需内容已提供"
    sure, unsure = (
        LETTERS.render(kind, replace(FULL, understood=(("是否解绑", word),))).text
        for word in ("是", UNSETTLED)
    )
    assert (asked in sure, asked in unsure, all_given in unsure, "无需再发送" in unsure) == (
        False,
        True,
        False,
        False,
    )
    assert (all_given in sure) == (kind is LetterKind.RECEIVED)


def test_progress_says_who_answers_what_else_the_mail_asks() -> None:
    facts = LetterFacts(case_number=NUMBER, state=State.COMPLETED, says_more=True)
    assert "其他内容，由管理员阅读后答复" in LETTERS.render(LetterKind.PROGRESS, facts).text
    alone = replace(facts, says_more=False)
    assert "管理员阅读" not in LETTERS.render(LetterKind.PROGRESS, alone).text


@pytest.mark.parametrize("state", State)
def test_progress_tells_every_state_and_what_comes_next(state: State) -> None:
    text = LETTERS.render(LetterKind.PROGRESS, LetterFacts(case_number=NUMBER, state=state)).text
    assert f"· 目前状态：{STATES[state]}\n\n{NEXT_STEP[state]}\n" in text
    assert ("本工单已结束" in text) == (state in ENDED)


@every_kind
def test_a_quoted_letter_can_be_cut_out_of_a_reply(kind: LetterKind) -> None:
    """The case word opens the letter and comes nowhere else;
    nothing of ours stands behind the closing mark."""
    text = LETTERS.render(kind, FULL).text
    assert text.count(CASE_WORD) == 1
    for form in (text, get_text(LETTERS.render(kind, FULL).html)):
        lines = [line.strip() for line in form.strip().splitlines()]
        assert (lines[0], lines[-1]) == (f"{CASE_WORD}：{NUMBER}", LETTER_MARK_END)


def test_a_reset_letter_without_its_link_is_refused() -> None:
    with pytest.raises(ValueError, match="LINK_PLACE"):
        LETTERS.render(LetterKind.RESET_LINK, LetterFacts(case_number=NUMBER))
