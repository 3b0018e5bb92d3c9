"""The command line: the software lock it makes, what it lists,
and what it says when something is missing."""

import shutil
import subprocess
import time

import pytest

from agent.agent_errors import LockError
from agent.certificate_text import read
from agent.children import LocksInChildren, merged
from agent.lock import Inventory, PinState, Token
from agent.pkcs11_lock import Module
from agent.signing import Signing
from tests.agent.conftest import DemoFolder, run_agent, run_demo
from tests.agent.fakes import TypingPrompt
from tools.demo_lock import demo_token


@pytest.fixture
def two_locks(tmp_path):
    folder = DemoFolder(tmp_path)
    folder.add("主锁")
    folder.add("副锁", "--pin", "654321", "--person", "--days", "-1")
    return folder


def test_two_locks_in_one_folder_and_one_of_them_pulled_out(two_locks):
    tokens = {token.label: token for token in two_locks.locks().inventory().tokens}
    assert tokens.keys() == {"主锁", "副锁"}
    assert {
        label: {read(one.der).kind for one in token.certificates} for label, token in tokens.items()
    } == {"主锁": {"enterprise"}, "副锁": {"person"}}
    second = tokens["副锁"].certificates[0]
    assert read(second.der).not_after < read(tokens["主锁"].certificates[0].der).not_before.replace(
        year=9999
    )
    assert run_demo(two_locks.folder, "--label", "主锁", "--unplug").returncode == 0
    assert [token.label for token in two_locks.locks().inventory().tokens] == ["副锁"]
    assert run_demo(two_locks.folder, "--label", "主锁", "--plug").returncode == 0
    assert len(two_locks.locks().inventory().tokens) == 2
    again = run_demo(two_locks.folder, "--label", "主锁")
    assert (again.returncode, "已有" in again.stderr) == (1, True)
    assert run_demo(two_locks.folder, "--label", "无", "--plug").returncode == 1


def test_openssl_takes_the_demonstration_certificates(demo):
    for kind in ("rsa", "sm2"):
        root = demo.folder / "ca" / f"demo-ca-{kind}.pem"
        leaf = next(
            one
            for one in demo.locks().inventory().tokens[0].certificates
            if (one.label == "ECCASM2") == (kind == "sm2")
        )
        file = demo.folder / f"{kind}.der"
        file.write_bytes(leaf.der)
        run = subprocess.run(
            ["openssl", "verify", "-vfyopt", "distid:1234567812345678", "-CAfile", root, file]
            if kind == "sm2"
            else ["openssl", "verify", "-CAfile", root, file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        crl = subprocess.run(
            ["openssl", "crl", "-noout", "-text", "-in", root.with_suffix(".crl")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "No Revoked Certificates" in crl.stdout
        assert (demo.folder / "ca" / f"demo-ca-{kind}.key").stat().st_mode & 0o077 == 0


def test_without_a_driver_or_with_one_that_is_gone(tmp_path):
    file = tmp_path / "agent.toml"
    file.write_text("search_well_known = false\n")
    run = run_agent("doctor", "--config", file)
    assert (run.returncode, "没有找到CA锁的驱动" in run.stdout) == (1, True)
    file.write_text(f"search_well_known = false\n[[modules]]\npath = '{tmp_path}/gone.so'\n")
    assert "gone.so" in run_agent("doctor", "--config", file).stdout


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("int C_GetFunctionList(void **p) { __builtin_trap(); return 0; }", "module_broken"),
        (
            "#include <unistd.h>\nint C_GetFunctionList(void **p) { sleep(60); return 0; }",
            "module_hangs",
        ),
        ("int nothing_of_ours;", "module_broken"),
    ],
)
def test_a_driver_that_crashes_hangs_or_is_none_harms_nobody(
    tmp_path, monkeypatch, demo, source, code
):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "driver.c").write_text(source)
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", tmp_path / "driver.so", tmp_path / "driver.c"],
        check=True,
        capture_output=True,
    )
    good = demo.locks().modules
    if code == "module_hangs":
        monkeypatch.setattr("agent.children.READ_TIMEOUT_S", 4)
    inventory = LocksInChildren((Module(str(tmp_path / "driver.so")), *good)).inventory()
    assert [problem.code for problem in inventory.problems.values()] == [code]
    assert len(inventory.tokens) == 1


def test_the_child_takes_no_program_of_the_folder_that_the_agent_was_started_in(
    tmp_path, monkeypatch, demo
):
    (tmp_path / "pkcs11.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    assert len(demo.locks().inventory().tokens) == 1


def test_serve_without_pages_and_on_a_taken_port(demo, tmp_path):
    file = tmp_path / "agent.toml"
    file.write_text("search_well_known = false\n")
    run = run_agent("serve", "--config", file)
    assert (run.returncode, "没有允许任何网页" in run.stderr) == (2, True)
    file.write_text('origins = ["https://*"]\n')
    assert run_agent("serve", "--config", file).returncode == 2
    from tests.agent.conftest import running

    with running(demo.locks(), None, {"https://a.example.org"}) as server:
        file = demo.config("https://a.example.org", server.server_port)
        taken = run_agent("serve", "--config", file)
    assert (taken.returncode, "不能监听" in taken.stderr) == (1, True)


def test_wrong_usage_and_help():
    assert run_agent().returncode == 2
    assert run_agent("--version").stdout.startswith("unbind-agent ")
    for name in ("serve", "doctor"):
        assert "Example:" in run_agent(name, "--help").stdout


def token(serial, module="a.so", label="锁"):
    return Token(module, label, serial, "", "", PinState.OK, ())


def test_a_token_that_two_drivers_show_is_one():
    found = merged(
        [
            Inventory((token("1"),)),
            Inventory((token("1", "b.so"), token("2")), {"b.so": LockError("module_broken")}),
        ]
    )
    assert [(one.serial, one.module) for one in found.tokens] == [("1", "a.so"), ("2", "a.so")]
    assert len(found.problems) == 1


class Plugged:
    """A lock whose tokens are set."""

    tokens = ()

    def inventory(self):
        return Inventory(self.tokens)


def test_every_change_of_the_locks_is_counted():
    lock = Plugged()
    now = [0.0]
    signing = Signing(lock, TypingPrompt(), clock=lambda: now[0])

    def listing(*tokens):
        lock.tokens = tokens
        return signing.certificates()["changed"]

    def plugged():
        return signing.status()["plugged"]

    assert [listing(token("1")), listing(token("1"))] == [False, False]
    assert plugged() == 0
    assert [listing(), listing()] == [True, False]
    assert plugged() == 1
    lock.tokens, now[0] = (token("2"),), 6.0
    plugged()  # a reading for no page
    until = time.monotonic() + 40
    while plugged() < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert plugged() == 2
    assert [listing(token("2")), listing(token("2"))] == [True, False]


def test_demonstration_locks_are_listed_by_label(demo):
    assert demo_token.locks(demo.folder)["主锁"].serial == demo.locks().inventory().tokens[0].serial
