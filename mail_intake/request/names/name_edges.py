"""Where a name begins: whether a word before it cuts it or is a part of it."""

import re

from mail_intake.request.classes import Word
from mail_intake.request.grammar import SETS, WORDS
from mail_intake.request.tokens import Token, text_of

NAME_LABELS = Word.NAME_LABEL + Word.WEAK_NAME_LABEL
_WORDS = WORDS["names"]
_TRADES = "|".join(sorted(_WORDS["trades"], key=len, reverse=True))
_TRADE = re.compile(rf"(?:\A(?:{'|'.join(_WORDS['industries'])}))?(?:{_TRADES})*(?:\([^()]*\))?\Z")
_COMMON = re.compile(f"(?:{'|'.join(_WORDS['common'])}|{_TRADES})*")


def own_part(stem: list[Token]) -> str:
    """A name's words before its ending, without its trade and a place behind that in brackets."""
    return _TRADE.sub("", text_of(stem))


def is_common(own: str, *, of_company: bool) -> bool:
    """Whether the own part of a name is of common words, none of which is a name: 月底有个(学校),
    建筑装饰(有限公司). 大有建设(有限公司) is one."""
    named = of_company and len(own) > 1 and _WORDS["of_names"].issuperset(own)
    return not named and _COMMON.fullmatch(own) is not None


def edge(token: Token, before: Token, *, next_to_ending: bool) -> tuple[bool, bool]:
    """Whether a token cuts the name behind it, and whether that is unsure.

    Parts of names extend; signs and numbers cut; a word extends behind a part.
    """
    one_letter = len(before.text) == 1 and before.text.isalpha()
    small = one_letter and before.text not in _WORDS["cut"]
    inside = before.code in SETS["name_before"] or small
    joins = token.text in _WORDS["joints"] and before.code == Word.UNKNOWN
    if token.code in SETS["name_parts"] or joins:
        return False, False
    if token.code == Word.NUMBER or not token.text.isalnum() or next_to_ending:
        return not (next_to_ending and inside and token.text.isalnum()), False
    if len(token.text) == 1:
        return _edge_of_character(token, before, inside=inside)
    long = len(token.text) > 2 and token.code not in SETS["topic_in_name"]
    sure = token.code in SETS["in_no_name"] or long
    asked = token.code in Word.UNBIND + Word.RESET and before.code == Word.ASK  # 请解绑…
    return True, inside and not sure and not asked


def _edge_of_character(token: Token, before: Token, *, inside: bool) -> tuple[bool, bool]:
    """是, 为, 和 … before a name or in it."""
    weak = before.code == Word.WEAK_ENDING and len(before.text) == 1
    after_name = before.code in SETS["name_ends"] + Word.CENTRE and not weak
    doubtful = token.text in _WORDS["cut_in_doubt"]
    if before.text in _WORDS["introduce"] and token.text in _WORDS["lead"]:  # 是即墨…, and 是原…
        return doubtful, doubtful
    leads = token.text in _WORDS["lead"] and (after_name or not inside)
    if token.text not in _WORDS["cut"] and not leads:
        return False, token.text in _WORDS["extend_in_doubt"]
    labelled = before.code in NAME_LABELS and token.text in _WORDS["after_label"]
    sure = after_name or before.text + token.text in _WORDS["sure_pairs"] or labelled
    doubled = token.text in _WORDS["doubled"] and before.code == Word.UNKNOWN
    return True, not sure and (before.text == token.text or doubled or doubtful)
