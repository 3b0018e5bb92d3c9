"""The words of findings: a sentence for each code, or for each of its variants as "code/variant".

Chinese; each says what to do.

A place {name} takes a parameter of the finding as it is, {name:form} takes it by one of the forms
below. Letters show sentences of request, attachment, document, id, licence and seal: these name no
file, number or account.
"""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, Final

from core.cases.letters.words import PAPERS, QUESTIONS, SEALS
from core.data.finding import Finding
from core.data.submission import SealKind

_UNBIND, _RESET = QUESTIONS["unbind"], QUESTIONS["reset_password"]
_ENCLOSE = "请将经办人身份证和营业执照扫描件加盖单位公章，放在同一个 PDF 文件中"
_SEAL_BOTH = "请在经办人身份证和营业执照扫描件上都加盖单位公章"
_BY_PEOPLE = "将由工作人员人工查看。如收到补件通知，请"
_READ_MAIL = "请阅读邮件原文后人工确认。"
_COMPARE = "请对照图像人工核对。"
_NOT_VALID = f"未通过校验，可能是识别有误，也可能证件有问题。{_COMPARE}"
_OPENS = "请在本机确认文件能正常打开后重新发送 PDF 文件。{lacking:lacking}"

SENTENCES: Final[Mapping[str, str]] = {
    "request.enterprise_name.missing": (
        "邮件主题和正文都没有写明企业名称。请在正文中写明与营业执照一致的企业全称。"
    ),
    "request.unbind.missing": (
        f"邮件主题和正文都没有写明{_UNBIND}。请在正文中写明“{_UNBIND}：是”或“{_UNBIND}：否”。"
    ),
    "request.reset_password.missing": (
        f"邮件主题和正文都没有写明{_RESET}。请在正文中写明需要（是）或不需要（否）。"
    ),
    "request.unread/cut": f"邮件正文过长，只读取了前面的部分。{_READ_MAIL}",
    "request.unread/in_letter": (
        "“{question:question}”只写在附件的申请函中，邮件正文没有写。请对照申请函人工确认。"
    ),
    "request.unread/unclear": (
        f"正文提到了“{{question:question}}”，但无法自动判定其意思。{_READ_MAIL}"
    ),
    "request.unread/unseen": (
        f"没有读到“{{question:question}}”，但邮件正文或附件中的申请函未能可靠识别。{_READ_MAIL}"
    ),
    "request.enterprise_name.ambiguous": (
        "正文写了不止一个企业名称。请阅读邮件原文，确认是哪一家企业的申请。"
    ),
    "request.unbind.ambiguous": f"正文对{_UNBIND}的说法前后不一。{_READ_MAIL}",
    "request.reset_password.ambiguous": f"正文对{_RESET}的说法前后不一。{_READ_MAIL}",
    "request.nothing_requested": (
        f"正文写明既不解绑也不重置注册密码，没有需要办理的事项。如需办理，请写明“{_UNBIND}："
        f"是”或“{_RESET}：是”后重新发送。"
    ),
    "attachment.none": f"邮件没有附件。{_ENCLOSE}，作为附件发送。",
    "attachment.cloud_link": (
        "文件是以云附件（超大附件、网盘链接）发来的，本邮箱不会打开链接。"
        f"{_ENCLOSE}，作为普通附件发送。"
    ),
    "attachment.not_pdf": (
        f"附件中没有 PDF 文件（图片、Word、OFD 和压缩包不能代替）。{_ENCLOSE}，作为附件发送。"
    ),
    "attachment.encrypted": (
        "{file:file}设有打开密码，无法阅读。请去掉密码后重新发送 PDF 文件，不要在邮件中告知密码。"
        "{lacking:lacking}"
    ),
    "attachment.damaged/damaged": f"{{file:file}}已损坏，无法打开。{_OPENS}",
    "attachment.damaged/empty": f"{{file:file}}是空文件，没有内容。{_OPENS}",
    "attachment.too_large": (
        "{file:file}超过大小上限（{mib} MiB）。"
        "请降低扫描分辨率或压缩后，作为普通附件重新发送 PDF 文件。{lacking:lacking}"
    ),
    "attachment.too_many_pages": (
        "{file:file}页数超过上限（{most} 页）。请只保留经办人身份证和营业执照所在的页，"
        "重新发送 PDF 文件。{lacking:lacking}"
    ),
    "attachment.several": "共有 {count} 个 PDF 附件，已合并阅读。请一并查看各个附件。",
    "document.id_front.missing": (
        "PDF 中没有经办人身份证人像面（印有照片和姓名的一面）。请将身份证扫描件加盖单位公章，"
        "与营业执照放在同一个 PDF 文件中发送。"
    ),
    "document.licence.missing": (
        "PDF 中没有营业执照。请将营业执照扫描件加盖单位公章，"
        "与经办人身份证放在同一个 PDF 文件中发送。"
    ),
    "document.other_certificate": (
        "提交的是其他证件，不是营业执照或居民身份证。请人工核对证件的种类、名称和有效期。"
    ),
    "document.id_back.missing": (
        "PDF 中没有经办人身份证国徽面（印有有效期限的一面）。"
        "请将身份证正反两面的扫描件放在同一个 PDF 文件中。"
    ),
    "document.unreadable/limit": (
        f"{{file:file}}未能读取，{_BY_PEOPLE}重新发送清晰、大小适中的 PDF 扫描件。"
    ),
    "document.unreadable/unread": (
        f"{{file:file}}因附件过多或读取过慢，未在限定时间内读完，{_BY_PEOPLE}只发送一个清晰、"
        "大小适中的 PDF 文件。"
    ),
    "document.unreadable/pages": (
        f"{{file:file}}第 {{pages:list}} 页未能清楚识别，{_BY_PEOPLE}将该页重新扫描清楚（端正、"
        "完整、无反光）后发送。"
    ),
    "document.unreadable/fields": (
        f"{{fields:fields}}未能清楚识别，{_BY_PEOPLE}重新扫描清楚后发送。"
    ),
    "document.seal.missing": (
        f"PDF 中的扫描件没有加盖单位公章。{_SEAL_BOTH}后，用彩色扫描重新发送。"
    ),
    "document.seal.missing/sheet": (
        "申请页上没有加盖单位公章。请在申请页左下角的“单位公章盖在框内”方框里盖章（红色印泥），"
        "整页彩色扫描后重新发送。"
    ),
    "document.seal.unsure/unseen": (
        "未能确认扫描件上是否加盖了单位公章（页面为黑白、印迹较淡或未能识别）。请人工查看图像。"
    ),
    "document.seal.unsure/elsewhere": "公章不在身份证页或营业执照页上。请人工查看公章的位置。",
    "document.seal.unsure/name": f"未能看清印章上的企业名称，无法确认与执照一致。{_COMPARE}",
    "document.seal.partial/id": f"身份证页上没有看到公章，另一份证件上已有。{_SEAL_BOTH}。",
    "document.seal.partial/licence": f"营业执照页上没有看到公章，另一份证件上已有。{_SEAL_BOTH}。",
    "id.number.invalid": f"身份证号码{_NOT_VALID}",
    "id.expired": "身份证有效期限已过。请提供有效期内的经办人身份证扫描件。",
    "licence.expired": "营业执照营业期限已过。请提供营业期限内的营业执照扫描件。",
    "licence.uscc.invalid": f"统一社会信用代码{_NOT_VALID}",
    "seal.not_official": "加盖的是{kind:seal}，没有看到单位公章。请加盖单位公章。",
    "match.enterprise_name": (
        "邮件中的企业名称“{written:list}”与执照上的“{read}”"
        f"不一致{{differences:differences}}。{_COMPARE}"
    ),
    "match.seal": (
        f"印章文字读作“{{read}}”，与执照上的企业名称不一致{{differences:differences}}。{_COMPARE}"
    ),
    "match.seal/asked": f"印章上的企业名称与执照上的不一致{{differences:differences}}。{_COMPARE}",
    "match.sheet": f"申请页上的二维码是为另一个统一社会信用代码生成的，与执照不一致。{_COMPARE}",
    "account.unknown": "登记的企业中没有这个统一社会信用代码或企业名称。请先选定账号，再审批。",
    "account.renamed": (
        "同一统一社会信用代码的账号登记名称为“{registered}”，与提交的企业名称不同。"
        "请核对企业是否更名。"
    ),
    "match.account": "企业名称与统一社会信用代码指向不同的账号。请核对执照，并选定正确的账号。",
    "account.nothing_bound": (
        "申请解绑，但该账号当前没有绑定任何 CA 锁。请核对账号，或改为只办理重置密码。"
    ),
    "account.reset_while_bound": (
        "只申请重置密码，但该账号仍绑定 {bound} 个 CA 锁，绑定期间不能用密码登录。"
        "请与企业确认是否同时解绑。"
    ),
    "sender.unregistered": "发件人不是该账号登记的联系邮箱。请留意登记联系人是否提出异议。",
    "sender.unauthenticated/unproved": (
        "发件人身份未通过验证{by:bracketed}，来信可能冒用他人地址。请通过登记电话核实后再办理。"
    ),
    "sender.unauthenticated/other_address": (
        "发件人显示名中写有另一个邮箱地址，与实际发件地址不同。请以实际地址为准，并核实发件人。"
    ),
    "sender.unauthenticated/lookalike": (
        "发件地址与该账号登记的联系邮箱形似而不相同。请逐字核对地址，并通过登记电话核实。"
    ),
    "sender.unauthenticated/mixed_scripts": "发件地址的域名混用了形近的不同文字。请核实发件人。",
    "case.competing": (
        "另有未办结的工单 {number} 涉及同一企业、由其他发件人（或身份未获验证者）提交。"
        "请对照两份申请一并核对。"
    ),
    "case.changed/supplement": "补件改变了：{fields:fields}，请与先前来信对照核实。",
    "case.changed/many": (
        "本工单来信过多，只合并阅读了第一封和最近的来信，共 {most} 封，请人工查看其余来信。"
    ),
}
TITLES: Final[Mapping[str, str]] = {
    "request.enterprise_name.missing": "未写企业名称",
    "request.unbind.missing": f"未写{_UNBIND}",
    "request.reset_password.missing": f"未写{_RESET}",
    "request.unread": "申请内容未能读定",
    "request.enterprise_name.ambiguous": "企业名称不止一个",
    "request.unbind.ambiguous": f"{_UNBIND}前后不一",
    "request.reset_password.ambiguous": f"{_RESET}前后不一",
    "request.nothing_requested": "没有申请事项",
    "attachment.none": "没有附件",
    "attachment.cloud_link": "云附件",
    "attachment.not_pdf": "附件不是 PDF",
    "attachment.encrypted": "附件有打开密码",
    "attachment.damaged": "附件已损坏",
    "attachment.too_large": "附件过大",
    "attachment.too_many_pages": "附件页数过多",
    "attachment.several": "不止一个附件",
    "document.id_front.missing": "缺身份证人像面",
    "document.licence.missing": "缺营业执照",
    "document.other_certificate": "提交的是其他证件",
    "document.id_back.missing": "缺身份证国徽面",
    "document.unreadable": "扫描件未能识别清楚",
    "document.seal.missing": "没有公章",
    "document.seal.unsure": "公章不能确认",
    "document.seal.partial": "只有一份证件盖章",
    "id.number.invalid": "身份证号码未通过校验",
    "id.expired": "身份证过期",
    "licence.expired": "营业执照过期",
    "licence.uscc.invalid": "统一社会信用代码未通过校验",
    "seal.not_official": "盖的不是公章",
    "match.enterprise_name": "企业名称与执照不一致",
    "match.seal": "印章与执照不一致",
    "match.sheet": "申请页的二维码与执照不一致",
    "account.unknown": "账号未找到",
    "account.renamed": "账号登记的是其他名称",
    "match.account": "名称与代码指向不同账号",
    "account.nothing_bound": "没有绑定 CA 锁",
    "account.reset_while_bound": "绑定期间只要求重置密码",
    "sender.unregistered": "发件人不是登记联系人",
    "sender.unauthenticated": "发件人身份未通过验证",
    "case.competing": "另有他人申请",
    "case.changed": "补件改动了申请",
}
"""Each code in a few words, for tables and charts."""
_FIELDS: Final = QUESTIONS | {
    "handler": "经办人",
    "id_front.name": "身份证上的姓名",
    "id_front.id_number": "身份证号码",
    "licence.enterprise_name": "营业执照上的企业名称",
    "licence.uscc": "统一社会信用代码",
}


