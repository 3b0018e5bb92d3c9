"""Items of the writer's own list, spoken of by number: 1、解绑；2、重置密码。第2项不用.

A reference becomes the deed of its item, so that the tables read it as if the deed were named; the
item itself is then a mere entry. A reference to no such item is doubt (table `loose`). A number of
the list that no shape reads, and that counts nothing, is doubt of its item (2请无视).
"""

from unicodedata import numeric

from mail_intake.request.grammar import LETTERS, shape
from mail_intake.request.tokens import SHAPES, Token, Word, letters_of, text_of


def with_items(found: list[Token]) -> list[Token]:
    """The tokens with each reference read as the deed of its item, and with the items marked."""
    letters = "".join(
        Word.NUMBER
        if token.letter in LETTERS["may_number"] and SHAPES["bare_number"].fullmatch(token.text)
        else token.letter
        for token in found
    )
    items = {item.start(): item for item in shape("item").finditer(letters)}
    deeds = {label: item["deed"] for at, item in items.items() for label in _labels(found[at])}
    if len(deeds) == 2:
        first, last = deeds.values()
        deeds |= {place: last if place in "后末" else first for place in "前头首后末"}
    read = dict[int, str]()
    for one in shape("reference").finditer(letters):
        for at in set(range(*one.span())) - items.keys():
            named = [deeds.get(label, "") for label in _labels(found[at])]
            if letters[at] in LETTERS["ordinals"] and named and all(named):
                apart = one["own"] and at > one.start() and letters[at - 1] not in LETTERS["joins"]
                read[at] = "," * bool(apart) + Word.AND.join(named)
            elif one["alone"] and letters[at] in LETTERS["ordinals"] + Word.UNKNOWN * bool(deeds):
                read[at] = Word.SECOND
    read |= {item.start("deed"): Word.LISTED + item["deed"][0] for item in items.values() if read}
    numbers = {one.start("label") for one in SHAPES["item_number"].finditer(text_of(found))}
    spoken = {one.start("item") for one in shape("spoken").finditer(letters_of(found))}
    for at in spoken - {*items, *read, -1}:
        token = found[at]
        named = [deeds[label] for label in _labels(token) if label in deeds]
        if named and numbers.intersection(range(token.start, token.end)):
            read[at] = f"{Word.LEFT_TO_YOU}{Word.AND.join(named)}{token.letter}"
    return [
        token._replace(letter=letter)
        for at, token in enumerate(found)
        for letter in read.get(at, token.letter)
    ]


def _labels(token: Token) -> list[float | str]:
    """The numbers of a token, alike in any numerals: 2, 二, ② and ⅱ; 前 of 前者, 后 of 后一项."""
    return [numeric(one[-1], 0) or one for one in SHAPES["numeral"].findall(token.text)]
