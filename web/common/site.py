"""The dependencies of every page: the desk, the settings, the templates and the counters of
tries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints

from core.accounts.console_desk import ConsoleDesk, SecondFactors
from core.accounts.front_desk import FrontDesk
from core.cases.desk import Desk
from core.data.trading_systems import SystemsSettings
from core.errors import NotAllowed
from core.locks.challenge import Mac
from mail_intake.mail_reading import ReadMail
from papers.paper_reading import Reading
from web.common.page_limits import OwnThreads, SharedLook, Tries
from web.common.page_settings import HealthLine, WebSettings
from web.common.presence import Presence
from web.common.rendering import environment_of
from web.common.word_index import WordIndex


@dataclass(frozen=True)
class Reads:
    """Reads what a page was sent.

    `mail`: a mail, as the intake does; `paper`: one file, PDF or picture.
    """

    mail: Callable[[bytes], ReadMail]
    paper: Callable[[bytes], Reading]


@dataclass
class Site:
    """Everything a page needs. `health` gives the lines of /health, `metrics` the text of /metrics.

    None where there is none: `front`, the entrance of enterprises, and `reads`, for what they send
    to its pages; `factors`, second factors of administrators; `door`, for the trading systems.
    """

    desk: Desk
    settings: WebSettings
    health: Callable[[], list[HealthLine]] = list
    front: FrontDesk | None = None
    metrics: Callable[[], bytes] | None = None
    factors: SecondFactors | None = None
    door: SystemsSettings | None = None
    reads: Reads | None = None

    def page(self, template: str, status: int = 200, /, me: Any = None, **facts: Any) -> Response:
        """The page of a template. `me`: the administrator it is for. Every template has
        `settings`, and `problem`: why an act was refused, or ""."""
        shown = {"problem": "", "settings": self.settings, "me": me} | facts
        templates = environment_of(demo=self.settings.demo, portal=self.front is not None)
        return HTMLResponse(templates.get_template(template).render(shown), status)

    @property
    def mac(self) -> Mac | None:
        """By which the desk knows what its portal made; None where there is no portal."""
        return self.front.mac if self.front else None

    def __post_init__(self) -> None:
        desk, rules = self.desk, self.settings.rules
        self.console = ConsoleDesk(desk.store, desk.passwords, rules, self.factors)
        self.health_look = SharedLook(self.health)
        self.metrics_look = SharedLook(self.metrics or bytes)
        self.tries = Tries(self.settings.per_minute)
        self.console_logins, self.portal_logins = OwnThreads(), OwnThreads()
        self.checks = OwnThreads(1, 3)  # one file is read at a time, and two wait
        self.index, self.presence = WordIndex(desk), Presence()


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def typed_date(typed: str) -> date:
    """The day of a form. Raises NotAllowed."""
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise NotAllowed("日期应写成 2026-11-25 这样的形式。") from error


LARGEST_ID = 2**31 - 1
"""Beyond it no database has a row, and some raise an error."""
RowId = Annotated[int, Field(ge=0, le=LARGEST_ID)]
PathId = Annotated[int, Path(ge=0, le=LARGEST_ID)]
FormId = Annotated[int, Form(ge=0, le=LARGEST_ID)]
Secret = Annotated[str, Form(max_length=200)]
"""A password, as it was typed."""
Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]
"""What a person writes; white space around it is none of it."""
Line = Annotated[Trimmed, Form(max_length=200)]
"""A field of one line."""
Text = Annotated[Trimmed, Form(max_length=2000)]
"""A field of several lines."""
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
"""The row behind which an older part of a list begins."""
After = Annotated[int, Query(ge=0, le=LARGEST_ID)]
"""The row behind which a later part of a list begins."""
