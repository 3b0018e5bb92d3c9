"""Business licences as images: the 2019 landscape form, the 2014 portrait form, and a copy (副本) of either.

The registry's own red seal stands at the lower right, as on every licence; the QR code carries the public register's address with the code.
"""

import random

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from bench.documents.cards import emblem
from bench.documents.fonts import font
from bench.documents.people import Enterprise
from bench.documents.seals import press, seal, worn

LANDSCAPE = (2000, 1414)
PORTRAIT = (1414, 2000)
_INK = (22, 22, 22)
_GOLD = (178, 140, 60)


def chinese_date(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{month}月{day}日"


def validity(enterprise: Enterprise) -> str:
    """What stands behind 营业期限."""
    if enterprise.valid_until in {"", "long-term"}:
        return "长期"
    return f"{chinese_date(enterprise.founded)}至{chinese_date(enterprise.valid_until)}"


def qr_code(uscc: str, size_px: int) -> Image.Image:
    code = zxingcpp.create_barcode(f"http://www.gsxt.gov.cn/index.html?uniscid={uscc}", zxingcpp.BarcodeFormat.QRCode)
    return (
        Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=8)).convert("RGB").resize((size_px, size_px), Image.Resampling.NEAREST)
    )


def _frame(page: Image.Image, rng: random.Random) -> ImageDraw.ImageDraw:
    draw = ImageDraw.Draw(page)
    colour = rng.choice((_GOLD, (120, 150, 120), (170, 120, 60)))
    for inset, width in ((30, 10), (52, 3)):
        draw.rectangle((inset, inset, page.width - inset, page.height - inset), outline=colour, width=width)
    for x in range(60, page.width - 60, 24):
        for y in (41, page.height - 47):
            draw.ellipse((x, y, x + 6, y + 6), fill=colour)
    return draw


def _spread(draw: ImageDraw.ImageDraw, x: int, y: int, label: str, face: ImageFont.FreeTypeFont, width: int) -> None:
    """A label stretched to a common width, as licences print 名　　称."""
    step = max((width - face.size) / max(1, len(label) - 1), face.size * 0.96)
    for i, char in enumerate(label):
        draw.text((x + step * i, y), char, font=face, fill=(60, 60, 60))


def _paragraph(
    draw: ImageDraw.ImageDraw, x: int, y: int, text: str, face: ImageFont.FreeTypeFont, width: int, leading: float = 1.35
) -> int:
    line = ""
    for char in text:
        if draw.textlength(line + char, font=face) > width:
            draw.text((x, y), line, font=face, fill=_INK)
            y, line = y + int(face.size * leading), ""
        line += char
    draw.text((x, y), line, font=face, fill=_INK)
    return y + int(face.size * leading)


def _registry_seal(page: Image.Image, enterprise: Enterprise, rng: random.Random, centre: tuple[int, int], size_px: int) -> None:
    press(page, worn(seal(enterprise.registry, size_px=size_px), rng, strength=0.9, blotches=0.02, turn=0.0), centre)


def _representative_label(enterprise: Enterprise) -> str:
    if "合伙" in enterprise.type:
        return "执行事务合伙人"
    if "个体" in enterprise.type:
        return "经营者"
    return "负责人" if "分公司" in enterprise.type else "法定代表人"


def landscape(enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool) -> Image.Image:
    page = Image.new("RGB", LANDSCAPE, (252, 250, 243))
    draw, variant = _frame(page, rng), rng.randrange(4)
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
    left, right = (
        [
            ("名称", enterprise.name),
            ("类型", enterprise.type),
            (_representative_label(enterprise), enterprise.legal_representative),
            ("经营范围", enterprise.scope),
        ],
        [
            ("注册资本", enterprise.capital),
            ("成立日期", chinese_date(enterprise.founded)),
            ("营业期限", validity(enterprise)),
            ("住所", enterprise.address),
        ],
    )
    if not show_validity or not enterprise.valid_until:
        del right[2]
    for column, x, width in ((left, 120, 610), (right, 1090, 560)):
        y = 478
        for name, text in column:
            _spread(draw, x, y, name, label, 190)
            y = max(_paragraph(draw, x + 240, y - 2, text, value, width), y + 76) + 14
    _registry_line(page, enterprise, rng, (1560, 1180))
    draw.text((110, 1345), "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn", font=font("song", 22), fill=_INK)
    draw.text((1890, 1345), "国家市场监督管理总局监制", font=font("song", 22), fill=_INK, anchor="ra")
    return page


def _registry_line(page: Image.Image, enterprise: Enterprise, rng: random.Random, centre: tuple[int, int]) -> None:
    draw = ImageDraw.Draw(page)
    draw.text((centre[0] - 420, centre[1] - 30), "登 记 机 关", font=font("song", 38), fill=_INK)
    _registry_seal(page, enterprise, rng, centre, 290)
    draw.text(
        (centre[0], centre[1] + 62),
        f"{rng.randrange(2016, 2026)} 年 {rng.randrange(1, 13):02d} 月 {rng.randrange(1, 29):02d} 日",
        font=font("song", 34),
        fill=_INK,
        anchor="mm",
    )


def portrait(enterprise: Enterprise, rng: random.Random, *, duplicate: bool, show_validity: bool) -> Image.Image:
    page = Image.new("RGB", PORTRAIT, (252, 249, 240))
    draw, variant = _frame(page, rng), rng.randrange(4)
    emblem(draw, 632, 90, 150)
    draw.text((707, 345), "营业执照", font=font("song_bold", 120), fill=_INK, anchor="mm")
    if duplicate:
        draw.text((707, 452), "（副　本）", font=font("song", 46), fill=_INK, anchor="mm")
    draw.text((707, 535), f"统一社会信用代码  {enterprise.uscc}", font=font("hei", 36), fill=_INK, anchor="mm")
    label, value = font("song", 38), font(rng.choice(("song", "kai", "hei")), 38, variant)
    rows = [
        ("名称", enterprise.name),
        ("类型", enterprise.type),
        ("住所", enterprise.address),
        (_representative_label(enterprise), enterprise.legal_representative),
        ("注册资本", enterprise.capital),
        ("成立日期", chinese_date(enterprise.founded)),
        ("营业期限", validity(enterprise)),
        ("经营范围", enterprise.scope),
    ]
    if not show_validity or not enterprise.valid_until:
        del rows[6]
    y = 640
    for name, text in rows:
        _spread(draw, 150, y, name, label, 210)
        y = max(_paragraph(draw, 420, y - 2, text, value, 840), y + 72) + 10
    page.paste(qr_code(enterprise.uscc, 170), (160, 1620))
    _registry_line(page, enterprise, rng, (1060, 1690))
    draw.text((110, 1928), "企业信用信息公示系统网址：http://www.gsxt.gov.cn", font=font("song", 22), fill=_INK)
    draw.text((1300, 1928), "中华人民共和国国家工商行政管理总局监制", font=font("song", 20), fill=_INK, anchor="ra")
    return page


def licence(
    enterprise: Enterprise, seed: int = 0, *, layout: str = "", duplicate: bool | None = None, show_validity: bool = True
) -> Image.Image:
    """A licence of a seeded look; `layout` "landscape" or "portrait"."""
    rng = random.Random(f"licence {seed}")
    layout = layout or rng.choice(("landscape", "portrait"))
    duplicate = rng.random() < 0.6 if duplicate is None else duplicate
    return (landscape if layout == "landscape" else portrait)(enterprise, rng, duplicate=duplicate, show_validity=show_validity)
