"""Finds labelled fields (企业名称：…, 是否解绑：…) in folded text, wherever they stand: own lines, one line, numbered, tables, label above value.

It yields spans only; `request_text_answers` and `request_text_names` read the values. A label with nothing behind it is unfilled.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mail_intake.request_text_answers import CHECKED, CROSSED, UNCHECKED

_OF: Final = (r"(?:原来?|旧|老|该|此|本|我司|我公司|我单位|我们|企业|公司|单位|所(?=绑)|之|已|现有|所有|全部|全|将|把|对|与|的|ca|数字证书|证书|智能密码钥匙|"
          r"密码钥匙|锁|"
              r"key|账号|账户|主锁|副锁|"
              r"绑定|系统|平台|进行|办理|做|[ ])")
UNBIND: Final = (rf"(?:解(?: |一?下|个|掉|开)?[绑邦帮梆榜]定?|解除{_OF}{{0,12}}?(?:绑定|绑锁|捆绑|关联)|解除{_OF}{{0,6}}?(?:ca锁?|锁|数字证书)|(?:取消|撤销|"
    rf"注销|清除|删除|清空|清掉|移除|去除|去掉|终止|断开|脱离|消除|解开|剔除|释放|"
                 rf"作废)(?:一下|掉)?{_OF}{{0,12}}?(?:的)?(?:绑定|绑锁|捆绑|关联)(?:关系|状态|信息|记录)?|[脱退销撤松拆消去]绑(?!定)|解掉(?!密码|账号)|"
                 rf"绑定解除|"
                 rf"(?<!账号)(?<!账户)(?<!用户)解锁(?!账号|账户|密码|用户)|更换主锁|变更主锁|换绑|unbind(?:ing)?)")
_PASSWORD: Final = r"(?:注册|登录|登陆|账号|账户|用户|系统|平台|初始|企业|公司|单位|原|的|网站|门户){0,5}(?:密码|口令)"  # noqa: S105 - a pattern
RESET: Final = (rf"(?:(?:重[置制至致]|重设|重新设置|初始化|找回|恢复)(?:一下|下|我司|我公司|我们)?(?:的)?{_PASSWORD}|(?:密码|"
    rf"口令)(?:的)?(?:重[置制至致]|重设|(?:恢复|还原|改回|设[回为])(?:成|为|到)?(?:初始|默认|出厂|原始)(?:密码|值|状态|化)?|"
                rf"初始化|找回|重新设置)|重[置制至致]|重设|重新设(?:[置定](?!ca|锁|绑)|(?=$|[,;。 了]))|"
                rf"初始化|reset(?:ting)?(?:[ _-](?:the|my|our))?(?:[ _-]registration|"
                rf"[ _-]login)?(?:[ _-]password)?)")
_ASKS: Final = r"(?:是否|有没有必要|有无必要|需不需要|要不要|是不是|需否|可否)"
_AUX: Final = r"(?:需要?|要|申请|同意|确认|办理|进行|将|对|把|一并|同时|也|予以|选择)"
_JOIN: Final = r"(?:(?:[和及与、,并/]|并且|以及|还是|及其|同时)[ ]?)"
_OBJECT: Final = r"(?:(?:的)?(?:原来?|旧)?(?:ca|数字证书|证书|智能密码钥匙|锁|key|账号|账户|主锁|绑定|企业|公司)){0,5}"
_SEP: Final = r"(?:[ ]*\??[:=|\t→][ |:\t]*)"

_NAME_STRONG: Final = (
    r"(?:(?:申请|解绑|注册|投标|委托|绑定|本|我|被解绑|需解绑|贵)?(?:企业|公司|单位|机构|供应商|投标人|市场主体|主体|申请人|用户|账号|账户|法人|组织|商户|"
    r"学校|医院)"
    r" ?(?:的)?(?:注册|登记|完整|中文)?(?:名 ?称|全 ?称|全名|名字)|(?:company|enterprise)\s*(?:full )?name|(?:名称|全称)\(全称\)|企业名|公司名|单位名|"
    r"店名|字号(?:名称)?|商号)")
_NAME_WEAK: Final = (r"(?:(?:申请|解绑|注册|投标|委托|绑定|所属|所在|工作|需解绑|办理|解锁)(?:的)?(?:企业|公司|单位|主体|人)|名 ?称|全 ?称|企业|公司|单位|"
                     r"用户名|登录名|账户|账号|抬头|"
                     r"申请人|供应商|投标人|法人单位|解绑(?:企业|公司|单位|账号))")
_OTHER: Final = (
    r"(?:经办人?(?:员)?|联系(?:人|方式|电话|手机|地址)?|姓名|(?:经办人|联系人|手机|固定|办公|法人|单位|公司)?(?:的)?(?:电话|手机|手机号码?|传真|邮箱|座机)|"
    r"e-?mail|邮件|tel|mobile|fax|add|地址|住所|"
    r"(?:注册|通讯|办公|联系|公司|单位|企业)地址|日期|申请(?:日期|时间)|时间|附件\d?|(?:企业|公司|单位)?统一(?:社会)?信用代码(?:证?号?)?|(?:社会)?信用代码|"
    r"组织机构代码|(?:经办人|法人)?身份证(?:号码?)?|证件号码?|"
    r"法定代表人|法人(?:代表|姓名)?|企业法人|负责人|经营者|投资人|开户行|开户银行|银行账号|邮编|邮政编码|qq(?:号)?|微信(?:号)?|网址|网站|部门|职务|ca(?:锁|"
    r"证书)?(?:类型|编号|序列号|品牌|机构|厂商|号)|"
    r"证书(?:类型|编号|序列号|号)|锁号|key号|发件人|收件人|发送时间|抄送|致|项目名称|项目|工程名称|系统|绑定(?:系统|平台)|平台|系统名称|发证机关|颁发机构|"
    r"发证机构|ca机构|主管部门|上级单位|"
    r"(?:原|曾用)(?:企业|公司|单位)?名称?|曾用名)")
_STORY: Final = (r"(?:(?:申请|解绑|重置|解除绑定|绑定|丢失|遗失|解锁)?(?:原因|理由|事由|说明|情况|情况说明|缘由|用途)|申请(?:事项|内容|业务|类型|需求)?|事项|"
                 r"内容|需求|诉求|备注|办理(?:事项|业务|内容)|问题|业务类型|"
                 r"正文|要求|操作|主题|标题|请求(?:事项|内容)?)[一二三四五\d]?")

_HINT: Final = r"(?:[ ]*[(\[【](?![ ]*[√vx×是否需不要][^/]*[)\]】](?![ ]*[:=|\t]))[^()\[\]【】\n]{0,24}[)\]】](?=[ ]*[:=|\t\n]|$))?"
_IN_BRACKETS: Final = r"[ ]*[(\[<【「](?:是|否|需要?|不需要?|要|不要)[)\]>】」]"
_SHORT_ANSWER: Final = r"(?=(?:是的?|否|不?需要?|不?要|不用|不|无需|无|同意|yes|no|y|n)[ ]*(?:$|[\n,;。]))"
_GOES_ON: Final = rf"[ ]*(?:[:=|\t→]|(?:\?|-{{1,4}}|…{{1,2}}|\.{{2,6}}|~{{1,2}})>?[ ]*{_SHORT_ANSWER})"
_LEAD: Final = r"(?:\*{1,2}|[【\[「<《])?"
_TRAIL: Final = r"(?:\*{1,2}|[】\]」>》])?"

_LABELS: Final = (
    ("both", rf"{_ASKS}{_AUX}{{0,4}}{_OF}{{0,8}}?{UNBIND}{_OF}{{0,8}}?(?:操作)?{_JOIN}(?:{_ASKS})?{_AUX}{{0,4}}{_OF}{{0,8}}?{RESET}"),
    ("both", rf"(?<![\u4e00-\u9fff])(?:申请)?{UNBIND}{_OF}{{0,8}}?[和及与、/并]{RESET}{_HINT}(?=[ ]*[:=|\t])"),
    ("unbind", rf"{_ASKS}{_AUX}{{0,4}}{_OF}{{0,8}}?{_AUX}{{0,4}}{UNBIND}{_OBJECT}(?:操作|业务|申请)?"),
    ("reset", rf"{_ASKS}{_AUX}{{0,4}}(?:对|将|把)?{_AUX}{{0,4}}{RESET}(?:操作|业务|申请)?"),
    ("reset", rf"(?:{_PASSWORD})(?:是否|需不需要|要不要){_AUX}{{0,4}}(?:{RESET}|更改|修改|变更)"),
    ("unbind", rf"(?:ca锁?|锁|证书|账号|绑定){{0,3}}(?:是否|需不需要|要不要){_AUX}{{0,4}}{UNBIND}{_OBJECT}"),
    ("story", rf"(?<![\u4e00-\u9fff]){_STORY}{_HINT}(?=[ ]*[:=|\t])"),
    ("other", rf"{_OTHER}{_HINT}(?=[ ]*[:=|\t])"),
    ("unbind", (rf"(?:申请|需要|需|请求|办理)?{_OF}{{0,8}}?{UNBIND}{_OF}{{0,8}}?(?:操作|业务|申请|情况|需求|与否|否|事项|吗|不(?=[ ]*[:?]))?"
                rf"{_HINT}(?={_GOES_ON}|{_IN_BRACKETS})")),
    ("reset", (rf"(?:申请|需要|需|请求|办理)?(?:{_PASSWORD})?{RESET}(?:操作|业务|申请|情况|需求|与否|否|事项|吗|不(?=[ ]*[:?]))?"
               rf"{_HINT}(?={_GOES_ON}|{_IN_BRACKETS})")),
    ("password", rf"{_PASSWORD}(?:需求|情况|处理|申请|事项|一?项)?{_HINT}(?=[ ]*[:=|\t])"),
    ("name", rf"{_NAME_STRONG}"),
    ("weak_name", rf"(?<![\u4e00-\u9fff\)]){_NAME_WEAK}{_HINT}(?=[ ]*[:=|\t])"),
)
_BEFORE: Final = r"(?<![a-z])"
_ITEM: Final = re.compile(rf"(?P<no>不需要|不|无需|不用)?(?:申请|需要|办理)?(?P<verb>(?P<unbind>{UNBIND})|(?P<reset>{RESET})){_OBJECT}")
_MARK: Final = re.compile(rf"[(\[]\s*(?P<inner>[{CHECKED}{CROSSED}xv]?)\s*[)\]]|(?P<mark>[{CHECKED}{CROSSED}{UNCHECKED}])")
_WORD_TICK: Final = "☒"   # in the form fields of Word, where no other tick stands beside it
_SCAN: Final = re.compile("|".join(f"(?P<g{number}>{_BEFORE}{_LEAD}{pattern}{_TRAIL})" for number, (_, pattern) in enumerate(_LABELS)))
_BEHIND: Final = re.compile(rf"{_HINT}(?:[是为](?=[ ]*[:=]))?(?P<sep>{_SEP}|[ ]*[?,][ ]*|[ ]*(?:-{{1,4}}>?|…{{1,2}}|\.{{2,6}}|~{{1,2}})[ ]*|"
                                rf"[ ]*[;。][ ]*{_SHORT_ANSWER})?[ ]*")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label and the span of its value in the folded text. `firm`: a colon, bar or tab stands between, or the value is on the next line."""

    kind: str
    start: int
    value_start: int
    value_end: int
    firm: bool


