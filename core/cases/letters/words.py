"""The Chinese of states, questions, answers and kinds, each once: letters, console, portal and
command line take it here (docs/GLOSSARY.md).

The sentences of findings stand in core.cases.letters.finding_words.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from core.cases.desk import Risk
from core.data.case import ENDED, ReachedBy, State
from core.data.finding import Decision, Severity
from core.data.letter import LetterKind, LetterState
from core.data.mail_record import AuthResult, Disposition, TakenAs
from core.data.roles import Role
from core.data.submission import (
    AttachmentKind,
    PartKind,
    SealCheck,
    SealKind,
    SealVerdict,
    SignatureState,
    Unopened,
)

QUESTIONS: Final = {
    "enterprise_name": "企业名称",
    "unbind": "是否解绑",
    "reset_password": "是否需要重置注册密码",
}
"""What a request must say, in the words of the published rule.

One that is neither the name nor in YES_OR_NO is answered in words (RequestForm.labelled).
"""
YES_OR_NO: Final = ("unbind", "reset_password")
ANSWERS: Final[dict[bool | None, str]] = {True: "是", False: "否", None: "不明确"}
UNNAMED: Final = "（企业名称未写明）"
STATES: Final = {
    State.QUEUED: "待审核",
    State.APPROVED: "已批准",
    State.INCOMPLETE: "待补正",
    State.HELD: "暂缓（待核实）",
    State.COMPLETED: "已办结",
    State.DECLINED: "不予办理",
    State.WITHDRAWN: "已撤回",
    State.EXPIRED: "逾期关闭",
}
SEVERITIES: Final = {Severity.REJECT: "退回", Severity.REVIEW: "须审阅", Severity.NOTE: "提示"}
DISPOSITIONS: Final = {
    Disposition.QUARANTINED: "隔离",
    Disposition.UNPROVED: "来信待核实",
    Disposition.OTHER: "其他来信",
    Disposition.CONVERSATION: "往来",
    Disposition.IGNORED: "忽略",
    Disposition.DUPLICATE: "重复",
    Disposition.CASE: "工单",
    Disposition.RECEIVED: "待读取",
}
LETTERS: Final = {
    LetterKind.RECEIVED: "受理回执",
    LetterKind.RETURNED: "退回补正",
    LetterKind.SUPPLEMENT_RECEIVED: "收到补件",
    LetterKind.POSTPONED: "顺延通知",
    LetterKind.COMPLETED: "办结通知",
    LetterKind.RESET_LINK: "重置密码链接",
    LetterKind.DECLINED: "不予办理通知",
    LetterKind.EXPIRED: "逾期关闭通知",
    LetterKind.WITHDRAWN: "撤回确认",
    LetterKind.REVERSED: "撤销办理通知",
    LetterKind.DIGEST: "窗口前简报",
    LetterKind.ALERT: "提醒通知",
    LetterKind.PROGRESS: "进度答复",
    LetterKind.ANSWER: "人工答复",
    LetterKind.CONTACT_NOTICE: "登记联系人告知",
    LetterKind.CONTACT_CONFIRM: "确认联系邮箱",
    LetterKind.CONTACT_CHANGED: "联系邮箱更改告知",
    LetterKind.ACCOUNT_NOTICE: "账号变动告知",
    LetterKind.LOSS_LINK: "挂失链接",
    LetterKind.CERTIFICATE_ENDS: "证书到期提醒",
    LetterKind.LOGIN_LOCKED: "密码输错提醒",
    LetterKind.INFORMATION_ACCEPTED: "企业信息核对通知",
    LetterKind.INFORMATION_RETURNED: "企业信息退回通知",
}
DECISIONS: Final = {
    Decision.QUEUE: STATES[State.QUEUED],
    Decision.REJECT: LETTERS[LetterKind.RETURNED],
    Decision.OTHER: DISPOSITIONS[Disposition.OTHER],
    Decision.IGNORE: DISPOSITIONS[Disposition.IGNORED],
}
LETTER_STATES: Final = {
    LetterState.PARKED: "未能发出",
    LetterState.WAITING: "排队中",
    LetterState.PENDING: "待发送",
    LetterState.SENT: "已发送",
    LetterState.CANCELLED: "已取消",
}
ATTACHMENTS: Final = {
    AttachmentKind.PDF: "PDF",
    AttachmentKind.IMAGE: "图片",
    AttachmentKind.WORD: "Word",
    AttachmentKind.OFD: "OFD",
    AttachmentKind.ARCHIVE: "压缩包",
    AttachmentKind.MESSAGE: "邮件",
    AttachmentKind.OTHER: "其他",
}
AUTHENTICATION: Final = {
    AuthResult.PASS: "发件人身份：已验证",
    AuthResult.FAIL: "发件人身份：验证未通过，可能是冒名",
    AuthResult.NONE: "发件人身份：收件服务器未能验证",
    AuthResult.UNKNOWN: "发件人身份：没有验证信息",
}
SIGNATURES: Final = {
    SignatureState.INTACT: "签名后未改动",
    SignatureState.ALTERED: "签名后有改动（加盖印章、增删页面或另存都会如此），请核对",
    SignatureState.NOT_VERIFIABLE: "有电子签名，本机不能验证",
    SignatureState.BROKEN: "电子签名数据残缺，不能读取",
}
UNOPENED: Final = {
    Unopened.ENCRYPTED: "有打开密码",
    Unopened.DAMAGED: "已损坏",
    Unopened.EMPTY: "空文件",
    Unopened.TOO_LARGE: "过大",
    Unopened.TOO_MANY_PAGES: "页数过多",
    Unopened.LIMIT: "读取超出限制（存疑）",
    Unopened.UNREAD: "超出每封邮件的读取份额，未读（存疑）",
}
PARTS: Final = {
    PartKind.ID_FRONT: "身份证人像面",
    PartKind.ID_BACK: "身份证国徽面",
    PartKind.LICENCE: "营业执照",
    PartKind.OTHER_CERTIFICATE: "其他证件",
    PartKind.REQUEST_LETTER: "申请函",
    PartKind.OTHER: "其他内容",
}
SEALS: Final = {
    SealKind.OFFICIAL: "公章",
    SealKind.CONTRACT: "合同专用章",
    SealKind.FINANCE: "财务专用章",
    SealKind.INVOICE: "发票专用章",
    SealKind.BUSINESS: "业务专用章",
    SealKind.AUTHORITY: "登记机关印章",
    SealKind.UNKNOWN: "印章（未识别种类）",
}
SEAL_ANSWERS: Final = {
    SealVerdict.AGREES: "印有“{name}”",
    SealVerdict.DIFFERS: "印的不是“{name}”",
    SealVerdict.UNSURE: "未能看清是否印有“{name}”",
}
"""What a seal answers to a name, without the characters by which (`seal_answer`)."""
PAPERS: Final = {
    "document.id_front.missing": f"经办人{PARTS[PartKind.ID_FRONT]}",
    "document.id_back.missing": f"经办人{PARTS[PartKind.ID_BACK]}",
    "document.licence.missing": PARTS[PartKind.LICENCE],
    "document.seal.missing": f"单位{SEALS[SealKind.OFFICIAL]}",
}
"""What the published rule asks to see, by the code of its absence."""
FIELDS: Final = {
    "name": "姓名",
    "id_number": "公民身份号码",
    "sex": "性别",
    "birth": "出生",
    "address": "住址",
    "valid_from": "有效期自",
    "valid_until": "有效期至",
    "authority": "签发机关",
    "enterprise_name": "名称",
    "uscc": "统一社会信用代码",
    "legal_representative": "法定代表人",
    "type": "类型",
    "certificate": "证件名称",
    "text": "文字",
    "capital": "注册资本",
    "founded": "成立日期",
}
_OVER = "本工单已结束，结果已回信告知。对结果有疑问的，请直接回复我们的邮件。"
NEXT_STEP: Final[Mapping[State, str]] = {
    State.INCOMPLETE: "所需内容尚不完整，请按此前的退回补正邮件补齐。",
    State.QUEUED: (
        "所需内容已提供，管理员审核通过后，在办理时间内办理并回信告知，无需重复发送申请。"
    ),
    State.HELD: "管理员正在进一步核实，核实后回信告知结果，无需重复发送申请。",
    State.APPROVED: "审核已通过，将在办理时间内办理并回信告知，无需重复发送申请。",
} | dict.fromkeys(ENDED, _OVER)
ACTIONS: Final = {
    "case.purged": "个人信息已删除",
    "mail.purged": "邮件已删除",
    "mail.handed_in": "企业在门户提交申请",
    "letter.purged": "回执已删除",
    "person.exported": "导出个人信息",
    "person.erased": "删除个人信息",
    "case.opened": "收件登记",
    "case.queued": "材料齐全，进入待审核",
    "case.supplemented": "收到补件",
    "case.withdrawal_asked": "企业申请撤回",
    "case.contact_wrote": "登记联系人来信，暂缓待阅",
    "case.returned": "人工退回补正",
    "case.accepted": "人工认定材料齐全",
    "case.answer_undone": "撤销上一步",
    "case.approval_revoked": "撤销批准",
    "case.noted": "加备注",
    "case.handled": "打开到决定",
    "case.approved": "批准",
    "case.declined": "不予办理",
    "case.withdrawn": "按撤回办结",
    "case.held": "暂缓",
    "case.released": "恢复办理",
    "case.account_chosen": "选定账号",
    "case.bindings_chosen": "选定要解除的绑定",
    "case.request_settled": "核定申请事项",
    "case.completed": "办结",
    "case.postponed": "顺延",
    "case.expired": "逾期关闭",
    "case.objected": "登记联系人提出异议",
    "case.confirmed": "登记联系人确认申请",
    "case.competing": "另有他人就同一企业提出申请",
    "mail.conversation": "往来邮件",
    "mail.unproved": "来信待核实（发件人未经证实）",
    "mail.taken_over": "核实来信",
    "mail.read": "来信已阅",
    "mail.answered": "人工答复",
    "mail.answer_undone": "撤销答复",
    "mail.quarantined": "邮件隔离",
    "mail.retried": "重新读取邮件",
    "mail.revealed": "查看隐藏信息",
    "mail.downloaded": "下载原始邮件",
    "mail.attachment_opened": "打开附件",
    "letter.queued": "回执待发送",
    "letter.parked": "回执未能发出",
    "letter.sent": "回执已发送",
    "letter.delayed": "回执暂未发出，稍后再试",
    "letter.found_sent": "查得回执已发送",
    "letter.not_in_sent": "已发送文件夹中没有，将重发回执",
    "letter.in_doubt": "发送结果未知，暂时无法核查",
    "letter.bounced": "回执被退回",
    "letter.replaced": "更新排队中的回执",
    "letter.retried": "重新发送回执",
    "letter.cancelled": "取消回执",
    "letter.same_rejection": "相同退回已告知，不再重复",
    "case.first_approved": "批准（两人之一）",
    "case.reversed": "撤销办理，转为暂缓（待核实）",
    "case.first_reversed": "要求撤销办理（两人之一）",
    "administrator.created": "新建管理员",
    "administrator.reset": "签发一次性密码",
    "administrator.disabled": "停用管理员",
    "factor.totp_added": "启用动态口令",
    "factor.passkey_added": "登记通行密钥",
    "factor.recovery_renewed": "重新生成恢复码",
    "factor.removed": "移除第二因素",
    "factor.cleared": "清除管理员的第二因素",
    "administrator.roles": "更改角色",
    "administrator.sessions_ended": "结束管理员的登录",
    "enterprises.imported": "导入企业名册",
    "administrator.login": "登录",
    "administrator.logout": "退出",
    "administrator.password_changed": "更改密码",
    "alert.cleared": "提醒处理完毕",
    "password.set": "通过链接设置密码",
    "case.failed": "办理出错，已暂缓",
    "login.lock": "CA登录",
    "login.password": "账号登录",
    "account.registered": "注册",
    "account.information_submitted": "提交企业信息",
    "account.information_accepted": "企业信息与材料核对无误",
    "account.information_returned": "退回企业信息",
    "paper.added": "上传注册材料",
    "paper.dropped": "删除注册材料",
    "paper.downloaded": "下载注册材料原件",
    "login.locked": "密码连续输错，锁定有关来源",
    "administrator.unlocked": "解锁管理员",
    "lock.bound": "绑定CA锁",
    "lock.unbound": "自行解除绑定",
    "lock.renewed": "续期换锁",
    "lock.ended": "管理员解除绑定",
    "lock.lost": "挂失",
    "lock.found": "解除挂失",
    "lock.ending": "提醒证书到期",
    "loss.asked": "申请挂失链接",
    "account.objected": "登记联系人对账号变动提出异议",
    "lock.other_ca": "另一家CA的锁要求绑定",
    "password.first": "用CA锁签名设置密码",
    "password.changed": "更改密码",
    "contact.asked": "申请更改联系邮箱",
    "contact.changed": "更改联系邮箱",
    "contact.objected": "原联系邮箱提出异议",
    "contact.restored": "恢复原联系邮箱",
    "lock.restored": "恢复绑定",
    "account.unlocked": "解锁账号",
    "account.unfrozen": "解冻账号",
    "account.dates_told": "告知注册与绑锁日期",
    "calendar.day": "改动工作日",
    "calendar.day_dropped": "撤回工作日改动",
    "calendar.window": "增设处理窗口",
    "calendar.window_dropped": "撤销增设的窗口",
    "audit.accepted": "确认审计核对结果",
    "vault.rotated": "更换保险库密钥",
    "system.login": "登录交易系统",
    "system.code_replayed": "登录凭码重复使用，已结束该系统的登录",
    "signing_key.made": "生成签名密钥",
    "signing_key.dropped": "签名密钥停用",
    "event.given_up": "事件通知失败，不再通知",
    "audit.exported": "导出审计记录",
}
ALERTS: Final = {
    "account.objected": "账号变动有异议",
    "calendar.year": "工作日历待更新",
    "case": "办理出错",
    "case.stuck": "工单未能顺延或关闭",
    "clock.doubt": "时钟不可信",
    "clock.step": "时钟被调整",
    "competing": "另有他人申请",
    "contact.objected": "联系邮箱更改有异议",
    "contact_wrote": "登记联系人来信",
    "events": "事件通知",
    "letters": "回执",
    "letters.bounced": "回执被退回",
    "letters.cap": "同一收件人回执过多",
    "letters.doubt": "发送结果待核查",
    "letters.limit": "回执达到限额",
    "letters.stuck": "回执未能送达",
    "lock.other_ca": "另一家CA的锁要求绑定",
    "login.administrator": "管理员密码输错",
    "login.second_factor": "第二因素输错",
    "login.sprayed": "多个账号密码输错",
    "mail": "邮件隔离",
    "mailbox": "邮箱收信",
    "mailbox.hidden": "邮箱有未列出的邮件",
    "moving": "邮箱移信",
    "objection": "登记联系人异议",
    "reconcile": "对账",
    "removal": "邮箱删信",
    "revocation": "证书吊销列表",
    "revocation-soon": "证书吊销列表将过期",
    "revocation-file": "证书吊销列表文件",
    "system.code": "登录凭码重复使用",
    "transport.unusable": "暂时无法发信",
    "unproved": "来信待核实",
    "window.missed": "窗口未办理",
    "withdrawal": "企业要求撤回",
    "wrote": "新来信",
}
"""What an alert is about, by its kind or the part of it before a dot."""
BY: Final = {
    "lock": "CA锁",
    "password": "密码",
    "letter": "信件中的链接",
    "passkey": "通行密钥",
    "totp": "动态口令",
    "recovery": "恢复码",
}
CASE_ANSWERS: Final = {
    "return": LETTERS[LetterKind.RETURNED],
    "accept": "材料齐全，转入审核",
    "decline": "不予办理",
    "withdraw": "按撤回办结",
}
"""What an administrator answers a case with (core.cases.decision.answering)."""
ROLES: Final = {
    Role.REVIEWER: "审核员",
    Role.APPROVER: "批准人",
    Role.AUDITOR: "审计员",
    Role.SYSTEM: "系统管理员",
}
ROLE_NOTES: Final = {
    Role.REVIEWER: "查看、核实、退回补正、暂缓；不能批准",
    Role.APPROVER: "审核员的全部权限，另可批准、不予办理，并管理企业账号与CA锁",
    Role.AUDITOR: "查看全部工单与审计记录、导出；不能办理",
    Role.SYSTEM: "管理人员、角色、登录与工作日历；不能查看工单",
}
RISKS: Final = {
    Risk.STRANGER_RESET: "非登记联系人要求重置密码",
    Risk.CONTACT_UNTOLD: "核对通知无法送达登记联系人",
    Risk.ACCOUNT_CHOSEN: "账号由人工选定",
    Risk.UNFROZEN: "90 天内有过异议",
    Risk.REVIEW_FINDINGS: "检查结果须审阅",
}
"""Why two people approve."""
REACHED_BY: Final = {
    ReachedBy.TELEPHONE: "登记电话",
    ReachedBy.MAILBOX: "登记邮箱答复",
    ReachedBy.IN_PERSON: "当面",
    ReachedBy.OTHER: "其他方式",
}
"""How the enterprise was reached."""
ACTORS: Final = {"desk": "系统", "enterprise": "企业", "registered contact": "登记联系人"}
DETAILS: Final = {
    "detail": "说明",
    "mail": "邮件",
    "attachment": "附件",
    "codes": "检查项",
    "kind": "种类",
    "letter": "回执",
    "window": "窗口",
    "field": "内容",
    "reason": "理由",
    "bindings_ended": "解除绑定数",
    "bindings_restored": "恢复绑定数",
    "reset": "重置密码",
    "error": "错误",
    "enterprise": "企业编号",
    "status": "退信代码",
    "taken_as": "按何处理",
    "binding": "绑定编号",
    "asker": "告知对象",
    "primary": "主锁",
    "before": "原绑定",
    "issuer": "CA",
    "by": "凭据",
    "days": "到期前天数",
    "paper": "材料",
    "name": "姓名",
    "roles": "角色",
    "administrator": "管理员编号",
    "reached": "核实方式",
    "day": "日期",
    "workday": "工作日",
    "system": "系统",
    "key": "密钥",
    "event": "事件",
    "seconds": "用时（秒）",
    "who": "人员",
    "what": "事项",
    "number": "工单号",
    "since": "自",
    "until": "至",
}
TAKEN_AS: Final = {
    TakenAs.SUPPLEMENT: "按补件处理",
    TakenAs.WITHDRAWAL: "按撤回申请处理",
    TakenAs.OBJECTION: "按登记联系人异议处理",
    TakenAs.NEW_CASE: "另立工单",
    TakenAs.TALK: "仅作往来，不作处理",
}


def alert(kind: str) -> str:
    """What an alert of this kind is about."""
    while kind:
        if kind in ALERTS:
            return ALERTS[kind]
        kind = kind.rpartition(".")[0]
    return "其他提醒"


def roles(held: Collection[Role]) -> str:
    """Roles in words: 审核员、批准人."""
    return "、".join(said for role, said in ROLES.items() if role in held)


def seal_answer(check: SealCheck, name: str) -> str:
    """What a seal answers to a name (as it is to be shown),
    and the characters that are not seen as claimed."""
    unsure = check.verdict is SealVerdict.UNSURE
    odd = "；".join(
        f"“{claimed}”看不清" if unsure else _odd(claimed, seen) for claimed, seen in check.odd
    )
    return SEAL_ANSWERS[check.verdict].format(name=name) + (f"（{odd}）" if odd else "")


def _odd(claimed: str, seen: str) -> str:
    if claimed and seen:
        return f"“{claimed}”处为“{seen}”"
    return f"少“{claimed}”" if claimed else f"多“{seen}”"


def place(attachment: str, pages: Sequence[int] = ()) -> str:
    """An attachment and pages of it: a.pdf 第 1、3 页."""
    return f"{attachment} 第 {'、'.join(map(str, pages))} 页" if pages else attachment
