"""The doctor's points, each well and each broken, over a lock in memory;
and the command over the software lock."""

import http.server
import itertools
import re
import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import ClassVar

import pytest
from pkcs11 import exceptions as raised

from agent import pc_checks
from agent.agent_config import AgentConfig
from agent.agent_doctor import Patient, diagnose
from agent.agent_errors import AgentError, LockError
from agent.certificate_text import read
from agent.lock import Inventory
from agent.pkcs11_lock import Module, Pkcs11Lock
from tests.agent.conftest import run_agent
from tests.agent.fakes import NOW, SM2_MECHANISM, FakeLibrary, full_token
from tools.demo_lock.demo_token import PERSON


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ca")


@pytest.fixture
def token(folder):
    return full_token(folder)


def patient_of(token, **changed):
    lock = Pkcs11Lock(Module("memory", sm2=hex(SM2_MECHANISM)), lambda _: FakeLibrary([token]))
    return replace(Patient(lock, ("memory",), NOW), **changed)


def lines(patient, section=None):
    found = diagnose(patient)
    return list(found[section] if section else itertools.chain(*found.values()))


def broken(patient):
    return [(line.name, line.text) for line in lines(patient) if line.ok is False]


def one(patient, name):
    return next(line for line in lines(patient) if line.name == name)


def test_a_good_lock_has_nothing_broken_and_every_section_is_walked(token, folder):
    patient = patient_of(
        token,
        pin=lambda _: "123456",
        bound=lambda _: True,
        pc_lines=(),
    )
    assert broken(patient) == []
    assert list(diagnose(patient)) == ["2.1", "2.2", "2.3", "2.4", "2.5"]
    assert all(lines(patient, section) for section in ("2.1", "2.2", "2.4", "2.5"))
    containers = [line for line in lines(patient) if line.name.startswith("容器 ")]
    assert [(line.name, line.ok) for line in containers] == [
        ("容器 ECCASM2", True),
        ("容器 ECCARSA1", True),
        ("容器 ECCP256", True),
    ]
    assert token.logins == 9  # one for each container, in three walks


def test_no_pin_is_asked_unless_told(token):
    assert "--login" in one(patient_of(token), "容器登录").remedy
    assert token.logins == 0


def test_every_broken_point_says_what_to_do(token):
    token.pin = "another"
    for line in lines(patient_of(token, pin=lambda _: "123456", bound=lambda _: False)):
        assert line.ok is True or line.remedy, line


class Nothing:
    def __init__(self, problems):
        self.problems = problems

    def inventory(self):
        return Inventory(problems=self.problems)


@pytest.mark.parametrize(
    ("modules", "problems", "name", "words"),
    [
        ((), {}, "驱动", "没有找到"),
        (("a.so",), {"a.so": LockError("module_missing", "a.so")}, "驱动", "没有找到"),
        (("a.so",), {"a.so": LockError("module_broken", "RuntimeError")}, "驱动", "不能加载"),
        (("a.so",), {"a.so": LockError("module_hangs")}, "驱动", "没有应答"),
        (("a.so",), {}, "CA锁", "没有检测到"),
    ],
)
def test_without_driver_or_lock(modules, problems, name, words):
    found = [
        line
        for line in lines(Patient(Nothing(problems), modules, NOW))
        if line.ok is False and line.name == name
    ]
    assert words in found[0].text
    assert found[0].remedy


@pytest.mark.parametrize(
    ("left", "ok", "words"),
    [(3, True, "正常"), (2, None, "上一次"), (1, None, "1 次"), (0, False, "锁死")],
)
def test_the_state_of_the_pin(token, left, ok, words):
    token.left = left
    line = one(
        patient_of(token, pin=lambda _: pytest.fail("asked") if left == 0 else "123456"), "PIN码"
    )
    assert (line.ok, words in line.text) == (ok, True)


@pytest.mark.parametrize(
    ("days", "ok", "words"),
    [
        (100, True, "有效期至"),
        (350, None, "快到期"),
        (366, False, "已过期"),
        (-5, False, "还未生效"),
    ],
)
def test_validity(token, days, ok, words):
    found = [
        line
        for line in lines(patient_of(token, now=NOW + timedelta(days=days)))
        if words in line.text
    ]
    assert {line.ok for line in found} == {ok}


def test_a_persons_lock(folder):
    person = patient_of(full_token(folder, PERSON))
    assert ("证书 ECCASM2", "个人锁：交易系统目前仅支持企业锁") in broken(person)


def test_bound_or_not_and_a_server_that_does_not_answer(token):
    assert {
        text
        for name, text in broken(patient_of(token, bound=lambda _: False))
        if name.startswith("绑定")
    } == {"此锁未绑定任何企业"}

    def fails(_):
        raise AgentError("server", "连不上服务器", "请核对网址和网络")

    for bound, words in ((fails, "连不上"), (lambda _: None, "没有告知")):
        assert {
            (line.ok, words in line.text) for line in lines(patient_of(token, bound=bound), "2.2")
        } == {(None, True)}


