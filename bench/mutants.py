"""Mutants: does a test fail when a line of the code is wrong? `make mutants`, or `python -m
bench.mutants [AREA or mutant] ...`

cosmic-ray writes the mutants; here are only the sample, the choice of tests, their run and the
report. tests/mutants.toml names the areas and the mutants that mean the same as the code. A place
in the code gives at most one mutant, and its chance depends on the seed and on its own line alone:
a change elsewhere leaves the other places as they were, though one above it in its file may change
which mutant a place gives, and so its id. Annotations are left out. A mutant meets the tests that
run its line, those first that run least besides, or all of its area where the line runs at import;
one whose tests end in no time counts as not caught. All happens in a copy of the checkout, under
the system's temporary folder. `--done FILE`: what an earlier run printed, whose caught mutants are
not run again; `--seed`: another sample.
"""

import ast
import contextlib
import difflib
import hashlib
import importlib
import multiprocessing
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import pytest
import typer
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code, use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec
from coverage import CoverageData

from bench.program import run

CONFIG = tomllib.loads(Path("tests/mutants.toml").read_text(encoding="utf-8"))
LOADED = ".loaded-modules"
NEAREST = 8
"""How many tests a mutant meets before pytest imports the files of the others too,
which takes longer than most tests."""
EQUIVALENT = {(e["file"], e["before"], e["after"]): e["reason"] for e in CONFIG["equivalent"]}


def _meaning(code: str) -> str | None:
    """The code without layout, comments and annotations; None where it is no Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        vars(node).update(dict.fromkeys({"annotation", "returns"} & vars(node).keys()))
    return ast.dump(tree)


def _statement(mutation: MutationSpec) -> range:
    """The lines of the innermost statement that the mutation changes,
    or its own where it is a decorator's."""
    line = mutation.start_pos[0]
    tree = ast.parse(mutation.module_path.read_text(encoding="utf-8"))
    around = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    first, last = max(around, default=(line, line))
    return range(first, last + 1)


def _rank(mutation: MutationSpec, line: str, *more: object) -> str:
    parts = (
        CONFIG["seed"],
        mutation.module_path,
        mutation.definition_name,
        line.strip(),
        mutation.start_pos[1],
        *more,
    )
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def drawn(folder: Path) -> Iterator[tuple[str, MutationSpec]]:
    """Mutants of the files below the folder in the order that the seed gives them, each with its
    id: the same as long as its line stays."""
    code = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))}
    with use_db(":memory:") as db:
        init(code, db, {})
        mutations = [
            m
            for item in db.work_items
            for m in item.mutations
            if m.operator_name not in CONFIG["without"]
        ]
    places: dict[str, list[tuple[str, MutationSpec]]] = {}
    for m in mutations:
        line = code[m.module_path].splitlines()[m.start_pos[0] - 1]
        places.setdefault(_rank(m, line), []).append(
            (_rank(m, line, m.operator_name, m.occurrence)[:8], m)
        )
    for _, here in sorted(places.items()):
        key, m = min(here)
        mutant = _meaning(
            mutate_code(code[m.module_path], get_operator(m.operator_name)(), m.occurrence)
        )
        if mutant not in {None, _meaning(code[m.module_path])}:
            yield key, m


