"""Text as written → folded text → tokens of the lexicon, each with its span in the text as written.

Folding: one character for one (NFKC, lower case, simplified characters), without invisible characters, decoration (**, quotes) and the spaces of
letter-spaced words. A token is the longest word of the lexicon that stands there; what the lexicon does not know is one run "." (unknown).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

MAX_CHARACTERS: Final = 20_000
UNKNOWN: Final = "."
LEXICON: Final = Path(__file__).with_name("lexicon.toml")

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_TRADITIONAL: Final = str.maketrans(
    "業稱綁鎖設碼請無資單證書辦經還記對稅號開關機構環認註冊業務數銷換繫聯電話個體戶當與從後時這裡們來為給幫樣應該總縣區國際貿聲學醫會運動處將備約進實際達點選題問過舊須並儘個說過幾煩謝關閉確權專權沒麼員錄陸簡別僅刪變繼續維讓異終絕擬勞遺壞損識麽嗎標審廠廳館銀併協參頁願蓋貴發誤憑",
    "业称绑锁设码请无资单证书办经还记对税号开关机构环认注册业务数销换系联电话个体户当与从后时这里们来为给帮样应该总县区国际贸声学医会运动处将备约进实际达点选题问过旧须并尽个说过几烦谢关闭确权专权没么员录陆简别仅删变继续维让异终绝拟劳遗坏损识么吗标审厂厅馆银并协参页愿盖贵发误凭",
)
_ALIKE: Final = {   # letter of a sign → the characters that are one
    ":": ":=∶꞉ː﹕︰→⇒—–―-－‐‑−…~～👉", "|": "|\t丨│┃︱¦‖【】", ",": ",，､", ";": ";。!｡", "?": "?", "(": "([{〔﹝「『<《〈", ")": ")]}〕﹞︶」』>》〉👈", "&": "、/+&／∕⁄﹑",
    "+": "☑✅√✓✔■●◉⦿▣◼🗹✚\uf0fe\uf052\uf0fc\uf050\uf06e\uf06c", "x": "×✗✘✕✖❌❎╳⛔🚫🙅👎🈲\uf0fb\uf04f", "w": "☒\uf0fd\uf051\uf053\uf054",
    "o": "□☐○◯◻⬜▢◇⭕❏❑\uf0a8\uf0a3\uf06f\uf071\uf072",
}
SIGNS: Final = {one: sign for sign, many in _ALIKE.items() for one in many}
TICKED, CROSSED, CROSSED_BOX, EMPTY_BOX = "1", "2", "3", "4"
_MARKS: Final = {"+": TICKED, "x": CROSSED, "w": CROSSED_BOX, "o": EMPTY_BOX}
_DROPPED: Final = frozenset('*_"“”`#•◆▪︎❖\ufe0f\ufe0e\u20e3')
_SPACED_OUT: Final = re.compile(f"(?<![{_HAN}])[{_HAN}](?:[ \u3000\xa0]+[{_HAN}](?![{_HAN}]))+")
_NUMBER: Final = re.compile(r"(?<![\da-z.])\(?(?:\d{1,2}|[一二三四五])(?:[.、)](?!\d)|\ufe0f?\u20e3)|[①-⑩](?:[.、)])?|(?<=\n)\d(?=[ ]*[^\d\s.,:年月日/-])")
_TWO: Final = {"<": "U", ">": "R"}   # 解不解绑 is 是否 and 解绑
_FRAMED_MARK: Final = re.compile("【([ 　√✓✔×xX☑]?|是|否|不?需要|不?要)】")
_SPLIT_WORD: Final = re.compile(r"(?<=重)\n(?=置)|(?<=解)\n(?=[绑除])|(?<=密)\n(?=码)|(?<=绑)\n(?=定)|(?<=[无不])\n(?=[需用要必])")   # by a mail's lines
_ENDS_BINDING: Final = re.compile(r"(?:E[LfjkB]{0,6}|U)Z[fZ]{0,2}(?<!f)")
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Co"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of one class (`letter`), an unknown run ("."), a sign of punctuation, a tick ("1".."4") or a number of a list ("#")."""

    letter: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as written, and folded; `at[i]` is where the folded character i stands in the text as written."""

    written: str
    text: str
    at: tuple[int, ...]

    def cut(self, start: int, end: int) -> str:
        """The text as written from folded `start` to `end`, in one line."""
        return re.sub(r"\s*\n\s*", "", self.written[self.at[start]:self.at[end - 1] + 1]).strip() if end > start else ""


def _fold_one(character: str) -> str:
    if character in "\n\t" or "①" <= character <= "⑩":
        return character
    for first, count in ((0x2474, 10), (0x2488, 10), (0x2776, 10), (0x2780, 10), (0x278A, 10)):   # ⑴ ⒈ ❶ ➀ ➊
        if first <= ord(character) < first + count:
            return chr(0x2460 + ord(character) - first)
    if character in _DROPPED or (unicodedata.category(character) in _INVISIBLE and character not in SIGNS):
        return ""
    folded = unicodedata.normalize("NFKC", character)
    folded = (folded if len(folded) == 1 else character).translate(_TRADITIONAL).lower()
    folded = "账" if folded == "帐" else "'" if folded in "’‘" else folded
    return " " if folded.isspace() else folded[:1]


@cache
def _folding(character: str) -> str:
    return _fold_one(character)


def fold(written: str) -> Folded:
    """`written` folded, up to MAX_CHARACTERS; line ends are newlines."""
    text = _FRAMED_MARK.sub(r"(\1)", written[:MAX_CHARACTERS])
    for end in ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    kept: list[str] = []
    at: list[int] = []
    closed = _closed_up(text) | {match.start() for match in _SPLIT_WORD.finditer(text)}
    for place, character in enumerate(text):
        if place in closed or not (one := _folding(character)):
            continue
        if one == "'" and not (place and text[place - 1].isascii() and text[place - 1].isalpha()):
            continue
        kept.append(one)
        at.append(place)
    return Folded(text, "".join(kept), tuple(at))


def _closed_up(text: str) -> frozenset[int]:
    """The places of the spaces inside letter-spaced words (企 业 名 称); answers side by side (是 否) are no word."""
    places: list[int] = []
    for match in _SPACED_OUT.finditer(text):
        word = "".join(match[0].split())
        if word.strip("是否要需不无有") and not (len(word) == 2 and word[0] in "是否"):
            places += [match.start() + place for place, character in enumerate(match[0]) if character.isspace()]
    return frozenset(places)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word → letter of its class, and for each first character the lengths of the words that begin with it, longest first."""

    letters: Mapping[str, str]
    lengths: Mapping[str, tuple[int, ...]]


