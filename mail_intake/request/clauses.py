"""What running text says: a clause is the string of its tokens' letters, and one ordered table tells what strings mean.

The first row that takes a topic keeps it. A topic that no row takes is in doubt, never missing. A plain answer needs every token between the words that
give it understood: an unknown run (".") there leaves it to the last row. Letters are those of lexicon.toml; "C" is an enterprise's name, "t" stands for
[UR], and words that change nothing (的, 我们, 谢谢) are left out of the strings.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from mail_intake.request.tokens import NAME, UNKNOWN, Token, letters_of


class Said(Enum):
    """What a clause does with a topic."""

    ASKS = "asks"
    TITLES = "titles"        # names the deed and nothing else: a heading
    ONLY = "asks for this alone"
    REFUSES = "refuses"
    QUESTIONS = "asks about"
    MENTIONS = "mentions"
    DOUBTS = "doubts"
    NOTHING = "is about something else"


@dataclass(frozen=True, slots=True)
class Row:
    """A pattern over letters, what it says, why, and clauses that meet it (its test)."""

    pattern: str
    said: Said
    why: str
    examples: tuple[str, ...]
    topic: str = ""   # for a row whose letters name none


ROWS: Final = (
    Row(r"^.*O.*$", Said.NOTHING, "a lock or password of another system", ("微信账号解绑", "重置电子税务局密码")),
    Row(r"T[ALP&]*t.*$", Said.MENTIONS, "done or asked for before", ("上次申请解绑未成功", "已解绑")),
    Row(r"^.*i.*$", Said.DOUBTS, "a condition behind the words", ("重置的话看你们", "需要解绑的话再联系")),
    Row(r"I.*$", Said.DOUBTS, "a condition", ("如果方便请重置密码", "如需解绑请联系我")),
    Row(r"^.*q[ALHbC]*A[ALHbCP&]*t[P]?[ALQ]*$", Said.ASKS, "a polite question that asks for the deed", ("能否帮忙解绑",)),
    Row(r"^.*[Qqv5].*$", Said.QUESTIONS, "a question asks for nothing", ("怎么解绑", "是否解绑", "解绑要多久")),
    Row(r"^.*6.*$", Said.DOUBTS, "done by the sender", ("密码自行重置",)),
    Row(r"^.*[D7].*$", Said.DOUBTS, "unsure, or the doing of others", ("可能要重置密码", "被他人解绑")),
    Row(r"t[LPAB&]*e[LAP]*t", Said.DOUBTS, "one or the other", ("解绑或重置密码",)),
    Row(r"N[^tN]*N[^tN]*t.*$|t[^tN]*N[LPA]*N(?![^_]*t)", Said.DOUBTS, "two refusals", ("不是不解绑", "不得不重置密码")),
    Row(r"[Nw][^tPN]*\.[^tN]*t", Said.DOUBTS, "an unknown run between refusal and topic", ("没有人申请解绑", "不好吃重置密码")),
    Row(r"w[ALPBS]*t", Said.DOUBTS, "cannot", ("无法解绑",)),
    Row(r"E[ALPM]*t[AMP]*|t[LPAM]*E", Said.DOUBTS, "takes something back", ("撤回解绑申请", "解绑取消")),
    Row(r"t[LPA]*[NXn][LPA]*t[LPA]*[YAXNn]$", Said.DOUBTS, "answers that stand before or behind", ("解绑不需要重置密码需要",)),
    Row(r"N[AL]*t[LPf]*B[L]*t", Said.REFUSES, "one refusal for both", ("不需要解绑和重置密码",)),
    Row(r"t[LPA]*[B&][ALP]*t[LP]*b[AL]*[Nn]+A*$", Said.REFUSES, "both refused behind", ("解绑和重置密码都不需要",)),
    Row(r"N[AL]*t[LPf]*[&e][L]*t|t[LPA]*B[ALP]*t[LP]*[Nn]+A*$", Said.DOUBTS, "a refusal of one or of both", ("不解绑并重置密码", "解绑和重置密码不需要")),
    Row(r"P?[bAYL]*N[ABLbHP&YC]*t", Said.REFUSES, "refused before", ("不用解绑", "无需重置密码", "密码不用重置")),
    Row(r"t[LPA]*T|t[LPA]*M|Mt$", Said.MENTIONS, "done, or a mere noun", ("解绑完成", "解绑材料")),
    Row(r"P?t[LPbYA]*(?:n|[NX]A*)(?=[&BS]|$)", Said.REFUSES, "refused behind", ("重置密码不需要", "解绑就不用了")),
    Row(r"P[bYASL&C]*K+[NAVK]*|[ACS&]*K[ALC]*P|P[bAY&]*[Nn]+[AVKH]*(?=$|[_&BS])|N[AL]*V[AL]*P|n[A]*P|P[bASYC&]*G", Said.REFUSES, "the password stays",
        ("密码还记得", "保留原密码", "密码不用改", "密码不变")),
    Row(r"[LZ][bA]*N[A]*[Vu]+(?=$|[_&])", Said.REFUSES, "the lock stays bound", ("锁不用处理",), "unbind"),
    Row(r"[LZ][bA]*G(?=$|[_&])", Said.DOUBTS, "the lock stays, for now", ("锁先留着",), "unbind"),
    Row(r"RL(?!A*t|[^_]*P)", Said.MENTIONS, "the reset of a lock", ("重置此锁",), "unbind reset"),
    Row(r"(?:H[ALYPC&]*)t[LP]*[AQ]*(?:(?=[_.SB])|$)(?!B)", Said.ONLY, "this alone", ("只解绑", "仅重置密码")),
    Row(r"[AH][AHLPCYWBbS&KZ]*t[LPHY]*(?:[B&bY]+[ALPbH&Y]*t[LPHY]*)*(?!Y*[.TMNXnwEDZ])(?:A+(?=$|[&BSWC_]))?", Said.ASKS, "asked for", ("申请解绑", "请重置密码", "需要解绑和重置密码")),
    Row(r"(?:(?<=[_CSWLBP&lZTM])|^)[CLBWPSb&YlZ]*t[LPCYb]*[A][LAYPC]*(?=[&BSWC_]|$)", Said.ASKS, "asked for behind", ("解绑申请", "密码重置一下麻烦")),
    Row(r"(?:(?<=[_CSWLB&lZP@])|^)[CLBWPSb&Y#K@]*t[LPC]*(?:[B&bY]+[LPA]*t[LP]*)*Y?(?=[&BSWC_]|$)", Said.TITLES, "named and nothing else", ("解绑", "ca锁解绑", "解绑并重置密码")),
    Row(r"t", Said.DOUBTS, "in words that no row knows", ("张三解绑",)),
    Row(r"[Vu]?[AW]*P|p", Said.MENTIONS, "the password is spoken of", ("密码忘了", "修改密码")),
    Row(r"[uZ]", Said.MENTIONS, "a binding is spoken of", ("换锁",)),
    Row(r"E[^_]{0,6}L|L[^_]{0,8}E", Said.MENTIONS, "a lock is taken away", ("注销锁", "锁从账号上去掉"), "unbind"),
)
_JOINS: Final = (   # letters of several tokens that are one word
    (re.compile(r"E[L]*Z+"), "U"), (re.compile(r"U[L]*Z+"), "U"), (re.compile(r"RA?P"), "R"), (re.compile(r"(?<![UZEL])L+P"), "p"), (re.compile(r"RA?p|p[AW]*R"), "p"), (re.compile(r"^([PR])i(?=[An N])"), r"P"),
)
_LEFT_OUT: Final = frozenset("fJjshgoadrymz8")
_LIKE_NOUNS: Final = frozenset("Jj")
_AS: Final = {"k": "M", NAME: "C", "C": UNKNOWN, "1": "Y", "2": "X", "3": "", "4": "", "#": ""}
_TOPICS: Final = {"U": "unbind", "R": "reset"}
_NEAR: Final = {"P": "reset", "p": "reset", "u": "unbind", "Z": "unbind"}
_BARE: Final = frozenset("NnAYXbVKfH6")
_WRAPPED_LINE: Final = 17
_LONGEST: Final = 100   # letters of a clause: what is longer nobody wrote to be read


@dataclass(frozen=True, slots=True)
class Statement:
    """One topic ("unbind" or "reset") in one clause."""

    topic: str
    said: Said


@dataclass(frozen=True, slots=True)
class Told:
    """A clause, its letters, and each row that fired with what it said: what --explain prints."""

    clause: str
    letters: str
    rows: tuple[tuple[str, Row], ...]
    statements: tuple[Statement, ...]


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], Row], ...]:
    return tuple((re.compile(row.pattern.replace("[^tPN]", "[^URPN]").replace("[^tN]", "[^URN]").replace("t", "[UR]")), row) for row in ROWS)


def told(tokens: list[Token]) -> Iterator[Told]:
    """What each clause of the running text says, its forms already taken out."""
    last: tuple[Statement, ...] = ()
    refused_list = 0
    for sentence in _sentences(tokens):
        under_condition = False
        refused_list -= 1
        behind_form = sentence[:1] == [FORM]
        if behind_form:
            last = ()
        for clause in _clauses(sentence):
            one = _read(clause.tokens, torn=clause.torn)
            letters = one.letters
            if under_condition and "S" not in letters:
                one = Told(one.clause, letters, one.rows, tuple(Statement(each.topic, _UNDER_CONDITION.get(each.said, each.said)) for each in one.statements))
            if "@" in letters and one.statements and re.search("[Nn]", letters):
                one = Told(one.clause, letters, one.rows, (*one.statements, Statement(ANY, Said.MENTIONS)))
            over_list = bool(sentence) and sentence[-1].letter == ":" and set(letters) <= _BARE and bool(set(letters) & set("NnX"))
            refused_list = _LIST_LINES if over_list else refused_list
            if not over_list and not one.statements and (loose := _loose(letters_of(_meaningful([token for token in clause.tokens if not token.text.isdigit()])), last)) and not (behind_form and Said.DOUBTS in {each.said for each in loose}):
                one = Told(one.clause, letters, one.rows, loose)
            elif refused_list > 0:
                one = Told(one.clause, letters, one.rows, tuple(Statement(each.topic, _UNDER_CONDITION.get(each.said, each.said)) for each in one.statements))
            yield one
            last = one.statements or last
            under_condition = "I" in letters and not re.search("[UR]", letters) and not any(token.letter == "c" for token in clause.tokens)


ANY: Final = "any"
FORM: Final = Token("\n", "form", 0, 0)   # stands where a form was taken out
_LIST_LINES: Final = 5


def _loose(letters: str, last: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """What a clause without a topic does to others: a bare refusal or an answer by order leaves in doubt what is asked for elsewhere."""
    doubted = tuple(Statement(topic, Said.DOUBTS) for topic in dict.fromkeys(each.topic for each in last)) or (Statement(ANY, Said.DOUBTS),)
    if letters and set(letters) <= set("YXA"):
        return (Statement(ANY, Said.MENTIONS),)
    if letters and set(letters) <= set("YXANb") and set(letters) & set("NX"):
        return (Statement(ANY, Said.MENTIONS), *doubted)
    if "F" in letters or "7" in letters or (set(letters) <= _BARE | {"C"} and set(letters) & set("NnX")):
        return doubted
    if ("b" in letters and set(letters) <= set("bAYVH")) or ("@" in letters and set(letters) & set("NnX")):
        return (Statement(ANY, Said.MENTIONS),)
    return ()


_UNDER_CONDITION: Final = {Said.ASKS: Said.DOUBTS, Said.TITLES: Said.DOUBTS, Said.REFUSES: Said.DOUBTS, Said.ONLY: Said.DOUBTS}


@dataclass(slots=True)
class _Clause:
    tokens: list[Token]
    torn: bool = False   # a refusal at a soft break may belong to either side


def _sentences(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens between full stops and line ends; a long line without a stop may have been wrapped and goes on."""
    sentence: list[Token] = []
    line_from = 0
    for place, token in enumerate(tokens):
        if token.letter == "\n":
            wrapped = token.start - line_from >= _WRAPPED_LINE and sentence and sentence[-1].letter not in ",:?;)" and _goes_on(tokens, place)
            dangling = bool(sentence) and _dangles(sentence)
            line_from = token.end
            if wrapped or dangling:
                sentence.append(Token(" ", " ", token.start, token.end))
                continue
        if token.letter in "\n;#" or (token.letter == UNKNOWN and token.text == "."):
            yield sentence
            sentence = [FORM] if token is FORM else []
        else:
            sentence.append(token)
    yield sentence


