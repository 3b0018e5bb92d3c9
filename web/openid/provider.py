"""The OpenID provider: Authlib's authorization server over one transaction of the store (RFC 6749,
RFC 7636, OpenID Connect Core 1.0).

Authlib says which requests are right and what is answered; here stands what it asks for: which
systems there are, and where codes and tokens are kept. A request is one transaction, so that a code
serves once, also under a race. A code that comes a second time ends the login that it began.
"""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    OAuth2Error,
    OAuth2Request,
    grants,
    scope_to_list,
)
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc.jwk import KeySet

from core.accounts.systems import signing
from core.data.audit_entry import DESK
from core.data.trading_systems import (
    CODE_S,
    LOCK_ACR,
    OPENID,
    PASSWORD_ACR,
    TOKEN_S,
    AccessToken,
    LoginCode,
    SigningKey,
    System,
    SystemLogin,
    SystemsSettings,
)
from core.store.store import Transaction
from core.tokens import digest
from web.common.caller import Caller, same_token
from web.openid.openid_requests import SystemRequest

LOGIN_SCOPES = (OPENID, "profile")
LONGEST_NONCE = 500
MOST_SECONDS = 10**9
SIGNED = "private_key_jwt"
CLIENT_METHODS = ["client_secret_basic", "client_secret_post", SIGNED]
LATEST = 2**32
TWICE = "a parameter is included more than once"
NOT_SUPPORTED = ("request", "request_uri", "registration")
S256 = "S256"


class Client(ClientMixin):
    """A trading system, as Authlib asks for it."""

    def __init__(self, system: System) -> None:
        self.system = system

    def get_client_id(self) -> str:
        return self.system.id

    def get_default_redirect_uri(self) -> str:
        return ""  # each request names its own

    def get_allowed_scope(self, scope: Collection[str] | str) -> str:
        """Of a login those of a login; those of the API are for the system in its own name."""
        wanted = scope_to_list(scope or "") or ()
        allowed = LOGIN_SCOPES if OPENID in wanted else self.system.scopes
        return " ".join(one for one in wanted if one in allowed)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.system.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return any(same_token(client_secret, one) for one in self.system.secrets)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        known = {*CLIENT_METHODS, JWTBearerClientAssertion.CLIENT_AUTH_METHOD}
        return endpoint == "token" and method in known

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == CodeGrant.GRANT_TYPE or (
            grant_type == OwnNameGrant.GRANT_TYPE and bool(self.system.scopes)
        )


def _system(client: ClientMixin | None) -> System:
    assert isinstance(client, Client)
    return client.system


@dataclass(frozen=True)
class Issued(AuthorizationCodeMixin):
    """A code with its login."""

    code: LoginCode
    login: SystemLogin

    @property
    def code_challenge(self) -> str:
        return self.code.challenge

    @property
    def code_challenge_method(self) -> str:
        return S256

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    def get_scope(self) -> str:
        return self.code.scope

    def get_nonce(self) -> str:
        return self.code.nonce

    def get_auth_time(self) -> int:
        return int(self.login.auth_time.timestamp())

    def get_acr(self) -> str:
        return PASSWORD_ACR if self.login.binding_id is None else LOCK_ACR

    def get_amr(self) -> list[str]:
        """RFC 8176: hwk, a key in hardware, or pwd, a password."""
        return ["pwd"] if self.login.binding_id is None else ["hwk"]


