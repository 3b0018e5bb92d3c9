"""Lists name the reasons of a case in short, the weightiest first, one for each cause."""

from dataclasses import replace

import pytest

from core.cases.decision import batch_approval
from core.data.finding import Finding, Severity
from tests.cases.test_unseen import CASE
from web.console.reasons import reasons_of

REVIEW, REJECT, NOTE = Severity.REVIEW, Severity.REJECT, Severity.NOTE


def titles(*findings, look=()):
    case = replace(CASE, findings=findings)
    return [reason.title for reason in reasons_of(case, look)]


def test_the_weightiest_come_first():
    found = titles(
        Finding("match.seal", REVIEW, "印章不一致"),
        Finding("document.licence.missing", REJECT),
        Finding("document.seal.missing", REJECT),
        look=("非登记联系人", "检查结果 3 项须审阅"),
    )
    assert found == ["缺营业执照", "没有公章", "非登记联系人", "印章与执照不一致"]


def test_notes_are_no_reason():
    assert titles(Finding("attachment.several", NOTE)) == []


@pytest.mark.parametrize(
    ("finding", "look", "expected"),
    [
        (Finding("account.unknown", REVIEW), "账号未定", ["账号未定"]),
        (Finding("match.account", REVIEW), "账号未定", ["名称与代码指向不同账号"]),
        (
            Finding("request.unbind.ambiguous", REVIEW),
            "申请事项未定",
            ["是否解绑前后不一"],
        ),
        (Finding("sender.unregistered", REVIEW), "非登记联系人", ["非登记联系人"]),
    ],
)
def test_one_cause_is_one_reason(finding, look, expected):
    assert titles(finding, look=(look, "检查结果 1 项须审阅")) == expected


def test_an_abbreviation_in_the_mail_is_one_warning(harness, admin):
    harness.register(1, contact="handler1@example.com")
    case = harness.request(1, name="天津科汇环保")
    with harness.tx() as tx:
        look = batch_approval.looked_up(tx, [case])[case.id]
    assert [one.title for one in reasons_of(case, look)] == ["企业名称与执照不一致"]
    page = admin.get(f"/cases/{case.number}").text
    assert page.count("与执照上的“") == 1
    assert ("请核实后再批准" in page, "请核对是否选错" in page) == (False, False)
    assert "机检通过" not in page


def test_another_account_with_the_same_name_finding_is_still_told(harness):
    """The finding is about mail and licence; an account with another code is a cause of its own."""
    other = harness.register(2)
    harness.register(1)
    case = harness.request(1, name="天津科汇环保")
    with harness.tx() as tx:
        account = tx.accounts.get(other)
    assert batch_approval.is_another(case, account)
    assert batch_approval.is_another(replace(case, uscc=None), account)


def test_the_queue_lists_short_names(harness, admin):
    harness.register(1)
    harness.request(1, name="天津科汇环保")
    page = admin.get("/").text
    assert ">企业名称与执照不一致</span>" in page
    assert ">非登记联系人</span>" in page
    assert "项须审阅" not in page
