"""The request as a mail's words say it: forms and prose weighed against each other, one answer each
for unbinding and for the reset.

They must agree, else the answer is AMBIGUOUS. What is spoken of at all is at least UNREAD: a wrong
MISSING would reject a complete request.
"""

from collections.abc import Collection
from itertools import islice, permutations
from pathlib import Path
from typing import Final, NamedTuple

from core.data.submission import ELSEWHERE, NOTHING_WANTED, Answer, RequestForm
from mail_intake.request.classes import Word
from mail_intake.request.clauses import ALL, ANY, Clause, Meaning, Statement, read_clauses
from mail_intake.request.cutting import TOPICS
from mail_intake.request.forms.form_reading import read_forms
from mail_intake.request.forms.form_text import Form
from mail_intake.request.grammar import SETS, WORDS, Row, has, only, rows, shape
from mail_intake.request.items import with_items
from mail_intake.request.names.found_names import FoundName, name_key, short_spans
from mail_intake.request.names.labelled_names import labelled_names
from mail_intake.request.names.named_text import named_in
from mail_intake.request.tokens import SHAPES, Folded, Token, codes_of, lexicon, with_names

_LONGEST_LEGEND: Final = 20  # entries
_LONGEST_SIGN: Final = 200  # tokens of a clause among which signs are looked for
_MOST_NAMES: Final = 40
_SHORT_NAME: Final = 4  # characters of a short form that is a name
_LONGEST_PLACE: Final = 6  # characters of a place before it in the full name


class ReadText(NamedTuple):
    """One text, read: its names (labelled ones first), its forms, and what its clauses say."""

    folded: Folded
    tokens: list[Token]
    names: list[FoundName]
    form: Form
    clauses: list[Clause]


def read_request(
    subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None
) -> RequestForm:
    """The request as subject and new text say it together.

    `known`: names on the submission's papers. `own_words`: the operator's lexicon.
    """
    parts = read_parts(subject, new_text, known, own_words)
    found = [name for part in parts for name in part.names]
    signs = signs_of(parts)
    sure = _sure(found, known)
    names = dict[str, str]()
    for name in [name for name in sure if not name.secondary] or sure:
        names.setdefault(name_key(name.name), name.name)
    row = deciding_row(parts, named=bool(sure))
    unbind, reset = (_weighed(parts, topic, named=bool(sure)) for topic in TOPICS.values())
    return RequestForm(
        enterprise_names=tuple(names.values()),
        name_unread=not names and bool(found or "english name" in signs),
        unbind=unbind,
        reset_password=reset,
        has_request_words=row.says != "other",
        perhaps=row.says == "perhaps",
        asks_progress="progress" in signs,
        withdraws="withdraws" in signs
        or ("refuses unbinding" in signs and unbind is not Answer.YES),
        repeats_subject=bool(SHAPES["reply_prefix"].match(subject)) and _is_silent(parts[-1]),
        only_doubts=Answer.YES not in (unbind, reset)
        and bool({Answer.UNREAD, Answer.AMBIGUOUS} & {unbind, reset}),
        urgent=_is_urgent(parts),
        elsewhere=_letters_elsewhere(parts)
        + ELSEWHERE * ("template" in row.facts)
        + NOTHING_WANTED * _needs_nothing(parts),
    )


def read_parts(
    subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None
) -> list[ReadText]:
    """The subject without Re: and its like, nothing of it where the desk wrote it, and the text."""
    title = SHAPES["subject_prefix"].sub("", subject).replace("\n", " ")
    if SHAPES["our_subject"].search(title):
        title = " ".join(SHAPES["of_subject"].findall(title))
    asked = SHAPES["questions_last"].search(title)
    if asked and SHAPES["answers_first"].match(new_text):  # the text answers the subject
        title, new_text = title[: asked.start()], f"{asked[0]}：{new_text}"
    found = [named_in(text, known, lexicon(own_words)) for text in (title, new_text)]
    sure = [name.name for _, _, names in found for name in names if not name.unsure]
    whole = "|".join([name_key(name) for name in (*known, *sure)][:_MOST_NAMES])
    return [_read(*found[0], whole), _read(*found[1], whole, codes_of(found[0][1]))]


