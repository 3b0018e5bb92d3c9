"""Papers of registrations in the store: bytes and pictures stand sealed in their own columns."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from core.data.enterprise import Paper
from core.store.repositories.store_rows import SealedRecords
from core.store.tables.enterprise_tables import enterprise_papers

_CONTENT = enterprise_papers.c.content
_PICTURE = enterprise_papers.c.picture


class PaperRows(SealedRecords[Paper]):
    """The papers of a transaction."""

    kind = Paper
    table = enterprise_papers
    title = "材料"

    def add(self, paper: Paper, content: bytes, picture: bytes) -> int:
        paper = replace(paper, id=self.draw("enterprise_papers"))
        row = self.row(paper) | {
            "kept": False,
            "content": self.seal(_CONTENT, content, paper.id),
            "picture": self.seal(_PICTURE, picture, paper.id) if picture else None,
        }
        self.connection.execute(enterprise_papers.insert(), row)
        return paper.id

    def of_enterprise(self, enterprise_id: int) -> list[Paper]:
        """In the order in which they came."""
        return self.oldest(enterprise_papers.c.enterprise_id == enterprise_id)

    def content(self, paper_id: int) -> bytes:
        its = enterprise_papers.c.id == paper_id
        sealed = self.connection.scalar(select(_CONTENT).where(its))
        if sealed is None:
            raise LookupError(f"{self.title} {paper_id} 不存在。")
        return self.open(_CONTENT, sealed, paper_id)

    def picture(self, paper_id: int) -> bytes:
        """Its picture as it may be shown, or nothing."""
        its = enterprise_papers.c.id == paper_id
        sealed = self.connection.scalar(select(_PICTURE).where(its))
        return self.open(_PICTURE, sealed, paper_id) if sealed else b""

    def keep(self, enterprise_id: int) -> None:
        """The enterprise submitted its papers: they stay as long as the account."""
        its = enterprise_papers.c.enterprise_id == enterprise_id
        self.change(enterprise_papers, its, kept=True)

    def drop(self, paper_ids: Collection[int]) -> None:
        self.delete(enterprise_papers, enterprise_papers.c.id.in_(paper_ids))

    def drop_unsubmitted(self, before: datetime) -> int:
        """Remove those that came before then and were never submitted; how many."""
        its = ~enterprise_papers.c.kept & (enterprise_papers.c.at < before)
        return self.delete(enterprise_papers, its)