@dataclass(frozen=True, slots=True)
class _Label:
    kind: str
    start: int
    end: int
    value_start: int
    firm: bool


def labelled(text: str) -> list[Labelled]:
    """Every labelled field of the folded text, in order; the value ends at the next label or the end of the line."""
    labels = list(_labels(text))
    found: list[Labelled] = []
    for number, label in enumerate(labels):
        line_end = text.find("\n", label.value_start)
        line_end = len(text) if line_end < 0 else line_end
        following = labels[number + 1].start if number + 1 < len(labels) else len(text)
        end = min(line_end, following)
        start, firm = label.value_start, label.firm
        if not text[start:end].strip(" \t|:*_") and end == line_end and _begins_line(text, label.start) and label.kind in _UNDER:
            start, end, firm = _next_line(text, end, following, label)
        elif end == line_end and label.kind in {"unbind", "reset"}:
            end = _with_options(text, end, following)
        found.append(Labelled(label.kind, label.start, start, end, firm))
    return found


def _labels(text: str) -> Iterator[_Label]:
    for match in _SCAN.finditer(text):
        kind = _LABELS[int(str(match.lastgroup)[1:])][0]
        behind = _BEHIND.match(text, match.end())
        sep = (behind["sep"] or "") if behind else ""
        firm = bool(re.search(r"[:=|\t→]", sep))
        end = behind.end() if behind else match.end()
        yield _Label(kind, _label_start(text, match), match.end(), end if firm or kind != "name" else match.end(), firm)