def _sure(found: list[FoundName], known: Collection[str]) -> list[FoundName]:
    """The names that are no doubt, no short form of another,
    and none beside the name on the papers."""
    # a parent's name is none where its branch's is in doubt
    unsure = [name_key(name.name) for name in found if name.unsure]
    sure = [name for name in found if not name.unsure and not _begins_longer(name, unsure)]
    short = _short_forms({name_key(name.name) for name in sure})
    sure = [name for name in sure if name_key(name.name) not in short]
    on_papers = {name_key(name) for name in known}
    if not any(name_key(name.name) in on_papers for name in sure):
        return sure
    full = WORDS["names"]["full"]  # else a school or a shop beside the name on the papers
    return [name for name in sure if has(name.name, full) or name_key(name.name) in on_papers]


def _begins_longer(name: FoundName, keys: list[str]) -> bool:
    key = name_key(name.name)
    return any(one.startswith(key) and one != key for one in keys)


def _short_forms(keys: set[str]) -> set[str]:
    """Those of the names' keys that are short forms of another: its end, or the same characters in
    order and no kind of company."""
    found = set()
    for key, one in permutations(sorted(keys)[:_MOST_NAMES], 2):
        rest = iter(one)
        in_order = all(each in rest for each in key)
        if one.endswith(key) or (in_order and not has(key, WORDS["names"]["full"])):
            found.add(key)
    return found


def signs_of(parts: list[ReadText]) -> dict[str, tuple[str, Row]]:
    """The results of the table `sign` on subject and text; each with the codes that it matched, and
    the row."""
    codes = Word.LINE_END.join(
        codes_of(token for token in part.tokens if token.code not in SETS["left_out_of_signs"])
        for part in parts
    )
    return {row.says: (met[0], row) for row in rows("sign") if (met := row.pattern.search(codes))}


def _read(
    folded: Folded, spoken: list[Token], names: list[FoundName], whole: str, subject: str = ""
) -> ReadText:
    """The request in a text. `whole`: the keys of the names in subject, text and papers, whose
    short forms are names too."""
    named = with_names(spoken, [(name.start, name.end) for name in names if not name.unsure])
    short = list(short_spans(named, whole))
    found = _with_legend(with_items(with_names(named, short)), folded.text)
    form, left = read_forms(found)
    signed = _signature_at(folded, found)
    labelled = [one for span in form.names for one in labelled_names(folded, span, names, spoken)]
    beside = [
        name._replace(
            secondary=name.secondary or name.start > signed,
            unsure=name.unsure or any(start <= name.start < end for start, end in form.others),
        )
        for name in names
        if not any(label.start <= name.start < label.end for label in form.names)
    ]
    named_short = _short_names(folded, short, whole)
    clauses = list(read_clauses(left, subject))
    return ReadText(folded, found, labelled + beside + named_short, form, clauses)


def _signature_at(folded: Folded, found: list[Token]) -> int:
    """Where the signature begins: "-- ", or an address or a telephone below the last topic."""
    end = len(folded.text)
    topics_end = max((token.end for token in found if token.code in SETS["topic"]), default=end)
    signs = list(SHAPES["signature"].finditer(folded.text))
    starts = [sign.start() for sign in signs if "--" in sign[0]]
    if any(sign.start() >= topics_end for sign in signs):
        starts.append(topics_end)
    return min(starts, default=end)


def _short_names(folded: Folded, short: list[tuple[int, int]], whole: str) -> list[FoundName]:
    """The short forms that name one of the enterprises in `whole`, as far
    as a place before them."""
    found = []
    for start, end in short:
        key = name_key(folded.text[start:end])
        places = [name.find(key) for name in whole.split("|")]
        if end - start >= _SHORT_NAME and any(0 <= place <= _LONGEST_PLACE for place in places):
            last = end + len("公司") if folded.text.startswith("公司", end) else end
            found.append(FoundName(folded.cut(start, last), start, last, secondary=True))
    return found