def _pytest(arguments: list[str]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.path[0] = str(Path.cwd())
    code = pytest.main(["-x", "-q", *arguments])
    Path(LOADED).write_text("\n".join(sys.modules), encoding="utf-8")
    os._exit(code)


def pass_tests(arguments: list[str], timeout_s: float | None = None) -> bool | None:
    """Runs pytest in a child that begins with all libraries loaded which the one before it needed:
    whether all passed, None where it took too long."""
    loaded = Path(LOADED).read_text(encoding="utf-8").split() if Path(LOADED).exists() else []
    for name in loaded:
        if name not in sys.modules and not Path(name.split(".")[0]).exists():
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    child = multiprocessing.get_context("fork").Process(target=_pytest, args=(arguments,))
    child.start()
    child.join(timeout_s)
    if child.exitcode is None and child.pid:
        os.killpg(child.pid, signal.SIGKILL)
        child.join()
        return None
    return child.exitcode == 0


class Tests:
    """The tests of an area, run once as they are: which of them run which line."""

    def __init__(self, paths: list[str], folder: Path, last: Sequence[str] = ()) -> None:
        """`last`: tests that every mutant meets, behind its own."""
        begun = time.monotonic()
        self._paths, self._last = paths, last
        measured = ["-p", "pytest_cov", f"--cov={folder}", "--cov-context=test", "--cov-report="]
        if not pass_tests([*paths, *measured]):
            sys.exit(f"The tests fail without a mutant: pytest {shlex.join(paths)}")
        self.timeout_s = time.monotonic() - begun + 30
        self._data = CoverageData(".coverage")
        self._data.read()
        lines = (
            contexts
            for file in self._data.measured_files()
            for contexts in self._data.contexts_by_lineno(file).values()
        )
        self._reach = Counter(name for contexts in lines for name in self._names(contexts))
        """How many lines of the area each test runs."""

    @staticmethod
    def _names(contexts: Iterable[str]) -> set[str]:
        """pytest-cov calls a context `file::test[parameters]|phase`;
        the parameters are left out, for a shell's sake."""
        return {context.split("[")[0].split("|")[0] for context in contexts if context}

    def of(self, mutation: MutationSpec) -> list[str]:
        contexts = self._data.contexts_by_lineno(str(mutation.module_path.absolute()))
        # of the lines of a statement, not all have contexts
        here = {name for line in _statement(mutation) for name in contexts.get(line, ())}
        if "" not in here:
            return [*sorted(self._names(here), key=self._reach.__getitem__), *self._last]
        near = self._names(context for some in contexts.values() for context in some)
        return [*sorted(near, key=self._reach.__getitem__)[:NEAREST], *self._paths]


def judge(mutation: MutationSpec, tests: Tests) -> tuple[str, str, str]:
    """What came of a mutant (caught, timed out, equivalent, survived),
    and its line before and after."""
    code = mutation.module_path.read_text(encoding="utf-8")
    mutant = mutate_code(code, get_operator(mutation.operator_name)(), mutation.occurrence)
    changed = list(difflib.unified_diff(code.splitlines(), mutant.splitlines(), n=0, lineterm=""))[
        2:
    ]
    before, after = (
        " ".join(line[1:].strip() for line in changed if line[0] == sign).strip() for sign in "-+"
    )
    if {(file, before, after) for file in (str(mutation.module_path), "*")} & EQUIVALENT.keys():
        return "equivalent", before, after
    names = tests.of(mutation)
    near, rest = names[:NEAREST], names[NEAREST:]
    for some in filter(None, (near, rest)):
        with use_mutation(
            mutation.module_path, get_operator(mutation.operator_name)(), mutation.occurrence
        ):
            passed = pass_tests(some, tests.timeout_s)
        if not passed:
            return "timed out" if passed is None else "caught", before, after
    return "survived", before, after


def measured(area: str, wanted: set[str], done: Mapping[str, str]) -> list[str]:
    config = CONFIG["areas"][area]
    folder = Path(config["folder"])
    if wanted & CONFIG["areas"].keys() and area not in wanted:
        return []  # to draw a sample takes a minute
    mutants = [
        (key, m)
        for key, m in islice(drawn(folder), config["sample"])
        if not wanted or wanted & {area, key}
    ]
    outcomes = [done[key] for key, _ in mutants if key in done]
    left = [(key, m) for key, m in mutants if key not in done]
    if left:
        tests = Tests(config["tests"], folder, config.get("last", ()))
    for key, m in left:
        outcome, before, after = judge(m, tests)
        outcomes.append(outcome)
        print(
            f"{area} {len(outcomes)}/{len(mutants)} {key} {outcome}  "
            f"{m.module_path}:{m.start_pos[0]} in {m.definition_name}",
            flush=True,
        )
        if outcome in {"survived", "timed out"}:
            print(f"  - {before}\n  + {after}", flush=True)
    return outcomes


def main(
    wanted: Annotated[list[str] | None, typer.Argument()] = None,
    done: Path | None = None,
    seed: int = CONFIG["seed"],
) -> None:
    CONFIG["seed"] = seed
    names = set(wanted or ())
    printed = done.read_text(encoding="utf-8") if done else ""
    known = dict(re.findall(r"^\w+ \d+/\d+ (\w{8}) (caught|equivalent) ", printed, re.MULTILINE))
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        for name in filter(os.path.isfile, files.split("\0")):
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, Path(folder) / name)
        os.chdir(folder)
        # to load what no test here needs takes half the time of a mutant
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        outcomes = {area: measured(area, names, known) for area in CONFIG["areas"]}
    for area, found in outcomes.items():
        print(
            f"{area}: {len(found)} mutants, "
            + ", ".join(
                f"{found.count(o)} {o}" for o in ("caught", "equivalent", "timed out", "survived")
            )
        )
    told = [outcome for found in outcomes.values() for outcome in found if outcome != "equivalent"]
    share = told.count("caught") / len(told) if told else 1.0
    print(
        f"{share:.1%} caught of {len(told)} that mean something; "
        f"at least {CONFIG['least_caught']:.0%} are wanted"
    )
    sys.exit(share < CONFIG["least_caught"])


if __name__ == "__main__":
    run(main, hushed=False)  # tests, which are forked, look at logs
