"""JSON between the portal's scripts and the desk. An answer is {go}; each refusal is
{code, message, help}.

The PIN never leaves the lock agent's window: no request has a field for it, and one with an unknown
field is refused.
"""

import base64
from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException

from core.data.contact import LONGEST_ADDRESS
from core.locks.challenge import Proof
from lock_protocol import Purpose
from web.common import failures
from web.common.site import RowId, Trimmed
from web.portal.help import help_for

MOST_CERTIFICATE_BYTES = 16 * 1024


def octets(text: object) -> bytes:
    """Base64 or base64url, padded or not. Raises ValueError."""
    if not isinstance(text, str):
        # pydantic turns a ValueError into a refusal
        raise ValueError("text is expected")  # noqa: TRY004
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


Octets = Annotated[
    bytes, BeforeValidator(octets), Field(min_length=1, max_length=MOST_CERTIFICATE_BYTES)
]
Words = Annotated[str, Field(max_length=200)]
Particular = Annotated[Trimmed, Field(max_length=200)]


class Sent(BaseModel):
    """What each request has. `csrf`: the token of its page."""

    model_config = ConfigDict(extra="forbid")
    csrf: Words


class ChallengeSent(Sent):
    """A request for a challenge that the lock is to sign.

    `account` depends on `purpose`: the serial of the lock to unbind or report lost, the renewed
    certificate's SHA-256, or the new contact address.
    """

    purpose: Purpose
    account: Annotated[str, Field(max_length=LONGEST_ADDRESS)] = ""


class CertificateSent(Sent):
    """A certificate to read."""

    certificate: Octets


class ProofSent(Sent):
    """A signature of a lock, and its certificate. `beside`: the lock's other signing
    certificates."""

    nonce: Octets
    certificate: Octets
    signature: Octets
    beside: Annotated[list[Octets], Field(max_length=8)] = []

    def proof(self, origin: str) -> Proof:
        """The proof, as use cases accept it."""
        return Proof(self.nonce, self.certificate, self.signature, origin, tuple(self.beside))


class RegisterSent(ProofSent):
    """A registration. The enterprise's name and USCC come from the certificate. `again`: the
    password a second time."""

    contact_name: Particular
    contact_email: Particular
    contact_phone: Particular = ""
    password: Words
    again: Words


class PasswordSent(ProofSent):
    """A new password."""

    password: Words
    again: Words


class ContactSent(ProofSent):
    """A new contact address, which the lock has signed."""

    address: Annotated[str, Field(max_length=LONGEST_ADDRESS)]


class UnbindSent(ProofSent):
    """The binding to end, or the one whose lock is lost. The signature covers the serial of that
    lock."""

    binding_id: RowId


class RenewSent(ProofSent):
    """The renewed certificate. The signature comes from the old lock."""

    renewed: Octets


def answer(request: Request, error: Exception) -> Response:
    """The answer to a refusal: JSON for a script of the portal, a page for everybody else."""
    is_json = request.headers.get("content-type", "").startswith("application/json")
    is_script = is_json and request.url.path.startswith("/portal/")
    if is_script and not isinstance(error, LookupError):  # which may be an error of ours
        return refusal(error)
    return failures.answer(request, error)


def refusal(error: Exception) -> JSONResponse:
    """The JSON answer to a refusal: its code, its text and the help for it."""
    failure = failures.failure_of(error)
    headers = error.headers if isinstance(error, HTTPException) else None
    body = {"code": failure.code, "message": failure.text, "help": help_for(failure.code)}
    return JSONResponse(body, failure.status, headers)