def _label_start(text: str, match: re.Match[str]) -> int:
    """The label's start; a leading 公司 that ends a name before it (…有限公司解绑：是) is not the label's."""
    lead = re.match(r"(?:公司|企业|单位)(?!名|全)", match[0])
    return match.start() + lead.end() if lead and "\u4e00" <= text[match.start() - 1:match.start()] <= "\u9fff" else match.start()


_ORGANISATION: Final = re.compile(r"(?:公司|店|厂|院|学校|中心|所|部|局|行|社|会)[ ]*$")
_UNDER: Final = frozenset({"name", "weak_name", "unbind", "reset", "both"})


def _begins_line(text: str, at: int) -> bool:
    """Whether only a bullet or nothing stands before the label on its line: such a label may have its value beneath it."""
    return bool(re.fullmatch(r"[\W\d_①-⑩一二三四五]*", text[text.rfind("\n", 0, at) + 1:at]))


def _next_line(text: str, end: int, following: int, label: _Label) -> tuple[int, int, bool]:
    """The next line that bears anything, when it comes before the next label: a value under its label."""
    match = re.compile(r"\n\s*([^\n]+)").match(text, end)
    if not match or match.start(1) >= following or ("name" not in label.kind and _ORGANISATION.search(match[1])):
        return end, end, label.firm
    return match.start(1), min(_with_options(text, match.end(1), following), following), True


