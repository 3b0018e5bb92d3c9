"""Asks the person for the PIN: starts `pin_window` under an interpreter that has tkinter
and waits for its answer.

The window is a process of its own because the agent's Python may lack tkinter (many builds do), and
because Tk wants the main thread. Refuses to ask anywhere else: without a window there is no
signature. When the page that asked has hung up, the window closes.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agent import PLATFORM
from agent.agent_errors import NoPrompt, PromptError

PROGRAM = Path(__file__).with_name("pin_window.py")
NO_SCREEN = 3
LOOK_S = 0.25
"""How often the agent looks whether the page has hung up."""
GRACE_S = 5.0
"""How long the agent waits for the window beyond the window's own end."""
PURPOSES = {
    "login": "登录交易系统",
    "bind": "绑定CA锁",
    "unbind": "解除CA锁绑定",
    "lost": "挂失另一把CA锁",
    "renew": "以更新后的证书接替原证书",
    "register": "注册企业账号",
    "contact": "更改账号的联系邮箱",
    "password": "设置或更改账号密码",
    "doctor": "检查CA锁（每个容器试签一次）",
}
TARGETS = {
    "bind": "统一社会信用代码",
    "password": "统一社会信用代码",
    "contact": "新的联系邮箱",
    "unbind": "要解除的CA锁",
    "lost": "要挂失的CA锁",
    "renew": "新证书的SHA-256",
}
"""The meaning of `account`, by purpose."""
PLACES = ("/usr/bin/python3", "/usr/local/bin/python3")
NO_TKINTER = (
    "Windows 请再双击一次“安装锁助手”；Linux 请安装带图形界面的Python"
    "（Debian/Ubuntu/UOS/麒麟：apt-get install python3-tk）"
)


@dataclass(frozen=True)
class Question:
    """The content of the window.

    `certificate`: pairs of a name and its value, in the order of the window.
    """

    origin: str
    purpose: str
    account: str
    certificate: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class WindowPrompt:
    """Where a PIN comes from. `timeout_s`: less than the 60 s for which a challenge is valid."""

    timeout_s: int = 50

    def ready(self) -> bool:
        """Whether this session can show a window."""
        return interpreter() is not None and has_screen()

    def ask(self, question: Question, hung_up: Callable[[], bool]) -> str:
        """The PIN. `hung_up` is called now and then: whether nobody waits for the answer any more.
        Raises PromptError."""
        python = interpreter()
        if python is None:
            interpreter.cache_clear()  # who installs it now need not start the agent again
            raise NoPrompt(
                "prompt_unavailable", "不能显示PIN码窗口：没有找到带 tkinter 的Python", NO_TKINTER
            )
        with subprocess.Popen(
            [python, "-I", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as window:
            try:
                return pin_of(*self._answer(window, question, hung_up))
            finally:
                window.kill()  # it never outlives its question

    def _answer(
        self, window: subprocess.Popen[bytes], question: Question, hung_up: Callable[[], bool]
    ) -> tuple[int, bytes]:
        unsent: bytes | None = json.dumps(request(question, self.timeout_s)).encode()
        waited_s = 0.0
        while waited_s < self.timeout_s + GRACE_S:
            try:
                answer, _ = window.communicate(unsent, timeout=LOOK_S)
            except subprocess.TimeoutExpired:
                unsent = None  # communicate() remembers what is still to be written
                waited_s += LOOK_S
                if hung_up():
                    raise PromptError("page_gone", "网页已关闭，没有签名") from None
            else:
                return window.returncode, answer
        raise PromptError("prompt_timeout", "PIN码窗口超时", "请在网页上重新发起")


def request(question: Question, timeout_s: int) -> dict[str, Any]:
    """The window's lines, the page's address first; its note, and how long it stays."""
    account = question.account
    if question.purpose in {"unbind", "lost"}:  # a lock by its serial, with the end people compare
        account = f"序列号 {account}（末六位 {account[-6:]}）"
    target = [(TARGETS.get(question.purpose, "账号"), account)] if question.account else []
    return {
        "lines": [
            ("网址", question.origin),
            ("用途", PURPOSES[question.purpose]),
            *target,
            *question.certificate,
        ],
        "note": question.note,
        "timeout_s": timeout_s,
    }


def pin_of(code: int, answer: bytes) -> str:
    """The PIN in the window's answer. Raises PromptError for every other answer."""
    if code == NO_SCREEN:
        raise NoPrompt(
            "prompt_unavailable",
            "不能显示PIN码窗口：这个会话没有图形桌面",
            "请在登录了桌面的电脑上运行锁助手",
        )
    try:
        reply = json.loads(answer)
    except ValueError:
        reply = {}
    if isinstance(reply.get("pin"), str) and reply["pin"]:
        return str(reply["pin"])
    if reply.get("timeout"):
        raise PromptError("prompt_timeout", "PIN码窗口超时，没有签名", "请在网页上重新发起")
    if reply.get("cancelled"):
        raise PromptError("prompt_cancelled", "您取消了签名", "需要时请在网页上重新发起")
    raise NoPrompt(
        "prompt_unavailable",
        "PIN码窗口异常关闭，没有签名",
        "请再试一次；仍不行时，打开开始菜单的“锁助手”→“检查CA锁”（Linux：unbind-agent doctor）",
    )


def has_screen() -> bool:
    """On Linux a window needs DISPLAY; Windows always has a desktop to try."""
    return PLATFORM != "linux" or bool(os.environ.get("DISPLAY"))


@cache
def interpreter() -> str | None:
    """A Python that has tkinter: this one, else the system's."""
    return next(filter(has_tkinter, candidates()), None)


def candidates() -> list[str]:
    """pythonw has no console window on Windows; Debian's tkinter lives
    in /usr/bin/python3 alone."""
    if PLATFORM == "win32":
        beside = str(Path(sys.executable).with_name("pythonw.exe"))
        found = [beside, sys.executable, shutil.which("pythonw"), shutil.which("python")]
    else:
        found = [sys.executable, *PLACES, shutil.which("python3")]
    return [python for python in found if python]


def has_tkinter(python: str) -> bool:
    try:
        run = subprocess.run(
            [python, "-I", "-c", "import tkinter"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0
