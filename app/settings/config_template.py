"""The config.yaml of a new desk: the settings that an operator decides, each with an example, its
unit and its reason.

It is generated from the declared settings, so that each example and reason is written once.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from rich.cells import cell_len

from app.settings.desk_settings import Settings
from app.settings.setting_kinds import Declared, declared

HEAD = """\
# What an operator decides. A line that begins with # and a name is a setting that is not made: what
# stands there is an example, never the default. Take the # away and write your own. The desk runs
# without this file. All mistakes in it are reported at once, each with its line.
# `unbind config show` prints what is in force, finer settings included: value, default, unit,
# reason and where it comes from.
#
# Nothing secret belongs here. Passwords come from the environment, from systemd credentials, or
# from a file that a setting names:
#   UNBIND_IMAP_PASSWORD      the mailbox's password or code (授权码)  or mailbox.imap.password_file
#   UNBIND_SMTP_PASSWORD      the outgoing server's                    or outbox.smtp.password_file
#   UNBIND_DATABASE_PASSWORD  PostgreSQL's                             or ~/.pgpass
#   UNBIND_VAULT_KEY          the vault's key (unbind vault new-key)   or storage.vault_key_file
"""
COLUMN = 50
WIDTH = 160


def template(values: Mapping[str, Any] | None = None) -> str:
    """The text of config.yaml; printed by `unbind config template`. `values`: written settings,
    which replace their examples."""
    written = values or {}
    sections = (
        "\n".join(_lines(name, one, 0, written.get(name)))
        for name, one in declared(Settings).items()
    )
    return HEAD + "".join(f"\n{text}\n" for text in sections if text)


def aligned(text: str, comment: str) -> Iterator[str]:
    """A line with its comment in a column of its own, which goes on below where it is long."""
    width = cell_len(text)  # a Chinese character takes two columns
    wrapped = textwrap.wrap(comment, WIDTH - COLUMN, break_long_words=False, break_on_hyphens=False)
    if wrapped and width <= COLUMN - 2:
        yield f"{text}{' ' * (COLUMN - width)}# {wrapped.pop(0)}"
    else:
        yield text
    yield from (f"{' ' * COLUMN}# {line}" for line in wrapped)


def _lines(name: str, setting: Declared, depth: int, value: Any) -> Iterator[str]:
    """The lines of a setting. `value`: its written value, None where there is none."""
    indent = "  " * depth
    if setting.section is None:
        if value is not None:
            text = json.dumps(value, ensure_ascii=False, default=str)
            yield from aligned(f"{indent}{name}: {text}", setting.why)
        elif setting.example:
            yield from aligned(f"{indent}#{name}: {setting.example}", setting.why)
        return
    written = value or {}
    if not setting.by_name:
        inner = list(_section(setting.section, depth + 1, written))
    else:
        named = written or ({setting.example: {}} if setting.example else {})
        inner = []
        for key, one in named.items():
            inner += [f"{indent}  {key}:", *_section(setting.section, depth + 2, one or {})]
    if inner:
        yield from aligned(f"{indent}{name}:", setting.why)
        yield from inner


def _section(section: type, depth: int, written: Mapping[str, Any]) -> Iterator[str]:
    for key, one in declared(section).items():
        yield from _lines(key, one, depth, written.get(key))
