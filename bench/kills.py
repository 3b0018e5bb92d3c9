"""The service killed (kill -9) once right before, and once right behind, each commit of a whole
case; the tests do so at some of them. Run: python -m bench.kills"""

import tempfile
from pathlib import Path

from tests.flows.kill import kill_at_each


def main() -> None:
    for point in ("commit.before", "commit.after"):
        with tempfile.TemporaryDirectory() as folder:
            print(
                f"{point}: {kill_at_each(point, Path(folder))} kills, nothing lost, "
                "nothing done twice",
                flush=True,
            )


if __name__ == "__main__":
    main()
