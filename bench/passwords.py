"""Memory under 200 parallel password tries: argon2id takes 19 MiB each,
the bounded pool lets only a few at it at once.

Floor in the same run: one hash alone. Run: python -m bench.passwords
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil

from core.errors import Busy
from core.keys.passwords import Argon2Passwords

TRIES = 200
ROUNDS = 30


class Watch:
    """The highest resident memory while it runs, in MB over the beginning."""

    def __init__(self) -> None:
        self._process, self._ended, self.peak_mb = psutil.Process(), threading.Event(), 0.0
        self._before = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self.peak_mb

    def _look(self) -> None:
        while not self._ended.wait(0.005):
            self.peak_mb = max(
                self.peak_mb, (self._process.memory_info().rss - self._before) / 2**20
            )


def least_ms(act: Callable[[], object]) -> float:
    """The least time of many: what the act costs where nothing else runs."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def main() -> None:
    passwords = Argon2Passwords(queue=TRIES, patience_s=60)
    kept = passwords.hash("correct horse 7")
    began = time.perf_counter()
    passwords.verify(kept, "wrong")
    one_ms = (time.perf_counter() - began) * 1000
    watch = Watch()
    outcomes: list[str] = []

    def attempt(_: int) -> None:
        try:
            outcomes.append(str(passwords.verify(kept, "wrong")))
        except Busy:
            outcomes.append("busy")

    began = time.perf_counter()
    with ThreadPoolExecutor(TRIES) as pool:
        list(pool.map(attempt, range(TRIES)))
    took_s = time.perf_counter() - began
    known_ms, unknown_ms = (
        least_ms(lambda owned=owned: passwords.verify(owned, "wrong")) for owned in (kept, None)
    )
    print(
        f"passwords: a refused login of a known account {known_ms:.1f} ms, of an unknown one "
        f"{unknown_ms:.1f} ms (hash only, the least of {ROUNDS})"
    )
    print(f"passwords: {TRIES} tries at once (argon2id, 19 MiB each)")
    print(
        f"  one alone {one_ms:.0f} ms; all in {took_s:.1f} s, {outcomes.count('busy')} told to "
        f"come again; peak memory +{watch.stop():.0f} MB"
    )
    print(f"  unbounded they would take {TRIES * 19} MB")


if __name__ == "__main__":
    main()
