"""Compares text of the OCR with printed labels: folding, labels with misread characters, dates.

Folding (NFKC, no spaces, upper case) is for comparing only; values are stored as they were read.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import Hamming

from core.data.documents import LONG_TERM


def word_list(text: str) -> tuple[str, ...]:
    """The words of a table, which are separated by spaces."""
    return tuple(text.split())


_SPACES = re.compile(r"\s+")
_DATE = re.compile(r"(\d{4})[年.\-/．·,，:： ]{1,2}(\d{1,2})[月.\-/．·,，:： ]{1,2}(\d{1,2})日?")
_SOLID_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_LONG = re.compile(r"长期|永久|永续|无固定期限|不约定期限|无期限")
_TWINS = (  # pairs: a traditional form, then its simplified form
    "強强員员業业國国華华東东發发會会環环電电機机偉伟麗丽軍军劉刘張张陳陈靜静黃黄鵬鹏來来爾尔寶宝"
    "貝贝賢贤貴贵資资質质責责賀贺賈贾贊赞"
    "財财貨货費费賴赖貞贞負负頁页順顺項项顧顾頌颂穎颖願愿顏颜題题飛飞馬马馮冯駿骏騰腾驗验魯鲁鳴鸣"
    "鳳凤鴻鸿麥麦齊齐龍龙龔龚門门問问間间"
    "閔闵開开關关閱阅閻阎闊阔陽阳陰阴陸陆際际隨随雙双雲云霧雾韋韦韓韩響响風风飲饮銀银銅铜銘铭銳锐"
    "鋒锋錢钱錦锦鋼钢鎮镇鐵铁鐘钟鑄铸見见"
    "規规視视覽览觀观計计訂订記记許许設设訪访評评詩诗詢询話话該该詳详語语誠诚認认說说誼谊調调談谈"
    "請请論论諾诺謀谋謝谢講讲識识譚谭證证"
    "議议護护譽誉讀读變变讓让車车軒轩輝辉輪轮輸输轉转進进連连運运過过達达遠远遙遥適适選选遷迁鄒邹"
    "鄧邓鄭郑鄰邻萬万瑩莹瑋玮瓊琼產产異异"
    "畢毕當当盧卢禮礼種种積积穩稳競竞筆笔節节範范簡简紀纪紅红純纯紙纸細细終终結结統统經经維维綠绿"
    "綱纲網网緒绪線线縣县總总績绩織织繼继"
    "續续羅罗義义習习聖圣聯联聲声職职蘇苏蘭兰處处號号術术補补裝装親亲訊讯貿贸趙赵躍跃農农醫医釋释"
    "釗钊鋁铝錫锡鍵键閩闽陝陕靈灵韻韵頂顶"
    "須须領领頻频飾饰館馆駱骆體体鮮鲜鶴鹤鷹鹰齡龄區区協协單单勝胜勞劳動动勁劲務务勵励廠厂廣广廬庐"
    "歲岁歷历歸归氣气漢汉湯汤溫温滬沪滿满"
    "漁渔潔洁潤润濟济濤涛灣湾爐炉營营獨独獎奖現现孫孙學学寧宁實实寬宽審审將将專专對对導导嶺岭師师"
    "帶带庫库廳厅從从恆恒愛爱慶庆應应懷怀"
    "擇择據据擴扩數数斷断時时晉晋暉晖曉晓書书條条棟栋楊杨楓枫極极榮荣構构樂乐樓楼標标樹树橋桥檢检"
    "櫻樱權权歡欢彥彦"
    "奧奥悅悦煥焕廈厦橫横決决稅税兌兑輿舆涼凉潛潜粵粤薔蔷羨羡箏筝櫥橱緱缑"
)
_SIMPLIFIED = str.maketrans(_TWINS[::2], _TWINS[1::2])
_WATERMARK_WORDS = word_list(
    """
    仅供 仅限 供办理 他用无效 复印无效 再复印 锁解绑 解绑使 业务使用
    """
)
_COPY_WORDS = word_list("仅供 仅限 供办 办理 使用 无效 复印 专用 他用 解绑 有效 CA")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def fold(text: str) -> str:
    """The text for comparing: NFKC, without any space, upper case."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


@dataclass(frozen=True)
class Hit:
    """A label in a folded text: its start there, and `slips`, the number of characters that
    differ."""

    start: int
    slips: int


@functools.cache
def allowed_slips(label: str) -> int:
    """How many characters of a label may be misread: none of three, one of five, else two."""
    return 0 if len(label) < 4 else 1 if len(label) < 6 else 2


def find_label(text: str, label: str) -> Hit | None:
    """The first place of a label in a folded text, else the most similar one with at most
    `allowed_slips` misread characters."""
    at = text.find(label)
    if at >= 0:
        return Hit(at, 0)
    return min(_near(text, label), key=lambda h: (h.slips, h.start), default=None)


def _near(text: str, label: str) -> Iterable[Hit]:
    """All places of a label with at most `allowed_slips` misread characters."""
    allowed = allowed_slips(label)
    if not allowed:
        return
    for start in range(len(text) - len(label) + 1):
        slips = Hamming.distance(text[start : start + len(label)], label)
        if slips <= allowed:
            yield Hit(start, slips)


def simplified(text: str) -> str:
    """The text in simplified characters. OCR often returns the traditional form of these
    characters, while the papers are printed in the simplified one."""
    return text.translate(_SIMPLIFIED)


def bracketed(name: str) -> str:
    """The name with full-width brackets, as Chinese names have them."""
    return name.replace("(", "（").replace(")", "）")


def has_watermark_words(text: str) -> bool:
    """Whether a text has words that people write over copies (仅供办理…使用)."""
    folded = fold(text)
    return any(word in folded for word in _WATERMARK_WORDS)


def may_be_watermark(text: str) -> bool:
    """Whether a text has a word of those that people lay over copies, as other texts have too."""
    folded = fold(text)
    return any(word in folded for word in _COPY_WORDS)


def chinese_count(text: str) -> int:
    """How many Chinese characters the text has."""
    return sum("\u4e00" <= c <= "\u9fff" for c in text)


def _day(year: str, month: str, day: str) -> str | None:
    """The date as ISO; None if there is no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def dates_in(text: str) -> list[str]:
    """All dates of the text as ISO, in order. Dates such as 二〇一二年五月十八日 are left out: only
    their year can be read."""
    plain = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    found = [(m.start(), _day(*m.groups())) for m in _DATE.finditer(plain)]
    found = found or [(m.start(), _day(*m.groups())) for m in _SOLID_DATE.finditer(plain)]
    return [d for _, d in sorted(found, key=lambda f: f[0]) if d]


def is_long_term(text: str) -> bool:
    return _LONG.search(fold(text)) is not None


def validity_end(text: str) -> str | None:
    """The end of a period such as 2015.01.01-2035.01.01, 自…至… or …至长期: ISO or LONG_TERM.

    None without an end, or with one that is not after the start.
    """
    found = dates_in(text)
    if is_long_term(text):
        return LONG_TERM
    if len(found) >= 2:
        return found[-1] if found[-1] > found[0] else None
    tail = re.split(r"[至到—\-~]", unicodedata.normalize("NFKC", text))
    return found[0] if found and len(tail) > 1 and tail[0].strip(" 自") == "" else None
