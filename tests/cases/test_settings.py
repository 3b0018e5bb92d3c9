"""The numbers of a desk whose operator decides none, and how far each may go (RULES.md)."""

from dataclasses import fields

import pytest

from core.cases.desk import APPROVALS, CaseSettings, Retention, Risk
from core.cases.letters.outbox import lane_of, limits
from core.cases.upkeep.announce import Announcing
from core.data.case import State
from core.data.letter import Lane, LetterKind, Limit

HOURS_A_WEEK = 168
CENTURY = 36_500
NUMBERS = {
    Announcing: {"digest_before_min": (30, 0, 720), "alerts": (True, None, None)},
    CaseSettings: {
        "expire_days": (30, 1, 365),
        "link_hours": (24, 1, HOURS_A_WEEK),
        "contact_wait_hours": (24, 1, 720),
        "objection_days": (7, None, None),
        "dispute_days": (14, None, None),
        "objection_hours": (2, 0, 80),
        "letters_per_sender_day": (5, 1, None),
        "letters_per_hour": (200, 1, None),
        "letters_per_domain_hour": (50, None, None),
        "unproved_letters_per_hour": (60, None, None),
        "notices_per_hour": (200, None, None),
        "notices_per_contact_day": (20, None, None),
        "same_rejection_hours": (24, None, None),
        "urgent_pointer": (True, None, None),
        "undo_s": (60, 0, 3600),
        "reverse_hours": (24, 0, HOURS_A_WEEK),
        "passwords_here": (True, None, None),
    },
    Retention: {
        "completed_days": (1095, 0, CENTURY),
        "declined_days": (365, 0, CENTURY),
        "withdrawn_days": (180, 0, CENTURY),
        "expired_days": (180, 0, CENTURY),
        "other_mail_days": (180, 0, CENTURY),
        "remove_from_mailbox": (True, None, None),
    },
}


def numbers(settings):
    return {
        one.name: (one.default, one.metadata.get("ge"), one.metadata.get("le"))
        for one in fields(settings)
        if isinstance(one.default, int)
    }


def test_each_number_and_its_bounds():
    assert Announcing().recipients == ()
    assert {one: numbers(one) for one in NUMBERS} == NUMBERS


def test_two_people_approve_what_is_no_mere_finding():
    assert CaseSettings().approvals_required == APPROVALS
    assert {risk for risk, people in APPROVALS.items() if people != 2} == {Risk.REVIEW_FINDINGS}
    assert APPROVALS[Risk.REVIEW_FINDINGS] == 1


def test_how_long_each_end_keeps_the_personal_data():
    kept = Retention(1, 2, 3, 4, 5).of_states()
    assert kept == {
        State.COMPLETED: 1,
        State.MERGED: 1,
        State.DECLINED: 2,
        State.WITHDRAWN: 3,
        State.EXPIRED: 4,
        State.DISMISSED: 5,
    }


def test_how_many_letters_each_lane_lets_go():
    """In an hour, to an address in a day, for a domain in an hour."""
    assert limits(CaseSettings()) == {
        Lane.PROVED: Limit(200, 5, 50),
        Lane.UNPROVED: Limit(60, 5, 60),
        Lane.NOTICE: Limit(200, 20, 50),
        Lane.NOTICE_UNPROVED: Limit(200, 20, 200),
    }


@pytest.mark.parametrize(
    ("kind", "proved", "unproved"),
    [
        (LetterKind.CONTACT_NOTICE, Lane.NOTICE, Lane.NOTICE_UNPROVED),
        (LetterKind.RECEIVED, Lane.PROVED, Lane.UNPROVED),
        (LetterKind.EXPIRED, None, Lane.UNPROVED),
        (LetterKind.COMPLETED, None, None),
    ],
)
def test_who_is_not_proved_takes_no_letters_from_who_is(kind, proved, unproved):
    assert (lane_of(kind, proved=True), lane_of(kind, proved=False)) == (proved, unproved)
