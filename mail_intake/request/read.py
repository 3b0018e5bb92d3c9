"""The request as a mail's words say it: forms and prose weighed against each other, one answer each for unbinding and for the reset.

They must agree, else the answer is AMBIGUOUS. What is spoken of at all is at least UNREAD: a wrong MISSING would reject a complete request.
"""

from collections.abc import Collection
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from core.cases.letter_marks import CASE_WORD
from core.cases.submission import Answer, RequestForm
from mail_intake.request.clauses import ALL, ANY, Clause, Said, read_clauses
from mail_intake.request.form import Form, LabelledName, read_forms
from mail_intake.request.grammar import LETTERS, TEXT, WORDS, has, only, rows, shape
from mail_intake.request.names import FoundName, known_spans, name_key, names_in
from mail_intake.request.tokens import Folded, Token, Word, fold, letters_of, lexicon, tokens, with_names

_LONGEST_VALUE, _LONGEST_LEGEND = 60, 20


class ReadText(NamedTuple):
    """One text, read: its names (labelled ones first), its forms, and what its clauses say."""

    folded: Folded
    tokens: list[Token]
    names: list[FoundName]
    form: Form
    clauses: list[Clause]


def read_request(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> RequestForm:
    """The request as subject and new text say it together. `known`: names on the submission's papers; `own_words`: the operator's lexicon."""
    parts = read_parts(subject, new_text, known, own_words)
    found = [name for part in parts for name in part.names]
    letters = sign_letters(parts)
    longer = [name_key(name.name) for name in found if name.unsure]   # a parent's name is none where its branch's is in doubt
    sure = [name for name in found if not name.unsure and not any(one.startswith(key := name_key(name.name)) and one != key for one in longer)]
    names: dict[str, str] = {}
    for name in [name for name in sure if not name.aside] or sure:
        names.setdefault(name_key(name.name), name.name)
    return RequestForm(
        enterprise_names=tuple(names.values()), name_unread=not names and bool(found or Word.ENGLISH_ENDING in letters),
        unbind=_weighed(parts, "unbind", named=bool(sure)), reset_password=_weighed(parts, "reset", named=bool(sure)),
        has_request_words=_asks_something(parts, named=bool(sure)), asks_progress=_shows(letters, "progress"),
        withdraws=_shows(letters, "withdraws") and Word.WITHDRAWAL_STANDS not in letters,
    )


def read_parts(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> list[ReadText]:
    """The subject without Re: and its like, nothing of it where the desk wrote it, and the text."""
    title = shape("subject_prefix").sub("", subject).replace("\n", " ")
    title = "" if CASE_WORD in title or shape("our_subject").search(title) else title
    return [read_text(text, known, own_words) for text in (title, new_text)]


def sign_letters(parts: list[ReadText]) -> str:
    """The letters in which the rows of the table `sign` are looked for."""
    return "\n".join(letters_of(token for token in part.tokens if token.letter not in LETTERS["no_sign"]) for part in parts)


def read_text(written: str, known: Collection[str] = (), own_words: Path | None = None) -> ReadText:
    """One text, read by itself."""
    folded, words = fold(written), lexicon(own_words)
    spoken = tokens(folded.text, words, known_spans(folded, known) if known else ())
    names = names_in(spoken, folded)
    found = _with_legend(with_names(spoken, [(name.start, name.end) for name in names if not name.unsure]), folded.text)
    form, left = read_forms(found)
    asked = max((token.end for token in found if token.letter in LETTERS["topics"]), default=len(folded.text))
    signs = list(shape("signature").finditer(folded.text))   # "-- ", or an address or a telephone below the last topic
    signed = min([sign.start() for sign in signs if "--" in sign[0]] + [asked for sign in signs if sign.start() >= asked], default=len(folded.text))
    labelled = [one for span in form.names for one in _labelled(folded, span, names, spoken)]
    beside = [
        name._replace(aside=name.aside or name.start > signed, unsure=name.unsure or any(start <= name.start < end for start, end in form.others))
        for name in names if not any(label.start <= name.start < label.end for label in form.names)
    ]
    return ReadText(folded, found, labelled + beside, form, list(read_clauses(left)))


def _with_legend(found: list[Token], text: str) -> list[Token]:
    """The tokens with the answers that a text gives names to (A是 B否, 1=是 0=否); what names them is left out."""
    signs = list(islice(shape("legend").finditer(text), _LONGEST_LEGEND))
    answers = {sign[1]: Word.NO if sign[2] else Word.YES for sign in signs}
    if len(set(answers.values())) < 2:
        return found
    left = [token for token in found if not any(sign.start() <= token.start < sign.end() for sign in signs)]
    return [token._replace(letter=answers.get(token.text.strip(" .、选"), token.letter)) for token in left]


def _labelled(folded: Folded, label: LabelledName, names: list[FoundName], spoken: list[Token]) -> list[FoundName]:
    """The names in one labelled value; one that is unsure where it cannot be read. Behind a label one phrase is a name as it stands."""
    start = label.end - len(folded.text[label.start:label.end].lstrip(" "))
    start += folded.text[start:label.end].startswith(tuple(WORDS["phrases"]["is"])) and folded.text[start - 1:start] not in ":| \t"   # 企业名称是…
    value = _tidy(folded.text[start:label.end])
    if shape("unfilled").fullmatch(value):
        return []
    whole = FoundName(_tidy(folded.cut(start, label.end)), start, label.end)
    phrase = _one_phrase(value, letters_of(token for token in spoken if start <= token.start < label.end))
    inside = [name for name in names if start <= name.start < label.end]
    if not inside:
        return [whole._replace(unsure=not phrase or not label.certain or value.isascii() or shape("points_elsewhere").fullmatch(value) is not None)]
    first = inside[0]
    before = letters_of(token for token in spoken if start <= token.start < first.start).strip(LETTERS["beside_name"])
    if phrase and len(inside) == 1 and label.end - first.end <= 1 and Word.ENGLISH_ENDING not in before and (first.unsure or before):
        return [whole]
    if first.unsure or has(before, LETTERS["topics"] + Word.REFUSE):
        return [first._replace(unsure=True)]
    return [name for name in inside if name is first or not name.aside]


def _tidy(written: str) -> str:
    whole = written.strip(TEXT["around_name"])
    opened, closed = (sum(whole.count(sign) for sign in signs) for signs in ("（(", "）)"))
    return (whole.rstrip("）)") if opened < closed else whole).rstrip(TEXT["behind_name"])


def _one_phrase(value: str, letters: str) -> bool:
    """Whether a value can be one name: a full name may hold any word but those of the questions."""
    letters = letters.strip(" ,;:|/\n")
    if letters.replace(Word.FILLER, "") == Word.CENTRE or has(value, "?\ufffd"):
        return False   # the centre that is written to
    if letters.rstrip(f"{Word.ENTITY_KIND}()")[-1:] in (Word.ENDING, Word.BRANCH) and not has(letters, LETTERS["no_full_name"]):
        return True
    return 2 <= len(value) <= _LONGEST_VALUE and not has(letters.removesuffix(Word.ENDING), LETTERS["no_phrase"])


def _weighed(parts: list[ReadText], topic: str, *, named: bool) -> Answer:
    """One answer from forms and prose: they must agree; doubt beats a yes or no; a mere mention beats nothing. An advertisement names nobody."""
    labels = {answer for part in parts for answer in part.form.answers[topic]}
    prose = _prose(parts, topic)
    titled = Said.TITLES in prose
    talk = not named and any(token.letter == Word.TALK for part in parts for token in part.tokens)
    refused = Answer.NO in labels or Said.REFUSES in prose
    asked = Answer.YES in labels or Said.ASKS in prose or (titled and (refused or not prose & {Said.QUESTIONS, Said.DOUBTS, Said.UNCLEAR}))
    if Answer.AMBIGUOUS in labels or (asked and refused):
        return Answer.AMBIGUOUS
    if Answer.UNREAD in labels or Said.DOUBTS in prose or (Said.UNCLEAR in prose and not asked) or (talk and prose):
        return Answer.UNREAD
    return Answer.YES if asked else Answer.NO if refused else Answer.UNREAD if prose else Answer.MISSING


def _prose(parts: list[ReadText], topic: str) -> set[Said]:
    """What the clauses say of a topic; a statement that may be of either topic counts where no form answers and this one is spoken of, or nothing is."""
    statements = [each for part in parts for clause in part.clauses for each in clause.statements]
    said = {each.said for each in statements if each.topic == topic} | {Said.MENTIONS for part in parts if topic in part.form.mentions}
    answered = any(set(answers) - {Answer.MISSING} for part in parts for answers in part.form.answers.values())
    spoken = bool(said) or any(part.form.answers[topic] for part in parts)
    return said | {each.said for each in statements if each.topic == ANY and not answered and (said or each.said is Said.MENTIONS)} \
        | {each.said for each in statements if each.topic == ALL and spoken}


def _asks_something(parts: list[ReadText], *, named: bool) -> bool:
    """Whether anything is asked for, refused or told that the desk could act on; questions, thanks, other systems and foreign mail are not."""
    clauses = [clause for part in parts for clause in part.clauses]
    spoken, letters = letters_of(token for part in parts for token in part.tokens), "\n".join(clause.letters for clause in clauses)
    said = {each.said for clause in clauses for each in clause.statements if not only(clause.letters, Word.YES) and (named or each.topic != ALL)}
    questions = any(has(clause.letters, LETTERS["questions"]) and clause.letters != Word.QUESTION for clause in clauses)
    if any(answers for part in parts for answers in part.form.answers.values()) or (said and any(part.form.names for part in parts)):
        return True
    alien = Word.UNKNOWN in spoken and not shape("chinese").search("".join(part.folded.text for part in parts))
    ours = Word.UNBIND in spoken or (has(spoken, Word.RESET + Word.PASSWORD) and Word.LOCK in spoken)
    elsewhere = Word.OTHER_SYSTEM in spoken and not (Word.LOCK in spoken and has(spoken, LETTERS["topics"])) and not (named and Said.ASKS in said)
    body = [clause for clause in parts[-1].clauses if clause.statements]
    about = [clause for clause in body if has(clause.letters, Word.UNBIND + Word.RESET)] or body
    success = {each.said for clause in body for each in clause.statements} == {Said.MENTIONS} \
        and all(Word.DONE in clause.letters for clause in about) and not has(letters_of(parts[-1].tokens), LETTERS["not_done"])
    if (alien and not ours) or elsewhere or success:
        return False   # ca and key are words of other tongues
    if Word.TALK in spoken:
        return named and any(Word.TALK not in letters_of(clause.tokens) and Said.ASKS in {each.said for each in clause.statements} for clause in clauses)
    if any(_shows(clause.letters[:200], "concerns") for clause in clauses) and (named or said or f"{Word.QUESTION}{Word.UNKNOWN}" not in letters):
        return True
    if questions:
        wishes = any(has(clause.letters, Word.ASK + Word.DOUBT + Word.HOLD) and not has(clause.letters, LETTERS["questions"]) for clause in clauses)
        return bool(said & {Said.ASKS, Said.TITLES}) or Word.PROGRESS in spoken or (named and wishes and bool(said - {Said.MENTIONS}))
    about_locks = any(Word.LOCK in clause.letters and Word.OTHER_SYSTEM not in clause.letters for clause in clauses)
    return about_locks or bool(said - {Said.QUESTIONS, Said.REFUSES}) or (bool(said) and named)


def _shows(letters: str, sign: str) -> bool:
    """Whether a row of the table `sign` meets the letters."""
    return any(row.says == sign and row.pattern.search(letters) for row in rows("sign"))
