"""Tokens → sentences → clauses. A clause is what a row of the table `clause` reads whole."""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from mail_intake.request.classes import Word
from mail_intake.request.grammar import IN_PROSE, SETS, WORDS, has, only, shape
from mail_intake.request.tokens import Token, codes_of

FORM = Token(Word.LINE_END, "", 0, 0)
"""Stands where a form was taken out."""
TOPICS = {Word.UNBIND: "unbind", Word.RESET: "reset"}
_NEAR = {
    Word.PASSWORD: "reset",
    Word.NEAR_UNBIND: "unbind",
    Word.UNTIE: "unbind",
    Word.BIND: "unbind",
}
_IN_PROSE = str.maketrans(IN_PROSE | dict.fromkeys(SETS["left_out_of_prose"]))
_CLAUSE_ENDS = Word.COMMA + Word.COLON + Word.OPENING + Word.CLOSING
_WRAPPED_LINE = 17  # characters: a longer line may go on in the next
_LAST_TOKENS = 12  # of a line, among which its last clause is looked for
LONGEST_CLAUSE = 100  # tokens: what is longer nobody wrote to be read


def sentences(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens between full stops and line ends; a long line, or one that refuses or doubts
    nothing yet, goes on in the next."""
    sentence, line_length = list[Token](), 0
    for token, following in pairwise([*_with_narrow_spaces(tokens), FORM]):
        if token.code == Word.LINE_END and token is not FORM:
            wrapped = _goes_on(sentence, line_length, following)
            line_length = 0
            if wrapped:
                sentence.append(token._replace(code=Word.SPACE))
                continue
        else:
            line_length += len(token.text)
        is_full_stop = token.code == Word.UNKNOWN and token.text == "."
        if token.code in Word.LINE_END + Word.STOP + Word.NUMBER or is_full_stop:
            yield sentence
            sentence = [FORM] if token is FORM else []
        else:
            sentence.append(token)
    yield sentence


def _with_narrow_spaces(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, of each run of spaces one, of which a column of answers is full."""
    before = FORM
    for token in tokens:
        if not token.code == before.code == Word.SPACE:
            yield token
        before = token


def _goes_on(line: list[Token], length: int, following: Token) -> bool:
    """Whether a line goes on in the next, which begins with `following`."""
    last = codes_of(split(line[-_LAST_TOKENS:], _CLAUSE_ENDS)[-1]).strip(Word.LINE_END)
    open_ended = has(last, SETS["leaves_line_open"]) and not has(last, SETS["closes_line"])
    full = length >= _WRAPPED_LINE and following.code != Word.NAME
    if not last or not (full or open_ended):
        return False
    ended = line[-1].text.endswith(".")  # an unknown English word holds its full stop
    return not ended and following.code not in SETS["begins_line"]


def split(tokens: list[Token], signs: str) -> list[list[Token]]:
    """The tokens between the signs; a question mark belongs to what it ends."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.code not in signs:
            parts[-1].append(token)
        if token.code in signs + Word.QUESTION_MARK:
            parts.append([])
    return parts


def clauses(sentence: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """The clauses, and whether a refusal in one may be another's.

    A bare answer (不用了) goes to the clause before where that has none, else to the next.
    """
    found, waiting = list[tuple[list[Token], bool]](), list[Token]()
    for piece, unsure in _pieces(sentence):
        codes = prose_codes(piece)
        before = found[-1][0] if found else []
        if found and _belongs_before(codes, before):
            _, unsure_before = found.pop()
            asks_first = prose_codes(before + piece).startswith(Word.ASK)
            found.append((before + piece, unsure_before or asks_first))
        elif _is_bare_answer(codes, _waits(codes, before)):
            waiting += piece
        else:
            found += _with_waiting(waiting, piece, unsure)
            waiting = []
    for clause, unsure in (*found, (waiting, False)):
        answers_nothing = only(prose_codes(clause), SETS["answers_nothing"])
        if not answers_nothing or WORDS["phrases"]["consent"] & {one.text for one in clause}:
            yield clause, unsure


def _pieces(sentence: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    for part in split(list(_without_brackets_of_names(sentence)), _CLAUSE_ENDS + Word.BAR):
        if part:
            yield from _at_spaces(part)


def _without_brackets_of_names(sentence: list[Token]) -> Iterator[Token]:
    """The tokens without brackets that hold a name alone: 我公司（北京甲有限公司）申请解绑."""
    codes = codes_of(sentence)
    framed = Word.OPENING + Word.NAME + Word.CLOSING
    for place, token in enumerate(sentence):
        opens = codes.startswith(framed, place)
        closes = place >= len(framed) - 1 and codes.startswith(framed, place - len(framed) + 1)
        if not (opens or closes):
            yield token


def _waits(codes: str, before: list[Token]) -> str:
    """The codes of the clause before, where `codes` may be the answer
    or the question that it waits for."""
    may_answer = shape("asks_on").fullmatch(codes) or only(codes, SETS["bare_answer"])
    return prose_codes(before) if may_answer and len(before) < LONGEST_CLAUSE else ""


def _is_bare_answer(codes: str, waits: str) -> bool:
    if not only(codes, SETS["bare_answer"]):
        return False
    if Word.KEEP in codes:
        return shape("known_password").fullmatch(waits) is not None
    return has(codes, SETS["answers_something"])


def _belongs_before(codes: str, before: list[Token]) -> bool:
    """Whether a piece goes on with the clause before it: 能不能帮忙解绑，再重置密码？"""
    waits = _waits(codes, before)
    if shape("asks_on").fullmatch(codes) and Word.CAN_YOU in waits:
        return True
    answered = Word.ONESELF in codes or shape("unanswered").fullmatch(waits)
    return _is_bare_answer(codes, waits) and bool(answered)


def _with_waiting(
    waiting: list[Token], piece: list[Token], unsure: bool
) -> list[tuple[list[Token], bool]]:
    """A piece and the bare answer that waits before it:
    one clause where the piece takes an answer."""
    codes = prose_codes(piece)
    if waiting and not has(codes, SETS["takes_answer"]):
        return [(waiting, False), (piece, unsure)]
    refuses = has(prose_codes(waiting), SETS["refusal"])
    return [(waiting + piece, unsure or (refuses and Word.ASK in codes))]  # 不，是…申请解绑


def _at_spaces(part: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """The pieces of `part` between spaces, where both sides speak of a topic; a refusal at that
    space may belong to either side."""
    gathered, before, unsure = list[Token](), "", False
    for piece in split(part, Word.SPACE):
        codes = prose_codes(piece)
        # 密码 不用 重置, 无需对密码 进行重置
        one_topic = shape("refusal_before").search(before) and topics_of(before) == topics_of(codes)
        begins = has(codes, SETS["speaks_of_topic"]) or has(codes_of(piece[:1]), SETS["labels"])
        if has(before, SETS["speaks_of_topic"]) and not one_topic and begins:
            either = shape("refused_either").search(before + Word.BAR + codes) is not None
            yield gathered, unsure or either
            gathered, before, unsure = [], "", either
        gathered += piece
        before += codes
    yield gathered, unsure


def prose_codes(clause: list[Token]) -> str:
    """The codes of a clause, without words that change nothing,
    and of unknown runs side by side one."""
    speaking = [
        token for token in clause if token.code != Word.UNKNOWN or carries_meaning(token.text)
    ]
    codes = codes_of(speaking).translate(_IN_PROSE)
    return shape("unknown_runs").sub(Word.UNKNOWN, codes)


def carries_meaning(text: str) -> bool:
    """Whether an unknown run is more than signs and long numbers."""
    if len(text) > 1 and text.isdigit():
        return False
    return any(one.isalnum() or unicodedata.category(one) == "So" for one in text)


def topics_of(codes: str) -> tuple[str, ...]:
    """The topics that codes speak of; a password or a lock is one only where nothing else is."""
    named = dict.fromkeys(TOPICS[code] for code in codes if code in TOPICS)
    near = dict.fromkeys(_NEAR[code] for code in codes if code in _NEAR)
    return tuple(named or near)


def classes_used(topics: tuple[str, ...]) -> str:
    """The codes of what a row that took these topics has used up."""
    of_topics = [code for code, topic in (TOPICS | _NEAR).items() if topic in topics]
    return SETS["used_by_row"] + "".join(of_topics)
