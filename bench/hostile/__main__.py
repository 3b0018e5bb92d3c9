"""A running desk under attack: 10,000 hostile mails, files and requests of all kinds within half an
hour, beside 200 honest requests from senders of their own, whose pages are read by the real models.
Every honest one must get its answer, in time; memory stays flat; no process is lost.

What an answer takes without the attack is measured before it: `--quiet` honest requests one at a
time. `--scale 1/20`: that share of the hostile and the honest; `--minutes`: that they are spread
over, by default half an hour times the scale. Exit code 1 when a goal is missed.
"""

import random
import resource
import smtplib
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import getaddresses
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from bench.hostile import mails
from bench.hostile.desk import ADMINISTRATOR, Outcome, RunningDesk, Watch
from bench.hostile.honest import Request, requests
from bench.hostile.web import Attacker
from bench.program import run
from core.data.mail_record import Disposition
from tests.flows.walker import ADDRESS
from tests.servers.smtp_sink import SmtpSink

HONEST, MINUTES, QUIET = 200, 30.0, 8
ATTACKERS = 16
LONGEST_S, LAST_WAIT_S = 300.0, 900.0
LATER_S = 5.0
MOST_GROWTH = 0.10
MOST_ALERTS = 100
PAGE_S = 2.0
PERMANENT = 500
Act = Callable[[], object]


class Post:
    """The centre's receiving server: hands mails on, tries again where it must,
    and takes the letters."""

    def __init__(self, smtp_port: int, sink: SmtpSink) -> None:
        self._port, self._sink = smtp_port, sink
        self._sent_at: dict[str, float] = {}
        self._answered_at: dict[tuple[str, str], float] = {}
        self.letters = 0

    def hand_on(self, raw: bytes, sender: str = "a@mail.example") -> None:
        """Until the desk has it; a mail that the desk refuses for good is not tried again."""
        for pause_s in (0.5, 1, 2, 4, 8, 15, 30, 60):
            try:
                with smtplib.SMTP("127.0.0.1", self._port, timeout=60) as client:
                    client.sendmail(sender, [ADDRESS], raw)
            except (OSError, smtplib.SMTPException) as error:
                if getattr(error, "smtp_code", 0) >= PERMANENT:
                    return
            else:
                return
            time.sleep(pause_s)

    def handing_on(self, make: Callable[[], bytes]) -> Act:
        """An act that composes a mail and hands it on."""
        return lambda: self.hand_on(make())

    def send(self, request: Request) -> None:
        self._sent_at[request.message_id] = time.monotonic()
        domain = request.sender.partition("@")[2]
        self.hand_on(mails.vouched(request.raw, domain), request.sender)

    def take_letters(self) -> None:
        """In a thread of its own."""
        while True:
            letter = self._sink.letters.get().message
            self.letters += 1
            to = getaddresses([str(letter["To"])])[0][1]
            self._answered_at.setdefault((str(letter["In-Reply-To"]), to), time.monotonic())

    def latency_s(self, request: Request) -> float:
        """From handing the mail on to the taking of its answer; infinite where none came."""
        answered_at = self._answered_at.get((request.message_id, request.sender), float("inf"))
        return answered_at - self._sent_at.get(request.message_id, 0.0)

    def await_answers(self, wanted: Sequence[Request], longest_s: float) -> None:
        until = time.monotonic() + longest_s
        while time.monotonic() < until and np.isinf([*map(self.latency_s, wanted)]).any():
            time.sleep(0.05)


@dataclass(slots=True)
class Attack:
    """Everything hostile, and the honest between, spread evenly over the time."""

    seconds: float
    done: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)

    def run(self, hostile: Sequence[tuple[str, Act]], honest: Sequence[Act]) -> None:
        dice, began = random.Random(1126), time.monotonic()
        step_s = self.seconds / (len(honest) + 1)
        acts = [(dice.uniform(0, self.seconds), kind, act) for kind, act in hostile]
        acts += [(step_s * number, "honest", send) for number, send in enumerate(honest, 1)]
        with ThreadPoolExecutor(ATTACKERS) as attackers, ThreadPoolExecutor(4) as senders:
            for at, kind, act in sorted(acts, key=lambda event: event[0]):
                time.sleep(max(0.0, began + at - time.monotonic()))
                (senders if kind == "honest" else attackers).submit(self._one, kind, act)

    def _one(self, kind: str, act: Act) -> None:
        try:
            act()
            self.done[kind] += 1
        except OSError as error:  # the desk closed the connection, as it may
            self.broken[f"{kind}: {type(error).__name__}"] += 1
        except Exception as error:  # noqa: BLE001
            # the bench's own mistake must not pass for an attack that was stopped
            self.broken[f"{kind}: {type(error).__name__} {error}"[:120]] += 1


