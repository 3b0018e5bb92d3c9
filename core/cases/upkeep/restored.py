"""After a restoration: whatever was taken back since the backup stands again, and an objection by a
link left no mail that could be read anew. So a person approves once more what the backup has as
approved, logins and the links that open an account end, which may have ended or served since, and
an alert says what else may be missing.
"""

from core.clock import local
from core.data.audit_entry import DESK
from core.data.case import State, Step, advance
from core.data.link import OPENING
from core.store.repositories.store_sessions import END_SESSIONS
from core.store.store import Store

RESTORED = "database.restored"


def settle_restored(store: Store) -> None:
    """Take every approval of a restored database back, and end logins and links, with an alert."""
    with store.transaction() as tx:
        last, approved = tx.audit.last(), tx.cases.oldest(state=State.APPROVED)
        for case in approved:
            revoked = advance(case, Step.REVOKE, tx.now)
            tx.write_case(DESK, "case.approval_revoked", revoked)
        tx.sessions.remove()
        tx.systems.end_sessions(END_SESSIONS)
        tx.links.set_columns(tx.links.ids(purpose=OPENING), voided_at=tx.now)
        since = f"{local(last.at):%Y-%m-%d %H:%M} " if last else "备份"
        text = (
            f"数据库由备份恢复，{since}之后的记录不在其中，包括通过链接提出的异议，以及挂失、"
            f"冻结、权限等改动。当时已批准的 {len(approved)} 件工单已退回待批准，"
            "请对照原数据库和来信核实。登录与重置密码的链接均已失效，请重新登录、重新申请。"
        )
        tx.alerts.add(RESTORED, text)
