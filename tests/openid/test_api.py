"""API v1: what a system may ask in its own name, what everybody may,
and that nothing else is answered."""

import ctypes
import re
from ctypes.util import find_library
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded

from core.data.enterprise import Binding
from tests.openid.conftest import DoorHarness, Relying

KINDS = "/api/v1/locks"
DOCUMENT = Path(__file__).parents[2] / "docs" / "OPENID.md"


def shown(system, scope="accounts:read"):
    return {"Authorization": f"Bearer {system.own_token(scope).json()['access_token']}"}


def ask(system, path, headers):
    return system.back.get(f"/api/v1{path}", headers=headers)


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    return answer.status_code, said["type"].rpartition(":")[2]


def test_an_account_is_found_by_its_uscc_and_by_its_subject(harness, system, guest, enterprise):
    harness.lock_of(enterprise)
    sub = system.claims(system.log_in(harness.entered(enterprise))["id_token"])["sub"]
    headers = shown(system)
    said = ask(system, f"/accounts?uscc={enterprise.uscc}", headers).json()
    assert said == ask(system, f"/accounts/{sub}", headers).json()
    assert said == {
        "sub": sub,
        "name": enterprise.name,
        "uscc": enterprise.uscc,
        "state": "complete",
        "may_log_in": True,
        "registered_at": enterprise.registered_at.isoformat().replace("+00:00", "Z"),
        "accepted_at": None,
        "locks": 1,
    }


def test_how_far_an_account_is(harness, system):
    fresh, frozen, returned = (
        harness.enterprise(submitted=False),
        harness.enterprise(),
        harness.enterprise(submitted=False),
    )
    with harness.tx() as tx:
        tx.accounts.save(replace(frozen, frozen_at=harness.clock.now()))
        tx.accounts.save(replace(returned, information_returned="缺页"))
    headers = shown(system)
    found = [
        ask(system, f"/accounts?uscc={one.uscc}", headers).json()
        for one in (fresh, frozen, returned)
    ]
    assert [(one["state"], one["may_log_in"]) for one in found] == [
        ("incomplete", False),
        ("frozen", False),
        ("returned", False),
    ]


def test_the_locks_of_an_account_with_those_that_were(harness, system, enterprise):
    harness.lock_of(enterprise)
    with harness.tx() as tx:
        tx.bindings.add(
            Binding(
                0,
                enterprise.id,
                "OLD",
                "BJCA",
                primary=False,
                system="s",
                bound_at=harness.clock.now(),
                ended_at=harness.clock.now(),
            )
        )
        sub = tx.systems.subject(enterprise.id)
    found = ask(system, f"/accounts/{sub}/bindings", shown(system, "bindings:read")).json()
    assert [(one["primary"], one["can_sign_bids"], one["ended_at"] is None) for one in found] == [
        (True, True, True),
        (False, False, False),
    ]


def test_without_a_token_of_the_scope_nothing_is_answered(harness, system, guest, enterprise):
    path = f"/accounts?uscc={enterprise.uscc}"
    assert problem(ask(system, path, {})) == (401, "missing-authorization")
    for said in ("Bearer x", "Basic eDp5", "Bearer", "Bearer a b"):
        assert problem(ask(system, path, {"Authorization": said}))[0] == 401, said
    assert problem(ask(system, path, shown(system, "bindings:read"))) == (403, "insufficient-scope")
    of_a_login = {"Authorization": f"Bearer {system.log_in(guest)['access_token']}"}
    assert problem(ask(system, path, of_a_login)) == (403, "insufficient-scope")
    assert "www-authenticate" in ask(system, path, {}).headers


def test_what_is_not_there_or_not_of_the_form_is_told_so(harness, system):
    headers = shown(system)
    assert problem(ask(system, "/accounts?uscc=91119999MA00000000", headers)) == (404, "unknown")
    assert problem(ask(system, f"/accounts/{'0' * 32}", headers)) == (404, "unknown")
    assert problem(ask(system, "/accounts?uscc=x", headers)) == (422, "invalid")
    assert problem(ask(system, "/nothing", headers)) == (404, "unknown")
    assert problem(system.back.post("/api/v1/accounts", json={})) == (405, "method")


