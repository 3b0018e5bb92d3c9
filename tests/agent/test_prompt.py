"""The real PIN window on a screen of its own (Xvfb), with real key presses (xdotool)."""

import subprocess
import sys
import time

import pytest

from agent import prompt as prompts
from agent.agent_errors import PromptError
from agent.prompt import Question, WindowPrompt, candidates, interpreter, pin_of
from lock_protocol import Purpose
from tests.agent.conftest import ROOT
from tests.agent.windows import pin_window, xdotool

QUESTION = Question(
    "https://ggzy.example.org",
    "login",
    "",
    (("证书", "北京演示建设工程有限公司"), ("序列号", "1EFD")),
    "还可以输入 1 次：再输错，CA锁就会锁死。",
)


@pytest.fixture
def display(screen, monkeypatch):
    monkeypatch.setenv("DISPLAY", screen)
    return screen


def typed(display, *keys):
    """Presses keys as soon as the window is there.

    Called from `gone`, which the prompt asks while it waits.
    """
    done = []

    def gone():
        if not done:
            done.append(True)
            window = pin_window(display)
            xdotool(display, "windowfocus", "--sync", window)
            for key in keys:
                xdotool(display, *key)
        return False

    return gone


@pytest.mark.parametrize("enter", ["Return", "KP_Enter"])
def test_a_person_types_the_pin(display, enter):
    assert WindowPrompt(60).ready()
    pin = WindowPrompt(60).ask(
        QUESTION, typed(display, ("type", "--delay", "20", "12ab!5"), ("key", enter))
    )
    assert pin == "12ab!5"


def test_escape_cancels_and_return_on_an_empty_field_does_nothing(display):
    with pytest.raises(PromptError) as refused:
        WindowPrompt(60).ask(QUESTION, typed(display, ("key", "Return"), ("key", "Escape")))
    assert refused.value.code == "prompt_cancelled"


def test_a_window_that_nobody_answers_closes(display):
    started = time.monotonic()
    with pytest.raises(PromptError) as refused:
        WindowPrompt(1).ask(QUESTION, lambda: False)
    assert refused.value.code == "prompt_timeout"
    assert time.monotonic() - started < 40


def test_a_page_that_is_gone_takes_its_window_along(display):
    with pytest.raises(PromptError) as refused:
        WindowPrompt(60).ask(QUESTION, lambda: bool(pin_window(display)))
    assert refused.value.code == "page_gone"
    assert not xdotool(display, "search", "--onlyvisible", "--name", "PIN")


def test_the_doctor_asks_once_and_tries_every_container(display, demo):
    doctor = subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "doctor", "--login", "--config", str(demo.config_file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    window = pin_window(display)
    xdotool(display, "windowfocus", "--sync", window)
    xdotool(display, "type", "--delay", "20", "123456")
    xdotool(display, "key", "Return")
    told, _ = doctor.communicate(timeout=60)
    for label in ("ECCASM2", "ECCARSA1", "ECCP256"):
        assert f"✓ 容器 {label}：登录成功，能签名" in told
    assert "123456" not in told


def test_without_a_screen_it_says_so(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not WindowPrompt(5).ready()
    with pytest.raises(PromptError) as refused:
        WindowPrompt(5).ask(QUESTION, lambda: False)
    assert refused.value.code == "prompt_unavailable"
    assert "图形桌面" in str(refused.value)


def test_without_tkinter_it_says_what_to_install(tmp_path, monkeypatch):
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(prompts, "candidates", lambda: [str(python)])
    interpreter.cache_clear()
    with pytest.raises(PromptError) as refused:
        WindowPrompt(5).ask(QUESTION, lambda: False)
    interpreter.cache_clear()
    assert "python3-tk" in refused.value.remedy


def test_the_first_interpreter_with_tkinter_is_taken(monkeypatch):
    asked = []
    monkeypatch.setattr(
        prompts, "has_tkinter", lambda python: asked.append(python) or python == "/usr/bin/python3"
    )
    prompts.interpreter.cache_clear()
    assert prompts.interpreter() == "/usr/bin/python3"
    assert asked == [prompts.sys.executable, "/usr/bin/python3"]
    prompts.interpreter.cache_clear()


def test_windows_looks_in_places_of_its_own(monkeypatch):
    monkeypatch.setattr(prompts.shutil, "which", lambda name: None)
    monkeypatch.setattr(prompts.sys, "executable", "/python/python")
    monkeypatch.setattr(prompts, "PLATFORM", "win32")
    assert candidates() == ["/python/pythonw.exe", "/python/python"]
    assert prompts.has_screen()


@pytest.mark.parametrize(
    ("code", "answer", "refused"),
    [
        (0, b'{"cancelled": true}', "prompt_cancelled"),
        (0, b'{"timeout": true}', "prompt_timeout"),
        (3, b"", "prompt_unavailable"),
        (1, b"", "prompt_unavailable"),
        (0, b'{"pin": ""}', "prompt_unavailable"),
        (0, b'{"pin": 5}', "prompt_unavailable"),
        (-11, b"", "prompt_unavailable"),
    ],
)
def test_only_a_pin_is_a_pin(code, answer, refused):
    with pytest.raises(PromptError) as error:
        pin_of(code, answer)
    assert error.value.code == refused


def test_the_window_names_what_each_purpose_is_about():
    assert set(prompts.PURPOSES) >= set(Purpose)
    assert set(Purpose) - set(prompts.TARGETS) == {"login", "register"}, (
        "which are about no account yet"
    )
    shown = prompts.request(Question("https://ggzy.example.org", "unbind", "3F00ABCDEF", ()), 20)
    assert shown["lines"][1:] == [
        ("用途", "解除CA锁绑定"),
        ("要解除的CA锁", "序列号 3F00ABCDEF（末六位 ABCDEF）"),
    ]
    assert prompts.request(QUESTION, 20)["lines"][2] == ("证书", "北京演示建设工程有限公司")
