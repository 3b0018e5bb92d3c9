"""Divides a body into what the sender wrote now and what is only quoted, as QQ, Foxmail, 163,
Aliyun, Outlook, Apple Mail, Gmail and phones quote.

New text is what may count as a request; quoted text, and our own letters that come back, must not
(RULES.md section 4). A forward without new text of its own speaks through the forwarded body. Where
nothing shows that the mail answers another one, a body that is one single quote is the sender's own
text.
"""

import re
from dataclasses import dataclass
from itertools import takewhile

from core.cases.letters.words import QUESTIONS
from core.data.letter import CASE_WORD, FORM_HEADING, LETTER_MARK_END
from mail_intake.message.body_lines import Line
from mail_intake.message.disclaimers import without_disclaimers
from mail_intake.message.html_text import QUOTE_BEGIN, QUOTE_END, QUOTE_PERHAPS
from mail_intake.message.numbered_answers import numbered_answers_paired
from mail_intake.message.paired_answers import answers_paired

_DASHES = r"[-—－_=*~]{2,}+"
_ORIGINAL = (
    r"原始邮件|原邮件|原始信息|原始郵件|回复的(?:原)?邮件|原来的邮件|历史邮件"
    r"|original\s+message|original|original\s+mail|"
    r"repl(?:y|ied)\s+message|"
    r"邮件原件|原文"
)
_FORWARDED = (
    r"转发(?:的)?(?:原)?邮件(?:信息|消息)?|转发(?:的)?(?:消息|信件|信息|郵件)|轉寄郵件|"
    r"已转发邮件|forwarded\s+(?:message|mail|by.*)|被转发邮件|转寄的信件"
)
_REPLY_RULE = re.compile(rf"{_DASHES}\s*(?:{_ORIGINAL})\s*[:：]?\s*{_DASHES}", re.IGNORECASE)
_FORWARD_RULE = re.compile(
    rf"{_DASHES}\s*(?:{_FORWARDED})\s*[:：]?\s*{_DASHES}|begin\s+forwarded\s+message\s*[:：]?"
    r"|开始转发的?邮件\s*[:：]?|"
    r"(?:以下(?:是|为)?)?转发(?:的)?邮件(?:内容)?\s*[:：]|下面是转发的邮件\s*[:：]?"
    r"|开始被转发的邮件\s*[:：]?",
    re.IGNORECASE,
)
_WROTE = re.compile(r"(?:写道|寫道|wrote|(?P<with_at>撰写|来信说|说道))\s*[:：]?$", re.IGNORECASE)
_AT = re.compile(r"(?:在|于|於|(?:at|on|le|am)\b).{4,300}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}\s*[年/.\-]\s*\d{1,2}\s*[月/.\-]\s*\d{1,2}")
_ADDRESS = re.compile(r"[\w.+-]@[\w.-]+")
_WROTE_BEGIN = re.compile(r"(?:在|于|(?:on|at)\b)\s*.{0,20}\d.{0,120}", re.IGNORECASE)
_FIELD = re.compile(
    r"[*_\s]*(?P<label>发\s*件\s*人|寄\s*件\s*者|寄件人|from|发\s*送\s*时\s*间|发送日期"
    r"|发\s*件\s*时\s*间|日\s*期|时\s*间|sent|date|收\s*件\s*人|收件者|to|"
    r"抄\s*送|cc|主\s*[题旨]|subject|reply-to|回复|附件|attachments?)[*_\s]*[:：]\s*",
    re.IGNORECASE,
)
_FROM = re.compile(r"[*_\s]*(?:发\s*件\s*人|寄\s*件\s*[者人]|from)[*_\s]*[:：]", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:发自|發自|来自|發送自|发送自|寄自)(?:我的|于)?\s*.{0,30}|sent\s+from\s+.{0,40}"
    r"|sent\s+via\s+.{0,40}|get\s+outlook\s+for.{0,60}|"
    r"获取\s*outlook.{0,60}|"
    r"下载\s*outlook.{0,30}|.{0,6}(?:iPhone|iPad|手机|网易邮箱大师|QQ邮箱|Foxmail|Android|安卓"
    r"|mobile)(?:发送|版|客户端)?\s*",
    re.IGNORECASE,
)
_FORWARD_PREFIX = re.compile(r"\s*(?:fwd?|fw|转发|轉寄|轉發|转|wg|tr)\s*[:：]", re.IGNORECASE)
_SEE_QUOTE = re.compile(
    r"见下[方面文]|见原邮件|[填答复写注](?:在|于)(?:下[方面]|原)"
    r"|(?:下[方面]|原邮件)[^\n。，,]{0,6}[填答复批]|[红蓝]字|(?:answers?|see) below|inline",
    re.IGNORECASE,
)
_REPLY_PREFIX = re.compile(
    r"\s*(?:re|回复|回覆|答复|答覆|回信|aw|sv)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]", re.IGNORECASE
)
REQUEST_WORDS = re.compile(
    r"解\s*绑|解\s*綁|解除|解\s*锁|解\s*鎖|取消绑定|重\s*[置设]|重設|密\s*码|密\s*碼"
    r"|企\s*业\s*名\s*称|(?:公司|单位)\s*(?:名称|全称)|换绑|主锁|换锁|绑定|"
    r"unbind",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]")