def test_everybody_may_ask_whether_a_lock_is_bound_and_hears_no_more(harness, system, enterprise):
    der = harness.lock_of(enterprise)
    certificate = harness.front.verifier.verify(der, harness.clock.now())
    assert ask(system, f"/locks/{certificate.spki_sha256}", {}).json() == {"bound": True}
    assert ask(system, f"/locks/{'0' * 64}", {}).json() == {"bound": False}
    with harness.tx() as tx:
        tx.bindings.add(
            Binding(
                0,
                enterprise.id,
                "ABC123",
                "BJCA",
                primary=False,
                system="s",
                bound_at=harness.clock.now(),
            )
        )
    assert ask(system, f"/locks/{'0' * 64}?serial=ABC123", {}).json() == {"bound": True}, (
        "imported, and it has not signed yet"
    )
    assert problem(ask(system, "/locks/x", {})) == (422, "invalid")


def test_the_supported_locks_are_for_everybody(system):
    assert system.back.get(KINDS).json() == [
        {
            "title": "测试CA",
            "can_sign_bids": True,
            "where_to_apply": "",
            "phone": "010-00000001",
            "drivers": [],
        },
    ]


def test_an_error_is_a_problem_in_the_document_too(system):
    document = system.back.get("/api/v1/openapi.json").json()
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status"]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in document["paths"].values():
        responses = path["get"]["responses"]
        assert responses.keys() == {"200", "default"}
        assert responses["default"]["content"] == problem


def test_each_type_of_problem_stands_in_the_documentation(tmp_path):
    harness = DoorHarness(tmp_path, per_minute={"api": 10})
    system = Relying(harness)
    read = shown(system)
    answers = [
        ask(system, path, headers)
        for path, headers in (
            (f"/accounts/{'0' * 32}", read),
            ("/accounts/x", read),
            (f"/accounts/{'0' * 32}/bindings", read),
            (f"/accounts/{'0' * 32}", {}),
            (f"/accounts/{'0' * 32}", {"Authorization": "Basic eDp5"}),
            (f"/accounts/{'0' * 32}", {"Authorization": "Bearer x"}),
        )
    ]
    answers += [system.back.post(KINDS), *(system.back.get(KINDS) for _ in range(10))]
    met = {problem(answer)[1] for answer in answers if answer.status_code >= 400}
    documented = set(
        re.findall(r"`urn:unbind-desk:problem:([a-z-]+)`", DOCUMENT.read_text(encoding="utf-8"))
    )
    assert met | {"busy", "refused"} == documented
    harness.store.close()


def test_a_system_has_its_own_limit_and_everybody_that_of_the_address(tmp_path):
    harness = DoorHarness(tmp_path, per_minute={"api": 2})
    system, nobody = Relying(harness), {"Authorization": "Bearer x"}
    path, headers = f"/accounts/{'0' * 32}", shown(system)
    for _ in range(2):
        assert problem(ask(system, path, nobody))[0] == 401
    assert problem(ask(system, path, nobody)) == (429, "too-often")
    harness.clock.at += timedelta(minutes=1)
    assert [ask(system, path, headers).status_code for _ in range(2)] == [404, 404]
    harness.clock.at += timedelta(seconds=20)
    limited = ask(system, path, headers)
    assert (problem(limited), limited.headers["retry-after"]) == ((429, "too-often"), "40")
    assert [system.back.get(KINDS).status_code for _ in range(3)] == [200, 200, 429], (
        "an address has its own"
    )
    harness.store.close()


def test_head_is_answered_as_get(system):
    for path in (KINDS, "/api/v1/openapi.json"):
        assert (system.back.head(path).status_code, system.back.head(path).content) == (200, b"")


@pytest.fixture
def usual_floats():
    """Denormal numbers count.

    A model that an earlier test loaded into this process takes them for 0 in this thread, and
    Hypothesis draws no number then.
    """
    library, former = ctypes.CDLL(find_library("m")), ctypes.create_string_buffer(64)
    library.fegetenv(former)
    library.fesetenv(ctypes.c_void_p(-1))  # FE_DFL_ENV
    yield
    library.fesetenv(former)


@pytest.mark.usefixtures("usual_floats")
def test_the_document_tells_what_is_answered(harness, system, enterprise):
    """Schemathesis makes requests from the document, right and wrong ones,
    and holds every answer against it."""
    with harness.tx() as tx:
        tx.systems.subject(enterprise.id)
    headers = shown(system, "accounts:read bindings:read")
    schema = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", harness.app, headers={"Host": "127.0.0.1"}
    )
    assert {operation.ok().label for operation in schema.get_all_operations()} == {
        "GET /locks",
        "GET /locks/{key}",
        "GET /accounts",
        "GET /accounts/{sub}",
        "GET /accounts/{sub}/bindings",
    }

    for operation in schema.get_all_operations():

        @given(case=operation.ok().as_strategy())
        @bounded(
            max_examples=4,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        )
        def answers(case):
            case.call_and_validate(headers={**headers, "Host": "127.0.0.1"})

        answers()
