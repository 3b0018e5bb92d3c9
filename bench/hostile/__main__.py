"""A running desk under attack: 10,000 hostile mails, files and requests of all kinds within half an
hour, beside 200 honest requests from senders of their own, whose pages are read by the real models.
Every honest one must get its answer, in time; memory stays flat; no process is lost.

What an answer takes without the attack is measured before it: honest requests one at a time. Run:
python -m bench.hostile [--scale 1/20] [--minutes 30] [--quiet 8] Exit code 1 when a goal is missed.
"""

import argparse
import random
import smtplib
import statistics
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
from pathlib import Path
from typing import Final

from bench.hostile import mails
from bench.hostile.desk import ADMINISTRATOR, RunningDesk, Watch, allow_files
from bench.hostile.honest import DESK, Request, requests
from bench.hostile.web import Attacker
from bench.quiet import hush
from core.data.mail_record import Disposition
from tests.servers.smtp_sink import SmtpSink

HONEST, MINUTES, QUIET = 200, 30.0, 8
ATTACKERS: Final = 16
LAST_WAIT_S: Final = 900.0
LATER_S: Final = 5.0
MOST_GROWTH: Final = 0.10
MOST_ALERTS: Final = 100
PAGE_S: Final = 2.0
PERMANENT: Final = 500


class Post:
    """The centre's receiving server: hands mails on, tries again where it must,
    and takes the letters."""

    def __init__(self, smtp_port: int, sink: SmtpSink) -> None:
        self._port, self._sink = smtp_port, sink
        self.sent_at: dict[str, float] = {}
        self.answers: dict[str, list[tuple[float, str, str]]] = {}
        self.letters = 0
        self.retried = 0

    def hand_on(self, raw: bytes, sender: str = "a@mail.example") -> None:
        """Until the desk has it; a mail that the desk refuses for good is not tried again."""
        for pause_s in (0.5, 1, 2, 4, 8, 15, 30, 60):
            if self._is_settled(raw, sender):
                return
            self.retried += 1
            time.sleep(pause_s)

    def _is_settled(self, raw: bytes, sender: str) -> bool:
        """Whether the desk took the mail, or refused it for good."""
        try:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=60) as client:
                client.sendmail(sender, [DESK], raw)
        except smtplib.SMTPDataError as error:
            return error.smtp_code >= PERMANENT
        except (OSError, smtplib.SMTPException):
            return False
        return True

    def send(self, request: Request) -> None:
        self.sent_at[request.message_id] = time.monotonic()
        domain = request.sender.partition("@")[2]
        self.hand_on(mails.vouched(request.raw, domain), request.sender)

    def take_letters(self) -> None:
        """In a thread of its own."""
        while True:
            letter = self._sink.letters.get().message
            self.letters += 1
            to = getaddresses([str(letter["To"])])[0][1]
            told = (time.monotonic(), to, str(letter["Subject"]))
            self.answers.setdefault(str(letter["In-Reply-To"] or ""), []).append(told)

    def latency_s(self, request: Request) -> float | None:
        """From handing the mail on to the taking of its answer; None where none came."""
        answer = self.answers.get(request.message_id)
        at = next((at for at, to, _ in answer if to == request.sender), None) if answer else None
        return at - self.sent_at[request.message_id] if at else None


