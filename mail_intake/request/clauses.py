"""What running text says: a clause is the string of its tokens' letters, and the table `clause` of
grammar.toml tells what strings mean. A topic that no row takes is in doubt, never missing. What a
clause says may be put in doubt by those around it: a condition before, a refusal behind."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from mail_intake.request.grammar import LETTERS, TEXT, WORDS, Row, has, only, rows, shape
from mail_intake.request.tokens import Token, Word, letters_of, text_of


class Said(Enum):
    """What a clause does with a topic."""

    ASKS = "asks"
    TITLES = "titles"  # names the deed and nothing else: a heading
    ONLY = "only"  # asks for this alone
    REFUSES = "refuses"
    EXCLUDED = "excluded"  # the other topic is asked for, and that alone
    LISTED = "listed"  # an item that the text speaks of by its number
    QUESTIONS = "questions"
    MENTIONS = "mentions"
    DOUBTS = "doubts"
    UNCLEAR = "unclear"  # speaks of it in words that no row knows, and refuses nothing
    NOTHING = "nothing"  # is about something else


class Statement(NamedTuple):
    """One topic ("unbind", "reset", ANY or ALL) in one clause."""

    topic: str
    said: Said


class Clause(NamedTuple):
    """A clause, its letters, and each row that fired with what it met: what --explain prints."""

    tokens: tuple[Token, ...]
    letters: str
    rows: tuple[tuple[str, Row], ...] = ()
    statements: tuple[Statement, ...] = ()


ANY, ALL = "any", "all"  # a topic spoken of elsewhere, every topic that is
TOPICS: Final = {Word.UNBIND: "unbind", Word.RESET: "reset"}
FORM: Final = Token("\n", "", 0, 0)  # stands where a form was taken out
_PLAIN: Final = frozenset(
    {Said.ASKS, Said.TITLES, Said.ONLY, Said.REFUSES, Said.EXCLUDED, Said.UNCLEAR, Said.LISTED}
)
_NEAR: Final = {
    Word.PASSWORD: "reset",
    Word.NEAR_UNBIND: "unbind",
    Word.UNTIE: "unbind",
    Word.BIND: "unbind",
}
_IN_PROSE: Final = str.maketrans(LETTERS["prose_from"], LETTERS["prose_to"], LETTERS["left_out"])
_BARE, _SPEAKS, _REFUSES, _ANSWERS = (
    LETTERS[name] for name in ("bare_answer", "speaks", "refuses", "answers")
)
# characters; lines; letters of a clause: what is longer nobody wrote to be read
_WRAPPED_LINE, _LIST_LINES, _LONGEST = 17, 5, 100


def _doubted(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    return tuple(
        Statement(topic, Said.DOUBTS if said in _PLAIN else said) for topic, said in statements
    )


def read_clauses(tokens: list[Token], subject: str = "") -> Iterator[Clause]:
    """What each clause of the running text says, its forms already taken out.

    `subject`: the letters of the mail's subject.
    """
    elsewhere = has(subject, Word.OTHER_SYSTEM + Word.PHONE) and not has(subject, LETTERS["own"])
    context = _Context(lock=has(subject, LETTERS["lock"]), elsewhere=LETTERS["bare"] * elsewhere)
    for sentence in _sentences(tokens):
        context.enter(sentence)
        clauses = [
            Clause(tuple(piece), *_read_letters(context.untied(_letters(piece)), unsure=unsure))
            for piece, unsure in _clauses(sentence)
        ]
        # 我不知道要写什么 is none
        others = [
            one.letters for one in clauses if not one.statements and Word.DOUBT not in one.letters
        ]
        context.asking = any(
            has(letters, LETTERS["questions"]) and not shape("how_long").fullmatch(letters)
            for letters in others
        )
        for one in clauses:
            yield context.weigh(one, before_list=letters_of(sentence[-1:]) == ":")


@dataclass(slots=True)
class _Context:
    """What stands before a clause and bears on it."""

    # 1: anything was said but a name; 2: a topic, or a form filled in
    spoken: int = 0
    # what was spoken before a rule line: behind 1 a mere title is no wish, behind 2 nothing is
    signature: int = 0
    last: tuple[Statement, ...] = ()  # of which a bare answer may speak
    asking: bool = False  # the sentence holds a question about something else
    conditional: bool = False  # a condition began the sentence
    # the topics that are another system's, or the lock's own,
    # where neither lock nor password is named
    elsewhere: str = ""
    lock: bool = False  # a lock or its binding was spoken of
    dangling: bool = False  # a refusal that refuses nothing yet
    refused_lines: int = 0  # lines left of the list below 以下不需要：
    asked: set[str] = field(default_factory=set)  # topics asked for so far

    def enter(self, sentence: list[Token]) -> None:
        """The next sentence begins."""
        self.conditional, self.refused_lines = False, self.refused_lines - 1
        self.last, self.spoken = ((), 2) if sentence[:1] == [FORM] else (self.last, self.spoken)
        # behind ======
        if len(letters := letters_of(sentence).strip(" f\n")) > 1 and only(letters, ":"):
            self.signature = max(self.signature, self.spoken)

    def untied(self, letters: str) -> str:
        """The letters of a clause, where a lock was spoken of:
        what is undone is that, if no password is."""
        self.lock = self.lock or has(letters, LETTERS["lock"])
        aside = has(letters, Word.PASSWORD) or (
            has(letters.partition(Word.UNTIE)[0], Word.UNKNOWN + Word.NOUN)
            and Word.LOCK not in letters
        )
        return letters.replace(Word.UNTIE, Word.UNBIND) if self.lock and not aside else letters

    def weigh(self, one: Clause, *, before_list: bool) -> Clause:
        """The clause with what its context changes in it; it is context from then on."""
        heads_refused = before_list and only(one.letters, _BARE) and has(one.letters, _REFUSES)
        self.refused_lines = max(self.refused_lines, _LIST_LINES if heads_refused else 0)
        if self.signature:
            one = one._replace(
                statements=tuple(
                    Statement(topic, Said.MENTIONS if said is Said.TITLES else said)
                    for topic, said in one.statements
                )
            )
        spoken, titled = (
            letters_of(one.tokens),
            Said.TITLES in {each.said for each in one.statements},
        )
        names_password = Word.PASSWORD in spoken and TEXT["also"] not in text_of(one.tokens)
        of_elsewhere = (
            has(spoken, self.elsewhere) and Word.LOCK not in spoken and not names_password
        )
        doubts = (
            self.conditional and Word.SO not in one.letters,
            self.dangling and titled,
            self.asking and has(one.letters, _REFUSES + Word.KEEP),
        )
        one = (
            one._replace(statements=_doubted(one.statements))
            if any(doubts) or of_elsewhere or self.signature > 1 or self.refused_lines > 0
            else one
        )
        if has(spoken + one.letters, Word.OTHER_SYSTEM + Word.PIN) and has(
            spoken, LETTERS["elsewhere"]
        ):
            self.elsewhere = Word.RESET * (Word.PHONE not in spoken) + (
                Word.UNBIND + Word.UNTIE
            ) * has(spoken, Word.OTHER_SYSTEM + Word.PHONE)
        elif Word.LOCK in spoken or (Word.PASSWORD in spoken and not of_elsewhere):
            self.elsewhere = ""
        # 除了解绑其他都不需要
        if (
            one.statements
            and Word.OTHERS in spoken
            and has(spoken, Word.REFUSE + Word.REFUSE_CLOSED)
        ):
            one = one._replace(statements=(*one.statements, Statement(ANY, Said.MENTIONS)))
        one = one if one.statements or heads_refused else self._without_topic(one)
        unclear = has(one.letters, Word.REFUSE + Word.NO) and all(
            each.said is Said.DOUBTS for each in one.statements
        )
        self.dangling = (
            unclear and (bool(one.statements) or only(one.letters, Word.REFUSE + Word.NO))
        ) or (self.dangling and not one.letters)
        self.asked |= {
            each.topic for each in one.statements if each.said in (Said.ASKS, Said.TITLES)
        }
        self.last, self.spoken = (
            one.statements or self.last,
            max(self.spoken, 2 if one.statements else bool(one.letters.strip(Word.NAME))),
        )
        self.conditional = Word.CONDITION in one.letters and not has(
            one.letters, Word.UNBIND + Word.RESET + Word.CONTACT
        )
        return one

    def _without_topic(self, one: Clause) -> Clause:
        """What it does to the topics of others: the first row of the table
        `loose` that meets it whole."""
        kept = (
            token
            for token in one.tokens
            if token.letter != Word.UNKNOWN or not token.text.isdigit()
        )
        letters = _letters(list(kept))
        row = next((row for row in rows("loose") if row.pattern.fullmatch(letters)), None)
        if row is None:
            return one
        refused, contrary = (
            {each.said for each in self.last} == {Said.REFUSES},
            row.says == "doubts refusal",
        )
        # 密码没变，不用改
        again = not row.topics and refused != contrary and (contrary or has(letters, _REFUSES))
        says = row.says if self.asked or row.says != "excludes" else "mentions"
        said = [Statement(ANY, said) for said in (Said.MENTIONS, Said.ASKS) if said.value in says]
        said += [
            Statement(topic, Said.EXCLUDED)
            for topic in TOPICS.values()
            if says == "excludes" and topic not in self.asked
        ]
        doubted = row.topics or tuple(dict.fromkeys(each.topic for each in self.last)) or (ANY,)
        said += [Statement(topic, Said.DOUBTS) for topic in doubted if "doubts" in row.says]
        return one._replace(rows=((letters, row),), statements=() if again else tuple(said))


def _sentences(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens between full stops and line ends; a long line, or one that refuses or doubts
    nothing yet, goes on in the next."""
    sentence, line_from = list[Token](), 0
    for token, following in pairwise([*tokens, FORM]):
        if token.letter == "\n" and token is not FORM:
            last = letters_of(_split(sentence[-12:], ",:()")[-1]).strip("\n")
            open_ended = has(last, LETTERS["goes_on"]) and not has(last, LETTERS["closes"])
            wrapped = (
                token.start - line_from >= _WRAPPED_LINE and following.letter != Word.NAME
            ) or open_ended
            line_from = token.end
            if (
                wrapped
                and last
                and sentence[-1].letter not in "?;"
                and following.letter not in LETTERS["begins_line"]
            ):
                sentence.append(token._replace(letter=" "))
                continue
        if token.letter in "\n;#" or (token.letter == Word.UNKNOWN and token.text == "."):
            yield sentence
            sentence = [FORM] if token is FORM else []
        else:
            sentence.append(token)
    yield sentence


