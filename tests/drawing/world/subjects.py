"""Invented senders for the pages of the world: companies, sole traders, public institutions, and
the people who act for them. All by a seed.

Names are made of characters of GB 2312 at large, not of a short list, so that a reader meets rare
ones; district codes are unassigned (xx9999).
"""

import random
from dataclasses import dataclass
from datetime import date

from core.check_digits import (
    id_check_digit,
    organisation_code_ok,
    uscc_check_character,
)
from tests.drawing.people import end_of_card

_LEVEL_ONE = tuple(
    text
    for high in range(0xB0, 0xD7)
    for low in range(0xA1, 0xFE)
    if (text := bytes([high, low]).decode("gb2312", "ignore"))
)
_LEVEL_TWO = tuple(
    text
    for high in range(0xD8, 0xF0)
    for low in range(0xA1, 0xFE)
    if (text := bytes([high, low]).decode("gb2312", "ignore"))
)
_CITIES = (
    "长沙",
    "合肥",
    "南宁",
    "昆明",
    "兰州",
    "太原",
    "贵阳",
    "南昌",
    "福州",
    "海口",
    "银川",
    "西宁",
    "哈尔滨",
    "长春",
    "无锡",
    "佛山",
    "襄阳",
    "攀枝花",
)
_COUNTIES = (
    "岳麓区",
    "蜀山区",
    "青秀区",
    "盘龙区",
    "城关区",
    "小店区",
    "云岩区",
    "东湖区",
    "晋安区",
    "龙华区",
)
_WORDS = (
    "路桥",
    "勘察设计",
    "智能科技",
    "幕墙",
    "钢结构",
    "供应链",
    "检验检测",
    "农业开发",
    "造价咨询",
    "新能源",
    "石化装备",
    "文化传媒",
    "安防",
    "管网",
)
_TRADER = ("五金店", "建材商行", "图文工作室", "烟酒经营部", "汽修厂", "苗圃场")
_UNIT = (
    "疾病预防控制中心",
    "第二实验小学",
    "图书馆",
    "水利工程质量监督站",
    "公路养护中心",
    "人民医院",
)
_COMPANY = ("有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_SURNAMES = "卜尤戚柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who sends a request.

    `kind`: company, trader or unit; dates are ISO, "" where the paper shows none.
    """

    kind: str
    name: str
    uscc: str
    head: str
    address: str
    founded: str
    until: str
    handler: str
    id_number: str
    born: str
    sex: str
    card_until: str
    card_from: str
    police: str


def _characters(rng: random.Random, count: int) -> str:
    return "".join(
        rng.choice(_LEVEL_TWO if rng.random() < 0.12 else _LEVEL_ONE) for _ in range(count)
    )


def _person(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + _characters(rng, rng.choice((1, 2, 2)))


def _name(rng: random.Random, kind: str) -> str:
    city, brand = rng.choice(_CITIES), _characters(rng, rng.choice((2, 2, 3, 4)))
    if kind == "trader":
        return f"{city}市{rng.choice(_COUNTIES)}{brand}{rng.choice(_TRADER)}"
    if kind == "unit":
        return f"{city}市{rng.choice(_COUNTIES)}{rng.choice(_UNIT)}"
    trade, form = rng.choice(_WORDS), rng.choice(_COMPANY)
    return rng.choice(
        (
            f"{city}{brand}{trade}{form}",
            f"{brand}{trade}（{city}）{form}",
            f"{city}市{brand}{trade}{form}",
        )
    )


def _uscc(rng: random.Random, kind: str) -> str:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = (
        {"company": "91", "trader": "92", "unit": "12"}[kind]
        + rng.choice(("13", "34", "43", "52"))
        + "9999"
    )
    body += "".join(rng.choice(letters) for _ in range(9))
    body = next(b for c in "0123456789X" if organisation_code_ok((b := body[:16] + c)[8:]))
    return body + uscc_check_character(body)


def subject(seed: int) -> Subject:
    """The sender of a seed; always the same one."""
    rng = random.Random(f"world {seed}")
    kind = rng.choices(("company", "trader", "unit"), (7, 2, 1))[0]
    born, sex = (
        date(rng.randrange(1960, 2004), rng.randrange(1, 13), rng.randrange(1, 29)),
        rng.choice("男女"),
    )
    body = (
        f"{rng.choice(('13', '34', '43', '52'))}9999{born:%Y%m%d}"
        f"{rng.randrange(50) * 20 + 2 * rng.randrange(10) + (sex == '男'):03d}"
    )
    begun = date(rng.randrange(2018, 2025), rng.randrange(1, 13), rng.randrange(1, 29))
    founded = date(rng.randrange(1995, 2024), rng.randrange(1, 13), rng.randrange(1, 29))
    city, county = rng.choice(_CITIES), rng.choice(_COUNTIES)
    return Subject(
        kind,
        _name(rng, kind),
        _uscc(rng, kind),
        _person(rng),
        f"{city}市{county}{_characters(rng, 2)}路{rng.randrange(1, 400)}号{rng.randrange(1, 30)}栋"
        f"{rng.randrange(101, 2900)}室",
        founded.isoformat(),
        rng.choice(("long-term", "", founded.replace(year=founded.year + 50).isoformat())),
        _person(rng),
        body + id_check_digit(body),
        born.isoformat(),
        sex,
        end_of_card(born, begun),
        begun.isoformat(),
        f"{city}市公安局{county.removesuffix('区')}分局",
    )
