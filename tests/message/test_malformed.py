"""Whatever arrives: reading, authentication, rules and the object of `unbind check`, for some 1,200
malformed mails (a sixth of them where the run is short) and for fuzzed samples.

None raises, none costs more than its size allows, and all of them together fit in a process that
may not grow beyond its bound (RLIMIT_AS).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.judging import Judgement
from core.clock import SystemClock
from mail_intake.mail_reading import read_submission
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.flows.walker import CannedReader
from tests.message.mails import ARRIVED, mail, text_mail
from tests.thorough import share
from validators.check import check
from validators.evidence import Policy

ROOT = Path(__file__).parents[2]
ROOM_MB = 500
"""What the process may take beyond what it has when it is ready;
the largest mail here is 50 MiB."""
FAR_TOO_LONG_S = 20
"""Seconds of a processor: ten times and more what the costliest takes (50 MiB of header), so that
only code worse than linear reaches it."""
OWN = ("desk@example.com",)
SENDERS = Authenticator(SenderAuthSettings(authserv_ids=("mx.desk.example",)))
DECISIONS = {"queue", "reject", "ignore", "other"}


def judge(raw: bytes) -> str:
    """What the desk does with a mail before any case: the reading of the service with its rules,
    and the object of the command line, of the same reading. Raises what they raise."""
    read = read_submission(raw, ARRIVED, OWN, CannedReader(), senders=SENDERS)
    judgement = Judgement(lambda *_mail: read, Policy(), SystemClock())
    verdict = check(read.submission, Policy())
    unread = [
        defect
        for defect in read.submission.message.defects
        if defect.startswith("message.unreadable")
    ]
    told = judgement.of("a.eml", raw)
    assert told["decision"] in DECISIONS
    assert "error" not in told, told["error"]
    assert unread == []
    json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return verdict.decision.value


CHILD = """
import json, resource, sys, time
from tests.message.malformed import every
from tests.thorough import share
from tests.message.test_malformed import judge
slow, broke, seen = {}, {}, 0
judge(b"From: a@example.org\\r\\n\\r\\n<html>x")
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[1]) * 2**20, -1))
for name, raw in share(every(), 6):
    seen += 1
    began = time.process_time()
    try:
        judge(raw)
    except BaseException as error:
        broke[name] = repr(error)[:200]
    slow[name] = time.process_time() - began
slowest = dict(sorted(slow.items(), key=lambda one: -one[1])[:20])
print(json.dumps([seen, broke, slowest, len(slow)]))
"""


@pytest.fixture(scope="module")
def told():
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(ROOM_MB)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert child.returncode == 0, child.stderr[-2000:]
    return json.loads(child.stdout)


def test_none_raises(told):
    assert told[1] == {}


def test_none_is_slower_than_its_size(told):
    assert {name: took for name, took in told[2].items() if took >= FAR_TOO_LONG_S} == {}


def test_there_are_enough_of_them_and_they_differ(told):
    assert told[0] >= 150
    assert told[3] == told[0]


FRAGMENTS = (
    b"",
    b"\r\n",
    b"\r\n\r\n",
    b"\x00",
    b"\xff",
    b"--=_b1\r\n",
    b"--=_b1--\r\n",
    b'"',
    b"=?gb2312?B?",
    b"?=",
    b"=",
    b"%",
    b"<",
    b">",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"charset=utf-16",
    b"\r\n ",
    b";",
    b"PK\x03\x04",
    b"begin 644 a\r\n",
    b"=ybegin line=1 size=1 name=a\r\n",
    b"<blockquote type=cite>",
    "在 2026年3月1日，a 写道：".encode(),
    "------------------ 原始邮件 ------------------\r\n".encode(),
)


def samples():
    """The sample mails of tests/data, each without the bulk of its papers."""
    made = []
    for path in sorted((ROOT / "tests/data").glob("*.eml")):
        lines = path.read_bytes().split(b"\n")
        made.append(
            b"\n".join(
                line
                for number, line in enumerate(lines)
                if len(line) < 70 or b" " in line or number % 400 == 0
            )
        )
    return made


SAMPLES = samples()
UNITS = (
    "是否解绑",
    "解绑",
    "公司",
    "\r\n ",
    "<a@b> ",
    "a",
    "%",
    "<(",
    "参考格式\n",
    "—— 以上由解绑办理台自动发出 ——\n",
    "退信 ",
    "是（解绑），",
    "begin 644 a\n",
    "<br>",
    "<p",
    "<a href=x>",
    "<!--",
    "> ",
    "\t ",
    "\u2028",
    "发件人：",
    "于2026年3月1日",
)


@pytest.mark.parametrize("unit", share(UNITS, 3))
def test_repetition_is_quick(unit):
    """What is found by trying grows with the square of the text;
    here it would take ten seconds and more."""
    whole = unit * (300_000 // len(unit.encode()))
    line = (unit.strip() or "a") * (31_000 // len(unit.encode()))
    began = time.process_time()
    in_body = text_mail(whole.encode(), kind="html" if "<" in unit or unit.isspace() else "plain")
    in_head = mail(
        b"From: " + line.encode(),
        b"Cc: " + line.encode(),
        b"Auto-Submitted: " + line.encode(),
        b"Subject: " + line.encode(),
    )
    for raw in (in_body, in_head):
        check(
            read_submission(raw, ARRIVED, OWN, CannedReader(), senders=SENDERS).submission, Policy()
        )
    assert time.process_time() - began < 2.0


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_no_damage_to_a_sample_raises(data):
    raw = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 6))):
        at, length = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 300))
        put = data.draw(
            st.one_of(
                st.sampled_from(FRAGMENTS),
                st.binary(max_size=8),
                st.just(raw[at : at + length] * 3),
            )
        )
        raw = raw[:at] + put + raw[at + length :]
    began = time.process_time()
    judge(raw)
    assert time.process_time() - began < 2.0
