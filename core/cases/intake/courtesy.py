"""Whether a mail is only courtesy (thanks, 收到, a greeting), which nobody needs to read, a plain
confirmation, a question about progress, or the opposite: a correction, a complaint. The words
stand in courtesy.toml; `names` are those that the writer may sign with.
"""

import re
import tomllib
from collections.abc import Collection
from functools import cache, lru_cache
from pathlib import Path

_LISTS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_BETWEEN = r"[\s,.!~，。！～、:：;；\-_—()（）]"
_ASKING = '[?？“”「」『』【】"]'
_CONFIRMS = re.compile(
    rf"{'|'.join(_LISTS['confirms'])}|^(?:{'|'.join(_LISTS['confirms_at_the_beginning'])})",
    re.IGNORECASE,
)
_ASKS_TO_CONFIRM = re.compile(
    r"(?:请|麻烦|帮忙)[^，。\n]{0,6}(?:确认|核)|(?<![已经])核[实对](?!无误|属实)"
)
_ASKS_WHEN_ASKED = re.compile(
    r"(?:时候|时间|何时|几点|明天|[会能])[是由我们司方本单位公的]{0,6}(?:申请|提交)"
)
"""Whether and when one asks: about another request than the one under way."""
_ON_A_LOCK = re.compile("锁|ca|绑定", re.IGNORECASE)
_ITS_UNBINDING = re.compile("解绑|解除")
_ITS_PROGRESS = re.compile("解绑|解除|办|[进状][度展态]|[何到没吗]|时[候间]")
_PARTICULARS = re.compile(
    r"(?:联系)?(?:电话|手机|座机|传真|地址|邮编|邮箱|微信|tel|mobile|fax|e-?mail|add"
    r"|qq)[:：. ][^，。！？!?]{1,50}"
    r"|[\d\s+()（）:：./年月日-]{1,40}|[\w.+-]{1,40}@[\w.-]{1,40}"
    r"|(?:发自|sent from)[^，。！？!?]{1,30}",
    re.IGNORECASE,
)
"""A line of a signature that is no name: a telephone number, an address or a date."""
_CASE_NUMBER = r"(?:工单号?)?JB\d{8}-\d{4,9}"
_HAS_INITIAL = re.compile(r"[\u4e00-\u9fff·]{2,4}|.")

_QUESTION = re.compile(r"[?？吗呢怎何哪]|什么|多久")
_COMPLAINT = re.compile(r"[不没未无非别停拒错假冒误坏丢失撤诉骗盗诈谁]")
_HARMLESS = re.compile(
    r"不好意思|非常|无误|没问题|没有异议|无异议|(?:不(?:需要?|用|必)?|无[需须])(?:解绑|重置)"
)
"""Words with characters of a complaint that are none."""

_CORRECTION = re.compile(
    r"(?<![触没未有若果])[发寄]错(?!误)|[写填弄搞]错了?(?:公司|企业|单位|名称|抬头)"
    r"|(?:名称|抬头)[写填弄搞]错"
    r"|(?:刚|上|之前|先前|前|昨天)[^，。\n]{0,4}(?:封|份|邮件|申请)[^。\n]{0,10}(?:作废|为准|不算)"
)
"""Of the mail or its enterprise: a wrong password (密码弄错了) is why a reset is asked for, and a
void lock (旧锁已作废) why it is to be unbound."""

_GREETING = ("greeting",)
_COURTESY = (*_GREETING, "courtesy")
_CONFIRMATION = (*_COURTESY, "confirms", "confirms_at_the_beginning", "asked", "beside")
_PROGRESS = (*_COURTESY, "beside", "progress")
_SIGNATURE = ("greeting", "signature")


def is_greeting(text: str, names: Collection[str] = ()) -> bool:
    """Whether the text says nothing: it is empty, or a greeting, perhaps with a signature."""
    return _has_only(text, _GREETING, names)


def is_courtesy(text: str, names: Collection[str] = ()) -> bool:
    """Whether the text, without quotes, is only courtesy, perhaps with a signature after an empty
    line. An empty text is, too."""
    return _has_only(text, _COURTESY, names)


def _has_only(text: str, lists: tuple[str, ...], names: Collection[str]) -> bool:
    words = _above_signature(text, names)
    return words == "" or (words is not None and _consists_of(words, lists, names))


def confirms(text: str, names: Collection[str] = ()) -> bool:
    """Whether the text confirms a request and says nothing else, likewise with a signature."""
    words = _above_signature(text, names) or ""
    return (
        _consists_of(words, _CONFIRMATION, names)
        and _CONFIRMS.search(words) is not None
        and not _ASKS_TO_CONFIRM.search(words)
        and not _speaks_of_a_lock(words, _ITS_UNBINDING)
    )


