"""config.yaml as a new desk gets it: what an operator decides, each line an example to take up,
with its unit and its reason.

It is made from the settings themselves (the Examples in app/settings*.py), so that neither a
default nor a reason stands in two places.
"""

import textwrap
import unicodedata
from collections.abc import Iterator
from typing import Final

from pydantic.fields import FieldInfo

from app.settings.desk_settings import Settings
from app.settings.setting_kinds import Example, section

HEAD: Final = """\
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
#   UNBIND_VAULT_PIN          the PIN of the token that storage.vault_pkcs11 names
"""
COLUMN: Final = 50
WIDTH: Final = 160


def template() -> str:
    """The text of config.yaml; printed by `unbind config template`."""
    return HEAD + "".join(
        f"\n{text}"
        for name, field in Settings.model_fields.items()
        if (text := "\n".join(_lines(name, field, 0)) + "\n").strip()
    )


def aligned(text: str, comment: str) -> Iterator[str]:
    """A line with its comment in a column of its own, which goes on below where it is long."""
    free = COLUMN - _columns(text)
    wrapped = textwrap.wrap(comment, WIDTH - COLUMN, break_long_words=False, break_on_hyphens=False)
    if free < 2 or not wrapped:
        yield text
    for number, line in enumerate(wrapped):
        yield (
            f"{text if number == 0 and free >= 2 else ''}"
            f"{' ' * (free if number == 0 and free >= 2 else COLUMN)}# {line}"
        )


def _columns(text: str) -> int:
    """How wide a terminal shows the text: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def words(field: FieldInfo) -> str:
    """What a setting is for, on one line."""
    return " ".join((field.description or "").split())


def _lines(name: str, field: FieldInfo, depth: int) -> Iterator[str]:
    example = next((mark.yaml for mark in field.metadata if isinstance(mark, Example)), None)
    model, by_name = section(field.annotation)
    if model is None:
        if example is not None:
            yield from aligned(f"{'  ' * depth}#{name}: {example}", words(field))
        return
    inner = [
        line
        for key, one in model.model_fields.items()
        for line in _lines(key, one, depth + 1 + by_name)
    ]
    if inner:
        yield from aligned(f"{'  ' * depth}{name}:", words(field))
        if by_name:
            yield f"{'  ' * (depth + 1)}{example}:"
        yield from inner
