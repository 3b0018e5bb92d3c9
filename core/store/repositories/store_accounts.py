"""The registry in the store: enterprises with their password hashes, the links of letters, changes
of contact addresses, papers of registrations.

Bytes and pictures of papers are sealed in their own columns.
"""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, false, func, or_, select, union_all

from core.data.contact import ContactChange
from core.data.enterprise import Enterprise, Paper
from core.data.link import OPENING, Link, LinkPurpose
from core.enterprise_names import fold_name
from core.store.repositories.store_rows import Records, SealedRecords
from core.store.tables.enterprise_tables import (
    contact_changes,
    enterprise_papers,
    enterprises,
    links,
)
from core.tokens import digest

MOST_OF_A_CONTACT = 40
"""Names of one contact address; an agent has many."""

UNUSED = links.c.used_at.is_(None) & links.c.voided_at.is_(None)
_VOID = (  # built once (see store_rows.Records), for the window
    links.update()
    .where(
        links.c.enterprise_id == bindparam("enterprise"),
        links.c.purpose.in_(bindparam("purposes", expanding=True)),
        UNUSED,
    )
    .values(voided_at=bindparam("at"))
)


class AccountRows(SealedRecords[Enterprise]):
    """The enterprises in a transaction."""

    table = enterprises
    title = "企业"
    acts = True

    def add(self, enterprise: Enterprise) -> int:
        return self.insert_numbered(enterprise).id

    def by_uscc(self, uscc: str) -> Enterprise | None:
        return self.by(uscc=uscc.upper())

    def by_name(self, name: str) -> Enterprise | None:
        """By name, folded (core.enterprise_names)."""
        return self.by(name_folded=fold_name(name))

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
        if not search:
            return self.oldest(limit=limit, after=after)
        folded, its = fold_name(search), select(enterprises.c.id)
        name = enterprises.c.name_folded
        # the index of names has all that a part is looked for in; the rows are ten times as long
        names = select(name).where(name.contains(folded, autoescape=True))
        named = its.where(name.in_(names), enterprises.c.id > after)
        ways = (  # each by its own index: as one condition they would be tried on every row
            enterprises.c.id.in_(named.order_by(enterprises.c.id).limit(limit)),
            enterprises.c.id.in_(also),
            enterprises.c.uscc == folded.upper(),
            self.matches(enterprises.c.contact_key, search.strip()),
            self.matches(enterprises.c.person_key, search),
            self.matches(enterprises.c.phone_key, search),
        )
        found = union_all(*map(its.where, ways))
        return self.oldest(enterprises.c.id.in_(found), limit=limit, after=after)

    def password_hash(self, enterprise_id: int) -> str | None:
        its = enterprises.c.id == enterprise_id
        return self.scalar(select(enterprises.c.password_hash).where(its))

    def row(self, enterprise: Enterprise) -> dict[str, Any]:
        return super().row(enterprise) | {
            "name_folded": fold_name(enterprise.name),
            "uscc": enterprise.uscc.upper(),
        }


class LinkRows(Records[Link]):
    """The links of letters in a transaction."""

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
        return replace(link, id=self.insert_new(link, seed=seed))

    def token(self, link_id: int) -> str:
        """The token of a link, derived by the vault's key.

        It is stored, sealed, only where that key was changed since.
        """
        query = select(links.c.seed, links.c.sealed_token).where(links.c.id == link_id)
        row = self.execute(query).first()
        if row is None:
            raise LookupError(f"{self.title} {link_id} 不存在。")
        if row.sealed_token is None:
            return self.vault.token(row.seed)
        return self.open(links.c.sealed_token, row.sealed_token, link_id).decode()

    def by_token(self, token: str) -> Link | None:
        return self.by(token_sha256=digest(token))

    def use(self, link_id: int) -> bool:
        """Mark used; False when it already was (one use, also under a race)."""
        return self.change(links, links.c.id == link_id, UNUSED, used_at=self.now) == 1

    def void(
        self,
        enterprise_id: int,
        purposes: Collection[LinkPurpose] = OPENING,
    ) -> None:
        """Void its unused links, by default those that open the account or move it."""
        its = {"enterprise": enterprise_id, "purposes": list(purposes), "at": self.now}
        self.execute(_VOID, its)

    def unused_since(
        self, enterprise_id: int, purpose: LinkPurpose, since: datetime, most: int = 1
    ) -> int:
        """How many unused links the enterprise has since then, counted to `most`."""
        its = {"enterprise_id": enterprise_id, "purpose": purpose}
        return len(self.ids(links.c.made_at >= since, UNUSED, limit=most, **its))


MOST_OF_ENTERPRISE = 50


class ContactRows(SealedRecords[ContactChange]):
    """The changes of contact addresses in a transaction."""

    table = contact_changes

    def by_link(self, link_id: int) -> ContactChange | None:
        """The change that one of its two links belongs to."""
        of_link = (contact_changes.c.link_id, contact_changes.c.objection_id)
        return self.first(self.query(or_(*(column == link_id for column in of_link))))

    def of_enterprise(self, enterprise_id: int) -> list[ContactChange]:
        """The latest changes that were requested, newest first."""
        return self.newest(enterprise_id=enterprise_id, limit=MOST_OF_ENTERPRISE)

    def drop_closed(self, closed_before: datetime) -> None:
        """Forget changes whose links all ran out before then."""
        usable = select(links.c.id).where(links.c.expires_at >= closed_before)
        open_ones = contact_changes.c.link_id.in_(usable) | contact_changes.c.objection_id.in_(
            usable
        )
        self.delete(contact_changes, ~func.coalesce(open_ones, false()))


_CONTENT = enterprise_papers.c.content
_PICTURE = enterprise_papers.c.picture


class PaperRows(SealedRecords[Paper]):
    """The papers of a transaction."""

    table = enterprise_papers
    title = "材料"

    def add(self, paper: Paper, content: bytes, picture: bytes) -> Paper:
        """Store it with its content under the next id; the paper with its id."""
        paper = replace(paper, id=self.draw("enterprise_papers"))
        row = self.row(paper) | {
            "kept": False,
            "content": self.seal(_CONTENT, content, paper.id),
            "picture": self.seal(_PICTURE, picture, paper.id) if picture else None,
        }
        self.execute(enterprise_papers.insert(), row)
        return paper

    def content(self, paper_id: int) -> bytes:
        content = self.opened(_CONTENT, paper_id)
        if content is None:
            raise LookupError(f"{self.title} {paper_id} 不存在。")
        return content

    def picture(self, paper_id: int) -> bytes:
        """Its picture as it may be shown, or nothing."""
        return self.opened(_PICTURE, paper_id) or b""

    def keep(self, enterprise_id: int) -> None:
        """The enterprise submitted its papers: they stay as long as the account."""
        its = enterprise_papers.c.enterprise_id == enterprise_id
        self.change(enterprise_papers, its, kept=True)

    def drop_unsubmitted(self, before: datetime) -> None:
        """Remove those that came before then and were never submitted."""
        its = ~enterprise_papers.c.kept & (enterprise_papers.c.at < before)
        self.delete(enterprise_papers, its)
