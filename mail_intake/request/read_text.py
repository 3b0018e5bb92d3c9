"""One text, read: its names, its forms and what its clauses say."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from math import inf
from pathlib import Path
from typing import NamedTuple

from mail_intake.request.classes import Word
from mail_intake.request.clauses import Clause, read_clauses
from mail_intake.request.forms.form_reading import read_forms
from mail_intake.request.forms.form_text import Form
from mail_intake.request.forms.option_lists import with_chosen_options
from mail_intake.request.grammar import SETS, has
from mail_intake.request.items import with_items, with_parted_lines
from mail_intake.request.names.found_names import FoundName
from mail_intake.request.names.known_names import name_key, short_spans
from mail_intake.request.names.labelled_names import labelled_names
from mail_intake.request.names.named_text import named_in
from mail_intake.request.tokens import NOTHING, SHAPES, Folded, Token, codes_of, lexicon, with_names

_LONGEST_LEGEND = 20  # entries
_WIDEST_INDENT = 20  # blanks
MOST_NAMES = 40
_SHORT_NAME = 4  # characters of a short form that is a name
_LONGEST_PLACE = 6  # characters of a place before it in the full name


class ReadText(NamedTuple):
    """One text, read: its names (labelled ones first), its forms, and what its clauses say."""

    folded: Folded
    tokens: list[Token]
    names: list[FoundName]
    form: Form
    clauses: list[Clause]


def shows(parts: Iterable[ReadText], shape: str) -> bool:
    """Whether any of the texts has an expression of folding.toml."""
    return any(SHAPES[shape].search(part.folded.text) for part in parts)


def is_ours(subject: str) -> bool:
    """Whether the desk wrote the subject: the mail answers a letter about a case."""
    return SHAPES["our_subject"].search(_without_prefix(subject)) is not None


def _without_prefix(subject: str) -> str:
    return SHAPES["subject_prefix"].sub("", subject).replace("\n", " ").replace("_", " ")


def read_parts(
    subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None
) -> list[ReadText]:
    """The subject without Re: and its like, nothing of it where the desk wrote it, and the text."""
    title = _without_prefix(subject)
    if is_ours(subject):
        title = " ".join(SHAPES["of_subject"].findall(title))
    asked = SHAPES["questions_last"].search(title)
    if asked and SHAPES["answers_first"].match(new_text):  # the text answers the subject
        title, new_text = title[: asked.start()], f"{asked[0]}：{new_text}"
    found = [named_in(text, known, lexicon(own_words)) for text in (title, new_text)]
    sure = [name.name for _, _, names in found for name in names if not name.unsure]
    whole = "|".join([name_key(name) for name in (*known, *sure)][:MOST_NAMES])
    return [_read(*found[0], whole), _read(*found[1], whole, codes_of(found[0][1]))]


def _read(
    folded: Folded, tokens: list[Token], names: list[FoundName], whole: str, subject: str = ""
) -> ReadText:
    """The request in a text. `whole`: the keys of the names in subject, text and papers, whose
    short forms are names too."""
    named = with_names(tokens, [(name.start, name.end) for name in names if not name.unsure])
    short = list(short_spans(named, whole))
    parted = with_parted_lines(with_names(named, short))
    listed = _with_legend(with_items(parted), folded.text)
    found = with_chosen_options(listed)
    form, left = read_forms(found)
    signed = _signature_at(folded, found)
    labelled = [one for span in form.names for one in labelled_names(folded, span, names, tokens)]
    form_signed = _form_signed_at(found, labelled)
    beside = [
        name._replace(
            secondary=name.secondary
            or name.start > signed
            or (name.start > form_signed and _begins_line(folded.text, name.start)),
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


def _form_signed_at(found: list[Token], labelled: list[FoundName]) -> float:
    """Behind what a name that begins its line signs for several that labels name: below the last of
    them and of its answers, and behind the last topic."""
    ends = [name.end for name in labelled if not name.unsure]
    if len(ends) < 2:
        return inf
    answers = SETS["topic"] + SETS["answer_word"]
    below = [token for token in found if token.start >= max(ends)]
    line_ends = [token.start for token in below if token.code == Word.LINE_END][1:2]
    answered = [token.start for token in below if token.code in answers][:1]
    topics_end = max((token.end for token in found if token.code in SETS["topic"]), default=0)
    return max(topics_end, min(line_ends + answered, default=inf))


def _begins_line(text: str, start: int) -> bool:
    return text[max(start - _WIDEST_INDENT, 0) : start].rstrip(" ").endswith("\n")


def _short_names(folded: Folded, short: list[tuple[int, int]], whole: str) -> list[FoundName]:
    """The short forms that name one of the enterprises in `whole`, as far
    as a place before them."""
    found = []
    for start, end in short:
        key = name_key(folded.text[start:end])
        places = [name.find(key) for name in whole.split("|")]
        if end - start >= _SHORT_NAME and any(0 <= place <= _LONGEST_PLACE for place in places):
            last = end + len("公司") if folded.text.startswith("公司", end) else end
            found.append(FoundName(folded.cut(start, last), start, last))
    return found


def _with_legend(found: list[Token], text: str) -> list[Token]:
    """The tokens with the answers that a text gives names to (A是 B否, 1=是 0=否), where it uses
    them; what names them is left out."""
    signs = list(islice(SHAPES["legend"].finditer(text), _LONGEST_LEGEND))
    meanings = {(sign[1], Word.NO if sign[2] else Word.YES) for sign in signs}
    answers = dict(meanings)
    if len(set(answers.values())) < 2 or len(meanings) > len(answers):
        return found
    left = [
        token
        for token in _without_brackets(found)
        if not any(sign.start() <= token.start < sign.end() for sign in signs)
    ]
    edges = [NOTHING, *left, NOTHING]
    read = [
        token._replace(code=answers.get(_choice(token), token.code))
        if _is_alone(before, behind)
        else token
        for before, token, behind in zip(edges, left, edges[2:], strict=False)
    ]
    return [*read, Token(Word.LINE_END, "", len(text), len(text))] if read != left else found


def _is_alone(before: Token, behind: Token) -> bool:
    """Whether nothing is written behind a token, and no other choice beside it."""
    heads_line = before.code == Word.LINE_END and behind.code != Word.LINE_END
    joined = has(before.code + behind.code, SETS["joins_numbers"])
    return not (heads_line or joined or behind.text.isalnum())


def _without_brackets(found: list[Token]) -> Iterator[Token]:
    """The tokens, where (1. is a bracket and a number."""
    for token in found:
        if token.code == Word.NUMBER and token.text.startswith("("):
            inner = token.start + 1
            yield Token(Word.OPENING, "(", token.start, inner)
            yield token._replace(text=token.text[1:], start=inner)
        else:
            yield token


def _choice(token: Token) -> str:
    """The letter or number that a token chooses."""
    return token.text.strip(" .、选")
