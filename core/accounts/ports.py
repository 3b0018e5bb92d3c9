"""What the verbs of accounts need from outside."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.accounts.administrator import Administrator, AdministratorSession
from core.accounts.enterprise import Binding, Enterprise


class LinkPurpose(StrEnum):
    """What a link in a letter lets its holder do."""

    RESET = "reset"  # set a new password
    OBJECTION = "objection"  # object to a case


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a letter. Only the SHA-256 of its token is stored; `voided_at`: bindings or contact changed since (RULES.md section 6)."""

    id: int
    purpose: LinkPurpose
    token_sha256: str
    enterprise_id: int
    case_id: int | None
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    voided_at: datetime | None = None


class AccountsTransaction(Protocol):
    """The registry's part of a transaction."""

    def add_enterprise(self, enterprise: Enterprise) -> int: ...
    def enterprise(self, enterprise_id: int) -> Enterprise: ...
    def enterprise_by_uscc(self, uscc: str) -> Enterprise | None: ...
    def enterprise_by_name(self, name: str) -> Enterprise | None:
        """By name, folded (core.accounts.names)."""

    def enterprises(self, search: str = "", limit: int = 200, offset: int = 0) -> list[Enterprise]: ...
    def save_enterprise(self, enterprise: Enterprise) -> None: ...
    def set_password_hash(self, enterprise_id: int, password_hash: str) -> None: ...
    def password_hash(self, enterprise_id: int) -> str | None: ...
    def add_binding(self, binding: Binding) -> int: ...
    def bindings(self, enterprise_id: int, *, ended: bool = False) -> list[Binding]:
        """Active bindings, primary first; with `ended` the ended ones too."""

    def bound_to(self, serial: str) -> Binding | None:
        """The active binding of the lock with that serial."""
    def end_bindings(self, binding_ids: Collection[int], at: datetime, case_id: int) -> int: ...
    def add_link(self, purpose: LinkPurpose, enterprise_id: int, case_id: int | None, made_at: datetime, expires_at: datetime) -> Link:
        """Make a link; its token can be had from `link_token` only."""

    def link_token(self, link_id: int) -> str:
        """The token of a link, derived by the vault's key; never stored."""

    def link_by_token(self, token: str) -> Link | None: ...
    def use_link(self, link_id: int, at: datetime) -> bool:
        """Mark used; False when it already was (one use, also under a race)."""

    def void_links(self, enterprise_id: int, at: datetime, purpose: LinkPurpose | None = None) -> None: ...

    # administrators
    def add_administrator(self, administrator: Administrator) -> int: ...
    def administrator_named(self, name: str) -> Administrator | None: ...
    def administrator(self, administrator_id: int) -> Administrator: ...
    def administrators(self) -> list[Administrator]: ...
    def save_administrator(self, administrator: Administrator) -> None: ...
    def add_session(self, session: AdministratorSession) -> None: ...
    def session(self, token_sha256: str) -> AdministratorSession | None: ...
    def end_sessions(self, administrator_id: int, token_sha256: str | None = None) -> None:
        """End one session, or all of an administrator."""


class Passwords(Protocol):
    """Hashes passwords (argon2id)."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str, password: str) -> bool: ...
