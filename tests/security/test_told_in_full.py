"""The registered contact is told of the request that is carried out, not only of how it began."""

from datetime import timedelta

import pytest

from core.data.case import State
from core.data.documents import PartKind
from core.data.submission import Answer
from tests.validators.builders import complete_submission, documents, form, message, without

CONTACT, RIVAL = "contact@example.org", "rival@example.net"


@pytest.fixture
def here(here):
    here.register(CONTACT, password_set=True)
    return here


def asks(here, **parts):
    here.mail(complete_submission(message(sender=RIVAL), **parts))
    here.send_letters()


def notices(here):
    with here.tx() as tx:
        letters = tx.letters.newest(recipient=CONTACT)
    return [one.rendered.text for one in letters if one.kind.value == "contact_notice"]


@pytest.mark.parametrize(
    ("vague", "told"),
    [
        (
            {"request": form(unbind=Answer.MISSING, reset_password=Answer.MISSING)},
            ("是否解绑：是", "是否需要重置注册密码：是"),
        ),
        ({"documents": without(PartKind.ID_FRONT, documents())}, ("经办人：张*",)),
    ],
)
def test_what_a_supplement_only_adds_is_told_as_well(here, vague, told):
    """Without a new notice the time to object had passed before the contact knew for what."""
    asks(here, **vague)
    here.clock.at += timedelta(days=6)
    asks(here, request=form(reset_password=Answer.YES))
    with here.tx() as tx:
        assert tx.cases.newest(limit=1)[0].state is State.QUEUED
    newest, first = notices(here)
    assert all(words in newest and words not in first for words in told)


def test_a_supplement_that_changes_nothing_of_the_request_tells_nothing_twice(here):
    asks(here, documents=without(PartKind.LICENCE, documents()))
    asks(here)
    assert len(notices(here)) == 1
