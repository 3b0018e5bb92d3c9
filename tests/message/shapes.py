"""Replies and forwards as mail programs write them today: a table of (client, kind of body, body)
with the places {new} and {old}.

In HTML bodies a place is filled with one <div> a line. The old text asks for the contrary of the
new one, so that a line that slips through is seen.
"""

QQ_HEAD = (
    '<div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;'
    '"解绑办理台"&lt;desk@example.com&gt;;</div><div><b>发送时间:</b>&nbsp;2026年3月1日(星期天) '
    "上午10:00</div>"
    '<div><b>收件人:</b>&nbsp;"张三"&lt;zhang@example.org&gt;;</div><div><b>抄送:</b>&nbsp;"李四"&'
    "lt;li@example.org&gt;;</div><div><b>主题:</b>&nbsp;退回补正</div></div>"
)
OUTLOOK_HEAD = (
    "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p "
    "class=MsoNormal><b><span style='font-family:等线'>发件人<span lang=EN-US>:</span></span></b>"
    "<span lang=EN-US> "
    "解绑办理台 &lt;desk@example.com&gt; <br></span><b>发送时间<span lang=EN-US>:</span></b>"
    "<span lang=EN-US> 2026</span>年<span lang=EN-US>3</span>月<span lang=EN-US>1</span>日"
    "<span lang=EN-US> 10:00<br></span>"
    "<b>收件人<span lang=EN-US>:</span></b> 张三<span lang=EN-US><br></span><b>主题"
    "<span lang=EN-US>:</span></b> 退回补正<span lang=EN-US><o:p></o:p></span></p></div>"
)