@dataclass(slots=True)
class Attack:
    """Everything hostile, and the honest between, spread evenly over the time."""

    seconds: float
    done: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[int]] = field(default_factory=dict)
    """Of the pages, by kind and status; 0 where the desk closed the connection."""
    broken: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0

    def run(
        self,
        hostile: Sequence[tuple[str, Callable[[], object]]],
        honest: Sequence[Callable[[], object]],
    ) -> None:
        dice, began = random.Random(1126), time.monotonic()
        due = sorted(
            [(dice.uniform(0, self.seconds), kind, act) for kind, act in hostile],
            key=lambda event: event[0],
        )
        with ThreadPoolExecutor(ATTACKERS) as attackers, ThreadPoolExecutor(4) as senders:
            threading.Thread(target=self._pace, args=(senders, honest, began), daemon=True).start()
            for at, kind, act in due:
                time.sleep(max(0.0, began + at - time.monotonic()))
                attackers.submit(self._one, kind, act)
            attackers.shutdown(wait=True)
            self.took_s = time.monotonic() - began
            time.sleep(max(0.0, began + self.seconds - time.monotonic()))

    def _pace(
        self, senders: ThreadPoolExecutor, honest: Sequence[Callable[[], object]], began: float
    ) -> None:
        step_s = self.seconds / (len(honest) + 1)
        for number, send in enumerate(honest, 1):
            time.sleep(max(0.0, began + number * step_s - time.monotonic()))
            senders.submit(send)

    def _one(self, kind: str, act: Callable[[], object]) -> None:
        try:
            answer = act()
            self.done[kind] += 1
            if isinstance(answer, int):
                self.answers.setdefault(kind, Counter())[answer] += 1
        except OSError as error:  # the desk closed the connection, as it may
            self.broken[f"{kind}: {type(error).__name__}"] += 1
        except Exception as error:  # noqa: BLE001
            # the bench's own mistake must not pass for an attack that was stopped
            self.broken[f"{kind}: {type(error).__name__} {error}"[:120]] += 1


def one_at_a_time(post: Post, wanted: Sequence[Request]) -> list[float]:
    """Seconds of each answer on a desk that has nothing else to do."""
    took = []
    for request in wanted:
        post.send(request)
        until = time.monotonic() + 300
        while post.latency_s(request) is None and time.monotonic() < until:
            time.sleep(0.05)
        took.append(post.latency_s(request) or float("inf"))
    return took


def wait_for_all(post: Post, wanted: Sequence[Request], longest_s: float) -> None:
    until = time.monotonic() + longest_s
    while time.monotonic() < until and any(post.latency_s(request) is None for request in wanted):
        time.sleep(0.5)


def p(values: Sequence[float], share: float) -> float:
    ordered = sorted(values) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def wrong_ones(
    post: Post, wanted: Sequence[Request], found: dict[str, tuple[Disposition, frozenset[str]]]
) -> list[str]:
    """Honest requests that were not answered, or not as they must be."""
    wrong = []
    for request in wanted:
        disposition, codes = found.get(request.message_id, (None, frozenset()))
        answered = post.latency_s(request) is not None
        if not answered or disposition is not Disposition.CASE or codes != request.sort.codes:
            says = f"{disposition} {sorted(codes)}" + ("" if answered else ", no answer")
            wrong.append(f"#{request.number}: expected {sorted(request.sort.codes)}, found {says}")
    return wrong


def run(scale: float, minutes: float, quiet: int) -> bool:
    """The whole, reported as it goes; whether every goal was met."""
    count = max(1, round(HONEST * scale))
    print(f"hostile: papers of {count + quiet} honest requests …", flush=True)
    wanted = requests(range(count))
    beside = requests(range(HONEST, HONEST + quiet))
    mails.prepare()
    with tempfile.TemporaryDirectory(prefix="hostile") as name:
        sink = SmtpSink()
        sink.start()
        desk = RunningDesk(Path(name), sink.port)
        desk.load_samples([*wanted, *beside])
        post, ended = Post(desk.smtp, sink), threading.Event()
        threading.Thread(target=post.take_letters, daemon=True).start()
        try:
            with desk.running() as root:
                return _under_attack(
                    desk, Watch(desk, root), post, wanted, beside, (scale, minutes), ended
                )
        finally:
            ended.set()
            sink.stop()


def _under_attack(
    desk: RunningDesk,
    watch: Watch,
    post: Post,
    wanted: list[Request],
    beside: list[Request],
    form: tuple[float, float],
    ended: threading.Event,
) -> bool:
    scale, minutes = form
    quiet_s = one_at_a_time(post, beside)
    attacker = Attacker(desk.web, desk.smtp, desk.origin, ADMINISTRATOR)
    for work in (watch.run, attacker.half.drip):
        threading.Thread(target=work, args=(ended,), daemon=True).start()
    by_mail = [(kind, lambda make=make: post.hand_on(make())) for kind, make in mails.mails(scale)]  # type: ignore[misc]
    attack = Attack(minutes * 60)
    attack.run(
        [*by_mail, *attacker.acts(scale)],
        [lambda request=request: post.send(request) for request in wanted],
    )  # type: ignore[misc]
    wait_for_all(post, wanted, LAST_WAIT_S)
    ended.set()
    alive = watch.root.is_running()
    return report(desk, watch, post, wanted, attack, quiet_s, alive=alive)


