"""The mails of one morning at a support mailbox, 9:00 to 11:29: requests of invented enterprises,
and everything else that such an address receives.

Papers are canned: a PDF names its pages in its own text, and `CannedReader` gives what the page
reader would have read. Each sender has an address of its own, so that all letters to it are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

from core.data.documents import Documents, Unopened
from core.data.mail_record import Disposition
from papers.paper_reading import Reading
from tests.drawing.people import invent_enterprise, invent_person
from tests.flows.vouching import vouched
from tests.validators import builders

OURS, AT = "support@example.org", "@example.com"
CASE, TALK, OTHER = Disposition.CASE, Disposition.CONVERSATION, Disposition.OTHER
IGNORED, TWICE = Disposition.IGNORED, Disposition.DUPLICATE
PAPERS, TEXT, LOCKED = b"%PDF-1.4 papers ", b"%PDF-1.4 text ", b"%PDF-1.4 locked "
ID_CARD, LICENCE, OLD = "id", "licence", "old"
UNBIND = "企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：否\n"
UNSURE = "企业名称：{name}\n是否解绑：否\n是否需要重置注册密码：否\n"
CLEAN, FIRMS = 12, 28
"""So many enterprises of the day, the first of which send a clean request each."""
BOTH = "企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：是\n"


@dataclass(frozen=True)
class Mail:
    """A mail of the day. `at`: the minute of its arrival. `becomes`: its disposition at the end.

    `answers`: it answers the newest letter to its sender. `proved`: its server vouches for it.
    `firm`: the seed of the enterprise for which it asks. `written`: where that was earlier.
    """

    at: str
    sender: str
    subject: str
    text: str
    becomes: Disposition
    files: tuple[tuple[str, bytes], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: bool = False
    proved: bool = True
    firm: int = 0
    written: str = ""

    @property
    def address(self) -> str:
        return self.sender + AT

    @property
    def asks(self) -> bool:
        """Whether it is a request, or belongs to one."""
        return self.firm > 0

    def raw(self, answered: str = "") -> bytes:
        """The bytes as the receiving server hands them over. `answered`: a Message-ID."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.address, OURS, self.subject
        mail["Message-ID"] = f"<{(self.written or self.at).replace(':', '')}.{self.address}>"
        for name, value in self.headers.items():
            mail[name] = value
        if answered:
            mail["In-Reply-To"] = answered
        mail.set_content(self.text)
        mail.make_mixed(boundary="=day=")
        for name, content in self.files:
            main, sub = ("application", "pdf") if name.endswith(".pdf") else ("image", "png")
            if not name.endswith((".pdf", ".png")):
                main, sub = "application", "octet-stream"
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return vouched(mail.as_bytes()) if self.proved else mail.as_bytes()


