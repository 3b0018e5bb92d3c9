"""The kind of a page or region, by the words on it: the tables of labels and titles.

Sources: GA 448 (ID card), the State Administration's licence forms of 2014 and 2019, and the titles
that other certificates print.
"""

from papers.lines.words import word_list

FRONT_LABELS = word_list("公民身份号码 姓名 性别 民族 出生 住址")
BACK_LABELS = ("签发机关", "有效期限")
BACK_TITLES = ("中华人民共和国", "居民身份证")

NAME_LABELS = ("企业名称", "公司名称", "单位名称", "机构名称", "字号名称", "名称")
REPRESENTATIVE_LABELS = word_list(
    """
    法定代表人 执行事务合伙人 负责人 经营者姓名 经营者 投资人姓名 投资人 首席代表
    法定代表人姓名
    """
)
PERIOD_LABELS = word_list("营业期限 经营期限 合伙期限 有效期限 驻在期限 有效期")
TYPE_LABELS = ("公司类型", "主体类型", "企业类型", "类型")
ADDRESS_LABELS = word_list("经营场所 营业场所 主要经营场所 主要经营场 驻在场所 住所")
CODE_LABELS = ("统一社会信用代码", "社会信用代码", "信用代码")
OTHER_LICENCE_LABELS = word_list(
    """
    注册资本 成立日期 经营范围 登记机关 注册号 实收资本 组成形式 注册日期 出资额 核准日期
    业务范围 成员出资总额 派出企业名称 外国企业名称 隶属企业名称 举办单位名称 总公司名称
    """
)
LICENCE_LABELS = (
    *CODE_LABELS,
    *NAME_LABELS,
    *REPRESENTATIVE_LABELS,
    *PERIOD_LABELS,
    *TYPE_LABELS,
    *ADDRESS_LABELS,
    *OTHER_LICENCE_LABELS,
)

# Papers in place of a licence or of an ID card (RULES.md, document.other_certificate).
ORGANISATION_CERTIFICATES = word_list(
    """
    事业单位法人证书 社会团体法人登记证书 社会团体登记证书 民办非企业单位登记证书
    社会服务机构登记证书 基金会法人登记证书 基金会登记证书 律师事务所执业许可证
    统一社会信用代码证书 特别法人统一社会信用代码证书 机关统一社会信用代码证书
    农村集体经济组织登记证 基层群众性自治组织特别法人 宗教活动场所法人登记证书
    宗教活动场所登记证 工会法人资格证书 民办学校办学许可证 外国企业常驻代表机构登记证
    外国常驻代表机构登记证 医疗机构执业许可证 组织机构代码证 司法鉴定许可证
    基层法律服务所执业证
    """
)
PERSON_CERTIFICATES = word_list(
    """
    港澳居民来往内地通行证 台湾居民来往大陆通行证 往来港澳通行证 港澳居民居住证
    台湾居民居住证 外国人永久居留身份证 外国人永久居留证 外国人居留许可 中华人民共和国护照
    PASSPORT PASSPORT/PASSEPORT PERMANENTRESIDENTCARD PERMANENTRESIDENTIDCARD 居住证 军官证
    士兵证 警官证 退役军人优待证
    """
)

# Words of foreign papers of persons, whatever their title is called in their language.
FOREIGN_WORDS = word_list(
    """
    DATEOFBIRTH PLACEOFBIRTH NATIONALITY SURNAME GIVENNAME DATEOFEXPIRY DATEOFISSUE
    PASSPORTNO IDENTITYCARD
    """
)
FOREIGN_TITLE = "外国身份证件"
PASSPORT_TITLE = "护照"
# The first digits of a residence permit's number, and its title (国办发〔2018〕81号; the permanent
# residents' of 2023).
RESIDENCE_PERMITS = {
    "81": "港澳居民居住证",
    "82": "港澳居民居住证",
    "83": "台湾居民居住证",
    "9": "外国人永久居留身份证",
}
TEMPORARY_TITLE = "临时居民身份证"

# Papers that ask for nothing, whatever words they have.
TITLES_WITHOUT_REQUEST = word_list(
    """
    发票 劳动合同 合同书 施工合同 招标公告 中标通知书 开户许可证 税务登记证 资质证书
    安全生产许可证 认证证书 澄清公告 更正公告 采购公告 成交公告 招标文件 采购文件 投标文件
    操作手册 用户手册 操作指南 办事指南 培训通知 会议通知 会议纪要
    """
)

# Titles by which a paper is known to be no licence, though it may look like one.
PLAIN_TITLES = word_list(
    """
    资质证书 安全生产许可证 开户许可证 基本存款账户信息 税务登记证 认证证书 授权委托书
    委托书 承诺书 申请书 申请表 情况说明 证明 劳动合同 合同书 招标公告 中标通知书 通知书
    发票 社会保险 毕业证书 学位证书 报告 公示信息 开户信息 登记表 声明
    """
)
REQUEST_WORDS = word_list(
    """
    解绑 解除绑定 解锁 重置 CA锁 CA证书 数字证书 授权委托 委托书 经办人 兹有 兹委托 申请书
    特此 情况说明
    """
)
# Words of a line that is of the public register's report, which has the labels of a licence.
REGISTER_WORDS = ("公示报告", "营业执照信息", "登记信息查询", "信息公示系统报告")
