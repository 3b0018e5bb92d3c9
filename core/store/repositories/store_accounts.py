"""The registry in the store: enterprises with their password hashes, and the links of letters."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import RowMapping, Update, bindparam, or_, select

from core.data.account_ports import Link, LinkPurpose
from core.data.enterprise import Enterprise
from core.enterprise_names import fold_name
from core.store.repositories.store_rows import Rows, one_of
from core.store.rows import Sealed, only
from core.store.tables.enterprise_tables import enterprises, links
from core.tokens import digest

_enterprise = Sealed(Enterprise, "enterprises.sealed")
_ADD = enterprises.insert()
_SAVE = enterprises.update().where(enterprises.c.id == bindparam("key"))
_ADD_LINK = links.insert().returning(links)
MOST_OF_A_CONTACT: Final = 40
"""Names of one contact address; an agent has many."""
LINK_TOKEN: Final = "links.sealed_token"  # noqa: S105  the name of a column

# Written once: SQLAlchemy takes five times as long over a statement that is built anew.
_ROW = (enterprises.c.id, enterprises.c.sealed)
_BY_ID, _BY_USCC, _BY_NAME = (
    select(*_ROW).where(column == bindparam("key"))
    for column in (enterprises.c.id, enterprises.c.uscc, enterprises.c.name_folded)
)
_NAMES = (
    select(enterprises.c.name)
    .where(enterprises.c.contact_key == bindparam("key"))
    .order_by(enterprises.c.id.desc())
    .limit(MOST_OF_A_CONTACT)
)


@cache
def _void(purposes: frozenset[LinkPurpose]) -> Update:
    """Written once for each set of purposes: there are few."""
    unused = (
        (links.c.enterprise_id == bindparam("enterprise"))
        & links.c.used_at.is_(None)
        & links.c.voided_at.is_(None)
    )
    of_purpose = one_of(links.c.purpose, sorted(purpose.value for purpose in purposes))
    return links.update().where(unused, of_purpose).values(voided_at=bindparam("at"))


class AccountRows(Rows):
    """The enterprises in a transaction."""

    def add(self, enterprise: Enterprise) -> int:
        self.must_be_audited()
        [enterprise_id] = self.draw("enterprises")
        self.connection.execute(
            _ADD,
            {
                "id": enterprise_id,
                **self._enterprise_columns(replace(enterprise, id=enterprise_id)),
            },
        )
        return enterprise_id

    def get(self, enterprise_id: int) -> Enterprise:
        return only(self._found(_BY_ID, enterprise_id), "企业", enterprise_id)

    def by_ids(self, enterprise_ids: Collection[int]) -> dict[int, Enterprise]:
        return {
            enterprise.id: enterprise
            for enterprise in self._enterprises(
                select(*_ROW).where(enterprises.c.id.in_(enterprise_ids))
            )
        }

    def by_uscc(self, uscc: str) -> Enterprise | None:
        return self._found(_BY_USCC, uscc.upper())

    def by_name(self, name: str) -> Enterprise | None:
        return self._found(_BY_NAME, fold_name(name))

    def names_of_contact(self, address: str) -> list[str]:
        return list(self.connection.scalars(_NAMES, {"key": self.key(address)}))

    def find(self, search: str = "", limit: int = 200, after: int = 0) -> list[Enterprise]:
        query = (
            select(*_ROW).where(enterprises.c.id > after).order_by(enterprises.c.id).limit(limit)
        )
        if search:
            folded = fold_name(search)
            # from the index of names alone
            named = select(enterprises.c.id).where(
                enterprises.c.name_folded.contains(folded, autoescape=True)
            )
            query = query.where(
                or_(enterprises.c.id.in_(named), enterprises.c.uscc == folded.upper())
            )
        return self._enterprises(query)

    def save(self, enterprise: Enterprise) -> None:
        self.must_be_audited()
        self.connection.send(_SAVE, self._enterprise_columns(enterprise) | {"key": enterprise.id})

    def set_password_hash(self, enterprise_id: int, password_hash: str | None) -> None:
        self.must_be_audited()
        self.connection.execute(
            enterprises.update()
            .where(enterprises.c.id == enterprise_id)
            .values(password_hash=password_hash)
        )

    def password_hash(self, enterprise_id: int) -> str | None:
        return self.connection.scalar(
            select(enterprises.c.password_hash).where(enterprises.c.id == enterprise_id)
        )

    def _found(self, query: Any, key: str | int) -> Enterprise | None:
        row = self.connection.execute(query, {"key": key}).first()
        return _enterprise.open(self.vault, row.sealed, row.id) if row else None

    def _enterprises(self, query: Any) -> list[Enterprise]:
        return [
            _enterprise.open(self.vault, row.sealed, row.id)
            for row in self.connection.execute(query)
        ]

    def _enterprise_columns(self, enterprise: Enterprise) -> dict[str, Any]:
        return {
            "name": enterprise.name,
            "name_folded": fold_name(enterprise.name),
            "uscc": enterprise.uscc.upper(),
            "contact_key": self.key(enterprise.contact_email),
            "sealed": _enterprise.seal(self.vault, enterprise, enterprise.id),
        }


class LinkRows(Rows):
    """The links of letters in a transaction."""

    def add(
        self,
        purpose: LinkPurpose,
        enterprise_id: int,
        case_id: int | None,
        made_at: datetime,
        expires_at: datetime,
    ) -> Link:
        seed = secrets.token_hex(32)
        values = {
            "purpose": purpose.value,
            "token_sha256": digest(self.vault.token(seed)),
            "seed": seed,
            "enterprise_id": enterprise_id,
            "case_id": case_id,
            "made_at": made_at,
            "expires_at": expires_at,
        }
        return _link(self.connection.execute(_ADD_LINK, values).mappings().one())

    def token(self, link_id: int) -> str:
        row = only(
            self.connection.execute(
                select(links.c.seed, links.c.sealed_token).where(links.c.id == link_id)
            ).first(),
            "链接",
            link_id,
        )
        return (
            self.vault.open(row.sealed_token, LINK_TOKEN, link_id).decode()
            if row.sealed_token
            else self.vault.token(row.seed)
        )

    def get(self, link_id: int) -> Link:
        return _link(
            only(
                self.connection.execute(select(links).where(links.c.id == link_id))
                .mappings()
                .first(),
                "链接",
                link_id,
            )
        )

    def by_token(self, token: str) -> Link | None:
        row = (
            self.connection.execute(select(links).where(links.c.token_sha256 == digest(token)))
            .mappings()
            .first()
        )
        return _link(row) if row else None

    def use(self, link_id: int, at: datetime) -> bool:
        unused = (links.c.id == link_id) & links.c.used_at.is_(None) & links.c.voided_at.is_(None)
        return (
            self.connection.execute(links.update().where(unused).values(used_at=at)).rowcount == 1
        )

    def void(
        self,
        enterprise_id: int,
        at: datetime,
        purposes: Collection[LinkPurpose] = tuple(LinkPurpose),
    ) -> None:
        self.connection.send(_void(frozenset(purposes)), {"enterprise": enterprise_id, "at": at})

    def made_since(self, enterprise_id: int, purpose: LinkPurpose, since: datetime) -> bool:
        made = (
            (links.c.enterprise_id == enterprise_id)
            & (links.c.purpose == purpose.value)
            & (links.c.made_at >= since)
        )
        return self.connection.scalar(select(links.c.id).where(made).limit(1)) is not None


def _link(row: RowMapping) -> Link:
    return Link(
        **{name: row[name] for name in Link.__dataclass_fields__ if name != "purpose"},
        purpose=LinkPurpose(row["purpose"]),
    )