REPLIES = [
    (
        "QQ, browser",
        "html",
        (
            '<div>{new}</div><div><br></div><div><br></div><div style="font-size: '
            '12px;font-family: Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&'
            "nbsp;------------------</div>"
        )
        + QQ_HEAD
        + "<div><br></div>{old}<style>.qmbox p{{margin:0}}</style>",
    ),
    (
        "QQ, browser, with the enterprise's own signature",
        "html",
        '<div>{new}</div><div><br></div><div id="QQMailSignature">北京晨曦建设工程有限公司<br>'
        "行政部 张三</div><div><br></div>"
        '<div style="font-size: 12px;font-family: Arial Narrow;padding:2px 0 2px '
        '0;">------------------&nbsp;原始邮件&nbsp;------------------</div>' + QQ_HEAD + "{old}",
    ),
    (
        "QQ, since 2024",
        "html",
        (
            '<div>{new}</div><div class="xm_mail_oringinal_describe" style="margin:24px 0"><div '
            'style="display:inline-flex;color:#5e5e5e"><div style="width:12px;border-top:solid '
            '1px #ccc;"></div>原始邮件<div></div></div>'
            '<hr style="border: 0"><div><div>发件人：解绑办理台 &lt;desk@example.com&gt;</div>'
            "<div>发件时间：2026年3月1日 10:00</div><div>收件人："
            "张三 &lt;zhang@example.org&gt;</div><div>主题：退回补正</div></div></div>{old}"
        ),
    ),
    (
        "QQ, telephone",
        "html",
        (
            "<div>{new}</div><div><br></div><div>发自我的iPhone</div><div><br></div>"
            '<div style="font-size:70%;padding:2px 0;">------------------ Original '
            "------------------</div>"
            '<div style="font-size:70%;background:#f0f0f0;color:#212121;padding:8px;"><div><b>'
            "From:</b> 解绑办理台 &lt;desk@example.com&gt;</div><div><b>Date:</b> Sun,Mar 1,2026 "
            "10:00 AM</div><div><b>To:</b> 张三 &lt;zhang@example.org&gt;</div>"
            "<div><b>Subject:</b> Re: 退回补正</div></div>{old}"
        ),
    ),
    (
        "Tencent Exmail",
        "html",
        (
            '<div>{new}</div><div><includetail><div style="font:Verdana normal 14px;color:#000;">'
            '<div>&nbsp;</div><div>&nbsp;</div><div style="font-size: '
            '12px;">------------------&nbsp;Original&nbsp;------------------</div>'
            '<div><div><b>From:&nbsp;</b>&nbsp;"解绑办理台"&lt;desk@example.com&gt;;</div><div><b>'
            "Date:&nbsp;</b>&nbsp;Sun, Mar 1, 2026 10:00 AM</div><div><b>To:&nbsp;</b>&nbsp;"
            '"张三"&lt;zhang@example.org&gt;;</div><div><b>Subject:&nbsp;</b>&nbsp;退回补正</div>'
            "</div>{old}</div></includetail></div>"
        ),
    ),
    (
        "WeCom",
        "html",
        (
            '<div>{new}</div><div style="margin-top:16px;color:#888">发自企业微信邮件</div><div>'
            '<br></div><div style="border-top:1px solid #ddd"><p>发件人：'
            "解绑办理台 &lt;desk@example.com&gt;</p><p>时间：2026-03-01 10:00</p><p>收件人："
            "张三 &lt;zhang@example.org&gt;</p><p>主题：退回补正</p></div>{old}"
        ),
    ),
    (
        "WeChat",
        "plain",
        (
            '{new}\n\n来自微信邮箱提醒\n\n---原始邮件---\n发件人: "解绑办理台"<desk@example.com>\n'
            '发送时间: 2026年3月1日(星期天) 上午10:00\n收件人: "张三"<zhang@example.org>;\n'
            "主题: 退回补正\n\n{old}"
        ),
    ),
    (
        "Foxmail 7",
        "html",
        (
            '<div><span></span></div><div>{new}</div><div><br></div><hr style="width: 210px; '
            'height: 1px;" color="#b5c4df" size="1" align="left"><div><span>zhang@example.org'
            '</span></div><blockquote style="margin-Top: 0px; margin-Bottom: 0px; margin-Left: '
            '0.5em"><div>&nbsp;</div>'
            '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm '
            '0cm"><div style="PADDING-RIGHT: 8px; FONT-SIZE: '
            '12px;BACKGROUND:#efefef;"><div><b>发件人：'
            '</b>&nbsp;<a href="mailto:desk@example.com">解绑办理台</a></div><div><b>发送时间：'
            "</b>&nbsp;2026-03-01&nbsp;10:00</div>"
            '<div><b>收件人：</b>&nbsp;<a href="mailto:zhang@example.org">张三</a></div><div><b>'
            "主题：</b>&nbsp;退回补正</div></div></div><div>{old}</div></blockquote>"
        ),
    ),
    (
        "Foxmail 7, text",
        "plain",
        (
            "{new}\n\n\n\nzhang@example.org\n \n发件人： 解绑办理台\n发送时间： 2026-03-01 10:00\n"
            "收件人： 张三\n主题： 退回补正\n{old}"
        ),
    ),
    (
        "Foxmail for telephones",
        "html",
        (
            "<div>{new}</div><br><br><div>Sent from <a href='https://www.foxmail.com/'>Foxmail for "
            "Android</a></div><br><div>---- 原始邮件 ----</div><div>发件人: "
            "解绑办理台 &lt;desk@example.com&gt;</div><div>日期: "
            "2026年3月1日 10:00</div><div>收件人: 张三</div>{old}"
        ),
    ),
    (
        "Outlook 365, Chinese",
        "html",
        (
            "<div class=WordSection1><p class=MsoNormal>{new}<o:p></o:p></p><p "
            "class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p><div>"
        )
        + OUTLOOK_HEAD
        + "</div><p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>{old}</div>",
    ),
    (
        "Outlook, Chinese, text",
        "plain",
        (
            "{new}\n\n-----邮件原件-----\n发件人: 解绑办理台 <desk@example.com> \n"
            "发送时间: 2026年3月1日 10:00\n收件人: 张三 <zhang@example.org>\n"
            "主题: 退回补正\n\n{old}"
        ),
    ),
    (
        "Outlook, English",
        "plain",
        (
            "{new}\n\nBest regards,\nZhang San\n\nFrom: 解绑办理台 <desk@example.com>\n"
            "Sent: Sunday, March 1, 2026 10:00 AM\nTo: Zhang San <zhang@example.org>\n"
            "Cc: Li Si <li@example.org>\nSubject: 退回补正\n\n{old}"
        ),
    ),
    (
        "Outlook for iOS",
        "html",
        (
            '<div>{new}</div><div id="ms-outlook-mobile-signature"><div><br></div>发送自 <a '
            'href="https://example.com/o">Outlook for iOS</a></div><hr '
            'style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" '
            'dir="ltr"><font face="Calibri, sans-serif"><b>发件人:</b> 解绑办理台<br>'
            "<b>发送时间:</b> Sunday, March 1, 2026 10:00:00 AM<br><b>收件人:</b> 张三<br><b>主题:"
            "</b> 退回补正 </font><div>&nbsp;</div></div><div>{old}</div>"
        ),
    ),
    (
        "Outlook on the web, new",
        "html",
        (
            '<div class="elementToProof">{new}</div><div id="appendonsend"></div><hr '
            'style="display: inline-block; width: 98%;"><div dir="ltr" id="divRplyFwdMsg"><b>From:'
            "</b> desk<br><b>Sent:</b> Sunday<br><b>To:</b> zhang</div>{old}"
        ),
    ),
    (
        "163, browser",
        "html",
        (
            '<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div>'
            '{new}</div><br><br><div style="position:relative;zoom:1"></div><div '
            'id="divNeteaseMailCard"></div><p style="margin: 0;">At 2026-03-01 10:00:00, '
            '"解绑办理台" &lt;desk@example.com&gt; wrote:</p>'
            '<blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; '
            'BORDER-LEFT: #ccc 1px solid">{old}</blockquote></div>'
        ),
    ),
    (
        "163, browser, Chinese",
        "html",
        (
            '<div><div>{new}</div><p>在 2026-03-01 10:00:00，"解绑办理台" &lt;desk@example.com&gt; '
            '写道：</p><blockquote id="isReplyContent">{old}</blockquote></div>'
        ),
    ),
    (
        "163, browser, text",
        "plain",
        (
            "{new}\n\n\n\n\n\n\n\n在 2026-03-01 10:00:00，"
            '"解绑办理台" <desk@example.com> 写道：\n\n{old}'
        ),
    ),
    (
        "Netease Mail Master",
        "html",
        (
            '<html><body><div style="font-family:-apple-system">{new}</div><!--😀-->'
            '<div id="ntes-pcmac-signature"><div>张三</div></div>'
            '<div class="ntes-mailmaster-quote" style="padding-top:1px"><div '
            'style="margin-top:2em;margin-bottom:1em;">---- 回复的原邮件 ----</div>'
            "<table><tbody><tr><td>发件人</td><td>解绑办理台</td></tr><tr><td>日期</td><td>"
            "2026年03月01日 10:00</td></tr><tr><td>收件人</td><td>张三</td></tr><tr><td>主题</td>"
            "<td>退回补正</td></tr></tbody></table>{old}</div></body></html>"
        ),
    ),
    (
        "Netease Mail Master, text",
        "plain",
        (
            "{new}\n\n\n\n| |\n张三\n|\n|\nzhang@example.org\n|\n---- 回复的原邮件 ----\n"
            "| 发件人 | 解绑办理台<desk@example.com> |\n| 发送日期 | 2026年3月1日 10:00 |\n"
            "| 收件人 | 张三<zhang@example.org> |\n| 主题 | 退回补正 |\n{old}"
        ),
    ),
    (
        "Apple Mail, text",
        "plain",
        "{new}\n\n> 2026年3月1日 上午10:00，解绑办理台 <desk@example.com> 写道：\n> \n> {old>}",
    ),
    (
        "iPhone, text",
        "plain",
        (
            "{new}\n\n发自我的iPhone\n\n> 在 2026年3月1日，10:00，"
            "解绑办理台 <desk@example.com> 写道：\n> \n> \ufeff{old>}"
        ),
    ),
    (
        "iPhone",
        "html",
        (
            '<html><body dir="auto"><div>{new}</div><br id="lineBreakAtBeginningOfSignature"><div '
            'dir="ltr">发自我的 iPhone</div><div dir="ltr"><br><blockquote type="cite">'
            "在 2026年3月1日，10:00，解绑办理台 &lt;desk@example.com&gt; "
            "写道：<br><br></blockquote></div>"
            '<blockquote type="cite"><div dir="ltr">\ufeff{old}</div></blockquote></body></html>'
        ),
    ),
    (
        "iPhone, English",
        "plain",
        (
            "{new}\n\nSent from my iPhone\n\n"
            "> On Mar 1, 2026, at 10:00, 解绑办理台 <desk@example.com> wrote:\n> \n> {old>}"
        ),
    ),
    (
        "Huawei",
        "plain",
        (
            "{new}\n\n\n\n发自我的华为手机\n\n\n-------- 原始邮件 --------\n"
            "发件人： 解绑办理台 <desk@example.com>\n日期： 2026年3月1日周日 10:00\n"
            "收件人： zhang@example.org\n主    题： 退回补正\n\n{old}"
        ),
    ),
    (
        "Huawei, HarmonyOS",
        "html",
        (
            "<div>{new}</div><div><br></div><div>发自我的HUAWEI Mate 60</div><div><br></div><div>"
            "-------- 原始邮件 --------</div><div>发件人：解绑办理台 &lt;desk@example.com&gt;</div>"
            "<div>日期：2026年3月1日周日 10:00</div><div>收件人：张三</div><div>主题："
            "退回补正</div>{old}"
        ),
    ),
    (
        "Xiaomi",
        "plain",
        (
            "{new}\n\n\n来自 小米手机\n"
            "解绑办理台 <desk@example.com> 于2026年3月1日周日 上午10:00写道：\n\n{old}"
        ),
    ),
    (
        "Xiaomi, in the thread",
        "html",
        (
            '<div>{new}</div><br><div>发自我的小米手机</div><div class="quote">在 解绑办理台 &lt;'
            "desk@example.com&gt;，2026年3月1日 上午10:00写道："
            "<br><blockquote>{old}</blockquote></div>"
        ),
    ),
    (
        "vivo",
        "plain",
        (
            "{new}\n\n发自vivo电子邮件\n-------- 原始邮件 --------\n"
            "发件人：解绑办理台 <desk@example.com>\n时间：2026年3月1日 10:00\n主题：退回补正\n"
            "收件人：zhang@example.org\n\n{old}"
        ),
    ),
    (
        "Honor",
        "plain",
        (
            "{new}\n\n发自我的荣耀手机\n\n\n-------- 原始邮件 --------\n发件人： desk@example.com\n"
            "日期： 2026年3月1日周日 10:00\n收件人： zhang@example.org\n主 题： 退回补正\n{old}"
        ),
    ),
    (
        "Samsung",
        "plain",
        (
            "{new}\n\n从我的 Galaxy 发送\n\n-------- 原始信息 --------\n"
            "由： 解绑办理台 <desk@example.com> \n日期： 26/3/1  上午10:00  (GMT+08:00) \n"
            "收件人： zhang@example.org \n主题： 退回补正 \n\n{old}"
        ),
    ),
    (
        "Gmail",
        "html",
        (
            '<div dir="ltr">{new}</div><br><div class="gmail_quote gmail_quote_container"><div '
            'dir="ltr" class="gmail_attr">解绑办理台 &lt;<a href="mailto:desk@example.com">'
            "desk@example.com</a>&gt; 于2026年3月1日周日 10:00写道："
            '<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px '
            '0.8ex">{old}</blockquote></div>'
        ),
    ),
    (
        "Gmail, text",
        "plain",
        "{new}\n\n解绑办理台 <desk@example.com> 于2026年3月1日周日 10:00写道：\n\n> {old>}\n>",
    ),
    (
        "Gmail, text, attribution in two lines",
        "plain",
        (
            "{new}\n\nOn Sun, Mar 1, 2026 at 10:00 AM 公共资源交易中心解绑办理台 "
            "<desk@example.com>\nwrote:\n\n> {old>}"
        ),
    ),
    (
        "Thunderbird",
        "html",
        (
            '<p>{new}</p><div class="moz-cite-prefix">在 2026/3/1 10:00, '
            '解绑办理台 写道:<br></div><blockquote type="cite" cite="mid:1@example.com">{old}'
            "</blockquote>"
        ),
    ),
    (
        "Thunderbird, answer below",
        "html",
        (
            '<div class="moz-cite-prefix">在 2026/3/1 10:00, '
            '解绑办理台 写道:<br></div><blockquote type="cite" cite="mid:1@example.com">{old}'
            "</blockquote><p>{new}</p>"
        ),
    ),
    (
        "Thunderbird, text, answer below",
        "plain",
        "在 2026/3/1 10:00, 解绑办理台 写道:\n> {old>}\n\n{new}\n",
    ),
    ("Thunderbird, text", "plain", "{new}\n\n在 2026/3/1 10:00, 解绑办理台 写道:\n> {old>}"),
    (
        "Aliyun, browser",
        "html",
        (
            '<div class="__aliyun_email_body_block"><div style="font-family:Tahoma">{new}</div>'
            '<div><br></div><blockquote style="margin-right:0;margin-top:0;margin-bottom:0;"><div>'
            "------------------------------------------------------------------</div><div>发件人："
            "解绑办理台&lt;desk@example.com&gt;</div><div>日　期："
            "2026年03月01日 10:00:00</div><div>收件人：张三&lt;zhang@example.org&gt;</div><div>"
            "主　题：退回补正</div><div><br></div>{old}</blockquote></div>"
        ),
    ),
    (
        "DingTalk",
        "plain",
        (
            "{new}\n\n------------------------------------------------------------------\n"
            "发件人：解绑办理台<desk@example.com>\n发送时间：2026年3月1日(星期日) 10:00\n"
            "收件人：张三<zhang@example.org>\n抄　送：李四<li@example.org>\n"
            "主　题：退回补正\n\n{old}"
        ),
    ),
    (
        "139",
        "plain",
        (
            '{new}\n\n----邮件原文----\n发件人："解绑办理台" <desk@example.com>\n'
            "收件人：张三  <zhang@example.org>\n抄 送： (无)\n发送时间：2026-03-01 10:00:00\n"
            "主题：退回补正\n\n{old}"
        ),
    ),
    (
        "189",
        "plain",
        (
            "{new}\n\n-----------------原始邮件-----------------\n"
            '发件人: "解绑办理台"<desk@example.com>\n发送时间: 2026-03-01 10:00:00\n\n{old}'
        ),
    ),
    (
        "Sina",
        "plain",
        (
            "{new}\n\n\n----- 原始邮件 -----\n发件人：解绑办理台 <desk@example.com>\n"
            "收件人：张三 <zhang@example.org>\n主题：退回补正\n"
            "日期：2026年03月01日 10点00分\n\n{old}"
        ),
    ),
    (
        "Coremail",
        "html",
        (
            '<p>{new}</p><br><br><blockquote name="replyContent" class="ReferenceQuote" '
            'style="padding-left:5px;margin-left:5px;border-left:#b6b6b6 2px '
            'solid;">-----原始邮件-----<br><b>发件人:</b><span id="rc_from">"解绑办理台" &lt;'
            'desk@example.com&gt;</span><br><b>发送时间:</b><span id="rc_senttime">2026-03-01 '
            "10:00:00 (星期日)</span><br><b>收件人:</b> zhang@example.org<br><b>主题:</b> 退回补正"
            "<br><br>{old}</blockquote>"
        ),
    ),
    (
        "Spark",
        "html",
        (
            '<div name="messageBodySection"><div>{new}</div></div><div name="messageReplySection">'
            "2026年3月1日 +0800 10:00 解绑办理台 &lt;desk@example.com&gt;，写道："
            '<br><blockquote type="cite">{old}</blockquote></div>'
        ),
    ),
    (
        "Lotus Notes",
        "plain",
        (
            "{new}\n\n\n\n发件人：\t解绑办理台 <desk@example.com>\n收件人：\tzhang@example.org\n"
            "日期：\t2026/03/01 10:00\n主题：\t退回补正\n\n\n\n{old}"
        ),
    ),
    (
        "three deep",
        "plain",
        (
            "{new}\n\n------------------ 原始邮件 ------------------\n"
            '发件人: "张三"<zhang@example.org>;\n发送时间: 2026年3月1日\n收件人: "desk";\n\n'
            "已阅\n\n发件人： desk\n发送时间： 2026-03-01 09:00\n收件人： 张三\n主题： x\n"
            "> {old>}\n>> {old>}"
        ),
    ),
]

