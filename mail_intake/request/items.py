"""Items of the writer's own list, spoken of by number: 1、解绑；2、重置密码。第2项不用.

A reference becomes the deed of its item, so that the tables read it as if the deed were named;
the item itself is then a mere entry. A reference to no such item is doubt (table `loose`).
A number of the list that no shape reads, and that counts nothing, is doubt of its item (2请无视).
"""

from unicodedata import numeric

from mail_intake.request.classes import Word
from mail_intake.request.grammar import SETS, shape
from mail_intake.request.tokens import SHAPES, Token, codes_of, text_of


def with_items(found: list[Token]) -> list[Token]:
    """The tokens with each reference read as the deed of its item, and with the items marked."""
    codes = "".join(Word.NUMBER if _may_be_number(token) else token.code for token in found)
    items = {item.start(): item for item in shape("item").finditer(codes)}
    deeds = {label: item["deed"] for at, item in items.items() for label in _labels(found[at])}
    if len(deeds) == 2:
        first, last = deeds.values()
        deeds |= {place: last if place in "后末" else first for place in "前头首后末"}
    read = dict[int, str]()
    for one in shape("reference").finditer(codes):
        for at in set(range(*one.span())) - items.keys():
            named = [deeds.get(label, "") for label in _labels(found[at])]
            if codes[at] in SETS["ordinal_or_number"] and named and all(named):
                apart = (
                    one["own"] and at > one.start() and codes[at - 1] not in SETS["joins_numbers"]
                )
                read[at] = Word.COMMA * bool(apart) + Word.AND.join(named)
            elif one["alone"] and codes[at] in SETS["ordinal_or_number"] + Word.UNKNOWN * bool(
                deeds
            ):
                read[at] = Word.SECOND
    if read:
        read |= {item.start("deed"): Word.LISTED + item["deed"][0] for item in items.values()}
    numbers = {one.start("label") for one in SHAPES["item_number"].finditer(text_of(found))}
    spoken = {one.start("item") for one in shape("spoken").finditer(codes_of(found))}
    for at in spoken - {*items, *read, -1}:
        token = found[at]
        named = [deeds[label] for label in _labels(token) if label in deeds]
        if named and numbers.intersection(range(token.start, token.end)):
            read[at] = f"{Word.LEFT_TO_YOU}{Word.AND.join(named)}{token.code}"
    return [
        token._replace(code=code)
        for at, token in enumerate(found)
        for code in read.get(at, token.code)
    ]


def with_parted_lines(found: list[Token]) -> list[Token]:
    """The tokens with commas between the items of a line that a name heads and slashes part:
    某公司/解绑是/重置否."""
    codes = codes_of(found)
    lines = shape("line_parted_by_slashes").finditer(codes)
    parted = {at for line in lines for at in range(*line.span())}
    return [
        token._replace(code=Word.COMMA) if token.code == Word.SLASH and at in parted else token
        for at, token in enumerate(found)
    ]


def _may_be_number(token: Token) -> bool:
    may_be = token.code in SETS["may_be_number"]
    return may_be and SHAPES["bare_number"].fullmatch(token.text) is not None


def _labels(token: Token) -> list[float | str]:
    """The numbers of a token, alike in any numerals: 2, 二, ② and ⅱ; 前 of 前者, 后 of 后一项."""
    return [numeric(one[-1], 0) or one for one in SHAPES["numeral"].findall(token.text)]
