"""A certificate that ends is told 60, 30 and 7 days before,
by letter once each and on the pages."""

from datetime import timedelta

import pytest

from core.cases.accounts.account_notice import warn_of_endings
from core.data.enterprise import Binding
from core.data.letter import LetterKind
from tests.portal.test_contact import letters


@pytest.fixture
def until(harness):
    return harness.clock.now() + timedelta(days=61)


@pytest.fixture
def binding_id(harness, enterprise, until):
    with harness.tx() as tx:
        return tx.bindings.add(
            Binding(
                0,
                enterprise.id,
                "3F00ABCDEF",
                "测试CA",
                primary=True,
                system="s",
                bound_at=harness.clock.now(),
                valid_until=until,
            )
        )


def test_each_stage_is_told_once_and_a_missed_one_is_not_made_up(harness, binding_id, until):
    written = {}
    for days in (61, 60, 60, 59, 30, 8, 7, 1, 0, -1):
        harness.clock.at = until - timedelta(days=days)
        written.setdefault(days, []).append(warn_of_endings(harness.desk))
    assert {days: counts for days, counts in written.items() if any(counts)} == {
        60: [1, 0],
        30: [1],
        7: [1],
    }
    told = letters(harness, LetterKind.CERTIFICATE_ENDS)
    assert {letter.recipient for letter in told} == {"c@example.org"}
    assert "2027年1月25日" in told[0].rendered.text
    assert "主锁 测试CA，序列号末六位 ABCDEF" in told[0].rendered.text
    with harness.tx() as tx:
        assert [
            entry.detail["days"] for entry in tx.audit.entries() if entry.action == "lock.ending"
        ] == ["7", "30", "60"]


def test_a_desk_that_was_down_tells_the_nearest_stage_alone(harness, binding_id, until):
    harness.clock.at = until - timedelta(days=5)
    assert [warn_of_endings(harness.desk), warn_of_endings(harness.desk)] == [1, 0]


@pytest.mark.parametrize("state", ["lost", "ended", "unknown"])
def test_a_lock_that_is_not_used_is_not_told(harness, guest, enterprise, binding_id, until, state):
    with harness.tx() as tx:
        if state == "lost":
            tx.bindings.mark(binding_id, lost=True)
        elif state == "ended":
            tx.bindings.end([binding_id])
        else:
            tx.bindings.note_certificate(binding_id, "test", until + timedelta(days=900))
    harness.clock.at = until - timedelta(days=7)
    assert warn_of_endings(harness.desk) == 0
    guest.enter(harness, enterprise)
    assert "天到期" not in guest.get("/portal").text


def test_a_renewed_certificate_begins_anew(harness, binding_id, until):
    harness.clock.at = until - timedelta(days=7)
    assert warn_of_endings(harness.desk) == 1
    with harness.tx() as tx:
        tx.bindings.note_certificate(binding_id, "test", until)
    assert warn_of_endings(harness.desk) == 0, "the same end"
    with harness.tx() as tx:
        tx.bindings.note_certificate(binding_id, "test", until + timedelta(days=365))
    assert warn_of_endings(harness.desk) == 0
    harness.clock.at = until + timedelta(days=365 - 60)
    assert warn_of_endings(harness.desk) == 1


def test_without_an_address_the_page_says_it(harness, guest, enterprise, binding_id, until):
    from dataclasses import replace

    with harness.tx() as tx:
        tx.accounts.save(replace(enterprise, contact_email=""))
    guest.enter(harness, enterprise, binding_id)
    assert "天到期" not in guest.get("/portal").text
    for days, words in ((60, "还有 60 天到期"), (1, "还有 1 天到期"), (0, "已到期")):
        harness.clock.at = until - timedelta(days=days)
        assert warn_of_endings(harness.desk) == 0
        guest.enter(harness, enterprise, binding_id)
        for page in ("/portal", "/portal/locks"):
            assert f"主锁（末六位 ABCDEF）的证书{words}" in guest.get(page).text
        assert ("都已挂失或到期" in guest.get("/portal").text) == (days == 0)
    assert letters(harness, LetterKind.CERTIFICATE_ENDS) == []
