"""Recognises cloud attachments: links to a provider's big-file store or a net disk instead
of an ordinary attachment.

The desk never fetches a link (RULES.md section 4, attachment.cloud_link); it only names the
service, so that the sender can be asked for an ordinary attachment.
"""

import re

_HOSTS = (  # where the address leads, what follows it in a link to a file, the service
    (r"exmail\.qq\.com/", r"ftn|download|netdisk", "腾讯企业邮箱超大附件"),
    (r"\bftn\.(?:mail\.)?qq\.com|mail\.ftn\.qq\.com", "", "QQ邮箱超大附件"),
    (r"wx\.mail\.qq\.com/", r"ftn|download", "QQ邮箱超大附件"),
    (r"mail\.qq\.com/", r"ftn", "QQ邮箱超大附件"),
    (
        r"(?:mail\.|dashi\.)?(?:163|126|yeah|netease)\.(?:com|net)/",
        r"large-?attachment|download|filehub|cloudattach|file/|t/",
        "网易邮箱云附件",
    ),
    (
        r"fs\.(?:163|126)\.|u\.163\.com|mail\.163\.com/large|netdisk\.(?:163|126)",
        "",
        "网易邮箱云附件",
    ),
    (r"qiye\.163\.com/", r"file|attach|disk", "网易邮箱云附件"),
    (r"(?:qiye|mail)\.aliyun\.com/", r"down|file|attach|share|disk", "阿里邮箱云附件"),
    (r"alimail", r"attach|cloud|file|disk", "阿里邮箱云附件"),
    (r"netdisk\.aliyun", "", "阿里邮箱云附件"),
    (r"foxmail\.com/", r"file|down|ftn", "Foxmail云附件"),
    (r"(?:pan|yun)\.baidu\.com", "", "百度网盘"),
    (r"(?:alipan|aliyundrive)\.com", "", "阿里云盘"),
    (r"cloud\.189\.cn", "", "天翼云盘"),
    (r"mail\.189\.cn/", r"down|file", "天翼云盘"),
    (r"(?:caiyun|yun)\.139\.com", "", "中国移动云盘"),
    (r"mail\.10086\.cn/", r"disk|down|file", "中国移动云盘"),
    (r"mail\.sina\.(?:com|cn|com\.cn)/", r"file|down|netdisk", "新浪/搜狐邮箱云附件"),
    (r"mail\.sohu\.com/", r"file|down|pan", "新浪/搜狐邮箱云附件"),
    (r"pan\.quark\.cn", "", "夸克网盘"),
    (r"(?:share\.)?weiyun\.com", "", "腾讯微云"),
    (r"lanzou\w?\.com", "", "蓝奏云"),
    (r"pan\.xunlei\.com", "", "迅雷云盘"),
    (r"115(?:cdn)?\.com/s/", "", "115网盘"),
    (r"(?:www\.)?123(?:pan|684|865|912)\.(?:com|cn)", "", "123云盘"),
    (r"jianguoyun\.com", "", "坚果云"),
    (r"wenshushu\.cn|wss\.ink", "", "文叔叔"),
    (r"kdocs\.cn|365\.kdocs", "", "金山文档"),
    (r"wps\.cn/", r"l/|s/", "金山文档"),
    (r"docs\.qq\.com|doc\.weixin\.qq\.com|drive\.weixin\.qq\.com", "", "腾讯文档"),
    (r"(?:feishu|larksuite)\.(?:cn|com)/(?:file|drive|docx|wiki|space)", "", "飞书云文档"),
    (r"(?:alidocs|pan)\.dingtalk\.com|space\.dingtalk\.com", "", "钉盘"),
    (r"(?:drive|docs)\.google\.com", "", "Google Drive"),
    (r"1drv\.ms|onedrive\.live\.com|sharepoint\.com/:", "", "OneDrive"),
    (r"dropbox\.com/", "", "Dropbox"),
    (
        r"icloud\.com/(?:attachment|iclouddrive|mail)|cvws\.icloud-content\.com",
        "",
        "iCloud 邮件投递",
    ),
    (r"wetransfer\.com|we\.tl/", "", "WeTransfer"),
)
_HOST_PATTERNS = tuple(
    (re.compile(host, re.IGNORECASE), re.compile(path, re.IGNORECASE), name)
    for host, path, name in _HOSTS
)
_WORDS = (
    (re.compile(r"从\s*QQ\s*邮箱发来的超大附件|QQ\s*邮箱(?:的)?超大附件"), "QQ邮箱超大附件"),
    (
        re.compile(
            r"(?:网易|163|126)\S{0,6}(?:邮箱|大师)?\S{0,4}云附件"
            r"|云附件(?:将|已)?(?:于|在)?.{0,20}(?:过期|到期|有效期)"
        ),
        "网易邮箱云附件",
    ),
    (re.compile(r"超大附件"), "超大附件"),
    (re.compile(r"文件中转站"), "文件中转站"),
    (re.compile(r"云附件"), "云附件"),
    (re.compile(r"(?:链接|网盘|分享).{0,60}提取码|提取码\s*[::]"), "网盘链接"),
)
_GENERAL = frozenset({"超大附件", "云附件", "文件中转站", "网盘链接"})
_LONGEST_ADDRESS = 4000
_NEGATED = re.compile(r"(?:不要|请勿|勿|不用|没有|不是|并非|不接受|不能|无法)\S{0,6}$")


def service_of(address: str) -> str:
    """The cloud service that a link leads to, or ""."""
    address = "".join(address[:_LONGEST_ADDRESS].split())
    return next(
        (
            name
            for host, path, name in _HOST_PATTERNS
            if (at := host.search(address)) and path.search(address, at.end())
        ),
        "",
    )


def services_in(text: str) -> tuple[str, ...]:
    """Names of the cloud services that a text links to or speaks of as its attachment,
    each once."""
    found = [
        service_of(address)
        for address in re.findall(r"(?:https?://|www\.)[^\s<>\"'，。）)]{4,2000}", text)[:200]
    ]
    for pattern, name in _WORDS:
        match = pattern.search(text)
        if match and not _NEGATED.search(text[max(0, match.start() - 10) : match.start()]):
            found.append(name)
    named = dict.fromkeys(name for name in found if name)
    # the general words give way to a named service
    return tuple(name for name in named if name not in _GENERAL) or tuple(named)
