"""A sender's name that shows another address than the sender's."""

import pytest

from tests.validators.builders import SENDER
from validators.account import _names_another_address


@pytest.mark.parametrize(
    ("name", "shows_another"),
    [
        ("张三", False),
        (f"张三 {SENDER}", False),
        (f"张三{SENDER.upper()}", False),
        ("张三@测绘部", False),
        ("contact@example.org", True),
        ("contact＠example．org", True),
        ("contact﹫example.org", True),
        ("contact·@example.org", True),
        ("contact@example。org", True),
        ("contact @ example.org", True),
        ("contact (at) example.org", True),
        (f"{SENDER} contact@example.org", True),
        (f"{SENDER}、{SENDER}", False),
        (f"c{SENDER}", True),
        (f"{SENDER}.cn", True),
    ],
)
def test_an_address_in_the_name(name, shows_another):
    assert _names_another_address(name, SENDER) is shows_another
