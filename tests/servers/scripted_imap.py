"""IMAP servers as providers really are, played from a script:
what they refuse, leave out and break off.

`ScriptedImap(NETEASE)` and so on; `server.commands` holds every command as it came, so that a test
can say what must never be asked. The quirks were read in public issue threads; nobody here has an
account there.
"""

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

__all__ = ["ALIYUN", "NETEASE", "PLAIN", "TENCENT", "Provider", "ScriptedImap", "scripted"]

USER, PASSWORD = "support@example.org", "authorisation code"


@dataclass(frozen=True, slots=True)
class Provider:
    """What a server is like.

    Faults: `*_uids` name the mails that they befall, the other settings befall everything.
    """

    before_login: str = "IMAP4rev1"
    after_login: str = "IMAP4rev1 UIDPLUS ID"
    needs_id: bool = False
    uidvalidity: int | None = 7
    tells_uidnext: bool = True
    login_words: str = "[AUTHENTICATIONFAILED] wrong password"
    logins_allowed: int = 1000
    starttls_answer: str = "OK begin"
    # the connection is closed in the middle of the body
    breaks_off_uids: frozenset[int] = frozenset()
    # the connection is closed when their size is asked for
    headless_uids: frozenset[int] = frozenset()
    # deleted by someone else just before they are fetched …
    vanishing_uids: frozenset[int] = frozenset()
    vanishing_from: str = "RFC822.SIZE"  # … for this item
    # a FETCH of a set with one of them is answered NO
    refused_uids: frozenset[int] = frozenset()
    bodiless_uids: frozenset[int] = frozenset()  # BODY[] is NIL
    dateless_uids: frozenset[int] = frozenset()  # INTERNALDATE is rubbish
    # untagged lines sent before every FETCH is completed
    chatter: str = ""
    # "* n EXISTS" comes in the same packet as "+ idling"
    news_with_idle: bool = False
    closes_after_select: bool = False
    dribbles: bool = False  # sends everything in pieces of three bytes …
    pause_s: float = 0.0  # … with a pause between them
    # "* n EXISTS" comes in two packets, some time after "+ idling"
    news_in_pieces: bool = False
    refuses_idle: bool = False  # offers IDLE and answers BAD
    # says "+ idling" and nothing ever again: the other end is gone without a word
    deaf_in_idle: bool = False
    greeting: str = "* OK ready"
    id_answer: str = "OK done"
    folders: tuple[str, ...] = ("INBOX",)  # as they go over the wire (modified UTF-7)
    # SELECT gives [READ-ONLY], STORE is answered NO
    read_only: bool = False
    # what PERMANENTFLAGS lists; another flag is answered NO unless \\* is in it
    permanent_flags: str | None = None
    # a line that means nothing, before every answer to a command …
    garbage: bytes = b""
    garbage_on: str = ""  # … of this name
    lying_uids: frozenset[int] = frozenset()  # the length of the literal …
    lies_by: int = 0  # … is wrong by this
    # deleted while bodies are fetched, and told in the middle of it
    expunged_uids: frozenset[int] = frozenset()
    mute_on: str = ""  # never answers this command


PLAIN = Provider()
NETEASE = Provider(  # 163, 126
    before_login="IMAP4rev1 ID",
    after_login="IMAP4rev1 XLIST SPECIAL-USE APPENDLIMIT ID",
    needs_id=True,
    tells_uidnext=False,
    uidvalidity=1,
)
TENCENT = Provider(  # QQ, Exmail
    before_login="IMAP4 IMAP4rev1 ID AUTH=PLAIN AUTH=LOGIN NAMESPACE",
    after_login="IMAP4 IMAP4rev1 XLIST MOVE IDLE XAPPLEPUSHSERVICE NAMESPACE CHILDREN ID UIDPLUS",
    login_words=(
        "Login fail. Account is abnormal, service is not open, password is incorrect, "
        "login frequency limited, or system is busy."
    ),
    logins_allowed=5,
)
ALIYUN = Provider(
    before_login="IMAP4 IMAP4rev1 IDLE XLIST UIDPLUS ID SASL-IR AUTH=XOAUTH",
    after_login="IMAP4rev1 IDLE UIDPLUS ID",
)


