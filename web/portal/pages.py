"""How a page of the portal is made: what all of them are handed, and the cookie that goes with a form for everybody."""

import json
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from web.guard import POLICY
from web.portal.help import for_page
from web.portal.visits import Visit
from web.sessions import form_token, keep_form_token
from web.site import Site

HELPS: Final = json.dumps(for_page(), ensure_ascii=False)
WITH_PICTURES: Final = POLICY.replace("img-src 'self' blob:", "img-src 'self' blob: data:")
NOTICES: Final = {
    "out": "已退出。", "registered": "注册成功。请完善企业信息，再绑定CA锁。", "information": "企业信息已提交。", "bound": "已绑定。",
    "unbound": "已解除绑定。", "own": "已解除当前CA锁的绑定。请用账号和密码登录，再绑定新锁。",
    "own_left": "已解除此锁的绑定。账号还绑定着其他CA锁：请插入其中一把，用CA登录。",
    "lost": "已挂失。找回之前，该锁不能登录，也不能绑定。",
    "loss_letter": "已受理。该账号有可以挂失的CA锁、并登记了联系邮箱的，几分钟内会收到链接；没有收到的，请联系系统管理员。",
    "renewed": "新锁已接替原锁。请用新锁登录一次，以确认它可以使用。", "password": "密码已设置；其他登录已退出。",
    "paper": "材料已上传。",
    "handed_in": "申请已提交，正在读取；一分钟内会出现在下面，结果也会发到联系邮箱。",
    "contact": "已受理：请打开发往新邮箱的链接确认，更改才会生效；原邮箱也会收到告知。",
}


def with_pictures(page: Response) -> Response:
    """The page with a policy that lets it show pictures that it holds itself: those of a file that is kept nowhere."""
    page.headers["Content-Security-Policy"] = WITH_PICTURES
    return page


def portal_page(request: Request, site: Site, template: str, visit: Visit | None, status: int = 200, /, **facts: Any) -> Response:
    """The page of templates/web/portal/`template`.html. Without a visit it carries a form token of its own."""
    assert site.front is not None
    token = visit.csrf if visit else form_token(request, site.settings)
    shown = facts | {
        "visit": visit, "csrf": token, "notice": NOTICES.get(facts.pop("done", ""), ""), "agent": site.settings.agent_url, "helps": HELPS,
        "support": site.settings.support_address, "phone": site.settings.support_phone, "qq": site.settings.support_qq,
        "window": site.settings.window, "tries": site.front.settings.limits.in_a_row,
        "agent_download": site.settings.agent_download, "checks": site.reads is not None, "origin": min(site.front.settings.origins),
    }
    page = site.pages.html(f"portal/{template}.html", status, **shown)
    if visit is None:
        keep_form_token(page, site.settings, token)
    return page
