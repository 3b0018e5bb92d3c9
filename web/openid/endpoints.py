"""Routes that trading systems call without a browser: discovery, the key set, tokens, and userinfo
(the enterprise of a token)."""

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import (
    ForbiddenError,
    InvalidRequestError,
    MissingAuthorizationError,
    UnsupportedTokenTypeError,
)
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from core.accounts.systems import published
from core.data.trading_systems import LOCK_ACR, OPENID, PASSWORD_ACR, AccessToken, Scope
from core.store.store import Transaction
from core.tokens import digest
from web.common.caller import Anybody, Caller
from web.openid.openid_requests import SystemRequest, TheRequest, keys_of
from web.openid.provider import CLIENT_METHODS, LOGIN_SCOPES, S256, Provider, claims_of

router = APIRouter()

CACHED = {"Cache-Control": "public, max-age=600"}
"""Shorter than core.accounts.systems.PUBLISHED_BEFORE, so that systems know a key before it
signs."""
CLAIMS = (
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
def configuration(here: Anybody) -> Response:
    """Discovery (OpenID Connect Discovery 1.0, RFC 8414)."""
    issuer = here.door.issuer
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
        headers=CACHED,
    )


@router.get("/openid/keys")
def key_set(here: Anybody) -> Response:
    """The public keys: the present one, the next one, and former ones whose tokens are still
    valid."""
    return JSONResponse(published(keys_of(here)), headers=CACHED)


@router.post("/openid/token")
def token(here: Anybody, system_request: TheRequest) -> Response:
    """The tokens for a code, or a system's own token."""
    here.count_try("token")
    keys = keys_of(here)
    with here.desk.step() as tx:
        return Provider(here, tx, keys).tokens_for(system_request)


@router.get("/openid/userinfo")
@router.post("/openid/userinfo")
def userinfo(here: Anybody, system_request: TheRequest) -> Response:
    """The enterprise that the token is about."""
    here.count_try("userinfo")
    with here.desk.step() as tx:
        try:
            token = bearer(here, tx, _authorization(system_request), OPENID)
            here.count_try("userinfo", token.system_id)
            login = tx.systems.by_id(token.sid or "")
            if login is None:
                raise InvalidTokenError
        except OAuth2Error as error:
            return JSONResponse(dict(error.get_body()), error.status_code, challenge(error))
        return JSONResponse(claims_of(tx, here.door, login))


def _authorization(system_request: SystemRequest) -> str:
    """The Authorization header of a request, or one built from the access token in its body (RFC
    6750 section 2.2). Raises InvalidRequestError for more than one token."""
    header = (system_request.headers or {}).get("Authorization", "")
    is_post = system_request.method == "POST"
    tokens = [value for name, value in system_request.pairs if is_post and name == "access_token"]
    if tokens and (header or len(tokens) > 1):
        raise InvalidRequestError("more than one access token")
    return f"Bearer {tokens[0]}" if tokens else header


def challenge(error: OAuth2Error) -> dict[str, str]:
    """The header of the answer to a request without a valid token (RFC 6750 section 3). It gives no
    reason where the request had no token."""
    reason = "" if isinstance(error, ForbiddenError) else f' error="{error.error}"'
    return {"WWW-Authenticate": f"Bearer{reason}"}


def bearer(here: Caller, tx: Transaction, authorization: str, scope: str) -> AccessToken:
    """The access token of a request. Raises OAuth2Error (RFC 6750), also where it lacks the
    scope."""
    kind, _, text = authorization.partition(" ")
    if not authorization:
        raise MissingAuthorizationError
    if kind.lower() != "bearer" or not text:
        raise UnsupportedTokenTypeError
    token = tx.tokens.by_id(digest(text.strip()))
    if token is None or here.now >= token.expires_at:
        raise InvalidTokenError
    if scope not in token.scope.split():
        raise InsufficientScopeError
    return token
