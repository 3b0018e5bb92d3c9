"""`unbind-agent`: serve · doctor.

Wires the parts of the agent together; output is Chinese, errors say what to do.

By argparse, so that the agent needs no library for its command line. Exit codes: 0 well, 1
something is broken, 2 wrong usage.
"""
# ruff: noqa: T201  a command line speaks by printing

import argparse
import getpass
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent import VERSION, agent_config, modules
from agent import agent_doctor as doctors
from agent.agent_config import AgentConfig
from agent.agent_errors import AgentError, ConfigError
from agent.agent_server import AgentServer
from agent.children import LocksInChildren
from agent.lock import Token
from agent.pc_checks import bound_at, pc_lines
from agent.prompt import Question, WindowPrompt
from agent.signing import Signing

MARKS = {True: "✓", False: "✗", None: "!"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    chosen = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        code: int = chosen.run(chosen)
    except AgentError as error:
        print(error.message, file=sys.stderr)
        if error.remedy:
            print(f"→ {error.remedy}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="unbind-agent",
        description="锁助手：让网页用CA锁登录，PIN码只在锁助手自己的窗口里输入。",
    )
    top.add_argument("--version", action="version", version=f"unbind-agent {VERSION}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(
        run: Callable[[argparse.Namespace], int], name: str, help_text: str, example: str
    ) -> argparse.ArgumentParser:
        subparser = commands.add_parser(
            name, help=help_text, description=help_text, epilog=f"Example: {example}"
        )
        subparser.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            help=f"agent.toml（默认 {agent_config.default_path()}）",
        )
        subparser.set_defaults(run=run)
        return subparser

    command(serve, "serve", "在 127.0.0.1 上等待网页的请求", "unbind-agent serve")
    subparser = command(
        doctor,
        "doctor",
        "逐条检查登录不上的原因，并说明怎么办",
        "unbind-agent doctor --login --server https://ggzy.example.org",
    )
    subparser.add_argument(
        "--login", action="store_true", help="请您输入一次PIN码，检查每个容器能否登录和签名"
    )
    subparser.add_argument("--server", metavar="URL", help="向交易系统查询此锁是否已绑定")
    return top


def serve(chosen: argparse.Namespace) -> int:
    settings = agent_config.load(chosen.config)
    if not settings.origins:
        raise ConfigError(
            f"没有允许任何网页：请在 {settings.source or agent_config.default_path()} 写上 origins"
        )
    signing = Signing(locks(settings), WindowPrompt())
    try:
        server = AgentServer(settings.port, frozenset(settings.origins), signing)
    except OSError as error:
        raise AgentError(
            "port",
            f"不能监听 127.0.0.1:{settings.port}：{error.strerror}",
            "锁助手可能已在运行；或在 agent.toml 写上另一个 port",
        ) from error
    print(
        f"锁助手在 http://127.0.0.1:{server.server_port} 等待："
        f"{'、'.join(settings.origins)}（Ctrl-C 结束）",
        flush=True,
    )
    with server:
        server.serve_forever()
    return 0


def locks(settings: AgentConfig) -> LocksInChildren:
    return LocksInChildren(
        modules.found(settings.modules) if settings.search_well_known else settings.modules
    )


def doctor(chosen: argparse.Namespace) -> int:
    settings = agent_config.load(chosen.config)
    lock = locks(settings)
    patient = doctors.Patient(
        lock,
        tuple(module.path for module in lock.modules),
        datetime.now(UTC),
        pin=ask_pin if chosen.login else None,
        bound=(lambda certificate: bound_at(chosen.server, certificate)) if chosen.server else None,
        pc_lines=pc_lines(settings),
    )
    well = True
    for section, lines in doctors.diagnose(patient).items():
        print(f"\n{section} {doctors.SECTIONS[section]}")
        for line in lines:
            well = well and line.ok is not False
            print(line_text(line), flush=True)
    return 0 if well else 1


def line_text(line: doctors.Line) -> str:
    remedy = f"\n      → {line.remedy}" if line.remedy and line.ok is not True else ""
    return f"  {MARKS[line.ok]} {line.name}：{line.text}{remedy}"


def ask_pin(token: Token) -> str:
    """From the agent's window; on the terminal where there is no desktop."""
    prompt = WindowPrompt()
    if prompt.ready():
        lines = (("CA锁", f"{token.label}（{token.serial}）"),)
        return prompt.ask(
            Question("本机检查（不是网页）", "doctor", "", lines, token.pin_note()), lambda: False
        )
    print(token.pin_note(), file=sys.stderr)
    return getpass.getpass(f"{token.label} 的PIN码（只试一次）：")


if __name__ == "__main__":
    sys.exit(main())
