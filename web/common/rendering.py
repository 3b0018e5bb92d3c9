"""Pages from Jinja2 templates (templates/web).

Everything is escaped; a name that a template misspells is an error, not an empty place.

ID numbers in all that a template writes are hidden. The filter `typed` shows them: in what the
person at the page typed or asked to see. `masked` hides them in a text before it is cut short.
"""

import hashlib
import secrets
from datetime import date, datetime
from functools import cache, partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from core import masking
from core.accounts.enterprises.registration_papers import KIND_WORDS
from core.accounts.password_rules import RULES_TEXT
from core.cases.decision.batch_approval import CHECKED
from core.cases.letters import words
from core.clock import WEEKDAYS, local, moment
from core.data.case import UNDECIDED, Step
from core.data.case_query import NOT_THE_CONTACT
from core.data.letter import LINK_PLACE, STATUS_PLACE
from core.locks import certificate_reasons
from web.common import page_words
from web.common.page_words import FOLDER
from web.common.ready_texts import ready_files, ready_texts

STATIC = FOLDER / "static"


@cache
def environment_of(*, demo: bool, portal: bool) -> Environment:
    """The templates with the words and filters that all of them share, compiled once for the
    process."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=without_numbers,
    )
    environment.filters.update(
        when=moment,
        minute=minute_field,
        second=second_text,
        day=day_text,
        masked=masking.hide_numbers,
        typed=escape,
        console_text=words.console_text,
        place=words.place,
        without_link=without_link,
        percent=percent,
    )
    environment.globals.update(
        once=partial(secrets.token_hex, 16),
        ready_files=ready_files,
        ready_texts=ready_texts,
        labels=page_words,
        words=words,
        not_the_contact=NOT_THE_CONTACT,
        checked=CHECKED,
        Step=Step,
        UNDECIDED=UNDECIDED,
        rules=RULES_TEXT,
        kinds=KIND_WORDS,
        refused_for=certificate_reasons.title_of,
        demo=demo,
        portal=portal,
        assets=assets_version(),
    )
    return environment


def without_numbers(value: object) -> object:
    """The output of a template, with the ID numbers in it hidden; markup stays, which a macro or
    `typed` created."""
    return (
        masking.hide_numbers(value)
        if isinstance(value, str) and not isinstance(value, Markup)
        else value
    )


def day_text(day: date | None) -> str:
    """A date with its weekday: 2026-11-25 周三."""
    return f"{day:%Y-%m-%d} 周{WEEKDAYS[day.weekday()]}" if day else "未定"


def minute_field(instant: datetime) -> str:
    """An instant as a datetime-local field has it, on the clocks of Asia/Shanghai."""
    return f"{local(instant):%Y-%m-%dT%H:%M}"


def percent(share: float) -> str:
    """A place on a page in percent; beyond its edges, the edge."""
    return f"{min(max(share, 0.0), 1.0):.2%}"


def second_text(instant: datetime) -> str:
    """A time of today, to the second: 10:01:00."""
    return f"{local(instant):%H:%M:%S}"


def without_link(text: str) -> str:
    """A letter's text as screens show it: the places of links, never a link."""
    return text.replace(LINK_PLACE, "[链接]").replace(STATUS_PLACE, "[链接]")


def assets_version() -> str:
    """Changes whenever a static file does, so that browsers fetch the new one."""
    return hashlib.sha256(
        b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))
    ).hexdigest()[:12]