def _with_legend(found: list[Token], text: str) -> list[Token]:
    """The tokens with the answers that a text gives names to (A是 B否, 1=是 0=否);
    what names them is left out."""
    signs = list(islice(SHAPES["legend"].finditer(text), _LONGEST_LEGEND))
    answers = {sign[1]: Word.NO if sign[2] else Word.YES for sign in signs}
    if len(set(answers.values())) < 2:
        return found
    left = [
        token
        for token in found
        if not any(sign.start() <= token.start < sign.end() for sign in signs)
    ]
    read = [
        token._replace(code=answers.get(token.text.strip(" .、选"), token.code)) for token in left
    ]
    return [*read, Token(Word.LINE_END, "", len(text), len(text))]


def _weighed(parts: list[ReadText], topic: str, *, named: bool) -> Answer:
    """One answer from forms and prose: they must agree; doubt beats a yes or no; a mere mention
    beats nothing. An advertisement names nobody."""
    labels = {answer for part in parts for answer in part.form.answers[topic]}
    filled_in = bool(labels & {Answer.YES, Answer.NO})
    prose = _prose_beside_form(parts, topic, filled_in=filled_in)
    asked = _wants(parts, topic, labels, prose)
    refused = _is_refused(labels, prose)
    if Answer.AMBIGUOUS in labels or (asked and refused):
        return Answer.AMBIGUOUS
    talks = any(token.code == Word.TALK for part in parts for token in part.tokens)
    advertises = not named and talks and bool(prose)
    unclear = Meaning.UNCLEAR in prose and not asked and not filled_in
    if Answer.UNREAD in labels or Meaning.DOUBTS in prose or advertises or unclear:
        return Answer.UNREAD
    if asked:
        of_other_system = not filled_in and _is_of_other_system(parts[-1].clauses, topic)
        return Answer.UNREAD if of_other_system else Answer.YES
    if refused:
        return Answer.NO
    return Answer.UNREAD if prose else Answer.MISSING


def _is_of_other_system(clauses: list[Clause], topic: str) -> bool:
    """Whether the text names the deed for another system alone, so that its subject may be of
    that, too: 我想把旧手机号解绑."""
    its = [one for one in clauses if topic in map(TOPICS.get, codes_of(one.tokens))]
    return (
        bool(its)
        and not any(one.statements for one in its)
        and any(Word.OTHER_SYSTEM in codes_of(one.tokens) for one in its)
    )


def _prose_beside_form(parts: list[ReadText], topic: str, *, filled_in: bool) -> set[Meaning]:
    """The answer of subject and text on a topic in prose; of the text alone where the subject heads
    a form (解绑及重置)."""
    wanted = {Meaning.ASKS, Meaning.TITLES}
    heads_form = filled_in and all(_prose(parts[:1], one) & wanted for one in TOPICS.values())
    return _prose(parts[1:] if heads_form else parts, topic)


def _is_refused(labels: set[Answer], prose: set[Meaning]) -> bool:
    excluded = Meaning.EXCLUDED in prose and Meaning.MENTIONS not in prose
    return Answer.NO in labels or Meaning.REFUSES in prose or excluded


def _wants(parts: list[ReadText], topic: str, labels: set[Answer], prose: set[Meaning]) -> bool:
    left_blank = Answer.MISSING in labels
    body = _prose(parts[1:], topic)
    # where the form is left blank, the subject is no answer
    if Answer.YES in labels or Meaning.ASKS in (body if left_blank else prose):
        return True
    if Meaning.TITLES in prose:
        counts = not left_blank and _title_asks(parts, body, prose)
        return _is_refused(labels, prose) or counts
    if prose == {Meaning.LISTED}:  # 1、解绑；2、重置密码。第2项不用
        return any(Meaning.REFUSES in _prose(parts, one) for one in TOPICS.values())
    return False


def _title_asks(parts: list[ReadText], body: set[Meaning], prose: set[Meaning]) -> bool:
    """Whether a heading that names the deed and nothing else asks for it."""
    doubtful = (body if Meaning.TITLES in body else prose) & {Meaning.QUESTIONS, Meaning.DOUBTS}
    if doubtful or Meaning.UNCLEAR in body:
        return False
    return not any(SHAPES["prevails"].search(part.folded.text) for part in parts[1:])


