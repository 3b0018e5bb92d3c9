"""Names that a seal does not bear, made from the one that it bears: the classes of impostors by
which asking is measured. All by a seed."""

import functools
import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.drawing.fonts import font
from tests.drawing.people import invent_formed

_TAILS = ("集团股份有限公司", "集团有限公司", "股份有限公司", "有限责任公司", "有限公司")
COMMON = 3755  # of `characters`: GB 2312's first level
_PAIRS = (
    *(
        "土士",
        "未末",
        "日曰",
        "天夫",
        "大太",
        "人入",
        "己已",
        "王玉",
        "干千",
        "田由",
        "甲申",
        "木本",
        "博傅",
        "浩皓",
        "晨辰",
        "力刀",
        "明朋",
        "宏宠",
    ),
    *(
        "材村",
        "洁浩",
        "清情",
        "建健",
        "设没",
        "泰秦",
        "泽择",
        "货贷",
        "恒桓",
        "金全",
        "共兴",
        "正止",
        "方万",
        "广厂",
        "乐东",
        "石右",
        "白自",
        "古吉",
    ),
    *(
        "名各",
        "晶昌",
        "诚城",
        "佳住",
        "海悔",
        "江汪",
        "湖糊",
        "河何",
        "锐说",
        "祥详",
        "福幅",
        "瑞端",
        "技枝",
        "测侧",
        "同向",
        "和知",
        "宇字",
        "水永",
    ),
)
_SIDE = 20


@functools.cache
def characters() -> tuple[str, ...]:
    """The characters of GB 2312."""
    pairs = (bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    return tuple(text for pair in pairs if (text := pair.decode("gb2312", "ignore")))


@functools.cache
def _looks() -> NDArray[np.float32]:
    """How each of them looks: a small picture, of mean zero and length one."""
    rows = []
    for character in characters():
        tile = Image.new("L", (32, 32), 0)
        ImageDraw.Draw(tile).text(
            (16, 16), character, font=font("song_bold", 32), fill=255, anchor="mm"
        )
        look = np.asarray(tile.resize((_SIDE, _SIDE)), np.float32).ravel()
        rows.append((look - look.mean()) / np.linalg.norm(look - look.mean()))
    return np.stack(rows)


def nearest(character: str) -> str:
    """The character of GB 2312 that looks most like it."""
    at = characters().index(character)
    alike = _looks() @ _looks()[at]
    alike[at] = -1
    return characters()[int(alike.argmax())]


def distinctive(name: str) -> list[int]:
    """The places of a name that tell enterprises apart, of characters in GB 2312."""
    end = len(name) - next((len(tail) for tail in _TAILS if name.endswith(tail)), 2)
    return [i for i in range(end) if name[i] in characters()]


def impostors(name: str, seed: int) -> Iterator[tuple[str, str]]:
    """(class, claimed name): another firm, characters changed to any or to look-alikes, one more,
    one less."""
    rng, places, common = (
        random.Random(f"impostors {seed}"),
        distinctive(name),
        characters()[:COMMON],
    )
    yield "another firm", invent_formed(seed + 50_000_000, "company").name
    yield (
        "two characters",
        _changed(name, [(i, _another(rng, common, name[i])) for i in rng.sample(places, 2)]),
    )
    at = rng.choice(places)
    yield "one character", _changed(name, [(at, _another(rng, common, name[at]))])
    at = rng.choice(places)
    yield "nearest look-alike", _changed(name, [(at, nearest(name[at]))])
    pairs = [
        (i, pair[1 - pair.index(name[i])]) for i in places for pair in _PAIRS if name[i] in pair
    ]
    if pairs:
        yield "pair of look-alikes", _changed(name, [rng.choice(pairs)])
    at = rng.choice(places)
    yield "one more", name[:at] + rng.choice(common) + name[at:]
    at = rng.choice(places)
    yield "one less", name[:at] + name[at + 1 :]


def _another(rng: random.Random, characters: Sequence[str], than: str) -> str:
    return rng.choice([c for c in characters if c != than])


def _changed(name: str, changes: Sequence[tuple[int, str]]) -> str:
    letters = list(name)
    for at, character in changes:
        letters[at] = character
    return "".join(letters)
