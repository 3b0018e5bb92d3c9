"""Certificates of organisations that have no business licence: public institutions, associations,
private non-enterprise units, law firms.

Titles and labels as these forms print them; the looks are only hinted at.
Sizes are those of a landscape licence.
"""

import random

from PIL import Image

from tests.drawing.cards import emblem
from tests.drawing.fonts import font
from tests.drawing.licences import LANDSCAPE, frame, paragraph, qr_code, spread
from tests.drawing.people import Enterprise
from tests.drawing.seals import press, seal, worn

_INK = (22, 22, 22)
_PERIOD = "自2022年03月31日至2027年03月31日"
_FORMS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "事业单位法人证书": (
        "图书资料服务中心",
        ("名称", "宗旨和业务范围", "住所", "法定代表人", "经费来源", "开办资金", "举办单位"),
        "事业单位登记管理局",
    ),
    "社会团体法人登记证书": (
        "建筑行业协会",
        ("名称", "业务范围", "住所", "法定代表人", "活动地域", "注册资金", "业务主管单位"),
        "民政局",
    ),
    "民办非企业单位登记证书": (
        "职业技能培训学校",
        ("名称", "业务范围", "住所", "法定代表人", "开办资金", "业务主管单位"),
        "民政局",
    ),
    "律师事务所执业许可证": (
        "律师事务所",
        ("名称", "住所", "负责人", "组织形式", "设立资产", "主管机关", "批准文号"),
        "司法局",
    ),
}
TITLES = tuple(_FORMS)
_VALUES = {
    "宗旨和业务范围": "为公众提供文献信息服务，开展阅读推广。",
    "业务范围": "行业调研，业务培训，信息交流，咨询服务。",
    "经费来源": "财政补助",
    "开办资金": "￥120万元",
    "注册资金": "叁拾万元整",
    "举办单位": "某某市文化和旅游局",
    "活动地域": "本市行政区域",
    "业务主管单位": "某某市住房和城乡建设局",
    "组织形式": "普通合伙",
    "设立资产": "30万元",
    "主管机关": "某某市司法局",
    "批准文号": "某司许〔2019〕18号",
}


def organisation_name(enterprise: Enterprise, title: str) -> str:
    """The name on the certificate: the enterprise's beginning with the ending of such units."""
    return enterprise.name[:4].replace("（", "") + _FORMS[title][0]


def certificate(enterprise: Enterprise, title: str, seed: int = 0) -> Image.Image:
    """A certificate of this title, with the enterprise's own code: real codes of such units begin
    otherwise."""
    rng = random.Random(f"certificate {seed}")
    page = Image.new("RGB", LANDSCAPE, (252, 249, 240))
    draw = frame(page, rng)
    variant = rng.randrange(3)
    emblem(draw, 930, 78, 130)
    draw.text((1000, 300), title, font=font("song_bold", 84), fill=_INK, anchor="mm")
    if rng.random() < 0.5:
        draw.text((1000, 378), "（副　本）", font=font("song", 44), fill=_INK, anchor="mm")
    draw.text((112, 420), f"统一社会信用代码  {enterprise.uscc}", font=font("hei", 36), fill=_INK)
    page.paste(qr_code(enterprise.uscc, 170), (1660, 130))
    _, labels, authority = _FORMS[title]
    values = {"名称": organisation_name(enterprise, title), "住所": enterprise.address}
    label, value = font("song", 34), font(rng.choice(("song", "hei")), 36, variant)
    y = 510
    for name in labels:
        text = values.get(name) or _VALUES.get(name) or enterprise.legal_representative
        spread(draw, 140, y, name, label, 260)
        y = max(paragraph(draw, 460, y - 2, text, value, 1300), y + 62) + 12
    draw.text((140, y + 10), f"有效期  {_PERIOD}", font=label, fill=_INK)
    issued_by = "发证机关" if title == "律师事务所执业许可证" else "登记管理机关"
    draw.text((1180, 1180), issued_by, font=label, fill=_INK)
    press(
        page,
        worn(seal("某某市" + authority, size_px=280), rng, strength=0.9, blotches=0.02, turn=0.0),
        (1600, 1190),
    )
    return page
