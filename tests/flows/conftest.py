import pytest

from tests.cases.conftest import harness  # noqa: F401  a fixture
from tests.midnight import wait_out_the_day


@pytest.fixture(autouse=True)
def within_one_day() -> None:
    wait_out_the_day()