def _with_options(text: str, end: int, following: int) -> int:
    """The end of a value whose options stand on lines of their own (☑是 over ☐否)."""
    while (option := _OPTION_LINE.match(text, end)) and option.end() <= following:
        end = option.end()
    return end


_OPTION_LINE: Final = re.compile(r"\n\s*(?:[☑✅√✓✔■●◉☒×✗✘□☐○◯◻⬜]|[(\[][ √vx×]?[)\]])[ ]*(?:是|否|需要|不需要|要|不要)[ ]*(?=\n|$)")


@dataclass(frozen=True, slots=True)
class Ticked:
    """An item of a ticked list (☑解绑 ☐重置密码). `tick`: "yes", "no" for a cross, "" for an empty box."""

    topic: str
    tick: str
    refused: bool
    start: int
    end: int


def ticked_items(text: str) -> Iterator[Ticked]:
    """Topics with a box before each, or a mark behind each where the line begins with a topic; questions with 是 and 否 are not meant."""
    plain_ticks = bool(re.search(f"[{CHECKED}]", text))
    for line in re.finditer(r"[^\n]+", text):
        yield from _answered_before(text, line)
        marks = list(_MARK.finditer(text, *line.span()))
        items = [
            item for item in _ITEM.finditer(text, *line.span())
            if not re.search(rf"{_ASKS}\S{{0,8}}$", text[max(line.start(), item.start() - 16):item.start()])
        ]
        if not marks or not items:
            continue
        before = marks[0].start() < items[0].start()
        for item in items:
            mark = _mark_at(text, marks, item, before=before)
            if mark is not None:
                yield _as_ticked(item, mark, plain_ticks=plain_ticks)
            elif not text[item.end():line.end()].strip() and re.search(rf"[{CHECKED})\]][ ]*$", text[line.start():item.start()]):
                yield Ticked("unbind" if item["unbind"] else "reset", "", bool(item["no"]), item.start(), item.end())   # the one left without a tick


_ANSWER_BEFORE: Final = re.compile(
    rf"(?:(?<=[,;。:\s])|^)(?:(?P<yes>是的?|需要?|要|同意|y|yes)|不需要?|不用|不要|无需|否|no?)[ ]*"
    rf"(?:\((?:{_ASKS})?{_AUX}{{0,3}}(?:{UNBIND}|(?P<reset>{RESET})){_OBJECT}\)|-{{1,4}}[ ]*{_ASKS}{_AUX}{{0,3}}(?:{UNBIND}|(?P<reset2>{RESET})){_OBJECT}[ ]*$)"
)


