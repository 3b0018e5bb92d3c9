"""The request as a mail's words say it: forms and prose weighed against each other, one answer each
for unbinding and for the reset. They must agree, else the answer is AMBIGUOUS. What is spoken of at
all is at least UNREAD: a wrong MISSING would reject a complete request."""

from collections.abc import Collection
from itertools import islice, permutations
from pathlib import Path
from typing import NamedTuple

from core.data.submission import Answer, RequestForm
from mail_intake.request.clauses import ALL, ANY, TOPICS, Clause, Said, Statement, read_clauses
from mail_intake.request.form import Form, LabelledName, read_forms
from mail_intake.request.grammar import LETTERS, TEXT, WORDS, Row, has, only, rows, shape
from mail_intake.request.items import with_items
from mail_intake.request.names import FoundName, known_spans, name_key, names_in, short_spans
from mail_intake.request.tokens import (
    Folded,
    Lexicon,
    Token,
    Word,
    fold,
    letters_of,
    lexicon,
    tokens,
    with_names,
)

_LONGEST_VALUE, _LONGEST_LEGEND, _LONGEST_SIGN, _MOST_NAMES, _SHORT_NAME, _LONGEST_PLACE = (
    60,
    20,
    200,
    40,
    4,
    6,
)


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

    `known`: names on the submission's papers; `own_words`: the operator's lexicon.
    """
    parts = read_parts(subject, new_text, known, own_words)
    found = [name for part in parts for name in part.names]
    signs = signs_of(parts)
    # a parent's name is none where its branch's is in doubt
    longer = [name_key(name.name) for name in found if name.unsure]
    sure = [
        name
        for name in found
        if not name.unsure
        and not any(one.startswith(key := name_key(name.name)) and one != key for one in longer)
    ]
    short = _short_forms({name_key(name.name) for name in sure})
    sure, shown = (
        [name for name in sure if name_key(name.name) not in short],
        set(map(name_key, known)),
    )
    # a school or a shop beside the name on the papers
    if any(name_key(name.name) in shown for name in sure):
        sure = [
            name
            for name in sure
            if has(name.name, WORDS["names"]["full"]) or name_key(name.name) in shown
        ]
    names = dict[str, str]()
    for name in [name for name in sure if not name.secondary] or sure:
        names.setdefault(name_key(name.name), name.name)
    return RequestForm(
        enterprise_names=tuple(names.values()),
        name_unread=not names and bool(found or "english name" in signs),
        unbind=_weighed(parts, "unbind", named=bool(sure)),
        reset_password=_weighed(parts, "reset", named=bool(sure)),
        has_request_words=deciding_row(parts, named=bool(sure)).says == "request",
        asks_progress="progress" in signs,
        withdraws="withdraws" in signs,
    )


def read_parts(
    subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None
) -> list[ReadText]:
    """The subject without Re: and its like, nothing of it where the desk wrote it, and the text."""
    title = shape("subject_prefix").sub("", subject).replace("\n", " ")
    if shape("our_subject").search(title):
        title = " ".join(shape("of_subject").findall(title))
    # the text answers the subject
    if (asked := shape("questions_last").search(title)) and shape("answers_first").match(new_text):
        title, new_text = title[: asked.start()], f"{asked[0]}：{new_text}"
    found = [named_in(text, known, lexicon(own_words)) for text in (title, new_text)]
    whole = "|".join(
        [
            name_key(one)
            for one in (
                *known,
                *(name.name for _, _, names in found for name in names if not name.unsure),
            )
        ][:_MOST_NAMES]
    )
    return [_read(*found[0], whole), _read(*found[1], whole, letters_of(found[0][1]))]


def _short_forms(keys: set[str]) -> set[str]:
    """Those of the names' keys that are short forms of another: its end, or the same characters in
    order and no kind of company."""
    pairs = [(key, one, iter(one)) for key, one in permutations(sorted(keys)[:_MOST_NAMES], 2)]
    return {
        key
        for key, one, rest in pairs
        if one.endswith(key)
        or (not has(key, WORDS["names"]["full"]) and all(each in rest for each in key))
    }


def signs_of(parts: list[ReadText]) -> dict[str, tuple[str, Row]]:
    """What the rows of the table `sign` say of the letters of subject and text;
    each with what it met, and the row."""
    letters = "\n".join(
        letters_of(token for token in part.tokens if token.letter not in LETTERS["no_sign"])
        for part in parts
    )
    return {row.says: (met[0], row) for row in rows("sign") if (met := row.pattern.search(letters))}


def named_in(
    written: str, known: Collection[str], words: Lexicon
) -> tuple[Folded, list[Token], list[FoundName]]:
    """The text folded, its tokens and the names in it."""
    folded = fold(written, words)
    spoken = tokens(folded.text, words, known_spans(folded, known) if known else ())
    return folded, spoken, names_in([token for token in spoken if token.text], folded)


def _read(
    folded: Folded, spoken: list[Token], names: list[FoundName], whole: str, subject: str = ""
) -> ReadText:
    """What a text says; `whole`: the keys of the names that subject, text and papers show,
    whose short forms are names too."""
    named = with_names(spoken, [(name.start, name.end) for name in names if not name.unsure])
    short = list(short_spans(named, whole))
    found = _with_legend(with_items(with_names(named, short)), folded.text)
    form, left = read_forms(found)
    asked = max(
        (token.end for token in found if token.letter in LETTERS["topics"]),
        default=len(folded.text),
    )
    # "-- ", or an address or a telephone below the last topic
    signs = list(shape("signature").finditer(folded.text))
    signed = min(
        [sign.start() for sign in signs if "--" in sign[0]]
        + [asked for sign in signs if sign.start() >= asked],
        default=len(folded.text),
    )
    labelled = [one for span in form.names for one in _labelled(folded, span, names, spoken)]
    beside = [
        name._replace(
            secondary=name.secondary or name.start > signed,
            unsure=name.unsure or any(start <= name.start < end for start, end in form.others),
        )
        for name in names
        if not any(label.start <= name.start < label.end for label in form.names)
    ]
    said = [
        FoundName(
            folded.cut(start, last := end + 2 * folded.text.startswith("公司", end)),
            start,
            last,
            secondary=True,
        )
        for start, end in short
        if end - start >= _SHORT_NAME
        and any(
            0 <= name.find(name_key(folded.text[start:end])) <= _LONGEST_PLACE
            for name in whole.split("|")
        )
    ]
    return ReadText(
        folded, found, labelled + beside + said, form, list(read_clauses(left, subject))
    )


def _with_legend(found: list[Token], text: str) -> list[Token]:
    """The tokens with the answers that a text gives names to (A是 B否, 1=是 0=否);
    what names them is left out."""
    signs = list(islice(shape("legend").finditer(text), _LONGEST_LEGEND))
    answers = {sign[1]: Word.NO if sign[2] else Word.YES for sign in signs}
    if len(set(answers.values())) < 2:
        return found
    left = [
        token
        for token in found
        if not any(sign.start() <= token.start < sign.end() for sign in signs)
    ]
    return [
        *(
            token._replace(letter=answers.get(token.text.strip(" .、选"), token.letter))
            for token in left
        ),
        Token("\n", "", len(text), len(text)),
    ]


def _labelled(
    folded: Folded, label: LabelledName, names: list[FoundName], spoken: list[Token]
) -> list[FoundName]:
    """The names in one labelled value; one that is unsure where it cannot be read.

    Behind a label one phrase is a name as it stands.
    """
    start = label.end - len(folded.text[label.start : label.end].lstrip(" "))
    # 企业名称是…
    start += (
        folded.text[start : label.end].startswith(tuple(WORDS["phrases"]["is"]))
        and folded.text[start - 1 : start] not in ":| \t"
    )
    value = _tidy(folded.text[start : label.end])
    if shape("unfilled").fullmatch(value):
        return []
    whole = FoundName(_tidy(folded.cut(start, label.end)), start, label.end)
    letters = letters_of(token for token in spoken if start <= token.start < label.end)
    phrase = _one_phrase(value, letters)
    inside = [name for name in names if start <= name.start < label.end]
    if not inside:
        foreign = value.isascii() and letters.rstrip(" .;,")[-1:] != Word.ENGLISH_ENDING
        return [
            whole._replace(
                unsure=not phrase
                or not label.certain
                or foreign
                or shape("points_elsewhere").fullmatch(value) is not None
            )
        ]
    first = inside[0]
    # an English name and a Chinese one
    english = first.start > start and folded.text[start : first.start].isascii()
    before = (
        ""
        if english
        else letters_of(token for token in spoken if start <= token.start < first.start).strip(
            LETTERS["beside_name"]
        )
    )
    if (
        phrase
        and len(inside) == 1
        and label.end - first.end <= 1
        and before[-1:] != ":"
        and (first.unsure or before)
    ):
        return [whole]
    unsure = first.unsure or has(before, LETTERS["topics"] + Word.REFUSE)
    return (
        [first._replace(unsure=True)]
        if unsure
        else [name for name in inside if name is first or not name.secondary]
    )


def _tidy(written: str) -> str:
    whole = written.strip(TEXT["around_name"])
    opened, closed = (sum(whole.count(sign) for sign in signs) for signs in ("（(", "）)"))
    return (whole.rstrip("）)") if opened < closed else whole).rstrip(TEXT["behind_name"])


def _one_phrase(value: str, letters: str) -> bool:
    """Whether a value can be one name: a full name may hold any word but those of the questions."""
    letters = letters.strip(" ,;:|/\n")
    full = letters.rstrip(f"{Word.ENTITY_KIND}()")[-1:] in (Word.ENDING, Word.BRANCH) and not has(
        letters, LETTERS["no_full_name"]
    )
    phrase = 2 <= len(value) <= _LONGEST_VALUE and not has(
        letters.removesuffix(Word.ENDING), LETTERS["no_phrase"]
    )
    # the centre is written to
    return (
        (full or phrase)
        and letters.replace(Word.FILLER, "") != Word.CENTRE
        and not has(value, "?\ufffd")
    )


def _weighed(parts: list[ReadText], topic: str, *, named: bool) -> Answer:
    """One answer from forms and prose: they must agree; doubt beats a yes or no; a mere mention
    beats nothing. An advertisement names nobody."""
    labels = {answer for part in parts for answer in part.form.answers[topic]}
    left_blank, filled_in, body = (
        Answer.MISSING in labels,
        bool(labels & {Answer.YES, Answer.NO}),
        _prose(parts[1:], topic),
    )
    # subject 解绑及重置
    heads_form = filled_in and all(
        _prose(parts[:1], one) & {Said.ASKS, Said.TITLES} for one in TOPICS.values()
    )
    prose = body if heads_form else _prose(parts, topic)
    title_asks = not (
        (body if Said.TITLES in body else prose) & {Said.QUESTIONS, Said.DOUBTS}
        or Said.UNCLEAR in body  # short names in subjects are
        or any(shape("prevails").search(part.folded.text) for part in parts[1:])
    )
    advertises = not named and any(
        token.letter == Word.TALK for part in parts for token in part.tokens
    )
    refused = (
        Answer.NO in labels
        or Said.REFUSES in prose
        or (Said.EXCLUDED in prose and Said.MENTIONS not in prose)
    )
    # where the form is left blank, the subject is no answer
    asked = Answer.YES in labels or Said.ASKS in (body if left_blank else prose)
    asked = asked or (Said.TITLES in prose and (refused or (title_asks and not left_blank)))
    if prose == {Said.LISTED}:  # 1、解绑；2、重置密码。第2项不用
        asked = asked or any(Said.REFUSES in _prose(parts, one) for one in TOPICS.values())
    if Answer.AMBIGUOUS in labels or (asked and refused):
        return Answer.AMBIGUOUS
    if (
        Answer.UNREAD in labels
        or Said.DOUBTS in prose
        or (advertises and prose)
        or (Said.UNCLEAR in prose and not asked and not filled_in)
    ):
        return Answer.UNREAD
    return (
        Answer.YES
        if asked
        else Answer.NO
        if refused
        else Answer.UNREAD
        if prose
        else Answer.MISSING
    )


def _prose(parts: list[ReadText], topic: str) -> set[Said]:
    """What the clauses say of a topic; a statement that may be of either topic counts where no form
    answers and this one is spoken of, or nothing is."""
    clauses, doubt, unclear = (
        [clause for part in parts for clause in part.clauses],
        Statement(topic, Said.DOUBTS),
        Statement(topic, Said.UNCLEAR),
    )
    # what is said plainly settles the doubt of clauses before it, but no condition
    plain = {Statement(topic, Said.ASKS), Statement(topic, Said.REFUSES)}
    settled = max(
        (
            place
            for place, one in enumerate(clauses)
            if plain & set(one.statements) and doubt not in one.statements
        ),
        default=0,
    )
    statements = [
        each
        for place, one in enumerate(clauses)
        for each in one.statements
        if place >= settled
        or each not in (doubt, unclear)
        or (each == doubt and shape("hangs").search(one.letters))
    ]
    said = {each.said for each in statements if each.topic == topic} | {
        Said.MENTIONS for part in parts if topic in part.form.mentions
    }
    answered = any(
        set(answers) - {Answer.MISSING} for part in parts for answers in part.form.answers.values()
    )
    spoken = bool(said) or any(part.form.answers[topic] for part in parts)
    letters, wanted = (
        "".join(one.letters for one in clauses),
        any(each.said in (Said.ASKS, Said.TITLES) for each in statements),
    )
    # 老锁占着位置，烦请给它办个离职手续
    if (
        topic == "unbind"
        and not spoken
        and not wanted
        and Word.LOCK in letters
        and Word.ASK in letters
    ):
        said.add(Said.MENTIONS)
    return (
        said
        | {
            each.said
            for each in statements
            if each.topic == ANY and not answered and bool(said) != (each.said is Said.MENTIONS)
        }
        | {each.said for each in statements if each.topic == ALL and spoken}
    )


def deciding_row(parts: list[ReadText], *, named: bool) -> Row:
    """The row of the table `mail` that tells whether the mail is a request, by what its clauses
    say, the signs of its letters, its forms and names."""
    clauses = [clause for part in parts for clause in part.clauses]
    said = [
        each
        for clause in clauses
        if not only(clause.letters, Word.YES)
        for each in clause.statements
        if named or each.topic != ALL
    ]
    answers = [answer for part in parts for topic in part.form.answers.values() for answer in topic]
    chinese = shape("chinese").search("".join(part.folded.text for part in parts))
    shown = {
        "named": named,
        "labelled": any(part.form.names for part in parts),
        "blank form": bool(answers),
        "form": bool(set(answers) - {Answer.MISSING}),
        "foreign": any(token.letter == Word.UNKNOWN for part in parts for token in part.tokens)
        and chinese is None,
        "account locked": any(shape("account_locked").search(part.folded.text) for part in parts),
        "done": _is_done(parts),
        "speaks": bool(said),
        "more than mentions": any(each.said is not Said.MENTIONS for each in said),
        "refuses all": {("unbind", Said.REFUSES), ("reset", Said.REFUSES)} <= set(said)
        and {each.said for each in said} <= {Said.REFUSES, Said.MENTIONS},
        "wants": any(each.said in (Said.ASKS, Said.TITLES, Said.LISTED) for each in said),
        "wants beside talk": any(
            each.said is Said.ASKS
            for clause in clauses
            if Word.TALK not in letters_of(clause.tokens)
            for each in clause.statements
        ),
    }
    signs = {
        row.says
        for row in rows("clause_sign")
        for clause in clauses
        if row.pattern.search(clause.letters[:_LONGEST_SIGN])
    } | signs_of(parts).keys()
    facts = signs.union(
        *((each.said.value, f"speaks of {each.topic}") for each in said),
        (fact for fact, is_shown in shown.items() if is_shown),
    )
    return next(
        row for row in rows("mail") if facts.issuperset(row.facts) and facts.isdisjoint(row.unless)
    )


def _is_done(parts: list[ReadText]) -> bool:
    """Whether the text, or the subject of one that speaks of nothing,
    tells of what was done, and of nothing else."""
    spoken = next(
        (
            spoken
            for part in reversed(parts)
            if (spoken := [clause for clause in part.clauses if clause.statements])
        ),
        [],
    )
    about = [clause for clause in spoken if has(clause.letters, Word.UNBIND + Word.RESET)] or spoken
    return (
        {each.said for clause in spoken for each in clause.statements} == {Said.MENTIONS}
        and all(has(clause.letters, Word.DONE + Word.LATER) for clause in about)
        and not has(letters_of(parts[-1].tokens), LETTERS["not_done"])
    )
