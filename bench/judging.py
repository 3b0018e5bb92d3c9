"""The judging process of a benchmark.

It is a module of its own because a process cannot open what lies in the module that was run.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.desk import make_desk
from bench.quiet import hush
from core.cases.desk import CaseSettings, Desk
from core.data.submission import Documents, Page
from core.keys.vault import Vault
from core.store.store import Store
from mail_intake.intake import Intake
from papers.paper_reading import DocumentReader, DocumentSettings, Reading
from scheduler.engines.queue import Queue
from tests.flows import walker
from tests.flows.vouching import SENDERS
from tests.flows.walker import ADDRESS, IDENTITY, KEY, LICENCE
from tests.flows.workers import name_of, uscc_of
from tests.validators import builders

OURS = ["support@example.org"]


class Unread:
    """Leaves every file unread: one page each, of which nothing is known."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        return Reading(
            Documents(
                tuple(
                    Page(name, 1, confident=False, colour=False, seal_ink=True) for name, _ in files
                )
            )
        )


@contextlib.contextmanager
def judging(folder: Path, key: bytes) -> Iterator[Callable[[int], bool]]:
    """What the judging process does with each call, pages left unread."""
    hush()
    yield Intake(make_desk(folder, key=key), Unread(), OURS).judge


@contextlib.contextmanager
def judging_with_pages(
    folder: Path, settings: CaseSettings, key: bytes
) -> Iterator[Callable[[int], bool]]:
    """The same with two workers that read pages."""
    hush()
    with contextlib.closing(DocumentReader(DocumentSettings(workers=2))) as reader:
        yield Intake(make_desk(folder, settings, key), reader, OURS).judge


class HalvesReader:
    """Reads the papers of the soak by their number: the ID card of a request,
    the licence of its supplement."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        [(name, content)] = files
        licence = content.startswith(LICENCE)
        number = int(content.removeprefix(LICENCE if licence else IDENTITY))
        parts = [builders.licence(1, name, enterprise_name=name_of(number), uscc=uscc_of(number))]
        parts = parts if licence else [builders.id_front(1, name), builders.id_back(1, name)]
        seal = replace(builders.seal(1, text=name_of(number)), attachment=name)
        return Reading(builders.documents([builders.page(1, name)], parts, [seal]))


@contextlib.contextmanager
def judging_halves(folder: Path) -> Iterator[Callable[[int], bool]]:
    """What the judging process of the soak does."""
    hush()
    yield Intake(desk_in(folder), HalvesReader(), [ADDRESS], senders=SENDERS).judge


def desk_in(folder: Path) -> Desk:
    """A desk of the soak: over the database that the file `url` names,
    by default SQLite in the folder."""
    desk, url = walker.make_desk(folder), folder / "url"
    store = Store(url.read_text(), Vault(KEY), announced=Queue()) if url.exists() else desk.store
    return replace(
        desk,
        store=store,
        settings=CaseSettings(letters_per_hour=1_000_000, letters_per_domain_hour=1_000_000),
    )
