"""Every route and every role: who may, who may not;
and what becomes of a role that is taken away."""

import re
from dataclasses import replace

import pytest

from core.cases.desk import Risk
from core.data.case import State
from core.data.case_ports import MORE
from core.data.roles import RIGHTS, Right, Role
from core.store.repositories.store_records import MOST_OF_A_FAMILY
from tests.web.conftest import Visitor, act, someone, with_roles
from tests.web.harness import PASSWORD
from tests.web.test_guard import filled, routes
from web.application import create_app
from web.common.rights import NEEDED
from web.common.site import Site

NO_RIGHT = "须有“"


def all_routes(app):
    return {f"{method} {path}" for method in ("GET", "POST") for path in routes(app, method)}


def test_each_route_has_its_row_and_each_row_its_route(harness):
    routes = all_routes(harness.app)
    assert routes - NEEDED.keys() == set(), "web/common/rights.py: each route below its right"
    assert NEEDED.keys() - routes == set(), "web/common/rights.py: rows of no route"


@pytest.mark.parametrize("role", list(Role))
def test_each_route_asks_for_its_right(harness, queued, role):
    visitor = someone(harness, "li", role)
    for route, right in sorted(NEEDED.items()):
        method, path = route.split()
        if path in {"/logout", "/password"} or path.startswith("/second-factor"):
            continue
        address = filled(path)
        answer = (
            visitor.get(address)
            if method == "GET"
            else visitor.post(
                address, data={"csrf": visitor.csrf, "version": "999", "seen": "999:1"}
            )
        )
        refused = answer.status_code == 403 and NO_RIGHT in answer.text
        assert (method, path, refused) == (
            method,
            path,
            right is not None and right not in RIGHTS[role],
        )


def test_roles_are_what_the_words_say():
    assert {role: sorted(rights) for role, rights in RIGHTS.items() if Right.APPROVE in rights} == {
        Role.APPROVER: sorted(RIGHTS[Role.APPROVER])
    }
    assert Right.READ not in RIGHTS[Role.SYSTEM]
    assert (
        RIGHTS[Role.AUDITOR] & {Right.REVIEW, Right.APPROVE, Right.ACCOUNTS, Right.PEOPLE}
        == frozenset()
    )


def test_who_may_not_see_what_is_covered_is_told_so(harness, queued):
    reviewer, auditor = someone(harness, "li", Role.REVIEWER), someone(harness, "sun", Role.AUDITOR)
    path, told = f"/cases/{queued.number}", "已遮盖，您的角色不能显示"
    assert told in auditor.get(path).text
    assert told not in reviewer.get(path).text


def test_a_new_route_is_refused_until_somebody_decides_who_may(harness, admin, monkeypatch):
    monkeypatch.setattr("web.common.rights.NEEDED", {})
    assert admin.get("/mails").status_code == 403


def test_a_role_taken_away_counts_at_the_next_request(harness, queued):
    li = someone(harness, "li", Role.APPROVER)
    li.see(f"/cases/{queued.number}")
    with_roles(harness, "li", Role.REVIEWER)
    refused = li.submit(f"/cases/{queued.number}/approve", version=queued.version)
    assert (refused.status_code, "批准人" in refused.text) == (403, True)
    assert harness.case(queued.id).state is State.QUEUED
    assert "由批准人批准" in li.see(f"/cases/{queued.number}").text
    with_roles(harness, "li", Role.APPROVER)
    assert li.submit(f"/cases/{queued.number}/approve", version=queued.version).status_code == 303
    assert harness.case(queued.id).state is State.APPROVED


@pytest.mark.parametrize("answer", ["decline", "withdraw"])
def test_a_reviewer_ends_no_case(harness, queued, answer):
    li = someone(harness, "li", Role.REVIEWER)
    li.see(f"/cases/{queued.number}")
    assert (
        li.submit(
            f"/cases/{queued.number}/{answer}", version=queued.version, reason="x"
        ).status_code
        == 403
    )
    assert harness.case(queued.id) == queued
    assert (
        li.submit(
            f"/cases/{queued.number}/return", version=queued.version, reason="请补充公章"
        ).status_code
        == 303
    )


