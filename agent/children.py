"""All locks of this PC, each driver in a child process of its own (see `child` for why).

A driver that does not answer in time is killed and reported as `module_hangs`; one that crashes,
as `module_broken`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.agent_errors import LockError
from agent.lock import Certificate, Inventory, Order, PinState, Token
from agent.pkcs11_lock import Module

HERE = Path(__file__).resolve().parent.parent
NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""Windows would open a console for every child."""
READ_TIMEOUT_S = 15.0
SIGN_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class LocksInChildren:
    """The port `lock.Lock` over several drivers."""

    modules: tuple[Module, ...]

    def inventory(self) -> Inventory:
        if not self.modules:
            return Inventory(problems={"": LockError("module_missing")})
        with ThreadPoolExecutor(len(self.modules)) as pool:
            found = list(pool.map(self._read, self.modules))
        return merged(found)

    def sign(self, order: Order) -> bytes:
        module = self._module_of(order.token_serial)
        return bytes.fromhex(answer_of(module, SIGN_TIMEOUT_S, asdict(order)))

    def _read(self, module: Module) -> Inventory:
        try:
            return Inventory(tuple(map(token_of, answer_of(module, READ_TIMEOUT_S))))
        except LockError as error:
            return Inventory(problems={module.path: error})

    def _module_of(self, token_serial: str) -> Module:
        """The driver that lists this token now. The PIN is sent to no other one.

        (A single driver looks for the token itself.)
        """
        if len(self.modules) == 1:
            return self.modules[0]
        paths = {token.module for token in self.inventory().tokens if token.serial == token_serial}
        for module in self.modules:
            if module.path in paths:
                return module
        raise LockError("token_absent")


def merged(found: Sequence[Inventory]) -> Inventory:
    """One list of all drivers; a token that two drivers show (old and new driver
    of one maker) is named once."""
    tokens: dict[tuple[str, str], Token] = {}
    problems: dict[str, LockError] = {}
    for inventory in found:
        problems |= inventory.problems
        for token in inventory.tokens:
            tokens.setdefault((token.serial, token.label), token)
    return Inventory(tuple(tokens.values()), problems)


def token_of(fields: dict[str, Any]) -> Token:
    certificates = tuple(
        Certificate(bytes.fromhex(one["der"]), one["label"], one["container"])
        for one in fields["certificates"]
    )
    return Token(**(fields | {"pin": PinState(fields["pin"]), "certificates": certificates}))


def answer_of(module: Module, timeout_s: float, order: dict[str, Any] | None = None) -> Any:
    """The child's answer: what is plugged in, or the signature of an order.

    Raises LockError with its code, or for a child that crashed or did not answer.
    """
    if not Path(module.path).is_file():
        raise LockError("module_missing", module.path)
    request = {"module": module.path, "sm2": module.sm2, "order": order}
    # without -P a file in the folder that the agent was started in would take a library's place
    command = [sys.executable, "-P", "-m", "agent.child"]
    try:
        run = subprocess.run(
            command,
            input=json.dumps(request, default=bytes.hex).encode(),
            capture_output=True,
            timeout=timeout_s,
            env=os.environ | dict(module.environment) | {"PYTHONPATH": str(HERE)},
            check=False,
            creationflags=NO_CONSOLE,
        )
    except subprocess.TimeoutExpired:
        raise LockError("module_hangs") from None
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        raise LockError("module_broken", f"驱动异常退出 {run.returncode}") from None
    if "error" in answer:
        raise LockError(answer["error"], answer["detail"])
    return answer["answer"]
