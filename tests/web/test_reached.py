"""A stranger's case on its page: how the enterprise was reached is asked, kept and shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.desk import CaseSettings
from core.data.case import ContactedBy, State
from core.data.letter import LetterKind, LetterState
from core.data.submission import Answer
from tests.web.conftest import Visitor, act, field
from tests.web.harness import Harness
from web.application import create_app
from web.common.site import Site


@pytest.fixture
def harness(tmp_path):
    """A site with the settings that a centre has from the start."""
    harness = Harness(tmp_path)
    harness.desk = replace(harness.desk, settings=CaseSettings())
    harness.app = create_app(Site(harness.desk, harness.settings, factors=harness.factors))
    yield harness
    harness.store.close()


@pytest.fixture
def case(harness):
    harness.register(1)
    return harness.request(1, reset=Answer.NO)


def test_the_page_names_who_asks_the_number_and_the_time(harness, admin, case):
    page = admin.get(f"/cases/{case.number}").text
    for words in ("非登记联系人", "登记电话 010-00000000", "2026-11-25 12:00 之后才能办理"):
        assert words in page
    assert 'value="2026-11-25T10:00"' in page
    queue = admin.get("/").text
    assert "非登记联系人" in queue
    assert f'value="{case.id}:{case.version}"' not in queue, "it cannot be ticked"


def test_a_notice_that_has_not_left_yet_says_from_when_on(harness, admin, case):
    later = harness.clock.at + timedelta(minutes=20)
    with harness.tx() as tx:
        letters = tx.letters.newest(case_id=case.id)
        [notice] = [one for one in letters if one.kind is LetterKind.CONTACT_NOTICE]
        tx.letters.save(replace(notice, state=LetterState.PENDING, sent_at=None, next_try_at=later))
    page = admin.get(f"/cases/{case.number}").text
    assert "核对通知尚未发出（2026-11-25 10:20 起发送）" in page
    assert "无法送达" not in page


def test_an_approval_without_it_is_refused_and_keeps_what_was_typed(harness, admin, case):
    refused = act(admin, case, "approve", contacted_by="other", contacted_whom="李四 <b>")
    assert (refused.status_code, "写明方式和理由" in refused.text) == (409, True)
    assert "李四 &lt;b&gt;" in refused.text
    assert act(admin, case, "approve").status_code == 409
    assert harness.case(case.id).state is State.QUEUED


@pytest.mark.parametrize("wrong", [{"contacted_by": "x"}, {"contacted_at": "gestern"}])
def test_nonsense_is_refused_in_words(harness, admin, case, wrong):
    sent = {"contacted_by": "telephone", "contacted_whom": "王会计", **wrong}
    refused = act(admin, case, "approve", **sent)
    assert (refused.status_code, "填写有误" in refused.text) == (409, True)


def test_what_was_reached_is_shown_with_the_case_and_in_the_list(harness, admin, case):
    act(
        admin,
        case,
        "approve",
        contacted_by="telephone",
        contacted_whom="王会计",
        contacted_at="2026-11-25T10:00",
    )
    approved = harness.case(case.id)
    assert (approved.state, approved.reached.by) == (State.APPROVED, ContactedBy.TELEPHONE)
    assert "已核实：登记电话" in admin.get("/?state=approved").text
    page = admin.get(f"/cases/{case.number}").text
    assert "王会计" in page
    assert "2026-11-25 12:00（此前登记联系人可提出异议）" in page


def test_the_contact_confirms_on_the_page_of_the_link_and_never_by_opening_it(harness, case):
    notice = harness.letter("contact_notice")
    with harness.tx() as tx:
        link = f"/link/{tx.links.token(notice.link_id)}"
    contact = Visitor(harness.app)
    page = contact.see(link)
    for words in ("是我单位申请的", "不是，提出异议", "h***1@e***e.com", "是否解绑", case.number):
        assert words in page.text
    assert case.sender not in page.text
    assert harness.case(case.id) == case
    version = field(page.text, "version")
    assert "已有变化" in contact.submit(link, answer="confirm", version=int(version) - 1).text
    assert "已确认" in contact.submit(link, answer="confirm", version=version).text
    assert harness.case(case.id).confirmed_at
    assert "异议已收到" in contact.submit(link, answer="object").text
    assert harness.case(case.id).state is State.HELD