def _answered_before(text: str, line: re.Match[str]) -> Iterator[Ticked]:
    """Answers that stand before what they answer: 是（解绑），否（重置密码）; 是——是否解绑."""
    for match in _ANSWER_BEFORE.finditer(text, line.start(), line.end()):
        topic = "reset" if match["reset"] or match["reset2"] else "unbind"
        yield Ticked(topic, "yes" if match["yes"] else "no", refused=False, start=match.start(), end=match.end())


def _mark_at(text: str, marks: list[re.Match[str]], item: re.Match[str], *, before: bool) -> re.Match[str] | None:
    """The mark right beside the item, with nothing between."""
    at = bisect_right(marks, item.start(), key=re.Match.end) - 1 if before else bisect_left(marks, item.end(), key=re.Match.start)
    if not 0 <= at < len(marks):
        return None
    mark = marks[at]
    if (text[mark.end():item.start()] if before else text[item.end():mark.start()]).strip():
        return None
    behind = text[mark.end():mark.end() + 3].lstrip(" ")
    return None if not before and re.match(r"[是否需不要]", behind) else mark


def _as_ticked(item: re.Match[str], mark: re.Match[str], *, plain_ticks: bool) -> Ticked:
    sign = mark["mark"] or mark["inner"] or ""
    ticked = sign in f"{CHECKED}xv" or (sign == _WORD_TICK and not plain_ticks)
    tick = "yes" if sign and ticked else ("no" if sign and sign in CROSSED else "")
    start, end = min(mark.start(), item.start()), max(mark.end(), item.end())
    return Ticked("unbind" if item["unbind"] else "reset", tick, bool(item["no"]), start, end)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A header row of labels over one row of values: (kind, start, end) of each value, and the span of both rows."""

    cells: tuple[tuple[str, int, int], ...]
    start: int
    end: int


_CELLS: Final = (re.compile(r"[ ]*\t[ \t]*|[ ]*\|[ ]*"), re.compile(r"[ ]{2,}"), re.compile(r"[ ]*[,;、][ ]*"), re.compile(r"[ ]*/[ ]*"), re.compile(r" "))


def table_rows(text: str) -> Iterator[TableRow]:
    """Tables with the labels in one row and the values in the row below."""
    lines = [(match.start(), match[0]) for match in re.finditer(r"[^\n]+", text) if match[0].strip(" \t|-+:")]
    for (start, header), (below_at, below) in pairwise(lines):
        for cut in _CELLS:
            names = [cell for cell in _split(header, cut) if cell[1]]
            values = [cell for cell in _split(below, cut) if cell[1]]
            kinds = [_whole_label(name) for _, name in names] if len(names) == len(values) >= 2 else [""]
            if "" not in kinds and len({"name", "unbind", "reset"} & set(kinds)) >= 2:
                cells = tuple((kind, below_at + at, below_at + at + len(value)) for kind, (at, value) in zip(kinds, values, strict=True))
                yield TableRow(cells, start, below_at + len(below))
                break


def _split(line: str, cut: re.Pattern[str]) -> list[tuple[int, str]]:
    cells, at = [], 0
    for match in cut.finditer(line):
        cells.append((at, line[at:match.start()].strip()))
        at = match.end()
    cells.append((at, line[at:].strip()))
    return [(start + len(line[start:]) - len(line[start:].lstrip()), cell.strip("*")) for start, cell in cells]


def _whole_label(cell: str) -> str:
    if re.fullmatch(r"序号|编号|no\.?|备注|经办人|联系人|联系电话|电话|日期|手机号?|附件|原因|统一社会信用代码|邮箱", cell):
        return "other"
    bare = re.sub(r"\(.*?\)|[:?]", "", cell)
    match = _SCAN.fullmatch(bare + ":") or _SCAN.fullmatch(bare)
    if match is None:
        match = re.compile(_SCAN.pattern).match(bare + ":")
        if match is None or match.end() != len(bare):
            return ""
    kind = _LABELS[int(str(match.lastgroup)[1:])][0]
    return {"weak_name": "name", "story": "other", "password": "other"}.get(kind, kind)
