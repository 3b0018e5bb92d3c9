"""What the default settings make is what the code takes by default:
tests and commands that leave a value out try what runs."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest

from app.mailbox_kinds import MAILBOXES
from app.settings.config import Config
from app.settings.desk_settings import Settings
from app.wiring import Wiring

DIFFERENT = {
    (
        "WebZone",
        "secure_cookies",
    ): "left out, cookies are for https; settings know whether the pages are",
    ("ImapZone", "login_advice"): "what to do at a provider is known where one is",
}


def made() -> Iterator[Any]:
    wiring = Wiring(Config(Settings(), Path()), {})
    pages = wiring.web_settings(demo=False)
    yield from (
        wiring.case_settings(),
        wiring.case_settings().retention,
        pages,
        pages.rules,
        wiring.policy(),
        MAILBOXES["imap"].open(wiring).settings,
    )
    with closing(wiring.reader()) as reader:
        yield reader._settings


def default(field: "Field[Any]") -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


@pytest.mark.parametrize("settings", list(made()), ids=lambda settings: type(settings).__name__)
def test_a_default_of_the_code_is_that_of_the_settings(settings: Any) -> None:
    name = type(settings).__name__
    known = [
        field
        for field in fields(settings)
        if default(field) is not MISSING and field.name != "severities"
    ]
    assert {
        (name, field.name) for field in known if getattr(settings, field.name) != default(field)
    } == {one for one in DIFFERENT if one[0] == name}