def _goes_on(tokens: list[Token], place: int) -> bool:
    following = tokens[place + 1:place + 2]
    return bool(following) and following[0].letter not in "\n#JjksC%1234"


def _dangles(sentence: list[Token]) -> bool:
    """Whether the line ends in a refusal, a request or a joining word that has nothing to rule yet (…，不需要 / 重置密码)."""
    last = _split(sentence[-40:], ",:()")[-1]
    letters = letters_of(_meaningful(last))
    return bool(re.fullmatch(r"[^URPKZuVn]*[NAB&H]", letters)) and letters[-1] in "NB&" and len(letters) <= 6 and len(sentence) > 2


def _split(tokens: list[Token], signs: str) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.letter in signs:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _clauses(sentence: list[Token]) -> Iterator[_Clause]:
    """The clauses: between commas, and at spaces where both sides speak of a topic. A bare answer goes to the clause it answers."""
    made: list[_Clause] = []
    waiting: list[Token] = []
    for part in _split(_marked(sentence), ",:()|"):
        for clause in _at_spaces(part):
            letters = letters_of(_meaningful(clause.tokens))
            if letters and set(letters) <= _BARE and not re.search(r"[K]", letters) and (set(letters) & set("NnXYA6")):
                if made and ("6" in letters or _unanswered(made[-1])):
                    made[-1].tokens += clause.tokens
                    if letters_of(_meaningful(made[-1].tokens))[:1] == "A":
                        made[-1].torn = True
                else:
                    waiting += clause.tokens
                continue
            if waiting and not re.search("[URPKGuZV]", letters):
                made.append(_Clause(waiting))
                waiting = []
            made.append(_Clause([*waiting, *clause.tokens], clause.torn))
            waiting = []
    if waiting and (set(letters_of(_meaningful(waiting))) & set("NnXbY") or any(token.text in ("需要", "要") for token in waiting)):
        made.append(_Clause(waiting))
    yield from made


