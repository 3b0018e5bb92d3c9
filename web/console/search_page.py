"""One field finds everything: cases, enterprises, mails and letters, in groups."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from core.data.letter import Letter
from core.store.store import Transaction
from web.common.sessions import Console, Here
from web.common.word_index import MOST_FOUND, Hits
from web.console.listing import ANY, Wanted

router = APIRouter()
SHOWN = 10
"""Rows of each group; lists of a group have them all."""


@router.get("/find")
def find(here: Here, words: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Go to the case with that number, or show everything that holds these words."""
    words = words.strip()
    hits = here.site.index.look(words)
    with here.view() as tx:
        case = tx.cases.by(number=words.upper())
        if case is None:
            return _groups(tx, here, words, hits)
    return RedirectResponse(f"/cases/{case.number}", 303)


def _groups(tx: Transaction, here: Console, words: str, hits: Hits) -> Response:
    mails, letters = tx.mails.newest(id=hits.mails[:SHOWN], limit=SHOWN), _letters(tx, words, hits)
    of_cases = {mail.case_id for mail in mails} | {letter.case_id for letter in letters}
    return here.page(
        "found.html",
        sought=words,
        cases=tx.cases.newest(id=hits.cases[:SHOWN], limit=SHOWN),
        enterprises=(
            tx.accounts.find(words, SHOWN + 1, also=hits.enterprises) if len(words) > 1 else []
        ),
        mails=mails,
        letters=letters,
        numbers=tx.cases.numbers(of_cases),
        hits=hits,
        shown=SHOWN,
        most=MOST_FOUND,
        all_cases=Wanted(state=ANY, find=words).query,
    )


def _letters(tx: Transaction, words: str, hits: Hits) -> list[Letter]:
    """The newest answers with these words, and letters to this address."""
    answers = tx.letters.newest(id=hits.letters[:SHOWN], limit=SHOWN)
    found = {one.id: one for one in (*answers, *tx.letters.newest(recipient=words, limit=SHOWN))}
    return sorted(found.values(), key=lambda one: -one.id)[:SHOWN]
