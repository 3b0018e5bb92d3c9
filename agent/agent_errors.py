"""The errors of the agent: each has a code for programs, a Chinese message and a remedy.

The agent is installed without the desk, so it has its own small hierarchy. No text here ever
contains a PIN.
"""

from http import HTTPStatus


class AgentError(Exception):
    """Base. `code`: for programs; `message`: for people; `remedy`: what to do; `status`: of the
    answer to a page."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class ConfigError(AgentError):
    """agent.toml cannot be used. The text lists every problem."""

    def __init__(self, message: str) -> None:
        super().__init__("config", message, "按上面每一条改正 agent.toml")


class Refused(AgentError):
    """The gate turns a request away; the lock is not used."""

    def __init__(self, code: str, message: str, status: HTTPStatus, remedy: str = "") -> None:
        super().__init__(code, message, remedy)
        self.status = status


class PromptError(AgentError):
    """The window gave no PIN. The lock is not used."""

    status = HTTPStatus.CONFLICT


class NoPrompt(PromptError):
    """No window can be displayed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class LockError(AgentError):
    """The lock, its driver or its PIN fails. `code`: a key of LOCK_ERRORS; `detail`: the message of
    the driver."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, code: str, detail: str = "") -> None:
        message, remedy = LOCK_ERRORS[code]
        super().__init__(code, f"{message}（{detail}）" if detail else message, remedy)
        self.detail = detail


LOCK_ERRORS = {
    "module_missing": (
        "没有找到CA锁的驱动（PKCS#11模块）",
        (
            "请安装发锁机构提供的驱动；已安装仍读不出的，请联系发锁机构"
            "（信息技术人员可把模块的路径写进 agent.toml 的 [[modules]]）"
        ),
    ),
    "module_broken": (
        "CA锁的驱动不能加载",
        (
            "请以管理员身份重新安装驱动，安装时关闭杀毒软件（360、腾讯安全管家、鲁大师等）；"
            "位数须与本程序一致（64位）"
        ),
    ),
    "module_hangs": (
        "CA锁的驱动没有应答",
        "请重新插拔CA锁；仍不行时重启电脑，再仍不行请重新安装驱动",
    ),
    "token_missing": ("没有检测到CA锁", "请插入CA锁，或换一个USB接口；仍检测不到时请联系发锁机构"),
    "token_absent": (
        "主键为空：刚才读到的CA锁已经不在电脑上，或已被换成另一把锁",
        "请重新插入原来的CA锁，刷新页面，让页面重新读取",
    ),
    "token_removed": ("签名时CA锁被拔出", "请插好CA锁后重新登录；签名完成前不要拔锁"),
    "certificate_missing": (
        "CA锁上没有这张证书",
        "请刷新页面，重新读取CA锁；证书刚更新过的，请选择新证书",
    ),
    "key_missing": ("CA锁上有证书，但没有与它配对的私钥", "此锁制作不完整，请联系发锁机构"),
    "not_for_signing": ("这是加密证书，不能用来签名", "请选择签名证书"),
    "unsupported_key": ("CA锁的驱动不支持用这张证书签名", "请更新驱动；仍不行时请联系发锁机构"),
    "pin_wrong": ("PIN码不正确", "请核对后重新发起；锁助手不会替您重试。连续输错会锁死CA锁"),
    "pin_final_try": (
        "PIN码不正确，还可以输入 1 次",
        "再输错一次CA锁就会锁死。记不清PIN码时，请先联系发锁机构",
    ),
    "pin_locked": (
        "CA锁的PIN码已锁死",
        "只有发锁机构能解锁：请带上CA锁和单位证件，到发锁机构办理PIN码解锁。与网站账号的密码无关",
    ),
    "pin_length": ("PIN码的长度不对", "请核对PIN码（一般为6至16位）"),
    "pin_not_set": ("CA锁还没有设置PIN码", "请先用发锁机构的证书助手设置PIN码"),
    "pin_expired": ("CA锁的PIN码已过期", "请先用发锁机构的证书助手修改PIN码"),
    "signature_wrong": ("CA锁给出的签名与证书不符", "证书与私钥不配对，请联系发锁机构"),
    "token_error": ("CA锁出错", "请重新插拔CA锁再试；仍不行时请联系发锁机构"),
}