def _prose(parts: list[ReadText], topic: str) -> set[Meaning]:
    """The answer of the clauses on a topic.

    A statement that may be of either topic counts where no form answers and this one is spoken of,
    or nothing is.
    """
    clauses = [clause for part in parts for clause in part.clauses]
    statements = _unsettled(clauses, topic)
    of_topic = {one.meaning for one in statements if one.topic == topic}
    if any(topic in part.form.mentions for part in parts):
        of_topic.add(Meaning.MENTIONS)
    spoken = bool(of_topic) or any(part.form.answers[topic] for part in parts)
    if topic == "unbind" and not spoken and _wants_something_of_a_lock(clauses, statements):
        of_topic.add(Meaning.MENTIONS)
    answers = {answer for part in parts for given in part.form.answers.values() for answer in given}
    answered = bool(answers - {Answer.MISSING})
    found = set(of_topic)
    for one in statements:
        is_mention = one.meaning is Meaning.MENTIONS
        if one.topic == ANY and not answered and is_mention == (not of_topic):
            found.add(one.meaning)
        if one.topic == ALL and spoken:
            found.add(one.meaning)
    if answers == {Answer.YES} and any(_is_bare_refusal(one) for one in clauses):
        found.add(Meaning.DOUBTS)  # 是否解绑：是，是否重置：是。不用了
    return found


def _is_bare_refusal(clause: Clause) -> bool:
    """Whether a clause refuses something that it does not name: 不用了."""
    codes = clause.codes.strip(Word.NAME)
    refuses = has(codes, Word.REFUSE_CLOSED) and only(codes, SETS["bare_answer"])
    return refuses and {one.topic for one in clause.statements} == {ANY}


def _unsettled(clauses: list[Clause], topic: str) -> list[Statement]:
    """All statements but those doubts of a topic that a later clause settles by saying it plainly;
    a condition is not settled so."""
    doubt, unclear = Statement(topic, Meaning.DOUBTS), Statement(topic, Meaning.UNCLEAR)
    plain = {Statement(topic, Meaning.ASKS), Statement(topic, Meaning.REFUSES)}
    settled_at = 0
    for place, one in enumerate(clauses):
        if plain & set(one.statements) and doubt not in one.statements:
            settled_at = place
    left = []
    for place, one in enumerate(clauses):
        for each in one.statements:
            hangs = each == doubt and shape("hangs").search(one.codes)
            if place >= settled_at or each not in (doubt, unclear) or hangs:
                left.append(each)
    return left


def _wants_something_of_a_lock(clauses: list[Clause], statements: list[Statement]) -> bool:
    """老锁占着位置，烦请给它办个离职手续."""
    codes = "".join(one.codes for one in clauses)
    wanted = any(one.meaning in (Meaning.ASKS, Meaning.TITLES) for one in statements)
    return not wanted and Word.LOCK in codes and Word.ASK in codes


def deciding_row(parts: list[ReadText], *, named: bool) -> Row:
    """The row of the table `mail` that tells whether the mail is a request, by what its clauses
    say, its signs, its forms and names."""
    clauses = [clause for part in parts for clause in part.clauses]
    statements = [
        one
        for clause in clauses
        if not only(clause.codes, Word.YES)
        for one in clause.statements
        if named or one.topic != ALL
    ]
    facts = set(signs_of(parts)) | _facts_of_statements(statements) | _facts_of_parts(parts)
    if named:
        facts.add("named")
    if any(Meaning.ASKS in clause.meanings for clause in parts[-1].clauses):
        facts.add("text asks")
    if _wanted(parts[0]) & _wanted(parts[-1]):
        facts.add("wanted twice")
    if any(_wants_beside_talk(clause) for clause in clauses):
        facts.add("wants beside talk")
    for row in rows("clause_sign"):
        if any(row.pattern.search(clause.codes[:_LONGEST_SIGN]) for clause in clauses):
            facts.add(row.says)
    return next(
        row for row in rows("mail") if facts.issuperset(row.facts) and facts.isdisjoint(row.unless)
    )


