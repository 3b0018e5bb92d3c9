"""Nothing that the desk writes tells of a person: a whole run with real pages, crashes on purpose,
and every byte that it left behind.

Searched are log, standard streams, database, temporary files and what commands print, for the ID
number, the address on the card, the handler's e-mail address and the token of the reset link, in
the encodings that a program would write them in. Letters in the trial outbox are delivered mail:
they bear the link, but neither number nor address.
"""

import base64
import contextlib
import os
import re
import signal
import smtplib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from tests.app.running import Ran, all_mails_are_read, eventually, inside, started
from tests.drawing.generate import request_pdf
from tests.drawing.people import invent_enterprise, invent_person
from tests.servers.ports import free_port

SEED = 41
ENTERPRISE, PERSON = invent_enterprise(SEED), invent_person(SEED)
HANDLER, CONTACT = "handler.lin@example.com", "contact.zhao@example.com"
PATIENCE_S = 120


def spellings(secret: str) -> Iterator[bytes]:
    """A secret as bytes: plain in three encodings, hexadecimal,
    and inside base64 at each of its three alignments."""
    for plain in {secret.encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le")}:
        yield plain
        yield plain.hex().encode()
        for ahead in range(3):
            encoded = base64.b64encode(b"\0" * ahead + plain)
            yield encoded[-(-ahead * 4 // 3) + (ahead > 0) : len(encoded) // 4 * 4 - 4]


def told_of(secrets: dict[str, str], places: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (what, where)
        for what, secret in secrets.items()
        for where, content in places.items()
        if any(s in content for s in spellings(secret))
    ]


def test_the_search_finds_each_spelling() -> None:
    for ahead in range(4):
        content = base64.b64encode(b"x" * ahead + PERSON.id_number.encode() + b"and more")
        assert told_of({"number": PERSON.id_number}, {"here": content}) == [("number", "here")]
    assert told_of(
        {"address": PERSON.address}, {"here": b"..." + PERSON.address.encode("gb18030")}
    ) == [("address", "here")]
    assert told_of({"number": PERSON.id_number}, {"here": os.urandom(200_000)}) == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ports = (
        f"web: {{port: {free_port()}}}\nmailbox: {{maildir: {{smtp_port: {(smtp := free_port())}, "
        "poll_interval_s: 0.2}}\n"
    )
    window = 'window: {hours: ["00:00-24:00"], every_day: true}\n'
    (tmp_path / "config.yaml").write_text(
        f"storage: {{folder: data}}\nlogging: {{file: desk.log, level: debug}}\n{window}{ports}",
        encoding="utf-8",
    )
    (tmp_path / "smtp_port").write_text(str(smtp))
    (tmp_path / "register.csv").write_text(
        "企业名称,统一社会信用代码,联系人,联系邮箱,锁序列号\n"
        f"{ENTERPRISE.name},{ENTERPRISE.uscc},赵联系,{CONTACT},3F00004100\n",
        encoding="utf-8",
    )
    (tmp_path / "tmp").mkdir()
    return tmp_path


def send(home: Path, subject: str, text: str, pdf: bytes = b"") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = HANDLER, "support@example.org", subject
    mail.set_content(text)
    if pdf:
        mail.add_attachment(
            pdf,
            maintype="application",
            subtype="pdf",
            filename=f"{PERSON.name}{PERSON.id_number}.pdf",
        )
    with smtplib.SMTP("127.0.0.1", int((home / "smtp_port").read_text())) as smtp:
        smtp.send_message(mail)


def run(home: Path, *arguments: str) -> Ran:
    ran = inside("-c", home / "config.yaml", *arguments, cwd=home)
    assert ran.code == 0, ran.err
    return ran


def request_text() -> str:
    return (
        f"企业名称：{ENTERPRISE.name}\n是否解绑：是\n是否重置密码：是\n"
        f"经办人{PERSON.name}，身份证号{PERSON.id_number}，住址{PERSON.address}"
    )


def crash_children(process: psutil.Process) -> None:
    """Every process that reads for the desk ends as a broken library ends it."""
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ended by itself
            child.send_signal(signal.SIGSEGV)


def test_nothing_that_a_run_leaves_tells_of_a_person(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    run(home, "enterprises", "import", "register.csv")
    with started("serve", cwd=home) as desk:
        eventually(
            lambda: (
                "desk.started" in (home / "desk.log").read_text()
                if (home / "desk.log").exists()
                else False
            ),
            PATIENCE_S,
        )
        send(
            home,
            f"解绑 {PERSON.id_number}",
            request_text(),
            request_pdf(ENTERPRISE, PERSON, seed=SEED),
        )
        eventually(lambda: "JB" in run(home, "queue").out, PATIENCE_S)
        crash_children(psutil.Process(desk.pid))
        send(home, "又一封", request_text(), b"%PDF-1.4 " + PERSON.id_number.encode() * 50)
        eventually(lambda: all_mails_are_read(home, 2), PATIENCE_S)
        sent = home / "data" / "sent" / "new"
        # the receipt and the notice to the contact left
        eventually(lambda: len(list(sent.glob("*"))) >= 2, PATIENCE_S)
        seen = min(re.findall(r"JB\d{8}-\d{4}@\d+", run(home, "queue").out))
        approved = run(
            home, "approve", "--looked-at", "--reached-by", "in_person", "--whom", "王会计", seen
        )
        eventually(lambda: b"/link/" in b"".join(letter_bodies(sent)), PATIENCE_S)
        commands = [
            run(home, *command.split())
            for command in ("queue", "reconcile", f"show {seen.partition('@')[0]}")
        ]
        desk.terminate()
        printed = desk.communicate(timeout=60)[0]
    link = max(re.findall(rb"/link/([\w-]{40,})", b"".join(letter_bodies(sent))), key=len).decode()
    spoken = {
        f"command {n}": (ran.out + ran.err).encode() for n, ran in enumerate([approved, *commands])
    }
    left = {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.name not in {"config.yaml", "register.csv"}
    }
    letters = {
        name: b"".join(letter_bodies(home / name)) + content
        for name, content in left.items()
        if name.startswith("data/sent/")
    }
    written = {name: content for name, content in left.items() if name not in letters}
    person = {"number": PERSON.id_number, "address": PERSON.address}
    assert (
        told_of(
            {**person, "mail address": HANDLER, "link": link},
            {**written, "printed": printed.encode()},
        )
        == []
    )
    assert told_of(person, {**spoken, **letters}) == []
    assert told_of({"link": link}, spoken) == []
    assert (home / "desk.log").stat().st_size > 0
    assert list((home / "tmp").rglob("*")) == [], "temporary files stay after the end"


def letter_bodies(place: Path) -> list[bytes]:
    """The letters in a folder, or in one file, with their transfer encoding taken off."""
    files = sorted(place.glob("*")) if place.is_dir() else [place]
    parts = [
        part
        for file in files
        for part in message_from_bytes(file.read_bytes(), policy=policy.default).walk()
        if not part.is_multipart()
    ]
    return [part.get_payload(decode=True) or b"" for part in parts]
