"""Finds enterprise names: behind labels, and in running text, subjects and signatures by the words that Chinese organisations' names end in.

Refused: the trading centre's own name, issuers of certificates, generic words (我公司, 分公司), placeholders (XX公司, 请填写). Names are cut from the text as
written. Two distinct names are both told; spellings that fold to one are one, and a short form of a full name given beside it is that name.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
_C: Final = f"{_HAN}a-z0-9\u2160-\u217f"   # with Roman numerals
_IN: Final = rf"[{_C}()&·•・.'+\-×*]"
_STRONG: Final = (
    r"有限责任公司|股份有限公司|有限公司|股份公司|责任公司|分公司|总公司|集团公司|公司|合伙企业|律师事务所|会计师事务所|事务所|经营部|门市部|商行|经销部|"
    r"销售部|服务部|工程部|批发部|维修部|采购站|"
    r"合作联社|合作社|工作室|研究院|研究所|研究中心|设计院|勘察院|规划院|医院|卫生院|卫生服务中心|疾病预防控制中心|诊所|幼儿园|小学|中学|大学|学院|学校|"
    r"职业技术学院|养老院|敬老院|福利院|"
    r"协会|学会|商会|基金会|促进会|联合会|出版社|报社|杂志社|旅行社|信用社|村民委员会|居民委员会|村委会|居委会|人民政府|街道办事处|管理委员会|管委会|管理局|"
    r"超市|便利店|饭店|酒店|宾馆|餐厅|餐饮店|药店|药房|专卖店|批发店|五金店|建材店|副食店|花店|书店|文具店|广告店|个体工商户|图文店|打印店|加工厂|制造厂|"
    r"机械厂|印刷厂|家具厂|食品厂|农场|林场|苗圃|银行")
_WEAK: Final = r"集团|中心|店|厂|部|馆|局|站|所|社|院|校|行|坊|铺|园|庄|委员会|办公室|处|队|会|城|市场|商场|俱乐部|委|民政局"
_BRANCH: Final = (rf"(?:(?!申请|解除|解绑|绑定|重置|我|需要|的|和|及|与|因|请|原ca|ca锁)[{_C}()]){{1,16}}?(?:分公司|分所|分店|分校|分院|分行|支行|支公司|"
                  rf"项目部|供电所|营业所|管理所|服务站|加油站|办事处|代表处|联络处|营业部|分部|分中心|第[一二三四五六七八九十\d]+(?:分公司|项目部))")
_SORT: Final = (rf"(?:\((?:有限合伙|普通合伙|特殊普通合伙|特殊的普通合伙|个体工商户|个人独资|个体|联合体|"
                rf"[{_HAN}]{{1,12}}(?:分公司|分所|店|分部|分院|校区|院区|分厂|项目部|办事处))\))?")
_WEAK_STOP: Final = r"(?:(?=$|[^\w(]|的|申请|需|因|现|要|请|解|我|已|由|ca|经办|单位|账|为|提交|是|[代替帮](?![理表办]))|(?<=[伙户资体]\)))"
NAME: Final = re.compile(rf"[{_C}(]{_IN}{{1,45}}?(?:(?:{_STRONG})(?:{_BRANCH})?{_SORT}|(?:{_WEAK}){_SORT}{_WEAK_STOP})")
_LONGER: Final = re.compile(rf"(?:(?<=公司)(?!申请|解|因|请|我|需|要|的|和|及|与)[{_HAN}]{{2,6}}店(?=$|[,。;:\s]|申请|解绑|需|要|因|ca)|"
                            rf"(?<!公司)\((?![^)]*[章称原])[{_HAN}]{{2,6}}\)[{_HAN}]{{2,12}}?(?:中心|公司|研究所|研究院|学院)|{_BRANCH}|"
                            rf"(?:集团)?(?:股份)?有限(?:责任)?公司|(?<=[院所校学])[{_HAN}]{{2,8}}?(?:中心|中学|小学|幼儿园|门诊部)|{_IN}{{0,14}}?(?:有限责任公司|股份有限公司|有限公司|中心医院|医院|研究所|"
                            rf"研究院|研究中心|学校|幼儿园|出版社))")

_PLACE: Final = (
    r"北京|天津|上海|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|四川|贵州|云南|西藏|陕西|甘肃|青海|"
    r"宁夏|新疆|香港|澳门|台湾|"
    r"中国|中华|中铁|中建|中交|中冶|中电|中核|中化|中航|中石|中粮|国网|国家|国电|国能|全国|首都|首钢|华北|华东|华南|东北|西北|西南|京东|"
    r"石家庄|唐山|保定|廊坊|沧州|邯郸|邢台|张家口|承德|秦皇岛|衡水|太原|大同|沈阳|大连|长春|哈尔滨|南京|苏州|无锡|常州|南通|徐州|扬州|杭州|宁波|温州|绍兴|"
    r"嘉兴|金华|台州|合肥|芜湖|福州|厦门|泉州|"
    r"南昌|济南|青岛|烟台|潍坊|临沂|淄博|济宁|德州|聊城|郑州|洛阳|开封|新乡|武汉|宜昌|襄阳|长沙|株洲|广州|深圳|佛山|东莞|珠海|中山|惠州|南宁|桂林|柳州|海口|"
    r"成都|绵阳|贵阳|遵义|昆明|西安|咸阳|"
    r"兰州|西宁|银川|乌鲁木齐|呼和浩特|包头|雄安|三河|涿州|固安|大兴区|朝阳区|海淀区|丰台区|通州区|房山区|昌平区|顺义区")
_DELEGATES: Final = r"(?:现|特|已|全权)*(?:委托|授权|委派|指派|指定|聘请)(?:了|给)?"
_GREETING: Final = (r"(?:尊敬的)?(?:各位|贵)?(?:老师|领导|管理员|工作人员|客服|中心|同志|先生|女士|经理)?(?:们)?(?:您好|你好|你们好|大家好|早上好|上午好|"
                    r"下午好|好)[啊呀]?")
_LEAD: Final = re.compile(
    rf"(?:{_GREETING}|尊敬的|老师|我们?(?:公司|单位|企业|司|方|店|厂|校|院|所|村|局|社|处|馆|部|行|会|集团|园|中心|这边|这里)?(?:的)?(?:全称|名称|名字|"
    rf"注册名称|注册名)?(?:是|为|系|叫做?)|"
    rf"我们?(?:公司|单位|企业|司|方|店|厂|校|院|所|村|局|社|处|馆|部|行|会|集团|园|中心)|本(?:公司|单位|企业|人|司|店)(?:的)?(?:名称|全称)?(?:是|为|系)?|"
    rf"(?:这里|这边|此|以下|该)(?:是|为)|兹有|兹因|兹|现有|现因|现将|现为|现由|现对|"
    rf"现(?={_PLACE})|原(?={_PLACE})|(?:曾用|原|旧)名称?|关于|有关|鉴于|因为|由于|特此|特为|特(?={_PLACE})|请求|恳请|烦请|敬请|拜托|麻烦(?:您|你)?|"
    rf"请问(?:一下|下)?|(?:想|要)?问(?:一下|下)|想问|"
    rf"(?:想|要)?(?:咨询|询问|查询|查看|了解|催)(?:一下|下)?|查一下|{_DELEGATES}|请(?:您|你)?|"
    rf"帮(?!帮[^忙我])(?:帮?忙|帮)?(?:我们?)?|协助|"
    rf"(?:想|要|想要|希望|需要?|急需|申请|要求|提出|办理|进行|提交|申报)+(?=[^人]|{_PLACE})|(?:将|把|对|给|为|替|以|就|是|叫|的|在|和|与|及|由|系|让|"
    rf"致|即|属|"
    rf"于|附|有|另|另外|代|代理|代为|客户|业主|(?:代理|代办|中介)(?:公司|机构|单位))(?={_PLACE})|"
    r"(?:请|申请|现|特|麻烦(?:您|你)?|烦请|恳请|请求|协助)(?:将|把|给|为|对|替|由)|"
    r"(?:千万|切|请)?(?:先|暂)?(?:不要|不用|不需要?|无需|不必|不能|不得|别|勿|不同意|不|没有?|未)(?=给|为|把|将|对|替|帮|由|解绑|解除|重置)|(?:给|把|"
    r"替)(?!力|"
    r"水|排)|"
    rf"代表|受(?![益惠教])|来自|隶属于?|属于|解除绑定|解除|解绑|解锁|绑定|重置|不?重置密码|密码重置|(?:企业|公司|单位|机构|用户|账号|账户)?(?:名称|全称|名字|名)(?:是|为|"
    rf"叫)?|"
    rf"(?:现|现在|后|新|已)?(?:更|改|变更|变|现|新)?(?:名称?)?(?:为|是|叫)(?={_PLACE})|(?:现|新)(?:用)?名称?(?:是|为|叫)?|(?:更|改|变更|变)名?(?:为|成|叫)|"
    rf"\([^()]{{1,6}}\)(?={_PLACE})|被(?:快递|物流|前|原)?(?:公司|员工)?(?!单)|(?:分公司|子公司|总公司|母公司|下属(?:公司|单位)?|项目部)(?={_PLACE})|"
    r"(?:参加|参与|承接|承揽)(?:了|的|过)?|原(?:公司|企业|单位)(?:名称?)?(?:是|为|叫)?|(?:联合体)?(?:牵头|成员|中标|承包|施工|发包|总包|分包|主办|承办|申报|被委托|受托)(?:方|人|单位|企业|公司)(?:是|为)?|"
    r"[此本](?:邮件|邮箱|函|信)(?:系|由|为|是)?|(?:合同|用工|派遣)(?:单位|方|公司)(?:是|为)?|"
    rf"(?:客户|业主|委托方|委托人|甲方)(?:公司|单位|名称)?(?:是|为|叫)|"
    rf"(?:注册|登录|申请|投标|所在|所属)?(?:企业|公司|单位)(?:是|为|叫)?|事业单位|个体工商户|个体户|个体|用户名|账号|账户|主题(?![公乐酒])|标题|回复|转发|附件|"
    rf"材料|资料|(?:原|旧|"
    rf"老)?ca(?![a-z])(?:数字证书|锁)?|(?:原|旧)?锁(?![具王芯匠安业])|数字证书|证书|"
    rf"函(?![数谷])|并(?=[将把对给为]|{_PLACE})|以及|投标人|供应商|经办人|姓名|处理|是否|我们?(?!爱|乐|享)|你|贵(?:公司|单位|司|中心|平台|方|处)(?:为|给|帮|替|把|将|对)?|我是|今(?=我|特|申请|因|由|有)|近日|日前|目前|上次|再次|之前|昨天|今天|发的|[的了是]|\(?\d{{1,2}}[.、)](?!\d)|"
    rf"[①-⑩一二三][、.)]|[①-⑩]|"
    rf"[)\]+\-.&·×*])")
_PROSE: Final = re.compile(
    r"您好|你好|申请将?|麻烦|帮忙|我们?(?:公司|单位|司)(?:是|为)?|本公司|本单位|贵中心|贵司|解绑|解除|绑定|重置|(?:名称|全称|公司|单位|我们?|锁|的|"
    r"账号)(?:是|"
    r"为|叫)|密码|ca(?![a-z])锁?|"
    r"数字证书|丢失|遗失|过期|损坏|属于|来自|代表|关于|兹有|现将|需要|因为|由于|请(?:将|把|给|帮|为|对)?")
_GENERIC: Final = re.compile(
    r"(?:不是|不|是|将|请|现|把|对|给|为|替|让|我|本|贵|该|此|各|某|原|新|旧|老|总|子|分|母|两|几|多|一|你|他|们|这|那|家|个|所有|其他|其它|相关|上述|以下|"
    r"投标|招标|"
    r"中标|代理|施工|建设|监理|软件|第三方|认证|ca|集团|外地|本地|有限|责任|股份|发锁|锁|办|"
    r"证书|数字|开发|运维|技术|关联|下属|申请|注册|企业|单位|公司|的|在|去|与|和|及|由|同|名下|控股|全资|参股|独资|以|向|到|是|为|现在|目前|办理|发证|颁发|供应商|合作|客户|"
    r"上级|主管|所属|营业|工商|管理|财务|市场|行政|"
    r"业务|客服|人事|综合|经营|招投标|投标|商务|法务|工程|项目|采购|信息|售后|后勤|技术支持|贵|联系)*(?:公司|单位|企业|集团|中心|机构|学校|医院|银行|部|部门|"
    r"店|厂|有限公司|有限责任公司|股份有限公司|分公司|总公司|集团公司|"
    r"协会|学院|研究院|事务所|局|所|社|院|校|站|处|会|委|委员会|办公室|行|队|园)?")
_CENTRE: Final = re.compile(r"公共资源|交易中心|交易系统|采购中心|采购系统|采购平台|解绑办理台|交易平台")   # the one that is written to, as a rule
_COMPANY: Final = re.compile(rf"(?:有限(?:责任)?公司|股份公司|分公司){_SORT}$")
_ASKS_ITSELF: Final = re.compile(r"[,: ]{0,2}(?:[现特]?(?:申请|需要?)|因[^,。;\n]{1,14},?[现特]?(?:申请|需要?))[^,。;\n]{0,8}(?:解绑|解除|重置)")
_ADDRESSES: Final = re.compile(r"请|麻烦|劳烦|拜托|恳求?|尊敬的?|贵|致|向|到|在|由|于|给")
_ISSUER: Final = re.compile(r"数字认证|电子认证|证书认证|认证中心|颐信科技|天威诚信|信安世纪|握奇数据|飞天诚信|bjca|cfca")
_PLACEHOLDER: Final = re.compile(r"[xX×*_＿某○◯〇\s.…]{1,12}(?:科技|集团)?(?:股份)?(?:有限)?(?:责任)?(?:公司|单位|企业)?")
_NOTE: Final = re.compile(r"[(\[【][^()\[\]【】]{0,30}(?:盖章|公章|签章|章|以下简称|简称|全称|填写|必填)[^()\[\]【】]{0,30}[)\]】]?")
_UNFILLED: Final = re.compile(r"[(\[]?(?:请|待|需)?(?:填|写|输入|注明)?.{0,12}(?:填写|全称|填入|名称)[^\w]*|\W+|是/否")
_SENTENCE: Final = re.compile(r"申请|解绑|解除|重置|我公司|我司|我单位|你好|需要|麻烦|请[将把给帮]")
_ELSEWHERE: Final = re.compile(r"(?:详?见|参见|请见|请看|同|如|即)(?:附件|上|下|营业执照|执照|邮件|标题|主题|题|pdf|扫描件|图|前|材料|名).*|附件.{0,6}|"
                               r"营业执照.{0,8}|同上|如上|如题|无|不知道|忘了|不清楚.*")
_POINTS: Final = re.compile(r"详?见(?=附|营|执|扫|图|pdf|上|下)|参见|请[见看]|如附|同附")


@dataclass(frozen=True, slots=True)
class Found:
    """A name at a place of the text. `aside`: one that is only named beside another, as its agent or its former name;
    `claims`: what is asked for stands behind it."""

    name: str
    start: int
    end: int
    aside: bool = False
    claims: bool = False


_ASIDE: Final = re.compile(rf"(?:(?:合同|用工|派遣)(?:单位|方|公司)|被(?:快递|物流|前|原)?(?:公司|员工)?|\((?:曾用|前身)|"
                    rf"{_DELEGATES}|(?:代理|代办|中介|服务|咨询)(?:(?:公司|机构|单位)|(?=:))|"
                           rf"(?:曾用|原|旧|前|更名前|变更前)(?:企业|公司|单位)?(?:用)?名称?|前身|"
                           rf"(?:招标|采购|建设|发包)(?:人|单位|方)(?=:)|(?:参加|参与|承接|承揽|中标|投标)(?:了|的|过)?)(?:为|是|叫|系|:)?$")


def names_in(text: str, written: str) -> list[Found]:
    """Names in the running folded `text`; `written` is the same text as written."""
    found: list[Found] = []
    for match in NAME.finditer(text):
        start, end = _trimmed(text, match.start(), _extended(text, match.end()))
        if found and start < found[-1].end:
            continue
        end += _closes(text, start, end)
        served = _asks_itself(text, match.start(), start, end)
        if end - start >= 4 and (served or _acceptable(text[start:end])) and _certain(text[match.start():start], text[start:end]):
            aside = served or bool(_ASIDE.search(text[max(0, start - 8):start])) or _of_others(text, start, end)
            found.append(Found(_as_written(written, start, end), start, end, aside, asks_at(text, end)))
    return _of_principals(text, found)


_SHORTEST_PERHAPS: Final = 4
_SHOPS: Final = frozenset("店厂馆铺坊院校园庄社")


def perhaps_named(text: str) -> bool:
    """Whether the folded `text` holds what may be a name and is none for sure (小二修车铺): doubt, where nothing else names an enterprise."""
    for match in NAME.finditer(text):
        start, end = _trimmed(text, match.start(), match.end())
        name = text[start:end]
        if len(name) >= _SHORTEST_PERHAPS and name[-1] in _SHOPS and _acceptable(name) and not _certain(text[match.start():start], name):
            return True
    return False


_ISSUES: Final = re.compile(r"(?:这[里边]|那[里边])?(?:新)?(?:办|购|买|领|申领|申请|制作|开)(?:理|买|取|通)?(?:了|过|的)")


def _of_others(text: str, start: int, end: int) -> bool:
    """Whether the name is of those who sold the lock (在…办的锁), whose tender it is about (…的项目), or one that is given up (…更名为)."""
    return bool(_OF_OTHERS.match(text, end)) or (
        bool(re.search(r"(?:在|到|去|从|向|通过)$", text[max(0, start - 2):start])) and bool(_ISSUES.match(text, end)))


_OF_OTHERS: Final = re.compile(r"的?(?:全资|控股|参股|独资|下属)|(?:的|之)?企业邮箱|的(?:项目|工程|标段?|招标|采购|合同|业务)|"
                               r"是我们?(?:公司|单位)?的?(?:母|总|上级|兄弟|关联|控股)(?:公司|单位)|"
                               r"(?:已|现|后|已经|于.{1,12})?(?:更名|改名|变更)(?:为|成)")


def asks_at(text: str, end: int) -> bool:
    """Whether what is asked for stands right behind a name that ends at `end`."""
    return bool(_CLAIMS.match(text, end))


_CLAIMS: Final = re.compile(r"[,: \n]{0,3}(?:的|原|旧)*(?:ca锁?|数字证书|证书|账号|锁)?"
                            r"(?:[,现特需要请因故拟想是否 ]|申请|希望|办理|麻烦){0,6}(?:ca锁?)?(?:解绑|解除|取消绑)")
_FOR_ANOTHER: Final = re.compile(r"(?:代|替|帮|帮助|协助|代理|代为)(?:我们?的?)?(?:客户|业主|委托人)?(?:公司|单位)?[: ]?$")
_ACTS_FOR: Final = re.compile(r"[ ]?(?:公司)?(?:代?办理?|申请|提交|解绑|解除|的?ca|重置|处理|提出)")
_OURSELVES: Final = re.compile(r"(?:我们?|本|这[里边]|此)(?:公司|单位|司|方|处)?(?:名称)?[是为系叫]?[(: ]?$")
_MANDATE: Final = re.compile(r"(?:的)?(?:委托|之托|嘱托|授权)")


def _of_principals(text: str, found: list[Found]) -> list[Found]:
    """Where one acts for another by its own words (受甲公司委托, 我们是乙公司，替甲公司办理), the one that acts stands aside unless it asks for itself too."""
    mandated = any(text[one.start - 1:one.start] == "受" and _MANDATE.match(text, one.end) for one in found)
    served = {one for one in found if _FOR_ANOTHER.search(text[max(0, one.start - 12):one.start]) and _ACTS_FOR.match(text, one.end)}
    told: list[Found] = []
    for one in found:
        principal = one in served or text[one.start - 1:one.start] == "受" or one.claims
        signs = text[one.start - 1:one.start] == "\n"
        steps_aside = mandated or (bool(served) and (signs or bool(_OURSELVES.search(text[max(0, one.start - 12):one.start]))))
        told.append(replace(one, aside=True) if steps_aside and not principal else one)
    return told


def _closes(text: str, start: int, end: int) -> int:
    """How many characters close a bracket that the name leaves open (…事务所(巢湖分所)."""
    return int(text.count("(", start, end) == text.count(")", start, end) + 1 and text.startswith(")", end))


def _certain(lead: str, name: str) -> bool:
    """Whether a run of characters is surely a name: a full ending, else a place at its head or words that introduce it."""
    if re.search(rf"(?:{_STRONG}){_SORT}$|(?:{_WEAK})\([^()]*(?:合伙|个体|个人独资)[^()]*\)$", name):
        return True
    return bool(re.match(_PLACE, name) or _DISTRICT.match(name) or re.search(r"(?:我们?|单位|公司|这[里边儿]|我方|司|名称|全称|的)(?:是|为|系|叫)$", lead))


_DISTRICT: Final = re.compile(rf"[{_HAN}]{{1,5}}?(?:自治州|地区|[省市县区镇乡旗州村])[{_HAN}]{{3,}}")   # 大城县王小二修车铺


def _extended(text: str, end: int) -> int:
    """A name that goes on behind its first ending (集团 → 集团有限公司, 有限公司 → 北京分公司)."""
    for _ in range(2):
        match = _LONGER.match(text, end)
        if not match or re.search(r"申请|解绑|解除|需要|我司|我公司|的|因|请|和|与|及|、|是|ca|委托|授权|委派|指派|曾用|"
            r"原名|中标|[了在被让向从]", match[0]) or _PLACE_COMPANY.search(match[0]):
            break
        if match[0].startswith("(") and ")" not in match[0]:   # …医院(…附属医院) is one name, …公司(…公司) is two
            if text.endswith("公司", 0, end) or _FORMER.match(match[0]) or not text.startswith(")", match.end()):
                break
            end = match.end() + 1
            continue
        end = match.end()
    sort = re.compile(_SORT).match(text, end)
    return sort.end() if sort else end


_FORMER: Final = re.compile(r"\((?:原|曾|前身|更名|以下|简称)")
_PLACE_COMPANY: Final = re.compile(rf"(?:{_PLACE}){_IN}{{2,}}?有限(?:责任)?公司")


_VERB_BEFORE_PLACE: Final = re.compile(rf"(?:[是叫帮替把将给]|(?<![华有作])为)(?={_PLACE})")   # 另外帮北京…: no name holds it


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the words that lead up to the name."""
    start = _behind_leads(text, start, end, 12)
    verb = max((match.end() for match in _VERB_BEFORE_PLACE.finditer(text, start, end)), default=start)
    start = _behind_leads(text, verb, end, 3) if verb > start else start
    if not re.compile(_PLACE).match(text, start, end) or re.search(r"申请|您好|你好|我公司|我司|我单位|解绑|重置|麻烦|帮忙|名称[是为]", text[start:end]):
        start = _behind_prose(text, start, end)
    return start, end


def _behind_prose(text: str, start: int, end: int) -> int:
    inner = [match.end() for match in _PROSE.finditer(text, start, end - 2)]
    if not inner:
        place = re.compile(rf"(?<=[的了])(?:{_PLACE})").search(text, start, end)
        return place.start() if place else start
    return _behind_leads(text, inner[-1], end, 6)


def _behind_leads(text: str, start: int, end: int, times: int) -> int:
    for _ in range(times):
        match = _LEAD.match(text, start, end)
        if match and match[0] and match.end() < end - 2:
            start = match.end()
        elif text[start] == "(" and text.count("(", start, end) > text.count(")", start, end):
            start += 1
        else:
            break
    return start


_SOME_OTHER: Final = re.compile(rf"(?<!某)某(?!某)[{_HAN}]{{0,4}}(?:公司|单位|企业|店|厂)$")   # 西城区某科技公司


def _serves(name: str) -> bool:
    """Whether it is the name of a centre or of a maker of locks: one that is spoken of in mails of others."""
    return bool((_CENTRE.search(name) and not _COMPANY.search(name)) or _ISSUER.search(name))


def _asks_itself(text: str, lead_from: int, start: int, end: int) -> bool:
    """Whether one that serves says in running text that it asks (喀什市公共资源交易服务中心申请解绑): such houses bid, too."""
    is_addressed = bool(_ADDRESSES.search(text, max(0, lead_from - 3), start) or _ADDRESSES.match(text, start, end))
    return _serves(text[start:end]) and _reads_as_name(text[start:end]) and not is_addressed and bool(_ASKS_ITSELF.match(text, end))


def _acceptable(name: str) -> bool:
    return not _serves(name) and _reads_as_name(name)


def _reads_as_name(name: str) -> bool:
    if _GENERIC.fullmatch(name):
        return False
    if re.search(r"(?:我|我们|本|贵|该|此|你们|他们|自己)(?:公司|单位|企业|集团|中心|学校|医院|店|厂)$", name):
        return False
    if _SOME_OTHER.search(name):
        return False
    if name.count("(") != name.count(")") or _PLACEHOLDER.fullmatch(name):
        return False
    return not re.search(r"别的|绑到|绑在|绑了|另一|怎么|什么|如何|哪|多少|是否|不能|无法|可以|附件|扫描|请查收|身份证|营业执照|打电话|上班|放假", name)


def _as_written(written: str, start: int, end: int) -> str:
    return re.sub(r"\s+", " ", written[start:end]).strip(" \t*_|:：\"“”'‘’「」『』《》<>【】")


_OPENING: Final = re.compile(r"[\s:|=*_\"“'‘「『《<【,]*")
_LOOSE_OPENING: Final = re.compile(_OPENING.pattern + "(?:是|为|:)?" + _OPENING.pattern)


@dataclass(frozen=True, slots=True)
class LabelledName:
    """The value of a name label. `unread`: it points elsewhere or cannot be a name; `end`: how far the value reached."""

    names: tuple[str, ...]
    unread: bool
    end: int


_DAMAGED: Final = re.compile(rf"[{_HAN})]\?+[{_HAN}(]|\?\?+[{_HAN}(]|\ufffd")   # characters that the sender's program could not write


def labelled_name(text: str, written: str, span: tuple[int, int], *, firm: bool, weak: bool) -> LabelledName:
    """Read the value of a name label at `span` of the folded `text`. A weak or loose label needs a value that ends like a name."""
    start, end = span
    lead = (_OPENING if firm else _LOOSE_OPENING).match(text, start, end)
    start = lead.end() if lead else start
    end = _value_end(text, start, end)
    start, end = _beside_latin(text, start, end, span[1])
    value = text[start:end].strip()
    if _DAMAGED.search(text, span[0], _phrase_end(text, *span)):
        return LabelledName((), unread=firm, end=span[1])
    note = _NOTE.search(text, start, end)
    if note and note.start() > start:
        end = note.start()
        value = text[start:end].strip()
    asks = _THEN_ASKS.search(text, start, end)
    if asks and asks.start() > start:
        end = asks.start()
        value = text[start:end].strip()
    if not value or _PLACEHOLDER.fullmatch(value) or _UNFILLED.fullmatch(value):
        return LabelledName((), unread=False, end=end)
    if _ELSEWHERE.fullmatch(value):
        return LabelledName((), unread=firm or bool(_POINTS.match(value)), end=end)
    return _named(text, written, (start, end), firm=firm and not weak)


ASKED_FOR_NEXT: Final = r"(?:申请|不?需要?|不?要|不|无需|请)?(?:解绑|解除绑定|重置|重设)"
"""What is asked for, right behind another value on its line."""
_THEN_ASKS: Final = re.compile(rf"(?<=\S)\s+(?={ASKED_FOR_NEXT}|密码不)")   # 店名：老王烧烤 解绑 不重置


def _beside_latin(text: str, start: int, end: int, line_end: int) -> tuple[int, int]:
    """A name in Latin letters with the Chinese one beside it: the Chinese one is the registered name."""
    if re.search(f"[{_HAN}]", text[start:end]) or not text[start:end].strip():
        return start, end
    found = NAME.search(text, end, line_end)
    return found.span() if found and re.search("[\u4e00-\u9fff]", found[0]) else (start, end)


def _phrase_end(text: str, start: int, end: int) -> int:
    cut = re.compile(r"[,;。|\t\n]").search(text, start, end)
    return cut.start() if cut else end


def _value_end(text: str, start: int, end: int) -> int:
    cut = re.compile(r"[,;。!?|\t\n>》」』]|[ ]{2,}|\((?=原|曾用|前身)").search(text, start, end)
    end = cut.start() if cut else end
    open_brackets = 0
    for at in range(start, end):
        open_brackets += (text[at] == "(") - (text[at] == ")")
        if open_brackets < 0:
            return at   # the bracket in which label and value stand
    return end


def _named(text: str, written: str, span: tuple[int, int], *, firm: bool) -> LabelledName:
    start, end = span
    listed = list(re.finditer(r"[^、/]+", text[start:end]))
    if len(listed) > 1 and all(NAME.fullmatch(piece[0].strip()) for piece in listed):
        names = tuple(_as_written(written, start + piece.start(), start + piece.end()) for piece in listed)
        return LabelledName(names, unread=False, end=end)
    whole = re.sub(r"\s", "", text[start:end])
    if firm and re.search(rf"(?:{_STRONG}|{_WEAK}){_SORT}$", whole) and not _SENTENCE.search(whole):
        return _kept(whole, _as_written(written, start, end), start, end)
    found = [name for name in names_in(text[start:end], written[start:end]) if firm or name.start <= 2]
    if found and firm and found[0].start == 0 and _GOES_ON.fullmatch(text, start + found[0].end, end):
        return _kept(whole, _as_written(written, start, end), start, end)   # 苗圃 is a name, 苗圃场 the whole of it
    if found:
        return LabelledName(tuple(name.name for name in found[:1]), unread=False, end=start + found[0].end)
    if not firm:
        return LabelledName((), unread=bool(_CENTRE.search(whole)), end=start)
    return _kept(whole, _as_written(written, start, end), start, end)


_GOES_ON: Final = re.compile(r"(?:场|基地|厂|店|社|部|站|园|行|所|馆|中心|总汇)\s*")
_SAYS_MORE: Final = re.compile(r"..(?:解绑|解除绑定|重置)")


def _kept(whole: str, written: str, start: int, end: int) -> LabelledName:
    if _CENTRE.search(whole):   # 企业名称：喀什市公共资源交易服务中心 names one that bids; 企业名称：交易系统 does not
        is_name = bool(re.search(rf"(?:{_STRONG}|{_WEAK}){_SORT}$", whole)) and not _SENTENCE.search(whole)
        return LabelledName((written,) if is_name else (), unread=not is_name, end=end)
    if (_GENERIC.fullmatch(whole) and len(whole) < 8) or not re.search(rf"[{_C}]", whole):
        return LabelledName((), unread=False, end=end)
    sentence = re.search(r"解绑|重置|密码|是否|附件", whole) and not re.search(rf"(?:{_STRONG}){_SORT}$", whole)
    if len(whole) < 2 or len(whole) > 60 or sentence:
        says_more = sentence and "是否" not in whole and _SAYS_MORE.search(whole)   # 老王烧烤申请解绑: all of it is prose
        return LabelledName((), unread=True, end=start if says_more else end)
    return LabelledName((written,), unread=False, end=end)
