"""Papers of a registration (注册附件): what config.yaml asks an enterprise to upload before it
submits its information (RULES.md section 7).

They can be changed until the information is submitted, and again when an administrator returned it.
What a licence shows is compared with the account, whose name and USCC are the certificate's; a
difference is shown to both sides and refuses nothing: a person decides.
"""

from dataclasses import dataclass

from core.accounts.enterprises.enterprise_login import enterprise_of
from core.accounts.front_desk import FrontDesk
from core.data.audit_entry import ENTERPRISE
from core.data.enterprise import Enterprise, Paper, RequiredPaper
from core.enterprise_names import fold_name
from core.errors import NotAllowed
from core.locks.challenge import EnterpriseSession
from core.store.store import Transaction

KIND_WORDS = {"pdf": "PDF", "jpeg": "JPG", "png": "PNG"}
SUBMITTED = "企业信息已提交，材料不能再更换。需要更换的，请联系系统管理员退回后再上传。"


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its kind by content ("" for an unknown one), what was found in it, and a
    redacted picture, or nothing."""

    content: bytes
    kind: str
    differences: tuple[str, ...] = ()
    was_read: bool = False
    picture: bytes = b""


def add_paper(front: FrontDesk, session: EnterpriseSession, key: str, upload: Upload) -> None:
    """Store a file as one of the papers.

    Raises NotAllowed for one that the settings do not allow, saying what they do.
    """
    asked = fitting_paper(front, key, upload)
    with front.step() as tx:
        enterprise = _open(tx, session)
        papers = tx.papers.oldest(enterprise_id=enterprise.id)
        if sum(paper.key == key for paper in papers) >= asked.most:
            raise NotAllowed(f"“{asked.title}”最多 {asked.most} 份，请先删除一份再上传。")
        paper = Paper(
            0,
            enterprise.id,
            key,
            upload.kind,
            len(upload.content),
            tx.now,
            upload.differences,
            upload.was_read,
            bool(upload.picture),
        )
        paper = tx.papers.add(paper, upload.content, upload.picture)
        tx.audit.write(ENTERPRISE, "paper.added", enterprise=enterprise.id, paper=paper.id)


def drop_paper(front: FrontDesk, session: EnterpriseSession, paper_id: int) -> None:
    """Remove one of the enterprise's own papers. Raises LookupError for another's."""
    with front.step() as tx:
        enterprise = _open(tx, session)
        own_paper(tx, enterprise.id, paper_id)
        tx.papers.remove(id=paper_id)
        tx.audit.write(
            ENTERPRISE,
            "paper.dropped",
            enterprise=enterprise.id,
            paper=paper_id,
        )


def own_paper(tx: Transaction, enterprise_id: int, paper_id: int) -> Paper:
    """A paper of this enterprise. Raises LookupError."""
    found = tx.papers.by(id=paper_id, enterprise_id=enterprise_id)
    if found is None:
        raise LookupError(f"材料 {paper_id} 不存在。")
    return found


def fitting_paper(front: FrontDesk, key: str, upload: Upload) -> RequiredPaper:
    """The paper of that key. Raises NotAllowed where there is none, and for a file that is none of
    its kinds, empty or too large."""
    asked = front.settings.papers.get(key)
    if asked is None:
        raise NotAllowed("没有这一项材料。")
    allowed = "、".join(KIND_WORDS[kind] for kind in asked.kinds)
    if not upload.content:
        raise NotAllowed("没有收到文件。请选择文件后重试。")
    if upload.kind not in asked.kinds:
        raise NotAllowed(
            f"“{asked.title}”须是 {allowed} 文件；收到的文件内容不是（改扩展名没有用）。"
            f"请重新选择或另存为 {allowed}。"
        )
    if len(upload.content) > asked.max_bytes:
        raise NotAllowed(
            f"“{asked.title}”每份不超过 {asked.max_bytes // 2**20} MB。请降低扫描分辨率后再上传。"
        )
    return asked


def require_papers(front: FrontDesk, tx: Transaction, enterprise: Enterprise) -> None:
    """Raise NotAllowed naming what is missing; then what is there
    is submitted with the information."""
    there = {paper.key for paper in tx.papers.oldest(enterprise_id=enterprise.id)}
    missing = [
        one.title for key, one in front.settings.papers.items() if one.required and key not in there
    ]
    if missing:
        raise NotAllowed(f"还没有上传：{'、'.join(missing)}。")
    tx.papers.keep(enterprise.id)


def differences_of(enterprise: Enterprise, name: str, uscc: str) -> tuple[str, ...]:
    """How a licence differs from the account; "" was not read."""
    found = []
    if name and fold_name(name) != fold_name(enterprise.name):
        found.append(f"执照上的名称读作“{name}”，与证书上的“{enterprise.name}”不同")
    if uscc and uscc != enterprise.uscc:
        found.append(f"执照上的统一社会信用代码读作 {uscc}，与证书上的 {enterprise.uscc} 不同")
    unread = "、".join(
        label for label, value in (("名称", name), ("统一社会信用代码", uscc)) if not value
    )
    return (*found, *([f"执照上的{unread}未能读出，请人工核对"] if unread else []))


def _open(tx: Transaction, session: EnterpriseSession) -> Enterprise:
    enterprise = enterprise_of(tx, session)
    if enterprise.information_submitted:
        raise NotAllowed(SUBMITTED)
    return enterprise