@pytest.mark.parametrize("decision", ["decline", "withdraw", "approve"])
@pytest.mark.parametrize("act", ["undo", "hold", "return"])
def test_who_undoes_a_decision_needs_the_right_that_it_needed(harness, queued, decision, act):
    li, wang = someone(harness, "li", Role.REVIEWER), someone(harness, "wang", Role.APPROVER)
    wang.see(f"/cases/{queued.number}")
    assert (
        wang.submit(
            f"/cases/{queued.number}/{decision}", version=queued.version, reason="不符"
        ).status_code
        == 303
    )
    decided = harness.case(queued.id)
    assert f'/cases/{queued.number}/{act}"' not in li.see(f"/cases/{queued.number}").text
    refused = li.submit(
        f"/cases/{queued.number}/{act}", version=decided.version, reason="请补充公章"
    )
    assert (refused.status_code, NO_RIGHT in refused.text) == (403, True)
    assert harness.case(queued.id) == decided
    if (act == "undo") is (decision != "approve"):
        wang.see(f"/cases/{queued.number}")
        assert (
            wang.submit(
                f"/cases/{queued.number}/{act}", version=decided.version, reason="请补充公章"
            ).status_code
            == 303
        )


def test_a_reviewer_undoes_what_a_reviewer_may_do(harness, queued):
    li = someone(harness, "li", Role.REVIEWER)
    li.see(f"/cases/{queued.number}")
    assert (
        li.submit(
            f"/cases/{queued.number}/return", version=queued.version, reason="请补充公章"
        ).status_code
        == 303
    )
    assert f'/cases/{queued.number}/undo"' in li.see(f"/cases/{queued.number}").text
    assert (
        li.submit(
            f"/cases/{queued.number}/undo", version=harness.case(queued.id).version
        ).status_code
        == 303
    )
    assert harness.case(queued.id).state is State.QUEUED


def test_pages_offer_what_may_be_done(harness, queued):
    shown = {role: someone(harness, role, role).get("/password").text for role in Role}
    menus = {role: re.findall(r'<a href="(/\w*)" ', text) for role, text in shown.items()}
    assert menus[Role.SYSTEM] == ["/today", "/alerts", "/calendar", "/people", "/password"]
    assert "/people" not in menus[Role.APPROVER]
    auditor = someone(harness, "auditor2", Role.AUDITOR)
    shown = auditor.get(f"/cases/{queued.number}").text
    assert (' id="act"' in shown, 'type="checkbox"' in shown) == (False, False)
    assert 'name="seen"' not in someone(harness, "reviewer2", Role.REVIEWER).get("/").text


def test_the_menu_goes_by_the_rights_of_the_routes(harness, monkeypatch):
    auditor = someone(harness, "sun", Role.AUDITOR)
    assert '<a href="/alerts"' not in auditor.get("/password").text
    monkeypatch.setitem(NEEDED, "GET /alerts", Right.AUDIT)
    assert '<a href="/alerts"' in auditor.get("/password").text


def test_who_may_not_see_cases_comes_to_a_page_of_his_own(harness):
    harness.administrator("li")
    with_roles(harness, "li", Role.SYSTEM)
    visitor = Visitor(harness.app)
    assert visitor.get(visitor.log_in("li").headers["location"]).status_code == 200


def test_two_people_approve_from_their_pages(harness):
    two = {Risk.STRANGER_RESET: 2}
    harness.desk = replace(
        harness.desk, settings=replace(harness.desk.settings, approvals_required=two)
    )
    harness.app = create_app(Site(harness.desk, harness.settings, factors=harness.factors))
    harness.register(1)
    case = harness.request(1, authentication="none")
    wang, li = someone(harness, "wang", Role.APPROVER), someone(harness, "li", Role.APPROVER)
    page = wang.see(f"/cases/{case.number}").text
    assert "须由两人批准：非登记联系人要求重置密码" in page
    here = f"/cases/{case.number}"
    assert act(wang, case, "approve", looked="1").headers["location"] == here
    assert "wang 已批准，须由他人批准" in wang.get("/today").text
    waiting = li.get("/today").text
    assert (f'href="/cases/{case.number}"' in waiting, "等第二名批准人" in waiting) == (True, True)
    assert "wang</strong> 已批准" in li.see(here).text
    again = act(wang, case, "approve", looked="1")
    assert (again.status_code, "您已批准" in again.text) == (409, True)
    assert act(li, case, "approve", looked="1").headers["location"] == here
    assert harness.case(case.id).approved_by == "wang、li"
    assert "等第二名批准人" not in li.get("/today").text


