"""Papers as HTML, in millimetres: both sides of an ID card, licences of three forms, certificates
of public institutions, and sheets that carry them.

Forms as the registry has issued them since 2014: upright with one column, lying with two (2019), of
sole traders, electronic ones. Each thing with a truth is an element with `data-part` or
`data-seal`, whose rectangle the browser tells afterwards.
"""

import base64
import html
import math
import random
from collections.abc import Sequence

import cv2

from tests.drawing.world.subjects import Subject

_SCOPE = (
    "许可项目：建设工程施工；城市生活垃圾经营性服务。一般项目：工程管理服务；普通机械设备安装服务；"
    "五金产品批发；技术服务、技术开发（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
)
CSS = """
* { box-sizing: border-box; margin: 0 }
body { background: #fff; font-family: 'W Song'; color: #1a1a1a }
.sheet { position: relative; overflow: hidden; background: #fff }
.abs { position: absolute; white-space: pre }
.card { position: absolute; width: 85.6mm; height: 54mm; border-radius: 3mm;
  border: .15mm solid #b8c4cc; overflow: hidden; font-family: 'W Hei' }
.front {
  background: repeating-radial-gradient(circle at 70% 40%, #e6eff0 0 .5mm, #dfeaee .5mm 1mm) }
.back { background: repeating-linear-gradient(30deg, #f2eae6 0 .6mm, #ece3e1 .6mm 1.2mm) }
.blue { color: #37709e }
.photo { position: absolute; left: 55.5mm; top: 8.5mm; width: 24mm; height: 30mm }
.licence { position: absolute; background: #fdfcf6; border: 1.6mm double #b89b57;
  font-family: 'W Song' }
.spread { text-align-last: justify; display: inline-block }
.row { display: flex; margin-bottom: 2.2mm; line-height: 1.45 }
.row b { font-weight: 400; color: #6a4a1e; flex: none; text-align-last: justify; margin-right: 4mm }
.mark { position: absolute; mix-blend-mode: multiply }
"""


def _at(x: float, y: float, size: float, text: str, extra: str = "") -> str:
    """A line of text; place and size in millimetres."""
    return (
        f'<div class="abs" style="left:{x}mm;top:{y}mm;font-size:{size}mm;{extra}">'
        f"{html.escape(text)}</div>"
    )


def _portrait(rng: random.Random) -> str:
    skin, cloth = (
        f"hsl({rng.randrange(18, 34)} 42% {rng.randrange(66, 80)}%)",
        f"hsl({rng.randrange(360)} 20% {rng.randrange(18, 40)}%)",
    )
    return (
        '<svg class="photo" viewBox="0 0 24 30"><path d="M0 30 Q2 21 12 21 T24 30Z" '
        f'fill="{cloth}"/><rect x="9.6" y="16" width="4.8" height="6" fill="{skin}"/>'
        f'<ellipse cx="12" cy="12.2" rx="5.4" ry="7" fill="{skin}"/><path d="M6 11 Q6 3.6 12 3.8 '
        'T18 11 Q16 7 12 7.2 T6 11Z" fill="#1d1a1a"/>'
        '<circle cx="10" cy="12" r=".6"/><circle cx="14" cy="12" r=".6"/><path d="M10 16 Q12 17 '
        '14 16" stroke="#9c4a45" fill="none" stroke-width=".5"/></svg>'
    )


def card_front(who: Subject, rng: random.Random, style: str) -> str:
    """The side with the portrait."""
    year, month, day = who.born.split("-")
    lines = "".join(
        _at(16.2, 27.4 + 4.5 * n, 3.1, who.address[11 * n : 11 * n + 11])
        for n in range(math.ceil(len(who.address) / 11))
    )
    labels = "".join(
        _at(x, y, 2.7, text, "color:#37709e")
        for x, y, text in (
            (5.4, 8, "姓 名"),
            (5.4, 15, "性 别"),
            (22.5, 15, "民 族"),
            (5.4, 21.4, "出 生"),
            (5.4, 27.8, "住 址"),
            (5.4, 45.6, "公民身份号码"),
        )
    )
    values = "".join(
        _at(x, y, s, text)
        for x, y, s, text in (
            (16.2, 7.3, 3.8, who.handler),
            (16.2, 14.6, 3.1, who.sex),
            (31.5, 14.6, 3.1, "汉"),
            (16.2, 21, 3.1, year),
            (29, 21, 3.1, str(int(month))),
            (38, 21, 3.1, str(int(day))),
        )
    )
    units = "".join(
        _at(x, 21.3, 2.7, text, "color:#37709e")
        for x, text in ((24.6, "年"), (33.4, "月"), (42.6, "日"))
    )
    number = _at(29.5, 45.2, 3.6, who.id_number, "letter-spacing:.45mm;font-family:'W Digits'")
    return (
        '<div class="card front" data-part="id_front" '
        f'style="{style}">{_portrait(rng)}{labels}{values}{units}{lines}{number}</div>'
    )


