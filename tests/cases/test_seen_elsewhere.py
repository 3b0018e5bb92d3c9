"""The same handler or papers at another enterprise: shown, by right numbers and equal pixels alone,
and gone with the case's personal data."""

from dataclasses import replace

import pytest

from core.cases.intake.seen_elsewhere import LOOKED_AT, handler_mark, seen_elsewhere
from core.cases.upkeep.personal_data import purge_case
from core.data.letter import LetterState
from tests.web.harness import Harness, request
from tests.world import decline

SCAN = "ab" * 32


@pytest.fixture
def here(tmp_path):
    harness = Harness(tmp_path)
    yield harness
    harness.store.close()


def arrives(here, seed, *, number="", scan="", pages=(2,), **changes):
    """A request in which the number on the card, or the picture of pages, is as told."""
    submission, images = request(seed, here.clock.now(), **changes)
    documents = submission.documents
    if number:
        front, *others = documents.parts
        documents = replace(
            documents, parts=(replace(front, fields={**front.fields, "id_number": number}), *others)
        )
    if scan:
        found = tuple(
            replace(page, image_sha256=scan, covered_sha256=scan) if page.number in pages else page
            for page in documents.pages
        )
        documents, images = replace(documents, pages=found), {**images, scan: b"\xff\xd8\xff"}
    record = here.arrives(replace(submission, documents=documents), images)
    return here.case(record.case_id), replace(submission, documents=documents)


def number_of(seed, here):
    submission, _ = request(seed, here.clock.now())
    return submission.documents.parts[0].fields["id_number"]


def found(here, case, submission):
    with here.tx() as tx:
        return [
            (one.case.number, one.handler, one.picture)
            for one in seen_elsewhere(tx, case, [submission])
        ]


def test_the_same_handler_at_another_enterprise(here):
    first, _ = arrives(here, 1)
    case, submission = arrives(here, 2, number=number_of(1, here))
    assert found(here, case, submission) == [(first.number, True, False)]
    assert number_of(1, here) not in case.handler_mark


def test_a_number_that_cannot_be_right_is_nobody(here):
    wrong = "119999199001011230"
    _, submission = arrives(here, 1, number=wrong)
    assert handler_mark(submission) == ""
    case, submission = arrives(here, 2, number=wrong)
    assert found(here, case, submission) == []


def test_the_same_scan_at_another_enterprise(here):
    first, _ = arrives(here, 1, scan=SCAN)
    case, submission = arrives(here, 2, scan=SCAN)
    assert found(here, case, submission) == [(first.number, False, True)]


def test_a_page_without_a_paper_is_everybodys(here):
    for seed in (1, 2):
        submission, images = request(seed, here.clock.now())
        documents = submission.documents
        blank = replace(documents.pages[0], number=3, image_sha256=SCAN, covered_sha256=SCAN)
        whole = replace(submission, documents=replace(documents, pages=(*documents.pages, blank)))
        case = here.case(here.arrives(whole, {**images, SCAN: b"\xff\xd8\xff"}).case_id)
    assert found(here, case, whole) == []


def test_the_enterprises_own_cases_are_none(here):
    here.register(1)
    arrives(here, 1, scan=SCAN)
    case, submission = arrives(here, 1, scan=SCAN)
    assert found(here, case, submission) == []


def test_cases_of_one_code_are_one_enterprises_whatever_its_name(here):
    arrives(here, 1, scan=SCAN)
    case, submission = arrives(here, 1, scan=SCAN, name="北京另一家建筑有限公司")
    assert found(here, case, submission) == []


def test_it_goes_with_the_personal_data(here):
    first, _ = arrives(here, 1, scan=SCAN)
    decline(here.desk, first.id, first.version, "wang", "执照已注销")
    with here.tx() as tx:
        for letter in tx.letters.newest(case_id=first.id):
            tx.letters.save(replace(letter, state=LetterState.SENT))
    assert purge_case(here.desk, first.id, "desk")
    assert here.case(first.id).handler_mark == ""
    case, submission = arrives(here, 2, scan=SCAN, number=number_of(1, here))
    assert found(here, case, submission) == []


def test_an_agent_of_many_shows_the_newest(here):
    number = number_of(1, here)
    numbers = [arrives(here, seed, number=number)[0].number for seed in range(2, 10)]
    case, submission = arrives(here, 1)
    assert [one for one, _, _ in found(here, case, submission)] == numbers[::-1][:6]


def test_of_the_many_cases_of_a_handler_the_newest_are_looked_at(here):
    other, _ = arrives(here, 2, number=number_of(1, here))
    case, submission = arrives(here, 1)

    def another():
        with here.tx() as tx:
            tx.cases.add(replace(case, id=0, number=""))

    for _ in range(LOOKED_AT - 2):
        another()
    assert found(here, case, submission) == [(other.number, True, False)]
    another()
    assert found(here, case, submission) == []
