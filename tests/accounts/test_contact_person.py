"""What a contact's name and telephone may be: a line each, of bounded length."""

import pytest

from core.data.contact import require_person
from core.errors import NotAllowed

LONG_NAME, LONG_PHONE = "张" * 100, "1" * 40


@pytest.mark.parametrize(("name", "phone"), [("张三", ""), (LONG_NAME, LONG_PHONE)])
def test_a_name_and_a_telephone_of_their_full_length_are_taken(name, phone):
    require_person(name, phone)


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("", "1"),
        (" 　", "1"),
        (LONG_NAME + "张", LONG_PHONE),
        (LONG_NAME, LONG_PHONE + "1"),
        ("张\n三", "1"),
        ("张三", "1\x00"),
    ],
)
def test_others_are_refused(name, phone):
    with pytest.raises(NotAllowed, match="姓名"):
        require_person(name, phone)
