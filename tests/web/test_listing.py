"""Lists by their address: filters, order, search, and the way from case to case;
and what a batch will do, told before."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from itertools import pairwise

import pytest

from core.cases.decision import approve
from core.cases.upkeep.personal_data import purge_case
from core.data.case import State, amend
from core.data.case_query import Only
from core.data.letter import LetterState
from core.store.repositories.store_cases import CaseRows
from tests.drawing.people import invent_enterprise, invent_person
from tests.web.conftest import act, field
from tests.web.test_case_list import listed
from web.common.word_index import WordIndex, warm
from web.console.listing import ANY, MOST_SCANNED, Listing, Wanted, wanted_of


@pytest.fixture
def four(harness):
    """Clean, of a stranger whom nobody proves, without account, and clean with a mail that waits; a
    minute apart, the clean ones of their contacts."""
    cases = []
    for seed, authentication, contact in (
        (1, "pass", "handler1@example.com"),
        (2, "none", ""),
        (3, "pass", None),
        (4, "pass", "handler4@example.com"),
    ):
        if contact is not None:
            harness.register(seed, contact=contact)
        cases.append(harness.request(seed, authentication=authentication))
        harness.clock.at += timedelta(minutes=1)
    with harness.tx() as tx:
        [mail] = tx.mails.of_case(cases[3].id)
        tx.mails.save(replace(mail, unread=True))
    return cases


def found(harness, wanted, **changes):
    with harness.tx() as tx:
        return [case.id for case in Listing(wanted).piece(tx, 10, **changes).cases]


@pytest.mark.parametrize(
    ("only", "places"),
    [
        (set(), [0, 1, 2, 3]),
        ({Only.CHECKED}, [0]),
        ({Only.LOOK}, [1, 2, 3]),
        ({Only.STRANGER}, [1]),
        ({Only.NO_ACCOUNT}, [2]),
        ({Only.UNREAD}, [3]),
        ({Only.LOOK, Only.UNREAD}, [3]),
        ({Only.CHECKED, Only.UNREAD}, []),
    ],
)
def test_filters(harness, four, only, places):
    wanted = Wanted(only=frozenset(only))
    assert found(harness, wanted) == [four[place].id for place in places]
    assert wanted_of(wanted.query) == wanted, "the address says all of it"


def test_filters_and_case_page_agree_whatever_changes_beside_a_case(harness, admin, four):
    """What a list filters by stands in the row; what changes without the case
    is asked anew each time."""
    case, everything = four[0], sorted(one.id for one in four)
    with harness.tx() as tx:
        account, mail, lock = (
            tx.accounts.get(case.enterprise_id),
            tx.mails.of_case(case.id)[0],
            tx.bindings.of_enterprise(case.enterprise_id)[-1],
        )

    def agree():
        checked, look = (
            found(harness, Wanted(only=frozenset({only}))) for only in (Only.CHECKED, Only.LOOK)
        )
        assert sorted([*checked, *look]) == everything
        page = admin.get(f"/cases/{case.number}").text
        assert (case.id in checked) is ('<p class="fine">机检通过' in page)
        return case.id in checked

    def saved(**changes):
        return lambda tx: tx.accounts.save(replace(account, **changes))

    def changed(**changes):
        return lambda tx: tx.cases.save(
            amend(tx.cases.get(case.id), harness.clock.now(), **changes)
        )

    for change, back in (
        (saved(frozen_at=harness.clock.now()), saved()),
        (saved(name="另一家工程有限公司"), saved()),
        (saved(contact_email=""), saved()),
        (lambda tx: tx.mails.save(replace(mail, unread=True)), lambda tx: tx.mails.save(mail)),
        (
            lambda tx: tx.bindings.end([lock.id]),
            lambda tx: tx.bindings.restore(lock.id),
        ),
        (changed(objected_at=harness.clock.now()), changed(objected_at=None)),
        (changed(unbind=None), changed(unbind=True)),
        (changed(enterprise_id=None), changed(enterprise_id=account.id)),
        (changed(findings=harness.case(four[1].id).findings), changed(findings=case.findings)),
    ):
        assert agree()
        with harness.tx() as tx:
            change(tx)
        assert not agree()
        with harness.tx() as tx:
            back(tx)
    assert agree()


def test_window_day_and_order(harness, four):
    day = four[0].window_date
    assert len(found(harness, Wanted(window=day))) == 4
    assert found(harness, Wanted(window=day + timedelta(days=1))) == []
    assert len(found(harness, Wanted(received=day))) == 4
    assert found(harness, Wanted(received=day - timedelta(days=1))) == []
    assert found(harness, Wanted(sort="newest")) == [case.id for case in reversed(four)]
    assert found(harness, Wanted(state=ANY)) == [case.id for case in reversed(four)]


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("only", [frozenset(), frozenset({Only.LOOK})])
def test_pages_and_neighbours_go_through_a_list_once_in_its_order(harness, four, newest, only):
    wanted = Wanted(only=only, sort="newest" if newest else "")
    whole, walked, beyond = found(harness, wanted), [], None
    with harness.tx() as tx:
        while True:
            part = Listing(wanted).piece(tx, 1, beyond=beyond)
            walked += [case.id for case in part.cases]
            if part.behind is None:
                break
            beyond = part.behind
        assert walked == whole
        for before, behind in pairwise(whole):
            assert Listing(wanted).neighbour(tx, tx.cases.get(before)).id == behind
            assert Listing(wanted).neighbour(tx, tx.cases.get(behind), backwards=True).id == before
        assert Listing(wanted).neighbour(tx, tx.cases.get(whole[-1])) is None


def test_a_case_without_a_window_comes_last_and_a_case_that_left_keeps_its_place(harness, four):
    approve.hold(harness.desk, four[0].id, four[0].version, "li", "核实")
    with harness.tx() as tx:
        assert Listing(Wanted()).neighbour(tx, four[0]).id == four[1].id
        tx.cases.save(
            amend(
                harness_case := tx.cases.get(four[1].id), harness.clock.now(), window_opens_at=None
            )
        )
        assert [case.id for case in Listing(Wanted()).piece(tx, 10).cases] == [
            four[2].id,
            four[3].id,
            harness_case.id,
        ]


def test_a_filter_that_finds_little_says_where_it_goes_on(harness, four, monkeypatch):
    monkeypatch.setattr("web.console.listing.CHUNK", 1)
    monkeypatch.setattr("web.console.listing.MOST_SCANNED", 2)
    with harness.tx() as tx:
        part = Listing(Wanted(only=frozenset({Only.UNREAD, Only.LOOK}))).piece(tx, 10)
        assert (part.whole, part.cases) == (True, [tx.cases.get(four[3].id)]), (
            "the store finds unread mails"
        )
        part = Listing(Wanted(only=frozenset({Only.STRANGER}))).piece(tx, 10)
        assert (part.whole, [case.id for case in part.cases]) == (True, [four[1].id]), (
            "and what a case says of itself"
        )
        part = Listing(Wanted(only=frozenset({Only.LOOK}))).piece(tx, 10)
    assert (part.whole, [case.id for case in part.cases], part.behind.id) == (
        False,
        [four[1].id],
        four[1].id,
    )
    assert MOST_SCANNED >= 1000


@pytest.mark.parametrize(
    "address",
    ["/?only=none", "/?window=x", "/?received=2026-13-01", "/?state=none", "/?only=" + "x" * 999],
)
def test_what_is_no_list_is_not_found(admin, address):
    assert admin.get(address).status_code in {400, 404}


@pytest.mark.parametrize(
    "text", ["", "x" * 400, "only=none", "state=<b>", "window=yesterday", "%00"]
)
def test_a_strange_list_in_a_form_is_none(text):
    assert wanted_of(text) in {None, Wanted()}


def test_words_find_cases(harness, admin, four):
    firm, person = invent_enterprise(1), invent_person(1)
    for words in (
        firm.name,
        firm.name[2:6],
        firm.uscc,
        firm.uscc[-6:].lower(),
        "HANDLER1@example",
        person.name,
        four[0].number[-3:],
        "3F000000010",
        "000010",
    ):
        assert listed(admin.get("/", params={"state": "any", "find": words})) == [four[0].number], (
            words
        )
    assert (
        admin.get("/find", params={"words": f" {four[0].number.lower()} "}).headers["location"]
        == f"/cases/{four[0].number}"
    )
    for words in (firm.name[0], "没有这家企业", "'; drop table cases", "%", "x" * 80):
        assert listed(admin.get("/", params={"state": "any", "find": words})) == []


@pytest.fixture
def index(harness, monkeypatch):
    monkeypatch.setattr("web.common.word_index.AT_ONCE", 2)
    return WordIndex(harness.desk)


def test_all_words_and_serials_are_read_piece_by_piece(harness, four, index):
    assert index.look(invent_enterprise(4).name).cases == [four[3].id]
    assert index.look("3F000000041").cases == [four[3].id], "the last lock"


def test_words_are_read_in_the_background_so_that_no_search_waits(
    harness, four, index, monkeypatch
):
    warm(index).join(timeout=40)
    monkeypatch.setattr(CaseRows, "by_ids", None)
    assert index.look(invent_enterprise(1).name).cases == [four[0].id]


def test_what_the_background_cannot_read_the_search_reads(harness, four, index, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(CaseRows, "by_ids", None)
        warm(index).join(timeout=40)
    assert index.look(invent_enterprise(1).name).cases == [four[0].id]


def test_nothing_that_is_looked_for_goes_over_two_fields(harness, four, index):
    firm = invent_enterprise(1)
    assert index.look(f"{firm.name[-1]}{firm.uscc[0]}").cases == []


def test_what_changed_is_found_anew_and_what_was_removed_no_more(harness, admin, four):
    name = invent_person(1).name
    assert listed(admin.get("/", params={"state": "any", "find": name})) == [four[0].number]
    answer = act(admin, four[0], "decline", reason="执照已注销")
    assert answer.status_code == 303
    with harness.tx() as tx:
        for letter in tx.letters.newest(case_id=four[0].id):
            tx.letters.save(replace(letter, state=LetterState.SENT, sent_at=harness.clock.now()))
    assert purge_case(harness.desk, four[0].id, "wang")
    assert listed(admin.get("/", params={"state": "any", "find": name})) == []
    assert listed(admin.get("/", params={"state": "any", "find": invent_enterprise(1).name})) == [
        four[0].number
    ]


def decide(admin, case, verb, in_list, **fields):
    page = admin.see(f"/cases/{case.number}").text
    return admin.submit(
        f"/cases/{case.number}/{verb}",
        version=field(page, "version"),
        list=in_list,
        **fields,
    )


def test_after_a_decision_the_next_case_of_the_list_comes_up(harness, admin, four):
    query = Wanted(only=frozenset({Only.LOOK})).query
    first = decide(admin, four[1], "hold", query, reason="核实")
    assert unescape(first.headers["location"]).startswith(f"/cases/{four[2].number}?list=")
    page = admin.get(first.headers["location"]).text
    assert f'已暂缓。 <a href="/cases/{four[1].number}">' in page
    assert 'data-key="j"' in page
    decide(admin, four[2], "hold", query, reason="核实")
    last = decide(admin, four[3], "hold", query, reason="核实")
    assert last.headers["location"] == f"/?{query}", "after the last one the list"


def test_a_refused_act_stays_at_its_case_and_in_its_list(harness, admin, four):
    answer = decide(admin, four[1], "hold", Wanted().query, reason=" ")
    assert answer.status_code == 409
    assert f'name="list" value="{Wanted().query}"' in answer.text


def test_a_batch_says_what_it_will_do_before_it_does_it(harness, admin, four):
    harness.register(9, contact="handler9@example.com")
    other = harness.request(9)
    admin.see(f"/cases/{other.number}")
    admin.see("/")
    chosen = [
        f"{four[0].id}:{four[0].version},{other.id}:{other.version}",
        f"{four[1].id}:{four[1].version}",
    ]
    told = admin.see_after("/batch", seen=chosen, list=Wanted().query)
    text = re.sub(r"<[^>]+>|\s", "", told.text)
    assert "工单2件" in text
    assert "解除绑定4个锁" in text
    assert "发出2封" in text
    assert "1件您没有打开看过" in text
    assert f"{four[1].number}" in text.partition("不会批准")[2]
    assert {harness.case(case.id).state for case in (four[0], other, four[1])} == {State.QUEUED}
    seen = re.search(r'name="seen" value="([^"]+)"', told.text)[1]
    assert admin.submit("/approve", seen=seen).headers["location"] == "/"
    assert [harness.case(case.id).state for case in (four[0], other, four[1])] == [
        State.APPROVED,
        State.APPROVED,
        State.QUEUED,
    ]
    again = admin.submit("/approve", seen=seen)
    assert again.status_code == 409, "a second sending decides nothing twice"
    assert "已办 0 件，未办 2 件" in again.text


@pytest.mark.parametrize("path", ["/batch", "/approve", "/revoke"])
def test_ten_thousand_are_refused_whole(harness, admin, queued, path):
    admin.see("/")
    answer = admin.submit(
        path,
        seen=",".join(
            [f"{queued.id}:{queued.version}", *(f"{number}:1" for number in range(100, 10_099))]
        ),
    )
    assert answer.status_code == 409
    assert "所选 10000 件，未处理任何工单" in answer.text
    assert harness.case(queued.id) == queued


def test_an_approval_is_taken_back_until_its_window(harness, admin, four):
    approve.approve_batch(harness.desk, [(four[0].id, four[0].version)], "wang")
    approved = harness.case(four[0].id)
    assert act(admin, approved, "revoke").status_code == 303
    back = harness.case(four[0].id)
    assert (back.state, back.approved_by, back.window_date) == (
        State.QUEUED,
        "",
        approved.window_date,
    )
    assert "撤销批准" in admin.see(f"/cases/{back.number}").text
    assert act(admin, back, "revoke").status_code == 409
    approve.approve_batch(harness.desk, [(back.id, back.version)], "wang")
    again = harness.case(back.id)
    admin.see("/?state=approved")
    assert (
        admin.submit("/revoke", seen=f"{again.id}:{again.version}", list="state=approved").headers[
            "location"
        ]
        == "/?state=approved"
    )
    assert harness.case(back.id).state is State.QUEUED


def test_who_else_looks_at_a_case_is_said(harness, admin, queued):
    page = admin.get(f"/cases/{queued.number}").text
    assert "也打开了" not in page
    harness.app.state.site.presence.look(queued.id, queued.version, "li", harness.clock.now())
    assert "li 也打开了这件工单" in admin.get(f"/cases/{queued.number}").text
    said = admin.get(f"/cases/{queued.number}/present?version={queued.version}").json()
    assert said == {"others": ["li"], "changed": False}
    harness.clock.at += timedelta(minutes=1)
    approve.hold(harness.desk, queued.id, queued.version, "li", "核实")
    assert admin.get(f"/cases/{queued.number}/present?version={queued.version}").json() == {
        "others": [],
        "changed": True,
    }
