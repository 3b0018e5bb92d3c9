"""Papers of registrations in the store: what is known of them, their bytes and their pictures stand
sealed, each in its own column."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from core.data.uploaded_paper import Paper
from core.store.repositories.store_rows import Rows
from core.store.rows import Sealed, only
from core.store.tables.enterprise_tables import enterprise_papers

_paper = Sealed(Paper, "enterprise_papers.sealed")
_CONTENT, _PICTURE = "enterprise_papers.content", "enterprise_papers.picture"


class PaperRows(Rows):
    """The papers of a transaction."""

    def add(self, paper: Paper, content: bytes, picture: bytes) -> int:
        [paper_id] = self.draw("enterprise_papers")
        values = {
            "id": paper_id,
            "enterprise_id": paper.enterprise_id,
            "at": paper.at,
            "kept": False,
            "sealed": _paper.seal(self.vault, replace(paper, id=paper_id), paper_id),
            "content": self.vault.seal(content, _CONTENT, paper_id),
            "picture": self.vault.seal(picture, _PICTURE, paper_id) if picture else None,
        }
        self.connection.execute(enterprise_papers.insert().values(values))
        return paper_id

    def of_enterprise(self, enterprise_id: int) -> list[Paper]:
        table = enterprise_papers.c
        query = (
            select(table.id, table.sealed)
            .where(table.enterprise_id == enterprise_id)
            .order_by(table.id)
        )
        return [
            _paper.open(self.vault, row.sealed, row.id) for row in self.connection.execute(query)
        ]

    def content(self, paper_id: int) -> bytes:
        row = self.connection.execute(
            select(enterprise_papers.c.content).where(enterprise_papers.c.id == paper_id)
        ).first()
        return self.vault.open(only(row, "材料", paper_id).content, _CONTENT, paper_id)

    def picture(self, paper_id: int) -> bytes:
        sealed = self.connection.scalar(
            select(enterprise_papers.c.picture).where(enterprise_papers.c.id == paper_id)
        )
        return self.vault.open(sealed, _PICTURE, paper_id) if sealed else b""

    def keep(self, enterprise_id: int) -> None:
        self.connection.execute(
            enterprise_papers.update()
            .where(enterprise_papers.c.enterprise_id == enterprise_id)
            .values(kept=True)
        )

    def drop(self, paper_ids: Collection[int]) -> None:
        self.connection.execute(
            enterprise_papers.delete().where(enterprise_papers.c.id.in_(paper_ids))
        )

    def drop_unkept(self, before: datetime) -> int:
        gone = enterprise_papers.delete().where(
            ~enterprise_papers.c.kept, enterprise_papers.c.at < before
        )
        return self.connection.execute(gone).rowcount