class Provider(AuthorizationServer):
    """The authorization server of one transaction, at one moment.

    `keys`: those that sign, the oldest first; not needed where no token is made. A request for a
    token counts as a try of the system that it proved to be.
    """

    def __init__(self, here: Caller, tx: Transaction, keys: Sequence[SigningKey] = ()) -> None:
        super().__init__()
        self.here, self.door, self.now = here, here.door, here.now
        self.tx, self.keys = tx, keys
        self.register_grant(
            CodeGrant, [_with_requirements, CodeChallenge(required=True), IdTokens(self)]
        )
        self.register_grant(OwnNameGrant)
        self.register_client_auth_method(SIGNED, SignedClient(self))
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                lambda **_: secrets.token_urlsafe(32), expires_generator=lambda *_: TOKEN_S
            ),
        )

    def query_client(self, client_id: str) -> Any:
        system = self.door.systems.get(client_id)
        return Client(system) if system else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        sid = request.user.sid if isinstance(request.user, SystemLogin) else None
        expires_at = self.now + timedelta(seconds=token["expires_in"])
        self.tx.tokens.insert(
            AccessToken(
                digest(token["access_token"]),
                _system(request.client).id,
                token["scope"],
                expires_at,
                sid,
            )
        )

    def consent(self, system_request: SystemRequest, user: object) -> "CodeGrant":
        """The grant of a right login request.

        Raises OAuth2Error, and ValueError for words that no error may hold.
        """
        grant = self.get_consent_grant(system_request, end_user=user)
        assert isinstance(grant, CodeGrant)
        return grant

    def code_for(self, grant: "CodeGrant", login: SystemLogin) -> Response:
        return _response(
            self.create_authorization_response(grant.request, grant_user=login, grant=grant)
        )

    def tokens_for(self, system_request: SystemRequest) -> Response:
        if system_request.doubled:
            return self.refusal(system_request, InvalidRequestError(TWICE))
        try:
            return _response(self.create_token_response(system_request))
        except UnicodeDecodeError:  # Authlib's, for a secret that is no text
            return self.refusal(system_request, InvalidClientError(status_code=401))

    def refusal(self, system_request: SystemRequest, error: OAuth2Error) -> Response:
        """The way back to the system, with the reason."""
        return _response(self.handle_error_response(system_request, error))

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def send_signal(self, name: str, *args: object, **kwargs: Any) -> None:
        if name == "after_authenticate_client":
            self.here.count_try("token", kwargs["client"].system.id)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        """The answer; a way back says who sends it (RFC 9207)."""
        fields = dict(headers)
        if "Location" in fields:
            url = add_params_to_uri(fields["Location"], [("iss", self.door.issuer)])
            return RedirectResponse(url, 303)
        fields.pop("Content-Type", None)
        return JSONResponse(dict(body), status, headers=fields)


class SignedClient(JWTBearerClientAssertion):
    """A system that signs with its own key who it is (private_key_jwt, RFC 7523), once each."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider

    def get_audiences(self) -> list[str]:
        issuer = self._provider.door.issuer
        return [issuer, f"{issuer}/openid/token"]

    def resolve_client_public_key(self, client: Client) -> KeySet:
        if not client.system.keys:
            raise InvalidClientError(description="no keys of this client are known")
        return KeySet.import_key_set(json.loads(client.system.keys))

    def validate_jti(self, claims: dict[str, Any], jti: object) -> bool:
        used = digest(f"assertion of {claims['sub']}: {jti}")
        expires_at = datetime.fromtimestamp(min(LATEST, claims["exp"]), UTC)
        return self._provider.tx.logins.use_challenge(used, expires_at + timedelta(minutes=1))


def _response(made: object) -> Response:
    assert isinstance(made, Response)
    return made


class CodeGrant(grants.AuthorizationCodeGrant):
    """Codes, kept by their SHA-256, once each."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_METHODS
    server: Provider

    @staticmethod
    def validate_no_multiple_request_parameter(request: OAuth2Request) -> None:
        """Before it is sure where the answer goes: of those that it depends on (see `_require`)."""
        assert isinstance(request, SystemRequest)
        if request.doubled & {"client_id", "redirect_uri"}:
            raise InvalidRequestError(TWICE)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        assert isinstance(request, SystemRequest)
        login, data = request.user, request.form
        assert isinstance(login, SystemLogin)
        expires_at = self.server.now + timedelta(seconds=CODE_S)
        self.server.tx.codes.insert(
            LoginCode(
                digest(code),
                login.sid,
                login.system_id,
                data["redirect_uri"],
                request.scope,
                data.get("nonce", ""),
                data["code_challenge"],
                expires_at,
            )
        )

    def query_authorization_code(self, code: str, client: ClientMixin) -> Any:
        tx, now = self.server.tx, self.server.now
        found = tx.codes.by_id(digest(code))
        if found is None or found.system_id != _system(client).id:
            return None
        if not tx.codes.use(found.code_sha256):
            _end_replayed(tx, found)
            return None
        login = tx.systems.by_id(found.sid)
        return Issued(found, login) if login and now < found.expires_at else None

    def delete_authorization_code(self, authorization_code: Issued) -> None:
        """It was marked as used when it came."""

    def authenticate_user(self, authorization_code: Issued) -> SystemLogin:
        return authorization_code.login


