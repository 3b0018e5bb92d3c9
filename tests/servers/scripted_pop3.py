"""A POP3 server on loopback that plays from a script: it closes the connection in the middle of
certain mails."""

import socketserver
import threading
from collections.abc import Collection, Sequence
from typing import Self


class ScriptedPop3:
    """Serves `mails` to any user. `breaks_at`: numbers of the mails over which it hangs up."""

    def __init__(self, mails: Sequence[bytes], breaks_at: Collection[int] = ()) -> None:
        self.mails, self.breaks_at = mails, frozenset(breaks_at)
        self.deleted: set[int] = set()
        script = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"+OK ready\r\n")
                while line := self.rfile.readline():
                    command, *arguments = line.decode().split()
                    numbers = [int(text) for text in arguments if text.isdigit()]
                    answer = script.answer(command.upper(), numbers)
                    self.wfile.write(answer)
                    if command.upper() == "QUIT" or not answer.endswith(b"\r\n"):
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def answer(self, command: str, numbers: Sequence[int]) -> bytes:
        """What is sent for a command; without an end of line, the server hangs up behind it."""
        if command in {"UIDL", "LIST"}:
            lines = (
                f"{number} {len(raw) if command == 'LIST' else f'name-{number}'}\r\n"
                for number, raw in enumerate(self.mails, 1)
            )
            return b"+OK\r\n" + "".join(lines).encode() + b".\r\n"
        if command == "RETR":
            raw = self.mails[numbers[0] - 1]
            if numbers[0] in self.breaks_at:
                return b"+OK\r\n" + raw[:20]
            return b"+OK\r\n" + raw + b".\r\n"
        if command == "DELE":
            self.deleted.add(numbers[0])
        return b"+OK\r\n"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
