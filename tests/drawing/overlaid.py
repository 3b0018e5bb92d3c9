"""Requests whose seals lie over a named part of each card and licence,
also on cards of other proportions.

Seeds from FIRST on look so: `python -m bench.documents --first 900000 --complete 400`. Three of
four are complete; every fourth lacks one thing, in turn, and is sealed as the others are. A place
is the middle of the seal, in fractions of its paper.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.drawing.strata import ONE_OF, parts_without

FIRST = 900_000
LACKS = ("id_front", "id_back", "licence", "seal")
_WEARS = (
    "scan",
    "scan",
    "scan",
    "grey",
    "grey",
    "photo",
    "coarse",
    "faint",
    "skew",
    "clean",
)
_STRETCHES = (1.0, 1.0, 0.88, 1.15)
PLACES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "id_front": {
        "姓名": (0.1, 0.15),
        "性别": (0.1, 0.27),
        "民族": (0.32, 0.27),
        "出生": (0.1, 0.39),
        "住址": (0.1, 0.51),
        "住址下": (0.35, 0.58),
        "住址与公民身份号码": (0.08, 0.7),
        "公民身份号码": (0.15, 0.87),
        "号码": (0.63, 0.87),
        "照片": (0.8, 0.45),
    },
    "id_back": {
        "国徽": (0.14, 0.22),
        "中华人民共和国": (0.55, 0.2),
        "居民身份证": (0.57, 0.36),
        "签发机关": (0.28, 0.74),
        "签发机关与有效期限": (0.2, 0.81),
        "有效期限": (0.28, 0.88),
        "期限": (0.55, 0.88),
    },
    "landscape": {
        "国徽": (0.5, 0.1),
        "营业执照": (0.5, 0.21),
        "统一社会信用代码": (0.14, 0.2),
        "二维码": (0.87, 0.16),
        "名称": (0.11, 0.35),
        "类型": (0.11, 0.41),
        "法定代表人": (0.11, 0.47),
        "经营范围": (0.11, 0.53),
        "注册资本": (0.6, 0.35),
        "成立日期": (0.6, 0.41),
        "住所": (0.6, 0.5),
        "登记机关": (0.6, 0.83),
        "页脚": (0.2, 0.95),
    },
    "portrait": {
        "国徽": (0.5, 0.08),
        "营业执照": (0.5, 0.17),
        "统一社会信用代码": (0.5, 0.27),
        "名称": (0.2, 0.33),
        "住所": (0.2, 0.41),
        "法定代表人": (0.2, 0.45),
        "注册资本": (0.2, 0.5),
        "经营范围": (0.2, 0.6),
        "二维码": (0.17, 0.85),
        "登记机关": (0.5, 0.83),
        "页脚": (0.3, 0.96),
    },
}


def plan(seed: int) -> dict[str, Any]:
    """How the request of a seed looks.

    `over`: by kind of part, the place of the seal and its name.
    """
    rng, lacks = (
        np.random.default_rng(seed),
        LACKS[seed // ONE_OF % len(LACKS)] if seed % ONE_OF == ONE_OF - 1 else "",
    )
    one_page = bool(rng.random() < 0.25)
    layout = "landscape" if one_page else str(rng.choice(["landscape", "portrait"]))
    sides = {"id_front": "id_front", "id_back": "id_back", "licence": layout}
    names = {kind: str(rng.choice([*PLACES[side]])) for kind, side in sides.items()}
    return {
        "wear": str(rng.choice(_WEARS)),
        "turn": int(rng.choice([0, 0, 0, 90, 180, 270])),
        "one_page": one_page,
        "sealed": lacks != "seal",
        "seal_colour": str(rng.choice(["red"] * 9 + ["blue"])),
        "layout": layout,
        "stretch": float(rng.choice(_STRETCHES)),
        "over": {kind: (PLACES[side][names[kind]], names[kind]) for kind, side in sides.items()},
        "form": str(rng.choice(["company"] * 5 + ["sole_trader", "branch"])),
        "parts": parts_without(lacks),
        "lacks": lacks,
    }