def _end_replayed(tx: Transaction, code: LoginCode) -> None:
    login = tx.systems.by_id(code.sid)
    if login:
        tx.audit.write(
            DESK,
            "system.code_replayed",
            enterprise=login.enterprise_id,
            system=login.system_id,
        )
        tx.alerts.add(
            f"system.code.{login.system_id}",
            f"系统 {login.system_id} 重复使用同一登录凭码，已结束该次登录；"
            "请该系统核查是否有人截取了网址。",
        )
        tx.systems.leave(code.sid)


class OwnNameGrant(grants.ClientCredentialsGrant):
    """A system's own token, for the API."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_METHODS

    def validate_token_request(self) -> None:
        super().validate_token_request()
        assert isinstance(self.request, SystemRequest)
        wanted = set(scope_to_list(self.request.form.get("scope", "")) or ())
        if not wanted or not wanted <= _system(self.request.client).scopes:
            raise InvalidScopeError


def _with_requirements(grant: grants.BaseGrant) -> None:
    grant.register_hook("after_validate_authorization_request_payload", _require)


def _require(grant: grants.BaseGrant, _redirect_uri: str) -> None:
    """The desk's requirements for a login request beyond the standard's least: scope openid, PKCE
    by S256, the answer in the query, no request object."""
    assert isinstance(grant.request, SystemRequest)
    data = grant.request.form
    if grant.request.doubled:
        raise InvalidRequestError(TWICE)
    for name in NOT_SUPPORTED:
        if name in data:
            raise OAuth2Error(error=f"{name}_not_supported")
    if OPENID not in (scope_to_list(data.get("scope", "")) or ()):
        raise InvalidScopeError(description="scope openid is required")
    if data.get("response_mode", "query") != "query":
        raise InvalidRequestError("response_mode must be query")
    if not data.get("code_challenge") or data.get("code_challenge_method") != S256:
        raise InvalidRequestError("code_challenge with code_challenge_method S256 is required")
    if len(data.get("nonce", "")) > LONGEST_NONCE:
        raise InvalidRequestError("nonce is too long")
    max_age = data.get("max_age", "0")
    if not (max_age.isascii() and max_age.isdecimal()) or int(max_age[:20]) > MOST_SECONDS:
        raise InvalidRequestError("max_age must be a number of seconds")


class IdTokens(OpenIDCode):
    """The content of an ID token."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False  # the system compares it; a code serves once

    def resolve_client_private_key(self, client: Client) -> dict[str, Any]:
        key: dict[str, Any] = json.loads(signing(self._provider.keys, self._provider.now).private)
        return key

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": "RS256", "kid": signing(self._provider.keys, self._provider.now).kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        door, now = self._provider.door, int(self._provider.now.timestamp())
        return {
            "iss": door.issuer,
            "aud": client.system.id,
            "iat": now,
            "exp": now + TOKEN_S,
        }

    def generate_user_info(self, user: SystemLogin, scope: str) -> UserInfo:
        return UserInfo(claims_of(self._provider.tx, self._provider.door, user) | {"sid": user.sid})


def claims_of(tx: Transaction, door: SystemsSettings, login: SystemLogin) -> dict[str, Any]:
    """The claims on the enterprise that logged in, for a system. A password signs no bids, nor does
    a lock of a CA that is not known."""
    enterprise = tx.accounts.get(login.enterprise_id)
    binding = tx.bindings.get(login.binding_id) if login.binding_id is not None else None
    claims = {
        "sub": tx.systems.subject(enterprise.id),
        "name": enterprise.name,
        "uscc": enterprise.uscc,
        "can_sign_bids": bool(binding and binding.issuer_profile in door.signing_profiles),
    }
    return claims | ({"system": binding.system} if binding else {})
