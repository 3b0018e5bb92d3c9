"""What the words around a name tell of it."""

from typing import NamedTuple

from mail_intake.request.classes import Word
from mail_intake.request.grammar import TEXT, WORDS, has, shape
from mail_intake.request.names.name_edges import NAME_LABELS
from mail_intake.request.tokens import NOTHING, SHAPES, Token, codes_of, text_of

_WORDS = WORDS["names"]
_BLANK = Word.SPACE + Word.COLON
_MARKED = Word.OPENING + Word.PRINCIPAL + Word.CLOSING


class Context(NamedTuple):
    """`secondary`: named beside the one that asks. `principal`: another asks for it. `asks_too`: 也
    stands behind it. `of_tender`: its tender is spoken of. `asks`: a request stands behind it."""

    secondary: bool = False
    principal: bool = False
    asks_too: bool = False
    of_tender: bool = False
    asks: bool = False


def tokens_before(found: list[Token], at: int, most: int) -> list[Token]:
    """The last tokens before the one at `at`."""
    return found[max(at - most, 0) : at]


def is_introduced(found: list[Token], first: int) -> bool:
    """Whether a word or a label leads to the name."""
    before = (token for token in reversed(tokens_before(found, first, 3)))
    lead = next((token for token in before if token.code != Word.SPACE), None)
    if lead is None:
        return False
    return lead.text in _WORDS["introduce"] or lead.code in NAME_LABELS


def context_of(found: list[Token], first: int, last: int) -> Context:
    """What the words around the name of the tokens `first` to `last` tell: an agent, a former name,
    a slip, a partner, a seller of locks is secondary; whom another asks for is the principal."""
    behind = found[last + 1 : last + 7]
    asks = shape("asks_behind").match(codes_of(behind)) is not None
    directly = asks and not has(codes_of(behind[:1]), Word.COMMA)
    members = _WORDS["member"] | (_WORDS["member_that_asks"] if directly else frozenset())
    near = [one for one in tokens_before(found, first, 4) if one.code not in _BLANK]
    before = [one for one in near if one.text not in members][-2:]
    lead = before[-1] if before else NOTHING
    # 甲公司（委托人）申请解绑
    marked = codes_of(behind[:3]) == _MARKED
    led = codes_of(before).rstrip(Word.OPENING).endswith(Word.PRINCIPAL)  # 委托人（甲公司）
    # （现为甲公司全资子公司）
    owns = any(one.text in _WORDS["member"] for one in behind[:2])
    principal = marked or (not owns and (led or lead.text in _WORDS["asked_for"]))
    of_tender = SHAPES["tender_behind"].match(text_of(behind)) is not None  # 甲医院（的）项目
    beside = _leads_beside(before, lead) or _acts(lead, behind) or _partner(lead, behind)
    after = [token for token in behind[:2] if token.code != Word.SPACE][:1]
    asks_too = text_of(after).startswith(TEXT["also"])
    return Context(beside and not principal, principal, asks_too, of_tender, asks)


def _leads_beside(before: list[Token], lead: Token) -> bool:
    """Whether what stands before a name says that it is not the one that asks."""
    of_it = before[-1:] if lead.code != Word.FILLER else before[:1]  # 旗下的
    beside = codes_of(of_it) == Word.SECONDARY
    beside |= lead.text in _WORDS["elsewhere"]
    former = lead.text in _WORDS["former"] and codes_of(before)[:1] == Word.OPENING
    return beside or former


def _acts(lead: Token, behind: list[Token]) -> bool:
    """Whether a name is an agent's, a former one (甲公司现已更名为…) or a slip."""
    if SHAPES["acts_for"].match(text_of(behind)):
        return lead.text[-1:] not in _WORDS["for_whom"]  # 请为甲公司代办
    if SHAPES["now_named"].match(text_of(behind)):
        return True
    if lead.text in _WORDS["written_as"] and SHAPES["in_fact"].match(text_of(behind)):
        return True
    after = shape("acts_behind").match(codes_of(behind))
    return after is not None and behind[after.end() - 1].text not in _WORDS["with_object"]


def _partner(lead: Token, behind: list[Token]) -> bool:
    """Whether something is agreed with the one named: 与甲公司签合同."""
    return lead.text in _WORDS["with"] and text_of(behind).startswith(tuple(_WORDS["agreed"]))
