"""Business licences as images: the 2019 landscape form, the 2014 portrait form, a copy (副本) of
either, and the electronic licence on a telephone.

The registry's own red seal stands at the lower right, as on every licence; the QR code carries the
public register's address with the code.
"""

import random

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from tests.drawing.cards import emblem
from tests.drawing.fonts import font
from tests.drawing.people import Enterprise
from tests.drawing.seals import press, seal, worn

LANDSCAPE = (2000, 1414)
PORTRAIT = (1414, 2000)
_INK = (22, 22, 22)
_GOLD = (178, 140, 60)


def chinese_date(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{month}月{day}日"


def validity(enterprise: Enterprise) -> str:
    """What follows 营业期限."""
    if enterprise.valid_until in {"", "long-term"}:
        return "长期"
    return f"{chinese_date(enterprise.founded)}至{chinese_date(enterprise.valid_until)}"


def qr_code(uscc: str, size_px: int) -> Image.Image:
    code = zxingcpp.create_barcode(
        f"http://www.gsxt.gov.cn/index.html?uniscid={uscc}", zxingcpp.BarcodeFormat.QRCode
    )
    return (
        Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=8))
        .convert("RGB")
        .resize((size_px, size_px), Image.Resampling.NEAREST)
    )


def frame(page: Image.Image, rng: random.Random) -> ImageDraw.ImageDraw:
    draw = ImageDraw.Draw(page)
    colour = rng.choice((_GOLD, (120, 150, 120), (170, 120, 60)))
    for inset, width in ((30, 10), (52, 3)):
        draw.rectangle(
            (inset, inset, page.width - inset, page.height - inset), outline=colour, width=width
        )
    for x in range(60, page.width - 60, 24):
        for y in (41, page.height - 47):
            draw.ellipse((x, y, x + 6, y + 6), fill=colour)
    return draw


def spread(
    draw: ImageDraw.ImageDraw, x: int, y: int, label: str, face: ImageFont.FreeTypeFont, width: int
) -> None:
    """A label stretched to a common width, as licences print 名　　称."""
    step = max((width - face.size) / max(1, len(label) - 1), face.size * 0.96)
    for i, char in enumerate(label):
        draw.text((x + step * i, y), char, font=face, fill=(60, 60, 60))


def paragraph(
    draw: ImageDraw.ImageDraw,
    x: int,
    y: int,
    text: str,
    face: ImageFont.FreeTypeFont,
    width: int,
    leading: float = 1.35,
) -> int:
    line = ""
    for char in text:
        if draw.textlength(line + char, font=face) > width:
            draw.text((x, y), line, font=face, fill=_INK)
            y, line = y + int(face.size * leading), ""
        line += char
    draw.text((x, y), line, font=face, fill=_INK)
    return y + int(face.size * leading)


def _registry_seal(
    page: Image.Image,
    enterprise: Enterprise,
    rng: random.Random,
    centre: tuple[int, int],
    size_px: int,
) -> None:
    press(
        page,
        worn(
            seal(enterprise.registry, size_px=size_px), rng, strength=0.9, blotches=0.02, turn=0.0
        ),
        centre,
    )


_REPRESENTATIVES = {
    "partnership": "执行事务合伙人",
    "sole_trader": "经营者",
    "branch": "负责人",
    "proprietor": "投资人",
}
_ADDRESSES = {"partnership": "主要经营场所", "sole_trader": "经营场所", "branch": "营业场所"}
_PERIODS = {"partnership": "合伙期限"}
_WITHOUT_CAPITAL = ("partnership", "sole_trader", "branch", "proprietor")


def representative_label(enterprise: Enterprise) -> str:
    return _REPRESENTATIVES.get(enterprise.form, "法定代表人")


def _left_rows(enterprise: Enterprise) -> list[tuple[str, str]]:
    rows = [
        ("名称", enterprise.name),
        ("类型", enterprise.type),
        (representative_label(enterprise), enterprise.legal_representative),
    ]
    return (
        rows
        + [("组成形式", "个人经营")] * (enterprise.form == "sole_trader")
        + [("经营范围", enterprise.scope)]
    )


def _right_rows(enterprise: Enterprise, *, show_validity: bool) -> list[tuple[str, str]]:
    rows = (
        []
        if enterprise.form in _WITHOUT_CAPITAL
        else [
            ("成员出资总额" if enterprise.form == "cooperative" else "注册资本", enterprise.capital)
        ]
    )
    rows.append(
        (
            "注册日期" if enterprise.form == "sole_trader" else "成立日期",
            chinese_date(enterprise.founded),
        )
    )
    if show_validity and enterprise.valid_until:
        rows.append((_PERIODS.get(enterprise.form, "营业期限"), validity(enterprise)))
    return [*rows, (_ADDRESSES.get(enterprise.form, "住所"), enterprise.address)]


