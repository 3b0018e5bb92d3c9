"""The engine of several processes on one PostgreSQL database: Procrastinate's workers take jobs,
and its heartbeats tell whose are free again.

What is due is put into the queue by the transactions that make it so (`queue`); a tick every few
seconds, once over all machines, adds what only time makes due and what was not said, by the tables
and the database's clock. Its firing goes by each machine's clock, which may be wrong: then it comes
more often. A job of a worker that is silent for too long is done again by another. Whoever stood
still and goes on does it twice: the tables decide once.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException, ProcrastinateException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition, Status
from psycopg import AsyncConnection

from core.data.due import JUDGE, WATCH, act_due, mailbox_due
from core.store.store import Store
from scheduler.engines.port import DESK, MAILS, QUEUES, TAKE_OVER_S
from scheduler.engines.queue import STRANGERS
from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

log = structlog.get_logger(__name__)

TICK = "tick"
TICK_S = 5
GRACE_S = 1.0
WORKER_PAUSE_S = 1.0
POLL_S = 2.0
"""The longest delay until a job that waited for its turn is found; others are reported at once."""
STOP_S = 30.0
THREADS = 12
DESK_AT_ONCE = 6
MOST_STALLS = 20
"""A mail over which workers, not their judging processes, ended so often is set aside."""
CALLED_FOR = 50
RETRY_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Long ago, whatever the clock of this machine says."""
_NOT_DURABLE = "-c synchronous_commit=off"
"""Taking and ending a job do not wait for the disk: one that a crash of the database brings back is
done again, and the tables decide once."""
_BUSY = "SELECT lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND lock IS NOT NULL"
_TAKEN_OVER = """
    SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing' AND lock = %(lock)s
                   AND (id <> %(id)s OR worker_id IS DISTINCT FROM %(worker)s)) AS taken_over"""


async def _autocommit(connection: AsyncConnection) -> None:
    """A machine that loses its network leaves no transaction open, whose locks on jobs would make
    the ticks of all others wait."""
    await connection.set_autocommit(True)


