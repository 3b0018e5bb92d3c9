"""Handles a request that passed the gate: one request, one window, one signature.

A PIN is used once, for the lock that the window named, and for bytes that are built here from the
browser's Origin. The locks are read again at each request, so that another lock is not mistaken for
the one that was read before; `changed` reports it. While a window is open, a second request is
refused.
"""

import base64
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from agent import VERSION
from agent.agent_errors import LOCK_ERRORS, LockError, Refused
from agent.certificate_text import KINDS, Unreadable, read, read_signing
from agent.lock import NEVER_WORKING, Certificate, Inventory, Lock, Order, Token
from agent.origin_gate import SignRequest
from agent.prompt import Question, WindowPrompt
from lock_protocol import signed_bytes

READ_AGAIN_S = 5.0
CHANGED_NOTE = "CA锁被重新插拔或更换过，已重新读取"


@dataclass(slots=True)
class Signing:
    """The answers of the agent's three addresses."""

    lock: Lock
    prompt: WindowPrompt
    clock: Callable[[], float] = time.monotonic
    _busy: threading.Lock = field(default_factory=threading.Lock)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _plugged: frozenset[tuple[str, str]] | None = None
    _changes: int = 0
    _changes_at_list: int | None = None
    _listed: frozenset[str] = frozenset()
    _read_at: float = float("-inf")

    def status(self) -> dict[str, Any]:
        """The answer that the agent runs. `plugged`: the number of changes of the locks so far, so
        that a page that polls notices one. The locks are read again in the background."""
        if self.clock() - self._read_at >= READ_AGAIN_S:
            self._read_at = self.clock()
            threading.Thread(target=self._read_quietly, daemon=True).start()
        return {
            "agent": "unbind-agent",
            "version": VERSION,
            "protocol": 1,
            "window": self.prompt.ready(),
            "plugged": self._changes,
        }

    def certificates(self) -> dict[str, Any]:
        """Every token and certificate, read now, and whether something changed
        since the last reading."""
        inventory = self._inventory()
        self._read_at = self.clock()
        with self._guard:
            changed = self._changes_at_list not in {None, self._changes}
            self._changes_at_list = self._changes
        self._listed = frozenset(one.sha256 for _, one in inventory.certificates())
        return {
            "tokens": [token_fields(token) for token in inventory.tokens],
            "problems": [problem_fields(*one) for one in problems_of(inventory).items()],
            "changed": changed,
            "message": CHANGED_NOTE if changed else "",
        }

    def sign(
        self, origin: str, request: SignRequest, hung_up: Callable[[], bool]
    ) -> dict[str, str]:
        """One signature.

        Raises Refused, PromptError or LockError. Nothing is tried a second time.
        """
        with self._alone():
            token, certificate = self._usable(request.certificate_sha256)
            message = signed_bytes(origin, request.purpose, request.nonce, request.account)
            pin = self.prompt.ask(question(origin, request, token, certificate), hung_up)
            signature = self.lock.sign(Order(token.serial, certificate.sha256, message, pin))
        return {
            "signature": base64.b64encode(signature).decode(),
            "certificate": base64.b64encode(certificate.der).decode(),
        }

    def _inventory(self) -> Inventory:
        """The locks, read now. A reading that differs from the one before is a change: a lock was
        pulled out or plugged in. If no page notices it, the help page's 主键为空 results."""
        inventory = self.lock.inventory()
        with self._guard:
            self._changes += self._plugged not in {None, inventory.names()}
            self._plugged = inventory.names()
        return inventory

    def _read_quietly(self) -> None:
        """Not while a window is open: the lock is then in use."""
        if not self._busy.locked():
            self._inventory()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise Refused(
                "busy",
                "已有一个PIN码窗口在等您输入",
                HTTPStatus.CONFLICT,
                "请先在那个窗口里完成或取消",
            )
        try:
            yield
        finally:
            self._busy.release()

    def _usable(self, sha256: str) -> tuple[Token, Certificate]:
        """The certificate and its token, read now. Raises LockError where it cannot sign."""
        inventory = self._inventory()
        found = inventory.find(sha256)
        if found is None:
            raise missing(inventory, known=sha256 in self._listed)
        token, certificate = found
        if token.pin in NEVER_WORKING:
            raise LockError(NEVER_WORKING[token.pin])
        read_signing(certificate.der)
        return found


def missing(inventory: Inventory, *, known: bool) -> LockError:
    """Why a certificate is not there: removed since it was listed (`known`), another lock, no lock,
    or no driver."""
    if known:
        return LockError("token_absent")
    if inventory.tokens:
        return LockError("certificate_missing")
    return next(iter(problems_of(inventory).values()))


def problems_of(inventory: Inventory) -> Mapping[str, LockError]:
    """Why there is no token: the drivers' problems, or, with working drivers, the missing token."""
    if inventory.tokens or inventory.problems:
        return inventory.problems
    return {"": LockError("token_missing")}


def question(origin: str, request: SignRequest, token: Token, certificate: Certificate) -> Question:
    reading = read(certificate.der)
    lines = (
        ("签名的CA锁", f"{token.label}（{token.serial}）"),
        ("证书", reading.subject),
        ("颁发者", reading.issuer),
        ("类型", f"{KINDS[reading.kind]}  {reading.key_type}  {certificate.label}"),
        ("序列号", f"{reading.serial_text}（末六位 {reading.serial_text[-6:]}）"),
        ("有效期至", f"{reading.not_after:%Y-%m-%d}"),
    )
    return Question(origin, request.purpose, request.account, lines, token.pin_note())


def token_fields(token: Token) -> dict[str, Any]:
    return {
        "label": token.label,
        "serial": token.serial,
        "manufacturer": token.manufacturer,
        "model": token.model,
        "pin": token.pin.value,
        "pin_note": token.pin_note(),
        "certificates": [certificate_fields(one) for one in token.certificates],
    }


def certificate_fields(certificate: Certificate) -> dict[str, Any]:
    fields = {
        "der": base64.b64encode(certificate.der).decode(),
        "sha256": certificate.sha256,
        "label": certificate.label,
        "readable": False,
        "signs": False,
        "key_type": "unknown",
        "subject": "",
        "kind": "unknown",
    }
    with suppress(Unreadable):
        reading = read(certificate.der)
        fields |= {
            "readable": True,
            "signs": reading.signs,
            "key_type": reading.key_type,
            "subject": reading.subject,
            "issuer": reading.issuer,
            "serial": reading.serial_text,
            "not_after": reading.not_after.isoformat(),
            "kind": reading.kind,
        }
    return fields | {"kind_text": KINDS[str(fields["kind"])]}


def problem_fields(module: str, problem: LockError) -> dict[str, str]:
    message, remedy = LOCK_ERRORS[problem.code]
    return {
        "module": module,
        "code": problem.code,
        "detail": problem.detail,
        "message": message,
        "remedy": remedy,
    }
