"""Each command, option, make target and variable that a document names exists."""

import argparse
import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer

from agent.cli import parser as agent_parser
from app.cli.main import app as desk_app
from tools.demo_lock.__main__ import parser as demo_lock_parser

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*"), ROOT / "config.yaml"]
)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^([a-z-]+):.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE))
SCRIPTS = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tools/*.sh"))
VARIABLES = set(re.findall(r"\$\((\w+)\)", MAKEFILE)) | set(re.findall(r"\$\{(\w+)", SCRIPTS))
CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`|^ExecStart=(.*)$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
COMMAND_TABLE = re.compile(r"^\| (?:command|命令) \|.*\n((?:\|.*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """options: whether each takes a value."""

    options: dict[str, bool] = field(default_factory=lambda: {"--help": False, "-h": False})
    commands: dict[str, "Command"] = field(default_factory=dict)


def of_typer(command: Any) -> Command:
    options = {
        name: not each.is_flag
        for each in command.params
        if hasattr(each, "is_flag")
        for name in [*each.opts, *each.secondary_opts]
    }
    return Command(
        Command().options | options,
        {name: of_typer(each) for name, each in getattr(command, "commands", {}).items()},
    )


def of_argparse(parser: argparse.ArgumentParser) -> Command:
    groups = [
        action.choices
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    options = {
        name: action.nargs != 0 for action in parser._actions for name in action.option_strings
    }
    return Command(
        options, {name: of_argparse(each) for group in groups for name, each in group.items()}
    )


def of_module(name: str) -> Command | None:
    """What a module that `python -m` runs takes, read from its source."""
    path = ROOT / name.replace(".", "/")
    source = next(
        (each for each in (path.with_suffix(".py"), path / "__main__.py") if each.is_file()), None
    )
    if source is None:
        return None
    nodes = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    added = [
        ast.literal_eval(node.args[0])
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument"
    ]
    parameters = [
        one
        for node in nodes
        if isinstance(node, ast.FunctionDef) and node.name == "main"
        for one in (*node.args.args, *node.args.kwonlyargs)
    ]
    named = {
        f"--{one.arg.replace('_', '-')}": "bool" not in ast.unparse(one.annotation or one)
        for one in parameters
    }
    return Command(Command().options | dict.fromkeys(added, True) | named)


PROGRAMS = {
    "unbind": of_typer(typer.main.get_command(desk_app)),
    "unbind-agent": of_argparse(agent_parser()),
}


def unknown(command: Command, words: list[str]) -> Iterator[str]:
    """The options and commands among the words that do not exist."""
    while words:
        word, *words = words
        name, given, _ = word.partition("=")
        if name.startswith("-") and name != "-":
            if name not in command.options:
                yield name
            elif command.options[name] and not given:
                words = words[1:]
        elif command.commands:
            named = word.split("|")  # `audit list|verify`
            yield from (each for each in named if each not in command.commands)
            command = command.commands.get(named[-1], Command())


def unknown_of_make(words: list[str]) -> Iterator[str]:
    targets = [word for word in words if "=" not in word]
    yield from (target for target in targets if target not in RECIPES)
    for variable, _, value in (word.partition("=") for word in words if "=" in word):
        if variable not in VARIABLES:
            yield variable
        yield from unknown_of_value(
            variable, value, "".join(RECIPES.get(target, "") for target in targets)
        )


def unknown_of_value(variable: str, value: str, recipes: str) -> Iterator[str]:
    """The options in a variable's value that no module takes to which the recipes pass it on."""
    modules = re.findall(rf"-m (bench\S*) \$\({variable}\)", recipes)
    yield from min(
        (list(unknown_of_module([module, *shlex.split(value)])) for module in modules),
        key=len,
        default=[],
    )


def unknown_of_module(words: list[str]) -> Iterator[str]:
    module, *words = words
    command = of_module(module)
    if command is None:
        yield module
    else:
        yield from unknown(command, words)
        if module == "bench":
            yield from (
                word
                for word in words
                if not word.startswith("-") and of_module(f"bench.{word}") is None
            )


def words_of(simple: str) -> list[str]:
    try:
        return shlex.split(simple)
    except ValueError:  # a quotation mark that is an apostrophe
        return simple.split()


def unknown_in(line: str) -> Iterator[str]:
    for simple in re.split(r"&&|\|\||;|\s\|\s", re.split(r"(?:^|\s)#", line)[0]):
        words = words_of(simple.removeprefix("$ "))
        for at, word in enumerate(words):
            program = word.rpartition("/bin/")[2]
            if program in PROGRAMS and (at == 0 or "/bin/" in word):
                yield from unknown(PROGRAMS[program], words[at + 1 :])
            elif (
                word == "-m"
                and words[at + 1 : at + 2]
                and words[at + 1].partition(".")[0] in {"bench", "tools"}
            ):
                yield from unknown_of_module(words[at + 1 :])
        if words[:1] == ["make"]:
            yield from unknown_of_make(words[1:])


def options_of(command: Command) -> set[str]:
    return set(command.options).union(*map(options_of, command.commands.values()))


DEMO_LOCK = of_argparse(demo_lock_parser())
EVERY_OPTION = set[str]().union(*map(options_of, [*PROGRAMS.values(), DEMO_LOCK]))


def unknown_to(text: str, program: str) -> Iterator[str]:
    for block, span, started in CODE.findall(text):
        for line in (block or span or started).replace("\\\n", " ").splitlines():
            yield from unknown_in(line)
        if span.startswith("--") and span.split()[0] not in EVERY_OPTION:
            yield span
        if passed_on := re.fullmatch(r"([A-Z]+)=\"(.+)\"", span):
            yield from unknown_of_value(*passed_on.groups(), MAKEFILE)
    for rows in COMMAND_TABLE.findall(text):
        for row in rows.replace("\\|", "|").splitlines():
            first, _, rest = row.partition(" | ")
            beside = [
                span for span in SPAN.findall(rest) if span.split()[0] in PROGRAMS[program].commands
            ]
            for span in (
                each.removeprefix(f"{program} ") for each in [*SPAN.findall(first), *beside]
            ):
                yield from unknown(PROGRAMS[program], span.split())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_option_that_a_document_names_exists(path: Path) -> None:
    program = "unbind-agent" if path.name == "AGENT.md" else "unbind"
    assert list(unknown_to(path.read_text(encoding="utf-8"), program)) == []


@pytest.mark.parametrize(
    "line",
    [
        "`unbind chekc a.eml`",
        "`unbind check --jsno`",
        "`unbind audit verify|lst`",
        "`/srv/.venv/bin/unbind -c x.yaml enterprises exprot`",
        "`unbind-agent doctor --jsn`",
        "`make tset`",
        "`make run PYHTON=python3`",
        '`make bench-documents BENCH="--pages 60"`',
        "`python -m bench.hostil`",
        "`python -m bench.hostile --sclae 1`",
        "`python -m bench windwo`",
        "`python -m tools.demo_lokc DIR`",
        "`--void-lnks`",
        '`BENCH="--pages 60"`',
        "```sh\nunbind vault rotat\n```\n",
        "| command | does |\n|---|---|\n| `sevre` | x |\n",
    ],
)
def test_a_name_that_does_not_exist_is_found(line: str) -> None:
    assert len(list(unknown_to(line, "unbind"))) == 1