@dataclass(slots=True)
class Mail:
    """A mail on the scripted server."""

    raw: bytes
    date: str = "02-Mar-2026 10:00:00 +0800"
    flags: set[str] = field(default_factory=set)
    folder: str = "INBOX"


class ScriptedImap:
    """A server on loopback; each connection is served by a thread."""

    def __init__(self, provider: Provider = PLAIN, context: ssl.SSLContext | None = None) -> None:
        self.provider = provider
        self.host, self.user, self.password = "127.0.0.1", USER, PASSWORD
        self.mails: dict[int, Mail] = {}
        self.commands: list[str] = []
        self.logins = 0
        self.idling = threading.Event()
        self._context = context
        self._sock = socket.create_server((self.host, 0))
        self.port = int(self._sock.getsockname()[1])
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def change(self, **changes: object) -> None:
        """From now on the server is like this."""
        self.provider = replace(self.provider, **changes)

    def verbs(self) -> list[str]:
        """The commands so far, by name: LOGIN, ID, SELECT, UID SEARCH …"""
        return [re.match(r"(UID \w+|\w+)", line)[0].upper() for line in self.commands if line]  # type: ignore[index]

    def hang_up(self) -> None:
        """Close every connection; new ones are taken."""
        self._close(*self._open)
        self._open.clear()

    def stop(self) -> None:
        """Close everything."""
        self._close(self._sock, *self._open)

    def _close(self, *sockets: socket.socket) -> None:
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            _Session(self, sock).run()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()


