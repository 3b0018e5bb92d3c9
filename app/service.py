"""The running desk: mail, reading, window and letters in threads, the pages in the main thread,
until a signal ends it.

Settings, secrets, database and ports are checked first, and every problem reported before anything
runs.
"""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import structlog
import uvicorn

from app.entrance_wiring import second_factors
from app.logs import start_logging
from app.operations.health import DeskHealth
from app.process_lock import in_use, working_alone
from app.reading_ahead import reading_ahead
from app.revocation import RevocationKeeper
from app.sockets import require_files
from app.start_checks import require_for_service, require_named_server
from app.system_wiring import announcing, door, robots, system_notifier
from app.wiring import Wiring
from core.cases.desk import Desk
from core.cases.upkeep.announce import announce
from core.listening import bound_socket
from core.outgoing.robots import ByRecipient
from mail_intake.mailboxes.smtp_receiver import CONNECTIONS
from papers.lines.eight_bit import weight_bits
from papers.opening.confinement import why_unconfined
from scheduler.engines.port import MAILBOX, MAILS, QUEUES
from scheduler.judging_process import DoPiece, JudgingProcess
from scheduler.work import Work
from web.application import create_app
from web.common.site import Site
from web.common.word_index import warm
from web.http_bounds import bounded_server, print_stopping

log = structlog.get_logger(__name__)

STOP_WITHIN_S = 30.0
"""Shorter than TimeoutStopSec of the units in deploy/."""
LOOK_S = 0.5  # between two looks for a signal


def serve(
    wiring: Wiring,
    queues: Sequence[str] = QUEUES,
    *,
    pages: bool = True,
    demo: bool = False,
    ready: Callable[[Desk], None] = lambda _desk: None,
) -> None:
    """Run until SIGINT or SIGTERM. `ready` is called when everything listens. `queues`: the work
    that this process takes part in; `pages`: whether it serves them.

    Raises DeskError for whatever forbids the start.
    """
    settings = wiring.settings
    require_for_service(wiring)
    require_named_server(wiring)
    with contextlib.ExitStack() as stack:
        ending = Ending()
        stack.callback(ending.forget)
        stack.enter_context(in_use(wiring.config.folder))
        if queues and wiring.sqlite_file():
            stack.enter_context(working_alone(wiring.config.folder, wiring.clock.now()))
        web = settings.web
        require_files(web.max_connections + CONNECTIONS)
        sockets = [stack.enter_context(bound_socket(web.host, web.port, "web."))] if pages else []
        store = stack.enter_context(contextlib.closing(wiring.store()))
        desk = wiring.desk(store)
        start_logging(settings.logging)
        if queues:
            stack.enter_context(working(wiring, desk, queues))
        server = stack.enter_context(page_server(wiring, desk, demo=demo)) if pages else None
        log.info(
            "desk.started",
            works=bool(queues),
            pages=pages,
            mailbox=settings.mailbox.kind,
            outbox=settings.outbox.kind,
        )
        ready(desk)
        ending.run(server, sockets)
        log.info("desk.stopping")


@contextlib.contextmanager
def working(wiring: Wiring, desk: Desk, queues: Sequence[str] = QUEUES) -> Iterator[None]:
    """Mail, reading, window and letters, while the block runs."""
    with contextlib.ExitStack() as stack:
        receiver = wiring.receiver() if MAILBOX in queues else None
        if receiver:
            receiver.start()
            stack.callback(receiver.stop)
        # a dict, because os.environ cannot be sent to the judging process
        child_wiring = replace(wiring, environ=dict(wiring.environ))
        # for the intake alone: files are read in the judging process
        reader = stack.enter_context(contextlib.closing(wiring.reader()))
        if why := why_unconfined():
            log.warning("documents.in_the_open", why=why, remedy="unbind doctor")
        log.info("documents.recognisers", weight_bits=weight_bits())
        intake = wiring.intake(desk, reader)
        judging = JudgingProcess(
            partial(taking_in, child_wiring), wiring.judging_deadline(), intake.interrupted
        )
        stack.enter_context(contextlib.closing(judging))
        if MAILS in queues:
            judging.start()
        work = Work(
            desk,
            intake,
            wiring.mailbox(),
            ByRecipient(wiring.transport(), robots(wiring)),
            wiring.sender(),
            judge_each=judging.each,
            clock_check=wiring.clock_check(desk),
            tell_systems=system_notifier(wiring, desk),
            tell_administrators=partial(announce, desk, announcing(wiring)),
        )
        engine = wiring.engine(work, desk, queues)
        engine.start()
        stack.callback(engine.stop)
        # runs first at the end: a mail in hand is not waited for, but judged at the next start
        stack.callback(judging.close)
        yield


@contextlib.contextmanager
def taking_in(wiring: Wiring) -> Iterator[DoPiece]:
    """In the judging process: the function that judges one mail."""
    start_logging(wiring.settings.logging)
    with (
        contextlib.closing(wiring.store(check_schema=False)) as store,
        contextlib.closing(wiring.reader()) as reader,
    ):
        yield wiring.intake(wiring.desk(store), reader).judge


@contextlib.contextmanager
def page_server(wiring: Wiring, desk: Desk, *, demo: bool) -> Iterator[uvicorn.Server]:
    """The pages, to be served by uvicorn while the block runs. Those of enterprises, where
    config.yaml opens them, come with their revocation lists and their reader."""
    web, health = wiring.settings.web, DeskHealth(wiring, desk, desk.now())
    front, reads = wiring.entrance(desk), None
    with contextlib.ExitStack() as stack:
        if front:
            stack.enter_context(contextlib.closing(RevocationKeeper(front.verifier, desk))).start()
            reads = stack.enter_context(reading_ahead(wiring, desk))
        site = Site(
            desk,
            wiring.web_settings(demo=demo),
            health.lines,
            front,
            health.metrics,
            second_factors(wiring.config),
            door(wiring),
            reads,
        )
        warm(site.index)
        yield bounded_server(create_app(site), web.max_connections, web.trusted_proxies)


class Ending:
    """The request for an orderly shutdown: SIGINT or SIGTERM, at any moment from the start on.

    While uvicorn runs, it handles the signals itself, and raises them again at its end: `_wish`
    then lets the shutdown go on. If this lasts longer than STOP_WITHIN_S (a mail server that does
    not answer, a database that hangs, a slow client), the process ends as by kill -9, which loses
    nothing.
    """

    def __init__(self) -> None:
        self._wished = threading.Event()
        self._server: uvicorn.Server | None = None
        self._former = {
            number: signal.signal(number, self._wish) for number in (signal.SIGINT, signal.SIGTERM)
        }
        threading.Thread(target=self._end_in_time, daemon=True).start()

    def _end_in_time(self) -> None:
        while not ((self._server and self._server.should_exit) or self._wished.wait(LOOK_S)):
            pass
        time.sleep(STOP_WITHIN_S)
        os._exit(0)

    def forget(self) -> None:
        """Restore the former signal handlers."""
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _wish(self, _number: int, _frame: object) -> None:
        self._wished.set()
        if self._server:
            self._server.should_exit = True
        else:
            print_stopping()

    def run(self, server: uvicorn.Server | None, sockets: list[socket.socket]) -> None:
        """Serve the pages until a signal; without pages, wait for it."""
        self._server = server
        if server and not self._wished.is_set():
            server.run(sockets=sockets)
        else:
            self._wished.wait()
