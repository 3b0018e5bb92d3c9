"""What running text says: a clause is the string of its tokens' letters, and the table `clause` of grammar.toml tells what strings mean.

A topic that no row takes is in doubt, never missing. What a clause says may be put in doubt by those around it: a condition before, a refusal behind.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Final

from mail_intake.request.grammar import Row, has, only, rows
from mail_intake.request.tokens import NAME, UNKNOWN, Token, letters_of


class Said(Enum):
    """What a clause does with a topic."""

    ASKS = "asks"
    TITLES = "titles"        # names the deed and nothing else: a heading
    ONLY = "only"            # asks for this alone
    REFUSES = "refuses"
    QUESTIONS = "questions"
    MENTIONS = "mentions"
    DOUBTS = "doubts"
    NOTHING = "nothing"      # is about something else


@dataclass(frozen=True, slots=True)
class Statement:
    """One topic ("unbind", "reset", or ANY that is spoken of elsewhere) in one clause."""

    topic: str
    said: Said


@dataclass(frozen=True, slots=True)
class Told:
    """A clause, its letters, and each row that fired with what it met: what --explain prints."""

    tokens: tuple[Token, ...]
    letters: str
    rows: tuple[tuple[str, Row], ...] = ()
    statements: tuple[Statement, ...] = ()

    def doubted(self) -> "Told":
        """The same, where a yes or a no is in doubt."""
        return replace(self, statements=tuple(replace(one, said=Said.DOUBTS) if one.said in _PLAIN else one for one in self.statements))


ANY: Final = "any"
FORM: Final = Token("\n", "", 0, 0)   # stands where a form was taken out
_PLAIN: Final = frozenset({Said.ASKS, Said.TITLES, Said.ONLY, Said.REFUSES})
TOPICS: Final = {"U": "unbind", "R": "reset"}
_NEAR: Final = {"P": "reset", "p": "reset", "u": "unbind", "Z": "unbind"}
_LEFT_OUT: Final = "fJjshgoadrymz8! \n34#"
_AS: Final = {"k": "M", NAME: "C", "C": UNKNOWN, "1": "Y", "2": "X", "?": "Q", "/": "&", "t": UNKNOWN, "x": UNKNOWN}
_BARE: Final = "NnAYXbVKfH6"
_SPEAKS: Final = "URPKuZ"
_WRAPPED_LINE, _LIST_LINES = 17, 5   # characters; lines
_LONGEST: Final = 100   # letters of a clause: what is longer nobody wrote to be read
_UNANSWERED: Final = re.compile(r"[CLYbP&SB]*[URP][LPC]*(?:[B&][URP]+)?Q?")


def told(tokens: list[Token]) -> Iterator[Told]:
    """What each clause of the running text says, its forms already taken out."""
    last: tuple[Statement, ...] = ()
    refused_lines = 0   # lines below 以下不需要：
    spoken = signed = hanging = False   # of a topic; behind ======; behind a refusal that no topic holds
    for sentence in _sentences(tokens):
        conditional, behind_form = False, sentence[:1] == [FORM]
        last = () if behind_form else last
        refused_lines -= 1
        signed = signed or (spoken and len(sentence) > 1 and only(letters_of(sentence), ":"))
        for clause, torn in _clauses(sentence):
            one = _read(clause, torn=torn)
            over_list = letters_of(sentence[-1:]) == ":" and only(one.letters, _BARE) and has(one.letters, "NnX")
            refused_lines = _LIST_LINES if over_list else refused_lines
            titled = any(each.said is Said.TITLES for each in one.statements)
            if (conditional and "S" not in one.letters) or refused_lines > 0 or signed or (hanging and titled):
                one = one.doubted()
            if not one.statements and not over_list:
                one = _loose(one, last, behind_form=behind_form)
            elif "@" in one.letters and has(one.letters, "Nn") and one.statements:
                one = replace(one, statements=(*one.statements, Statement(ANY, Said.MENTIONS)))
            yield one
            unclear = has(one.letters, "NX") and all(each.said is Said.DOUBTS for each in one.statements)
            hanging = (unclear and (bool(one.statements) or only(one.letters, "NX"))) or (hanging and not one.letters)
            last = one.statements or last
            spoken = spoken or bool(last)
            conditional = "I" in one.letters and not has(one.letters, "UR") and "c" not in letters_of(clause)


def _loose(one: Told, last: tuple[Statement, ...], *, behind_form: bool) -> Told:
    """What a clause without a topic does to others: the first row of the table `loose` that meets it whole. Doubt behind a form is the form's."""
    letters = _letters([token for token in one.tokens if not token.text.isdigit()])
    row = next((row for row in rows("loose") if row.pattern.fullmatch(letters)), None)
    if row is None or (behind_form and "doubts" in row.says):
        return one
    mentions = [Statement(ANY, Said.MENTIONS)] if "mentions" in row.says else []
    doubts = [Statement(topic, Said.DOUBTS) for topic in dict.fromkeys(each.topic for each in last) or (ANY,) if "doubts" in row.says]
    return replace(one, rows=((letters, row),), statements=(*mentions, *doubts))


