"""agent.toml: which pages may use the locks, which drivers exist.

Only tomllib reads it, so that the agent needs no library. Unknown settings and wrong values are
refused, all in one report. The address to listen on is no setting: it is always 127.0.0.1.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import PLATFORM
from agent.agent_errors import ConfigError
from agent.pkcs11_lock import Module

PORT = 17583
ORIGIN = re.compile(
    r"https?://[a-z0-9.-]+(?::[1-9]\d{0,4})?|https?://\[[0-9a-f:]+\](?::[1-9]\d{0,4})?"
)
# of signing with SM2: none, OpenSSL's library, or the number of a driver's mechanism
SM2_WAYS = re.compile(r"|libcrypto|0x[0-9a-fA-F]{1,8}")
KINDS: dict[str, type] = {
    "port": int,
    "origins": list,
    "modules": list,
    "search_well_known": bool,
}
REMOVED = frozenset({"prompt_timeout_s", "window_python"})
"""Settings of former versions. They are refused in the same words as those of config.yaml."""
LOWEST_PORT, HIGHEST_PORT = 1024, 65535
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class AgentConfig:
    """Every setting, with its default."""

    port: int = PORT
    # pages that may use the locks, exactly as browsers send them: scheme://host[:port]
    origins: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()  # drivers beside those in the well-known places
    search_well_known: bool = True  # False: only the drivers in `modules`
    source: Path | None = None


def default_path() -> Path:
    """The default path of agent.toml on this platform."""
    if PLATFORM == "win32":
        folder = os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming"
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "unbind-agent" / "agent.toml"


def load(path: Path | None = None) -> AgentConfig:
    """The settings of the file, or of the default file if that exists.

    Raises ConfigError with all problems.
    """
    file = path or default_path()
    if path is None and not file.is_file():
        return AgentConfig()
    try:
        return checked(tomllib.loads(file.read_text(encoding="utf-8")), file)
    except OSError as error:
        raise ConfigError(f"读不到 {file}：{error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} 不是正确的 TOML：{error}") from error


def checked(values: Mapping[str, Any], source: Path) -> AgentConfig:
    """The settings of a parsed file. Raises ConfigError with all problems."""
    problems: list[str] = []
    for name, value in values.items():
        if name in REMOVED:
            problems.append(f"{name}：此设置已取消，请删去这一行")
        elif name not in KINDS:
            problems.append(f"{name}：没有这个设置（有：{'、'.join(KINDS)}）")
        elif type(value) is not KINDS[name]:
            problems.append(f"{name}：应为 {KINDS[name].__name__}")
    settings: dict[str, Any] = {
        name: value for name, value in values.items() if type(value) is KINDS.get(name)
    }
    settings["origins"] = tuple(origins(settings.get("origins", []), problems))
    listed = [
        module_of(value, f"modules 第 {number} 项", problems)
        for number, value in enumerate(settings.get("modules", []), 1)
    ]
    settings["modules"] = tuple(module for module in listed if module)
    if not LOWEST_PORT <= settings.get("port", PORT) <= HIGHEST_PORT:
        problems.append(f"port：应在 {LOWEST_PORT} 与 {HIGHEST_PORT} 之间")
    if problems:
        raise ConfigError("\n".join(f"{source}：{problem}" for problem in problems))
    return AgentConfig(**settings, source=source)


def origins(values: list[Any], problems: list[str]) -> list[str]:
    """The origins, with a problem added for each that is not as browsers send it: lower case, no
    path, no default port, no wildcard."""
    for value in values:
        if not isinstance(value, str) or not ORIGIN.fullmatch(value):
            problems.append(
                f"origins：{value!r} 应为 https://域名 或 https://域名:端口，小写，末尾不带斜杠，"
                "不能用通配符"
            )
        elif value.endswith(DEFAULT_PORTS[value.split(":")[0]]):
            problems.append(f"origins：{value!r} 请去掉默认端口，浏览器不会发送它")
    return [value for value in values if isinstance(value, str)]


def module_of(value: Any, where: str, problems: list[str]) -> Module | None:
    """The driver that an item of `modules` describes; if it is wrong, None, and problems added."""
    before = len(problems)
    if not isinstance(value, dict) or not isinstance(value.get("path"), str) or not value["path"]:
        problems.append(f"{where}：要有 path")
        return None
    problems += [
        f"{where}：没有 {name} 这个设置（有：path、sm2、environment）"
        for name in value.keys() - {"path", "sm2", "environment"}
    ]
    environment = value.get("environment", {})
    if not isinstance(environment, dict) or not all(
        isinstance(item, str) for item in environment.values()
    ):
        problems.append(f'{where}：environment 应为 {{ 名称 = "值" }}')
    sm2 = value.get("sm2", "")
    if not isinstance(sm2, str) or not SM2_WAYS.fullmatch(sm2):
        problems.append(
            f'{where}：sm2 应为 "libcrypto"（仅软件锁）或驱动的机制编号，如 "0x80000b01"'
        )
    return (
        None if len(problems) > before else Module(value["path"], tuple(environment.items()), sm2)
    )