def attacked(scale: float, minutes: float, quiet: int) -> bool:
    """The whole, reported as it goes; whether every goal was met."""
    count = max(1, round(HONEST * scale))
    print(f"hostile: papers of {count + quiet} honest requests …", flush=True)
    wanted, beside = requests(range(count)), requests(range(HONEST, HONEST + quiet))
    mails.prepare()
    with tempfile.TemporaryDirectory(prefix="hostile") as name:
        sink, ended = SmtpSink(), threading.Event()
        sink.start()
        desk = RunningDesk(Path(name), sink.port, [*wanted, *beside])
        post = Post(desk.smtp, sink)
        attacker = Attacker(desk.web, desk.smtp, desk.origin, ADMINISTRATOR)
        hostile = [
            *((kind, post.handing_on(make)) for kind, make in mails.mails(scale)),
            *attacker.acts(scale),
        ]
        threading.Thread(target=post.take_letters, daemon=True).start()
        try:
            with desk.running() as root:
                for request in beside:
                    post.send(request)
                    post.await_answers([request], LONGEST_S)
                watch, attack = Watch(desk, root), Attack(minutes * 60)
                for work in (watch.run, attacker.half.drip):
                    threading.Thread(target=work, args=(ended,), daemon=True).start()
                attack.run(hostile, [partial(post.send, one) for one in wanted])
                post.await_answers(wanted, LAST_WAIT_S)
                ended.set()
                return report(desk, watch, post, attack, wanted, beside)
        finally:
            ended.set()
            sink.stop()


def p95(values: Sequence[float]) -> float:
    return float(np.quantile(values, 0.95, method="lower")) if values else 0.0


def wrong_ones(post: Post, wanted: Sequence[Request], outcome: Outcome) -> list[str]:
    """Honest requests that were not answered, or not as they must be."""
    wrong = []
    for request in wanted:
        found = outcome.honest.get(request.message_id, (None, frozenset[str]()))
        if found != (Disposition.CASE, request.sort.codes) or np.isinf(post.latency_s(request)):
            expected = sorted(request.sort.codes)
            wrong.append(
                f"#{request.number}: expected {expected}, found {found[0]} {sorted(found[1])}, "
                f"answered after {post.latency_s(request):.0f} s"
            )
    return wrong


def report(
    desk: RunningDesk,
    watch: Watch,
    post: Post,
    attack: Attack,
    wanted: list[Request],
    beside: list[Request],
) -> bool:
    outcome, alive = desk.outcome(wanted), watch.root.is_running()
    wrong = wrong_ones(post, wanted, outcome)
    quiet_s, took_s = ([*map(post.latency_s, some)] for some in (beside, wanted))
    allowed_s = (p95(quiet_s) if quiet_s else 60.0) + LATER_S
    rows = {name: count for name, count in outcome.rows.items() if count}
    print(
        f"  done {dict(attack.done)}\n  broken off {dict(attack.broken.most_common(8))}\n"
        f"  letters {post.letters}; mails not judged {outcome.waiting}; rows {rows}\n"
        f"  errors logged {dict(desk.errors())}\n  without attack an answer takes "
        f"p50 {np.median(quiet_s or [0]):.1f} s, p95 {p95(quiet_s):.1f} s"
    )
    print("\n".join(wrong[:20]))
    most_mb = max(watch.memory_mb, default=0.0)
    goals = {
        f"honest answered rightly {len(wanted) - len(wrong)} of {len(wanted)}": not wrong,
        f"answers p95 {p95(took_s):.1f} s (at most {allowed_s:.1f})": p95(took_s) <= allowed_s,
        f"memory at most {most_mb:.0f} MB; grew {watch.growth():+.1%} in the last two thirds": (
            watch.growth() <= MOST_GROWTH
        ),
        f"processes: the desk lives {alive}, judging processes {len(watch.judging)}": (
            alive and len(watch.judging) <= 1
        ),
        f"alerts in the end {len(outcome.alerts)} (at most {MOST_ALERTS})": (
            len(outcome.alerts) <= MOST_ALERTS
        ),
        f"pages p95 {p95(watch.page_s):.2f} s (at most {PAGE_S}), failed {watch.failed_pages}": (
            p95(watch.page_s) <= PAGE_S and not watch.failed_pages
        ),
    }
    for words, met in goals.items():
        print(f"  {'PASS' if met else 'FAIL'}  {words}")
    return all(goals.values())


def main(*, scale: str = "1", minutes: float | None = None, quiet: int = QUIET) -> None:
    share = float(Fraction(scale))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    with suppress(KeyboardInterrupt):
        sys.exit(not attacked(share, minutes or MINUTES * share, quiet))


if __name__ == "__main__":
    run(main)
