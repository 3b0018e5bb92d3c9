"""Lists of options of which one is to be chosen: □仅解绑 ☑仅重置密码 □两项都办.

Such a list has an option for one deed alone or for both, so that a box left empty denies nothing.
Its chosen option becomes a line of prose and the others go. Each deed of the list is in doubt where
not one is chosen, or it names no deed, or more is said behind another (□两项都办，我们再商量).
"""

import re
from collections.abc import Iterator

from mail_intake.request.classes import Word
from mail_intake.request.grammar import SETS, has, shape
from mail_intake.request.tokens import NOTHING, Token, codes_of

_DEEDS = (Word.UNBIND, Word.RESET)
_BETWEEN = Word.LINE_END + Word.SPACE + SETS["pause"]
_ALONE = NOTHING._replace(code=Word.ONLY, text="仅")
_DOUBT = NOTHING._replace(code=Word.DOUBT, text="□")

Option = re.Match[str]


def with_chosen_options(found: list[Token]) -> list[Token]:
    """The tokens with what the writer chose in place of each list."""
    left, at = list[Token](), 0
    for options in _lists(codes_of(found)):
        marks = [one["mark"] for one in options]
        chosen = [one for one in options if Word.TICK in one["mark"]]
        if Word.TICK not in "".join(marks):
            chosen = [one for one in options if Word.CROSSED_BOX in one["mark"]]
        if not chosen:
            continue
        deeds = _deeds_in(found[options[0].start() : options[-1].end()])
        text = _chosen_text(found, chosen[0], deeds)
        if len(chosen) > 1 or _says_more(options, chosen[0]) or not text:
            text = [token for deed in deeds for token in (NOTHING, _DOUBT, deed)]
        left += [*found[at : options[0].start()], NOTHING, *text, NOTHING]
        at = options[-1].end()
    return [*left, *found[at:]]


def _deeds_in(tokens: list[Token]) -> list[Token]:
    """The first token of each deed that they name."""
    named = (next((one for one in tokens if one.code == deed), None) for deed in _DEEDS)
    return [one for one in named if one]


def _chosen_text(found: list[Token], chosen: Option, deeds: list[Token]) -> list[Token]:
    """The text of the chosen option: behind 仅 where it names one deed, behind the deeds of the
    list where it means both; none where it names no deed."""
    text = found[chosen.start("text") : chosen.end()]
    codes, named = codes_of(text), len(_deeds_in(text))
    if not named:
        return [*deeds, *text] if Word.BOTH in codes else []
    return [_ALONE, *text] if named == 1 and Word.ONLY not in codes else text


def _says_more(options: list[Option], chosen: Option) -> bool:
    """Whether more is said behind another option than the chosen one."""
    return any(one["more"].strip(_BETWEEN) for one in options if one is not chosen)


def _lists(codes: str) -> Iterator[list[Option]]:
    """The lists of options of which one is to be chosen."""
    options: list[Option] = []
    for one in shape("option").finditer(codes):
        if options and codes[options[-1].end() : one.start()].strip(_BETWEEN):
            if _chooses_one(codes, options):
                yield options
            options = []
        options.append(one)
    if _chooses_one(codes, options):
        yield options


def _chooses_one(codes: str, options: list[Option]) -> bool:
    """Whether the options stand behind their marks, and one of them is for one deed alone or for
    both."""
    if len(options) < 2 or has(_line_before(codes, options[0].start()), SETS["topic"]):
        return False
    texts = [one["text"] for one in options]
    alone = any(Word.ONLY in text and has(text, "".join(_DEEDS)) for text in texts)
    together = any(Word.BOTH in text or all(deed in text for deed in _DEEDS) for text in texts)
    return (alone or together) and has("".join(texts), "".join(_DEEDS))


def _line_before(codes: str, at: int) -> str:
    return codes[:at].rpartition(Word.LINE_END)[-1]
