"""The guided beginning of a desk (`unbind setup`): questions about the settings that a centre
decides, a trial of its mailbox, and the files of the service.

What config.yaml has is the default of each question, so it can be run again; settings that are not
asked for stay as they are. Nothing is written before the answers are complete and confirmed.
"""

import contextlib
import getpass
import os
import pwd
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import typer

from app.credentials import IMAP, SMTP
from app.diagnosis import Line, broken, warning, well
from app.mail_checks import Inspected, lines_above, results_of, servers_in, topmost
from app.mailbox_kinds import MAILBOXES
from app.operations.config_report import as_yaml, report
from app.operations.setup_questions import (
    CENTRE,
    FIRST_DAY,
    INSTALLATION,
    MAIL,
    UNITS_FOLDER,
    VERIFYING_SERVERS,
    Question,
    Values,
    value_at,
)
from app.process_lock import hand_over, private_folder
from app.settings.config import Config, config_of, written_in
from app.settings.config_template import template
from app.wiring import Wiring, console_of
from core.accounts.administrators import personnel
from core.data.letter import OutgoingLetter
from core.data.mail_record import NewMail
from core.errors import ConfigError, DeskError
from mail_intake.mailboxes.mailbox import Mailbox

DEPLOY = Path(__file__).parents[2] / "deploy"
STATE = "/var/lib/unbind"
"""The data folder that the units of deploy/ name and systemd creates."""
SERVICE = "unbind"
"""User and group of the service where root sets it up."""
UNITS = ("unbind-desk.service", "unbind-backup.service", "unbind-backup.timer")
CONFINE = "documents.confine"
WHY_NOT = "from papers.opening.confinement import why_unconfined; print(why_unconfined())"
ROUND_TRIP_S = 90.0
"""Seconds that a mail to oneself may take."""
EMPTY = "-"
"""The answer that empties a value."""