def card_back(who: Subject, style: str) -> str:
    """The side with the national emblem."""
    until = "长期" if who.card_until == "long-term" else who.card_until.replace("-", ".")
    emblem = (
        '<svg class="abs" style="left:5mm;top:5.5mm;width:14mm;height:15mm" viewBox="0 0 14 '
        '15"><circle cx="7" cy="7" r="6.6" fill="#caa03a"/><circle cx="7" cy="6.6" r="5" '
        'fill="#c2272d"/>'
        '<path d="M7 2.6l.7 1.5 1.6.1-1.2 1 .4 1.6L7 6l-1.5.8.4-1.6-1.2-1 1.6-.1z" '
        'fill="#f2cf5b"/><path d="M4 9h6v1.2H4z" fill="#f2cf5b"/><path d="M2 12h10l-1.6 2.4H3.6z" '
        'fill="#b9242a"/></svg>'
    )
    head = _at(25, 7.2, 5.2, "中华人民共和国", "letter-spacing:.8mm") + _at(
        23.5, 15.4, 7, "居民身份证", "letter-spacing:3mm"
    )
    foot = (
        _at(19, 38.6, 2.9, "签发机关")
        + _at(34.5, 38.4, 3, who.police)
        + _at(19, 45.4, 2.9, "有效期限")
        + _at(34.5, 45.2, 3, f"{who.card_from.replace('-', '.')}-{until}")
    )
    return f'<div class="card back" data-part="id_back" style="{style}">{emblem}{head}{foot}</div>'