class ProcrastinateEngine:
    """Workers of the queues in one thread's event loop; the work itself runs in threads."""

    def __init__(
        self,
        work: Work,
        store: Store,
        url: str,
        queues: Iterable[str] = QUEUES,
        take_over_s: float = TAKE_OVER_S,
    ) -> None:
        """`url`: of libpq. `queues`: of QUEUES. `take_over_s`: see TAKE_OVER_S."""
        self._work, self._store, self._queues, self._take_over_s = (
            work,
            store,
            tuple(queues),
            take_over_s,
        )
        connection = {
            "application_name": "queue",
            "options": _NOT_DURABLE,
            "connect_timeout": max(2, round(take_over_s)),
            "tcp_user_timeout": round(take_over_s * 1000),
        }
        self._connector = PsycopgConnector(
            conninfo=url, min_size=1, max_size=4, kwargs=connection, configure=_autocommit
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
        self._workers: list[asyncio.Task[None]] = []
        self._app = self._tasks()
        self._main = self._loop.create_task(self._keep_working())

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._work.stop()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._main.cancel)
            self._thread.join(STOP_S)
            if not self._thread.is_alive():
                self._loop.close()
        self._work.close()

    def _tasks(self) -> App:
        app = App(connector=self._connector)
        app.task(name=JUDGE)(self._judge)
        app.task(name=WATCH, pass_context=True)(self._watch)
        for tick in self._work.ticks():
            app.task(name=tick.name)(self._act(tick))
        app.periodic(cron=f"* * * * * */{TICK_S}")(
            app.task(name=TICK, queue=DESK, queueing_lock=TICK)(self._tick)
        )
        return app

    # the workers

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="work"))
        self._loop.set_exception_handler(self._job_not_ended)
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)
        self._loop.run_until_complete(self._end())

    async def _end(self) -> None:
        """No task remains: one that is destroyed within a query spoils its connection's end."""
        try:
            await self._app.close_async()
        finally:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _keep_working(self) -> None:
        """Opens the pool of connections, which then makes up for those that break.

        The trouble of a worker can hide that the task is cancelled: the loops ask for the end.
        """
        while not self._work.stopping.is_set():
            async with self._logged_trouble():
                await self._app.open_async()
                await self._keep_workers()
            await self._app.close_async()
            await asyncio.sleep(WORKER_PAUSE_S)

    async def _keep_workers(self) -> None:
        """The first trouble of their database ends the workers; new ones go on."""
        while not self._work.stopping.is_set():
            async with self._logged_trouble(), asyncio.TaskGroup() as group:
                self._workers = [group.create_task(self._worker(name)) for name in self._queues]
            await asyncio.sleep(WORKER_PAUSE_S)

    @contextlib.asynccontextmanager
    async def _logged_trouble(self) -> AsyncIterator[None]:
        try:
            yield
        except Exception as error:
            log.warning("queue.unavailable", exc_info=error)

    async def _worker(self, name: str) -> None:
        await self._app.run_worker_async(
            queues=[MAILS, STRANGERS] if name == MAILS else [name],
            concurrency=DESK_AT_ONCE if name == DESK else 1,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
            fetch_job_polling_interval=POLL_S,
            update_heartbeat_interval=self._take_over_s / 4,
            stalled_worker_timeout=10 * self._take_over_s,
            shutdown_graceful_timeout=GRACE_S,
        )

    def _job_not_ended(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """The end of a job could not be written down, and its worker lives: it would keep its turn
        for ever. As a job of a worker that ended it is freed."""
        log.warning("queue.job_not_ended", error=type(context.get("exception")).__name__)
        for worker in self._workers:
            worker.cancel()

    # the jobs

    def _judge(self, about: int) -> None:
        """The step that gives a mail its disposition makes the next one of its sender due; where
        there was none, it is done here."""

        def judge() -> None:
            if not self._work.judge(about):
                self._call_next(about)

        if not logged(JUDGE, judge):
            self._work.stopping.wait(TROUBLE_PAUSE_S)
            logged(JUDGE, partial(self._call_next, about))

    def _call_next(self, mail_id: int) -> None:
        with self._store.transaction() as tx:
            tx.mails.call_next_of_sender(mail_id)

    def _watch(self, context: JobContext, about: str) -> None:
        if about == self._work.mailbox.name:
            self._work.watch(lambda: None, partial(self._is_ours, context))

    def _is_ours(self, context: JobContext) -> bool:
        if context.should_abort():
            return False
        job = context.job
        asked = self._connector.execute_query_one_async(
            _TAKEN_OVER, lock=job.lock, id=job.id, worker=job.worker_id
        )
        try:
            return not asyncio.run_coroutine_threadsafe(asked, self._loop).result(
                self._take_over_s
            )["taken_over"]
        except (ProcrastinateException, TimeoutError):
            return False

    def _act(self, tick: Tick) -> Callable[[], object]:
        def do_if_due() -> None:
            if self._work.is_due(tick):
                self._work.do(tick)

        return lambda: logged(tick.name, do_if_due)

    # by the clock of the machine that fired it
    async def _tick(self, timestamp: int) -> None:  # noqa: ARG002
        await self._free_stalled()
        busy = {row["lock"] for row in await self._connector.execute_query_all_async(_BUSY)}
        await asyncio.to_thread(logged, TICK, partial(self._call_due, busy))

    async def _free_stalled(self) -> None:
        """Have the jobs of workers that are silent done again.

        Where another one of its turn waits already, that one is enough.
        """
        jobs = self._app.job_manager
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=self._take_over_s):
            assert job.id is not None
            about = job.task_kwargs.get("about")
            log.warning("queue.taken_over", work=job.task_name, about=about, attempts=job.attempts)
            if isinstance(about, int) and job.attempts >= MOST_STALLS:
                await asyncio.to_thread(self._work.set_aside, about)
            try:
                await jobs.retry_job_by_id_async(job.id, retry_at=RETRY_AT_ONCE)
            except UniqueViolation:
                await jobs.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            except ConnectorException:
                log.info("queue.ended_meanwhile", work=job.task_name)

    def _call_due(self, busy: Collection[str]) -> None:
        with self._store.transaction() as tx:
            tx.call(mailbox_due(self._work.mailbox.name))  # one waits behind the one that runs
            for tick in self._work.ticks():
                if tick.name not in busy and self._work.is_due(tick, tx):
                    tx.call(act_due(tick.name))
            for mail in tx.mails.waiting(CALLED_FOR):
                if mail.turn not in busy:
                    tx.call(mail)