def _split(tokens: list[Token], signs: str) -> list[list[Token]]:
    """The tokens between the signs; a question mark belongs to what it ends."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        parts[-1] += [token] if token.letter not in signs else []
        parts += [[]] if token.letter in f"{signs}?" else []
    return parts


def _clauses(sentence: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """The clauses, and whether a refusal in one may be another's.

    A bare answer (不用了) goes to the clause before where that has none, else to the next.
    """
    made, waiting = list[tuple[list[Token], bool]](), list[Token]()
    for piece, unsure in (
        piece for part in _split(sentence, ",:()|") if part for piece in _at_spaces(part)
    ):
        letters = _letters(piece)
        asks_on = shape("asks_on").fullmatch(letters)  # 能不能帮忙解绑，再重置密码？
        waits = (
            _letters(made[-1][0])
            if made and (asks_on or only(letters, _BARE)) and len(made[-1][0]) < _LONGEST
            else ""
        )
        bare = only(letters, _BARE) and (
            shape("kept").fullmatch(waits) is not None
            if Word.KEEP in letters
            else has(letters, _ANSWERS)
        )
        if made and (
            (asks_on and Word.CAN_YOU in waits)
            or (bare and (Word.ONESELF in letters or shape("unanswered").fullmatch(waits)))
        ):
            before, unsure_before = made.pop()
            made.append(
                (before + piece, unsure_before or _letters(before + piece).startswith(Word.ASK))
            )
        elif bare:
            waiting += piece
        else:
            apart = bool(waiting) and not has(letters, LETTERS["takes_answer"])
            # 不，是…申请解绑
            crossed = not apart and has(_letters(waiting), _REFUSES) and Word.ASK in letters
            made += (
                [(waiting, False), (piece, unsure)]
                if apart
                else [(waiting + piece, unsure or crossed)]
            )
            waiting = []
    consent, nothing = WORDS["phrases"]["consent"], LETTERS["answers_nothing"]
    yield from (
        one
        for one in [*made, (waiting, False)]
        if not only(_letters(one[0]), nothing) or consent & {token.text for token in one[0]}
    )


def _at_spaces(part: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """The pieces of `part` between spaces, where both sides speak of a topic; a refusal at that
    space may belong to either side."""
    held, before, unsure = list[Token](), "", False
    for piece in _split(part, " "):
        letters = _letters(piece)
        # 密码 不用 重置, 无需对密码 进行重置
        one_topic = shape("refusal_before").search(before) and _topics_of(before) == _topics_of(
            letters
        )
        if (
            has(before, _SPEAKS)
            and not one_topic
            and (has(letters, _SPEAKS) or has(letters_of(piece[:1]), LETTERS["labels"]))
        ):
            either = shape("refused_either").search(f"{before}|{letters}") is not None
            yield held, unsure or either
            held, before, unsure = [], "", either
        held += piece
        before += letters
    yield held, unsure


def _letters(clause: list[Token]) -> str:
    """The letters of a clause, without words that change nothing,
    and of unknown runs side by side one."""
    letters = letters_of(
        token for token in clause if token.letter != Word.UNKNOWN or says_something(token.text)
    ).translate(_IN_PROSE)
    return shape("unknown_runs").sub(Word.UNKNOWN, letters)


def says_something(text: str) -> bool:
    """Whether an unknown run is more than signs and long numbers."""
    return not (len(text) > 1 and text.isdigit()) and any(
        character.isalnum() or unicodedata.category(character) == "So" for character in text
    )


@lru_cache(maxsize=1024)
def _read_letters(
    letters: str, *, unsure: bool
) -> tuple[str, tuple[tuple[str, Row], ...], tuple[Statement, ...]]:
    """The letters after the joins, the rows of the table `clause` that fired,
    each with what it met, and what they said."""
    fired: list[tuple[str, Row]] = []
    for join in rows("join"):
        fired += [(letters, join)] if join.pattern.search(letters) else []
        letters = join.pattern.sub(join.becomes, letters)
    statements, left = list[Statement](), letters
    for row in (
        rows("clause")
        if len(letters) <= _LONGEST and has(letters, _SPEAKS + Word.PIN + Word.LOCK)
        else ()
    ):
        for match in list(row.pattern.finditer(left)):
            if topics := row.topics or _topics_of(match[0]):
                fired.append((match[0], row))
                statements += _statements(row, match[0], topics, unsure=unsure)
                taken = LETTERS["taken"] + "".join(
                    letter for letter, topic in (TOPICS | _NEAR).items() if topic in topics
                )
                left = (
                    left[: match.start()]
                    + "".join("_" if letter in taken else letter for letter in match[0])
                    + left[match.end() :]
                )
    statements += [Statement(topic, Said.DOUBTS) for topic in _topics_of(left)]
    # a refusal that no row understood
    return letters, tuple(fired), _doubted(statements) if has(left, _REFUSES) else tuple(statements)


def _statements(
    row: Row, met: str, topics: tuple[str, ...], *, unsure: bool
) -> Iterator[Statement]:
    """What a row says of the topics in what it met; in doubt where a refusal may
    belong to another clause."""
    said = Said(row.says)
    if unsure and said not in (Said.MENTIONS, Said.QUESTIONS):
        said = Said.DOUBTS
    elif (
        said in (Said.DOUBTS, Said.QUESTIONS)
        and not row.topics
        and not has(met, Word.UNBIND + Word.RESET)
    ):
        said = Said.MENTIONS  # 提示已被绑定 tells, and takes nothing back
    if said is not Said.NOTHING:
        yield from (Statement(topic, Said.ASKS if said is Said.ONLY else said) for topic in topics)
    if said is Said.ONLY and len(topics) == 1:
        yield Statement("reset" if topics[0] == "unbind" else "unbind", Said.EXCLUDED)


def _topics_of(letters: str) -> tuple[str, ...]:
    """The topics that letters speak of; a password or a lock is one only where nothing else is."""
    return tuple(dict.fromkeys(TOPICS[letter] for letter in letters if letter in TOPICS)) or tuple(
        dict.fromkeys(_NEAR[letter] for letter in letters if letter in _NEAR)
    )