def _marked(sentence: list[Token]) -> list[Token]:
    """A question mark ends its clause as a word of asking does; a refusal in brackets, (不)重置, is a choice not made."""
    letters = letters_of(sentence)
    framed = {match.start() + 1 for match in re.finditer(r"\(N\)", letters)}
    sentence = [
        Token("D", token.text, token.start, token.end) if place in framed else token
        for place, token in enumerate(sentence) if place - 1 not in framed and place + 1 not in framed
    ]
    return [part for token in sentence for part in ((Token("Q", "?", token.start, token.end), Token(",", ",", token.end, token.end)) if token.letter == "?" else (token,))]


def _unanswered(clause: _Clause) -> bool:
    return len(clause.tokens) < _LONGEST and bool(re.fullmatch(r"[CLYbP&SB]*[URP][LPC]*(?:[B&][URP]+)?[Q]?", letters_of(_meaningful(clause.tokens))))


def _at_spaces(part: list[Token]) -> Iterator[_Clause]:
    held: list[Token] = []
    torn = False
    for piece in _split([token for place, token in enumerate(part) if not _inner_space(part, place)], " "):
        mine = letters_of(_meaningful(piece))
        speaks = re.search("[URPKuZ]", mine) or (piece and piece[0].letter in "kJj")
        others = letters_of(_meaningful(held)) if speaks else ""
        if re.search("[URPKuZ]", others) and speaks:
            tears = bool(re.search("[URP].*[NX]$", others)) and not re.match(r"[^UR]*[NK]", mine)
            yield _Clause(held, torn or tears)
            held, torn = list(piece), tears
        else:
            held += piece
    yield _Clause(held, torn)