class _Session:
    """One connection."""

    def __init__(self, server: ScriptedImap, sock: socket.socket) -> None:
        self.server, self.sock = server, sock
        self.file = sock.makefile("rb")
        self.logged_in = self.introduced = False
        self.over = False
        self.actions: dict[str, Callable[[str, str], None]] = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "ID": self._id,
            "SELECT": self._select,
            "EXAMINE": self._select,
            "NOOP": self._ok,
            "LOGOUT": self._logout,
            "STARTTLS": self._starttls,
            "IDLE": self._idle,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "UID STORE": self._store,
            "AUTHENTICATE": self._authenticate,
            "LIST": self._list,
            "CREATE": self._create,
            "UID COPY": self._copy,
            "UID MOVE": self._move,
            "UID EXPUNGE": self._expunge,
            "STATUS": self._status,
        }
        self.folder = "INBOX"

    @property
    def like(self) -> Provider:
        return self.server.provider

    def say(self, text: str | bytes) -> None:
        line = (text.encode() if isinstance(text, str) else text) + b"\r\n"
        for start in range(0, len(line), 3 if self.like.dribbles else len(line)):
            self.sock.sendall(line[start : start + 3] if self.like.dribbles else line)
            if self.like.pause_s:
                threading.Event().wait(self.like.pause_s)

    def run(self) -> None:
        self.say(self.like.greeting)
        self.over = self.like.greeting.startswith("* BYE")
        while not self.over and (line := self.file.readline()):
            tag, _, command = line.decode(errors="replace").strip().partition(" ")
            self.server.commands.append(command)
            verb = re.match(r"(?i)UID \w+|\w+", command)
            name = verb[0].upper() if verb else ""
            if name == self.like.mute_on:
                continue
            if name == self.like.garbage_on:
                self.say(self.like.garbage)
            action = self.actions.get(name)
            if action is None:
                self.say(f"{tag} BAD unknown command")
            else:
                action(tag, command[len(name) :].strip())

    def _ok(self, tag: str, _rest: str) -> None:
        self.say(f"{tag} OK done")

    def _capability(self, tag: str, _rest: str) -> None:
        self.say(
            f"* CAPABILITY {self.like.after_login if self.logged_in else self.like.before_login}"
        )
        self._ok(tag, "")

    def _login(self, tag: str, rest: str) -> None:
        self.server.logins += 1
        if (
            rest != f'{self.server.user} "{self.server.password}"'
            or self.server.logins > self.like.logins_allowed
        ):
            self.say(f"{tag} NO {self.like.login_words}")
            return
        self.logged_in = True
        self._ok(tag, "")

    def _authenticate(self, tag: str, rest: str) -> None:
        """XOAUTH2 (a token in place of the password).

        A refusal is explained in a challenge, to be answered with an empty line.
        """
        self.say("+")
        words = base64.b64decode(self.file.readline())
        self.server.logins += 1
        if (
            rest != "XOAUTH2"
            or words != f"user={self.server.user}\1auth=Bearer {self.server.password}\1\1".encode()
        ):
            self.say("+ " + base64.b64encode(b'{"status":"400"}').decode())
            empty = self.file.readline().strip() == b""
            self.say(f"{tag} NO {self.like.login_words}" if empty else f"{tag} BAD answer")
            return
        self.logged_in = True
        self._ok(tag, "")

    def _store(self, tag: str, rest: str) -> None:
        numbers, _, flags = rest.partition(" +FLAGS.SILENT ")
        wanted, allowed = flags.strip("()").split(), self.like.permanent_flags
        if self.like.read_only or (
            allowed is not None and "\\*" not in allowed and not set(wanted) <= set(allowed.split())
        ):
            self.say(f"{tag} NO [CANNOT] not here")
            return
        for mail in self._numbered(numbers):
            mail.flags.update(wanted)
        self._ok(tag, "")

    def _numbered(self, numbers: str) -> list[Mail]:
        return [self.server.mails[int(number)] for number in numbers.split(",")]

    def _list(self, tag: str, rest: str) -> None:
        pattern = rest.rpartition('"" ')[2].strip('"')
        for folder in self.like.folders:
            if pattern in {folder, "*"}:
                self.say(f'* LIST (\\HasNoChildren) "/" "{folder}"')
        self._ok(tag, "")

    def _status(self, tag: str, rest: str) -> None:
        folder = rest.partition(" (")[0]
        if folder.strip('"') not in self.like.folders:
            self.say(f"{tag} NO no such folder")
            return
        self.say(f"* STATUS {folder} (MESSAGES 0)")
        self._ok(tag, "")

    def _create(self, tag: str, rest: str) -> None:
        self.server.change(folders=(*self.like.folders, rest.strip('"')))
        self._ok(tag, "")

    def _copy(self, tag: str, rest: str) -> None:
        """The copies are kept under new UIDs a thousand above."""
        numbers, _, folder = rest.partition(" ")
        if folder.strip('"') not in self.like.folders:
            self.say(f"{tag} NO [TRYCREATE] no such folder")
            return
        for number, mail in zip(numbers.split(","), self._numbered(numbers), strict=True):
            self.server.mails[int(number) + 1000] = replace(
                mail, flags=set(mail.flags), folder=folder.strip('"')
            )
        self._ok(tag, "")

    def _move(self, tag: str, rest: str) -> None:
        numbers, _, folder = rest.partition(" ")
        for mail in self._numbered(numbers):
            mail.folder = folder.strip('"')
        self._ok(tag, "")

    def _expunge(self, tag: str, rest: str) -> None:
        for number in rest.split(","):
            if "\\Deleted" in self.server.mails[int(number)].flags:
                del self.server.mails[int(number)]
        self._ok(tag, "")

    def _id(self, tag: str, _rest: str) -> None:
        self.introduced = self.logged_in
        self.say("* ID NIL")
        self.say(f"{tag} {self.like.id_answer}")

    def _starttls(self, tag: str, _rest: str) -> None:
        self.say(f"{tag} {self.like.starttls_answer}")
        if self.like.starttls_answer.startswith("OK"):
            self.say("* this is no TLS handshake")
            self.over = True

    def _select(self, tag: str, rest: str) -> None:
        if self.like.needs_id and not self.introduced:
            self.say(f"{tag} NO SELECT Unsafe Login. Please contact the provider for help")
            return
        self.folder = rest.strip('"')
        if self.folder not in self.like.folders:
            self.say(f"{tag} NO no such folder")
            return
        self.say(f"* {len(self._held())} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)")
        if self.like.uidvalidity is not None:
            self.say(f"* OK [UIDVALIDITY {self.like.uidvalidity}] valid")
        if self.like.tells_uidnext:
            self.say(f"* OK [UIDNEXT {max(self.server.mails, default=0) + 1}] next")
        if self.like.permanent_flags is not None:
            self.say(f"* OK [PERMANENTFLAGS ({self.like.permanent_flags})] limited")
        self.say(f"{tag} OK [{'READ-ONLY' if self.like.read_only else 'READ-WRITE'}] selected")
        self.over = self.like.closes_after_select

    def _held(self) -> list[int]:
        """The UIDs in the selected folder, ascending."""
        mails = self.server.mails
        return (
            sorted(mails)
            if len(mails) > 1000
            else sorted(uid for uid, mail in mails.items() if mail.folder == self.folder)
        )

    def _logout(self, tag: str, _rest: str) -> None:
        self.say("* BYE")
        self._ok(tag, "")
        self.over = True

    def _idle(self, tag: str, _rest: str) -> None:
        if self.like.refuses_idle or "IDLE" not in self.like.after_login.split():
            self.say(f"{tag} BAD IDLE")
            return
        self.say(
            "+ idling"
            + (f"\r\n* {len(self.server.mails)} EXISTS" if self.like.news_with_idle else "")
        )
        self.server.idling.set()
        if self.like.news_in_pieces:
            self._in_pieces(b"* OK Still here\r\n* 1 EXI", b"STS\r\n")
        if self.file.readline().strip().upper() == b"DONE" and not self.like.deaf_in_idle:
            self._ok(tag, "")

    def _in_pieces(self, *pieces: bytes) -> None:
        for piece in pieces:
            threading.Event().wait(0.05)  # so that the pieces are read one by one
            self.sock.sendall(piece)

    def _search(self, tag: str, rest: str) -> None:
        """Only UID ranges and ALL: TEXT and CHARSET are BAD, FROM and SUBJECT are ignored."""
        if re.search(r"\b(TEXT|BODY|CHARSET)\b", rest):
            self.say(f"{tag} BAD parse error")
            return
        found = self._held()
        if match := re.search(r"UID (\d+)(?::(\d+|\*))?$", rest):
            first, last = int(match[1]), match[2]
            top = max(found, default=0)
            end = first if last is None else top if last == "*" else int(last)
            low, high = min(first, end), max(first, end)
            found = [uid for uid in found if low <= uid <= high]
        self.say("* SEARCH" + "".join(f" {uid}" for uid in found))
        self._ok(tag, "")

    def _fetch(self, tag: str, rest: str) -> None:
        numbers, _, items = rest.partition(" ")
        uids = [int(number) for number in numbers.split(",")]
        if uids != sorted(uids):
            self.say(f"{tag} BAD descending set")
            return
        if self.like.vanishing_from in items:
            for uid in self.like.vanishing_uids:
                self.server.mails.pop(uid, None)
        if self.like.refused_uids & set(uids):
            self.say(f"{tag} NO some of the requested messages no longer exist")
            return
        for uid in uids:
            if uid in self.server.mails and not self._one(uid, items):
                return
            if (
                "BODY" in items
                and uid in self.like.expunged_uids
                and self.server.mails.pop(uid, None)
            ):
                self.say(f"* {uids.index(uid) + 1} EXPUNGE")
        if self.like.chatter:
            self.say(self.like.chatter)
        self._ok(tag, "")

    def _one(self, uid: int, items: str) -> bool:
        mail = self.server.mails[uid]
        sequence = (
            sorted(self.server.mails).index(uid) + 1 if len(self.server.mails) < 1000 else uid
        )
        start = f"* {sequence} FETCH (UID {uid}"
        if "RFC822.SIZE" in items and uid in self.like.headless_uids:
            self.over = True
            return False
        if "RFC822.SIZE" in items:
            date = "sometime" if uid in self.like.dateless_uids else mail.date
            self.say(f'{start} RFC822.SIZE {len(mail.raw)} INTERNALDATE "{date}")')
            return True
        name, content = (
            ("BODY[HEADER]", mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
            if "HEADER" in items
            else ("BODY[]", mail.raw)
        )
        if uid in self.like.bodiless_uids:
            self.say(f"{start} {name} NIL)")
            return True
        length = len(content) + (self.like.lies_by if uid in self.like.lying_uids else 0)
        head = f"{start} {name} {{{length}}}\r\n".encode()
        if uid in self.like.breaks_off_uids:
            self.sock.sendall(head + content[: len(content) // 2])
            self.over = True
            return False
        self.say(head + content + b")")
        return True


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedImap]]:
    """A maker of scripted servers: `scripted(NETEASE)`."""
    servers: list[ScriptedImap] = []

    def make(provider: Provider = PLAIN, context: ssl.SSLContext | None = None) -> ScriptedImap:
        servers.append(ScriptedImap(provider, context))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
