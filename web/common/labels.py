"""Words that only pages say, and what pages hide; all other words are those
of core.cases.letters.words."""

from collections.abc import Callable, Mapping
from typing import Final

from core.cases.letters import words
from core.cases.letters.finding_words import title_of
from core.data.mail_record import Disposition
from core.data.roles import Role

DISPOSITION_NOTES: Final = {
    Disposition.QUARANTINED: "读取时出错的邮件，须人工查看；排除原因后可再试一次。",
    Disposition.UNPROVED: "提到工单、但发件人身份未经证实的来信：在工单页核实之前不产生任何效果。",
    Disposition.OTHER: "真人来信，但未提出解绑或重置请求；未自动回复。",
    Disposition.CONVERSATION: "工单往来中的致谢、询问或进度查询。",
    Disposition.IGNORED: "退信、自动回复、群发邮件与本系统自己的邮件；从不回复。",
    Disposition.DUPLICATE: "与先前邮件逐字节相同。",
    Disposition.CASE: "已建立或补充工单的邮件。",
    Disposition.RECEIVED: "已收妥，尚未读取。",
}
SENSITIVE: Final = frozenset({"id_number", "birth", "address"})
"""Fields hidden until asked for: the ID number and what gives it away."""
ONLY: Final = {
    "checked": "机检通过",
    "look": "须看",
    "stranger": "非登记联系人",
    "no_account": "账号未定",
    "unread": "有新来信",
}
"""Filters of lists (web.console.listing.Only)."""
NOTICES: Final = {
    "answered": "答复已写好，即将发出；发出前可以撤销。",
    "answer_undone": "已撤销答复，不再发出。",
    "revoked": "已撤销批准，工单回到待审核。",
    "approved": "已批准。将在处理窗口内办理。",
    "held": "已暂缓。",
    "released": "已恢复办理。",
    "account": "已选定账号。",
    "request": "已核定申请事项。",
    "decline": "已作出不予办理的决定。",
    "return": "已退回补正。",
    "accept": "已按材料齐全转入待审核。",
    "withdraw": "已按撤回办结。",
    "noted": "备注已保存，仅供内部查看。",
    "reversed": "已撤销办理：绑定已恢复，链接与登录已失效，工单转为暂缓（待核实），回执即将发出。",
    "first_reversed": "已记录您的要求；须由另一名批准人确认后才会撤销办理。",
    "undone": "已撤销，工单恢复原状，回执不再发出。",
    "bindings": "已保存要解除的绑定。",
    "retried": "已重新安排。",
    "cancelled": "已取消发送。",
    "cleared": "提醒已标为处理完毕。",
    "read": "来信已标为已阅。",
    "taken_over": "来信已核实处理。",
    "password": "密码已更改。",
    "unlocked": "已解锁，可用账号和密码登录。",
    "unfrozen": "账号已解冻。",
    "ended": "已解除绑定，由此锁登录的会话已失效。",
    "lost": "已挂失：此锁的登录已失效，找回之前不能登录，也不能绑定。",
    "found": "已解除挂失。",
    "first_approved": "已记录您的批准；其中须由两人批准的，另一名批准人批准后才会办理。",
    "roles": "角色已更改，自下一次操作起生效。",
    "person_unlock": "已解锁。",
    "person_disable": "账号已停用，登录已结束。",
    "person_sessions": "登录已结束。",
    "person_factor": "第二因素已清除，登录已结束。",
    "factor_removed": "已移除。",
    "calendar": "日历已更改，立即生效。",
    "calendar_moved": "日历已更改，立即生效；原定当日的工单已顺延并告知企业。",
    "restored": "已恢复绑定。",
    "information_accepted": "已记录：信息与材料核对无误，并发信告知登记联系人。",
    "information_returned": "已退回：理由已发到登记联系邮箱，企业登录后也能看到，改正后重新提交。",
    "dates": "已记录本次告知。",
}
PORTAL_NOTICES: Final = {
    "out": "已退出。",
    "registered": "注册成功。请完善企业信息，再绑定CA锁。",
    "information": "企业信息已提交。",
    "bound": "已绑定。",
    "unbound": "已解除绑定。",
    "own": "已解除当前CA锁的绑定。请用账号和密码登录，再绑定新锁。",
    "own_left": "已解除此锁的绑定。账号还绑定着其他CA锁：请插入其中一把，用CA登录。",
    "lost": "已挂失。找回之前，该锁不能登录，也不能绑定。",
    "loss_letter": (
        "已受理。该账号有可以挂失的CA锁、并登记了联系邮箱的，几分钟内会收到链接；没有收到的，"
        "请联系系统管理员。"
    ),
    "renewed": "新锁已接替原锁。请用新锁登录一次，以确认它可以使用。",
    "password": "密码已设置；其他登录已退出。",
    "paper": "材料已上传。",
    "handed_in": "申请已提交，正在读取；一分钟内会出现在下面，结果也会发到联系邮箱。",
    "contact": "已受理：请打开发往新邮箱的链接确认，更改才会生效；原邮箱也会收到告知。",
}
MENU: Final = (
    ("today", "/today", "今日", None),
    ("queue", "/", "工单", "read"),
    ("mails", "/mails", "邮件", "read"),
    ("letters", "/letters", "回执", "read"),
    ("enterprises", "/enterprises", "企业", "read"),
    ("certificates", "/certificates", "证书", "read"),
    ("alerts", "/alerts", "提醒", "alerts"),
    ("statistics", "/statistics", "统计", "figures"),
    ("audit", "/audit", "审计", "audit"),
    ("calendar", "/calendar", "日历", None),
    ("people", "/people", "人员", "people"),
)
"""The menu of the console: the page's own mark, its address, its name,
and the right without which it is not shown."""
HIDDEN_DETAILS: Final = frozenset({"version"})
_REVEALED: Final = {"text": "正文", "quoted": "引用的原文"}
_CODES: Final[Mapping[str, str]] = {
    **{kind.value: said for kind, said in words.LETTERS.items()},
    **{how.value: said for how, said in words.TAKEN_AS.items()},
    **words.BY,
    "True": words.ANSWERS[True],
    "False": words.ANSWERS[False],
}


def _revealed(field: str) -> str:
    place, _, name = field.partition(".")
    if place == "page" and name.isdecimal():
        return f"第 {int(name) + 1} 页图像"
    return _REVEALED.get(field) or words.FIELDS.get(name, field)


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "codes": lambda value: "、".join(map(title_of, value.split())),
    "field": _revealed,
    "kind": lambda value: _CODES.get(value) or words.ACTIONS.get(value) or words.alert(value),
    "what": lambda value: words.ACTIONS.get(value, value),
}


def detail_words(key: str, value: str) -> str:
    """A detail of an audit row for people: in words where it is a code."""
    if key in _FORMS:
        return _FORMS[key](value)
    parts = value.split()
    return (
        words.roles([Role(one) for one in parts])
        if parts and set(parts) <= set(Role)
        else _CODES.get(value, value)
    )


def size_text(size_bytes: int) -> str:
    """A size for people: 512 B, 34 KB, 2.1 MB."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    return (
        f"{size_bytes / 1024:.0f} KB"
        if size_bytes < 1024 * 1024
        else f"{size_bytes / 1024 / 1024:.1f} MB"
    )