_SIGNS = re.compile(r"^(?=[>＞])(?:[>＞|][ \t]?)+")
_LONGEST_LINE = 400  # a separator is no longer, with each run of white space as one
_LONGEST_SPACED = 2000  # and of a line no more is looked at
_MOST_PASSED = 5  # mails of a chain that may stand above the request


@dataclass(frozen=True)
class Divided:
    """`new` is what counts as said now; `is_forward`: it is the forwarded body, because the mail
    asks for nothing else. `cover`: the words above that body."""

    new: str
    quoted: str
    is_forward: bool = False
    cover: str = ""


def divide(text: str, subject: str, *, answers_another: bool = False) -> Divided:
    """Divide a body with its quote marks.

    `answers_another`: In-Reply-To or References are there.
    """
    replies = answers_another or bool(_REPLY_PREFIX.match(subject))
    lines = _separated(_marked(text.splitlines(), indented_is_quoted=replies), replies=replies)
    if QUOTE_PERHAPS in text and not any(
        _WORD.search(line.text) for line in lines if not line.quoted
    ):
        unindented = _marked(text.splitlines(), indented_is_quoted=False)
        lines = _separated(unindented, replies=replies)
    lines = answers_paired(lines)
    written = [line.text for line in lines if not line.quoted]
    new = _without_own_letters(written)
    remaining = set(new)
    own = [text for text in written if text not in remaining]
    new += _filled_form([line.text for line in lines]) if replies else []
    new = _without_disclaimers(new)
    quoted = [line.text for line in lines if line.quoted]
    new = numbered_answers_paired(new, quoted)
    if not quoted or not _answers_within_quote("\n".join(new), lines, subject, replies=replies):
        return Divided(_normalised(new), _normalised([*quoted, *own]))
    forwarded = _without_disclaimers(_first_level(quoted))
    whole = _normalised([*new, *forwarded])
    return Divided(whole, _normalised(quoted), is_forward=True, cover=_normalised(new))


def points_to_quote(subject: str, new_text: str, quoted: str) -> bool:
    """Whether the subject or the line above the quoted mail says that the mail passes another one
    on, or the words that they go on inside the quoted mail."""
    rule = _one_spaced(quoted.partition("\n")[0])
    passes_on = _FORWARD_PREFIX.match(subject) or _FORWARD_RULE.fullmatch(rule)
    return bool(passes_on or _SEE_QUOTE.search(new_text))


def _marked(raw: list[str], *, indented_is_quoted: bool) -> list[Line]:
    """Lines with the HTML quote marks and `>` signs turned into `quoted`."""
    found: list[Line] = []
    open_quotes: list[bool] = []
    ends_left = sum(text.strip() == QUOTE_END for text in raw)
    for text in raw:
        stripped = text.strip()
        if stripped in {QUOTE_BEGIN, QUOTE_PERHAPS}:
            open_quotes.append(stripped == QUOTE_BEGIN or indented_is_quoted)
        elif stripped == QUOTE_END:
            del open_quotes[-1:]
            ends_left -= 1
        else:
            bare = _SIGNS.sub("", stripped)
            is_signed = bare != stripped
            in_block = any(open_quotes)
            shown = bare if is_signed else text
            found.append(Line(shown, is_signed or in_block, in_block=in_block))
            if _is_closing(bare):
                # Outlook never closes its quote; our letter ends here
                del open_quotes[: max(len(open_quotes) - ends_left, 0)]
    return found


