"""The trading systems that log enterprises in through the desk (OpenID Connect): who they are, and
what is kept of a login at one of them.

A login at a system belongs to a session of the enterprise and ends with it; its codes and tokens
end with it, too. Codes and tokens are random, and only their SHA-256 is stored. What a system is
told of who an enterprise is: the subject, which is random and stays (OpenID Connect Core 1.0,
section 8: public, since both systems share the accounts).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.data.enterprise import Enterprise
from core.settings import setting

OPENID = "openid"
LOCK_ACR = "urn:unbind-desk:acr:lock"
CODE_S = 60
"""Seconds that a code is good for."""
TOKEN_S = 600
"""Seconds that ID and access tokens are good for."""
PASSWORD_ACR = "urn:unbind-desk:acr:password"  # noqa: S105  a name


class Scope(StrEnum):
    """A system's right to use a part of the API in its own name."""

    ACCOUNTS = "accounts:read"
    BINDINGS = "bindings:read"


@dataclass(frozen=True)
class System:
    """A trading system, as config.yaml names it (section `systems`).

    `secrets`, `events_secrets` (which sign its events): several while one takes the place of
    another. `keys`: its public ones (JWK Set, as JSON), in place of a secret.
    """

    id: str = ""
    title: str = setting("", "its name as enterprises read it", example="综合交易系统")
    secrets: tuple[str, ...] = field(default=(), repr=False)
    redirect_uris: tuple[str, ...] = setting(
        (),
        "where enterprises come back to after the login; compared letter by letter",
        example="[https://z.example.cn/oidc]",
        kind="system url",
    )
    post_logout_uris: tuple[str, ...] = setting((), "likewise after the logout", kind="system url")
    scopes: frozenset[Scope] = setting(
        frozenset(), "what it may ask the API", example="[accounts:read, bindings:read]"
    )
    logout_url: str = setting(
        "",
        'sent the end of each login of it (Back-Channel Logout); "" = nothing',
        kind="system url",
    )
    events_url: str = setting(
        "",
        'sent what happens to locks and accounts (Standard Webhooks); "" = nothing',
        example="https://z.example.cn/events",
        kind="system url",
    )
    events_secrets: tuple[str, ...] = field(default=(), repr=False)
    keys: str = ""


@dataclass(frozen=True)
class SystemsSettings:
    """Settings of the door for the systems. `issuer`: the desk's address (web.base_url).

    `signing_profiles`: CA profiles whose locks sign bids.
    """

    issuer: str
    systems: Mapping[str, System]
    signing_profiles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SystemLogin:
    """A login of an enterprise at a system. `sid` names it there.

    `binding_id`: the lock it came in with, None for a password.
    """

    sid: str
    session_sha256: str
    system_id: str
    enterprise_id: int
    binding_id: int | None
    auth_time: datetime


@dataclass(frozen=True)
class LoginCode:
    """An authorization code. `challenge`: of PKCE, by S256."""

    code_sha256: str
    sid: str
    system_id: str
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class AccessToken:
    """An access token: of a login, or, without a `sid`, a system's own."""

    token_sha256: str
    system_id: str
    scope: str
    expires_at: datetime
    sid: str | None = None


@dataclass(frozen=True)
class SigningKey:
    """A key that signs messages to the systems. `private`: the private JWK as JSON."""

    kid: str
    private: str = field(repr=False)
    made_at: datetime


def refusal(enterprise: Enterprise) -> str:
    """Why an enterprise that is logged in here may not enter a system; "" where it may."""
    if enterprise.frozen_at:
        return "account frozen"
    if enterprise.information_returned:
        return "registration returned"
    if not enterprise.information_submitted:
        return "registration not complete"
    return ""