def _qr(who: Subject, place: str) -> str:
    """The QR code of a licence; `place`: its left, top and width as CSS."""
    address = f"http://www.gsxt.gov.cn/index.html?uniscid={who.uscc}"
    code = cv2.QRCodeEncoder.create().encode(address)
    _, png = cv2.imencode(
        ".png", cv2.resize(code, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    )
    source = f"data:image/png;base64,{base64.b64encode(png.tobytes()).decode()}"
    return f'<img class="abs" style="{place}" src="{source}">'


def _chinese(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{month}月{day}日"


def _period(who: Subject) -> str:
    return f"{_chinese(who.founded)}至{'长期' if who.until == 'long-term' else _chinese(who.until)}"


def _rows(pairs: Sequence[tuple[str, str]], label_mm: float, size: float) -> str:
    return "".join(
        f'<div class="row" style="font-size:{size}mm"><b style="width:{label_mm}mm">{label}</b>'
        f"<span>{html.escape(value)}</span></div>"
        for label, value in pairs
    )


def _facts(who: Subject) -> list[tuple[str, str]]:
    """Labels and values of a licence, in the order of the upright form."""
    if who.kind == "trader":
        return [
            ("名称", who.name),
            ("类型", "个体工商户"),
            ("经营者", who.head),
            ("组成形式", "个人经营"),
            ("注册日期", _chinese(who.founded)),
            ("经营场所", who.address),
            ("经营范围", _SCOPE[:60]),
        ]
    facts = [
        ("名称", who.name),
        ("类型", "有限责任公司（自然人投资或控股）"),
        ("住所", who.address),
        ("法定代表人", who.head),
        ("注册资本", "贰仟零捌拾万元整"),
        ("成立日期", _chinese(who.founded)),
    ]
    return [*facts, *([("营业期限", _period(who))] if who.until else []), ("经营范围", _SCOPE)]


def licence_upright(who: Subject, rng: random.Random, style: str) -> str:
    """The form of 2014: one column. 176 × 250 mm."""
    title = _at(
        0,
        30,
        15,
        "营业执照",
        "width:100%;text-align:center;letter-spacing:5mm;font-family:'W Kai';font-weight:700",
    )
    copy = _at(0, 50, 5, f"（副  本）（{rng.randrange(1, 3)}-1）", "width:100%;text-align:center")
    code = _at(0, 60, 4.6, f"统一社会信用代码 {who.uscc}", "width:100%;text-align:center")
    rows = (
        '<div class="abs" style="left:20mm;top:74mm;width:136mm;white-space:normal">'
        f"{_rows(_facts(who), 26, 4.6)}</div>"
    )
    foot = _at(95, 208, 5, "登记机关") + _at(112, 222, 4.4, "2021 年 06 月 18 日")
    image = _qr(who, "left:18mm;top:205mm;width:26mm")
    return (
        f'<div class="licence" data-part="licence" style="width:176mm;height:250mm;{style}">'
        f"{title}{copy}{code}{rows}{foot}{image}</div>"
    )


def licence_lying(who: Subject, rng: random.Random, style: str, *, electronic: bool = False) -> str:
    """The form of 2019: two columns. 270 × 190 mm."""
    title = _at(
        0,
        22,
        17,
        "营业执照",
        "width:100%;text-align:center;letter-spacing:9mm;font-family:'W Kai';font-weight:700",
    )
    copy = _at(
        0,
        43,
        5.4,
        "（电子营业执照）" if electronic else "（副  本）",
        "width:100%;text-align:center",
    )
    code = _at(16, 32, 4.2, "统一社会信用代码") + _at(
        16, 39, 4.8, who.uscc, "font-family:'W Digits'"
    )
    facts = dict(_facts(who))
    left = [
        (k, facts[k]) for k in ("名称", "类型", "经营者", "法定代表人", "经营范围") if k in facts
    ]
    right = [(k, v) for k, v in facts.items() if k not in dict(left)]
    columns = (
        '<div class="abs" style="left:16mm;top:60mm;width:128mm;white-space:normal">'
        f'{_rows(left, 24, 4.3)}</div><div class="abs" style="left:152mm;top:60mm;width:104mm;'
        f'white-space:normal">{_rows(right, 24, 4.3)}</div>'
    )
    foot = _at(150, 140, 5, "登 记 机 关") + _at(
        190,
        162,
        4.4,
        f"20{rng.randrange(19, 25)} 年 {rng.randrange(1, 13)} 月 {rng.randrange(1, 29)} 日",
    )
    image = _qr(who, "left:228mm;top:18mm;width:24mm")
    site = _at(16, 178, 3.2, "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn") + _at(
        150, 178, 3.2, "国家市场监督管理总局监制"
    )
    return (
        f'<div class="licence" data-part="licence" style="width:270mm;height:190mm;{style}">'
        f"{title}{copy}{code}{columns}{foot}{image}{site}</div>"
    )


def unit_certificate(who: Subject, style: str) -> str:
    """A public institution's certificate. 250 × 176 mm."""
    title = _at(
        0,
        24,
        13,
        "事业单位法人证书",
        "width:100%;text-align:center;letter-spacing:3mm;font-weight:700",
    ) + _at(0, 42, 5, "（副  本）", "width:100%;text-align:center")
    code = _at(20, 52, 4.6, f"统一社会信用代码 {who.uscc}")
    facts = [
        ("名称", who.name),
        ("宗旨和业务范围", "承担本辖区公益服务，开展相关业务培训与技术指导。"),
        ("住所", who.address),
        ("法定代表人", who.head),
        ("经费来源", "财政补助"),
        ("开办资金", "￥386万元"),
        ("举办单位", "某某区人民政府"),
    ]
    rows = (
        '<div class="abs" style="left:20mm;top:64mm;width:150mm;white-space:normal">'
        f"{_rows(facts, 32, 4.4)}</div>"
    )
    foot = _at(20, 158, 4.4, "有效期 自2023年04月01日至2028年03月31日") + _at(
        172, 134, 4.8, "登记管理机关"
    )
    return (
        '<div class="licence" data-part="other_certificate" style="width:250mm;height:176mm;'
        f'{style}">{title}{code}{rows}{foot}</div>'
    )


def sheet(width_mm: float, height_mm: float, *inside: str) -> str:
    """A sheet of paper with what lies or is pressed on it."""
    return (
        f'<div class="sheet" style="width:{width_mm}mm;height:{height_mm}mm">'
        f"{''.join(inside)}</div>"
    )