class TestPeople:
    """The page of administrators."""

    @pytest.fixture
    def system(self, harness):
        visitor = someone(harness, "zhao", Role.SYSTEM)
        visitor.see("/people")
        return visitor

    def held(self, harness, name):
        with harness.tx() as tx:
            return tx.administrators.by(name=name)

    def test_an_account_is_made_with_roles_and_its_password_shown_once(
        self, harness, system, visitor
    ):
        page = system.submit("/people", name="孙丽", role=["reviewer", "auditor"]).text
        password = re.search(r'class="secret">([^<]+)<', page)[1]
        assert " data-done>" in page, "what was typed is not put back"
        assert self.held(harness, "孙丽").roles == {Role.REVIEWER, Role.AUDITOR}
        assert password not in system.see("/people").text
        assert visitor.log_in("孙丽", password).headers["location"] == "/password"

    @pytest.mark.parametrize(
        ("name", "role", "said"),
        [
            ("孙丽", [], "至少选择一个角色"),
            ("zhao", ["system"], "已存在"),
            ("", ["system"], "管理员名"),
        ],
    )
    def test_what_cannot_be_made_is_said_and_what_was_typed_stays(
        self, harness, system, name, role, said
    ):
        answer = system.submit("/people", name=name, role=role)
        assert (answer.status_code, said in answer.text, f'value="{name}"' in answer.text) == (
            409,
            True,
            True,
        )

    def test_roles_change_and_the_audit_says_from_what(self, harness, system):
        li = someone(harness, "li", Role.APPROVER)
        assert (
            system.submit(
                f"/people/{self.held(harness, 'li').id}/roles", role=["auditor"]
            ).status_code
            == 303
        )
        assert li.get("/mails").status_code == 200
        assert li.submit("/approve").status_code == 403
        with harness.tx() as tx:
            entry = tx.audit.entries(limit=1)[0]
        assert (entry.actor, entry.action, entry.detail) == (
            "zhao",
            "administrator.roles",
            {"name": "li", "roles": "auditor", "before": "approver"},
        )

    def test_colleagues_are_told_of_what_makes_an_approver(self, harness, system):
        """One person with the role could else be both of two approvers."""
        wang = someone(harness, "wang", Role.APPROVER)
        someone(harness, "li", Role.APPROVER)
        system.submit("/people", name="孙丽", role=["approver"])
        system.submit(f"/people/{self.held(harness, 'li').id}/reset")
        system.submit("/people", name="赵审计", role=["auditor"])
        seen = wang.see("/alerts").text
        assert "zhao 为可以批准工单的管理员 孙丽 新建了账号" in seen
        assert "zhao 为可以批准工单的管理员 li 重新签发了密码" in seen
        assert "赵审计" not in seen

    def test_who_makes_an_approver_of_himself_is_told_too(self, harness, system):
        own = self.held(harness, "zhao").id
        system.submit(f"/people/{own}/roles", role=["system", "approver"])
        assert "zhao 为可以批准工单的管理员 zhao 修改了角色" in system.see("/alerts").text

    def test_who_makes_an_approver_clears_no_alert_of_it(self, harness, system):
        """Nor do the accounts themselves, of which he knows the passwords."""
        wang, li, sun = (someone(harness, one, Role.APPROVER) for one in ("wang", "li", "sun"))
        accounts = [self.held(harness, one).id for one in ("li", "sun")]
        for account in accounts:
            system.submit(f"/people/{account}/roles", role=["approver", "reviewer"])
        for visitor, answer in ((system, 409), (li, 409), (sun, 409), (wang, 303)):
            visitor.see("/alerts")
            for account in accounts:
                cleared = visitor.submit(
                    "/alerts/clear", kind=f"people.{account}", seen=harness.clock.now()
                )
                assert cleared.status_code == answer

    def test_nor_by_an_account_that_he_made_for_it(self, harness, system):
        someone(harness, "wang", Role.APPROVER)
        system.submit("/people", name="孙丽", role=["approver"])
        helper = someone(harness, "li", Role.AUDITOR)
        system.submit(f"/people/{self.held(harness, 'li').id}/roles", role=["reviewer"])
        helper.see("/alerts")
        for one in ("孙丽", "li"):
            kind = f"people.{self.held(harness, one).id}"
            assert (
                helper.submit("/alerts/clear", kind=kind, seen=harness.clock.now()).status_code
                == 409
            )

    def test_nor_by_what_somebody_did_after_him(self, harness, system):
        """An alert keeps all that was done to the account, and each is announced."""
        someone(harness, "wang", Role.APPROVER)
        qian = someone(harness, "qian", Role.SYSTEM)
        system.submit("/people", name="孙丽", role=["approver"])
        account = self.held(harness, "孙丽").id
        with harness.tx() as tx:
            tx.alerts.set_columns([f"people.{account}"], announced=True)
        for _ in range(2):
            qian.submit(f"/people/{account}/reset")
        seen = qian.see("/alerts").text
        assert "zhao 为可以批准工单的管理员 孙丽 新建了账号。qian 为" in seen
        assert (seen.count("重新签发了密码"), seen.count("不是商定的")) == (1, 1)
        for visitor in (system, qian):
            visitor.see("/alerts")
            kind = f"people.{account}"
            assert (
                visitor.submit("/alerts/clear", kind=kind, seen=harness.clock.now()).status_code
                == 409
            )
        with harness.tx() as tx:
            assert [one.kind for one in tx.alerts.unannounced(9)] == [f"people.{account}"]

    def test_nor_by_many(self, harness, system):
        for number in range(MOST_OF_A_FAMILY + 1):
            system.submit("/people", name=f"li{number}", role=["approver"])
        with harness.tx() as tx:
            assert tx.alerts.by(kind=f"people.{MORE}") is None

    def test_where_all_are_involved_somebody_clears_it(self, harness, system):
        someone(harness, "li", Role.APPROVER)
        kind = f"people.{self.held(harness, 'li').id}"
        system.submit(f"/people/{self.held(harness, 'li').id}/reset")
        assert (
            system.submit("/alerts/clear", kind=kind, seen=harness.clock.now()).status_code == 303
        )

    def test_nobody_takes_the_last_right_from_himself(self, harness, system):
        own = self.held(harness, "zhao").id
        assert system.submit(f"/people/{own}/roles", role=["reviewer"]).status_code == 409
        assert system.submit(f"/people/{own}/disable").status_code == 409
        assert self.held(harness, "zhao").roles == {Role.SYSTEM}

    def test_nobody_gives_himself_a_password_without_the_one_of_before(self, harness, system):
        """Who finds a session open would keep the account."""
        own = self.held(harness, "zhao")
        assert f"/people/{own.id}/reset" not in system.see("/people").text
        assert system.submit(f"/people/{own.id}/reset").status_code == 409
        assert self.held(harness, "zhao") == own

    def test_a_session_is_seen_and_ended(self, harness, system):
        li = someone(harness, "li", Role.REVIEWER)
        assert "结束登录" in system.see("/people").text
        assert system.submit(f"/people/{self.held(harness, 'li').id}/sessions").status_code == 303
        assert li.get("/mails").headers["location"].startswith("/login")

    def test_a_locked_account_is_opened_and_an_account_closed(self, harness, system):
        harness.administrator("li")
        stranger = Visitor(harness.app)
        for _ in range(5):
            stranger.log_in("li", "wrong")
        assert "登录被锁定至" in system.see("/people").text
        li = self.held(harness, "li")
        assert system.submit(f"/people/{li.id}/unlock").status_code == 303
        assert stranger.log_in("li", PASSWORD).status_code == 303
        assert system.submit(f"/people/{li.id}/disable").status_code == 303
        assert stranger.get("/").status_code == 303
        assert "重新启用并签发一次性密码" in system.see("/people").text
        password = re.search(
            r'class="secret">([^<]+)<', system.submit(f"/people/{li.id}/reset").text
        )[1]
        assert stranger.log_in("li", password).status_code == 303

    def test_an_account_that_is_not_there_is_not_found(self, system):
        assert [
            system.submit(f"/people/999/{act}").status_code for act in ("reset", "roles", "disable")
        ] == [404] * 3
