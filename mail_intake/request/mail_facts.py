"""What a mail is: the row of the table `mail` that its facts decide, and signs of what it is about.

Signs are codes that subject and text show anywhere; facts are signs and what clauses, forms and
names say.
"""

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.clauses import ALL, Clause, Meaning, Statement
from mail_intake.request.cutting import LONGEST_CLAUSE, TOPICS
from mail_intake.request.grammar import SETS, Row, has, only, rows
from mail_intake.request.read_text import ReadText, shows
from mail_intake.request.tokens import SHAPES, codes_of


def signs_of(parts: list[ReadText]) -> dict[str, tuple[str, Row]]:
    """The results of the table `sign` on subject and text; each with the codes that it matched, and
    the row."""
    codes = Word.LINE_END.join(
        codes_of(token for token in part.tokens if token.code not in SETS["left_out_of_signs"])
        for part in parts
    )
    return {row.says: (met[0], row) for row in rows("sign") if (met := row.pattern.search(codes))}


def facts_of(parts: list[ReadText], *, named: bool) -> set[str]:
    """What the table `mail` decides by: the mail's signs, and what its clauses, forms and names
    say."""
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
    if any(_wants_beside_talk(clause) for clause in clauses):
        facts.add("wants beside talk")
    for row in rows("clause_sign"):
        if any(row.pattern.search(clause.codes[:LONGEST_CLAUSE]) for clause in clauses):
            facts.add(row.says)
    return facts


def deciding_row(facts: set[str]) -> Row:
    """The row of the table `mail` that tells whether a mail with these facts is a request."""
    return next(
        row for row in rows("mail") if facts.issuperset(row.facts) and facts.isdisjoint(row.unless)
    )


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
    if Meaning.UNCLEAR in meanings:
        facts.add("doubts")
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
        "foreign": unknown and SHAPES["chinese"].search(text) is None,
        "account locked": shows(parts, "account_locked"),
        "done": _is_done(parts),
        "urgent": _is_urgent(parts),
        "template": shows(parts, "template"),
        # 供参考, 请勿再处理: whoever writes so wants nothing done, whatever is forwarded below
        "needs nothing": shows(parts, "needs_nothing"),
    }
    return {fact for fact, is_shown in shown.items() if is_shown}


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


def is_silent(part: ReadText) -> bool:
    """Whether a text at most mentions the topics, in prose or in a form."""
    meanings = {meaning for one in part.clauses for meaning in one.meanings}
    return not any(part.form.answers.values()) and meanings <= {Meaning.MENTIONS}


def _is_urgent(parts: list[ReadText]) -> bool:
    """锁丢了，今天下午就要投标: it speaks of a lock, a login or a deed, and of little time."""
    trouble = any(has(codes_of(part.tokens), SETS["trouble"]) for part in parts)
    return trouble and shows(parts, "urgent")


def letters_elsewhere(parts: list[ReadText]) -> int:
    """Letters of unknown words, advertising and other systems."""
    words = [one.text for part in parts for one in part.tokens if one.code in SETS["elsewhere"]]
    return sum(len(SHAPES["beside_papers"].sub("", word)) for word in words)
