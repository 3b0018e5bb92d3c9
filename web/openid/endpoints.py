"""What trading systems ask without a browser: discovery, the key set, tokens,
and who a token is about."""

from functools import partial
from typing import Final

from authlib.oauth2.rfc6749 import OAuth2Error, ResourceProtector, TokenMixin
from authlib.oauth2.rfc6749.errors import ForbiddenError, InvalidRequestError
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc6750.errors import InvalidTokenError
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from core.data.trading_systems import LOCK_ACR, OPENID, PASSWORD_ACR, AccessToken, Scope
from core.store.store import Transaction
from core.tokens import digest
from web.common.caller import Anybody
from web.common.site import Site
from web.openid.openid_requests import Asked, TheAsked, TheDoor, answer, keys_of
from web.openid.provider import CLIENT_METHODS, LOGIN_SCOPES, S256, Provider, claims_of

router = APIRouter()

KEPT: Final = {"Cache-Control": "public, max-age=600"}
"""Less than a new key is published before it signs (core.data.signing_keys)."""
CLAIMS: Final = (
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "acr",
    "amr",
    "nonce",
    "at_hash",
    "sid",
    "name",
    "uscc",
    "system",
    "can_sign_bids",
)


@router.get("/.well-known/openid-configuration")
def configuration(door: TheDoor) -> Response:
    """Discovery (OpenID Connect Discovery 1.0, RFC 8414)."""
    issuer = door.settings.issuer
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/openid/authorize",
            "token_endpoint": f"{issuer}/openid/token",
            "userinfo_endpoint": f"{issuer}/openid/userinfo",
            "jwks_uri": f"{issuer}/openid/keys",
            "end_session_endpoint": f"{issuer}/openid/logout",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": CLIENT_METHODS,
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
            "acr_values_supported": [LOCK_ACR, PASSWORD_ACR],
            "code_challenge_methods_supported": [S256],
            "scopes_supported": [*LOGIN_SCOPES, *Scope],
            "claims_supported": CLAIMS,
            "prompt_values_supported": ["none", "login", "select_account"],
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": ["zh-CN"],
        },
        headers=KEPT,
    )


@router.get("/openid/keys")
def key_set(here: Anybody, door: TheDoor) -> Response:
    """The public keys: the one that signs, the one that will,
    and those of tokens that may still be shown."""
    return JSONResponse(
        {"keys": [dict(door.jws.public(key.private)) for key in keys_of(here.site, door)]},
        headers=KEPT,
    )


@router.post("/openid/token")
def token(here: Anybody, door: TheDoor, asked: TheAsked) -> Response:
    """A code for tokens; or a system's own token."""
    tries = here.site.token_tries
    here.count_try(tries)
    keys = keys_of(here.site, door)
    with here.desk.store.transaction() as tx:
        provider = Provider(door, tx, here.now, keys, partial(here.count_try, tries))
        return provider.tokens_for(asked)


@router.get("/openid/userinfo")
@router.post("/openid/userinfo")
def userinfo(here: Anybody, door: TheDoor, asked: TheAsked) -> Response:
    """Who the enterprise is that the token is about."""
    tries = here.site.userinfo_tries
    here.count_try(tries)
    with here.desk.store.transaction() as tx:
        try:
            token = bearer(here.site, tx, with_token(asked), OPENID)
            here.count_try(tries, token.system_id)
            login = tx.systems.login(token.sid or "")
            if login is None:
                raise InvalidTokenError
        except OAuth2Error as error:
            return answer(error.status_code, error.get_body(), challenge(error).items())
        return JSONResponse(claims_of(tx, door, login))


def with_token(asked: Asked) -> Asked:
    """The request with the access token that its body may hold (RFC 6750 section 2.2). Raises
    InvalidRequestError for more than one token."""
    tokens = asked.payload.datalist.get("access_token", []) if asked.method == "POST" else []
    if tokens and (asked.headers or len(tokens) > 1):
        raise InvalidRequestError("more than one access token")
    if tokens:
        asked.headers = {"Authorization": f"Bearer {tokens[0]}"}
    return asked


def challenge(error: OAuth2Error) -> dict[str, str]:
    """The header of an answer to a request without a right token (RFC 6750 section 3): no reason
    is given to who showed none."""
    reason = "" if isinstance(error, ForbiddenError) else f' error="{error.error}"'
    return {"WWW-Authenticate": f"Bearer{reason}"}


def bearer(site: Site, tx: Transaction, asked: Asked, scope: str) -> AccessToken:
    """The access token of a request, which must have the scope. Raises OAuth2Error (RFC 6750)."""
    protector = ResourceProtector()
    protector.register_token_validator(_Bearer(site, tx))
    shown: _Shown = protector.validate_request([scope], asked)
    return shown.token


class _Shown(TokenMixin):
    """A token that came, as Authlib asks for it."""

    def __init__(self, token: AccessToken, *, expired: bool) -> None:
        self.token, self._expired = token, expired

    def get_scope(self) -> str:
        return self.token.scope

    def is_expired(self) -> bool:
        return self._expired

    def is_revoked(self) -> bool:
        return False  # such a token is not kept


class _Bearer(BearerTokenValidator):
    def __init__(self, site: Site, tx: Transaction) -> None:
        super().__init__()
        self._site, self._tx = site, tx

    def authenticate_token(self, token_string: str) -> _Shown | None:
        found = self._tx.systems.token(digest(token_string))
        return (
            _Shown(found, expired=self._site.desk.clock.now() >= found.expires_at)
            if found
            else None
        )
