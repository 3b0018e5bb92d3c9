"""Internal notes on a case: what a telephone call said, what to look at. For administrators alone.

A note is part of the sealed case, so that it is re-sealed, exported and removed with it. It makes a
new version: an approval that was open meanwhile is refused with it. It voids no first approval and
moves no deadline.
"""

from typing import Final

from core.cases.desk import Desk
from core.data.case import Case, Note, noted
from core.errors import NotAllowed

LONGEST: Final = 500
MOST: Final = 20


def add_note(desk: Desk, case_id: int, actor: str, text: str) -> Case:
    """Add a note to a case as it is now; the same one again, by the same person, is not added.

    Raises NotAllowed.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise NotAllowed(f"请填写备注，最多 {LONGEST} 字。")
    with desk.store.transaction() as tx:
        case, now = tx.cases.get(case_id), desk.clock.now()
        if case.purged_at:
            raise NotAllowed("工单的个人信息已经删除，不能再加备注。")
        if case.notes and (case.notes[-1].author, case.notes[-1].text) == (actor, text):
            return case
        if len(case.notes) >= MOST:
            raise NotAllowed(f"一件工单最多 {MOST} 条备注。")
        case = noted(case, Note(now, actor, text))
        tx.cases.save(case)
        tx.audit.write(now, actor, "case.noted", case)
        return case
