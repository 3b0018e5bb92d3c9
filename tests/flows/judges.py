"""Judging processes that die: once at a given commit, or over a certain paper."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

from mail_intake.intake import Intake
from scheduler.judging_process import DoPiece
from tests.flows.walker import ADDRESS, CannedReader, make_desk

DEADLY = b"%PDF-1.4 deadly"


@contextlib.contextmanager
def killed_once(folder: Path, failpoint: str) -> Iterator[DoPiece]:
    """The first one dies at its failpoint."""
    first = folder / "first"
    if not first.exists():
        first.touch()
        os.environ["UNBIND_FAILPOINT"] = failpoint
    yield Intake(make_desk(folder), CannedReader(), [ADDRESS]).judge


class DeadlyReader(CannedReader):
    """Ends its process over a deadly paper, as an error in a library of C does."""

    def read(self, files):
        if any(content == DEADLY for _, content in files):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(files)


@contextlib.contextmanager
def killed_by_papers(folder: Path) -> Iterator[DoPiece]:
    yield Intake(make_desk(folder), DeadlyReader(), [ADDRESS]).judge


class EndlessReader(CannedReader):
    """Does not come to an end over a deadly paper, and lets no other thread run."""

    def read(self, files):
        if any(content == DEADLY for _, content in files):
            re.fullmatch("(a|a)*b", "a" * 100)
        return super().read(files)


@contextlib.contextmanager
def endless_over_papers(folder: Path) -> Iterator[DoPiece]:
    yield Intake(make_desk(folder), EndlessReader(), [ADDRESS]).judge
