"""The lists of cases, and batches that are approved from them."""

import re
from dataclasses import replace
from datetime import time, timedelta
from html import unescape

import pytest

from core.cases.decision import approve
from core.data.case import State, amend
from core.data.finding import Finding, Severity
from core.data.letter import LetterState
from core.data.roles import Role
from core.data.submission import Answer
from tests.web.conftest import Visitor, someone
from tests.web.harness import Harness
from tests.world import decline
from web.application import create_app
from web.common.site import Site


def test_the_queue_shows_the_case_under_its_window_with_id_and_version(admin, own):
    text = admin.get("/").text
    assert f'value="{own.id}:{own.version}"' in text
    assert own.enterprise_name in text
    assert "与申请中的不同" not in admin.get(f"/cases/{own.number}").text
    assert f"窗口 {own.window_date:%Y-%m-%d} 周三" in text


def test_two_windows_a_day_are_two_groups_and_agree_with_the_first_page(harness, queued):
    """Both counted, the list by day and 今日 by window; neither showed the hours."""
    workdays = harness.desk.workdays
    hours = (*workdays.hours, (time(15, 30), time(16)))
    harness.desk = replace(harness.desk, workdays=replace(workdays, hours=hours))
    harness.app = create_app(Site(harness.desk, harness.settings, factors=harness.factors))
    harness.clock.at += timedelta(hours=2)
    harness.register(2)
    harness.request(2)
    harness.clock.at -= timedelta(hours=2)
    admin = someone(harness, "li", Role.APPROVER)
    counts = re.findall(r"窗口 (2026-11-25 周三 [\d:—]+)\S*\s+<small>(\d+) 件", admin.get("/").text)
    assert counts == [
        ("2026-11-25 周三 11:00—11:30", "1"),
        ("2026-11-25 周三 15:30—16:00", "1"),
    ]
    page = admin.get("/today").text
    assert '<span data-show="queued">1</span>' in page
    assert "窗口 2026-11-25 周三 15:30—16:00" in page


def test_notes_do_not_keep_what_needs_a_look_off_the_queue(harness, admin, queued):
    notes = tuple(Finding(f"note.{n}", Severity.NOTE, f"提示{n}") for n in range(3))
    with harness.tx() as tx:
        tx.cases.save(
            amend(
                queued,
                harness.clock.now(),
                findings=(*notes, Finding("match.seal", Severity.REVIEW, "印章不一致")),
            )
        )
    text = admin.get("/").text
    assert "印章不一致" in text
    assert "提示0" not in text


def test_tabs_count_and_filter(harness, admin, queued):
    approve.hold(harness.desk, queued.id, queued.version, "li", "核实")
    assert queued.number not in admin.get("/").text
    held = admin.get("/?state=held").text
    assert queued.number in held
    assert re.search(r"暂缓（待核实）<span>1</span>", held)


def test_cases_without_account_or_settled_request_cannot_be_ticked(harness, admin, queued):
    unknown, unsure = (
        harness.request(2),
        harness.request(1, reset=Answer.AMBIGUOUS, name=queued.enterprise_name),
    )
    text = admin.get("/").text
    assert unknown.number in text
    assert f'value="{unknown.id}:' not in text
    assert f'value="{unsure.id}:{harness.case(unsure.id).version}"' not in text


def test_a_batch_approves_what_was_seen_and_tells_the_rest(harness, admin, own):
    harness.register(2, contact="handler2@example.com")
    other = harness.request(2)
    admin.see("/")
    approve.hold(harness.desk, other.id, other.version, "li", "核实")
    answer = admin.submit(
        "/approve", seen=[f"{own.id}:{own.version}", f"{other.id}:{other.version}"]
    )
    assert answer.status_code == 409
    assert "已办 1 件，未办 1 件" in answer.text
    assert harness.case(own.id).state is State.APPROVED
    assert harness.case(own.id).approved_by == "wang"
    assert harness.case(other.id).state is State.HELD


def test_a_batch_without_trouble_goes_back_to_the_queue(harness, admin, own):
    admin.see("/")
    assert admin.submit("/approve", seen=[f"{own.id}:{own.version}"]).headers["location"] == "/"
    nothing = admin.submit("/approve").text
    assert "没有选择工单" in nothing
    assert "<table" not in nothing


@pytest.mark.parametrize("seen", ["x", "1", "1:x", "-1:2", "9999:1", "1:1:1", "9" * 40 + ":1"])
def test_a_batch_of_nonsense_approves_nothing(harness, admin, queued, seen):
    admin.see("/")
    assert admin.submit("/approve", seen=[seen]).status_code == 404
    assert harness.case(queued.id) == queued


def test_cases_to_be_answered_by_hand_have_their_list(harness, admin, queued):
    with harness.tx() as tx:
        tx.cases.save(replace(queued, by_hand=True, version=queued.version + 1))
    assert queued.number in admin.get("/?state=by_hand").text
    assert "请人工答复" in admin.get(f"/cases/{queued.number}").text


def test_a_case_is_found_by_its_number(admin, queued):
    assert (
        admin.get(f"/find?words=+{queued.number.lower()}+").headers["location"]
        == f"/cases/{queued.number}"
    )
    assert "没有找到" in admin.get("/find?words=JB1").text


@pytest.fixture
def three(tmp_path):
    """A console that shows two rows a page, three complete requests, and one who is logged in."""
    harness = Harness(tmp_path, page_rows=2)
    harness.administrator()
    admin = Visitor(harness.app)
    admin.log_in()
    cases = []
    for seed in range(3):
        harness.register(seed)
        cases.append(harness.request(seed))
        harness.clock.at += timedelta(minutes=1)
    yield harness, admin, cases
    harness.store.close()


def listed(page):
    return re.findall(r'href="/cases/(JB[\d-]+)', page.text)


def test_the_longest_wait_comes_first_and_the_heading_counts_its_whole_window(three):
    _, admin, cases = three
    first = admin.get("/")
    second = admin.get(unescape(re.search(r'rel="next" href="(/[^"]+)"', first.text)[1]))
    assert listed(first) + listed(second) == [case.number for case in cases]
    assert "3 件，本页 2 件" in first.text
    assert "3 件，本页 1 件" in second.text


def test_ended_cases_are_listed_from_the_newest_and_go_on_with_older_ones(three):
    harness, admin, cases = three
    for case in cases:
        decline(harness.desk, case.id, case.version, "wang", "x")
    newest = admin.get("/?state=declined")
    assert listed(newest) == [cases[2].number, cases[1].number]
    assert "共 3 件" in newest.text
    [older] = re.findall(r'href="(/[^"]*after=\d+)"', newest.text)
    assert listed(admin.get(unescape(older))) == [cases[0].number]
    assert "after=" not in admin.get(unescape(older)).text


def test_older_letters_can_be_reached(three):
    harness, admin, _ = three
    with harness.tx() as tx:
        ids = [letter.id for letter in tx.letters.newest(state=[LetterState.PENDING])]
    assert len(ids) == 3
    newest = admin.get("/letters?state=pending").text
    [older] = re.findall(r'href="(/letters[^"]*before=\d+)"', newest)
    assert newest.count("<article") == 2
    assert admin.get(unescape(older)).text.count("<article") == 1
