"""Invented people and enterprises, made from a seed.

ID numbers carry the unassigned district code xx9999 and credit codes the unassigned district
119999, both with right check characters, so that nothing here can be somebody's. Names are put
together from common characters.
"""

import random
from dataclasses import dataclass, replace
from datetime import date

from core.check_digits import (
    id_check_digit,
    organisation_code_ok,
    uscc_check_character,
)

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常"
    "武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文辉梅婷鑫宇浩轩梓涵雨欣怡佳琪晨曦"
    "睿博雅思远子墨嘉懿瑾瑜昊天乐然若彤诗晓峰琳岚翔鹏飞凯旋颖慧倩莹璐瑶珊珍凤春燕雪冰洁雯"
)
_RARE = "燚喆镕堃淼犇骉曌翀彧昶頔玥璟珺祎旻晟煜熠"
_NATIONS = ("汉", "汉", "汉", "汉", "汉", "汉", "满", "回", "蒙古", "壮", "维吾尔", "土家")
_PLACES = (
    ("北京市", "大兴区"),
    ("北京市", "丰台区"),
    ("天津市", "河东区"),
    ("河北省石家庄市", "裕华区"),
    ("山东省济南市", "历下区"),
    ("江苏省南京市", "鼓楼区"),
    ("浙江省杭州市", "余杭区"),
    ("湖北省武汉市", "洪山区"),
    ("四川省成都市", "武侯区"),
    ("广东省广州市", "天河区"),
    ("陕西省西安市", "雁塔区"),
    ("辽宁省沈阳市", "和平区"),
)
_STREETS = (
    "兴华大街",
    "黄村东里",
    "建设路",
    "人民中路",
    "科技大道",
    "观音寺街",
    "金星路",
    "长安北街",
    "和平里",
    "新源大街",
    "东风西路",
    "滨河路",
)
_BRANDS = "华信诚达兴瑞恒通宏盛中天博远润泰和鼎安佳铭科创联众志汇景嘉源晟沃翔堃镕喆旭昊"
_TRADES = (
    *(
        "建筑工程",
        "园林绿化",
        "市政工程",
        "建筑装饰",
        "信息技术",
        "科技发展",
        "机电设备",
        "工程咨询",
        "工程监理",
        "电力工程",
    ),
    *(
        "消防工程",
        "环保科技",
        "物业管理",
        "招标代理",
        "商贸",
        "物流",
        "劳务派遣",
        "测绘",
        "水利工程",
        "医疗器械",
    ),
)
_FORMS = (
    ("有限公司", "有限责任公司(自然人投资或控股)"),
    ("有限公司", "有限责任公司（自然人独资）"),
    ("有限责任公司", "有限责任公司"),
    ("股份有限公司", "股份有限公司(非上市、自然人投资或控股)"),
    ("集团有限公司", "其他有限责任公司"),
    ("有限公司", "有限责任公司(法人独资)"),
)
_SCOPE = (
    "建设工程施工；施工专业作业；住宅室内装饰装修；",
    "技术开发、技术咨询、技术服务；",
    "销售建筑材料、机械设备、五金产品；",
    "工程管理服务；园林绿化工程施工；",
    "货物进出口；技术进出口；",
    "信息系统集成服务；软件开发；",
    "劳务服务；物业管理；",
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented holder of an ID card. Dates are ISO; `valid_until` may be "long-term"."""

    name: str
    sex: str
    nation: str
    birth: str
    address: str
    id_number: str
    authority: str
    valid_from: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An invented enterprise as its licence shows it.

    `valid_until` is ISO, "long-term", or "" where the licence shows none.

    `form`: company, sole_trader (个体工商户), partnership, branch, proprietor (个人独资企业) or
    cooperative: which labels its licence has.
    """

    name: str
    uscc: str
    legal_representative: str
    type: str = "有限责任公司(自然人投资或控股)"
    capital: str = "人民币伍佰万元整"
    founded: str = "2012-05-18"
    valid_until: str = "long-term"
    address: str = "北京市大兴区兴华大街9号"
    scope: str = "".join(_SCOPE[:3])
    registry: str = "北京市大兴区市场监督管理局"
    form: str = "company"


def id_number(rng: random.Random, birth: date, sex: str) -> str:
    """An ID number with an unassigned district code and the right check digit."""
    order = rng.randrange(100) * 10 + rng.randrange(5) * 2 + (sex == "男")
    body = f"{rng.choice(('11', '12', '37', '44', '61'))}9999{birth:%Y%m%d}{order:03d}"
    return body + id_check_digit(body)


def with_organisation_check(body: str) -> str:
    """The first 16 characters of a credit code and the check character of the organisation code
    in it (GB 11714)."""
    return next(body + c for c in "0123456789X" if organisation_code_ok(body[8:] + c))


def uscc(rng: random.Random) -> str:
    """A credit code with an unassigned district and the right check characters."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    tail = (
        "MA" + "".join(rng.choice(alphabet) for _ in range(6))
        if rng.random() < 0.6
        else "".join(rng.choice("0123456789") for _ in range(8))
    )
    rng.choice(alphabet)  # so that what is invented after it stays as it was
    body = with_organisation_check("91119999" + tail)
    return body + uscc_check_character(body)


def person_name(rng: random.Random) -> str:
    pool = _GIVEN + (_RARE if rng.random() < 0.1 else "")
    return rng.choice(_SURNAMES) + "".join(
        rng.choice(pool) for _ in range(rng.choice((1, 2, 2, 2)))
    )


def end_of_card(born: date, begun: date) -> str:
    """When a card ends that a person of this birth has from this day on."""
    age = begun.year - born.year - ((begun.month, begun.day) < (born.month, born.day))
    years = next((years for below, years in ((26, 10), (46, 20)) if age < below), None)
    return begun.replace(year=begun.year + years).isoformat() if years else "long-term"


def invent_person(seed: int) -> Person:
    """The person of a seed; always the same one. Cards are valid in 2026, as long as its age
    demands."""
    rng = random.Random(f"person {seed}")
    sex, birth = (
        rng.choice("男女"),
        date(rng.randrange(1962, 2003), rng.randrange(1, 13), rng.randrange(1, 29)),
    )
    city, district = rng.choice(_PLACES)
    start = date(rng.randrange(2017, 2026), rng.randrange(1, 13), rng.randrange(1, 29))
    start = start.replace(year=max(start.year, birth.year + 17))
    return Person(
        person_name(rng),
        sex,
        rng.choice(_NATIONS),
        birth.isoformat(),
        f"{city}{district}{rng.choice(_STREETS)}{rng.randrange(1, 300)}号院{rng.randrange(1, 30)}"
        f"号楼{rng.randrange(1, 6)}单元{rng.randrange(101, 2900)}号",
        id_number(rng, birth, sex),
        f"{city.split('省')[-1]}公安局{district.removesuffix('区')}分局",
        start.isoformat(),
        end_of_card(birth, start),
    )


def invent_enterprise(seed: int) -> Enterprise:
    """The enterprise of a seed; always the same one."""
    rng = random.Random(f"enterprise {seed}")
    city, district = rng.choice(_PLACES)
    short = city.split("省")[-1].removesuffix("市")
    brand = "".join(rng.choice(_BRANDS) for _ in range(rng.choice((2, 2, 3))))
    form, kind = rng.choice(_FORMS)
    name = rng.choice(
        (
            f"{short}{brand}{rng.choice(_TRADES)}{form}",
            f"{brand}（{short}）{rng.choice(_TRADES)}{form}",
        )
    )
    founded = date(rng.randrange(1996, 2024), rng.randrange(1, 13), rng.randrange(1, 29))
    until = rng.choice(
        (
            "long-term",
            "long-term",
            "",
            founded.replace(year=founded.year + rng.choice((30, 40, 50))).isoformat(),
        )
    )
    return Enterprise(
        name,
        uscc(rng),
        person_name(rng),
        kind,
        rng.choice(
            (
                "人民币伍佰万元整",
                "5000万元",
                "壹仟万元整",
                "1000万元人民币",
                "人民币叁仟零捌拾万元整",
            )
        ),
        founded.isoformat(),
        until,
        f"{city}{district}{rng.choice(_STREETS)}{rng.randrange(1, 200)}号{rng.randrange(1, 20)}幢"
        f"{rng.randrange(1, 9)}层{rng.randrange(101, 920)}室",
        "".join(rng.sample(_SCOPE[:-1], 3)) + _SCOPE[-1],
        f"{city.split('省')[-1]}{district}市场监督管理局",
    )


_OTHER_FORMS = {
    "sole_trader": ("{short}{district}{brand}{trade}经营部", "个体工商户"),
    "partnership": ("{short}{brand}{trade}中心（有限合伙）", "有限合伙企业"),
    "branch": ("{brand}{trade}有限公司{short}分公司", "有限责任公司分公司(自然人投资或控股)"),
    "proprietor": ("{short}{brand}{trade}服务站", "个人独资企业"),
    "cooperative": ("{short}{brand}蔬菜种植农民专业合作社", "农民专业合作社"),
}
FORMS = ("company", *_OTHER_FORMS)


def invent_formed(seed: int, form: str) -> Enterprise:
    """The enterprise of a seed in another legal form than a company's."""
    company = invent_enterprise(seed)
    if form == "company":
        return company
    rng = random.Random(f"form {seed}")
    city, district = rng.choice(_PLACES)
    pattern, kind = _OTHER_FORMS[form]
    name = pattern.format(
        short=city.split("省")[-1],
        district=district,
        brand="".join(rng.choice(_BRANDS) for _ in range(2)),
        trade=rng.choice([t for t in _TRADES if t != "商贸"]),
    )
    return replace(company, name=name, type=kind, form=form)


def one_character_off(enterprise: Enterprise, seed: int) -> Enterprise:
    """The same enterprise with one character of its name changed:
    the impostor that a name check must notice."""
    rng = random.Random(f"impostor {seed}")
    at = rng.randrange(2, len(enterprise.name) - 4)
    other = rng.choice([c for c in _BRANDS if c != enterprise.name[at]])
    return replace(enterprise, name=enterprise.name[:at] + other + enterprise.name[at + 1 :])