def report(
    desk: RunningDesk,
    watch: Watch,
    post: Post,
    wanted: list[Request],
    attack: Attack,
    quiet_s: list[float],
    *,
    alive: bool,
) -> bool:
    found, rows, alerts, waiting = desk.outcome(wanted)
    wrong = wrong_ones(post, wanted, found)
    took = [post.latency_s(request) or float("inf") for request in wanted]
    pages = [seconds for seconds_of in watch.page_s.values() for seconds in seconds_of]
    memory = [mb for _, mb in watch.memory_mb] or [0.0]
    judging = len(watch.lives.get("scheduler.judging_process", ()))
    reading = {role: len(pids) for role, pids in watch.lives.items()}
    allowed_s = (p(quiet_s, 0.95) if quiet_s else 60.0) + LATER_S
    print(
        f"  attack: {sum(attack.done.values())} done in {attack.took_s:.0f} s: "
        + ", ".join(f"{kind} {n}" for kind, n in attack.done.most_common())
    )
    print(
        f"    broken off {sum(attack.broken.values())}: {dict(attack.broken.most_common(8))}; "
        f"deliveries tried again {post.retried}"
    )
    print(
        "    answered: "
        + ", ".join(f"{kind} {dict(answers)}" for kind, answers in attack.answers.items())
    )
    print(
        "  pages: "
        + ", ".join(
            f"{path} p50 {statistics.median(s):.2f} p95 {p(s, 0.95):.2f} s"
            for path, s in watch.page_s.items()
        )
    )
    print(f"  processes seen by role: {reading}; errors logged: {dict(desk.errors())}")
    print(
        f"  letters {post.letters}; mails not judged {waiting}; alerts: "
        f"{Counter(text[:30] for text in alerts).most_common(10)}"
    )
    print("  rows: " + ", ".join(f"{name} {n}" for name, n in rows.items() if n))
    print(
        f"  without attack an answer takes p50 {p(quiet_s, 0.5):.1f} s, "
        f"p95 {p(quiet_s, 0.95):.1f} s ({len(quiet_s)} requests)"
    )
    for line in wrong[:20]:
        print(f"    {line}")
    goals = [
        (f"honest answered rightly {len(wanted) - len(wrong)} of {len(wanted)}", not wrong),
        (
            (
                f"answers p50 {p(took, 0.5):.1f} s, p95 {p(took, 0.95):.1f} s (at most "
                f"{allowed_s:.1f})"
            ),
            p(took, 0.95) <= allowed_s,
        ),
        (
            (
                f"memory {memory[0]:.0f} MB at the start, {memory[-1]:.0f} at the end, "
                f"most {max(memory):.0f}; grew {watch.growth():+.1%} in the last two thirds"
            ),
            watch.growth() <= MOST_GROWTH,
        ),
        (f"processes: the desk lives {alive}, judging processes {judging}", alive and judging <= 1),
        (f"alerts in the end {len(alerts)} (at most {MOST_ALERTS})", len(alerts) <= MOST_ALERTS),
        (
            f"pages p95 {p(pages, 0.95):.2f} s (at most {PAGE_S}), failed {watch.failed_pages}",
            p(pages, 0.95) <= PAGE_S and not watch.failed_pages,
        ),
    ]
    for words, met in goals:
        print(f"  {'PASS' if met else 'FAIL'}  {words}")
    return all(met for _, met in goals)


def main() -> None:
    hush()
    parser = argparse.ArgumentParser(prog="python -m bench.hostile")
    parser.add_argument(
        "--scale",
        type=Fraction,
        default=Fraction(1),
        help="share of the hostile and the honest: 1/20",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=None,
        help="that they are spread over; by default half an hour times the scale",
    )
    parser.add_argument(
        "--quiet", type=int, default=QUIET, help="honest requests that are timed without the attack"
    )
    given = parser.parse_args()
    allow_files()
    with suppress(KeyboardInterrupt):
        sys.exit(
            0
            if run(float(given.scale), given.minutes or MINUTES * float(given.scale), given.quiet)
            else 1
        )


if __name__ == "__main__":
    main()
