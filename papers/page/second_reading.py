"""Which lines the better reader reads after the fast one: all of cards, and those of a licence with
fields, but for what the fast one has settled.

The fast reader knows 6,900 characters, the better one 18,700. In the place of a rare character the
fast one sees a common one, and is sure of it in one case of ten; so whatever may be a name is read
twice. Numbers, dates and printed words are not, and neither are places (their characters are in GB
2312, which the fast one knows) where it is surer still: of such lines the better reader changed
none.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from papers.kinds import paper_kinds
from papers.kinds.cards import Card
from papers.kinds.licence import Licence
from papers.lines.ocr_models import Line
from papers.lines.words import chinese_count, fold

_SURE: Final = 0.9  # of the least sure character
_SURE_OF_A_PLACE: Final = 0.98
_PLACES: Final = ("住址", "签发机关")
_TITLES: Final = ("中华人民共和国", "居民身份证", "营业执照")
_PIECES: Final = ("名", "称", "类", "型", "男", "女", "年", "月", "日", "至", "长期")
_PRINTED: Final = re.compile(
    "|".join(
        sorted(
            {
                *_TITLES,
                *paper_kinds.FRONT_LABELS,
                *paper_kinds.BACK_LABELS,
                *paper_kinds.LICENCE_LABELS,
                *_PIECES,
            },
            key=len,
            reverse=True,
        )
    )
)
_WITH_FIELDS: Final = frozenset(
    {
        *paper_kinds.NAME_LABELS,
        *paper_kinds.TYPE_LABELS,
        *paper_kinds.REPRESENTATIVE_LABELS,
        *paper_kinds.PERIOD_LABELS,
        *paper_kinds.CODE_LABELS,
    }
)
_LIKE_A_CODE: Final = 15  # letters and digits


def read_twice(cards: Sequence[Card], licence: Licence | None) -> set[int]:
    """The lines (by id) worth the better reader."""
    places = {id(line) for card in cards for line in _places(card)}
    lines = [p.line for card in cards for p in (*card.pieces, *card.number)] + list(
        _with_fields(licence) if licence else ()
    )
    return {
        id(line)
        for line in lines
        if not (_is_printed(line) or (id(line) in places and line.weakest >= _SURE_OF_A_PLACE))
    }


def _is_printed(line: Line) -> bool:
    """Whether a line was surely read and is nothing but numbers,
    dates and what is printed on all such papers."""
    return line.weakest >= _SURE and not chinese_count(_PRINTED.sub("", fold(line.text)))


def _places(card: Card) -> Iterator[Line]:
    for name in _PLACES:
        if name in card.labelled:
            yield from (p.line for p in (*card.labelled[name].value, *card.labelled[name].below))


def _with_fields(licence: Licence) -> Iterator[Line]:
    for lab in licence.labelled:
        if lab.label in _WITH_FIELDS:
            yield from (p.line for p in (*lab.head, *lab.value, *lab.below[:2]))
    yield from (
        p.line
        for p in licence.pieces
        if sum(c.isascii() and c.isalnum() for c in p.text) >= _LIKE_A_CODE
    )