def test_a_wrong_pin_is_tried_once(token):
    assert ("容器登录", "假锁：PIN码不正确") in broken(patient_of(token, pin=lambda _: "999999"))
    assert token.logins == 1


def test_a_container_without_its_key_stops_no_other_and_a_lost_lock_stops_all(token):
    key = token.keys.pop(1)
    patient = patient_of(token, pin=lambda _: "123456")
    containers = [line for line in lines(patient) if line.name.startswith("容器 ")]
    assert [line.ok for line in containers] == [True, False, True]
    assert "没有与它配对的私钥" in containers[1].text
    token.keys.insert(1, key)
    token.break_at_signature, token.logins = raised.DeviceRemoved(), 0
    assert ("容器登录", "假锁：签名时CA锁被拔出") in broken(patient)
    assert token.logins == 1


def test_an_empty_primary_key_and_a_lock_that_comes_and_goes(token):
    from pkcs11 import Attribute

    del token.certificates[0][Attribute.ID]
    assert "标识为空" in one(patient_of(token), "容器标识").text
    inventories = iter([patient_of(token).lock.inventory(), Inventory()])
    loose = SimpleNamespace(inventory=lambda: next(inventories))
    assert one(patient_of(token, lock=loose), "再次读取").ok is False


class Desk(http.server.BaseHTTPRequestHandler):
    asked: ClassVar = []
    answer = b'{"bound": true}'
    status = 200

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def desk():
    class Own(Desk):
        asked: ClassVar = []

    server = http.server.HTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Own, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(40)


@pytest.mark.parametrize(
    ("status", "answer", "bound"),
    [
        (200, b'{"bound": true}', True),
        (200, b'{"bound": false}', False),
        (404, b"{}", None),
        (200, b'{"bound": "yes"}', None),
        (200, b"[]", None),
    ],
)
def test_the_desk_is_asked_by_key_and_serial(token, desk, status, answer, bound):
    own, url = desk
    own.status, own.answer = status, answer
    certificate = patient_of(token).lock.inventory().tokens[0].certificates[0]
    assert pc_checks.bound_at(url, certificate) is bound
    assert own.asked == [
        f"/api/v1/locks/{read(certificate.der).spki_sha256}?serial={read(certificate.der).serial_text}"
    ]


@pytest.mark.parametrize("answer", [b"[]", b'{"agent": "other"}', b"<html>"])
def test_another_program_on_the_agents_port_is_a_finding(desk, answer):
    own, url = desk
    own.answer = answer
    assert pc_checks.agent_itself(AgentConfig(port=int(url.rsplit(":")[-1]))).ok is False


@pytest.mark.parametrize(
    "server",
    ["http://ggzy.example.org", "ggzy.example.org", "file:///etc/passwd", "ftp://127.0.0.1", ""],
)
def test_a_lock_is_not_named_over_clear_http(token, server):
    with pytest.raises(AgentError, match="https"):
        pc_checks.bound_at(server, patient_of(token).lock.inventory().tokens[0].certificates[0])


@pytest.mark.parametrize(
    ("origins", "ok"),
    [
        ((), False),
        (("https://ggzy.example.org",), True),
        (("http://127.0.0.1:8321",), True),
        (("http://ggzy.example.org",), None),
    ],
)
def test_the_list_of_pages(origins, ok):
    assert pc_checks.pages(AgentConfig(origins=origins)).ok is ok


def test_the_readers_service_is_linux_business(tmp_path, monkeypatch):
    monkeypatch.setattr(pc_checks, "PLATFORM", "linux")
    for socket, ok in ((tmp_path / "none", None), (tmp_path, True)):
        monkeypatch.setattr(pc_checks, "PCSCD_SOCKET", socket)
        assert [line.ok for line in pc_checks.reader_service()] == [ok]
    monkeypatch.setattr(pc_checks, "PLATFORM", "win32")
    assert list(pc_checks.reader_service()) == []


def test_the_command_walks_all_sections_and_says_that_the_agent_is_not_running(demo):
    run = run_agent("doctor", "--config", demo.config_file)
    text, sections = run.stdout, re.split(r"^(2\.\d) ", run.stdout, flags=re.MULTILINE)
    found = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert run.returncode == 1
    assert list(found) == ["2.1", "2.2", "2.3", "2.4", "2.5"]
    assert "✗" not in found["2.1"] + found["2.5"]
    assert "2.1 证书无法识别" in text
    assert "✗ 锁助手" in text
    assert "→ 请启动：Windows 再双击一次“安装锁助手”，Linux 运行 unbind-agent serve" in text