@dataclass(slots=True)
class Setup:
    """One run. `given`: answers by the names of the questions, of which a wrong one ends the run;
    None where a person is asked, and asked again. `is_first`: there was no config.yaml.
    `new_folder`: the folder of the data was empty."""

    file: Path
    given: Mapping[str, Any] | None
    values: Values = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    is_first: bool = False
    new_folder: bool = False

    def begin(self) -> None:
        """Take over the values of config.yaml. Raises ConfigError, also for given answers that no
        question asks for."""
        known = [one.key for one in (*CENTRE, *MAIL, VERIFYING_SERVERS, FIRST_DAY, *INSTALLATION)]
        if unknown := [name for name in self.given or () if name not in known]:
            raise ConfigError(
                f"没有这些问题：{'、'.join(unknown)}。可以回答的是 {', '.join(known)}"
            )
        self.is_first = not self.file.exists()
        if not self.is_first:
            text = self.file.read_text("utf-8-sig")
            self.values = deepcopy(written_in(text, self.file.name).values)

    def questions(self) -> None:
        """Ask everything, and try the mailbox as soon as it is known. Raises DeskError where a
        given answer is wrong."""
        for question in CENTRE:
            self._put(question)
        while True:
            for question in MAIL:
                self._put(question)
            self._set("mailbox.kind", "imap")
            self._set("outbox.kind", "smtp")
            try:
                self._try_mail()
                break
            except DeskError as error:
                if self.given is not None:
                    raise
                typer.echo(broken(str(error)))
        for question in INSTALLATION:
            self._put(question)
        if not value_at(self.values, CONFINE):
            self._require_sandbox()

    def _require_sandbox(self) -> None:
        """Require it of the service where it works here; else say why config.yaml does not."""
        trouble = why_no_sandbox()
        if not trouble:
            self._set(CONFINE, "require")
            return
        text = f"没有写入 {CONFINE}: require，因为服务的用户在本机没有隔离环境：{trouble}"
        typer.echo(warning(text, "见 docs/OPERATIONS.md"))

    def summary(self) -> str:
        """The settings of the answers that are not the default."""
        changed = (one for one in report(self._config()) if one.changed)
        return "\n".join(
            as_yaml(replace(one, why="", heads=("",) * len(one.heads)) for one in changed)
        )

    def _put(self, question: Question) -> None:
        if not question.when(self.values):
            return
        present = value_at(self.values, question.key)
        default = ", ".join(present) if isinstance(present, list) else present
        while True:
            answer = self._answer(question, str(default or question.default(self.values))).strip()
            try:
                self._take(question, "" if answer == EMPTY else answer)
            except DeskError as error:
                if self.given is not None:
                    raise
                typer.echo(broken(_reason(error, question.key)))
            else:
                return

    def _answer(self, question: Question, default: str) -> str:
        if self.given is not None:
            given = self.given.get(question.key, default) or ""
            return ", ".join(map(str, given)) if isinstance(given, list) else str(given)
        return str(typer.prompt(question.text, default=default, hide_input=question.is_secret))

    def _take(self, question: Question, answer: str) -> None:
        """Take an answer over. Raises ConfigError where the settings refuse it."""
        if question.key == "units" and answer and not Path(answer).is_absolute():
            raise ConfigError(f"请写完整路径，如 {UNITS_FOLDER}")
        if question.is_secret or "." not in question.key:
            self.answers[question.key] = answer
            return
        if question.is_required and not answer:
            raise ConfigError("请填写。")
        before = deepcopy(self.values)
        folded = unicodedata.normalize("NFKC", answer)  # ，： of a Chinese keyboard
        value = [one.strip() for one in re.split("[,、;]", folded) if one.strip()]
        self._set(question.key, (value if question.is_list else answer) or None)
        try:
            config = self._config()
            if question.key.startswith("certificates."):
                Wiring(config).verifier()
        except DeskError:
            self.values = before
            raise

    def _set(self, key: str, value: Any) -> None:
        *sections, name = key.split(".")
        place = self.values
        for section in sections:
            if not isinstance(place.get(section), dict):
                place[section] = {}
            place = place[section]
        place[name] = int(value) if name == "port" and str(value).isdecimal() else value

    def _config(self) -> Config:
        return config_of(template(self.values), self.file)

    def wiring(self) -> Wiring:
        """The desk of the answers, with the password from memory."""
        password = self.answers["password"]
        return Wiring(self._config(), {**os.environ, IMAP: password, SMTP: password})

    def _try_mail(self) -> None:
        """Log in, send a mail to the mailbox itself and read it back; ask for the receiving server,
        and propose the one that these mails show. Raises DeskError."""
        wiring, inspected = self.wiring(), Inspected()
        for line in MAILBOXES["imap"].check(wiring, inspected):
            typer.echo(line)
        if returned := round_trip(wiring):
            typer.echo(well("试发给自己的邮件已收到"))
            inspected.headers.append(returned.raw)
        else:
            remedy = "请到网页邮箱查看它是否被退回或拦截"
            typer.echo(warning("试发给自己的邮件没有按时收到", remedy))
        found = results_of(inspected.headers)
        typer.echo(servers_in(found))
        servers = sorted({top.server for top in topmost(found) if not top.is_forgeable})
        question = replace(VERIFYING_SERVERS, default=lambda _values: ", ".join(servers))
        self._put(question)
        named = value_at(self.values, question.key) or ()
        if above := lines_above([name.lower() for name in named], found):
            self._set("sender.received_above", above)
        if not named:
            sender = {"accept_unauthenticated": True, "dns_servers": []}
            self.values["sender"] = {**(self.values.get("sender") or {}), **sender}
        self.put_first_day(inspected.mails)

    def put_first_day(self, mails: int) -> None:
        """Ask from when on mail counts, where a first run finds some: people have worked it."""
        if mails and self.is_first:
            self._put(FIRST_DAY)

    def write(self) -> Iterator[Path]:
        """Write config.yaml, the password's file and the units; each path that was written."""
        folder, data = self.file.parent, self._config().folder
        self.new_folder = not data.exists() or not any(data.iterdir())
        if not folder.exists():
            folder.mkdir(parents=True)
            _for_service(folder, 0o750)
        if self.answers["password"]:
            secret = folder / "imap-password"
            _write(secret, self.answers["password"] + "\n", 0o600)
            self._set("mailbox.imap.password_file", str(secret.absolute()))
            yield secret
        if self.file.exists():
            shutil.copy2(self.file, self.file.with_suffix(".yaml.bak"))
        _write(self.file, template(self.values), 0o640)
        yield self.file
        if self.answers["units"]:
            yield from self._units(Path(self.answers["units"]))

    def _units(self, folder: Path) -> Iterator[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        data, user = self._config().folder, SERVICE if os.geteuid() == 0 else getpass.getuser()
        places = {
            "/etc/unbind/config.yaml": str(self.file.absolute()),
            "/etc/unbind": str(self.file.parent.absolute()),
            "/srv/unbind": str(DEPLOY.parent),
            STATE: str(data),
        }
        is_elsewhere = str(data) != STATE
        if is_elsewhere:
            private_folder(data / "backups")  # systemd creates it in STATE
        for name in UNITS:
            text = (DEPLOY / name).read_text("utf-8")
            # at once: a path of ours may contain one of the units'
            text = re.sub("|".join(places), lambda found: places[found[0]], text)
            text = text.replace("User=unbind\nGroup=unbind\n", f"User={user}\nGroup={user}\n")
            if is_elsewhere:
                text = text.replace("ProtectHome=", f"ReadWritePaths={data}\nProtectHome=")
            _write(folder / name, text, 0o644)
            yield folder / name

    def administrator(self, actor: str) -> str:
        """Create the first administrator; the one-time password, "" where there is one already.
        Raises DeskError."""
        wiring = self.wiring()
        with contextlib.closing(wiring.store()) as store:
            with store.view() as tx:
                has_one = bool(tx.administrators.oldest())
            if has_one or not self.answers["administrator"]:
                return ""
            console, name = console_of(wiring.desk(store)), self.answers["administrator"]
            return personnel.create(console, actor, name)

    def give_to_service(self) -> Iterator[Line]:
        """Give the files that root created in the folder of the data to the user of the service; a
        warning where the folder is root's and had other files before."""
        folder = self._config().folder
        if os.geteuid() == folder.stat().st_uid == 0:
            if not self.new_folder:
                yield warning(
                    f"{folder} 中原有其他文件，没有交给服务的用户 {SERVICE}",
                    f"请换用单独的目录；确属办理台专用的：chown -R {SERVICE}: {folder}",
                )
                return
            with contextlib.suppress(LookupError):  # not on this machine
                service = pwd.getpwnam(SERVICE)
                os.chown(folder, service.pw_uid, service.pw_gid)
        hand_over(folder)


def why_no_sandbox() -> str:
    """Why the service will have no sandbox, or "". Tried as its user: root may have one where
    AppArmor (Ubuntu 24.04) grants none to others."""
    of_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        with contextlib.suppress(LookupError):  # not on this machine
            service = pwd.getpwnam(SERVICE)
            of_user = {"user": service.pw_uid, "group": service.pw_gid, "extra_groups": []}
    command = [sys.executable, "-c", WHY_NOT]
    try:
        done = subprocess.run(
            command, cwd=DEPLOY.parent, check=False, capture_output=True, text=True, **of_user
        )
    except OSError as error:  # the user may not run the interpreter
        return str(error)
    printed: str = done.stdout or done.stderr
    return printed.strip().rpartition("\n")[2]


def round_trip(wiring: Wiring) -> NewMail | None:
    """Send a mail to the mailbox itself and read it back; None where it does not come within
    ROUND_TRIP_S. Raises TransportError, MailboxError."""
    sender = wiring.sender()
    mark = make_msgid(domain=wiring.case_settings().own_domain)
    letter = OutgoingLetter(
        sender.address,
        sender.name,
        sender.address,
        "解绑办理台 试发",
        "unbind setup 试发给自己，可以删除。",
        "",
        mark,
        "",
        wiring.clock.now(),
    )
    with contextlib.closing(wiring.mailbox()) as mailbox:
        _, before = mailbox.listed()
        transport = wiring.transport()
        with contextlib.closing(transport):
            transport.send(letter)
        return _returned(mailbox, max(before, default=0), mark, wiring)


def _returned(mailbox: Mailbox, last: int, mark: str, wiring: Wiring) -> NewMail | None:
    begun = wiring.clock.now()
    while (wiring.clock.now() - begun).total_seconds() < ROUND_TRIP_S:
        uidvalidity, uids = mailbox.listed()
        for mail in mailbox.fetch(uidvalidity, [uid for uid in uids if uid > last]):
            if mark.encode() in mail.raw:
                return mail
        mailbox.wait(5.0)
    return None


def _reason(error: DeskError, key: str) -> str:
    """What is wrong with one answer, without the file and line that nobody has seen."""
    lines = str(error).splitlines()
    if len(lines) != 2 or key not in lines[1]:
        return str(error)
    return lines[1].partition("：")[2]


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file that nobody else can read before it has its mode."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.touch(mode)
    temporary.write_text(text, "utf-8")
    _for_service(temporary, mode)
    temporary.replace(path)


def _for_service(path: Path, mode: int) -> None:
    """Set the mode; what root writes is for the group of the service, which reads config.yaml."""
    path.chmod(mode)
    if os.geteuid() == 0:
        with contextlib.suppress(LookupError):  # not on this machine
            shutil.chown(path, group=SERVICE)
