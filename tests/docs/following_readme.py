"""Follows README's "Let enterprises in" word by word in a checkout, with a browser as a person.

Started in a network of its own, because README's ports are fixed: the commands of the block, then
the page; a lock registers an enterprise, is bound, and logs in with both of its kinds of key.
"""

import email
import io
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import default
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.agent.windows import pin_window, xdotool
from tests.portal.conftest import told
from tests.servers.chromium import chromium, press, watched

PIN, PASSWORD = "123456", "lvse-2026-Chuan"
SECTION = re.compile(r"^## Let enterprises in\n(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```\n+Then open (\S+)/portal\. ", re.MULTILINE | re.DOTALL)


def what_readme_says(checkout: Path) -> tuple[list[str], str]:
    """The commands in order, and the address of the pages."""
    [section] = SECTION.findall((checkout / "README.md").read_text(encoding="utf-8"))
    [(block, address)] = BLOCK.findall(section)
    return [line.partition("#")[0].strip() for line in block.splitlines()], address


@contextmanager
def running(command: str, checkout: Path, ready: str) -> Iterator[None]:
    """A command in a terminal of its own, from the line that says it is ready to Ctrl-C."""
    process = subprocess.Popen(
        command,
        shell=True,
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if ready in line:
                break
        assert ready in said, f"{command}: {said}"
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        rest = process.communicate(timeout=60)[0]
        assert "Traceback" not in rest, rest


@contextmanager
def screen() -> Iterator[None]:
    """DISPLAY names a screen of its own."""
    reader, writer = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writer),
        "-screen",
        "0",
        "1024x768x24",
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    try:
        assert select.select([reader], [], [], 30)[0], "Xvfb did not start"
        os.environ["DISPLAY"] = ":" + os.read(reader, 16).decode().strip()
        yield
    finally:
        server.terminate()
        server.wait(40)


def type_pin() -> None:
    """In the agent's window, once it is there."""
    display = os.environ["DISPLAY"]
    xdotool(display, "windowfocus", "--sync", pin_window(display))
    xdotool(display, "type", "--delay", "20", PIN)
    xdotool(display, "key", "Return")


def choose(page: Page, label: str) -> None:
    page.locator(f"input[data-label={label}]").check()


def link_of_letter(sent: Path) -> str:
    """The path that the newest letter to the address of the registration leads to."""
    for _ in range(100):
        mails = [
            email.message_from_bytes(one.read_bytes(), policy=default)
            for one in sent.rglob("new/*")
        ]
        for mail in mails:
            body = mail.get_body(("plain",))
            if "c@example.org" in str(mail["To"]) and body:
                [found] = re.findall(r"/link/[\w-]+", body.get_content())
                return found
        time.sleep(0.2)
    raise AssertionError("no letter came")


def come_in(page: Page, checkout: Path) -> None:
    """Register by the lock, bind it, log out, and log in by each of its keys."""
    page.goto("/portal/register")
    choose(page, "ECCASM2")
    fields = {
        "contact_name": "赵联系",
        "contact_email": "c@example.org",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    press(page, "用CA锁签名并注册")
    type_pin()
    told(page, "registered")
    page.goto(link_of_letter(checkout / "var/demo/sent"))
    press(page, "确认更改")
    page.goto("/portal/information")
    page.fill("[name=contact_phone]", "010-00000000")
    scan = io.BytesIO()
    Image.new("RGB", (1200, 850), "white").save(scan, "JPEG")
    page.locator("[name=file]").first.set_input_files(
        {"name": "执照.jpg", "mimeType": "image/jpeg", "buffer": scan.getvalue()}
    )
    page.get_by_role("button", name="上传").first.click()
    expect(page.locator("#papers .bound").first).to_contain_text("营业执照", timeout=60_000)
    press(page, "提交")
    told(page, "information")
    page.goto("/portal/locks")
    choose(page, "ECCARSA1")
    press(page, "绑定此锁")
    type_pin()
    told(page, "bound")
    for container in ("ECCASM2", "ECCARSA1"):
        press(page, "退出")
        page.goto("/portal/login")
        choose(page, container)
        press(page, "CA登录")
        type_pin()
        page.wait_for_url("**/portal")
        expect(page.locator("body")).to_contain_text("北京演示建设工程有限公司")


def main(checkout: Path) -> None:
    # a shell ignores Ctrl-C in what it runs in the background, and so would the commands
    signal.signal(signal.SIGINT, signal.default_int_handler)
    (make_lock, serve_agent, run_desk), address = what_readme_says(checkout)
    with screen():
        made = subprocess.run(
            make_lock, shell=True, cwd=checkout, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        with (
            running(serve_agent, checkout, "http://127.0.0.1:"),
            running(run_desk, checkout, f"{address}/portal"),
            watched(chromium(), address) as page,
        ):
            come_in(page, checkout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