def _sentences(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens between full stops and line ends; a long line, or one that refuses or doubts nothing yet, goes on in the next."""
    sentence: list[Token] = []
    line_from = 0
    for token, following in pairwise([*tokens, FORM]):
        if token.letter == "\n" and token is not FORM:
            last = letters_of(_split(sentence[-12:], ",:()")[-1]).strip("\n")
            wrapped = token.start - line_from >= _WRAPPED_LINE or (has(last, "NwDQIvTO7") and not has(last, _SPEAKS))
            line_from = token.end
            if wrapped and last and sentence[-1].letter not in "?;" and following.letter not in "\n#JjksC%1234":
                sentence.append(replace(token, letter=" "))
                continue
        if token.letter in "\n;#" or (token.letter == UNKNOWN and token.text == "."):
            yield sentence
            sentence = [FORM] if token is FORM else []
        else:
            sentence.append(token)
    yield sentence


def _split(tokens: list[Token], signs: str) -> list[list[Token]]:
    """The tokens between the signs; a question mark belongs to what it ends."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.letter not in signs:
            parts[-1].append(token)
        if token.letter in f"{signs}?":
            parts.append([])
    return parts


def _clauses(sentence: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """The clauses, each with whether a refusal in it may belong to another. A bare answer goes to the clause it answers, else to the next one."""
    made: list[tuple[list[Token], bool]] = []
    waiting: list[Token] = []
    for part in _split(sentence, ",:()|"):
        for clause, torn in _at_spaces(part) if part else ():
            letters = _letters(clause)
            if only(letters, _BARE) and "K" not in letters and has(letters, "NnXYA6"):
                if made and ("6" in letters or (len(made[-1][0]) < _LONGEST and _UNANSWERED.fullmatch(_letters(made[-1][0])))):
                    answered, was_torn = made.pop()
                    made.append((answered + clause, was_torn or _letters(answered + clause).startswith("A")))
                else:
                    waiting += clause
            elif waiting and not has(letters, _SPEAKS + "GV"):
                made += [(waiting, False), (clause, torn)]
                waiting = []
            else:
                made.append((waiting + clause, torn or (has(_letters(waiting), "NnX") and "A" in letters)))   # 不，是…申请解绑
                waiting = []
    yield from made
    if has(_letters(waiting), "NnXbY") or any(token.text in ("需要", "要") for token in waiting):
        yield waiting, False


def _at_spaces(part: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """The pieces of `part` between spaces, where both sides speak of a topic; whether a refusal at that space may belong to either side."""
    held: list[Token] = []
    before, torn = "", False
    for piece in _split(part, " "):
        letters = _letters(piece)
        if has(before, _SPEAKS) and (has(letters, _SPEAKS) or letters_of(piece[:1]) in {"k", "J", "j"}):
            tears = before[-1] in "NX" and has(before, "URP") and not has(letters.partition("U")[0].partition("R")[0], "NK")
            yield held, torn or tears
            held, before, torn = [], "", tears
        held += piece
        before += letters
    yield held, torn


def _letters(clause: list[Token]) -> str:
    """The letters of a clause, without words that change nothing, and of unknown runs side by side one."""
    letters = ""
    before = ""
    for token in clause:
        letter = "M" if token.letter in "Jj" and before == "的" else _AS.get(token.letter, token.letter)   # 需要解绑的企业 names, and asks nothing
        before = token.text
        if letter == UNKNOWN and (letters.endswith(UNKNOWN) or not says_something(token.text)):
            continue
        letters += "" if letter in _LEFT_OUT else letter
    return letters


def says_something(text: str) -> bool:
    """Whether an unknown run is more than signs and long numbers."""
    return not (len(text) > 1 and text.isdigit()) and any(character.isalnum() or unicodedata.category(character) == "So" for character in text)


def _read(clause: list[Token], *, torn: bool) -> Told:
    letters = _letters(clause)
    for join in rows("join"):
        letters = join.pattern.sub(join.says, letters)
    if len(letters) > _LONGEST:
        return Told(tuple(clause), letters, (), tuple(Statement(topic, Said.DOUBTS) for topic in _topics_of(letters)))
    fired: list[tuple[str, Row]] = []
    statements: list[Statement] = []
    left = letters
    for row in rows("clause") if has(letters, _SPEAKS + "pL") else ():
        for match in list(row.pattern.finditer(left)):
            if topics := row.topics or _topics_of(match[0]):
                fired.append((match[0], row))
                statements += _statements(row, topics, match[0], torn=torn)
                taken = "NnXKGL" + "".join(letter for letter, topic in (TOPICS | _NEAR).items() if topic in topics)
                left = left[:match.start()] + "".join("_" if letter in taken else letter for letter in match[0]) + left[match.end():]
    one = Told(tuple(clause), letters, tuple(fired), tuple(statements))
    return one.doubted() if has(left, "NnX") else one   # a refusal that no row understood


def _topics_of(letters: str) -> tuple[str, ...]:
    """The topics that letters speak of; a password or a lock is one only where nothing else is."""
    return tuple(dict.fromkeys(TOPICS[letter] for letter in letters if letter in TOPICS)) \
        or tuple(dict.fromkeys(_NEAR[letter] for letter in letters if letter in _NEAR))


def _statements(row: Row, topics: tuple[str, ...], matched: str, *, torn: bool) -> Iterator[Statement]:
    said = Said(row.says)
    if torn and said not in (Said.MENTIONS, Said.QUESTIONS):
        said = Said.DOUBTS
    elif said is Said.DOUBTS and not row.topics and not has(matched, "UR"):
        said = Said.MENTIONS   # 提示已被绑定 tells, and takes nothing back
    for topic in () if said is Said.NOTHING else topics:
        yield Statement(topic, Said.ASKS if said is Said.ONLY else said)
        if said is Said.ONLY and len(topics) == 1:
            yield Statement("reset" if topic == "unbind" else "unbind", Said.REFUSES)
