"""Names behind labels: what stands behind 企业名称 is a name as it stands,
where it is one phrase."""

from bisect import bisect_left
from operator import attrgetter

from mail_intake.request.classes import Word
from mail_intake.request.forms.form_text import LabelledName
from mail_intake.request.grammar import SETS, TEXT, WORDS, has
from mail_intake.request.names.found_names import LONGEST_NAME, FoundName
from mail_intake.request.tokens import SHAPES, Folded, Token, codes_of


def labelled_names(
    folded: Folded, label: LabelledName, names: list[FoundName], spoken: list[Token]
) -> list[FoundName]:
    """The names in one labelled value; one that is unsure where it cannot be read."""
    start = _start(folded, label)
    value = _tidy(folded.text[start : label.end])
    if SHAPES["unfilled"].fullmatch(value):
        return []
    codes = _codes_between(spoken, start, label.end)
    phrase = _is_phrase(value, codes)
    whole = FoundName(_tidy(folded.cut(start, label.end)), start, label.end)
    inside = [name for name in names if start <= name.start < label.end]
    if not inside:
        foreign = (
            value.isascii() and codes.rstrip(SETS["behind_english"])[-1:] != Word.ENGLISH_ENDING
        )
        elsewhere = SHAPES["points_elsewhere"].fullmatch(value) is not None
        return [whole._replace(unsure=not phrase or not label.certain or foreign or elsewhere)]
    first = inside[0]
    before = _before(folded, first, start, spoken)
    alone = len(inside) == 1 and label.end - first.end <= 1 and before[-1:] != Word.COLON
    if phrase and alone and (first.unsure or before):
        return [whole]
    if first.unsure or has(before, SETS["topic"] + Word.REFUSE):
        return [first._replace(unsure=True)]
    return [name for name in inside if name is first or not name.secondary]


def _start(folded: Folded, label: LabelledName) -> int:
    """Where the value begins: behind spaces, and behind 是 (企业名称是…)."""
    value = folded.text[label.start : label.end].lstrip(" ")
    start = label.end - len(value)
    behind_sign = folded.text[start - 1 : start] in ":| \t"
    if value.startswith(tuple(WORDS["phrases"]["is"])) and not behind_sign:
        return start + 1
    return start


def _before(folded: Folded, first: FoundName, start: int, spoken: list[Token]) -> str:
    """The codes of what stands between a label and a name, without what changes nothing."""
    if first.start > start and folded.text[start : first.start].isascii():
        return ""  # an English name and a Chinese one
    return _codes_between(spoken, start, first.start).strip(SETS["beside_name"])


def _codes_between(spoken: list[Token], start: int, end: int) -> str:
    first, behind = (bisect_left(spoken, at, key=attrgetter("start")) for at in (start, end))
    return codes_of(spoken[first:behind])


def _tidy(written: str) -> str:
    whole = written.strip(TEXT["around_name"])
    opened, closed = (sum(whole.count(sign) for sign in signs) for signs in ("（(", "）)"))
    whole = whole.rstrip("）)") if opened < closed else whole
    return whole.rstrip(TEXT["behind_name"])


def _is_phrase(value: str, codes: str) -> bool:
    """Whether a value can be one name: a full name may hold any word but those of the questions."""
    codes = codes.strip(SETS["around_phrase"])
    last = codes.rstrip(Word.ENTITY_KIND + Word.OPENING + Word.CLOSING)[-1:]
    full = last in (Word.ENDING, Word.BRANCH) and not has(codes, SETS["in_no_full_name"])
    phrase = len(value) >= 2 and not has(codes.removesuffix(Word.ENDING), SETS["in_no_phrase"])
    if codes.replace(Word.FILLER, "") == Word.CENTRE or has(value, "?\ufffd"):
        return False  # the centre is written to
    return len(value) <= LONGEST_NAME and (full or phrase)