def _separated(lines: list[Line], *, replies: bool) -> list[Line]:
    """Everything after a separator is quoted; after a `wrote:` whose quote is marked line by line,
    only the marked lines are, and after one in a block of HTML that holds the quoted mail,
    only that block.

    Our own letter ends with its closing mark: what follows it is the sender's again.
    """
    found: list[Line] = []
    behind = within = False
    for at, line in enumerate(lines):
        rule = _rule_at(lines, at, replies=replies)
        behind = behind and (line.in_block or not within)
        within = _is_within_block(lines, at) if rule else within and behind
        if rule == "wrote" and _marks_follow(lines, at + 1):
            found.append(Line(line.text, quoted=True, rule=rule))
            continue
        behind = behind or bool(rule)
        found.append(Line(line.text, line.quoted or behind, rule))
        behind = behind and not _is_closing(line.text)
    return found


def _is_within_block(lines: list[Line], at: int) -> bool:
    """Whether a separator stands in a block of HTML that holds more than the fields of a header."""
    block = takewhile(lambda line: line.in_block, lines[at:])
    bodies = [line for line in block if _WORD.search(line.text) and not _FIELD.match(line.text)]
    return any(not _rule_at([line], 0) for line in bodies)


def _rule_at(lines: list[Line], at: int, *, replies: bool = False) -> str:
    """What separates there; in a mail that replies, From with an address and one field more do."""
    text = _one_spaced(lines[at].text)
    if not text or len(text) > _LONGEST_LINE:
        return ""
    if _FORWARD_RULE.fullmatch(text):
        return "forward"
    if _REPLY_RULE.fullmatch(text):
        return "reply"
    if _is_wrote_line(text) or _wraps_to_wrote(lines, at):
        return "wrote"
    others = 1 if replies and _ADDRESS.search(text) else 2
    return "reply" if _FROM.match(text) and _is_header_block(lines, at, others) else ""


def _one_spaced(text: str) -> str:
    """The line with its runs of white space as one space: where an expression allows some in
    several places, each division of a run is tried."""
    return " ".join(text[:_LONGEST_SPACED].split())


def _is_wrote_line(text: str) -> bool:
    """Whether a line ends in `wrote:` and begins as such lines do,
    or holds a date or an address before it."""
    wrote = _WROTE.search(text)
    if not wrote:
        return False
    introduction = text[: wrote.start()]
    if _AT.fullmatch(introduction):
        return True
    return not wrote["with_at"] and (
        _has_near(_DATE, introduction, 120, 200) or _has_near(_ADDRESS, introduction, 200, 120)
    )


def _has_near(wanted: re.Pattern[str], introduction: str, before: int, behind: int) -> bool:
    """Whether a match has at most `before` characters before it and `behind` after it."""
    return any(
        match.start() <= before and len(introduction) - match.end() <= behind
        for match in wanted.finditer(introduction)
    )


def _wraps_to_wrote(lines: list[Line], at: int) -> bool:
    """`On … <address>` broken over two or three lines before `wrote:`."""
    joined = _one_spaced(lines[at].text)
    if not _WROTE_BEGIN.fullmatch(joined):
        return False
    for line in lines[at + 1 : at + 3]:
        joined += " " + _one_spaced(line.text)
        if (
            joined.endswith((":", "："))
            and (wrote := _WROTE.search(joined[-20:]))
            and not wrote["with_at"]
        ):
            return _is_wrote_line(joined)
    return False


def _is_header_block(lines: list[Line], at: int, others: int) -> bool:
    """Whether so many other header fields follow From within six lines."""
    window = [line.text.strip() for line in lines[at + 1 : at + 12] if line.text.strip()][:6]
    labels = {
        re.sub(r"\s", "", match["label"]).lower() for match in map(_FIELD.match, window) if match
    }
    return len(labels - {"附件", "attachment", "attachments", "回复"}) >= others


def _marks_follow(lines: list[Line], at: int) -> bool:
    following = [line for line in lines[at : at + 6] if line.text.strip()]
    return any(line.quoted for line in following[:2])


