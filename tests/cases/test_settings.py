"""The numbers of a desk whose operator decides none, and how far each may go (RULES.md)."""

import importlib
from dataclasses import fields
from datetime import timedelta

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

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
QUARTER = timedelta(days=90)
BOUNDS = {
    "accounts.account_notice": {"LETTERS_AN_HOUR": 50, "MOST_A_DAY": 10, "AT_ONCE": 50},
    "accounts.contact_change": {"MOST_A_DAY": 3, "MOST_NOTIFIED": 40},
    "accounts.lock_loss": {
        "PASSWORD_LINK": HOUR / 4,
        "ONE_LETTER_IN": DAY / 2,
        "REQUESTS_AN_HOUR": 10,
    },
    "accounts.notify_systems": {
        "PAUSES_S": (5, 15, *(45,) * 3840),
        "LOGOUT_PAUSES_S": (2, 10, 60, 300, 1800, 3600),
        "AT_ONCE": 50,
        "TOLD_AFTER": 3,
    },
    "decision.answering": {"LONGEST_NOTE": 500, "MOST_NOTES": 20, "NO_REQUEST_UNDO": DAY},
    "decision.approval_needs": {"NEW_NUMBER": WEEK, "ASKED_WITHIN": 30 * DAY, "_MOST_OTHERS": 20},
    "decision.batch_approval": {"RECENT": QUARTER},
    "decision.reply": {
        "MOST_LINES": 20,
        "LONGEST_LINE": 400,
        "MOST_COPIED_LINES": 200,
        "MOST_COPIES": 3,
        "MOST_FILES": 5,
        "MOST_FILE_BYTES": 10_485_760,
        "MOST_A_DAY": 10,
        "A_DAY": DAY,
    },
    "intake.blocking": {"BLOCKED_DAYS": 30, "MOST_BLOCKED": 200},
    "intake.competing": {"LATELY": WEEK},
    "intake.hand_in": {"MOST_A_DAY": 10, "A_DAY": DAY},
    "intake.added_words": {"MOST_QUOTED": 20, "MOST_CHARACTERS": 20_000, "MOST_ADDED": 50},
    "intake.incoming": {"MOST_SIGNED": 20},
    "intake.related_case": {"MOST_NUMBERS": 3, "MOST_DOUBTED": 40},
    "intake.request_case": {"MOST_MERGED": 40, "MOST_COMPETING": 10},
    "intake.request_sheet": {
        "MAC_CHARACTERS": 20,
        "WIDTH": 210,
        "HEIGHT": 297,
        "HEADER": (10, 8, 160, 32),
        "CODE": (172, 11, 26, 26),
        "ID_FRONT": (12, 46, 90, 56),
        "ID_BACK": (108, 46, 90, 56),
        "LICENCE": (16, 109, 178, 124),
        "SEAL": (14, 240, 46, 46),
        "NOTES": (62, 235, 140, 54),
        "CAPTION": 6,
    },
    "intake.seen_elsewhere": {"MOST": 6, "LOOKED_AT": 40},
    "letters.deliver": {
        "PAUSES_MIN": (1, 2, 5, 15, 30, 60, 120, 240),
        "PROBE_EVERY": timedelta(seconds=15),
    },
    "letters.masked": {"_SUFFIX_BYTES": 6},
    "letters.objection": {"LONGEST_WORDS": 500},
    "letters.outbox": {"OBJECTION_WORKING_HOURS": 24, "MOST_COUNTED": 1000, "MOST_WAITING": 50},
    "letters.words": {"MOST_UNCLEAR": 6, "MOST_ODD": 3},
    "requester": {"KNOWN_AFTER": 30 * DAY, "AFTER_AN_OBJECTION": QUARTER},
    "upkeep.announce": {
        "MOST_ALERTS": 20,
        "MOST_LOOKED_AT": 2000,
        "MOST_MAILS": 100,
        "PAUSE": HOUR / 12,
    },
    "upkeep.clock_check": {"STEP_TOLD": HOUR / 120, "FRESH": HOUR / 6},
    "upkeep.figures": {"AT_ONCE": 200, "LONGEST_HANDLED": HOUR / 2},
    "upkeep.personal_data": {"AT_ONCE": 100, "CERTIFICATES_KEPT": 500, "SHORTEST": 2},
    "upkeep.reconcile": {
        "LATE_AFTER": HOUR,
        "LOOKED_BACK": WEEK,
        "ROWS_BACK": 2 * WEEK,
        "MOST_LISTED": 10,
    },
    "window.process": {"AT_ONCE": 10},
}
"""What nobody configures, by module."""


def numbers(settings):
    return {
        one.name: (one.default, one.metadata.get("ge"), one.metadata.get("le"))
        for one in fields(settings)
        if isinstance(one.default, int)
    }


def test_each_number_and_its_bounds():
    assert Announcing().recipients == ()
    assert {one: numbers(one) for one in NUMBERS} == NUMBERS


def test_each_bound_that_nobody_configures():
    modules = {name: importlib.import_module(f"core.cases.{name}") for name in BOUNDS}
    assert {
        name: {bound: getattr(module, bound) for bound in BOUNDS[name]}
        for name, module in modules.items()
    } == BOUNDS


def test_two_people_approve_what_is_no_mere_finding():
    assert CaseSettings().approvals_required == APPROVALS
    assert {risk for risk, people in APPROVALS.items() if people != 2} == {Risk.REVIEW_FINDINGS}
    assert APPROVALS[Risk.REVIEW_FINDINGS] == 1
    described = CaseSettings.__dataclass_fields__["approvals_required"].metadata["description"]
    assert [risk for risk in Risk if f"{risk}: " not in described] == [], "say when each applies"


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
        Lane.NOTICE: Limit(200, 20, 50, leaves_a_share=True),
        Lane.NOTICE_UNPROVED: Limit(200, 20, 200, leaves_a_share=True),
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
