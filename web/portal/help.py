"""What to do about each refusal of the entrance, the lock or the lock agent: the published help
page (2.1 to 2.5 and 1.4), by code.

Codes of the server are those of EntryRefused and CertificateRefused; codes with an underscore are
the agent's own, which brings its own sentence and remedy; `agent.*` are what the page finds out
itself. A code without an entry has a sentence that says enough.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

ACCOUNT: Final = ("切换到账号登录", "/portal/login?by=account")
LOCK: Final = ("切换到CA登录", "/portal/login?by=lock")
LOCKS: Final = ("前往CA管理", "/portal/locks")
UNBINDING: Final = ("如何解除绑定", "/portal/help#unbinding")
CONTACT: Final = ("联系方式", "/portal/help#contact")
PASSWORD: Final = ("设置密码", "/portal/password")
REGISTER: Final = ("新用户注册", "/portal/register")
LOGIN: Final = ("重新登录", "/portal/login")
DRIVERS: Final = ("驱动下载", "/portal/guide#drivers")
GET_AGENT: Final = ("如何安装锁助手", "/portal/help#agent")
LOST: Final = ("挂失CA锁", "/portal/lost")
REPLUG: Final = "重新插拔CA锁，再点“重新读取”。"
SEE_DOCTOR: Final = "在本机运行 unbind-agent doctor，可逐项检查驱动、USB接口、证书和PIN码。"


@dataclass(frozen=True, slots=True)
class Help:
    """Steps to take, in order, and ways to other pages (text, address).

    `message`: for codes that the page finds out itself.
    """

    steps: tuple[str, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    message: str = ""


NOTHING: Final = Help()
HELP: Final[dict[str, Help]] = {
    # whose lock it is
    "lock.unbound": Help(
        (
            (
                "账号尚未绑定CA锁，或原锁解绑后还没有重新绑定：切换到账号登录，"
                "账号为本单位的企业名称，密码为注册时设置的密码；登录后在“CA管理”中绑定此锁。"
            ),
            (
                "此锁未在系统内绑定，而原锁已无法使用，或近期更新、续期过：按“解除绑定”办理，"
                "解绑后用账号登录，再绑定此锁。"
            ),
            "还没有注册的企业，请先用企业锁注册。",
        ),
        (ACCOUNT, UNBINDING, REGISTER),
    ),
    "lock.not_bound": Help(
        (
            "切换到账号登录，账号为本单位的企业名称，密码为注册时设置的密码。",
            "登录后先完善企业信息，再在“CA管理”中绑定此锁。",
        ),
        (ACCOUNT,),
    ),
    "lock.lost": Help(
        (
            "请改用其他已绑定的CA锁登录。",
            "找回了此锁的，请联系系统管理员核实后解除挂失。",
            "不再使用此锁的，按“解除绑定”办理。",
        ),
        (CONTACT, UNBINDING),
    ),
    "lock.at_hand": Help(("插入另一把已绑定的CA锁，点“重新读取”后再挂失。",), (LOST,)),
    "lock.none": Help(
        ("还没有绑定CA锁，或都已挂失。不再使用的，按“解除绑定”办理。",), (UNBINDING,)
    ),
    "password.locks_lost": Help(
        (
            "按“解除绑定”发送邮件；解绑后用账号和密码登录，再绑定新锁。",
            "找回了CA锁的，请联系系统管理员核实后解除挂失。",
        ),
        (UNBINDING, CONTACT),
    ),
    "lock.taken": Help(
        ("先在单位内部询问此锁由谁、为哪个账号绑定。", "联系不到绑定人的，按“解除绑定”办理。"),
        (UNBINDING,),
    ),
    "lock.former_binding": Help(
        ("近期更新、续期过此锁，或在其他系统绑定过的，请先解除原来的绑定。",), (UNBINDING,)
    ),
    "lock.bound_here": Help(("直接使用此锁登录即可。",)),
    "lock.primary_needed": Help(
        ("插入主锁，用CA登录后再操作。", "主锁已丢失、损坏或过期的，按“解除绑定”办理。"),
        (LOCK, UNBINDING),
    ),
    "certificate.other_enterprise": Help(
        (
            "请核对插入的是否为本单位的CA锁。",
            "企业已更名的，请先到CA机构更新证书，再联系系统管理员。",
        )
    ),
    "certificate.not_enterprise": Help(("系统目前仅支持企业锁，请插入企业锁后重新读取。",)),
    "certificate.no_uscc": Help(
        ("请换用载有统一社会信用代码的企业锁，或联系发锁的CA机构更新证书。",)
    ),
    "holder.person": Help(
        (
            "确认插入的是否为个人锁；系统仅支持企业锁。",
            "是企业锁但近期更新、续期过的，请先按“解除绑定”办理。",
        ),
        (UNBINDING,),
    ),
    "validity.expired": Help(
        ("到发锁的CA机构续期；续期后仍不能登录的，按“解除绑定”办理，再绑定新锁。",), (UNBINDING,)
    ),
    # accounts
    "account.registered": Help(
        (
            "先在单位内部询问是谁注册、绑定的；系统管理员可以告知注册日期和绑锁日期。",
            "联系不到注册人，或找不到绑定的CA锁的，按CA锁遗失办理解除绑定。",
        ),
        (LOCK, ACCOUNT, UNBINDING),
    ),
    "password.wrong": Help(
        (
            "账号为企业名称，须与注册时一致（例如“有限公司”“有限责任公司”不同）。",
            "连续输错，账号会被锁定，稍后自动解锁；还可尝试的次数见上。",
            "忘记密码的，按“解除绑定”发送邮件，并写明需要重置注册密码。",
        ),
        (UNBINDING,),
    ),
    "password.use_lock": Help(
        (
            "已绑定CA锁的账号只能使用CA锁登录。",
            "锁已丢失的，请先挂失；已丢失、损坏或过期的，按“解除绑定”办理。",
        ),
        (LOCK, LOST, UNBINDING),
    ),
    "password.locked": Help(
        (
            "到时自动解锁；CA锁登录、其他网络和以前登录过的浏览器不受影响。",
            "不能等待又没有绑定CA锁的，请联系系统管理员解锁，或申请重置密码。",
        ),
        (LOCK, CONTACT, UNBINDING),
    ),
    "password.later": Help(
        (
            "本网络或该账号的登录尝试过多，到时自动恢复；CA锁登录和以前登录过的浏览器不受影响。",
            "不能等待的，请联系系统管理员。",
        ),
        (LOCK, CONTACT, UNBINDING),
    ),
    "password.missing": Help(("设置密码只需CA锁签名一次；设置后再解除绑定。",), (PASSWORD,)),
    "lock.not_own": Help(("插入本账号已绑定的CA锁，点“重新读取”后再操作。",), (LOCKS,)),
    # this request
    "challenge.gone": Help(
        (
            "每次验证 60 秒内有效，只能使用一次：请重新操作，并及时输入PIN码。",
            "不要在多个页面同时操作。",
        )
    ),
    "signature.wrong": Help((REPLUG, SEE_DOCTOR)),
    "session.gone": Help(("所用的CA锁已解绑、挂失，或登录已超时。",), (LOGIN,)),
    "page.stale": Help(("刷新页面后重试。",)),
    # the agent, as the page finds it
    "agent.absent": Help(
        (
            "先运行锁助手：在本机启动 unbind-agent serve；没有安装的，请先安装锁助手。",
            "浏览器询问是否允许访问“本机上的应用”或“本地网络”时，请选择允许。",
            "运行后点“重新读取”。",
            "没有绑定CA锁的账号不需要锁助手：切换到账号登录。手机不能读取CA锁。",
        ),
        (GET_AGENT, ACCOUNT),
        message="没有找到锁助手，不能读取CA锁。",
    ),
    "agent.refused": Help(
        ("把本页的网址加进锁助手的 agent.toml（origins），再重新启动锁助手。",),
        message="锁助手在运行，但没有登记本网站，未予应答。",
    ),
    "agent.denied": Help(
        ("在浏览器地址栏左侧的网站设置中，把“本地网络访问”改为允许，再刷新页面。",),
        message="浏览器不允许本页访问锁助手。",
    ),
    "agent.window": Help(
        ("请在登录了图形桌面的电脑上运行锁助手。", SEE_DOCTOR), message="锁助手不能显示PIN码窗口。"
    ),
    "agent.no_signing": Help(
        ("插入的CA锁上没有可用于签名的证书；确认插入的是企业锁，或联系发锁机构。",),
        message="没有可用于签名的证书。",
    ),
    "agent.choose": Help((REPLUG,), message="请先选择要使用的证书。"),
    "page.offline": Help(("检查网络后重试。",), message="没有收到办理台的应答。"),
    # the agent's own words come with these
    "token_missing": Help(
        (
            "检查CA锁是否插好，或换一个USB接口，再点“重新读取”。",
            "没有CA锁时，请切换到账号登录。",
            SEE_DOCTOR,
        )
    ),
    "module_missing": Help(
        ("驱动见办事指南的“驱动下载”；安装时请关闭杀毒软件，并以管理员身份运行。", SEE_DOCTOR),
        (DRIVERS,),
    ),
    "module_broken": Help((SEE_DOCTOR,)),
    "token_absent": Help(("已重新读取CA锁，请核对“本机上的CA锁”中的证书，再操作一次。",)),
    "token_removed": Help(("已重新读取CA锁，请插好后再操作一次。",)),
    "certificate_missing": Help(("已重新读取CA锁，请重新选择证书。",)),
    "pin_wrong": Help(("PIN码只在锁助手的窗口里输入；剩余次数见“本机上的CA锁”。",)),
}


def help_for(code: str) -> Help:
    return HELP.get(code, NOTHING)


def for_page() -> dict[str, Any]:
    """All that the page itself may need, by code."""
    return {
        code: asdict(one)
        for code, one in HELP.items()
        if "_" in code.partition(".")[0] or one.message
    }
