"""Passkeys (WebAuthn level 3) by py_webauthn: made for this site's name,
used from this site's pages only.

A browser writes into what a passkey signs from which origin it was asked and for which name it was
made; both are compared here, so that a page of another site gains nothing by passing on what it
got. The attestation, which says what the device is, is not asked for.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.data.administrator import Passkey
from core.errors import NotAllowed

REFUSED = "通行密钥未通过验证：它不属于本网站，或页面已失效。请确认网址正确，刷新页面后重试。"


class SitePasskeys:
    """Passkeys of the site at `base_url`. A challenge is base64url text."""

    def __init__(self, base_url: str, site_name: str) -> None:
        parts = urlsplit(base_url)
        self._origin, self._name, self._site_name = (
            f"{parts.scheme}://{parts.netloc}",
            parts.hostname or "",
            site_name,
        )

    def creation(self, name: str, user: int, known: Sequence[Passkey], challenge: str) -> str:
        """The options, as JSON, with which a browser creates one. `known`: those that the person
        has."""
        return options_to_json(
            generate_registration_options(
                rp_id=self._name,
                rp_name=self._site_name,
                user_name=name,
                user_id=str(user).encode(),
                challenge=base64url_to_bytes(challenge),
                exclude_credentials=[_described(one) for one in known],
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.DISCOURAGED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
            )
        )

    def created(self, answer: str, challenge: str) -> Passkey:
        try:
            verified = verify_registration_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._name,
                expected_origin=self._origin,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise NotAllowed(REFUSED) from error
        return Passkey(
            0,
            bytes_to_base64url(verified.credential_id),
            bytes_to_base64url(verified.credential_public_key),
            verified.sign_count,
        )

    def request(self, known: Sequence[Passkey], challenge: str) -> str:
        return options_to_json(
            generate_authentication_options(
                rp_id=self._name,
                challenge=base64url_to_bytes(challenge),
                allow_credentials=[_described(one) for one in known],
                user_verification=UserVerificationRequirement.PREFERRED,
            )
        )

    def used(self, answer: str, known: Sequence[Passkey], challenge: str) -> Passkey:
        passkey = next((one for one in known if one.credential == _credential(answer)), None)
        if passkey is None:
            raise NotAllowed("此通行密钥没有登记在您的账号下。")
        try:
            used = verify_authentication_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._name,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.cose),
                credential_current_sign_count=passkey.count,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise NotAllowed(REFUSED) from error
        return replace(passkey, count=used.new_sign_count)


def may_have_passkeys(base_url: str) -> bool:
    """Whether browsers make passkeys for the address:
    a name over HTTPS, or localhost; never an IP address."""
    parts = urlsplit(base_url)
    with suppress(ValueError):
        ip_address(parts.hostname or "")
        return False
    return parts.scheme == "https" or parts.hostname == "localhost"


def _described(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential))


def _credential(answer: str) -> str:
    """The credential that an answer names; "" for one that is none."""
    with suppress(ValueError, TypeError):
        named = json.loads(answer)
        return str(named.get("id", "")) if isinstance(named, dict) else ""
    return ""
