"""The doctor's checks of the PC: the USB reader service, the agent itself, its window, its list of
pages; and the desk's answer on a lock's binding.

Connects only to this agent on 127.0.0.1 and to the desk that the person named.
"""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from agent import PLATFORM
from agent.agent_config import AgentConfig
from agent.agent_doctor import Line, broken, notice, well
from agent.agent_errors import AgentError
from agent.certificate_text import read
from agent.lock import Certificate
from agent.prompt import NO_TKINTER, has_screen, interpreter

PCSCD_SOCKET = Path("/run/pcscd/pcscd.comm")
TIMEOUT_S = 5.0
LONGEST_ANSWER_BYTES = 64 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
STATE_PATH = "/api/v1/locks/"
"""The desk's public address for one lock: GET /api/v1/locks/<SHA-256 of the SubjectPublicKeyInfo,
hex>?serial=<hex> → {"bound": true|false}."""


def pc_lines(config: AgentConfig) -> Iterator[Line]:
    """Section 2.3 of the report: why a login page may not find a lock that is plugged in."""
    yield from reader_service()
    yield window()
    yield pages(config)
    yield agent_itself(config)
    yield notice(
        "浏览器",
        "不需要IE和ActiveX，用 Chrome、Edge、Firefox 等现代浏览器",
        "浏览器问是否允许访问本地网络（本机设备）时，请选择允许",
    )


def reader_service() -> Iterator[Line]:
    """Whether pcscd runs. Some locks on Linux need it; others (HID) do not, so a missing pcscd is
    no fault."""
    if PLATFORM != "linux":
        return
    if PCSCD_SOCKET.exists():
        yield well("读卡服务", "pcscd 在运行")
    else:
        yield notice(
            "读卡服务",
            "pcscd 没有运行（部分CA锁需要）",
            "检测不到锁时：安装并启动 pcscd",
        )


def window() -> Line:
    """Whether the PIN window can open."""
    python = interpreter()
    if python is None:
        return broken("PIN码窗口", "没有找到带 tkinter 的Python", NO_TKINTER)
    if not has_screen():
        return broken(
            "PIN码窗口",
            "这个会话没有图形桌面（DISPLAY）",
            "请在登录了桌面的会话里运行锁助手",
        )
    return well("PIN码窗口", f"由 {python} 显示")


def pages(config: AgentConfig) -> Line:
    """Which pages may use the lock. This list takes the place of IE's trusted sites."""
    if not config.origins:
        remedy = (
            "请从交易系统的网站下载锁助手，双击“安装锁助手”，网址随之登记；自行安装的，"
            '在 agent.toml 写上网址，如 origins = ["https://ggzy.example.org"]'
        )
        return broken("网址名单", "没有允许任何网页使用CA锁", remedy)
    plain = [
        origin
        for origin in config.origins
        if origin.startswith("http:") and urllib.parse.urlsplit(origin).hostname not in LOOPBACK
    ]
    if plain:
        return notice(
            "网址名单",
            f"{'、'.join(plain)} 不是 https",
            "Chrome 142 起不让 http 网页访问本机，请交易中心启用 https",
        )
    return well("网址名单", "、".join(config.origins))


def agent_itself(config: AgentConfig) -> Line:
    """Whether the agent answers on its port."""
    connection = http.client.HTTPConnection("127.0.0.1", config.port, timeout=TIMEOUT_S)
    try:
        connection.request(
            "GET", "/status", headers={"Origin": config.origins[0] if config.origins else "null"}
        )
        answer = connection.getresponse()
        reply = json.loads(answer.read(LONGEST_ANSWER_BYTES))
    except (OSError, http.client.HTTPException, ValueError):
        return broken(
            "锁助手",
            f"没有在 127.0.0.1:{config.port} 运行",
            "请启动：Windows 再双击一次“安装锁助手”，Linux 运行 unbind-agent serve",
        )
    finally:
        connection.close()
    is_agent = isinstance(reply, dict) and reply.get("agent") == "unbind-agent"
    if answer.status == http.HTTPStatus.OK and is_agent:
        return well(
            "锁助手",
            f"在 127.0.0.1:{config.port} 运行，版本 {reply.get('version')}",
        )
    text = f"127.0.0.1:{config.port} 上是别的程序，或名单与本机 agent.toml 不同"
    return broken("锁助手", text, "请关闭占用端口的程序，或重新启动锁助手")


def bound_at(server: str, certificate: Certificate) -> bool | None:
    """Whether the lock is bound, by the desk's answer; None if that is unclear. Raises
    AgentError."""
    # address() takes http(s) only
    request = urllib.request.Request(  # noqa: S310
        address(server, certificate),
        headers={"Accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  as above
            reply = json.loads(answer.read(LONGEST_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except (OSError, ValueError) as error:
        raise AgentError(
            "server", f"连不上服务器（{type(error).__name__}）", "请核对网址和网络"
        ) from None
    bound = reply.get("bound") if isinstance(reply, dict) else None
    return bound if isinstance(bound, bool) else None


def address(server: str, certificate: Certificate) -> str:
    """The desk's address for a lock. Raises AgentError for http to another machine, because a
    lock's identity must not cross the network unencrypted."""
    parts = urllib.parse.urlsplit(server)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise AgentError(
            "server",
            f"{server} 不是 https 网址",
            "请写完整的网址，如 --server https://ggzy.example.org",
        )
    reading = read(certificate.der)
    # the desk knows an imported lock that was never used here by its serial number alone
    path = f"{STATE_PATH}{reading.spki_sha256}?serial={reading.serial_text}"
    return f"{parts.scheme}://{parts.netloc}{path}"
