"""Whole mails kept apart: tables pasted from Excel, replies, forwards, signatures of others. (subject, kind of text, body, names, unbind, reset); see `held_seventh`.
"""

HELD_MAILS = [
    ("解绑", "html", "<table border=1><tr><td>企业名称</td><td>福州闽江口仓储有限公司</td></tr><tr><td>是否解绑</td><td>是</td></tr><tr><td>是否需要重置注册密码</td><td>否</td></tr></table>", "福州闽江口仓储有限公司", "Y", "N"),
    ("解绑", "html", "<table><tr><th>序号</th><th>企业名称</th><th>是否解绑</th><th>是否重置密码</th></tr><tr><td>1</td><td>福州闽江口仓储有限公司</td><td>是</td><td>是</td></tr></table><p>王工 18000000000</p>", "福州闽江口仓储有限公司", "Y", "Y"),
    ("解绑", "html", "<table><tr><td colspan=2>CA锁解绑申请表</td></tr><tr><td>单位名称</td><td>福州闽江口仓储有限公司</td></tr><tr><td>信用代码</td><td>91350100MA00000000</td></tr><tr><td>解绑</td><td>☑是 ☐否</td></tr><tr><td>重置密码</td><td>☐是 ☑否</td></tr></table>", "福州闽江口仓储有限公司", "Y", "N"),
    ("解绑", "html", "<div>老师好</div><div><br></div><div>福州闽江口仓储有限公司&nbsp;申请<b>解绑</b></div><div>密码<font color=red>不</font>重置</div><div>--</div><div>北京某某标书代写服务部</div>", "福州闽江口仓储有限公司", "Y", "N"),
    ("回复：退回补正", "plain", '老师，补上了：\n福州闽江口仓储有限公司\n解绑：是\n重置密码：否\n\n------------------ 原始邮件 ------------------\n发件人: "desk" <desk@example.com>\n发送时间: 2026年11月20日(星期五) 上午11:05\n收件人: "zhang"<zhang@example.org>;\n主题: 退回补正\n\n您的邮件没有写明是否解绑。请写明：企业名称：；是否解绑：是；是否重置注册密码：否。', "福州闽江口仓储有限公司", "Y", "N"),
    ("Re: 解绑", "plain", '密码也重置一下吧，谢谢\n\n在 2026-11-20 10:22:33，"chen" <chen@example.org> 写道：\n> 福州闽江口仓储有限公司申请解绑，不重置密码', "", "UY", "Y"),
    ("Fw:解绑资料", "plain", "\n\n---------- Forwarded message ---------\n发件人： 陈 <chen@example.org>\nDate: 2026年11月20日周五 10:22\nSubject: 解绑资料\nTo: <agent@example.net>\n\n\n你好，帮我们办下解绑，公司福州闽江口仓储有限公司，密码就不重置了\n", "福州闽江口仓储有限公司", "Y", "N"),
    ("转发：解绑资料", "plain", "老师，转发客户的资料，需要解绑，密码不用重置。客户是福州闽江口仓储有限公司。\n\n-----原始邮件-----\n发件人:chen@example.org\n发送时间:2026-11-20 10:22:33 (星期五)\n收件人:agent@example.net\n主题:解绑资料\n\n附件为资料，重置密码不？", "福州闽江口仓储有限公司", "Y", "N"),
    ("解绑", "html", "<p><span style='mso-spacerun:yes'>&nbsp;</span>企业名称：<u>&nbsp;福州闽江口仓储有限公司&nbsp;</u></p><p>是否解绑：<u>&nbsp;&nbsp;是&nbsp;&nbsp;</u></p><p>是否需要重置注册密码：<u>&nbsp;&nbsp;否&nbsp;&nbsp;</u></p>", "福州闽江口仓储有限公司", "Y", "N"),
    ("解绑", "html", "<ol><li>福州闽江口仓储有限公司</li><li>是</li><li>否</li></ol>", "福州闽江口仓储有限公司", "Y", "NU"),
    ("解绑", "html", "<p>企业名称：福州闽江口仓储有限公司</p><p>是否解绑：<s>否</s> 是</p><p>是否需要重置注册密码：<s>是</s> 否</p>", "福州闽江口仓储有限公司", "YU", "NU"),
    ("解绑", "plain", "企业名称：福州闽江口仓储有限公司\n是否解绑：是\n是否需要重置注册密码：否\n\n本邮件及附件含有福建海峡集团控股有限公司的保密信息，仅限于发送给上面地址中列出的个人。禁止任何其他人以任何形式使用。如果您错收了本邮件，请您立即通知发件人并删除。", "福州闽江口仓储有限公司", "Y", "N"),
    ("解绑", "plain", "福州闽江口仓储有限公司解绑，密码不重置\n\n福建海峡集团有限公司\n信息中心 林工\n地址：福州市某路1号\n电话：0591-00000000", "福州闽江口仓储有限公司", "Y", "N"),
    ("回复：【退回补正】CA锁解绑申请", "plain", "补充如下\n\n企业名称：宁夏沙湖水务有限公司\n是否解绑：是\n是否需要重置注册密码：否\n\n\n发自我的华为手机\n\n-------- 原始邮件 --------\n发件人: 大兴区交易中心 <desk@example.com>\n日期: 2026年11月20日周五 11:02\n收件人: li@example.org\n主 题: 【退回补正】CA锁解绑申请\n您的邮件缺少：是否解绑。", "宁夏沙湖水务有限公司", "Y", "N"),
    ("解绑", "html", "<table><tr><td>单位全称</td><td colspan=3>宁夏沙湖水务有限公司</td></tr><tr><td>是否解绑</td><td>√是</td><td>是否重置密码</td><td>√否</td></tr></table>", "宁夏沙湖水务有限公司", "Y", "N"),
    ("解绑", "html", "<table><tbody><tr><td><p>企业名称</p></td><td><p>是否解绑</p></td><td><p>是否需要重置注册密码</p></td></tr><tr><td><p>宁夏沙湖水务有限公司</p></td><td><p>否</p></td><td><p>是</p></td></tr></tbody></table>", "宁夏沙湖水务有限公司", "AN", "Y"),
    ("Fwd: CA", "plain", '请帮忙处理，谢谢！\n\n发件人： "wang"<wang@example.org>\n发送时间： 2026-11-20 09:00\n收件人： "li"<li@example.org>\n主题： CA\n\n宁夏沙湖水务有限公司 解绑CA 密码重置', "宁夏沙湖水务有限公司", "YU", "YU"),
    ("解绑", "html", "<div style='font-family:宋体'><span>宁夏沙湖水务有限公司</span><br><span>申请解绑：</span><span style='color:red'>是</span><br><span>申请重置密码：</span><span>否</span></div><div><hr></div><div>李工<br>宁夏银川某律师事务所<br>电话：0951-0000000</div>", "宁夏沙湖水务有限公司", "Y", "N"),
    ("解绑", "html", "<table><tr><td>浙江温岭泵业股份有限公司</td></tr><tr><td>解绑</td></tr><tr><td>不重置</td></tr></table>", "浙江温岭泵业股份有限公司", "Y", "N"),
    ("回复: 解绑", "html", "<div>是否重置：否</div><div><br></div><blockquote><div>在 2026年11月20日 11:10，desk&lt;desk@example.com&gt; 写道：</div><div>您的邮件没有写明是否重置注册密码</div></blockquote>", "", "YU", "N"),
    ("解绑", "html", "<p>浙江温岭泵业股份有限公司</p><p>是否解绑&nbsp;&nbsp;&nbsp;&nbsp;<input type=checkbox checked>是&nbsp;<input type=checkbox>否</p><p>是否需要重置注册密码 <input type=checkbox>是&nbsp;<input type=checkbox checked>否</p>", "浙江温岭泵业股份有限公司", "YU", "NU"),
]
