"""The reader of the portal's pages ends with each file, and starts again with the next."""

from app import reading_ahead as ahead
from app.settings.config import Config
from app.wiring import Wiring
from papers.paper_reading import DocumentReader
from tests.app.parsing import parse


class Counting(DocumentReader):
    ended = 0

    def close(self):
        super().close()
        Counting.ended += 1


def test_its_processes_end_with_each_file(harness, tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "DocumentReader", Counting)
    wiring = Wiring(Config(parse("", base=tmp_path), tmp_path), {})
    with ahead.reading_ahead(wiring, harness.desk) as reads:
        for number in (1, 2):
            assert reads.paper(b"%PDF-1.4 damaged").documents.unopened
            assert Counting.ended == 2 * number - 1
            assert reads.mail(b"Subject: x\r\n\r\nx").submission.message.subject == "x"
            assert Counting.ended == 2 * number
    assert Counting.ended == 5