class CannedReader:
    """Reads the PDFs of this module by their bytes."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        read = [_read(name, content) for name, content in files]
        return Reading(
            Documents(
                tuple(page for one in read for page in one.pages),
                tuple(part for one in read for part in one.parts),
                tuple(seal for one in read for seal in one.seals),
                {name: why for one in read for name, why in one.unopened.items()},
            )
        )


def papers(firm: int, *kinds: str) -> bytes:
    """A sealed scan of the handler's card and the licence, or of these alone. OLD: a licence whose
    time is over."""
    return PAPERS + " ".join((str(firm), *(kinds or (ID_CARD, LICENCE)))).encode()


def document(*lines: str) -> bytes:
    """A PDF of text, read well."""
    return TEXT + "\n".join(lines).encode()


def _read(name: str, content: bytes) -> Documents:
    if content.startswith(LOCKED):
        return builders.documents((), (), (), {name: Unopened.ENCRYPTED})
    if content.startswith(TEXT):
        text = content.removeprefix(TEXT).decode()
        return builders.documents([builders.bare(1, name, text=text)], (), ())
    seed, *kinds = content.removeprefix(PAPERS).decode().split()
    firm, person = invent_enterprise(int(seed)), invent_person(int(seed))
    number, parts = 0, []
    for number, kind in enumerate(kinds, 1):
        if kind == ID_CARD:
            card = {"name": person.name, "id_number": person.id_number}
            parts += [builders.id_front(number, name, **card), builders.id_back(number, name)]
        else:
            named = {
                "enterprise_name": firm.name,
                "uscc": firm.uscc,
                "legal_representative": firm.legal_representative,
            }
            ends = {"valid_until": "2025-06-30"} if kind == OLD else {}
            parts.append(builders.licence(number, name, **named, **ends))
    pages = [builders.page(place, name) for place in range(1, number + 1)]
    seals = [replace(builders.seal(page.number, text=firm.name), attachment=name) for page in pages]
    return builders.documents(pages, parts, seals)


def request(at: str, sender: str, firm: int, words: str = UNBIND, *kinds: str, **more) -> Mail:
    """A request with its papers, as enterprises write it."""
    more = {"subject": "CA锁解绑申请", "name": invent_enterprise(firm).name, **more}
    text = f"您好：\n\n{words.format(name=more.pop('name'))}\n附件为盖章的扫描件，请协助办理。\n"
    files = (("解绑材料.pdf", papers(firm, *kinds)),)
    return Mail(at, sender, more.pop("subject"), text, CASE, files, firm=firm, **more)


def clean(place: int) -> str:
    """The sender of a clean request, the registered contact of its enterprise."""
    return f"clean{place}"


def clean_words(place: int) -> str:
    return BOTH if place % 3 else UNBIND


def requests(firms: Sequence[int]) -> Iterable[Mail]:
    """The requests, one enterprise after the other, with what their senders write later."""
    abroad, calls, forged, resets, twins, named, lacks, lost, old, back, *rest = firms[CLEAN:]
    unsure, tester, asks, late, last, _ = rest
    for place, firm in enumerate(firms[:CLEAN]):
        yield request(f"09:{place:02}", clean(place), firm, clean_words(place))
    yield request("09:01", "abroad", abroad)
    yield request("09:02", "calls", calls)
    yield request("09:03", "forged", forged, UNBIND)
    yield request("09:04", "resets", resets, BOTH)
    yield request("09:05", "twin1", twins)
    yield request("09:06", "twin2", twins, subject="申请解绑CA锁")
    yield request("09:07", "named", named, UNBIND, name="北京他人名称有限公司")
    yield request("09:08", "lacks", lacks, UNBIND, ID_CARD)
    yield request("09:08", "lost", lost, UNBIND, LICENCE)
    yield request("09:09", "old", old, UNBIND, ID_CARD, OLD)
    yield request("09:09", "back", back)
    yield request("09:10", "unsure", unsure, UNSURE)
    yield request("09:10", "tester", tester, subject="CA锁解绑申请（中心内部测试）")
    first = request("09:00", clean(0), firms[0])
    yield replace(first, at="09:11", written=first.at, becomes=TWICE)
    own = {"answers": True, "firm": firms[1]}
    yield Mail("09:50", clean(1), "Re: 您的申请", "请问我们的申请到哪一步了？", TALK, **own)
    yield Mail("09:55", clean(1), "Re: 您的申请", "收到，谢谢！", TALK, **own)
    own = {"answers": True, "firm": back}
    yield Mail("09:40", "back", "Re: 您的申请", "锁找到了，撤回解绑申请，谢谢。", TALK, **own)
    own = {"answers": True, "firm": asks}
    yield request("09:12", "asks", asks)
    yield Mail(
        "09:30", "asks", "请教一个问题", "请问解绑以后，原来的投标文件还能打开吗？", TALK, **own
    )
    supplement = (("营业执照.pdf", papers(lacks, LICENCE)),)
    own = {"answers": True, "firm": lacks}
    yield Mail("10:10", "lacks", "Re: 补正", "补上营业执照，请查收。", CASE, supplement, **own)
    yield request("11:10", "late", late)
    yield request("11:28", "last", last)


def others(firm: int) -> Iterable[Mail]:
    """The mails that ask the desk for nothing, one of them with the papers of an enterprise."""
    for at, sender, subject, text, name, *lines in _WITH_PDF:
        yield Mail(at, sender, subject, text, OTHER, ((name, document(*lines)),), proved=False)
    for at, sender, subject, text in _IN_WORDS:
        yield Mail(at, sender, subject, text, OTHER)
    sample = replace(request("09:10", "trainer", firm), becomes=OTHER, firm=0)
    yield replace(sample, subject="解绑申请样例（培训用）")
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    yield Mail(
        "09:18", "screen", "页面打不开", "首页打不开，截图见附件。", OTHER, (("截图.png", picture),)
    )
    calendar = (("invite.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),)
    yield Mail("09:19", "meeting", "会议邀请：周五例会", "请各位准时参加。", OTHER, calendar)
    sealed = (("工资条.pdf", LOCKED + b"1"),)
    yield Mail("09:20", "payroll", "11月工资条", "密码为身份证后六位。", OTHER, sealed)
    listed = {"List-Id": "<news.example.com>", "Precedence": "bulk"}
    yield Mail("09:21", "news", "CA行业周刊第48期", "本期：CA锁的发展。", IGNORED, headers=listed)
    away = {"Auto-Submitted": "auto-replied"}
    yield Mail(
        "09:40", "clean2", "自动回复：您的解绑申请", "我正在休假，12月1日回来。", IGNORED, (), away
    )
    spam = "代开发票、专业建站、搜索排名，价格优惠，欢迎来电咨询。"
    for at, becomes in (("09:22", OTHER), ("09:23", OTHER), ("10:40", IGNORED)):
        yield Mail(at, "spam", f"企业推广优惠 {at}", spam, becomes, proved=False)


_WITH_PDF = (
    (
        "09:01",
        "brochure",
        "档案设备介绍",
        "贵中心好，附上我司产品手册，盼合作。",
        "手册.pdf",
        "产品手册",
        "智能档案柜系列产品，适用于政府机关、企业事业单位的档案保管。" * 6,
    ),
    (
        "09:02",
        "prices",
        "办公用品报价",
        "附件是今年的价目表。",
        "报价.pdf",
        "报价单",
        "复印纸 每箱 150 元",
    ),
    (
        "09:03",
        "invoice",
        "发票已开具",
        "您的发票见附件，请查收。",
        "发票.pdf",
        "电子发票（普通发票）",
        "购买方名称 销售方名称 合计金额",
    ),
    (
        "09:04",
        "resume",
        "应聘：信息技术岗",
        "您好，我想应聘贵中心的岗位。",
        "简历.pdf",
        "个人简历",
        "教育经历 工作经历 自我评价",
    ),
    (
        "09:05",
        "training",
        "关于举办培训班的通知",
        "请派员参加，回执见附件。",
        "通知.pdf",
        "关于举办招标采购业务培训班的通知",
        "各有关单位：",
    ),
    (
        "09:06",
        "contract",
        "维保合同盖章版",
        "合同扫描件见附件，请归档。",
        "合同.pdf",
        "技术服务合同",
        "甲方 乙方 双方经友好协商",
    ),
    (
        "09:07",
        "doubts",
        "关于某项目招标文件的疑问",
        "对招标文件第三章有疑问，详见附件，请答复。",
        "疑问.pdf",
        "招标文件澄清申请",
        "一、评分办法第 3 条与第 7 条是否矛盾？",
    ),
    (
        "09:08",
        "praise",
        "感谢信",
        "感谢贵中心工作人员的热情帮助，附感谢信一封。",
        "感谢信.pdf",
        "感谢信",
        "在此向贵中心表示衷心的感谢！",
    ),
    (
        "09:09",
        "notice",
        "中标通知书扫描件",
        "我公司已收到中标通知书，发贵中心备查。",
        "中标.pdf",
        "中标通知书",
        "贵公司所递交的投标文件已被接受。",
    ),
    (
        "09:10",
        "report",
        "年度审计报告",
        "按要求报送审计报告。",
        "报告.pdf",
        "审计报告",
        "我们审计了后附的财务报表。",
    ),
)
"""Arrival, sender, subject, words, name of the file, lines of its first page."""
_IN_WORDS = (
    (
        "09:13",
        "urgent1",
        "锁丢了，今天下午就要投标",
        "我们的锁丢了，今天下午两点就要投标，电话多少？急！",
    ),
    (
        "09:25",
        "urgent2",
        "登录不了，马上开标",
        "插上锁登录不了系统，还有半小时开标，怎么办？很急！",
    ),
    ("09:14", "driver", "驱动下载", "请问锁的驱动程序在哪里下载？"),
    ("09:15", "hours", "咨询办公时间", "请问你们周六上班吗？办公地址在哪里？"),
    ("09:15", "howto", "咨询", "请问CA锁解绑需要哪些材料，怎么办理？"),
    ("09:16", "complaint", "投诉", "你们的网站太慢了，提了三次意见没有人管。"),
    ("09:16", "english", "Partnership", "Dear sir, we supply LED screens. Please see our website."),
    ("09:17", "empty", "", ""),
    ("09:17", "deposit", "保证金退还", "我单位上月的投标保证金什么时候退？"),
    ("09:18", "wrong", "快递单号", "小李，快递已发出，单号稍后告诉你。"),
    ("09:26", "holiday", "祝福", "祝贵中心全体同仁工作顺利，身体健康！"),
    ("09:27", "expert", "评标专家信息变更", "我的手机号换了，评标专家库里怎么改？"),
)


def mails_of_the_day(firms: Sequence[int]) -> list[Mail]:
    """All of them, in the order of their arrival."""
    return sorted((*requests(firms), *others(firms[-1])), key=lambda mail: mail.at)