FORWARD_BLOCK = (
    "发件人：王五 <wang@example.org>\n日期：2026年3月1日 10:00\n主题：解绑\n"
    "收件人：张三 <zhang@example.org>\n\n{new}"
)
FORWARDS = [
    (
        "QQ",
        "html",
        (
            '<div><br></div><div><br></div><div style="font-size: 12px;font-family: '
            'Arial Narrow;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;'
            "------------------</div>"
        )
        + QQ_HEAD
        + "<div>{new}</div>",
    ),
    (
        "QQ, telephone",
        "plain",
        "\n\n发自我的华为手机\n\n------------------ 转发邮件 ------------------\n" + FORWARD_BLOCK,
    ),
    (
        "163",
        "html",
        (
            '<div style="line-height:1.7"><br><br><br>-------- 转发邮件信息 --------<br>发件人：'
            "王五 &lt;wang@example.org&gt;<br>发送日期：2026-03-01 10:00:00<br>收件人："
            "张三 &lt;zhang@example.org&gt;<br>主题：解绑<br><div>{new}</div></div>"
        ),
    ),
    (
        "163, with a word",
        "plain",
        "老师好，见下，谢谢\n\n-------- 转发邮件信息 --------\n" + FORWARD_BLOCK,
    ),
    (
        "Netease Mail Master",
        "plain",
        (
            "---- 转发的邮件 ----\n| 发件人 | 王五<wang@example.org> |\n"
            "| 日期 | 2026年3月1日 10:00 |\n| 收件人 | 张三 |\n| 主题 | 解绑 |\n\n{new}"
        ),
    ),
    (
        "Foxmail",
        "html",
        (
            '<hr><div><span>zhang@example.org</span></div><blockquote style="margin-Top: '
            '0px"><div><b>发件人：</b>&nbsp;王五</div><div><b>发送时间：'
            "</b>&nbsp;2026-03-01&nbsp;10:00</div><div><b>收件人："
            "</b>&nbsp;张三</div><div><b>主题：</b>&nbsp;解绑</div><div>{new}</div></blockquote>"
        ),
    ),
    (
        "Outlook",
        "html",
        "<div class=WordSection1><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        + OUTLOOK_HEAD
        + "<p class=MsoNormal>{new}</p></div>",
    ),
    (
        "Outlook for iOS",
        "html",
        (
            '<div><br></div><div id="ms-outlook-mobile-signature">获取 <a href="https://'
            'example.com/o">Outlook for Android</a></div><hr><div id="divRplyFwdMsg"><b>发件人:'
            "</b> 王五<br><b>发送时间:</b> Sunday<br><b>收件人:</b> 张三<br></div><div>{new}</div>"
        ),
    ),
    (
        "Apple Mail",
        "html",
        (
            '<body><br><div><blockquote type="cite"><div>开始转发的邮件：</div><br><div><b>发件人: '
            "</b>王五 &lt;wang@example.org&gt;<br></div><div><b>主题: "
            "</b>解绑<br></div><div><b>日期: </b>2026年3月1日 GMT+8 10:00<br></div><div><b>收件人: "
            "</b>张三<br></div><br><div>{new}</div></blockquote></div></body>"
        ),
    ),
    (
        "iPhone, text",
        "plain",
        (
            "\n\n发自我的iPhone\n\n开始转发的邮件：\n\n> 发件人: 王五 <wang@example.org>\n"
            "> 日期: 2026年3月1日 GMT+8 10:00\n> 收件人: 张三\n> 主题: 解绑\n> \n> \ufeff{new>}"
        ),
    ),
    (
        "iPhone, English",
        "plain",
        (
            "Begin forwarded message:\n\n> From: wang@example.org\n> Date: March 1, 2026\n"
            "> To: zhang@example.org\n> Subject: x\n> \n> {new>}"
        ),
    ),
    (
        "Gmail",
        "html",
        (
            '<div dir="ltr"><br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
            "---------- Forwarded message ---------<br>发件人： <b>王五</b> &lt;wang@example.org&"
            "gt;<br>Date: 2026年3月1日周日 10:00<br>Subject: 解绑<br>To: "
            "张三 &lt;zhang@example.org&gt;<br></div><br><div>{new}</div></div></div>"
        ),
    ),
    ("Gmail, text", "plain", "---------- Forwarded message ---------\n" + FORWARD_BLOCK),
    (
        "Thunderbird",
        "plain",
        (
            "\n\n\n-------- 转发的消息 --------\n主题: \t解绑\n"
            "日期: \tSun, 1 Mar 2026 10:00:00 +0800\n发件人: \t王五 <wang@example.org>\n"
            "收件人: \t张三 <zhang@example.org>\n\n\n{new}"
        ),
    ),
    (
        "Thunderbird, older",
        "plain",
        (
            "-------- 转发的邮件消息 --------\n主题: 解绑\n日期: Sun\n发件人: 王五\n"
            "收件人: 张三\n\n{new}"
        ),
    ),
    ("Huawei", "plain", "发自我的华为手机\n\n\n-------- 转发邮件 --------\n" + FORWARD_BLOCK),
    (
        "Samsung",
        "plain",
        (
            "从我的 Galaxy 发送\n\n-------- 原始信息 --------\n由： 王五 <wang@example.org> \n"
            "日期： 26/3/1  上午10:00 \n收件人： zhang@example.org \n主题： 解绑 \n\n{new}"
        ),
    ),
    (
        "Aliyun",
        "plain",
        "------------------------------------------------------------------\n" + FORWARD_BLOCK,
    ),
    ("Sina", "plain", "----- 转发邮件 -----\n" + FORWARD_BLOCK),
    ("139", "plain", "-----邮件原文-----\n" + FORWARD_BLOCK),
    (
        "WeCom",
        "plain",
        (
            "发自企业微信邮件\n\n发件人：王五 <wang@example.org>\n时间：2026-03-01 10:00\n"
            "收件人：张三\n主题：解绑\n\n{new}"
        ),
    ),
    (
        "forwarded twice",
        "plain",
        (
            "---------- Forwarded message ---------\n发件人：李四\n日期：2026年3月1日\n"
            "收件人：张三\n\n\n-------- 转发邮件信息 --------\n"
        )
        + FORWARD_BLOCK,
    ),
    (
        "a phone's signature and a wish",
        "plain",
        "请帮忙办理，谢谢！\n\n发自我的小米手机\n---------- 转发的邮件 ---------\n" + FORWARD_BLOCK,
    ),
]
