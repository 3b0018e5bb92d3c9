"""A private Dovecot on loopback for one test: own folder, own user, own ports; as root or as
anybody. Works with 2.4 (Debian 13) and 2.3.

Use: `from tests.servers.dovecot import dovecot, tls_dovecot` in a test module (or as a pytest
plugin), then take the fixture.
"""

import contextlib
import getpass
import grp
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tests.servers.certificates import ServerCertificate, certificate
from tests.servers.ports import free_port

__all__ = ["DovecotServer", "certificate", "dovecot", "tls_dovecot"]

USER, PASSWORD = "support", "correct horse"
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A workday morning. In the past, because Dovecot does not let mails arrive in the future."""


class DovecotServer:
    """A Dovecot under `folder`; as root under a folder of its own in /tmp, since mail is then kept
    by nobody, and pytest shuts others out of its folders again whenever one of its processes
    starts. `port` speaks IMAP (with STARTTLS when there is a certificate), `tls_port` IMAPS,
    `pop3_port` POP3."""

    def __init__(
        self, folder: Path, certificate: ServerCertificate | None = None, extra: str = ""
    ) -> None:
        self.folder = folder if os.geteuid() else self._public_folder()
        self.host, self.user, self.password = "127.0.0.1", USER, PASSWORD
        self.port = free_port()
        self.tls_port = free_port() if certificate else 0
        self.pop3_port = free_port()
        self.certificate = certificate
        self.extra = extra
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout_s: float = 60.0) -> None:
        """Start and wait until a login works."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "dovecot.conf"
        config.write_text(self._config())
        (self.folder / "users").write_text(self._user_line())
        (self.folder / "mail").mkdir(exist_ok=True)
        if os.geteuid() == 0:
            for path in (self.folder / "mail", self.folder):
                os.chown(path, 65534, grp.getgrnam("nogroup").gr_gid)
        self._process = subprocess.Popen(
            [
                *_with_parent(),
                str(shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")),
                "-F",
                "-c",
                str(config),
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr").open("wb"),
            start_new_session=True,
        )
        self._await_login(timeout_s)

    def stop(self) -> None:
        """Stop it and every process of its."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Kill the server and its children, as a machine that loses power."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(40)
        self._process = None

    def append(
        self, raw: bytes, flags: Sequence[str] = (), when: datetime = NOW, folder: str = "INBOX"
    ) -> int:
        """Put a mail into the box, as it would arrive at `when`; its UID."""
        with self.client() as client:
            answer = client.append(folder, raw, flags, when)
            client.select_folder(folder, readonly=True)
            uids = client.search()
        assert b"completed" in bytes(answer).lower(), answer
        return int(max(uids))

    @contextlib.contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """A logged-in connection of the test's own."""
        with IMAPClient(self.host, self.port, ssl=False) as client:
            client.login(self.user, self.password)
            yield client

    def flags(self, uid: int, folder: str = "INBOX") -> set[str]:
        """The flags and keywords of a mail."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            return {flag.decode() for flag in client.get_flags([uid])[uid]}

    def uids(self, folder: str = "INBOX") -> list[int]:
        """The UIDs in a folder."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            return list(client.search())

    def log(self) -> str:
        """What the server logged."""
        return "".join(
            path.read_text(errors="replace")
            for path in (self.folder / "log", self.folder / "stderr")
            if path.exists()
        )

    def await_log(self, text: str, times: int = 1, timeout_s: float = 60.0) -> int:
        """Wait until the log has `text` at least `times` times:
        Dovecot writes it behind the answer to a client.

        Returns: how often the log has it now.
        """
        until = time.monotonic() + timeout_s
        while (count := self.log().count(text)) < times:
            assert time.monotonic() < until, (
                f"{text!r} is {count} times in the log, not {times} times:\n{self.log()}"
            )
            threading.Event().wait(0.02)
        return count

    def _config(self) -> str:
        old = dovecot_version() < (2, 4)
        tls = self._tls_part(old=old)
        return (_CONFIG_23 if old else _CONFIG_24).format(
            folder=self.folder,
            port=self.port,
            tls_port=self.tls_port,
            pop3_port=self.pop3_port,
            tls=tls,
            extra=self.extra,
            nobody="" if os.geteuid() == 0 else _as_self(),
        )

    def _tls_part(self, *, old: bool) -> str:
        if self.certificate is None:
            return "ssl = no"
        names = ("ssl_cert", "ssl_key") if old else ("ssl_server_cert_file", "ssl_server_key_file")
        mark = "<" if old else ""
        return (
            f"ssl = yes\n{names[0]} = {mark}{self.certificate.cert_file}\n"
            f"{names[1]} = {mark}{self.certificate.key_file}"
        )

    def _user_line(self) -> str:
        uid, gid = (
            (os.getuid(), os.getgid()) if os.geteuid() else (65534, grp.getgrnam("nogroup").gr_gid)
        )
        return f"{self.user}:{{PLAIN}}{self.password}:{uid}:{gid}::{self.folder / 'home'}\n"

    def _public_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        folder.chmod(0o755)
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _await_login(self, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            # A greeting is not enough: the first logins of a starting server may meet "Temporary
            # authentication failure".
            with contextlib.suppress(OSError, IMAPClientError), self.client():
                return
            threading.Event().wait(0.02)
        raise RuntimeError(f"Dovecot did not start:\n{self.log()}")


def _with_parent() -> list[str]:
    """A test process that is killed takes its server along, where util-linux knows how."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def dovecot_version() -> tuple[int, ...]:
    """Major and minor version."""
    binary = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if binary is None:
        pytest.skip(
            "DOVECOT IS NOT INSTALLED: every test against a real IMAP server is skipped. "
            "Run: apt-get install dovecot-imapd dovecot-pop3d"
        )
    text = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in text.split()[0].split(".")[:2])


def _as_self() -> str:
    me, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    return (
        f"default_internal_user = {me}\ndefault_internal_group = {group}\ndefault_login_user = {me}"
    )


_COMMON = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
first_valid_uid = 1
{tls}
{nobody}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
namespace inbox {{
  inbox = yes
}}
{extra}
"""

_CONFIG_24 = (
    """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols = imap pop3
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail
passdb passwd-file {{
  passwd_file_path = {folder}/users
}}
userdb passwd-file {{
  passwd_file_path = {folder}/users
}}
"""
    + _COMMON
)

_CONFIG_23 = (
    """protocols = imap pop3
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
"""
    + _COMMON
)


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[DovecotServer]:
    """A running Dovecot without TLS."""
    dovecot_version()
    server = DovecotServer(tmp_path / "dovecot")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tls_dovecot(tmp_path: Path, certificate: ServerCertificate) -> Iterator[DovecotServer]:
    """A running Dovecot with TLS on `tls_port` and STARTTLS on `port`."""
    dovecot_version()
    server = DovecotServer(tmp_path / "dovecot", certificate)
    server.start()
    yield server
    server.stop()
