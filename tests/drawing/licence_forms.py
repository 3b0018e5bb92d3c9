"""Business licences as the registry's printed forms of 2011, 2014 and 2019 look: a broad engraved
frame, the national emblem astride its upper edge, and, on the form of 2019, the caption beside the
QR code on the rows of the title."""

import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from tests.drawing.cards import emblem
from tests.drawing.fonts import font
from tests.drawing.licences import (
    _INK,
    LANDSCAPE,
    PORTRAIT,
    _left_rows,
    _registry_line,
    _right_rows,
    chinese_date,
    paragraph,
    qr_code,
    spread,
    validity,
)
from tests.drawing.people import Enterprise

_PAPER = (253, 251, 245)
_BANDS = ((196, 186, 140), (176, 190, 160), (206, 188, 160))
_GILT = (92, 74, 36)
_CAPTION = (
    "扫描二维码登录",
    "‘国家企业信用",
    "信息公示系统’",
    "了解更多登记、",
    "备案、许可、监",
    "管信息。",
)
_INSET, _BAND = 78, 52
_EMBLEM = 0.165  # of the shorter side
Rows = Sequence[tuple[str, str]]


def _framed(size: tuple[int, int], rng: random.Random) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A sheet with an engraved band around it, interrupted above by the emblem."""
    page = Image.new("RGB", size, _PAPER)
    draw, colour = ImageDraw.Draw(page), rng.choice(_BANDS)
    for step in range(0, _BAND, 4):
        inset = _INSET + step
        draw.rectangle(
            (inset, inset, size[0] - inset, size[1] - inset), outline=colour, width=1 + step % 3
        )
    middle = _INSET + _BAND // 2
    for x in range(_INSET, size[0] - _INSET, 34):
        for y in (middle, size[1] - middle):
            draw.arc((x - 17, y - 17, x + 17, y + 17), 0, 360, fill=colour, width=3)
    for y in range(_INSET, size[1] - _INSET, 34):
        for x in (middle, size[0] - middle):
            draw.arc((x - 17, y - 17, x + 17, y + 17), 0, 360, fill=colour, width=3)
    side = int(_EMBLEM * min(size))
    emblem(draw, (size[0] - side) // 2, int(middle - 0.42 * side), side)
    return page, draw


def _columns(
    draw: ImageDraw.ImageDraw, y: int, columns: Sequence[tuple[int, int, Rows]], face: str
) -> None:
    """Rows of labels and values; of each column the left edge and the width of its values."""
    label, value = font("song", 32), font(face, 34)
    for x, width, rows in columns:
        at = y
        for name, text in rows:
            spread(draw, x, at, name, label, 185)
            at = max(paragraph(draw, x + 225, at - 2, text, value, width), at + 70) + 12


def _foot(page: Image.Image, left: str, right: str) -> None:
    draw, face, y = ImageDraw.Draw(page), font("song", 20), page.height - 58
    draw.text((_INSET, y), left, font=face, fill=_INK)
    draw.text((page.width - _INSET, y), right, font=face, fill=_INK, anchor="ra")


def form_2019(
    enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool
) -> Image.Image:
    page, draw = _framed(LANDSCAPE, rng)
    draw.text((1000, 300), "营 业 执 照", font=font("song_bold", 120), fill=_GILT, anchor="mm")
    if duplicate:
        draw.text((1000, 410), "（副　本）", font=font("song", 42), fill=_INK, anchor="mm")
        draw.text((1260, 396), f"{rng.randrange(1, 4)}-1", font=font("song", 32), fill=_INK)
    draw.text((160, 262), "统一社会信用代码", font=font("hei", 30), fill=_INK)
    draw.text((160, 312), enterprise.uscc, font=font("song", 34), fill=_INK)
    page.paste(qr_code(enterprise.uscc, 170), (1540, 200))
    for n, line in enumerate(_CAPTION):
        draw.text((1722, 206 + 27 * n), line, font=font("song", 21), fill=_INK)
    columns = (
        (150, 600, _left_rows(enterprise)),
        (1090, 540, _right_rows(enterprise, show_validity=show_validity)),
    )
    _columns(draw, 500, columns, rng.choice(("song", "hei", "kai")))
    _registry_line(page, enterprise, rng, (1560, 1140))
    _foot(
        page,
        "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn",
        "国家市场监督管理总局监制",
    )
    return page


def form_2014(
    enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool
) -> Image.Image:
    page, draw = _framed(PORTRAIT, rng)
    draw.text((707, 340), "营业执照", font=font("song_bold", 150), fill=_GILT, anchor="mm")
    if duplicate:
        draw.text((640, 480), "（副　本）", font=font("song", 46), fill=_INK, anchor="mm")
        draw.text((840, 480), "(1-1)", font=font("song", 32), fill=_INK, anchor="mm")
    code = f"统一社会信用代码{enterprise.uscc}"
    draw.text((1240, 560), code, font=font("song", 32), fill=_INK, anchor="rm")
    head, middle = _left_rows(enterprise), _right_rows(enterprise, show_validity=show_validity)
    rows = [*head[:2], middle[-1], *head[2:-1], *middle[:-1], head[-1]]
    _columns(draw, 640, ((190, 760, rows),), rng.choice(("song", "kai")))
    page.paste(qr_code(enterprise.uscc, 180), (180, 1560))
    draw.text((180, 1750), "在线扫码获取详细信息", font=font("song", 22), fill=_INK)
    _registry_line(page, enterprise, rng, (1010, 1660))
    _foot(page, "企业信用信息公示系统网址：", "中华人民共和国国家工商行政管理总局监制")
    return page


def form_2011(
    enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool
) -> Image.Image:
    """The form before credit codes: it has a registration number, and no QR code."""
    page, draw = _framed(LANDSCAPE, rng)
    draw.text((1000, 330), "企业法人营业执照", font=font("song_bold", 128), fill=_GILT, anchor="mm")
    if duplicate:
        draw.text((1000, 440), "（副　本）", font=font("song", 42), fill=_INK, anchor="mm")
    number = f"注册号 {rng.randrange(10**14, 10**15)}"
    draw.text((1830, 470), number, font=font("song", 32), fill=_INK, anchor="rm")
    left = [
        ("名称", enterprise.name),
        ("住所", enterprise.address),
        ("法定代表人姓名", enterprise.legal_representative),
        ("公司类型", enterprise.type),
        ("经营范围", enterprise.scope),
    ]
    right = [
        ("注册资本", enterprise.capital),
        ("实收资本", enterprise.capital),
        ("成立日期", chinese_date(enterprise.founded)),
    ]
    if show_validity and enterprise.valid_until:
        right.append(("营业期限", validity(enterprise)))
    _columns(draw, 540, ((150, 640, left), (1130, 540, right)), rng.choice(("song", "kai")))
    _registry_line(page, enterprise, rng, (1500, 1140))
    _foot(page, "", "中华人民共和国国家工商行政管理总局制")
    return page


FORMS = {"form_2019": form_2019, "form_2014": form_2014, "form_2011": form_2011}
WITHOUT_CODE = frozenset({"form_2011"})
