"""What each run leaves to the long one (`make soak`, by `THOROUGH=1`): tests of what few changes
touch, and most of the inputs of tests that meet many of one kind."""

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")
THOROUGH = os.environ.get("THOROUGH") == "1"
thorough = pytest.mark.skipif(not THOROUGH, reason="left to make soak (THOROUGH=1)")


def share(inputs: Iterable[T], one_in: int) -> list[T]:
    """One in so many of the inputs; all of them in the long run."""
    return [*inputs][:: 1 if THOROUGH else one_in]
