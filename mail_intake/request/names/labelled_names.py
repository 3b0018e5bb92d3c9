"""Names behind labels: the text behind 企业名称 is a name as it is written, if it can be one."""

from bisect import bisect_left
from operator import attrgetter

from mail_intake.request.classes import Word
from mail_intake.request.forms.form_text import LabelledName
from mail_intake.request.grammar import SETS, TEXT, WORDS, has
from mail_intake.request.names.found_names import LONGEST_NAME, FoundName
from mail_intake.request.tokens import SHAPES, Folded, Token, codes_of


def labelled_names(
    folded: Folded, label: LabelledName, names: list[FoundName], tokens: list[Token]
) -> list[FoundName]:
    """The names in one labelled value; the whole value as an unsure one where it cannot be read.

    `names`, `tokens`: of the whole text.
    """
    start = _start(folded, label)
    value = _tidy(folded.text[start : label.end])
    if SHAPES["unfilled"].fullmatch(value):
        return []
    codes = _codes_between(tokens, start, label.end)
    phrase = _is_phrase(value, codes)
    whole = FoundName(_tidy(folded.cut(start, label.end)), start, label.end)
    inside = [name for name in names if name.name and start <= name.start < label.end]
    if not inside:
        foreign = (
            value.isascii() and codes.rstrip(SETS["behind_english"])[-1:] != Word.ENGLISH_ENDING
        )
        elsewhere = SHAPES["points_elsewhere"].fullmatch(value) is not None
        return [whole._replace(unsure=not phrase or not label.certain or foreign or elsewhere)]
    first = inside[0]
    before = _before(folded, first, start, tokens)
    alone = len(inside) == 1 and label.end - first.end <= 1 and before[-1:] != Word.COLON
    if phrase and alone and (first.unsure or before):
        return [whole]
    if first.unsure or has(before, SETS["topic"] + Word.REFUSE):
        return [first._replace(unsure=True)]
    return [name for name in inside if name is first or not name.secondary]


def _start(folded: Folded, label: LabelledName) -> int:
    """Where the value begins: behind spaces, and behind 是 or 为 (企业名称是…)."""
    value = folded.text[label.start : label.end].lstrip(" ")
    start = label.end - len(value)
    behind_sign = folded.text[start - 1 : start] in ":| \t"
    if value.startswith(tuple(WORDS["phrases"]["is"])) and not behind_sign:
        return start + 1
    return start


def _before(folded: Folded, first: FoundName, start: int, tokens: list[Token]) -> str:
    """The codes between a label and a name, without those that change nothing."""
    if first.start > start and folded.text[start : first.start].isascii():
        return ""  # an English name and a Chinese one
    return _codes_between(tokens, start, first.start).strip(SETS["beside_name"])


def _codes_between(tokens: list[Token], start: int, end: int) -> str:
    first, behind = (bisect_left(tokens, at, key=attrgetter("start")) for at in (start, end))
    return codes_of(tokens[first:behind])


def _tidy(written: str) -> str:
    """The value without signs around it, closing brackets of none and particles behind it."""
    whole = written.strip(TEXT["around_name"])
    opened, closed = (sum(whole.count(sign) for sign in signs) for signs in ("（(", "）)"))
    whole = whole.rstrip("）)") if opened < closed else whole
    return whole.rstrip(TEXT["behind_name"])


def _is_phrase(value: str, codes: str) -> bool:
    """Whether a value can be one name: a full name (…有限公司, a branch) or a short phrase, each
    without certain words."""
    codes = codes.strip(SETS["around_phrase"])
    if codes.replace(Word.FILLER, "") == Word.CENTRE:  # the mail's addressee
        return False
    if has(value, "?\ufffd") or len(value) > LONGEST_NAME:
        return False
    last = codes.rstrip(Word.ENTITY_KIND + Word.OPENING + Word.CLOSING)[-1:]
    if last in (Word.ENDING, Word.BRANCH) and not has(codes, SETS["in_no_full_name"]):
        return True
    return len(value) >= 2 and not has(codes.removesuffix(Word.ENDING), SETS["in_no_phrase"])