def _wanted(part: ReadText) -> set[str]:
    """The topics that the clauses of one text plainly want."""
    wanted = (Meaning.ASKS, Meaning.TITLES)
    statements = [one for clause in part.clauses for one in clause.statements]
    return {one.topic for one in statements if one.meaning in wanted}


def _facts_of_statements(statements: list[Statement]) -> set[str]:
    """The facts of the table `mail` that clauses show."""
    meanings = {one.meaning for one in statements}
    both = {Statement(topic, Meaning.REFUSES) for topic in TOPICS.values()}
    shown = {
        "speaks": bool(statements),
        "more than mentions": bool(meanings - {Meaning.MENTIONS}),
        "refuses all": both <= set(statements) and meanings <= {Meaning.REFUSES, Meaning.MENTIONS},
        "wants": bool(meanings & {Meaning.ASKS, Meaning.TITLES, Meaning.LISTED}),
    }
    facts = {fact for fact, is_shown in shown.items() if is_shown}
    facts |= {meaning.value for meaning in meanings}
    return facts | {f"speaks of {one.topic}" for one in statements}


def _facts_of_parts(parts: list[ReadText]) -> set[str]:
    """The facts of the table `mail` that forms and texts show."""
    answers = {answer for part in parts for given in part.form.answers.values() for answer in given}
    text = "".join(part.folded.text for part in parts)
    unknown = any(token.code == Word.UNKNOWN for part in parts for token in part.tokens)
    shown = {
        "labelled": any(part.form.names for part in parts),
        "blank form": bool(answers),
        "form": bool(answers - {Answer.MISSING}),
        "unread form": Answer.UNREAD in answers and answers <= {Answer.UNREAD, Answer.MISSING},
        "foreign": unknown and SHAPES["chinese"].search(text) is None,
        "account locked": any(SHAPES["account_locked"].search(part.folded.text) for part in parts),
        "done": _is_done(parts),
        "urgent": _is_urgent(parts),
        "template": any(SHAPES["template"].search(part.folded.text) for part in parts),
        "needs nothing": _needs_nothing(parts),
    }
    return {fact for fact, is_shown in shown.items() if is_shown}


def _is_silent(part: ReadText) -> bool:
    """Whether a text at most mentions the topics, in prose or in a form."""
    meanings = {meaning for one in part.clauses for meaning in one.meanings}
    return not any(part.form.answers.values()) and meanings <= {Meaning.MENTIONS}


def _needs_nothing(parts: list[ReadText]) -> bool:
    """供参考, 请勿再处理: whoever writes so wants nothing done, whatever is forwarded below."""
    return any(SHAPES["needs_nothing"].search(part.folded.text) for part in parts)


def _is_urgent(parts: list[ReadText]) -> bool:
    """锁丢了，今天下午就要投标: a trouble of ours, and little time."""
    trouble = any(has(codes_of(part.tokens), SETS["trouble"]) for part in parts)
    return trouble and any(SHAPES["urgent"].search(part.folded.text) for part in parts)


def _letters_elsewhere(parts: list[ReadText]) -> int:
    """Letters of unknown words, advertising and other systems."""
    words = [one.text for part in parts for one in part.tokens if one.code in SETS["elsewhere"]]
    return sum(len(SHAPES["beside_papers"].sub("", word)) for word in words)


def _wants_beside_talk(clause: Clause) -> bool:
    return Meaning.ASKS in clause.meanings and Word.TALK not in codes_of(clause.tokens)


def _is_done(parts: list[ReadText]) -> bool:
    """Whether the text, or the subject of one that speaks of nothing,
    tells of what was done, and of nothing else."""
    spoken: list[Clause] = []
    for part in reversed(parts):
        spoken = spoken or [clause for clause in part.clauses if clause.statements]
    about = [clause for clause in spoken if has(clause.codes, SETS["deed"])] or spoken
    if {meaning for clause in spoken for meaning in clause.meanings} != {Meaning.MENTIONS}:
        return False
    done = all(has(clause.codes, Word.DONE + Word.LATER) for clause in about)
    return done and not has(codes_of(parts[-1].tokens), SETS["not_done"])