def lexicon_of(*tables: Mapping[str, Mapping[str, str]]) -> Lexicon:
    """The lexicon of parsed tables (class → letter, words). Raises ValueError where two classes hold one word."""
    classes = {name: table["letter"] for one in tables for name, table in one.items() if "letter" in table}
    letters: dict[str, str] = {}
    for one in tables:
        for name, table in one.items():
            for word in table["words"].split():
                spelled = word.replace("_", " ")
                if letters.setdefault(spelled, classes[name]) != classes[name]:
                    raise ValueError(f"two classes hold {word}")
    lengths: dict[str, set[int]] = {}
    for word in letters:
        lengths.setdefault(word[0], set()).add(len(word))
    return Lexicon(letters, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()})


@cache
def lexicon(own: Path | None = None) -> Lexicon:
    """The lexicon, with the words of the operator's file `own`. Raises ValueError, OSError for a file that is no such table."""
    files = [LEXICON, *([own] if own else [])]
    return lexicon_of(*(tomllib.loads(file.read_text(encoding="utf-8")) for file in files))


def tokens(text: str, words: Lexicon, names: Iterable[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of the folded `text`, in order and without gaps; `names` are spans (start, end) that are names whatever they hold."""
    known = dict(names)
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _token_at(text, at, words, known)
        if token.letter == UNKNOWN and found and found[-1].letter == UNKNOWN:
            before = found.pop()
            token = Token(UNKNOWN, before.text + token.text, before.start, token.end)
        if token.letter in _TWO:
            found.append(Token("v", "", token.start, token.start))
            token = Token(_TWO[token.letter], token.text, token.start, token.end)
        found.append(token)
        at = token.end
    return _joined(found)


def _joined(found: list[Token]) -> list[Token]:
    """解除 … 绑定 is one word, whatever locks and small words stand between."""
    letters = letters_of(found)
    joined: list[Token] = []
    at = 0
    for match in _ENDS_BINDING.finditer(letters):
        first, last = found[match.start()], found[match.end() - 1]
        joined += [*found[at:match.start()], Token("U", "".join(token.text for token in found[match.start():match.end()]), first.start, last.end)]
        at = match.end()
    return joined + found[at:]


NAME: Final = "%"


def _token_at(text: str, at: int, words: Lexicon, known: Mapping[int, int]) -> Token:
    if at in known:
        return Token(NAME, text[at:known[at]], at, known[at])
    character = text[at]
    if number := (_NUMBER.match(text, at) if character in "(0123456789一二三四五" or "①" <= character <= "⑩" else None):
        return Token("#", number[0], at, number.end())
    for length in words.lengths.get(character, ()):
        word = text[at:at + length]
        if word in words.letters and _bounded(text, at, at + length):
            return Token(words.letters[word], word, at, at + len(word))
    if sign := SIGNS.get(character):
        return Token(_MARKS.get(sign, sign), character, at, at + 1)
    return Token(character if character in " \n" else UNKNOWN, character, at, at + 1)


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether a Latin word begins and ends there: ca is no word inside cad."""
    def latin(place: int) -> bool:
        return 0 <= place < len(text) and text[place].isascii() and text[place].isalpha()
    return not (latin(start) and latin(start - 1)) and not (latin(end - 1) and latin(end))


def letters_of(found: Iterable[Token]) -> str:
    """One letter for each token."""
    return "".join(token.letter for token in found)


def lines_of(found: list[Token]) -> Iterator[list[Token]]:
    """The tokens between line ends."""
    line: list[Token] = []
    for token in found:
        if token.letter == "\n":
            yield line
            line = []
        else:
            line.append(token)
    yield line
