"""Typed pages that come with requests, and pages that have nothing to do with them: the letter
itself, an authorisation, an invoice, a contract."""

from tests.drawing.people import Enterprise, Person

Typed = tuple[str, list[str]]


def authorisation(enterprise: Enterprise, person: Person) -> Typed:
    """授权委托书: it names the handler with his number, the enterprise with its code,
    and is neither card nor licence."""
    return "授权委托书", [
        f"委托单位：{enterprise.name}",
        f"统一社会信用代码：{enterprise.uscc}",
        f"法定代表人：{enterprise.legal_representative}",
        f"受托人：{person.name}，性别：{person.sex}，身份证号码：{person.id_number}",
        (
            "兹委托上述受托人代表我单位办理电子交易系统CA锁解绑及密码重置事宜，"
            "受托人在办理过程中签署的文件我单位均予以承认。"
        ),
        "委托期限：自签署之日起三十日内有效。受托人无转委托权。",
        "特此委托。",
        f"委托单位（盖章）：{enterprise.name}",
        "日期：2026年2月25日",
    ]


def unbind_request(enterprise: Enterprise, person: Person) -> Typed:
    """解绑申请书."""
    return "CA锁解绑申请书", [
        "公共资源交易中心：",
        f"我单位{enterprise.name}（统一社会信用代码：{enterprise.uscc}）因原CA锁遗失，",
        "现申请解除该锁与系统账号的绑定，并申请重置注册密码。",
        f"经办人：{person.name}    联系电话：0000-0000000",
        "附件：1.营业执照扫描件  2.经办人身份证扫描件",
        f"申请单位：{enterprise.name}",
        "2026年2月25日",
    ]


def invoice(enterprise: Enterprise) -> Typed:
    """An electronic invoice's words: it has a name, a code, an address and a bank."""
    return "电子发票（普通发票）", [
        "发票号码：24112000000123456789    开票日期：2026年01月15日",
        f"购买方信息  名称：{enterprise.name}",
        f"统一社会信用代码/纳税人识别号：{enterprise.uscc}",
        "销售方信息  名称：某某数字认证有限公司",
        "项目名称  规格型号  单位  数量  单价  金额  税率/征收率  税额",
        "*信息技术服务*数字证书服务费  项  1  283.02  283.02  6%  16.98",
        "价税合计（大写）  叁佰圆整    （小写）¥300.00",
        "备注：    开票人：管理员",
    ]


def contract(enterprise: Enterprise) -> Typed:
    """A page out of the middle of a contract."""
    return "建设工程施工合同", [
        f"发包人（甲方）：{enterprise.name}",
        (
            "第一条 工程概况：工程名称为厂区道路及绿化改造，工程地点位于厂区内，"
            "承包范围以施工图纸及工程量清单为准。"
        ),
        "第二条 合同工期：计划开工日期以监理人发出的开工通知为准，工期总日历天数九十天。",
        "第三条 质量标准：工程质量符合国家现行施工质量验收规范合格标准。",
        "第四条 签约合同价与合同价格形式：合同价格形式为单价合同，金额以中标价为准。",
        "第五条 双方的权利和义务详见通用合同条款和专用合同条款。",
        f"法定代表人或其委托代理人（签字）：{enterprise.legal_representative}",
    ]
