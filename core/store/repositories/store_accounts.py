"""The registry in the store: enterprises with their password hashes, and the links of letters."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from core.data.enterprise import Enterprise
from core.data.link import Link, LinkPurpose
from core.enterprise_names import fold_name
from core.store.repositories.store_rows import Records, SealedRecords
from core.store.tables.enterprise_tables import enterprises, links
from core.tokens import digest

MOST_OF_A_CONTACT: Final = 40
"""Names of one contact address; an agent has many."""

# What every mail and every case in the window asks is built once (see store_cases).
_ROWS = select(enterprises.c.id, enterprises.c.sealed)
_BY_USCC = _ROWS.where(enterprises.c.uscc == bindparam("uscc"))
_BY_NAME = _ROWS.where(enterprises.c.name_folded == bindparam("name"))
_UNUSED = links.c.used_at.is_(None) & links.c.voided_at.is_(None)
_VOID = (
    links.update()
    .where(
        links.c.enterprise_id == bindparam("enterprise"),
        links.c.purpose.in_(bindparam("purposes", expanding=True)),
        _UNUSED,
    )
    .values(voided_at=bindparam("at"))
)
_ADD_LINK = links.insert().returning(links.c.id)


class AccountRows(SealedRecords[Enterprise]):
    """The enterprises in a transaction."""

    kind = Enterprise
    table = enterprises
    title = "企业"

    def add(self, enterprise: Enterprise) -> int:
        self.must_be_audited()
        return self.insert_numbered(enterprise).id

    def save(self, enterprise: Enterprise) -> None:
        self.must_be_audited()
        self.update(enterprise)

    def by_uscc(self, uscc: str) -> Enterprise | None:
        return self.first(_BY_USCC, uscc=uscc.upper())

    def by_name(self, name: str) -> Enterprise | None:
        """By name, folded (core.enterprise_names)."""
        return self.first(_BY_NAME, name=fold_name(name))

    def names_of_contact(self, address: str) -> list[str]:
        """The names of the enterprises whose registered contact has this address, newest first.

        Of a contact of many the newest.
        """
        query = select(enterprises.c.name).where(self.matches(enterprises.c.contact_key, address))
        return self.scalars(query.order_by(enterprises.c.id.desc()).limit(MOST_OF_A_CONTACT))

    def find(
        self,
        search: str = "",
        limit: int = 200,
        after: int = 0,
        also: Collection[int] = (),
    ) -> list[Enterprise]:
        """By a part of the name, or by the whole USCC, address, name or telephone of the contact.

        In order of ids, from behind the id `after`; `also`: ids that were found otherwise.
        """
        conditions = [enterprises.c.id > after]
        if search:
            folded = fold_name(search)
            part = enterprises.c.name_folded.contains(folded, autoescape=True)
            named = select(enterprises.c.id).where(part)  # from the index of names alone
            whole = (
                enterprises.c.uscc == folded.upper(),
                self.matches(enterprises.c.contact_key, search.strip()),
                self.matches(enterprises.c.person_key, search),
                self.matches(enterprises.c.phone_key, search),
            )
            conditions.append(or_(*(enterprises.c.id.in_(ids) for ids in (named, also)), *whole))
        return self.oldest(*conditions, limit=limit)

    def set_password_hash(self, enterprise_id: int, password_hash: str | None) -> None:
        """None: no password is good any more."""
        self.must_be_audited()
        self.change(enterprises, enterprises.c.id == enterprise_id, password_hash=password_hash)

    def password_hash(self, enterprise_id: int) -> str | None:
        its = enterprises.c.id == enterprise_id
        return self.connection.scalar(select(enterprises.c.password_hash).where(its))

    def row(self, enterprise: Enterprise) -> dict[str, Any]:
        return super().row(enterprise) | {
            "name_folded": fold_name(enterprise.name),
            "uscc": enterprise.uscc.upper(),
        }


class LinkRows(Records[Link]):
    """The links of letters in a transaction."""

    kind = Link
    table = links
    title = "链接"

    def add(
        self,
        purpose: LinkPurpose,
        enterprise_id: int,
        case_id: int | None,
        expires_at: datetime,
    ) -> Link:
        """Make a link; its token can be had from `token` only."""
        seed = secrets.token_hex(32)
        token_sha256 = digest(self.vault.token(seed))
        link = Link(0, purpose, token_sha256, enterprise_id, case_id, self.now, expires_at)
        row = self.row(link) | {"seed": seed}
        del row["id"]
        return replace(link, id=self.connection.execute(_ADD_LINK, row).scalar_one())

    def token(self, link_id: int) -> str:
        """The token of a link, derived by the vault's key.

        It is stored, sealed, only where that key was changed since.
        """
        query = select(links.c.seed, links.c.sealed_token).where(links.c.id == link_id)
        row = self.connection.execute(query).first()
        if row is None:
            raise LookupError(f"{self.title} {link_id} 不存在。")
        if row.sealed_token is None:
            return self.vault.token(row.seed)
        return self.open(links.c.sealed_token, row.sealed_token, link_id).decode()

    def by_token(self, token: str) -> Link | None:
        return self.first(self.query(links.c.token_sha256 == digest(token)))

    def use(self, link_id: int) -> bool:
        """Mark used; False when it already was (one use, also under a race)."""
        return self.change(links, links.c.id == link_id, _UNUSED, used_at=self.now) == 1

    def void(
        self,
        enterprise_id: int,
        purposes: Collection[LinkPurpose] = tuple(LinkPurpose),
    ) -> None:
        its = {"enterprise": enterprise_id, "purposes": list(purposes), "at": self.now}
        self.connection.execute(_VOID, its)

    def any_since(self, enterprise_id: int, purpose: LinkPurpose, since: datetime) -> bool:
        """Whether the enterprise got such a link at that time or later."""
        its = (links.c.enterprise_id == enterprise_id) & (links.c.purpose == purpose)
        return self.count_rows(links, its, links.c.made_at >= since) > 0
