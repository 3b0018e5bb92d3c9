"""Reads running text: the table `clause` of tables/clauses.toml gives the meaning of a clause's
tokens.

A topic that no row takes is in doubt, never missing. What a clause says may be put in doubt by
those around it: a condition before, a refusal behind.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from mail_intake.request.classes import Word
from mail_intake.request.cutting import (
    FORM,
    LONGEST_CLAUSE,
    TOPICS,
    classes_used,
    clauses,
    prose_codes,
    sentences,
    topics_of,
)
from mail_intake.request.grammar import SETS, TEXT, Row, has, only, rows, shape
from mail_intake.request.tokens import Token, codes_of, text_of


class Meaning(Enum):
    """A clause's statement on a topic."""

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
    meaning: Meaning


class Clause(NamedTuple):
    """A clause, its codes, and each row that fired with the codes that it met:
    what --explain prints."""

    tokens: tuple[Token, ...]
    codes: str
    rows: tuple[tuple[str, Row], ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def meanings(self) -> set[Meaning]:
        return {one.meaning for one in self.statements}


ANY, ALL = "any", "all"
"""A topic spoken of elsewhere, and every topic that is."""
_PLAIN = frozenset(
    {
        Meaning.ASKS,
        Meaning.TITLES,
        Meaning.ONLY,
        Meaning.REFUSES,
        Meaning.EXCLUDED,
        Meaning.UNCLEAR,
        Meaning.LISTED,
    }
)
_LIST_LINES = 5  # below 以下不需要：


def _turned(
    statements: Iterable[Statement],
    which: Collection[Meaning] = _PLAIN,
    becomes: Meaning = Meaning.DOUBTS,
) -> tuple[Statement, ...]:
    """The statements, those of some meanings with another: by default the plain ones in doubt."""
    return tuple(
        Statement(one.topic, becomes) if one.meaning in which else one for one in statements
    )


def read_clauses(tokens: list[Token], subject: str) -> Iterator[Clause]:
    """The meaning of each clause of the running text, whose forms are already taken out.

    `subject`: the codes of the mail's subject.
    """
    of_other_system = has(subject, Word.OTHER_SYSTEM + Word.PHONE) and not has(
        subject, SETS["ours"]
    )
    context = _Context(
        lock=has(subject, SETS["speaks_of_lock"]),
        elsewhere=SETS["bare_deed"] if of_other_system else "",
    )
    for sentence in sentences(tokens):
        context.enter(sentence)
        found = []
        for piece, unsure in clauses(sentence):
            codes, fired, statements = _read_codes(
                context.untied(prose_codes(piece)), unsure=unsure
            )
            found.append(Clause(tuple(piece), codes, fired, statements))
        context.asking = any(map(_asks_something_else, found))
        context.supposing = context.asking and any(Word.CONDITION in one.codes for one in found)
        before_list = codes_of(sentence[-1:]) == Word.COLON
        for one in found:
            yield context.weigh(one, before_list=before_list)


def _asks_something_else(one: Clause) -> bool:
    """Whether a clause is a question about no topic, and none about how long it takes."""
    if one.statements or Word.DOUBT in one.codes:  # 我不知道要写什么 is none
        return False
    return has(one.codes, SETS["question_word"]) and not shape("how_long").fullmatch(one.codes)


@dataclass(slots=True)
class _Context:
    """The text before a clause that has a bearing on it."""

    spoken: int = 0
    """1: anything was said but a name; 2: a topic, or a form filled in."""
    signature: int = 0
    """The text before a rule line: behind 1 a mere title is no request, behind 2 nothing is."""
    last: tuple[Statement, ...] = ()
    """Of which a bare answer may speak."""
    asking: bool = False
    """The sentence holds a question about something else."""
    supposing: bool = False
    """And a condition: 假如我司申请解绑，几天能办好？"""
    conditional: bool = False
    """A condition began the sentence."""
    elsewhere: str = ""
    """The topics that are another system's, or the lock's own,
    where neither lock nor password is named."""
    lock: bool = False
    """A lock or its binding was spoken of."""
    dangling: bool = False
    """A refusal that refuses nothing yet, or words of others that are still to come."""
    refused_lines: int = 0
    """Lines left of the list below 以下不需要：."""
    past_lines: int = 0
    """Lines left of the list below 已完成：."""
    asked: set[str] = field(default_factory=set)
    """Topics asked for so far."""

    def enter(self, sentence: list[Token]) -> None:
        """The next sentence begins."""
        self.conditional = False
        self.refused_lines -= 1
        self.past_lines -= 1
        if shape("heads_past_deeds").fullmatch(prose_codes(sentence)):
            self.past_lines = _LIST_LINES
        if sentence[:1] == [FORM]:
            self.last, self.spoken = (), 2
        codes = codes_of(sentence).strip(Word.SPACE + Word.FILLER + Word.LINE_END)
        if len(codes) > 1 and only(codes, Word.COLON):  # behind ======
            self.signature = max(self.signature, self.spoken)

    def untied(self, codes: str) -> str:
        """The codes of a clause, where a lock was spoken of:
        what is undone is that, if no password and no PIN is."""
        spoken = self.lock or has(codes, SETS["speaks_of_lock"])
        self.lock = spoken and Word.PIN not in codes
        before = codes.partition(Word.UNTIE)[0]
        other_thing = has(before, Word.UNKNOWN + Word.NOUN) and Word.LOCK not in codes
        if not self.lock or Word.PASSWORD in codes or other_thing:
            return codes
        return codes.replace(Word.UNTIE, Word.UNBIND)

    def weigh(self, one: Clause, *, before_list: bool) -> Clause:
        """The clause with what its context changes in it; it is context from then on."""
        bare_refusal = only(one.codes, SETS["bare_answer"]) and has(one.codes, SETS["refusal"])
        heads_refused = before_list and bare_refusal
        if heads_refused:
            self.refused_lines = max(self.refused_lines, _LIST_LINES)
        if self.signature:
            mentions = _turned(one.statements, [Meaning.TITLES], Meaning.MENTIONS)
            one = one._replace(statements=mentions)
        of_elsewhere = self._is_of_elsewhere(one)
        if of_elsewhere or self._puts_in_doubt(one):
            one = one._replace(statements=_turned(one.statements))
        self._follow_elsewhere(one, of_elsewhere)
        one = self._with_others(one)
        if not one.statements and not heads_refused:
            one = self._without_topic(one)
        self._remember(one)
        return one

    def _is_of_elsewhere(self, one: Clause) -> bool:
        """Whether the clause speaks of what is another system's."""
        codes = codes_of(one.tokens)
        also = TEXT["also"] in text_of(one.tokens)
        names_password = Word.PASSWORD in codes and not also
        return has(codes, self.elsewhere) and Word.LOCK not in codes and not names_password

    def _puts_in_doubt(self, one: Clause) -> bool:
        """Whether the text before or around the clause makes its meaning doubtful."""
        if self.signature > 1 or self.refused_lines > 0 or self.supposing:
            return True
        if self.conditional and Word.SO not in one.codes:
            return True
        if (self.dangling or self.past_lines > 0) and Meaning.TITLES in one.meanings:
            return True
        if self.past_lines > 0 and shape("entry").fullmatch(one.codes):
            return True
        return self.asking and has(one.codes, SETS["refusal"] + Word.KEEP)

    def _follow_elsewhere(self, one: Clause, of_elsewhere: bool) -> None:
        codes = codes_of(one.tokens)
        other_thing = has(codes + one.codes, Word.OTHER_SYSTEM + Word.PIN)
        # 锁的PIN忘了，不是注册密码 goes on speaking of the PIN
        names_password = Word.PASSWORD in codes and Word.REFUSE not in codes
        if other_thing and has(codes, SETS["done_elsewhere"]):
            self.elsewhere = "" if Word.PHONE in codes else Word.RESET
            if has(codes, Word.OTHER_SYSTEM + Word.PHONE):
                self.elsewhere += Word.UNBIND + Word.UNTIE
        elif Word.LOCK in codes or (names_password and not of_elsewhere):
            self.elsewhere = ""

    def _with_others(self, one: Clause) -> Clause:
        """除了解绑其他都不需要: something is said of the other topic too. 除了密码都要弄 leaves its
        own out."""
        codes = codes_of(one.tokens)
        refuses = has(codes, Word.REFUSE + Word.REFUSE_CLOSED)
        if not one.statements or Word.OTHERS not in codes or not (refuses or Word.BOTH in codes):
            return one
        doubted = () if refuses else (Meaning.MENTIONS, Meaning.ASKS, Meaning.TITLES)
        its = _turned(one.statements, doubted)
        return one._replace(statements=(*its, Statement(ANY, Meaning.MENTIONS)))

    def _remember(self, one: Clause) -> None:
        """What the clause is to those behind it."""
        refusal = Word.REFUSE + Word.NO
        unclear = has(one.codes, refusal) and one.meanings <= {Meaning.DOUBTS}
        dangles = unclear and (bool(one.statements) or only(one.codes, refusal))
        hearsay = shape("words_of_others").fullmatch(one.codes) is not None
        goes_on = not one.codes or shape("title").fullmatch(one.codes) is not None
        self.dangling = dangles or hearsay or (self.dangling and goes_on)
        wanted = (Meaning.ASKS, Meaning.TITLES)
        self.asked |= {each.topic for each in one.statements if each.meaning in wanted}
        beside = self.last if one.meanings == {Meaning.MENTIONS} else ()
        self.last = tuple(dict.fromkeys((*beside, *one.statements))) or self.last
        said_something = bool(one.codes.strip(Word.NAME))
        self.spoken = max(self.spoken, 2 if one.statements else int(said_something))
        has_consequence = has(one.codes, Word.UNBIND + Word.RESET) or (
            Word.CONTACT in one.codes and Word.CANNOT not in one.codes  # 如果没有再来信，就请…
        )
        if said_something:
            self.conditional = Word.CONDITION in one.codes and not has_consequence

    def _without_topic(self, one: Clause) -> Clause:
        """Its effect on the topics of other clauses: the first row of the table `loose` that
        matches it whole."""
        speaking = [
            token for token in one.tokens if token.code != Word.UNKNOWN or not token.text.isdigit()
        ]
        codes = prose_codes(speaking)
        row = next((row for row in rows("loose") if row.pattern.fullmatch(codes)), None)
        if row is None:
            return one
        statements = () if self._repeats(row, codes) else tuple(self._loose(row))
        return one._replace(rows=((codes, row),), statements=statements)

    def _repeats(self, row: Row, codes: str) -> bool:
        """Whether a clause says again what was said: a refusal behind one (密码没变，不用改), or
        doubt about refusing where nothing was refused."""
        refused = {each.meaning for each in self.last} == {Meaning.REFUSES}
        contrary = row.says == "doubts refusal"
        if row.topics or refused == contrary:
            return False
        return contrary or has(codes, SETS["refusal"])

    def _loose(self, row: Row) -> Iterator[Statement]:
        """The effect of a row of the table `loose`."""
        says = row.says if self.asked or row.says != "excludes" else "mentions"
        for meaning in (Meaning.MENTIONS, Meaning.ASKS):
            if meaning.value in says:
                yield Statement(ANY, meaning)
        if says == "excludes":
            for topic in TOPICS.values():
                if topic not in self.asked:
                    yield Statement(topic, Meaning.EXCLUDED)
        before = tuple(dict.fromkeys(each.topic for each in self.last)) or (ANY,)
        for meaning in (Meaning.DOUBTS, Meaning.REFUSES):
            if meaning.value in says:
                yield from (Statement(topic, meaning) for topic in row.topics or before)
        if says == "takes back":
            for topic in sorted(self.asked) or ("unbind",):
                yield Statement(topic, Meaning.DOUBTS)


Fired = tuple[tuple[str, Row], ...]


@lru_cache(maxsize=1024)
def _read_codes(codes: str, *, unsure: bool) -> tuple[str, Fired, tuple[Statement, ...]]:
    """The codes after the joins; the rows of the table `clause` that fired, each with what it met;
    and what they said. `unsure`: a refusal in the clause may be another's."""
    codes, fired = _joined(codes)
    statements, left = list[Statement](), codes
    topical = has(codes, SETS["speaks_of_topic"] + Word.PIN + Word.LOCK)
    for row in rows("clause") if topical and len(codes) <= LONGEST_CLAUSE else ():
        for match in list(row.pattern.finditer(left)):
            if topics := row.topics or topics_of(match[0]):
                fired.append((match[0], row))
                statements += _statements(row, match[0], topics, unsure=unsure)
                used = classes_used(topics)
                rest = "".join(Word.USED if code in used else code for code in match[0])
                left = left[: match.start()] + rest + left[match.end() :]
    statements += [Statement(topic, Meaning.DOUBTS) for topic in topics_of(left)]
    unexplained = has(left, SETS["refusal"] + SETS["ordinal"])  # which no row understood
    if unexplained:
        statements = [*_turned(statements)]
    elif any(one.meaning is Meaning.UNCLEAR for one in statements):
        statements = [*_turned(statements, _PLAIN - {Meaning.UNCLEAR})]
    return codes, tuple(fired), tuple(statements)


def _joined(codes: str) -> tuple[str, list[tuple[str, Row]]]:
    """The codes as the rows of the table `join` read them, and those rows."""
    fired: list[tuple[str, Row]] = []
    for join in rows("join"):
        met = list(join.pattern.finditer(codes))
        if met:
            fired.append((codes, join))
        for match in reversed(met):
            start, end = join.replaced(match)
            codes = codes[:start] + join.becomes + codes[end:]
    return codes, fired


def _statements(
    row: Row, met: str, topics: tuple[str, ...], *, unsure: bool
) -> Iterator[Statement]:
    """A row's statements on the topics that it matched; in doubt where a refusal may belong to
    another clause."""
    meaning = Meaning(row.says)
    names_deed = has(met, Word.UNBIND + Word.RESET)
    if unsure and meaning not in (Meaning.MENTIONS, Meaning.QUESTIONS):
        meaning = Meaning.DOUBTS
    elif meaning in (Meaning.DOUBTS, Meaning.QUESTIONS) and not row.topics and not names_deed:
        meaning = Meaning.MENTIONS  # 提示已被绑定 tells, and takes nothing back
    if meaning is not Meaning.NOTHING:
        stated = Meaning.ASKS if meaning is Meaning.ONLY else meaning
        yield from (Statement(topic, stated) for topic in topics)
    if len(topics) != 1:
        return
    other = "reset" if topics[0] == "unbind" else "unbind"
    if meaning is Meaning.ONLY:
        yield Statement(other, Meaning.EXCLUDED)
    elif meaning is Meaning.MENTIONS and Word.ONLY in met:  # 客服说只解绑
        yield Statement(other, Meaning.MENTIONS)