_FORM_LABELS = "|".join(map(re.escape, QUESTIONS.values()))
_OWN_HEAD = re.compile(
    rf"[>＞\s]*(?:【[^】]{{1,30}}】)?\s*{CASE_WORD}\s*[：:]\s*[A-Za-z0-9-]{{4,40}}"
)


def _without_own_letters(texts: list[str]) -> list[str]:
    """The lines without our letters: from the line that holds nothing but the case number to the
    closing mark (RULES.md section 4).

    Every letter of ours has that line once; a case number among other words is the sender's own.
    """
    remaining: list[str] = []
    heads: list[int] = []  # where in `remaining` a letter of ours may begin
    for text in texts:
        if not _closes(text):
            heads += [len(remaining)] if _OWN_HEAD.fullmatch(text.strip()) else []
            remaining.append(text)
        elif heads:
            del remaining[heads.pop() :]
    return remaining


_FORM_LINE = re.compile(rf"\W*(?:{_FORM_LABELS})\s*[:：]\s*(?!是\s*[/／]\s*否\s*$).*[^\W_].*")
_FORM_LINES_WITHIN = 14
_AROUND = re.compile(r"[\s—\-–>＞|]")
"""What mail programs change in the closing line of our letters, or put before it."""


def _filled_form(texts: list[str]) -> list[str]:
    """The lines that the sender filled in the form of our letter as it came back quoted;
    we always send it unfilled."""
    closing = next((at for at, text in enumerate(texts) if _closes(text)), 0)
    heading = next((at for at, text in enumerate(texts) if FORM_HEADING in text), closing)
    form = texts[heading + 1 : min(closing, heading + _FORM_LINES_WITHIN)]
    return [text.strip(" \t>＞|") for text in form if _FORM_LINE.fullmatch(text)]


def _closes(text: str) -> bool:
    """Whether a line has the closing mark of our letters, or is it behind signs of a quote."""
    return LETTER_MARK_END in text or _is_closing(text)


def _is_closing(text: str) -> bool:
    return "以" in text and _AROUND.sub("", text) == _AROUND.sub("", LETTER_MARK_END)


def _answers_within_quote(new: str, lines: list[Line], subject: str, *, replies: bool) -> bool:
    passed_on = any(line.rule == "forward" for line in lines)
    if (passed_on or _FORWARD_PREFIX.match(subject)) and not _REPLY_PREFIX.match(subject):
        return not REQUEST_WORDS.search(new)
    return not (replies or _WORD.search(without_signature_lines(new)))


def without_signature_lines(text: str) -> str:
    """The text without the lines that phones and clients add (发自我的iPhone)."""
    return "\n".join(line for line in text.splitlines() if not _PHONE.fullmatch(line.strip()))


def _first_level(quoted: list[str]) -> list[str]:
    """The forwarded body: header lines dropped, our letters out,
    up to the next separator after any words of a request.

    A note that only passes a request on (按下面的发) is not the end: the request may stand some
    mails below it. Where none does, the first mail speaks.
    """
    remaining: list[str] = []
    first: list[str] = []
    passed, in_header = 0, True
    lines = [Line(re.sub(r"^\s*(?:[>＞][ \t]?)+", "", text), quoted=False) for text in quoted]
    for at, line in enumerate(lines):
        if _rule_at(lines, at):
            cleaned = _without_own_letters(list(remaining))
            spoken = any(_WORD.search(text) for text in cleaned)
            first, passed = first or (cleaned if spoken else []), passed + spoken
            if passed > _MOST_PASSED or REQUEST_WORDS.search("\n".join(cleaned)):
                break
            in_header, remaining = True, cleaned if spoken else []
            continue
        if in_header and (not line.text.strip() or _FIELD.match(line.text)):
            continue
        in_header = False
        remaining.append(line.text)
    cleaned = _without_own_letters(remaining)
    return cleaned if not first or REQUEST_WORDS.search("\n".join(cleaned)) else first


def _without_disclaimers(lines: list[str]) -> list[str]:
    return without_disclaimers("\n".join(lines)).splitlines()


def _normalised(lines: list[str]) -> str:
    text = without_signature_lines("\n".join(line.rstrip() for line in lines))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n ")