def only_asks_progress(text: str, names: Collection[str] = ()) -> bool:
    """Whether the text has no words but those of a question about progress, likewise."""
    words = _above_signature(text, names) or ""
    return (
        _is_only(words, _PROGRESS, names)
        and not _ASKS_WHEN_ASKED.search(words)
        and not _speaks_of_a_lock(words, _ITS_PROGRESS)
    )


def _speaks_of_a_lock(text: str, beside: re.Pattern[str]) -> bool:
    """Whether a clause speaks of a lock and says none of `beside`: 锁正常 is an objection."""
    clauses = re.split(r"[，,。！!？?；;~\n]", text)
    return any(_ON_A_LOCK.search(one) and not beside.search(one) for one in clauses)


def adds_nothing(line: str, names: Collection[str]) -> bool:
    """Whether a line beside such a text has words of a confirmation alone, or is a signature's."""
    return _is_only(line, _CONFIRMATION, names) or _is_signature(line, names)


def _consists_of(text: str, lists: tuple[str, ...], names: Collection[str]) -> bool:
    """Whether it consists of these, and has one beside names and numbers: a name may be an
    answer."""
    return _is_only(text, lists, names) and not _is_only(text, (), names)


def _is_only(text: str, lists: tuple[str, ...], names: Collection[str]) -> bool:
    """Whether the text consists of words of these lists, of names and of case numbers.

    Names and words are expressions apart: to compile the words again for each mail takes 5 ms.
    """
    its = frozenset(names)
    kinds = (_names(its), _words(lists), _initials(its))
    at = 0
    while at < len(text):
        met = next(filter(None, (kind.match(text, at) for kind in kinds)), None)
        if met is None:
            return False
        at = met.end()
    return text != ""


@cache
def _words(lists: tuple[str, ...]) -> re.Pattern[str]:
    """A word of the lists, a sign between words, or a case number."""
    between = f"{_BETWEEN}|{_ASKING}" if lists is _PROGRESS else _BETWEEN
    return _any_of([word for name in lists for word in _LISTS[name]], between, _CASE_NUMBER)


@lru_cache(maxsize=64)
def _names(names: frozenset[str]) -> re.Pattern[str]:
    """A name, spaced and bracketed as one likes."""
    letters = [name for name in map(_letters, names) if len(name) > 1]
    return _any_of([r"[\s()（）]*".join(map(re.escape, name)) for name in letters])


@lru_cache(maxsize=64)
def _initials(names: frozenset[str]) -> re.Pattern[str]:
    """The first character of a person's name (王会计), or a name of one character."""
    letters = map(_letters, names)
    return _any_of([name[0] for name in letters if _HAS_INITIAL.fullmatch(name)])


def _letters(name: str) -> str:
    return re.sub(r"[\s()（）]", "", name)


def _any_of(expressions: list[str], *first: str) -> re.Pattern[str]:
    """One of the expressions, of two that begin alike the longer one; without any, nothing."""
    longest_first = sorted(expressions, key=len, reverse=True)
    return re.compile("|".join((*first, *longest_first)) or "(?!)", re.IGNORECASE)


def _above_signature(text: str, names: Collection[str]) -> str | None:
    """The text before the first empty line; None if more than a signature follows."""
    words, _, below = re.sub(r"\n[^\S\n]*(?=\n)", "\n", text.strip()).partition("\n\n")
    lines = [line.strip() for line in below.splitlines() if line.strip()]
    signed = all(_is_only(line, _COURTESY, names) or _is_signature(line, names) for line in lines)
    return words if signed else None


def _is_signature(line: str, names: Collection[str]) -> bool:
    if _is_only(line, _SIGNATURE, names):
        return True
    return (
        _PARTICULARS.fullmatch(line) is not None
        and not _COMPLAINT.search(line)
        and not re.search("[请要]", line)
    )


def complains(text: str) -> bool:
    """Whether the text has a word of a complaint: something is wrong, is lost or was not requested.
    Mere questions about progress have none."""
    return _COMPLAINT.search(_HARMLESS.sub("", text)) is not None


def corrects(text: str) -> bool:
    """Whether the text says that it takes the place of an earlier mail."""
    return _CORRECTION.search(text) is not None


def wants_answer(text: str) -> bool:
    """Whether the text may ask something or complain."""
    return _QUESTION.search(text) is not None or complains(text)