def landscape(
    enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool
) -> Image.Image:
    page = Image.new("RGB", LANDSCAPE, (252, 250, 243))
    draw, variant = frame(page, rng), rng.randrange(4)
    label, value = font("song", 34), font(rng.choice(("song", "hei", "kai")), 36, variant)
    emblem(draw, 930, 78, 140)
    draw.text((1000, 305), "营  业  执  照", font=font("song_bold", 104), fill=_INK, anchor="mm")
    if duplicate:
        draw.text((1000, 398), "(副　本)", font=font("song", 44), fill=_INK, anchor="mm")
    draw.text((112, 250), "统一社会信用代码", font=font("hei", 34), fill=_INK)
    draw.text((112, 302), enterprise.uscc, font=font("hei_bold", 36), fill=_INK)
    page.paste(qr_code(enterprise.uscc, 190), (1650, 130))
    draw.text(
        (1745, 345),
        "扫描二维码登录‘国家企业信用\n信息公示系统’了解更多登记、\n备案、许可、监管信息。",
        font=font("song", 17),
        fill=_INK,
        anchor="ma",
    )
    left, right = _left_rows(enterprise), _right_rows(enterprise, show_validity=show_validity)
    for column, x, width in ((left, 120, 610), (right, 1090, 560)):
        y = 478
        for name, text in column:
            spread(draw, x, y, name, label, 190)
            y = max(paragraph(draw, x + 240, y - 2, text, value, width), y + 76) + 14
    _registry_line(page, enterprise, rng, (1560, 1180))
    draw.text(
        (110, 1345),
        "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn",
        font=font("song", 22),
        fill=_INK,
    )
    draw.text(
        (1890, 1345), "国家市场监督管理总局监制", font=font("song", 22), fill=_INK, anchor="ra"
    )
    return page


def _registry_line(
    page: Image.Image, enterprise: Enterprise, rng: random.Random, centre: tuple[int, int]
) -> None:
    draw = ImageDraw.Draw(page)
    draw.text((centre[0] - 420, centre[1] - 30), "登 记 机 关", font=font("song", 38), fill=_INK)
    _registry_seal(page, enterprise, rng, centre, 290)
    draw.text(
        (centre[0], centre[1] + 62),
        f"{rng.randrange(2016, 2026)} 年 {rng.randrange(1, 13):02d} 月 "
        f"{rng.randrange(1, 29):02d} 日",
        font=font("song", 34),
        fill=_INK,
        anchor="mm",
    )


def portrait(
    enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool
) -> Image.Image:
    page = Image.new("RGB", PORTRAIT, (252, 249, 240))
    draw, variant = frame(page, rng), rng.randrange(4)
    emblem(draw, 632, 90, 150)
    draw.text((707, 345), "营业执照", font=font("song_bold", 120), fill=_INK, anchor="mm")
    if duplicate:
        draw.text((707, 452), "（副　本）", font=font("song", 46), fill=_INK, anchor="mm")
    draw.text(
        (707, 535),
        f"统一社会信用代码  {enterprise.uscc}",
        font=font("hei", 36),
        fill=_INK,
        anchor="mm",
    )
    label, value = font("song", 38), font(rng.choice(("song", "kai", "hei")), 38, variant)
    *head, scope = _left_rows(enterprise)
    *middle, address = _right_rows(enterprise, show_validity=show_validity)
    rows = [*head[:2], address, *head[2:], *middle, scope]
    y = 640
    for name, text in rows:
        spread(draw, 150, y, name, label, 210)
        y = max(paragraph(draw, 420, y - 2, text, value, 840), y + 72) + 10
    page.paste(qr_code(enterprise.uscc, 170), (160, 1620))
    _registry_line(page, enterprise, rng, (1060, 1690))
    draw.text(
        (110, 1928),
        "企业信用信息公示系统网址：http://www.gsxt.gov.cn",
        font=font("song", 22),
        fill=_INK,
    )
    draw.text(
        (1300, 1928),
        "中华人民共和国国家工商行政管理总局监制",
        font=font("song", 20),
        fill=_INK,
        anchor="ra",
    )
    return page


_PHONE = (1080, 2200)
_DARK = (40, 60, 110)


def electronic(enterprise: Enterprise, rng: random.Random, *, show_validity: bool) -> Image.Image:
    """The electronic licence as a telephone shows it:
    a list of labels and values with colons, a large code below."""
    page = Image.new("RGB", _PHONE, (244, 247, 252))
    draw, variant = ImageDraw.Draw(page), rng.randrange(3)
    draw.rectangle((0, 0, _PHONE[0], 170), fill=(50, 110, 210))
    draw.text((540, 110), "电子营业执照", font=font("hei", 48), fill="white", anchor="mm")
    draw.rounded_rectangle((40, 220, 1040, 1420), 24, fill="white")
    draw.text((540, 300), "营业执照", font=font("hei_bold", 64), fill=_DARK, anchor="mm")
    label, value, y = font("hei", 34, variant), font("hei", 36, variant), 390
    rows = [
        ("统一社会信用代码", enterprise.uscc),
        *_left_rows(enterprise)[:-1],
        *_right_rows(enterprise, show_validity=show_validity),
    ]
    for name, text in rows:
        draw.text((80, y), f"{name}：", font=label, fill=(110, 110, 120))
        y = paragraph(draw, 400, y, text, value, 600) + 28
    page.paste(qr_code(enterprise.uscc, 460), (310, 1500))
    draw.text(
        (540, 2030),
        "本二维码由国家市场监督管理总局提供",
        font=font("hei", 28, variant),
        fill=(140, 140, 150),
        anchor="mm",
    )
    return page


def licence(
    enterprise: Enterprise,
    seed: int = 0,
    *,
    layout: str = "",
    duplicate: bool | None = None,
    show_validity: bool = True,
) -> Image.Image:
    """A licence of a seeded look; `layout` "landscape", "portrait", "electronic" or one of
    licence_forms."""
    from tests.drawing.licence_forms import FORMS

    rng = random.Random(f"licence {seed}")
    if layout == "electronic":
        return electronic(enterprise, rng, show_validity=show_validity)
    layout = layout or rng.choice(("landscape", "portrait"))
    duplicate = rng.random() < 0.6 if duplicate is None else duplicate
    return (FORMS | {"landscape": landscape, "portrait": portrait})[layout](
        enterprise, rng, duplicate=duplicate, show_validity=show_validity
    )