def _inner_space(part: list[Token], place: int) -> bool:
    """Whether the token is a space between Latin words."""
    if part[place].letter != " ":
        return False
    around = part[place - 1:place] + part[place + 1:place + 2]
    return len(around) == 2 and around[0].text[-1:].isascii() and around[1].text[:1].isascii()


def _meaningful(tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    before = ""
    for token in tokens:
        letter = "" if token.letter in _LEFT_OUT or token.letter in " \n" else _AS.get(token.letter, token.letter)
        if token.letter in _LIKE_NOUNS and before == "的":
            letter = "M"   # 需要解绑的企业 names, and asks nothing
        before = token.text
        if letter == UNKNOWN and not any(character.isalnum() or unicodedata.category(character) == "So" for character in token.text):
            letter = ""
        if letter == UNKNOWN and len(token.text) >= 8 and token.text.isdigit():
            letter = ""
        if letter and not (letter == UNKNOWN and found and found[-1].letter == UNKNOWN):
            found.append(Token(letter, token.text, token.start, token.end))
    return found


def _read(clause: list[Token], *, torn: bool) -> Told:
    letters = letters_of(_meaningful(clause))
    for pattern, letter in _JOINS:
        letters = pattern.sub(letter, letters)
    whole = letters
    fired: list[tuple[str, Row]] = []
    statements: list[Statement] = []
    if len(letters) > _LONGEST:
        return Told("".join(token.text for token in clause), whole, (), tuple(Statement(topic, Said.DOUBTS) for topic in _topics_of(letters)))
    for pattern, row in _compiled():
        for match in list(pattern.finditer(letters)):
            topics = tuple(row.topic.split()) if row.topic else _topics_of(match[0])
            if not topics:
                continue
            fired.append((match[0], row))
            said = Said.DOUBTS if torn and row.said not in (Said.MENTIONS, Said.QUESTIONS) else row.said
            if said is Said.DOUBTS and not row.topic and not re.search("[UR]", match[0]):
                said = Said.MENTIONS   # 提示已被绑定 tells, and takes nothing back
            statements += _said(topics, said)
            taken = "[NnXKGL" + "".join(letter for letter in "URPpuZ" if (_TOPICS | _NEAR)[letter] in topics) + "]"
            letters = letters[:match.start()] + re.sub(taken, "_", match[0]) + letters[match.end():]
    if re.search("[NnX]", letters):   # a refusal that no row understood
        statements = [Statement(each.topic, _UNDER_CONDITION.get(each.said, each.said)) if each.said in (Said.ASKS, Said.TITLES) else each for each in statements]
    return Told("".join(token.text for token in clause), whole, tuple(fired), tuple(statements))


def _topics_of(letters: str) -> tuple[str, ...]:
    for known in (_TOPICS, _NEAR):
        found = tuple(dict.fromkeys(known[letter] for letter in letters if letter in known))
        if found:
            return found
    return ()


def _said(topics: tuple[str, ...], said: Said) -> Iterator[Statement]:
    if said is Said.NOTHING:
        return
    for topic in topics:
        yield Statement(topic, Said.ASKS if said is Said.ONLY else said)
        if said is Said.ONLY and len(topics) == 1:
            yield Statement("reset" if topic == "unbind" else "unbind", Said.REFUSES)