def text_of(finding: Finding) -> str:
    """The finding in Chinese; its code where this version has no sentence for it or it lacks a
    parameter, as one of another version may."""
    if finding.message:
        return finding.message
    sentence = sentence_of(finding)
    return (
        _WORDS.format(sentence, **finding.parameters)
        if sentence and places_in(sentence) <= finding.parameters.keys()
        else finding.code
    )


def title_of(code: str) -> str:
    """A code in a few words."""
    return TITLES.get(code, "其他检查项")


def sentence_of(finding: Finding) -> str:
    """The sentence with its places, or ""."""
    return SENTENCES.get(
        f"{finding.code}/{finding.variant}" if finding.variant else finding.code, ""
    )


def places_in(sentence: str) -> set[str]:
    """The parameters that a sentence names."""
    return {name for _, name, _, _ in _WORDS.parse(sentence) if name}


def _list(values: tuple[str, ...]) -> str:
    return "、".join(values)


def _file(ordinal: int) -> str:
    if ordinal < 0:
        return f"另有 {-ordinal} 个附件"
    return f"第 {ordinal} 个附件" if ordinal else "附件"


def _lacking(codes: tuple[str, ...]) -> str:
    return (
        f"其余附件中没有看到：{_list(tuple(PAPERS[code] for code in codes))}，请一并补齐。"
        if codes
        else ""
    )


def _differences(pairs: tuple[tuple[str, str], ...]) -> str:
    return f"（{'；'.join(_difference(*pair) for pair in pairs)}）" if pairs else ""


def _difference(expected: str, read: str) -> str:
    if not read:
        return f"少“{expected}”"
    return f"“{expected}”读作“{read}”" if expected else f"多“{read}”"


_FORMS: Final[Mapping[str, Callable[[Any], str]]] = {
    "": str,
    "list": _list,
    "file": _file,  # its place among several attachments, 0 for the only one, -n for n more of them
    "lacking": _lacking,
    "question": QUESTIONS.__getitem__,
    "fields": lambda names: _list(tuple(_FIELDS[name] for name in names)),
    "seal": lambda kind: SEALS[SealKind(kind)],
    "differences": _differences,
    "bracketed": lambda text: f"（{text}）" if text else "",
}


class _InWords(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return _FORMS[format_spec](value)


_WORDS: Final = _InWords()
