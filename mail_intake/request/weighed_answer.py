"""One answer on a topic, from the forms and the prose of subject and text.

They must agree, else the answer is AMBIGUOUS. What is spoken of at all is at least UNREAD: a wrong
MISSING would reject a complete request.
"""

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.clauses import ALL, ANY, Clause, Meaning, Statement
from mail_intake.request.cutting import TOPICS
from mail_intake.request.grammar import SETS, has, only, shape
from mail_intake.request.read_text import ReadText, shows
from mail_intake.request.tokens import codes_of

_IN_DOUBT = {Meaning.DOUBTS, Meaning.UNCLEAR}


def weighed_answer(parts: list[ReadText], topic: str, *, named: bool) -> Answer:
    """One answer from forms and prose: they must agree; doubt beats a yes or no; a mere mention
    beats nothing. An advertisement names nobody."""
    if _heads_form(parts, topic):
        parts = parts[1:]
    labels = {answer for part in parts for answer in part.form.answers[topic]}
    filled_in = bool(labels & {Answer.YES, Answer.NO})
    prose = _prose(parts, topic)
    asked = _wants(parts, topic, labels, prose)
    refused = _is_refused(labels, prose)
    if Answer.AMBIGUOUS in labels or (asked and refused):
        return Answer.AMBIGUOUS
    talks = any(token.code == Word.TALK for part in parts for token in part.tokens)
    advertises = not named and talks and bool(prose)
    if Answer.UNREAD in labels or prose & _IN_DOUBT or advertises:
        return Answer.UNREAD
    if asked:
        elsewhere = (
            _is_of_other_system(parts[-1].clauses, topic)
            or shows(parts, "other_centre")
            or (topic == "unbind" and _is_of_locked_account(parts))
            or (topic == "reset" and _is_of_pin(parts))
        )
        return Answer.UNREAD if elsewhere and not filled_in else Answer.YES
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


def _is_of_locked_account(parts: list[ReadText]) -> bool:
    """Whether an account is locked after wrong passwords, and no lock has a trouble: to unbind may
    mean to open it again (账号被锁定，请解绑)."""
    codes = [codes_of(clause.tokens) for part in parts for clause in part.clauses]
    lock_has_trouble = any(Word.LOCK in one and Word.REASON in one for one in codes)
    return shows(parts, "account_locked") and not lock_has_trouble


def _is_of_pin(parts: list[ReadText]) -> bool:
    """Whether the lock's own password is spoken of, and the account's is not."""
    of_lock = any(Word.PIN in codes_of(part.tokens) for part in parts)
    return of_lock and not shows(parts, "registered_password")


def _heads_form(parts: list[ReadText], topic: str) -> bool:
    """Whether the text has a form that answers, and the subject is its heading: it names both
    deeds (解绑及重置), or the one that the form asks for (解绑申请 王芳)."""
    answers = {Answer.YES, Answer.NO}.intersection(parts[-1].form.answers[topic])
    if not answers:
        return False
    wanted = {Meaning.ASKS, Meaning.TITLES}
    if all(_prose(parts[:1], one) & wanted for one in TOPICS.values()):
        return True
    codes = codes_of(parts[0].tokens)
    names_both = Word.UNBIND in codes and Word.RESET in codes
    return (names_both or answers == {Answer.YES}) and bool(shape("title_with_words").search(codes))


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
    doubtful = (body if Meaning.TITLES in body else prose) & {Meaning.QUESTIONS, *_IN_DOUBT}
    return not doubtful and not shows(parts[1:], "prevails")


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
    answers.discard(Answer.MISSING)
    found = set(of_topic)
    for one in statements:
        is_mention = one.meaning is Meaning.MENTIONS
        if one.topic == ANY and not answers and is_mention == (not of_topic):
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
