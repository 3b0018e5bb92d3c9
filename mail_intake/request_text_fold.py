"""Makes the many spellings of one text alike, position by position, so that what is found in the folded text can be cut from the text as written.

Folded: full-width forms, brackets and colons, traditional characters of the labels, capital letters. Removed before: invisible characters, and the spaces of
letter-spaced words (企 业 名 称). Source: Unicode NFKC, kept to one character for one.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\ufe00-\ufe0f\u202a-\u202e\u2066-\u2069\U000e0100-\U000e01ef\x00-\x08\x0e-\x1f]")
_BREAK: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACED_OUT: Final = re.compile(f"(?<![{_HAN}])[{_HAN}](?:[ \u3000\xa0]+[{_HAN}](?![{_HAN}]))+")
_TRADITIONAL: Final = str.maketrans(
    "業稱綁鎖設碼請無資單證書辦經還記對稅號開關機構環認註冊業務數銷換繫聯電話個體戶當與從後時這裡們來為給幫樣應該總縣區國際貿聲學醫會運動處將備約進實際達點選題問過舊須並儘個說過幾煩謝關閉確權專權沒麼員錄陸簡別僅刪變繼續維讓異終絕擬勞遺壞損識麽嗎標審廠廳館銀併協參頁願蓋貴發誤",
    "业称绑锁设码请无资单证书办经还记对税号开关机构环认注册业务数销换系联电话个体户当与从后时这里们来为给帮样应该总县区国际贸声学医会运动处将备约进实际达点选题问过旧须并尽个说过几烦谢关闭确权专权没么员录陆简别仅删变继续维让异终绝拟劳遗坏损识么吗标审厂厅馆银并协参页愿盖贵发误",
)
_ALIKE: Final = {
    ":": "∶꞉ː﹕︰", "(": "〔﹝", ")": "〕﹞︶\u20e3", "、": "﹑", "。": "｡", "-": "—–―－‐‑−", "/": "／∕⁄", "|": "丨│┃︱¦‖", "「": "『", "」": "』", "账": "帐",
    "☑": "\uf0fe\uf052", "□": "\uf0a8\uf0a3\uf06f\uf071\uf072", "√": "\uf0fc\uf050", "×": "\uf0fb\uf04f",   # Wingdings that lost their font
    "☒": "\uf0fd\uf051\uf053\uf054", "■": "\uf06e", "●": "\uf06c",
}
_ALIKE_TABLE: Final = str.maketrans({spelling: one for one, spellings in _ALIKE.items() for spelling in spellings})
_CIRCLED: Final = range(0x2460, 0x2474)
_OTHER_NUMBERS: Final = ((0x2474, 20), (0x2488, 20), (0x2776, 10), (0x2780, 10), (0x278A, 10))   # ⑴ ⒈ ❶ ➀ ➊, each with how many there are
MAX_CHARACTERS: Final = 20_000


def cleaned(text: str) -> str:
    """The text as written, bounded, without invisible characters and letter-spacing; lines end in a newline."""
    text = _BREAK.sub("\n", _INVISIBLE.sub("", text[:MAX_CHARACTERS]))
    return _SPACED_OUT.sub(_closed_up, text)


def _closed_up(match: re.Match[str]) -> str:
    """A letter-spaced word without its spaces; answers side by side (是 否, 是 是) are no word."""
    word = re.sub("[ \u3000\xa0]+", "", match[0])
    return match[0] if _ANSWERED.fullmatch(word) or not word.strip("是否要需不无有") else word


_ANSWERED: Final = re.compile("[是否].")   # 是   注：…


class _Folding(dict[int, int]):
    """Character to folded character, worked out once for each."""

    def __missing__(self, code: int) -> int:
        self[code] = found = ord(_fold_one(chr(code)))
        return found


def _fold_one(character: str) -> str:
    if ord(character) in _CIRCLED or character in "\n\t":
        return character
    number = next((ord(character) - first for first, count in _OTHER_NUMBERS if first <= ord(character) < first + count), None)
    if number is not None:
        return chr(_CIRCLED[number])
    folded = unicodedata.normalize("NFKC", character)
    folded = (folded if len(folded) == 1 else character).translate(_TRADITIONAL).translate(_ALIKE_TABLE)
    lower = folded.lower()
    folded = lower if len(lower) == 1 else folded
    return " " if folded.isspace() else folded


_FOLDING: Final = _Folding()


def folded(text: str) -> str:
    """`text` folded, of the same length."""
    return text.translate(_FOLDING)


def name_key(name: str) -> str:
    """What two spellings of one enterprise name share: NFKC, one kind of brackets, no spaces, no middle-dot variants."""
    plain = unicodedata.normalize("NFKC", name).lower()
    plain = re.sub(r"[〔﹝［\[【]", "(", re.sub(r"[〕﹞］\]】]", ")", plain))
    return re.sub(r"[\s·•・‧∙.。\"'“”‘’「」『』《》]", "", plain)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names that differ, each once, in order; short forms of a full name beside it are dropped."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name_key(name), name)
    return tuple(name for key, name in kept.items() if not any(_is_short_for(key, other) for other in kept if other != key))


def _is_short_for(short: str, full: str) -> bool:
    """Whether `short` is an everyday form of `full`: its characters in order, without a full ending of its own."""
    if re.search(r"有限(?:责任)?公司|分公司|合伙\)|事务所$", short) or len(short) >= len(full):
        return False
    rest = iter(full)
    return all(character in rest for character in short)
