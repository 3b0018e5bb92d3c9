"""The process in which a lock's driver runs. It reads one request from standard input, writes one
answer to standard output, and ends.

A driver is the vendor's code. In a process of its own it may crash, hang or print without harm to
the agent. The driver is opened anew for each request, so a lock that was plugged in again is found,
and memory with the PIN ends with the process. The PIN comes over the pipe, never by arguments or
environment.
"""

import json
import os
import sys
from dataclasses import asdict
from typing import Any

from agent.agent_errors import LockError
from agent.lock import Order
from agent.pkcs11_lock import Module, Pkcs11Lock


def main() -> int:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the driver prints must not end up in the answer
    request = json.loads(sys.stdin.buffer.read())
    lock = Pkcs11Lock(Module(request["module"], sm2=request["sm2"]))
    try:
        answer = {"answer": done(lock, request["order"])}
    except LockError as error:
        answer = {"error": error.code, "detail": error.detail}
    json.dump(answer, answers, default=bytes.hex)
    answers.flush()
    # a driver's own clean-up at exit may hang or crash; the operating system closes everything
    os._exit(0)


def done(lock: Pkcs11Lock, order: dict[str, str] | None) -> Any:
    """The signature that is ordered, else what is plugged in."""
    if order is None:
        return [asdict(token) for token in lock.inventory().tokens]
    message = bytes.fromhex(order.pop("message"))
    return lock.sign(Order(message=message, **order))


if __name__ == "__main__":
    sys.exit(main())
