"""Passkeys (WebAuthn level 3) by py_webauthn: created for this site's name, and used from this
site's pages only.

What a passkey signs contains the origin of the page, from the browser, and the name of the site.
Both are compared here, so a page of another site cannot pass on what a passkey signed for it. The
attestation, which identifies the kind of device, is not requested.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json
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
    """Passkeys of the site at `base_url`. A challenge is base64url text. `known`: the passkeys
    that the person already has."""

    def __init__(self, base_url: str, site_name: str) -> None:
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname or ""
        self._site_name = site_name

    def creation_options(
        self, name: str, user: int, known: Sequence[Passkey], challenge: str
    ) -> str:
        """The options, as JSON, for a browser to create a passkey."""
        return options_to_json(
            generate_registration_options(
                rp_id=self._host,
                rp_name=self._site_name,
                user_name=name,
                user_id=str(user).encode(),
                challenge=base64url_to_bytes(challenge),
                exclude_credentials=[_descriptor(one) for one in known],
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.DISCOURAGED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
            )
        )

    def created(self, answer: str, challenge: str) -> Passkey:
        """The new passkey in a browser's answer. Raises NotAllowed for an invalid answer."""
        with _invalid_is_refused():
            verified = verify_registration_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._host,
                expected_origin=self._origin,
            )
        return Passkey(
            0,
            bytes_to_base64url(verified.credential_id),
            bytes_to_base64url(verified.credential_public_key),
            verified.sign_count,
        )

    def login_options(self, known: Sequence[Passkey], challenge: str) -> str:
        """The options, as JSON, for a browser to log in by one of the passkeys."""
        return options_to_json(
            generate_authentication_options(
                rp_id=self._host,
                challenge=base64url_to_bytes(challenge),
                allow_credentials=[_descriptor(one) for one in known],
                user_verification=UserVerificationRequirement.PREFERRED,
            )
        )

    def used(self, answer: str, known: Sequence[Passkey], challenge: str) -> Passkey:
        """The passkey of a login, with its new count. Raises NotAllowed for an invalid answer."""
        with _invalid_is_refused():
            credential = parse_authentication_credential_json(answer)
        passkey = next((one for one in known if one.credential == credential.id), None)
        if passkey is None:
            raise NotAllowed("此通行密钥没有登记在您的账号下。")
        with _invalid_is_refused():
            used = verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.cose),
                credential_current_sign_count=passkey.count,
            )
        return replace(passkey, count=used.new_sign_count)


@contextmanager
def _invalid_is_refused() -> Iterator[None]:
    """Raise NotAllowed for what py_webauthn raises on an answer that is invalid or malformed."""
    try:
        yield
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise NotAllowed(REFUSED) from error


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential))
